"""The search with a row for each person (按人排查): degree, first exposure, and whom he met first; for thousands of cases.

Degree 1 is found by pairs, for the cases a person met are counted. Where one meeting counts, higher degrees go through every
place once (`crossing`), and cost what the stays there cost, however many sources there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep import crossing, folding
from chainbreak.engines.sweep.found import WORTH_THREADS, Found, check, each, is_seated, n_cores, stays_of
from chainbreak.engines.sweep.layout import Layout
from chainbreak.engines.sweep.pairing import MEETING
from chainbreak.engines.sweep.rule import AGES_US, Rule, Windows
from chainbreak.engines.sweep.search import NO_RANK, controlled, pairs_by_block

Array = NDArray[Any]
MANY_SOURCES = 30  # one person in so many a source: then whole layouts are read, not person by person
NEVER_US = 2**62
SMALL_PIECES = 1 << 16


@dataclass(frozen=True)
class Persons:
    """Persons, each once; times in microseconds UTC, ids in numbers inside."""

    degree: Array
    person: Array
    first: Array
    source: Array
    place: Array
    sources: Array  # -1 where they were not counted
    tied: bool = False

    def take(self, rows: Array) -> Persons:
        """Some rows."""
        columns: dict[str, Any] = {name: getattr(self, name)[rows] for name in FIELDS}
        return Persons(**columns, tied=self.tied)


FIELDS = ("degree", "person", "first", "source", "place", "sources")
Order = Callable[[Array], Array]  # of persons by number: their order outside


def trace(
    layouts: Sequence[Layout],
    windows: Windows,
    cases: Array,
    rule: Rule,
    *,
    n_persons: int,
    controls: tuple[Array, Array] | None = None,
    rank: Array = NO_RANK,
    order: Order | None = None,
) -> Persons:
    """Contacts of every degree, by degree and number; arguments as of `search.trace`.

    Args:
        order: of persons in the order of ids outside, where the numbers are not in that order.
    """
    nearer = np.zeros(n_persons, np.uint8)
    cases = cases[cases < n_persons]
    if not rule.include_cases:
        nearer[cases] = 1
    parts = [_of_degree(layouts, windows, rule, nearer, 1, rank, order)]
    nearer[cases] = 1
    for degree in range(2, rule.degrees + 1):
        last = parts[-1]
        new = np.flatnonzero(nearer[last.person] == 0)
        if len(new) == 0:
            break
        began = Windows(last.person[new], last.first[new], np.full(len(new), AGES_US, np.int64))
        if controls is not None:
            began = controlled(began, *controls)
        nearer[began.persons] = 1
        parts.append(_of_degree(layouts, began, rule, nearer, degree, rank, order))
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in FIELDS}
    return Persons(**columns, tied=any(part.tied for part in parts))


def _of_degree(
    layouts: Sequence[Layout], windows: Windows, rule: Rule, skip: Array, degree: int, rank: Array, order: Order | None
) -> Persons:
    persons, row_source = windows.sources
    in_order = np.arange(len(persons), dtype=np.int64) if order is None else order(persons).astype(np.int64)
    if degree > 1 and rule.count == MEETING and not is_seated(layouts, rule.apart):
        return _by_places(layouts, windows, rule, skip, degree, rank, in_order)
    found = stays_of(layouts, windows, row_source, rule.levels, rule.apart).present(rule.after)
    return _by_pairs(layouts, persons, found, rule, skip, degree, rank, in_order)


def _by_pairs(
    layouts: Sequence[Layout],
    persons: Array,
    found: Found,
    rule: Rule,
    skip: Array,
    degree: int,
    rank: Array,
    in_order: Array,
) -> Persons:
    """All pairs are looked at, and each goes into its person's row at once."""
    n = len(skip)
    first, by, sources = np.full(n, NEVER_US, np.int64), np.full(n, -1, np.int64), np.zeros(n, np.int32)
    one_at_a_time = threading.Lock()

    def keep(n_pairs: int, tied: bool, _source: Array, columns: dict[str, Array]) -> bool:
        with one_at_a_time:
            return tied | folding.fold(
                columns["person"][:n_pairs], columns["first"][:n_pairs], columns["stay"][:n_pairs], found.source,
                found.begin, found.end, in_order, found.place, rank, first, by, sources,
            )  # fmt: skip

    tied = any(pairs_by_block(layouts, persons, found, rule, keep, skip=skip, rank=rank, with_stay=True))
    who = np.flatnonzero(by >= 0)
    n_of = sources[who].astype(np.int64) if degree == 1 else np.full(len(who), -1, np.int64)
    x = by[who]
    return _rows(degree, who, first[who], persons[found.source[x].astype(np.int64)], found.place[x], n_of, tied)


