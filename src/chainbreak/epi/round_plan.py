"""A round planned before it begins (轮次测算): what it takes, what it will find, and where it breaks first.

Tubes and retests by Dorfman's two stages (`epi.pooling`); staff and sites by the field's rules; hours as a flow: people
come evenly over the sampling hours, tubes reach a laboratory some time after sealing, laboratories work off what waits.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chainbreak.epi import pooling

SAMPLING, TESTING = "sampling", "testing"


@dataclass(frozen=True)
class Assumption:
    """One number the plan rests on."""

    value: float
    unit: str
    source: str
    mark: str


@dataclass(frozen=True)
class Part:
    """One jurisdiction of the round: people due; samplers and tables at hand (None: by the rule)."""

    area: str
    people: int
    pool_size: int = 10
    samplers: int | None = None
    tables: int | None = None


@dataclass(frozen=True)
class PartPlan:
    """What one jurisdiction needs, and when it will be done with what it has."""

    area: str
    people: int
    pool_size: int
    tubes: int
    samplers_wanted: int
    sites_wanted: tuple[int, int]
    tables_wanted: tuple[int, int]
    serving: int
    sampling_hours: float
    expected: pooling.Round


@dataclass(frozen=True)
class Stage:
    """One stage against its deadline; `slack_hours` below 0 is a broken promise."""

    stage: str
    area: str
    hours: float
    deadline_hours: float

    @property
    def slack_hours(self) -> float:
        return self.deadline_hours - self.hours


@dataclass(frozen=True)
class Plan:
    """The whole round."""

    parts: tuple[PartPlan, ...]
    best_pool: int
    tubes: int
    tests: float
    positive_tubes: float
    retests: float
    missed: float
    plates: int
    reactions: int
    testing_hours: float
    retest_hours: float
    tubes_per_hour_wanted: float
    stages: tuple[Stage, ...]

    @property
    def weakest(self) -> Stage:
        """Where it breaks first: the stage with the least slack."""
        return min(self.stages, key=lambda stage: (stage.slack_hours, stage.stage))

    @property
    def holds(self) -> bool:
        """Whether every stage is done by its deadline."""
        return all(stage.slack_hours >= 0 for stage in self.stages)


@cache
def assumptions() -> Mapping[str, Assumption]:
    """The numbers the plan rests on, each with unit, source and mark."""
    text = (Path(__file__).parent / "round_plan.toml").read_text(encoding="utf-8")
    return {name: Assumption(**said) for name, said in tomllib.loads(text).items()}


def plan(
    parts: Sequence[Part],
    *,
    prevalence: float,
    tubes_per_hour: float | None,
    sampling_hours: float,
    testing_hours: float,
    test: pooling.Assay = pooling.PERFECT,
    largest_pool: int = 20,
    changed: Mapping[str, float] | None = None,
) -> Plan:
    """Plan a round.

    Args:
        tubes_per_hour: what all laboratories together can test; None when not known (the least that would do is given).
        sampling_hours, testing_hours: the two deadlines, from the round's beginning.
        changed: assumptions replaced by local figures, by name.

    Raises:
        ValueError: nobody to test, a number out of range, an assumption that does not exist.
    """
    if not parts:
        raise ValueError("a round has at least one jurisdiction")
    if unknown := set(changed or ()) - set(assumptions()):
        raise ValueError(f"no such assumption: {', '.join(sorted(unknown))}")
    use = {name: one.value for name, one in assumptions().items()} | dict(changed or {})
    planned = tuple(_part(part, prevalence, test, use) for part in parts)
    tubes = sum(part.tubes for part in planned)
    positive = sum(part.expected.positive_tubes for part in planned)
    retests = sum(part.expected.retests for part in planned)
    slowest = max(part.sampling_hours for part in planned)
    fixed = use["transport_hours"] + use["run_hours"]
    window = testing_hours - fixed  # hours in which tubes can go into machines
    wanted = tubes / window if window > 0 else math.inf
    done = fixed + (max(slowest, tubes / tubes_per_hour) if tubes_per_hour else slowest)
    again = use["recall_hours"] + use["run_hours"] + (retests / tubes_per_hour if tubes_per_hour else 0)
    per_plate = use["wells_per_plate"] - use["controls_per_plate"]
    plates = math.ceil(tubes / per_plate) + math.ceil(retests / per_plate)
    stages = [Stage(SAMPLING, part.area, part.sampling_hours, sampling_hours) for part in planned]
    stages.append(Stage(TESTING, "", done, testing_hours))
    return Plan(
        parts=planned,
        best_pool=pooling.best_pool_size(prevalence, test, largest=largest_pool),
        tubes=tubes,
        tests=tubes + retests,
        positive_tubes=positive,
        retests=retests,
        missed=sum(part.expected.missed for part in planned),
        plates=plates,
        reactions=tubes + math.ceil(retests) + plates * int(use["controls_per_plate"]),
        testing_hours=done,
        retest_hours=done + again if positive > 0 else done,
        tubes_per_hour_wanted=wanted,
        stages=tuple(stages),
    )


def document(
    planned: Plan, *, sampling_hours: float, testing_hours: float, changed: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """A plan as plain numbers and words for JSON, with every assumption it rests on; what has no end is None."""
    changed = changed or {}
    said = {name: _finite(value) for name, value in asdict(planned).items() if name not in ("parts", "stages")}
    weakest = planned.weakest
    return {
        **said,
        "people": sum(part.people for part in planned.parts),
        "sampling_deadline_hours": sampling_hours,
        "testing_deadline_hours": testing_hours,
        "holds": planned.holds,
        "weakest": {**asdict(weakest), "hours": _finite(weakest.hours), "slack_hours": _finite(weakest.slack_hours)},
        "areas": [
            {**asdict(part), "expected": asdict(part.expected), "sampling_hours": _finite(part.sampling_hours)}
            for part in planned.parts
        ],
        "assumptions": {
            name: {**asdict(one), "value": changed.get(name, one.value), **({"source": "--assume"} if name in changed else {})}
            for name, one in assumptions().items()
        },
    }  # fmt: skip


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _part(part: Part, prevalence: float, test: pooling.Assay, use: Mapping[str, float]) -> PartPlan:
    expected = pooling.expected_round(part.people, prevalence, part.pool_size, test)
    wanted = math.floor(part.people / use["people_per_sampler"])
    wanted = max(1, wanted)
    serving = part.samplers if part.samplers is not None else max(1, math.ceil(part.people / use["people_per_sampler"]))
    if part.tables is not None:
        serving = min(serving, part.tables) if part.samplers is not None else part.tables
    hours = part.people / (serving * use["per_table_hour"]) if serving > 0 else math.inf

    def between(most: str, least: str) -> tuple[int, int]:
        return max(1, math.floor(part.people / use[most])), max(1, math.floor(part.people / use[least]))

    return PartPlan(
        part.area, part.people, part.pool_size, expected.tubes, wanted, between("sites_low", "sites_high"),
        between("tables_low", "tables_high"), serving, hours, expected,
    )  # fmt: skip
