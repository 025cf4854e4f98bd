"""A round planned before it begins (轮次方案): worked out over the register, kept as a draft, its tables placed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from chainbreak.epi import placement, pooling, round_plan
from chainbreak.epi.round_plan import Part
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit, facts

from ..models import Round, RoundEvent, RoundPlan, RoundState

ACT = "round.plan"
POOLS = (1, 5, 10, 20)
LOST = timedelta(minutes=5)  # a placement that has not said anything for so long was killed
MOST_POINTS, MOST_PAIRS = 5_000, 400_000


@dataclass(frozen=True)
class Wanted:
    """What a draft says of a round."""

    series: str
    number: int
    area_code: str
    start_at: datetime
    sample_hours: float
    test_hours: float
    pool_size: int
    outbreak_code: str = ""
    scope: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pool_sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def work_out(
    parts: Sequence[Part], *, laboratories: Sequence[tuple[str, float]], prevalence: float, test: pooling.Assay,
    sample_hours: float, test_hours: float, largest_pool: int, changed: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    """The planner's answer as a document, with the share of each laboratory.

    Raises:
        ValueError: nobody to test, a number out of range.
    """
    total = sum(rate for _name, rate in laboratories)
    planned = round_plan.plan(
        parts, prevalence=prevalence, tubes_per_hour=total or None, sampling_hours=sample_hours, testing_hours=test_hours,
        test=test, largest_pool=largest_pool, changed=changed,
    )  # fmt: skip
    answer = round_plan.document(planned, sampling_hours=sample_hours, testing_hours=test_hours, changed=changed)
    answer["laboratories"] = [
        {"name": name, "tubes_per_hour": rate, "tubes": round(planned.tubes * rate / total), "hours": planned.tubes / total}
        for name, rate in laboratories
    ]  # fmt: skip
    return answer


def save(
    wanted: Wanted, given: Mapping[str, Any], answer: Mapping[str, Any], *, actor: User, at: datetime
) -> RoundPlan:
    """Keep a plan as a draft: a round in the state planned. The same round again is planned anew until it is announced.

    Raises:
        Refused("not_permitted"): the actor does not plan rounds there.
        Refused("round_deadlines"): deadlines that are not after one another, or a beginning in the past.
        Refused("round_exists"): the round has been announced already.
        Refused("bad_filter"): a series or number that cannot be.
    """
    access.require(actor, ACT, area_code=wanted.area_code, at=at)
    if not wanted.series.strip() or len(wanted.series) > 20 or not wanted.series.isprintable() or "/" in wanted.series:
        raise Refused("bad_filter", name="series", value=wanted.series[:40])
    if not 0 < wanted.number <= 100_000:
        raise Refused("bad_filter", name="number", value=wanted.number)
    if not 0 < wanted.sample_hours <= wanted.test_hours <= 24 * 30 or wanted.start_at <= at:
        raise Refused("round_deadlines", start=wanted.start_at.isoformat())
    columns = {
        "area_code": wanted.area_code, "start_at": wanted.start_at, "outbreak_code": wanted.outbreak_code,
        "sample_due_at": wanted.start_at + timedelta(hours=wanted.sample_hours),
        "test_due_at": wanted.start_at + timedelta(hours=wanted.test_hours), "pool_size": wanted.pool_size,
    }  # fmt: skip
    with transaction.atomic():
        of, made = Round.objects.select_for_update().get_or_create(
            series=wanted.series.strip(), number=wanted.number, defaults=columns
        )
        steps = set(RoundEvent.objects.known_at(None).filter(round=of).values_list("state", flat=True))
        if steps - {RoundState.PLANNED} or (not made and not hasattr(of, "plan")):
            raise Refused("round_exists", round=str(of))
        if not made:
            Round.objects.filter(pk=of.pk).update(**columns)
        if RoundState.PLANNED not in steps:
            facts.record(RoundEvent, known_at=at, actor=actor, round=of, state=RoundState.PLANNED, at=at)
        values = {
            "scope": dict(wanted.scope), "pool_sizes": dict(wanted.pool_sizes), "given": dict(given),
            "answer": dict(answer), "written_by": actor, "written_at": at,
        }  # fmt: skip
        plan = RoundPlan.objects.update_or_create(round=of, defaults=values)[0]
        audit.record("round.planned", subject=f"round:{of}", actor=actor, at=at, detail={"tubes": answer.get("tubes")})
    return plan


def ask_placement(
    plan: RoundPlan, points: Sequence[tuple[float, float, float]], sites: Sequence[tuple[str, float, float, int]], *,
    tables: int, walk_km: float, per_table_hour: float, actor: User, at: datetime,
) -> None:  # fmt: skip
    """Put the placement of tables down for the worker: people at points, possible sites with the most tables each.

    Raises:
        Refused("not_permitted"): the actor does not plan rounds.
        Refused("placement_empty"): no points, or no sites.
        Refused("placement_too_large"): more than the solver is asked for at once.
        Refused("bad_filter"): a number of tables or a walking limit that cannot be.
    """
    access.require(actor, ACT, area_code=plan.round.area_code, at=at)
    if not points or not sites:
        raise Refused("placement_empty", points=len(points), sites=len(sites))
    if len(points) > MOST_POINTS or len(points) * len(sites) > MOST_PAIRS:
        raise Refused("placement_too_large", points=len(points), sites=len(sites), most=MOST_PAIRS)
    for name, value, most in (("tables", tables, 100_000), ("walk_km", walk_km, 100)):
        if not 0 < value <= most:
            raise Refused("bad_filter", name=name, value=value)
    RoundPlan.objects.filter(pk=plan.pk).update(
        placement_state=RoundPlan.State.WAITING, placement=None, placement_done=0, placement_whole=placement.QUESTIONS,
        placement_at=at, placement_given={
            "points": [list(one) for one in points], "sites": [list(one) for one in sites], "tables": tables,
            "walk_km": walk_km, "per_table_hour": per_table_hour,
        },
    )  # fmt: skip
    audit.record("placement.asked", subject=f"round:{plan.round}", actor=actor, at=at, detail={"sites": len(sites)})


def again(plan: RoundPlan, *, actor: User, at: datetime) -> None:
    """Put a placement that failed or was killed down for the worker once more.

    Raises:
        Refused("not_permitted"): the actor does not plan rounds.
    """
    access.require(actor, ACT, area_code=plan.round.area_code, at=at)
    killed = plan.placement_state == RoundPlan.State.RUNNING and plan.placement_at and at - plan.placement_at > LOST
    if plan.placement_state == RoundPlan.State.FAILED or killed:
        RoundPlan.objects.filter(pk=plan.pk).update(
            placement_state=RoundPlan.State.WAITING, placement_done=0, placement=None, placement_at=at
        )


def place(number: int, *, clock: Callable[[], datetime]) -> None:
    """Place the tables of a plan that waits for it; how far it is stands in its row. Does nothing where none waits."""
    rows = RoundPlan.objects.filter(pk=number)
    if not rows.filter(placement_state=RoundPlan.State.WAITING).update(
        placement_state=RoundPlan.State.RUNNING, placement_at=clock()
    ):
        return
    given = rows.get().placement_given
    points, sites = given["points"], given["sites"]

    def progress(done: int) -> None:
        rows.update(placement_done=done, placement_at=clock())

    try:
        km = placement.distances_km([(lat, lon) for _n, lat, lon in points], [(lat, lon) for _s, lat, lon, _m in sites])
        found = placement.place(
            [n for n, *_ in points], km, tables=given["tables"], per_table_hour=given["per_table_hour"],
            walk_km=given["walk_km"], most_at_site=[most for *_, most in sites], progress=progress,
        )  # fmt: skip
    except (ValueError, MemoryError) as error:
        trouble = {"trouble": f"{type(error).__name__}: {error}"[:200]}
        rows.update(placement_state=RoundPlan.State.FAILED, placement=trouble, placement_at=clock())
        return
    loads, walked = [0.0] * len(sites), 0.0
    for i, j, n in found.flows:
        loads[j] += n
        walked += n * float(km[i, j])
    rate = given["per_table_hour"]
    answer = {
        "hours": found.hours,
        "sites": [
            {"site": name, "latitude": lat, "longitude": lon, "tables": n, "people": round(load),
             "hours": load / (n * rate) if n else None}
            for (name, lat, lon, _most), n, load in zip(sites, found.tables, loads, strict=True)
        ],
        "unreached": list(found.unreached),
        "unreached_people": round(sum(points[i][0] for i in found.unreached)),
        "mean_walk_km": walked / sum(loads) if sum(loads) else None,
    }  # fmt: skip
    rows.update(
        placement_state=RoundPlan.State.DONE, placement=answer, placement_done=placement.QUESTIONS, placement_at=clock()
    )
