"""Many runs of a scenario on all processors (多次模拟), the same for the same seed whatever the machine."""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.epi import parameters
from chainbreak.epi.parameters.distribution import Floats
from chainbreak.epi.scenario import engine
from chainbreak.epi.scenario.fields import FIELDS, engine_name
from chainbreak.epi.scenario.reading import Scenario
from chainbreak.epi.scenario.value import ScenarioError, Uncertain

MOST_BYTES = 1_500_000_000
CHUNK = 20  # runs between two looks at the clock
UNKNOWN = np.iinfo(np.int64).max  # in `daily`: after the run's end at the cap
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Runs:
    """What came out, run by run."""

    scenario: Scenario
    seed: int
    values: Floats  # shape (runs, engine.WIDTH)
    daily: NDArray[np.int64]  # shape (runs, engine.DAILY, days); UNKNOWN after a run's end at the cap
    n_cases: NDArray[np.int64]
    last_infection: Floats
    last_community: Floats  # day of the last finding in the community; -inf: none
    extinct: NDArray[np.bool_]
    capped: NDArray[np.bool_]
    controlled: NDArray[np.bool_]
    breaks: Floats  # shape (runs, engine.LIMITS): day on which waiting first was too long; inf: never

    def __len__(self) -> int:
        return len(self.n_cases)

    def of(self, name: str) -> NDArray[np.int64]:
        """One daily series of all runs, shape (runs, days)."""
        return self.daily[:, engine.DAILY.index(name), :]


def simulate(
    scenario: Scenario, *, runs: int, seed: int, progress: Progress | None = None, threads: int | None = None
) -> Runs:
    """Run a scenario.

    Raises:
        ScenarioError: wrong_value of runs or seed; too_many, if runs times days do not fit into memory.
    """
    days, cap = scenario.settings["days"], scenario.settings["cap_cases"]
    if runs < 1:
        raise ScenarioError("wrong_value", name="runs", value=runs, wanted="a whole number", least=1, most=10**6)
    if not 0 <= seed < 2**63:
        raise ScenarioError("wrong_value", name="seed", value=seed, wanted="a whole number", least=0, most=2**63 - 1)
    if runs * len(engine.DAILY) * days * 8 > MOST_BYTES:
        raise ScenarioError("too_many", runs=runs, days=days, most=MOST_BYTES // (len(engine.DAILY) * days * 8))
    values, seen = values_of(scenario, runs, seed)
    daily = np.zeros((runs, len(engine.DAILY), days), np.int64)
    outcome, breaks = np.zeros((runs, 9)), np.zeros((runs, len(engine.LIMITS)))
    outcome[:, 5], outcome[:, 6] = scenario.settings["controlled.from_day"], scenario.settings["controlled.until_day"]
    curve_days, curve_values = (np.array(side) for side in scenario.sensitivity)
    tests = np.array(list(scenario.quarantine_tests))

    def some(first: int) -> int:
        last = min(first + CHUNK, runs)
        engine.runs(first, last, seed, values, seen, curve_days, curve_values, tests, cap, days, daily, outcome, breaks)
        return last - first

    done = some(0)  # compiles, once for all threads
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        try:
            for many in pool.map(some, range(CHUNK, runs, CHUNK)):
                done += many
                if progress is not None:
                    progress(done, runs)
        except BaseException:  # whoever stops it does not wait for the rest
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    capped = outcome[:, 4] > 0
    for run in np.flatnonzero(capped):
        daily[run, :, max(0, math.floor(outcome[run, 1])) :] = UNKNOWN
    return Runs(
        scenario=scenario,
        seed=seed,
        values=values,
        daily=daily,
        n_cases=outcome[:, 0].astype(np.int64),
        last_infection=outcome[:, 1],
        last_community=outcome[:, 2],
        extinct=outcome[:, 3] > 0,
        capped=capped,
        controlled=(outcome[:, 7] == 0) & (outcome[:, 8] < cap) & ~(capped & (outcome[:, 1] < outcome[:, 6])),
        breaks=breaks,
    )


def values_of(scenario: Scenario, runs: int, seed: int) -> tuple[Floats, Floats]:
    """The values of each run, shape (runs, engine.WIDTH), and the delays seen, one after another.

    Each name has chances of its own from the seed, so that another value of one name leaves all others as they were.
    """
    values = np.zeros((runs, engine.WIDTH))
    seen: list[float] = []
    for field in FIELDS:
        place = engine.PLACE[engine_name(field.name)]
        if field.kind == "delay":
            places, more = scenario.delays[field.name].places(
                _chances(seed, f"{field.name}.mean", runs), _chances(seed, f"{field.name}.sd", runs)
            )
            if more:
                places[:, 1] += len(seen)
                seen.extend(more)
            values[:, place : place + 3] = places
        else:
            drawn = scenario.numbers[field.name].draws(_chances(seed, field.name, runs), share=field.kind == "share")
            if field.kind == "count":
                drawn = np.maximum(np.rint(drawn), field.least)
            values[:, place] = drawn
    for limit in ("transfer", "interview", "round"):
        name = {"interview": "investigation"}.get(limit, limit)
        values[:, engine.PLACE[f"{limit}_limit"]] = parameters.named(f"response.{name}_limit").value
    return values, np.array(seen or [0.0])


def with_more(scenario: Scenario, limit: str) -> Scenario:
    """The scenario with more of one limit, by what it says under `more`."""
    now = scenario.numbers[limit]
    more = Uncertain(now.mean + scenario.more[limit])
    return replace(scenario, numbers={**scenario.numbers, limit: more})


def _chances(seed: int, name: str, runs: int) -> Any:
    return np.random.default_rng([seed, zlib.crc32(name.encode())]).random(runs)
