"""The sources' stays and whom they meet (检索结果): over any number of layouts as if they were one, on several cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.spots import as_it_counts
from chainbreak.engines.sweep import looking, reading, uniting
from chainbreak.engines.sweep.layout import Layout
from chainbreak.engines.sweep.rule import AGES_US, NO_APART, Windows
from chainbreak.engines.sweep.sums import first_bad

Array = NDArray[Any]
T = TypeVar("T")
S = TypeVar("S")
WORTH_THREADS = 4_000  # stays of sources
AHEAD_UP_TO = 400_000  # stays of sources: with more, nearly everything is read anyway
NO_PERSONS = np.empty(0, np.uint8)
NOT_WANTED = np.empty(0, np.int64)
NO_SPOTS = np.empty(0, np.uint32)


class Flipped(ValueError):
    """A block of a layout's file is not as it was written; `name` says which file, `block` which."""

    def __init__(self, name: str, block: int) -> None:
        super().__init__(f"{name}: block {block} is not as it was written")
        self.name = name
        self.block = block


@dataclass(frozen=True)
class Found:
    """Stays of sources, cut to their windows, in order of source."""

    source: Array
    place: Array
    begin: Array
    end: Array
    layout: Array
    position: Array
    spot: Array  # carriage and row, 0 where not known; empty where no layout has any

    def take(self, rows: Array, **changed: Array) -> Found:
        """Some rows, with other values in some columns."""
        columns = {name: getattr(self, name) for name in ("source", "place", "begin", "end", "layout", "position")}
        columns["spot"] = self.spot
        return Found(**{name: column[rows] if len(column) else column for name, column in columns.items()} | changed)

    def present(self, after: int) -> Found:
        """As the truth has it: prolonged by `after` (microseconds), then what touches at one place made one."""
        end = self.end + after if after else self.end
        kept, ends = uniting.united(self.source, self.place, self.spot, self.begin, end)
        return self.take(kept, end=ends)


def stays_of(
    layouts: Sequence[Layout], windows: Windows, row_source: Array, levels: Array, apart: Array = NO_APART
) -> Found:
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
        check(n, layout)
        source = row_source[rows[row[:n]]]
        return source, place[:n], begin[:n], end[:n], np.full(n, number, np.int32), position[:n]

    since, until = windows.froms.min(initial=AGES_US), windows.untils.max(initial=-AGES_US)
    reading.ahead_of_persons([one for one in layouts if since < one.end and until > one.begin], windows.persons)
    parts = [part for part in each(one, range(len(layouts)), len(windows.persons) * 8) if part is not None]
    if not parts:
        empty = np.empty(0, np.int64)
        few = empty.astype(np.uint32)
        return Found(few, few, empty, empty, empty.astype(np.int32), empty, NO_SPOTS)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    source, place, begin, end, layout, position = (column[order] for column in columns)
    spot = as_it_counts(_spots(layouts, layout, position), apart[place]) if is_seated(layouts, apart) else NO_SPOTS
    return Found(source, place, begin, end, layout, position, spot)


def is_seated(layouts: Sequence[Layout], apart: Array) -> bool:
    """Whether carriages and seats matter and are known of any stay."""
    return len(apart) > 0 and any(len(layout.spot) for layout in layouts)


def _spots(layouts: Sequence[Layout], number: Array, position: Array) -> Array:
    """Carriage and row of these stays; what the files say is looked at first."""
    found = np.zeros(len(position), np.uint32)
    for n, layout in enumerate(layouts):
        if len(layout.spot):
            if len(layout.sums):
                begin = layout.offsets["spot"]
                bad = first_bad(layout.raw, layout.sums, layout.seen, begin, begin + 4 * len(layout.spot))
                check(-2 - bad if bad >= 0 else 0, layout)
            mine = number == n
            found[mine] = layout.spot[position[mine]]
    return found


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
    apart: Array = NO_APART,
    alone: bool = False,
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Whom the stays `begin` to `end` meet: begins (layouts, sources + 1), stay, person, from, until, position.

    Args:
        least: microseconds for each of all stays; see `looking.scan`.
        apart: of each place, the rows apart at most that count as near; empty: seats do not matter.
        alone: on this core only.
    """
    s0, s1 = int(found.source[begin]), int(found.source[end - 1]) + 1
    seams = seams_of(layouts) if len(least) else np.empty((0, 2), np.int64)
    begins = np.zeros((len(layouts), s1 - s0 + 1), np.int64)

    def places(layout: Layout) -> Array:
        near = (found.end[begin:end] > layout.begin) & (found.begin[begin:end] < layout.end)
        return found.place[begin:end][near]

    if end - begin < AHEAD_UP_TO:
        reading.ahead_of_places(layouts, places)

    def one(number: int) -> tuple[Array, ...]:
        layout = layouts[number]
        near = (found.end[begin:end] > layout.begin) & (found.begin[begin:end] < layout.end)
        chosen = np.flatnonzero(near) + begin
        seated = bool(len(apart) and len(layout.spot))
        own = seams if layout.is_clean and not seated else np.array([[-AGES_US, AGES_US]], np.int64)
        near_by = apart if seated else NO_APART
        return _met(layout, persons, found, chosen, s0, s1, least, own, skip, positions, near_by, begins[number])

    parts = each(one, range(len(layouts)), 0 if alone else end - begin)
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
    apart: Array,
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
    check(n, layout)
    spot = found.spot if len(apart) else NO_SPOTS
    room = 1024 + 32 * len(chosen)
    while True:
        stay, who = np.empty(room, np.uint32), np.empty(room, np.uint32)
        start, stop = np.empty(room, np.int64), np.empty(room, np.int64)
        at = np.empty(room if positions else 0, np.int64)
        n = looking.scan(
            found.source, found.place, found.begin, found.end, spot, chosen, low, until, s0, s1, persons, least, seams,
            skip, meta, layout.raw, layout.sums, layout.seen, a["peak"], a["peaks"], a["words"], a["lengths"],
            layout.spot, apart, stay, who, start, stop, at, begins,
        )  # fmt: skip
        if n != -1:
            break
        room *= 4
    check(n, layout)
    return stay[:n], who[:n], start[:n], stop[:n], at[: n if positions else 0]


def each(work: Callable[[S], T], things: Iterable[S], size: int) -> list[T]:
    """The work for each thing, on several cores where there is much of it."""
    given = list(things)
    if len(given) < 2 or size < WORTH_THREADS:
        return [work(one) for one in given]
    return list(_pool().map(work, given))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_cores(), "sweep")


def n_cores() -> int:
    """Cores that work on one question."""
    return max(1, min(8, os.cpu_count() or 1))


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


def check(n: int, layout: Layout) -> None:
    """Raise Flipped if a kernel says so."""
    if n < -1:
        raise Flipped(layout.name, -2 - n)
