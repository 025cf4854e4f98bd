"""The search degree by degree (逐级排查), over any number of layouts as if they were one: a row for each pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep import pairing
from chainbreak.engines.sweep.found import (
    NO_PERSONS,
    NOT_WANTED,
    WORTH_THREADS,
    Flipped,
    Found,
    each,
    meetings,
    stays_of,
)
from chainbreak.engines.sweep.layout import Layout
from chainbreak.engines.sweep.pairing import MEETING
from chainbreak.engines.sweep.rule import AGES_US, Rule, Windows

__all__ = ["NO_RANK", "Flipped", "Pairs", "pairs", "stays_of", "trace"]

Array = NDArray[Any]
MANY_STAYS = 100_000  # of sources looked at in one go, to bound the memory
NO_RANK = np.empty(0, np.uint32)
T = TypeVar("T")


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
        columns = each(lambda name: getattr(self, name)[rows], FIELDS, len(rows))
        return Pairs(**dict(zip(FIELDS, columns, strict=True)), tied=self.tied)


FIELDS = ("degree", "person", "source", "first", "last", "us", "meetings", "place")


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
            began = controlled(began, *controls)
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
    found = stays_of(layouts, windows, row_source, rule.levels, rule.apart)
    if rule.after or len(found.spot):
        found = found.present(rule.after)

    def keep(n: int, tied: bool, source: Array, columns: dict[str, Array]) -> Pairs:
        own = {name: columns[name][:n] for name in ("person", "first", "last", "us", "meetings", "place")}
        return Pairs(np.full(n, degree, np.int8), source=persons[source[:n]], tied=tied, **own)

    return joined(pairs_by_block(layouts, persons, found, rule, keep, skip=skip, rank=rank, short=short))


def pairs_by_block(
    layouts: Sequence[Layout],
    persons: Array,
    found: Found,
    rule: Rule,
    keep: Callable[[int, bool, Array, dict[str, Array]], T],
    *,
    skip: Array,
    rank: Array,
    short: bool = False,
    with_stay: bool = False,
) -> list[T]:
    """The pairs of some sources after the others, each block given to `keep`: how many, tied, sources, columns.

    Args:
        with_stay: also the number of the source's stay at the first meeting.
    """
    blocks = list(_blocks(found))
    least = rule.of_place(found.place) if rule.count == MEETING and not short else NOT_WANTED

    def one(block: tuple[int, int]) -> T:
        alone = len(blocks) > 1
        return keep(*_pairs_of(layouts, persons, found, *block, rule, least, skip, rank, short, with_stay, alone))

    return each(one, blocks, WORTH_THREADS)


def _blocks(found: Found) -> Iterator[tuple[int, int]]:
    """Stays that are looked at together: whole sources only."""
    begin = 0
    while begin < len(found.source):
        end = begin + MANY_STAYS
        if end < len(found.source):
            end = int(np.searchsorted(found.source, found.source[end], "left"))
            if end <= begin:
                end = int(np.searchsorted(found.source, found.source[begin], "right"))
        end = min(end, len(found.source))
        yield begin, end
        begin = end


def joined(parts: Sequence[Pairs]) -> Pairs:
    """Pairs of several searches as one."""
    if not parts:
        return NO_PAIRS
    if len(parts) == 1:
        return parts[0]
    n = sum(len(part.person) for part in parts)
    columns = each(lambda name: np.concatenate([getattr(part, name) for part in parts]), FIELDS, n)
    return Pairs(**dict(zip(FIELDS, columns, strict=True)), tied=any(part.tied for part in parts))


def _pairs_of(
    layouts: Sequence[Layout],
    persons: Array,
    found: Found,
    begin: int,
    end: int,
    rule: Rule,
    least: Array,
    skip: Array,
    rank: Array,
    short: bool,
    with_stay: bool,
    alone: bool,
) -> tuple[int, bool, Array, dict[str, Array]]:
    begins, stay, who, start, stop, _ = meetings(
        layouts, persons, found, begin, end, least=least, skip=skip, apart=rule.apart, alone=alone
    )
    room = len(stay)
    few: dict[str, Array] = {name: np.empty(room, np.uint32) for name in ("source", "person", "place")}
    wide: dict[str, Array] = {name: np.empty(room, np.int64) for name in ("first", "last", "us", "meetings")}
    out: dict[str, Array] = {**few, **wide, "stay": np.empty(room if with_stay else 0, np.int64)}
    n, tied = pairing.pairs_of(
        begins, found.place, found.begin, found.end, stay, who, start, stop, rule.levels, rule.least, rule.count, short,
        rank, out["source"], out["person"], out["first"], out["last"], out["us"], out["meetings"], out["place"],
        out["stay"],
    )  # fmt: skip
    return n, tied, out["source"].astype(np.int64) + int(found.source[begin]), out


def _began(found: Pairs, nearer: Array) -> Windows:
    """Those who are found for the first time and are no cases, each from his first exposure on."""
    mine = np.flatnonzero(nearer[found.person] == 0)
    persons, first = found.person[mine], found.first[mine]
    order = np.argsort(persons, kind="stable")
    persons, begins = np.unique(persons[order], return_index=True)
    first = np.minimum.reduceat(first[order], begins) if len(persons) else np.empty(0, np.int64)
    return Windows(persons, first, np.full(len(persons), AGES_US, np.int64))


def controlled(windows: Windows, persons: Array, ats: Array) -> Windows:
    """The windows, ended where a person came under control."""
    order = np.argsort(persons, kind="stable")
    persons, ats = persons[order], ats[order]
    untils = windows.untils.copy()
    if len(persons):
        at = np.minimum(np.searchsorted(persons, windows.persons), len(persons) - 1)
        mine = persons[at] == windows.persons
        untils[mine] = ats[at[mine]]
    return Windows(windows.persons, windows.froms, untils)


_EMPTY = np.empty(0, np.int64)
NO_PAIRS = Pairs(
    _EMPTY.astype(np.int8), _EMPTY.astype(np.uint32), _EMPTY.astype(np.uint32), _EMPTY, _EMPTY, _EMPTY, _EMPTY,
    _EMPTY.astype(np.uint32),
)  # fmt: skip