def _rows(degree: int, who: Array, first: Array, source: Array, place: Array, sources: Array, tied: bool) -> Persons:
    return Persons(np.full(len(who), degree, np.int8), who.astype(np.uint32), first, source, place, sources, tied)


def _by_places(
    layouts: Sequence[Layout], windows: Windows, rule: Rule, skip: Array, degree: int, rank: Array, in_order: Array
) -> Persons:
    """Every place where a source was is gone through once. Each source has one window."""
    layouts = sorted((layout for layout in layouts if layout.n_stays), key=lambda layout: layout.begin)
    n_places = max((layout.n_places for layout in layouts), default=0)
    parts = _presences(layouts, windows, rule, len(skip))
    size = sum(len(part[0]) for part in parts)
    ptr = np.zeros(n_places + 1, np.int64)
    for part in parts:
        crossing.count_places(part[1], ptr)
    np.cumsum(ptr, out=ptr)
    at = ptr[:-1].copy()
    x_source, x_begin, x_end = np.empty(size, np.uint32), np.empty(size, np.int64), np.empty(size, np.int64)
    for source, place, begin, end in parts:
        crossing.scatter(source, place, begin, end + rule.after, at, x_source, x_begin, x_end)
    parts.clear()
    kept = np.zeros(n_places, np.int64)
    cores = n_cores() if size > WORTH_THREADS else 1
    edges = np.searchsorted(ptr, np.linspace(0, size, cores + 1)[1:-1])
    edges = np.r_[0, edges, n_places]

    def settle(core: int) -> None:
        room = np.full((2, len(in_order)), -1, np.int64)
        crossing.settle(
            ptr, int(edges[core]), int(edges[core + 1]), rule.levels, rule.least, in_order, room[0], room[1], x_source,
            x_begin, x_end, kept,
        )  # fmt: skip

    each(settle, range(cores), size)
    places = np.flatnonzero(kept).astype(np.uint32)
    x_place = np.repeat(np.arange(n_places, dtype=np.uint32), np.diff(ptr))
    presences = x_source, x_begin, x_end
    reaches = [_reaches(layouts, number) for number in range(len(layouts))]

    def sweep(mine: Sequence[int]) -> tuple[Array, Array, Array, Array, bool]:
        first, by = np.full(len(skip), NEVER_US, np.int64), np.full(len(skip), -1, np.int64)
        begins_in, ends_in = np.zeros(len(places), np.uint64), np.zeros(len(places), np.uint64)
        tied, done = False, skip.copy()
        for number in mine:  # the earliest first: who was exposed before a layout begins is not asked for again
            layout, a = layouts[number], layouts[number].arrays
            np.bitwise_or(done, first < layout.begin, out=done)
            n = crossing.sweep(
                places, ptr, kept, rule.levels, rule.least, in_order, *presences, x_place, rank, done, *reaches[number],
                layout.meta, layout.raw, layout.sums, layout.seen, a["place_keys"], a["place_ptr"], a["place_longest"],
                a["words"], a["lengths"], first, by, begins_in, ends_in,
            )  # fmt: skip
            check(n, layout)
            tied |= n > 0
        return first, by, begins_in, ends_in, tied

    swept = each(sweep, [range(core, len(layouts), cores) for core in range(cores)], size)
    first, by, begins_in, ends_in, tied = swept[0]
    for other_first, other_by, other_begins, other_ends, other_tied in swept[1:]:
        tied |= other_tied | folding.merge(other_first, other_by, *presences, in_order, x_place, rank, first, by)
        begins_in, ends_in = begins_in | other_begins, ends_in | other_ends
    wanted = np.flatnonzero(begins_in & ends_in)
    if len(wanted):
        put_together = _put_together(layouts, places, wanted, ptr, kept, x_begin, x_end, skip, reaches)
        tied |= crossing.sweep_pieces(
            places, *put_together, ptr, kept, rule.levels, rule.least, in_order, *presences, x_place, rank, first, by
        )
    who = np.flatnonzero(by >= 0)
    x = by[who]
    source = windows.persons[x_source[x].astype(np.int64)]
    return _rows(degree, who, first[who], source, x_place[x], np.full(len(who), -1, np.int64), bool(tied))


