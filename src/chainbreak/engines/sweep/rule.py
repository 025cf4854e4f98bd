"""The tracing rule in integers (规则取整): least times by place, windows, controls, and how minutes are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.looking import NEVER
from chainbreak.engines.sweep.pairing import DAY, MEETING, WINDOW

Array = NDArray[Any]
COUNTS = {"window": WINDOW, "meeting": MEETING, "day": DAY}
MINUTE_US = 60_000_000
AGES_US = 2**61  # an open end: further than any instant
NO_LEVELS = np.empty(0, np.uint8)


@dataclass(frozen=True)
class Rule:
    """Least times, degrees and the way of counting.

    levels: for each place an index into `least`, NEVER where nothing counts; empty: all places have the first.
    least: microseconds, rising.
    """

    levels: Array
    least: Array
    degrees: int = 2
    include_cases: bool = False
    count: int = WINDOW

    def of_place(self, places: Array) -> Array:
        """The least time at each of these places, in microseconds."""
        if len(self.levels) == 0:
            return np.full(len(places), self.least[0], np.int64)
        found: Array = self.least[self.levels[places]]
        return found


@dataclass(frozen=True)
class Kinds:
    """Places by number, and the kind of each as an index into `names`."""

    numbers: Array
    codes: Array
    names: list[str | None]


@dataclass(frozen=True)
class Windows:
    """Persons and the spans of time in which they are sources; rows in order of person, spans of one person apart."""

    persons: Array  # uint32, one for each row
    froms: Array  # int64
    untils: Array  # int64

    @property
    def sources(self) -> tuple[Array, Array]:
        """The persons, each once; and for each row the index of its person."""
        persons, index = np.unique(self.persons, return_inverse=True)
        return persons.astype(np.uint32), index.astype(np.uint32)


def check(*, minutes: float, degrees: int, count: str) -> None:
    """Raise ValueError for a rule that makes no sense."""
    if degrees < 1:
        raise ValueError(f"degrees must be 1 or more; got {degrees}")
    if count not in COUNTS:
        raise ValueError(f"count must be one of {', '.join(COUNTS)}; got {count!r}")
    if minutes < 0:
        raise ValueError(f"minutes must not be negative; got {minutes}")


def rule_of(
    *,
    minutes: float,
    degrees: int,
    include_cases: bool,
    count: str,
    places: Kinds | None = None,
    thresholds: Mapping[str, float | None] | None = None,
    n_places: int = 0,
) -> Rule:
    """The rule for these places; `thresholds` holds the least minutes of kinds that have their own.

    Raises:
        ValueError: degrees below 1, another way of counting, negative minutes, more than 254 different least times.
    """
    check(minutes=minutes, degrees=degrees, count=count)
    own = {kind: None if least is None else microseconds(least) for kind, least in (thresholds or {}).items()}
    default = microseconds(minutes)
    if places is None or not own or len(places.numbers) == 0:
        return Rule(NO_LEVELS, np.array([default], np.int64), degrees, include_cases, COUNTS[count])
    steps = sorted({default, *(least for least in own.values() if least is not None)})
    if len(steps) >= NEVER:
        raise ValueError(f"at most {NEVER - 1} different least times; got {len(steps)}")
    levels = np.full(max(n_places, int(places.numbers.max()) + 1), steps.index(default), np.uint8)
    of_kind = {kind: NEVER if least is None else steps.index(least) for kind, least in own.items()}
    of_code = np.array([of_kind.get(name or "", steps.index(default)) for name in places.names], np.uint8)
    if len(of_code):
        levels[places.numbers] = of_code[places.codes]
    return Rule(levels, np.array(steps, np.int64), degrees, include_cases, COUNTS[count])


def microseconds(minutes: float) -> int:
    """Minutes as exact time."""
    if minutes < 0:
        raise ValueError(f"minutes must not be negative; got {minutes}")
    return round(minutes * MINUTE_US)


def windows_of(persons: Array, froms: Array, untils: Array) -> Windows:
    """The rows put in order; overlapping or touching spans of one person are one span, empty ones fall away."""
    real = froms < untils
    persons, froms, untils = persons[real], froms[real], untils[real]
    order = np.lexsort((untils, froms, persons))
    rows: list[list[int]] = []
    for person, begin, end in zip(persons[order].tolist(), froms[order].tolist(), untils[order].tolist(), strict=True):
        if rows and rows[-1][0] == person and begin <= rows[-1][2]:
            rows[-1][2] = max(rows[-1][2], end)
        else:
            rows.append([person, begin, end])
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Windows(table[:, 0].astype(np.uint32), table[:, 1].copy(), table[:, 2].copy())
