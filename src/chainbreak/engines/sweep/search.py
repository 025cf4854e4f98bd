"""The search degree by degree (逐级排查), over any number of layouts as if they were one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep import looking, pairing
from chainbreak.engines.sweep.layout import Layout
from chainbreak.engines.sweep.pairing import MEETING
from chainbreak.engines.sweep.rule import AGES_US, Rule, Windows

Array = NDArray[Any]
T = TypeVar("T")
WORTH_THREADS = 4_000  # stays of sources
MANY_STAYS = 400_000  # of sources looked at in one go, to bound the memory
NO_PERSONS = np.empty(0, np.uint8)
NO_RANK = np.empty(0, np.uint32)
NOT_WANTED = np.empty(0, np.int64)


class Flipped(ValueError):
    """A block of a layout's file is not as it was written; `name` says which file, `block` which."""

    def __init__(self, name: str, block: int) -> None:
        super().__init__(f"{name}: block {block} is not as it was written")
        self.name = name
        self.block = block


@dataclass(frozen=True)
class Pairs:
    """Persons and sources who were together long enough; times in microseconds UTC, ids in numbers inside."""

    degree: Array
    person: Array
    source: Array
    first: Array
    last: Array
    us: Array
    meetings: Array
    place: Array
    tied: bool = False  # two places tied for the longest meeting, and nothing was known of their order outside

    def take(self, rows: Array) -> Pairs:
        """Some rows."""
        columns = {name: getattr(self, name)[rows] for name in FIELDS}
        return Pairs(**columns, tied=self.tied)


FIELDS = ("degree", "person", "source", "first", "last", "us", "meetings", "place")


@dataclass(frozen=True)
class Found:
    """Stays of sources, cut to their windows, in order of source."""

    source: Array
    place: Array
    begin: Array
    end: Array
    layout: Array
    position: Array


def trace(
    layouts: Sequence[Layout],
    windows: Windows,
    cases: Array,
    rule: Rule,
    *,
    n_persons: int,
    controls: tuple[Array, Array] | None = None,
    rank: Array = NO_RANK,
) -> Pairs:
    """Contacts of every degree, not yet in order.

    Args:
        windows: of the cases.
        cases: every person who is a case, with or without a window.
        n_persons: more than the highest number of a person.
        controls: persons and from when each was under control.
        rank: of each place in the order of ids outside, where the numbers are not in that order.
    """
    nearer = np.zeros(n_persons, np.uint8)
    cases = cases[cases < n_persons]
    if not rule.include_cases:
        nearer[cases] = 1
    parts = [pairs(layouts, windows, rule, skip=nearer, degree=1, rank=rank)]
    nearer[cases] = 1
    for degree in range(2, rule.degrees + 1):
        began = _began(parts[-1], nearer)
        if len(began.persons) == 0:
            break
        if controls is not None:
            began = _controlled(began, *controls)
        nearer[began.persons] = 1
        parts.append(pairs(layouts, began, rule, skip=nearer, degree=degree, rank=rank))
    return joined(parts)


def pairs(
    layouts: Sequence[Layout],
    windows: Windows,
    rule: Rule,
    *,
    skip: Array = NO_PERSONS,
    degree: int = 1,
    rank: Array = NO_RANK,
    short: bool = False,
) -> Pairs:
    """Everybody but those in `skip` who was with a source long enough; with `short`, those who were not."""
    persons, row_source = windows.sources
    found = stays_of(layouts, windows, row_source, rule.levels)
    parts = []
    begin = 0
    while begin < len(found.source):
        end = begin + MANY_STAYS
        if end < len(found.source):  # whole sources only
            end = int(np.searchsorted(found.source, found.source[end], "left"))
            if end <= begin:
                end = int(np.searchsorted(found.source, found.source[begin], "right"))
        end = min(end, len(found.source))
        parts.append(_pairs_of(layouts, persons, found, begin, end, rule, skip, degree, rank, short))
        begin = end
    return joined(parts)


def joined(parts: Sequence[Pairs]) -> Pairs:
    """Pairs of several searches as one."""
    if not parts:
        return NO_PAIRS
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in FIELDS}
    return Pairs(**columns, tied=any(part.tied for part in parts))


