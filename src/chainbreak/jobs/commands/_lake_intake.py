"""Files of stays into a lake (轨迹批次入湖): each as a batch, or piece by piece if it is of millions of bare rows."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from chainbreak.engines import tables
from chainbreak.engines.spots import COLUMNS as SEATS
from chainbreak.engines.tables import TableError
from chainbreak.jobs.commands import _lake
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

if TYPE_CHECKING:
    from chainbreak.engines.lake import Lake, Outcome

NEEDED = ("person_id", "place_id", "arrived_at", "left_at")
MORE = ("stay_id", "withdrawn", "evidence", "certainty", *SEATS)
MANY_ROWS = 3_000_000  # of a Parquet file: read piece by piece
REFUSING = frozenset(
    {"accepted", "duplicate", "corrected", "withdrawn", "two_places", "no_length", "replaced_in_batch"}
)
OUTCOMES = {
    "accepted": gettext_noop("taken in"),
    "duplicate": gettext_noop("there already"),
    "corrected": gettext_noop("taken in as a correction"),
    "withdrawn": gettext_noop("withdrawn"),
    "two_places": gettext_noop("taken in, but at two places at once"),
    "no_length": gettext_noop("without length, left out"),
    "value_missing": gettext_noop("refused: a value is missing"),
    "not_an_id": gettext_noop("refused: not an id of this lake"),
    "not_an_instant": gettext_noop("refused: a time cannot be read"),
    "unknown_person": gettext_noop("refused: the person is not in the register"),
    "unknown_place": gettext_noop("refused: the place is not in the register"),
    "left_before_arrived": gettext_noop("refused: left before arrived"),
    "too_long": gettext_noop("refused: longer than allowed"),
    "in_the_future": gettext_noop("refused: in the future, a clock is wrong"),
    "too_old": gettext_noop("refused: before 2000, a clock is wrong"),
    "before_retention": gettext_noop("refused: from before the retention day"),
    "replaced_in_batch": gettext_noop("replaced by a later row of the file"),
    "unknown_stay": gettext_noop("refused: no such stay to withdraw"),
}


def append(args: argparse.Namespace) -> int:
    lake = _lake.opened(args)
    persons = _column(args.persons, "person_id")
    places = _column(args.places, "place_id")
    found = []
    refused = 0
    for path in args.files:
        outcome = _taken(lake, path, persons, places)
        refused += sum(number for name, number in outcome.counts.items() if name not in REFUSING)
        found.append({"file": path, "batch": outcome.batch, "known": outcome.is_known, "rows": outcome.counts})
        if outcome.is_known:
            print(_("%(path)s was taken in before; nothing was added.") % {"path": path}, file=sys.stderr)
        else:
            counts = ", ".join(f"{_(OUTCOMES[name])} {number}" for name, number in outcome.counts.items())
            print(f"{path}: {counts}", file=sys.stderr)
        if args.outcomes and outcome.rows is not None:
            text = Path(path).read_bytes()[:6]
            first = 1 if text.startswith((b"PAR1", b"ARROW1")) else 2
            numbers = pa.array(range(first, first + len(outcome.rows)))
            arrow_csv.write_csv(pa.table({"row": numbers, "outcome": outcome.rows}), args.outcomes)
    if lake.wants_merge and not args.no_merge:
        lake.merge()
    if args.json:
        print(json.dumps({"files": found, "refused": refused}, ensure_ascii=False))
    return 1 if refused else 0


def _taken(lake: Lake, path: str, persons: pa.Array | None, places: pa.Array | None) -> Outcome:
    """One file: as a batch, or, if it is Parquet of millions of bare rows, piece by piece."""
    with Path(path).open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet and persons is None and places is None:
        try:
            parquet = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError):
            raise TableError("not_a_table", path=path) from None
        columns = parquet.schema_arrow.names
        times = [parquet.schema_arrow.field(name).type for name in NEEDED[2:] if name in columns]
        plain = len(times) == 2 and all(pa.types.is_timestamp(kind) for kind in times)
        bare = set(NEEDED) <= set(columns) and not set(MORE) & set(columns)
        if parquet.metadata.num_rows >= MANY_ROWS and plain and bare:
            from chainbreak.engines.lake import bulk

            return bulk.load(lake, _pieces(path, parquet), name=_name(path), now=datetime.now(UTC), say=_progress)
    source = tables.load(path, needs=NEEDED, may=MORE)
    arrived, bad_arrived = tables.instants_or_null(source, "arrived_at")
    left, bad_left = tables.instants_or_null(source, "left_at")
    table = source.table.set_column(source.table.column_names.index("arrived_at"), "arrived_at", arrived)
    table = table.set_column(table.column_names.index("left_at"), "left_at", left)
    unread = bad_arrived.to_numpy(zero_copy_only=False) | bad_left.to_numpy(zero_copy_only=False)
    if source.is_text:
        ids = [tables.ids_or_null(source, name) for name in ("person_id", "place_id")]
        for name, column in zip(("person_id", "place_id"), ids, strict=True):
            table = table.set_column(table.column_names.index(name), name, column)
    return lake.append(table, now=datetime.now(UTC), name=_name(path), persons=persons, places=places, unread=unread)


def _pieces(path: str, parquet: pq.ParquetFile) -> Iterator[pa.Table]:
    try:
        for piece in parquet.iter_batches(1 << 20, columns=list(NEEDED)):
            yield pa.Table.from_batches([piece])
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError("file_damaged", path=path, said=str(error).splitlines()[0]) from None


def _column(path: str | None, name: str) -> pa.Array | None:
    return None if path is None else tables.ids(tables.load(path, needs=(name,)), name).combine_chunks()


def _name(path: str) -> str:
    """The file's content makes the name of its batch, so that a file sent twice is taken once."""
    import hashlib

    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _progress(n_rows: int) -> None:
    if n_rows % (10 << 20) < (1 << 20):
        print(_("%(number)s rows read") % {"number": f"{n_rows:,}"}, file=sys.stderr, flush=True)
