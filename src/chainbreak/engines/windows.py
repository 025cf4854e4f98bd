"""Infectious windows (传染期) of a table of cases: as given, or by the rule pack from onset, sample and isolation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from chainbreak.engines.instants import UTC_US, microseconds
from chainbreak.engines.tables import Source, TableError, instants
from chainbreak.epi.case import infectious_window
from chainbreak.epi.rulepack import RulePack

MAY = ("infectious_from", "infectious_until", "onset_date", "sampled_at", "isolated_at", "class")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def windows_of(source: Source, person_ids: pa.ChunkedArray, pack: RulePack) -> tuple[pa.Table, int]:
    """person_id, infectious_from, infectious_until for every row, and how many of the windows end at the sample.

    A row with `infectious_from` is taken as it is. Otherwise the pack lays the window from `onset_date` and
    `sampled_at`: `class` says what the case is (without it, a case with onset is confirmed, one without is
    asymptomatic), `isolated_at` when it was isolated; without that the window ends at `infectious_until`, else at the
    sample, which is the last moment a file of cases tells of.

    Raises:
        TableError: a row has nothing to lay a window from, or its window ends before it begins.
    """
    columns = {name: _column(source, name) for name in MAY if name != "class"}
    classes = source.table["class"].to_pylist() if source.has("class") else [None] * source.table.num_rows
    found: list[tuple[datetime | None, datetime | None]] = []
    n_at_sample = 0
    for index, case_class in enumerate(classes):
        fact = {name: column[index] for name, column in columns.items()}
        if fact["infectious_from"] is not None:
            found.append((fact["infectious_from"], fact["infectious_until"]))
            continue
        found.append(_laid(source, index, pack, case_class, fact))
        n_at_sample += fact["isolated_at"] is None and fact["infectious_until"] is None
    table = pa.table(
        {
            "person_id": person_ids,
            "infectious_from": pa.array([span[0] for span in found], UTC_US),
            "infectious_until": pa.array([span[1] for span in found], UTC_US),
        }
    )
    column = "infectious_until" if source.has("infectious_until") else "person_id"
    source.refuse("window_backwards", column, pc.less(table["infectious_until"], table["infectious_from"]))
    return table, n_at_sample


def _laid(
    source: Source, index: int, pack: RulePack, case_class: str | None, fact: dict[str, datetime | None]
) -> tuple[datetime, datetime | None]:
    onset, sampled = fact["onset_date"], fact["sampled_at"]
    window = infectious_window(
        pack,
        case_class=case_class or ("asymptomatic" if onset is None else "confirmed"),
        onset_date=pack.local_day(onset) if onset else None,
        first_positive_sample_at=sampled,
        isolated_at=fact["isolated_at"],
    )
    if window is None:
        raise TableError("no_window", path=source.path, row=source.row(index), pack=pack.id)
    until = window.until or fact["infectious_until"] or sampled
    return window.from_at, until


def _column(source: Source, name: str) -> list[datetime | None]:
    if not source.has(name):
        return [None] * source.table.num_rows
    exact = microseconds(instants(source, name, required=False)).to_pylist()
    return [None if us is None else EPOCH + timedelta(microseconds=us) for us in exact]
