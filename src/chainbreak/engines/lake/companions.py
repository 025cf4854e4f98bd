"""Spatio-temporal companions (时空伴随者): in one cell of 800 m at one time for more than 10 minutes.

A hint for the screening of people and never a contact: it is an output of its own, and nothing else reads it.

Source: domain rules of 2022 (cell 800 m x 800 m, more than 10 minutes, and either of the two more than 30 hours in that
cell within 14 days); paraphrased by the press, to be confirmed by the health authority.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chainbreak.engines.sweep import copresence, search
from chainbreak.engines.sweep.layout import lay
from chainbreak.engines.sweep.rule import NO_LEVELS, Rule, Windows

if TYPE_CHECKING:
    from chainbreak.engines.lake.lake import Lake

Array = NDArray[Any]
CELL_METRES = 800.0
TOGETHER_US = 10 * 60_000_000 + 1  # more than 10 minutes
LONG_US = 30 * 3_600_000_000
WITHIN_US = 14 * 86_400_000_000
ALL = 2**61


def of(
    lake: Lake,
    cases: pa.Table,
    positions: pa.Table,
    *,
    cell_metres: float = CELL_METRES,
    needs_long: bool = True,
) -> pa.Table:
    """Companions of the cases inside their windows.

    Args:
        positions: place_id, x, y in metres of a plane (projected); places without one are left out.
        needs_long: whether one of the two must have been more than 30 hours in the cell in 14 days before the end.

    Returns:
        As `Lake.trace` of degree 1, with `cell` (text "column row") in the place of `place_id`.
    """
    lake = lake.still()
    place = lake.place_ids.of(copresence.column_of(positions, "place_id", "cells"))
    x, y = (np.asarray(positions[name].cast(pa.float64()).to_numpy(), float) for name in ("x", "y"))
    known = (place >= 0) & np.isfinite(x) & np.isfinite(y)
    column, row = (np.floor(at[known] / cell_metres).astype(np.int64) for at in (x, y))
    pairs, number = np.unique(np.stack([column, row], 1), axis=0, return_inverse=True)
    n_places = max((segment.layout.n_places for segment in lake.segments), default=0)
    cell_of = np.full(max(n_places, int(place.max(initial=-1)) + 1), -1, np.int64)
    cell_of[place[known]] = number.reshape(-1)
    case_ids, windows = copresence.cases_of(cases, lake.person_ids)
    laid = [_by_cell(lake, cell_of)]
    rule = Rule(NO_LEVELS, np.array([TOGETHER_US], np.int64), 1, False)
    n_persons = max(laid[0].n_persons, int(case_ids.max(initial=-1)) + 1)
    found = search.trace(laid, windows, case_ids, rule, n_persons=n_persons)
    if needs_long:
        found = found.take(np.flatnonzero(_is_long(laid, found)))
    table = copresence.contacts(copresence.in_order(found), lake.person_ids, lake.person_ids, lake_like())
    names = [f"{pairs[cell][0]} {pairs[cell][1]}" for cell in copresence.in_order(found).place.tolist()]
    return table.drop_columns("place_id").append_column("cell", pa.array(names, pa.string()))


def lake_like() -> pa.DataType:
    """Times as the lake gives them."""
    return pa.timestamp("us", tz="+08:00")


def _by_cell(lake: Lake, cell_of: Array) -> Any:
    """The lake's stays with cells in the place of places, in memory; stays of a person in one cell are one."""
    from chainbreak.engines.lake import rows

    parts = [rows.alive(segment) for segment in lake.segments]
    person, cell, start, end = (
        np.concatenate([getattr(part, name) for part in parts]) if parts else np.empty(0, np.int64)
        for name in ("person", "place", "start", "end")
    )
    cell = cell_of[cell] if len(cell) else cell
    keep = (cell >= 0) & (start < end)
    laid, _ = lay(cell[keep].astype(np.uint32), person[keep].astype(np.uint32), start[keep], end[keep])
    return laid


def _is_long(laid: list[Any], found: search.Pairs) -> Array:
    """Whether one of each two was long enough in the cell within the 14 days before they were last together there."""
    who = np.unique(np.concatenate([found.person, found.source]))
    windows = Windows(who, np.full(len(who), -ALL), np.full(len(who), ALL))
    stays = search.stays_of(laid, windows, np.arange(len(who), dtype=np.uint32), NO_LEVELS)
    long = np.zeros(len(found.person), bool)
    begins = np.searchsorted(stays.source, np.arange(len(who) + 1))
    for i in range(len(long)):
        since, until = found.last[i] - WITHIN_US, found.last[i]
        for one in (found.person[i], found.source[i]):
            k = int(np.searchsorted(who, one))
            mine = slice(begins[k], begins[k + 1])
            here = stays.place[mine] == found.place[i]
            spent = np.minimum(stays.end[mine], until) - np.maximum(stays.begin[mine], since)
            long[i] |= bool(np.maximum(spent[here], 0).sum() > LONG_US)
    return long
