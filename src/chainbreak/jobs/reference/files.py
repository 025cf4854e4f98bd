"""Writing the files: CSV in UTF-8 with times of the zone, Parquet for what is big."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .clock import ZONE


def write_csv(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    """Write rows with the columns of the first one; gives their number."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer: Any = None
        for row in rows:
            writer = writer or csv.writer(file, lineterminator="\n")
            if count == 0:
                writer.writerow(row)
            writer.writerow([text(value) for value in row.values()])
            count += 1
    return count


def text(value: object) -> str:
    """A cell: instants with their offset, yes and no as true and false, nothing as nothing.

    >>> text(None), text(True), text(3)
    ('', 'true', '3')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat(timespec="seconds")
    return str(value)


def write_parquet(path: Path, table: pa.Table) -> int:
    """Write a table; gives the number of its rows."""
    once = {"person_id", "barcode"}
    pq.write_table(
        table,
        path,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in once],
        row_group_size=500_000,
    )
    return table.num_rows
