"""Meetings among the cases (病例间同时空接触): stays at one place that overlap, and the steps they cover."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from chainbreak.epi.infectors.arrays import Floats, Whole
from chainbreak.epi.infectors.outbreak import Stays


class Meetings(NamedTuple):
    """Overlaps of two cases (`one` < `other`), in days."""

    one: Whole
    other: Whole
    place: Whole
    begins: Floats
    ends: Floats


def meetings_of(stays: Stays) -> Meetings:
    """All overlaps of stays of two cases at one place, by a sweep over each place's arrivals."""
    order = np.lexsort((stays.arrived, stays.place))
    case, place = stays.case[order], stays.place[order]
    arrived, left = stays.arrived[order], stays.left[order]
    number = _sweep(case, place, arrived, left, np.zeros((0, 2), np.int64))
    pairs = np.zeros((number, 2), np.int64)
    _sweep(case, place, arrived, left, pairs)
    a, b = pairs[:, 0], pairs[:, 1]
    return Meetings(
        np.minimum(case[a], case[b]),
        np.maximum(case[a], case[b]),
        place[a],
        np.maximum(arrived[a], arrived[b]),
        np.minimum(left[a], left[b]),
    )


@numba.njit(cache=True, nogil=True)
def _sweep(case: Whole, place: Whole, arrived: Floats, left: Floats, pairs: Whole) -> int:
    """Counts the overlaps; writes them where there is room."""
    number = 0
    present = np.zeros(len(case), np.int64)
    n_present = 0
    for b in range(len(case)):
        if b == 0 or place[b] != place[b - 1]:
            n_present = 0
        still = 0
        for k in range(n_present):
            a = present[k]
            if left[a] > arrived[b]:
                present[still] = a
                still += 1
                if case[a] != case[b] and left[b] > arrived[b]:
                    if number < len(pairs):
                        pairs[number, 0], pairs[number, 1] = a, b
                    number += 1
        n_present = still
        present[n_present] = b
        n_present += 1
    return number


class Covered(NamedTuple):
    """Steps covered by meetings, by pair (one * cases + other), step and kind of place."""

    pair: Whole
    step: Whole
    kind: Whole
    cover: Floats


def covered(found: Meetings, stays: Stays, n_cases: int, origin: float, per_day: int) -> Covered:
    """How much of each step the two were together, sorted by pair and step; at most the whole of it."""
    begins, ends = (found.begins - origin) * per_day, (found.ends - origin) * per_day
    first = np.floor(begins).astype(np.int64)
    last = np.maximum(np.ceil(ends).astype(np.int64) - 1, first)
    lengths = last - first + 1
    row = np.repeat(np.arange(len(first)), lengths)
    step = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first[row]
    cover = np.minimum(ends[row], step + 1) - np.maximum(begins[row], step)
    pair = found.one[row] * n_cases + found.other[row]
    kind = stays.kind_of_place[found.place[row]]
    table = np.stack([pair, step, kind], axis=1)
    keys, inverse = np.unique(table, axis=0, return_inverse=True) if len(row) else (table, np.zeros(0, np.int64))
    total = np.bincount(inverse.ravel(), weights=cover, minlength=len(keys))
    return Covered(keys[:, 0], keys[:, 1], keys[:, 2], np.minimum(total, 1.0))
