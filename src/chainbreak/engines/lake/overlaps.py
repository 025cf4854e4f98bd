"""One person at two places at once (时空冲突): rows of a batch against each other and against what the lake holds."""

# mypy: disable-error-code="arg-type, return-value, assignment"
# (machine code: its whole numbers are of 64 bits, whatever they are called)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.lake.segment import Segment
from chainbreak.engines.sweep.compiled import compiled
from chainbreak.engines.sweep.found import stays_of
from chainbreak.engines.sweep.rule import NO_LEVELS, Windows

Array = NDArray[Any]


def at_two_places(
    person: Array,
    place: Array,
    start: Array,
    end: Array,
    segments: Sequence[Segment] = (),
    dead: Mapping[str, Sequence[int]] | None = None,
) -> Array:
    """Rows whose person was at another place at that time, by another of these rows or by a stay of these segments.

    Args:
        dead: positions, by file, of stays that these rows take the place of.
    """
    n = len(person)
    if n == 0:
        return np.zeros(0, bool)
    held = _held(person, start, end, segments, dead or {})
    rows = [np.concatenate([one, other]) for one, other in zip((person, place, start, end), held, strict=True)]
    order = np.lexsort((rows[2], rows[0]))
    clash = np.empty(len(order), bool)
    clash[order] = _clash(*(column[order] for column in rows))
    return clash[:n]


def _held(
    person: Array, start: Array, end: Array, segments: Sequence[Segment], dead: Mapping[str, Sequence[int]]
) -> tuple[Array, Array, Array, Array]:
    """What the segments hold of these persons, from the first to the last of the times each has here."""
    who, index = np.unique(person, return_inverse=True)
    since, until = np.full(len(who), 2**62), np.full(len(who), -(2**62))
    np.minimum.at(since, index, start)
    np.maximum.at(until, index, end)
    windows = Windows(who.astype(np.uint32), since, until)
    found = stays_of([one.layout for one in segments], windows, np.arange(len(who), dtype=np.uint32), NO_LEVELS)
    alive = np.ones(len(found.source), bool)
    for number, segment in enumerate(segments):
        gone = dead.get(segment.entry.file)
        if gone:
            alive &= ~((found.layout == number) & np.isin(found.position, np.array(gone, np.int64)))
    people = who[found.source[alive].astype(np.int64)].astype(np.int64)
    return people, found.place[alive].astype(np.int64), found.begin[alive], found.end[alive]


@compiled
def _clash(person: Array, place: Array, start: Array, end: Array) -> Array:
    """Rows in order of person and beginning: which overlap another of that person at another place."""
    n = len(person)
    found = np.zeros(n, np.bool_)
    a = 0
    while a < n:
        b = a + 1
        while b < n and person[b] == person[a]:
            b += 1
        top, top_place = np.int64(-(2**62)), np.int64(-1)  # the latest end so far, and where
        other = np.int64(-(2**62))  # the latest end so far anywhere else
        for i in range(a, b):
            if (top if top_place != place[i] else other) > start[i]:
                found[i] = True
            if place[i] == top_place:
                top = max(top, end[i])
            elif end[i] > top:
                other, top, top_place = top, end[i], place[i]
            else:
                other = max(other, end[i])
        following = np.int64(2**62)  # the earliest beginning after this row, and where; and anywhere else
        its_place, elsewhere = np.int64(-1), np.int64(2**62)
        for i in range(b - 1, a - 1, -1):
            if (following if its_place != place[i] else elsewhere) < end[i]:
                found[i] = True
            if place[i] != its_place:
                elsewhere, its_place = following, np.int64(place[i])
            following = start[i]
        a = b
    return found