def stays_of(layouts: Sequence[Layout], windows: Windows, row_source: Array, levels: Array) -> Found:
    """The sources' stays in all layouts, cut to their windows, in order of source."""

    def one(number: int) -> tuple[Array, ...] | None:
        layout = layouts[number]
        near = (windows.untils > layout.begin) & (windows.froms < layout.end)
        if not near.any():
            return None
        rows = np.flatnonzero(near)
        persons, froms, untils = windows.persons[rows], windows.froms[rows], windows.untils[rows]
        a = layout.arrays
        room = looking.n_stays_of(persons, a["person_keys"], a["person_ptr"])
        row, place, position = np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(room, np.int64)
        begin, end = np.empty(room, np.int64), np.empty(room, np.int64)
        n = looking.gather(
            persons, froms, untils, levels, layout.meta, layout.raw, layout.sums, layout.seen,
            a["place_keys"], a["place_ptr"], a["directory"], a["person_keys"], a["person_ptr"], a["person_pos"],
            a["words"], a["lengths"], row, place, begin, end, position,
        )  # fmt: skip
        _check(n, layout)
        source = row_source[rows[row[:n]]]
        return source, place[:n], begin[:n], end[:n], np.full(n, number, np.int32), position[:n]

    parts = [part for part in _each(one, len(layouts), len(windows.persons) * 8) if part is not None]
    if not parts:
        empty = np.empty(0, np.int64)
        return Found(empty.astype(np.uint32), empty.astype(np.uint32), empty, empty, empty.astype(np.int32), empty)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return Found(*(column[order] for column in columns))


