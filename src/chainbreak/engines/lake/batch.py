"""A batch of stays read row by row (批次校验): what is taken, what is refused and why.

Every row gets one outcome. Refused rows are counted and never stored; `two_places` is a note on a row that is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainbreak.engines.instants import microseconds
from chainbreak.engines.lake.ids import Ids
from chainbreak.engines.spots import spots_of

Array = NDArray[Any]
ACCEPTED, DUPLICATE, CORRECTED, WITHDRAWN, TWO_PLACES, NO_LENGTH = range(6)
TAKEN = frozenset({ACCEPTED, CORRECTED, TWO_PLACES})
OUTCOMES = (
    "accepted",
    "duplicate",  # the same stay id with the same content is there already
    "corrected",  # taken in the place of the stay of that id
    "withdrawn",  # the stay of that id is gone
    "two_places",  # taken, though the person was at another place at that time
    "no_length",  # left as he arrived: meets nobody, is not kept
    "value_missing",
    "not_an_id",
    "not_an_instant",
    "unknown_person",
    "unknown_place",
    "left_before_arrived",
    "too_long",
    "in_the_future",
    "too_old",  # before the year 2000: a clock that was never set
    "before_retention",
    "replaced_in_batch",  # a later row of the batch has the same stay id
    "unknown_stay",  # nothing to withdraw
)
CODE = {name: code for code, name in enumerate(OUTCOMES)}
DAY_US = 86_400_000_000
CHINA_US = 8 * 3_600_000_000
OLDEST_US = 946_656_000_000_000  # 2000-01-01 in China
CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass
class Batch:
    """The rows of a batch in numbers, and what becomes of each."""

    person: Array
    place: Array
    start: Array
    end: Array
    outcome: Array  # uint8
    stay_id: pa.Array | None = None
    evidence: pa.Array | None = None
    certainty: pa.Array | None = None
    withdraws: Array | None = None
    spot: Array | None = None  # carriage and row

    @property
    def taken(self) -> Array:
        """Rows that are to be stored."""
        return np.isin(self.outcome, sorted(TAKEN))


def read(
    table: pa.Table,
    persons: Ids,
    places: Ids,
    *,
    now: datetime | None,
    longest: timedelta | None,
    floor_day: int | None,
    known_persons: pa.Array | None = None,
    known_places: pa.Array | None = None,
    unread: Array | None = None,
    carriages: list[str] | None = None,
) -> Batch:
    """The rows, each looked at by itself: ids, times, length, clock, registers.

    Args:
        table: person_id, place_id, arrived_at, left_at; optional stay_id, withdrawn, evidence, certainty.
        now: stays that begin later, beyond what clocks may differ, come from a wrong clock; None: not looked at.
        known_persons, known_places: the registers, if rows of others are to be refused.
        unread: rows with a time that could not be read.
        carriages: names of carriages, to which new ones are added.

    Raises:
        ValueError: a column is missing or holds no times.
    """
    for name in ("person_id", "place_id", "arrived_at", "left_at"):
        if name not in table.column_names:
            raise ValueError(f"stays must have the column {name}; got {', '.join(table.column_names)}")
    n = table.num_rows
    start, no_start = _times(table["arrived_at"])
    end, no_end = _times(table["left_at"])
    outcome = np.zeros(n, np.uint8)
    withdraws = _withdraws(table)

    def refuse(rows: Array, code: str) -> None:
        outcome[rows & (outcome == ACCEPTED)] = CODE[code]

    gone = withdraws if withdraws is not None else np.zeros(n, bool)
    person_text, place_text = persons.as_text(table["person_id"]), places.as_text(table["place_id"])
    missing = np.zeros(n, bool)
    for name in ("person_id", "place_id"):
        missing |= _is_missing(table[name])
    if unread is not None:
        refuse(unread & ~gone, "not_an_instant")
    refuse((missing | no_start | no_end) & ~gone, "value_missing")
    wrong = _null(person_text) | _null(place_text)
    refuse(wrong & ~gone, "not_an_id")
    if known_persons is not None:
        known = pc.is_in(person_text, value_set=persons.as_text(known_persons).unique())
        refuse(~known.to_numpy(zero_copy_only=False) & ~gone, "unknown_person")
    if known_places is not None:
        known = pc.is_in(place_text, value_set=places.as_text(known_places).unique())
        refuse(~known.to_numpy(zero_copy_only=False) & ~gone, "unknown_place")
    refuse((end < start) & ~gone, "left_before_arrived")
    refuse((start < OLDEST_US) & ~gone, "too_old")
    if now is not None:
        latest = int((now + CLOCKS_DIFFER).timestamp() * 1_000_000)
        refuse(((start > latest) | (end > latest + 30 * DAY_US)) & ~gone, "in_the_future")
    if longest is not None:
        refuse((end - start > int(longest / timedelta(microseconds=1))) & ~gone, "too_long")
    if floor_day is not None:
        refuse((day_of(start) < floor_day) & ~gone, "before_retention")
    refuse((start == end) & ~gone, "no_length")

    good = (outcome == ACCEPTED) & ~gone
    person, place = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    rows = pa.array(good)
    person[good] = persons.numbers(person_text.filter(rows), add=True)
    place[good] = places.numbers(place_text.filter(rows), add=True)
    refuse(good & ((person < 0) | (place < 0)), "not_an_id")
    return Batch(
        person, place, start, end, outcome, _text(table, "stay_id"), _text(table, "evidence"),
        _text(table, "certainty"), withdraws, spots_of(table, carriages if carriages is not None else []),
    )  # fmt: skip


def day_of(us: Array) -> Array:
    """The day in China of an instant, as days since 1970."""
    return np.asarray((us + CHINA_US) // DAY_US)


def _times(column: pa.ChunkedArray) -> tuple[Array, Array]:
    exact = microseconds(column)
    missing = _null(exact)
    return np.asarray(pc.fill_null(exact, 0).to_numpy()) if len(exact) else np.empty(0, np.int64), missing


def _null(column: pa.Array | pa.ChunkedArray) -> Array:
    return np.asarray(pc.is_null(column).to_numpy(zero_copy_only=False), bool) if len(column) else np.zeros(0, bool)


def _is_missing(column: pa.ChunkedArray) -> Array:
    missing = _null(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        empty = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
        missing = missing | np.asarray(empty.to_numpy(zero_copy_only=False), bool)
    return missing


def _text(table: pa.Table, name: str) -> pa.Array | None:
    if name not in table.column_names:
        return None
    column = table[name].cast(pa.string())
    column = column.combine_chunks()
    text = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _withdraws(table: pa.Table) -> Array | None:
    if "withdrawn" not in table.column_names:
        return None
    column = table["withdrawn"]
    if pa.types.is_boolean(column.type):
        found = pc.fill_null(column, False)
    else:
        text = pc.utf8_lower(pc.fill_null(column.cast(pa.string()), ""))
        found = pc.is_in(text, value_set=pa.array(["1", "true", "yes", "y", "t", "是"]))
    return np.asarray(found.to_numpy(zero_copy_only=False), bool) if len(found) else np.zeros(0, bool)
