"""The tracing rule in integers (规则取整): least times by place, windows, controls, and how minutes are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.asked import Asked
from chainbreak.engines.spots import ANYWHERE, CARRIAGE
from chainbreak.engines.sweep.looking import NEVER
from chainbreak.engines.sweep.pairing import DAY, MEETING, WINDOW

Array = NDArray[Any]
COUNTS = {"window": WINDOW, "meeting": MEETING, "day": DAY}
MINUTE_US = 60_000_000
AGES_US = 2**61  # an open end: further than any instant
NO_LEVELS = np.empty(0, np.uint8)
NO_APART = np.empty(0, np.uint16)


@dataclass(frozen=True)
class Rule:
    """Least times, degrees and the way of counting.

    levels: for each place an index into `least`, NEVER where nothing counts; empty: all places have the first.
    least: microseconds, rising.
    apart: for each place the rows apart at most that are near, CARRIAGE or ANYWHERE; empty: nowhere does it matter.
    after: microseconds for which the air stays infectious after a source has left.
    """

    levels: Array
    least: Array
    degrees: int = 2
    include_cases: bool = False
    count: int = WINDOW
    apart: Array = field(default_factory=lambda: NO_APART, repr=False)
    after: int = 0

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


def rule_of(asked: Asked, places: Kinds | None = None, n_places: int = 0) -> Rule:
    """The rule in integers, for these places.

    Raises:
        ValueError: more than 254 different least times.
    """
    own = {kind: None if least is None else microseconds(least) for kind, least in (asked.thresholds or {}).items()}
    default = microseconds(asked.minutes)
    rule = Rule(
        NO_LEVELS, np.array([default], np.int64), asked.degrees, asked.include_cases, COUNTS[asked.count],
        after=microseconds(asked.after),
    )  # fmt: skip
    if places is None or len(places.numbers) == 0:
        return rule
    n_places = max(n_places, int(places.numbers.max()) + 1)
    if asked.near:
        rows_of = {kind: CARRIAGE if rows is None else rows for kind, rows in asked.near.items()}
        rule = replace(rule, apart=_by_place(places, rows_of, ANYWHERE, n_places, np.uint16))
    if own:
        steps = sorted({default, *(least for least in own.values() if least is not None)})
        if len(steps) >= NEVER:
            raise ValueError(f"at most {NEVER - 1} different least times; got {len(steps)}")
        level_of = {kind: NEVER if least is None else steps.index(least) for kind, least in own.items()}
        levels = _by_place(places, level_of, steps.index(default), n_places, np.uint8)
        rule = replace(rule, levels=levels, least=np.array(steps, np.int64))
    return rule


def _by_place(places: Kinds, of_kind: Mapping[str, int], otherwise: int, n_places: int, kind: type) -> Array:
    """A value for every place, by its kind."""
    found: Array = np.full(n_places, otherwise, kind)
    of_code: Array = np.array([of_kind.get(name or "", otherwise) for name in places.names], kind)
    if len(of_code):
        found[places.numbers] = of_code[places.codes]
    return found


def microseconds(minutes: float) -> int:
    """Minutes as exact time."""
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
