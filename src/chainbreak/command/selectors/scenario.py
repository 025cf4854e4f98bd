"""Scenarios of an outbreak, and what this outbreak itself says about their parameters (情景与本轮疫情实测参数)."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from scipy import stats

from chainbreak.epi import parameters
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import Outbreak
from chainbreak.investigation.selectors import analysis
from chainbreak.investigation.selectors.case import cases
from chainbreak.investigation.selectors.line_list import Wanted
from chainbreak.measures.selectors import facility
from chainbreak.registry.models import Area

from ..models import ScenarioRun
from . import scenario_measured as of_cases
from .scenario_measured import Measured

LEAST = 5  # cases from which a delay is taken as measured
RECENT = timedelta(days=3)
RESERVES = ("response.rooms_per_10000_2021", "response.rooms_per_10000_april_2022", "response.rooms_per_10000_may_2022")


@dataclass(frozen=True)
class Goal:
    """The goal clock (一个潜伏期内扑灭): the day of the goal, and since when nothing was found in the community."""

    first_day: date
    day: int  # the day of the outbreak, 1 the day it was found
    goal_days: int
    last_community: date | None
    days_without: int | None


def runs(outbreak: Outbreak) -> QuerySet[ScenarioRun]:
    """The scenarios of an outbreak, newest first."""
    return ScenarioRun.objects.filter(outbreak=outbreak).select_related("asked_by").order_by("-pk")


def run(number: int) -> ScenarioRun:
    """One scenario.

    Raises:
        Refused("unknown_scenario"): there is none of that number.
    """
    found = ScenarioRun.objects.select_related("outbreak", "asked_by").filter(pk=number).first()
    if found is None:
        raise Refused("unknown_scenario", number=number)
    return found


def measured(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None) -> dict[str, Measured]:
    """What this outbreak says of its own parameters, by name; where there is too little, the value is None.

    isolation_delay: onset to report and report to isolation fitted, else the plain delays; r0: R of the first week with
    enough cases; k: by links; traced: the share of the cases after the first that were under control when sampled, with a
    Jeffreys interval; contacts: by the newest snapshot; initial_cases: found in the community in the last three days.
    """
    rows = analysis.cases(outbreak, Wanted(), as_of=as_of, as_known=as_known)
    last = timezone.localtime(as_of - timedelta(microseconds=1)).date()
    found = {one.name: one for one in (
        of_cases.isolation_delay(rows, last), of_cases.reproduction(rows, outbreak.disease, last), of_cases.dispersion(rows),
        *of_cases.contacts(outbreak, len(rows), as_of=as_of, as_known=as_known),
    )}  # fmt: skip
    reports = [
        (one.onset_date, one.isolated_at, one.under_control_when_sampled, one.reported_at)
        for one in cases(as_of, as_known, outbreak=outbreak)
    ]
    delays = [
        max(0.0, (timezone.localtime(isolated).date() - onset).days)
        for onset, isolated, _control, _at in reports
        if onset is not None and isolated is not None
    ]
    if found["isolation_delay"].value is None:
        value = (
            {"mean": round(max(statistics.mean(delays), 0.05), 2), "sd": round(statistics.pstdev(delays), 2)}
            if delays
            else {}
        )
        found["isolation_delay"] = Measured(
            "isolation_delay", value if len(delays) >= LEAST else None, len(delays), "plain"
        )
    ordered = sorted((at, control) for _onset, _isolated, control, at in reports if control is not None and at)
    n = max(0, len(ordered) - 1)
    found["traced"] = Measured(
        "traced", _share(sum(control for _at, control in ordered[1:]), n) if n >= LEAST else None, n
    )
    new = sum(1 for _o, _i, control, at in reports if control is False and at and at >= as_of - RECENT)
    if new:
        found["initial_cases"] = Measured("initial_cases", new, new, "recent")
    rooms = sum(load.beds for load in facility.loads(as_of=as_of, as_known=as_known) if load.state == "open")
    if rooms:
        found["limits.rooms"] = Measured("limits.rooms", rooms, rooms, "rooms")
    return found


def _share(held: int, n: int) -> dict[str, float]:
    """A share with its Jeffreys interval."""
    low, high = stats.beta.ppf([0.025, 0.975], held + 0.5, n - held + 0.5)
    return {"mean": round((held + 0.5) / (n + 1), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def goal(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None) -> Goal:
    """Which day of one incubation period it is, and how long nothing has been found in the community."""
    first = timezone.localtime(outbreak.detected_at).date()
    today = timezone.localtime(as_of - timedelta(microseconds=1)).date()
    days = [
        timezone.localtime(one.reported_at).date()
        for one in cases(as_of, as_known, outbreak=outbreak)
        if one.under_control_when_sampled is False and one.reported_at
    ]
    last = max(days, default=None)
    return Goal(
        first_day=first,
        day=(today - first).days + 1,
        goal_days=int(parameters.named("response.goal_days").value),
        last_community=last,
        days_without=(today - last).days if last else None,
    )


def reserve(outbreak: Outbreak, *, rooms: int | None) -> list[tuple[str, list[int]]]:
    """The ladder of rooms: by each rule, what must be ready after 1, 2 and 3 days; what is open now first.

    Empty of rules where the population of the outbreak's area is not known.
    """
    steps = [float(parameters.curve("response.reserve_ladder").at(day)) for day in (1, 2, 3)]
    ladder = [] if rooms is None else [("open", [rooms] * 3)]
    area = Area.objects.filter(code=outbreak.area_code).first()
    if area is not None and area.population:
        for name in RESERVES:
            all_rooms = parameters.named(name).value * area.population / 10_000
            ladder.append((name, [round(all_rooms * step) for step in steps]))
    return ladder