def _presences(layouts: Sequence[Layout], windows: Windows, rule: Rule, n_persons: int) -> list[tuple[Array, ...]]:
    """The sources' stays of each layout: source, place, from, until; of many sources out of whole layouts."""
    persons = windows.persons
    if len(persons) * MANY_SOURCES < n_persons:
        found = stays_of(layouts, windows, np.arange(len(persons), dtype=np.uint32), rule.levels)
        return [(found.source, found.place, found.begin, found.end)]
    source_of = np.full(n_persons, -1, np.int32)
    source_of[persons] = np.arange(len(persons), dtype=np.int32)
    spans = np.stack([windows.froms, windows.untils], 1)
    since, until = int(windows.froms.min()), int(windows.untils.max())

    def one(layout: Layout) -> tuple[Array, ...]:
        if layout.end <= since or layout.begin >= until:
            return tuple(np.empty(0, kind) for kind in (np.uint32, np.uint32, np.int64, np.int64))
        a, n = layout.arrays, len(layout.arrays["words"])
        source, place = np.empty(n, np.uint32), np.empty(n, np.uint32)  # memory is taken as it is written
        begin, end = np.empty(n, np.int64), np.empty(n, np.int64)
        n = crossing.collect(
            source_of, spans, rule.levels, layout.meta, layout.raw, layout.sums, layout.seen,
            a["place_keys"], a["place_ptr"], a["words"], a["lengths"], source, place, begin, end,
        )  # fmt: skip
        check(n, layout)
        return source[:n], place[:n], begin[:n], end[:n]

    return each(one, layouts, WORTH_THREADS)


def _reaches(layouts: Sequence[Layout], number: int) -> tuple[Array, Array]:
    """When stays of a layout may be parts of stays of another: spans, and bits for beginning and ending there.

    The parts of one stay in layouts A and B: the first ends in B's span, the other begins in A's. Both set one bit.
    """
    own = layouts[number]
    spans, codes = [], []
    for other, layout in enumerate(layouts):
        begin, end = max(own.begin, layout.begin), min(own.end, layout.end)
        if (other == number and own.is_clean) or begin > end:
            continue
        if other == number:
            begin, end = -AGES_US, AGES_US
        spans.append((begin, end))
        codes.append((1 << ((other * 31 + number) % 64), 1 << ((number * 31 + other) % 64)))
    return np.array(spans, np.int64).reshape(-1, 2), np.array(codes, np.uint64).reshape(-1, 2)


def _put_together(
    layouts: Sequence[Layout],
    places: Array,
    wanted: Array,
    ptr: Array,
    kept: Array,
    x_begin: Array,
    x_end: Array,
    skip: Array,
    reaches: Sequence[tuple[Array, Array]],
) -> tuple[Array, Array, Array, Array]:
    """Pieces of stays at these places, of all layouts, in order of place, person, beginning."""

    def one(number: int) -> tuple[Array, ...]:
        layout, room = layouts[number], SMALL_PIECES
        while True:
            out = (
                np.empty(room, np.uint32),
                np.empty(room, np.uint32),
                np.empty(room, np.int64),
                np.empty(room, np.int64),
            )
            a = layout.arrays
            n = crossing.pieces(
                places, wanted, ptr, kept, x_begin, x_end, skip, reaches[number][0], layout.meta, a["place_keys"],
                a["place_ptr"], a["words"], a["lengths"], *out,
            )  # fmt: skip
            if n >= 0:
                return tuple(column[:n] for column in out)
            room *= 4

    parts = each(one, range(len(layouts)), len(wanted) * 8)
    place, person, start, stop = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((start, person, place))
    return place[order], person[order], start[order], stop[order]
