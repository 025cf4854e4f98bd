"""Tables moved between sampling sites (采样力量调配): the longest wait as short as it can be with the fewest tables moved.

A site with load L (people) needs ⌈L / (μ·T)⌉ tables to be done in T. For each T the sites that have more give, those that
have less take: a transport problem whose corner solutions are whole numbers. The least T that can be met is found by
halving; at that T (or at the goal, where that is longer: nobody is moved for less than a goal already kept) the way with
the fewest tables, then the fewest kilometres is taken. Solver: HiGHS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from .placement import _quiet

STEP = 0.05  # minutes: what is closer is one wait
NEAR = 1e-9


@dataclass(frozen=True)
class Load:
    """One site: people waiting and expected, tables there, people a table serves an hour, fewest and most tables."""

    people: float
    tables: int
    per_table_hour: float
    least: int = 1
    most: int = 20

    def minutes(self, tables: int) -> float:
        """How long the load takes with so many tables."""
        if self.people <= 0:
            return 0.0
        return math.inf if tables <= 0 else 60 * self.people / (tables * self.per_table_hour)

    def needed(self, minutes: float) -> int:
        """The fewest tables that are done in time, not below `least`."""
        return max(self.least, math.ceil(60 * self.people / (self.per_table_hour * minutes) - NEAR))


@dataclass(frozen=True)
class Proposal:
    """Who gives how many tables to whom (places in the list), and the longest wait before and after, in minutes."""

    moves: tuple[tuple[int, int, int], ...]
    before: float
    after: float

    @property
    def tables(self) -> int:
        return sum(n for _one, _other, n in self.moves)


def propose(sites: Sequence[Load], km: np.ndarray, *, farthest_km: float, goal: float = 30.0) -> Proposal:
    """The moves that make the longest wait shortest, or bring it to `goal` minutes with the fewest tables.

    Args:
        km: distance from each site to each other, shape (sites, sites); NaN or more than `farthest_km` cannot be moved over.
        goal: minutes of waiting that nobody needs to be moved for.

    Raises:
        ValueError: distances that do not fit, rates of 0 or less, more tables wanted at least than at most.
    """
    km = np.asarray(km, dtype=float)
    if km.shape != (len(sites), len(sites)) or goal <= 0:
        raise ValueError(f"distances of shape {(len(sites), len(sites))} and a goal above 0 are wanted; got {km.shape}")
    if any(one.per_table_hour <= 0 or one.least > one.most or one.people < 0 for one in sites):
        raise ValueError("each site needs a rate above 0, people of 0 or more and least <= most")
    before = max((one.minutes(one.tables) for one in sites), default=0.0)
    if before <= goal:
        return Proposal((), before, before)
    reach = np.nan_to_num(km, nan=np.inf) <= farthest_km
    np.fill_diagonal(reach, False)
    high = before if math.isfinite(before) else max(60 * one.people / one.per_table_hour for one in sites) + goal
    best = _moves(sites, km, reach, goal)
    if best is None and (best := _moves(sites, km, reach, high)) is not None:
        low = goal
        while high - low > STEP:
            middle = (low + high) / 2
            found = _moves(sites, km, reach, middle)
            if found is None:
                low = middle
            else:
                best, high = found, max(goal, min(middle, _longest(sites, found)))
    return Proposal(tuple(best or ()), before, _longest(sites, best or ()))


def _longest(sites: Sequence[Load], moves: Sequence[tuple[int, int, int]]) -> float:
    tables = [one.tables for one in sites]
    for giver, taker, n in moves:
        tables[giver] -= n
        tables[taker] += n
    return max(one.minutes(n) for one, n in zip(sites, tables, strict=True))


def _moves(
    sites: Sequence[Load], km: np.ndarray, reach: np.ndarray, minutes: float
) -> list[tuple[int, int, int]] | None:
    """The fewest tables over the fewest kilometres so that everybody is done in time; None when that cannot be."""
    spare: dict[int, int] = {}
    short: dict[int, int] = {}
    for place, one in enumerate(sites):
        wanted = one.needed(minutes)
        if one.people > 0 and wanted > one.most:
            return None
        if one.people > 0 and wanted > one.tables:
            short[place] = wanted - one.tables
        elif one.tables > wanted:
            spare[place] = one.tables - wanted
    if not short:
        return []
    pairs = [(i, j) for j in short for i in spare if reach[i, j]]
    if sum(spare.values()) < sum(short.values()) or {j for _i, j in pairs} != set(short):
        return None
    with _quiet():
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    columns_of: dict[tuple[str, int], list[int]] = {}
    for column, (i, j) in enumerate(pairs):
        solver.addVar(0.0, float(min(spare[i], short[j])))
        solver.changeColCost(column, 1000.0 + float(km[i, j]))
        columns_of.setdefault(("gives", i), []).append(column)
        columns_of.setdefault(("takes", j), []).append(column)
    for (deed, place), columns in columns_of.items():
        most = float(spare[place] if deed == "gives" else short[place])
        index = np.array(columns, dtype=np.int32)
        solver.addRow(0.0 if deed == "gives" else most, most, len(index), index, np.ones(len(index)))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    values = np.asarray(solver.getSolution().col_value)
    return [(i, j, round(n)) for (i, j), n in zip(pairs, values, strict=True) if n > 0.5]
