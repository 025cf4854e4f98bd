"""Where tables should stand (采样台布点): the worst queue as short as it can be, nobody walking further than the limit.

For a given number of hours z it is asked how few tables do: people go to sites within reach, a table serves rate·z. The
least z for which the tables at hand suffice is found by halving: first with parts of tables (a lower bound, and by rounding
up an upper one), then with whole tables in between. Solver: HiGHS.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

EARTH_KM = 6371.0088
STEPS, WHOLE_STEPS = 12, 5
QUESTIONS = STEPS + WHOLE_STEPS + 1  # to the solver, of one placement
SECONDS = 2.0  # of one question with whole tables; what is not answered by then counts as no


@dataclass(frozen=True)
class Placement:
    """Tables by site, who goes where (people from demand point i to site j), hours of the slowest site, who cannot walk.

    `hours` is None when not even all tables suffice within the longest time asked for.
    """

    tables: tuple[int, ...]
    flows: tuple[tuple[int, int, float], ...]
    hours: float | None
    unreached: tuple[int, ...]


def distances_km(points: Sequence[tuple[float, float]], sites: Sequence[tuple[float, float]]) -> np.ndarray:
    """Great-circle distances, shape (points, sites); (latitude, longitude) in degrees."""
    one, other = (np.radians(np.asarray(each, dtype=float).reshape(-1, 2)) for each in (points, sites))
    lat, lon = one[:, None, :].transpose(2, 0, 1)
    lat2, lon2 = other[None, :, :].transpose(2, 0, 1)
    half = np.sin((lat2 - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon2 - lon) / 2) ** 2
    km: np.ndarray = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return km


def place(
    people: Sequence[float],
    km: np.ndarray,
    *,
    tables: int,
    per_table_hour: float,
    walk_km: float,
    most_at_site: Sequence[int] | int = 20,
    longest_hours: float = 24.0,
    progress: Callable[[int], None] = lambda done: None,
) -> Placement:
    """Spread `tables` over the sites so that the last is done soonest.

    Args:
        people: at each demand point.
        km: distance of each point from each site, shape (points, sites).
        progress: told after each question to the solver how many of `QUESTIONS` are answered.

    Raises:
        ValueError: shapes that do not fit, negative numbers.
    """
    demand, km = np.asarray(people, dtype=float), np.asarray(km, dtype=float)
    if km.shape[:1] != demand.shape or tables < 1 or per_table_hour <= 0 or (demand < 0).any():
        raise ValueError(f"people {demand.shape} and distances {km.shape} must fit, tables and rate be above 0")
    n_sites = km.shape[1]
    most = np.full(n_sites, most_at_site) if isinstance(most_at_site, int) else np.asarray(most_at_site)
    reach = [np.flatnonzero(km[i] <= walk_km) for i in range(len(demand))]
    unreached = tuple(i for i in range(len(demand)) if not len(reach[i]) and demand[i] > 0)
    wanted = [i for i in range(len(demand)) if len(reach[i]) and demand[i] > 0]
    if not wanted:
        return Placement((0,) * n_sites, (), 0.0, unreached)
    low, high = float(sum(demand[wanted])) / (tables * per_table_hour), longest_hours
    model = _model(demand, reach, wanted, most)
    best = _fewest(model, per_table_hour * high, whole=False) if low <= high else None
    progress(1)
    if best is None or best.parts > tables + 1e-6:
        return Placement((0,) * n_sites, (), None, unreached)
    if sum(best.tables) > tables:
        best = None
    bound, upper = low, high
    for step in range(STEPS):  # the bound by parts of tables, and what rounding up makes of it
        middle = (bound + upper) / 2
        found = _fewest(model, per_table_hour * middle, whole=False)
        if found is not None and sum(found.tables) <= tables:
            best, upper, high = found, middle, min(high, middle)
        elif found is not None and found.parts <= tables:
            upper = middle
        else:
            bound = middle
        progress(2 + step)
    low = bound
    if best is None:
        best = _fewest(model, per_table_hour * high, whole=True)
        if best is None or sum(best.tables) > tables:
            return Placement((0,) * n_sites, (), None, unreached)
    for step in range(WHOLE_STEPS):
        middle = (low + high) / 2
        found = _fewest(model, per_table_hour * middle, whole=True)
        if found is not None and sum(found.tables) <= tables:
            best, high = found, middle
        else:
            low = middle
        progress(2 + STEPS + step)
    placed = _spread(np.array(best.tables), best.flows, most, tables)
    loads = np.zeros(n_sites)
    for _i, j, n in best.flows:
        loads[j] += n
    hours = max(loads[j] / (placed[j] * per_table_hour) for j in range(n_sites) if placed[j])
    return Placement(tuple(int(n) for n in placed), tuple(best.flows), float(hours), unreached)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The solver greets on standard output, which belongs to the answer; its greeting goes where progress goes."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@dataclass
class _Model:
    solver: highspy.Highs
    pairs: list[tuple[int, int]]
    n_sites: int
    rows: dict[int, int]  # site → its row


@dataclass(frozen=True)
class _Found:
    tables: list[int]
    flows: list[tuple[int, int, float]]
    parts: float  # tables, parts counted as parts


def _model(demand: np.ndarray, reach: list[Any], wanted: list[int], most: np.ndarray) -> _Model:
    """Whole tables at each site, people from each point to the sites it reaches; each site serves at most its tables."""
    with _quiet():
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", SECONDS)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.01)
    n_sites = len(most)
    for j in range(n_sites):
        solver.addVar(0.0, float(most[j]))
        solver.changeColCost(j, 1.0)
    pairs = [(i, int(j)) for i in wanted for j in reach[i]]
    by_site: dict[int, list[int]] = {}
    by_point: dict[int, list[int]] = {}
    for column, (i, j) in enumerate(pairs, start=n_sites):
        solver.addVar(0.0, float(demand[i]))
        by_point.setdefault(i, []).append(column)
        by_site.setdefault(j, []).append(column)
    for i, columns in by_point.items():
        index = np.array(columns, dtype=np.int32)
        solver.addRow(float(demand[i]), float(demand[i]), len(index), index, np.ones(len(index)))
    rows = {}
    for j, columns in by_site.items():
        rows[j] = solver.getNumRow()
        index = np.array([*columns, j], dtype=np.int32)
        solver.addRow(-highspy.kHighsInf, 0.0, len(index), index, np.array([1.0] * len(columns) + [-1.0]))
    return _Model(solver, pairs, n_sites, rows)


def _fewest(model: _Model, served: float, *, whole: bool) -> _Found | None:
    """The fewest tables if each serves `served` people; None when even the most do not suffice, or time ran out."""
    solver = model.solver
    kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
    for j, row in model.rows.items():
        solver.changeCoeff(row, j, -served)
    for j in range(model.n_sites):
        solver.changeColIntegrality(j, kind)
    solver.run()
    good = {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit}
    solution = solver.getSolution()
    if solver.getModelStatus() not in good or not solution.value_valid:
        return None
    if solver.getInfo().primal_solution_status != highspy.kSolutionStatusFeasible:
        return None
    values = np.asarray(solution.col_value)
    flows = [(i, j, float(n)) for (i, j), n in zip(model.pairs, values[model.n_sites :], strict=True) if n > 1e-6]
    parts = values[: model.n_sites]
    return _Found([max(0, math.ceil(n - 1e-6)) for n in parts], flows, float(parts.sum()))


def _spread(placed: np.ndarray, flows: list[tuple[int, int, float]], most: np.ndarray, tables: int) -> np.ndarray:
    """Tables that are left over go, one by one, where a table has most people."""
    loads = np.zeros(len(placed))
    for _i, j, n in flows:
        loads[j] += n
    for _ in range(tables - int(placed.sum())):
        open_ = np.flatnonzero((placed > 0) & (placed < most))
        if not len(open_):
            break
        placed[open_[np.argmax(loads[open_] / placed[open_])]] += 1
    return placed