def meetings(
    layouts: Sequence[Layout],
    persons: Array,
    found: Found,
    begin: int,
    end: int,
    *,
    least: Array = NOT_WANTED,
    skip: Array = NO_PERSONS,
    positions: bool = False,
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Whom the stays `begin` to `end` meet: begins (layouts, sources + 1), stay, person, from, until, position.

    Args:
        least: microseconds for each of all stays; see `looking.scan`.
    """
    s0, s1 = int(found.source[begin]), int(found.source[end - 1]) + 1
    seams = seams_of(layouts) if len(least) else np.empty((0, 2), np.int64)
    begins = np.zeros((len(layouts), s1 - s0 + 1), np.int64)

    def one(number: int) -> tuple[Array, ...]:
        layout = layouts[number]
        near = (found.end[begin:end] > layout.begin) & (found.begin[begin:end] < layout.end)
        chosen = np.flatnonzero(near) + begin
        own = seams if layout.is_clean else np.array([[-AGES_US, AGES_US]], np.int64)
        return _met(layout, persons, found, chosen, s0, s1, least, own, skip, positions, begins[number])

    parts = _each(one, len(layouts), end - begin)
    total = 0
    for number, part in enumerate(parts):
        begins[number] += total
        total += len(part[0])
    columns = [np.concatenate(column) if len(parts) > 1 else column[0] for column in zip(*parts, strict=True)]
    return (begins, *columns)  # type: ignore[return-value]


def _met(
    layout: Layout,
    persons: Array,
    found: Found,
    chosen: Array,
    s0: int,
    s1: int,
    least: Array,
    seams: Array,
    skip: Array,
    positions: bool,
    begins: Array,
) -> tuple[Array, ...]:
    """The meetings of the chosen stays in one layout: stay, person, from, until, position."""
    a = layout.arrays
    low, until = np.empty(len(chosen), np.int64), np.empty(len(chosen), np.int64)
    meta = layout.meta
    n = looking.locate(
        found.place, found.begin, chosen, meta, layout.raw, layout.sums, layout.seen, a["place_keys"],
        a["place_ptr"], a["place_longest"], a["words"], low, until,
    )  # fmt: skip
    _check(n, layout)
    room = 1024 + 32 * len(chosen)
    while True:
        stay, who = np.empty(room, np.uint32), np.empty(room, np.uint32)
        start, stop = np.empty(room, np.int64), np.empty(room, np.int64)
        at = np.empty(room if positions else 0, np.int64)
        n = looking.scan(
            found.source, found.place, found.begin, found.end, chosen, low, until, s0, s1, persons, least, seams,
            skip, meta, layout.raw, layout.sums, layout.seen, a["peak"], a["peaks"], a["words"], a["lengths"],
            stay, who, start, stop, at, begins,
        )  # fmt: skip
        if n != -1:
            break
        room *= 4
    _check(n, layout)
    return stay[:n], who[:n], start[:n], stop[:n], at[: n if positions else 0]


def _each(work: Callable[[int], T], n: int, size: int) -> list[T]:
    """The work for 0 to n - 1, on several cores where there is much of it."""
    if n < 2 or size < WORTH_THREADS:
        return [work(number) for number in range(n)]
    return list(_pool().map(work, range(n)))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, min(8, os.cpu_count() or 1)), "sweep")


def seams_of(layouts: Sequence[Layout]) -> Array:
    """The times where a stay of one layout may go on in another: where the spans of two layouts overlap or touch."""
    spans = sorted((layout.begin, layout.end) for layout in layouts if layout.n_stays)
    found: list[list[int]] = []
    reach = None
    for begin, end in spans:
        if reach is not None and begin <= reach:
            until = min(end, reach)
            if found and begin <= found[-1][1]:
                found[-1][1] = max(found[-1][1], until)
            else:
                found.append([begin, until])
        reach = end if reach is None else max(reach, end)
    return np.array(found, np.int64).reshape(-1, 2)


def _pairs_of(
    layouts: Sequence[Layout],
    persons: Array,
    found: Found,
    begin: int,
    end: int,
    rule: Rule,
    skip: Array,
    degree: int,
    rank: Array,
    short: bool,
) -> Pairs:
    least = rule.of_place(found.place) if rule.count == MEETING and not short else NOT_WANTED
    begins, stay, who, start, stop, _ = meetings(layouts, persons, found, begin, end, least=least, skip=skip)
    room = len(stay)
    source, person, place = np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(room, np.uint32)
    first, last, us, n_of = (np.empty(room, np.int64) for _ in range(4))
    n, tied = pairing.pairs_of(
        begins, found.place, stay, who, start, stop, rule.levels, rule.least, rule.count, short, rank,
        source, person, first, last, us, n_of, place,
    )  # fmt: skip
    source = persons[source[:n].astype(np.int64) + int(found.source[begin])]
    return Pairs(
        np.full(n, degree, np.int8), person[:n], source, first[:n], last[:n], us[:n], n_of[:n], place[:n], tied
    )


def _began(found: Pairs, nearer: Array) -> Windows:
    """Those who are found for the first time and are no cases, each from his first exposure on."""
    mine = found.take(np.flatnonzero(nearer[found.person] == 0))
    order = np.argsort(mine.person, kind="stable")
    persons, begins = np.unique(mine.person[order], return_index=True)
    first = np.minimum.reduceat(mine.first[order], begins) if len(persons) else np.empty(0, np.int64)
    return Windows(persons, first, np.full(len(persons), AGES_US, np.int64))


def _controlled(windows: Windows, persons: Array, ats: Array) -> Windows:
    """The windows, ended where a person came under control."""
    order = np.argsort(persons, kind="stable")
    persons, ats = persons[order], ats[order]
    untils = windows.untils.copy()
    if len(persons):
        at = np.minimum(np.searchsorted(persons, windows.persons), len(persons) - 1)
        mine = persons[at] == windows.persons
        untils[mine] = ats[at[mine]]
    return Windows(windows.persons, windows.froms, untils)


def _check(n: int, layout: Layout) -> None:
    if n < -1:
        raise Flipped(layout.name, -2 - n)


_EMPTY = np.empty(0, np.int64)
NO_PAIRS = Pairs(
    _EMPTY.astype(np.int8), _EMPTY.astype(np.uint32), _EMPTY.astype(np.uint32), _EMPTY, _EMPTY, _EMPTY, _EMPTY,
    _EMPTY.astype(np.uint32),
)  # fmt: skip
