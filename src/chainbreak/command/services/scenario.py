"""Scenarios of an outbreak (情景推演): asked for on a page, run by the worker, kept with their start of chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from chainbreak.epi import scenario
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit
from chainbreak.investigation.models import Outbreak

from ..models import ScenarioRun

BETWEEN = timedelta(seconds=1)  # two notes of how far it is
LOST = timedelta(minutes=5)  # a run that has not said anything for so long was killed
RUNS = (100, 20_000)  # fewest and most that a page may ask for


def ask(
    outbreak: Outbreak, given: Mapping[str, Any], *, title: str, runs: int, seed: int, as_of: datetime, actor: User,
    at: datetime,
) -> ScenarioRun:  # fmt: skip
    """Put a scenario down for the worker.

    Raises:
        Refused("not_permitted"): the actor may not run scenarios.
        Refused("scenario_title_missing"): it has no title.
        ScenarioError: the scenario cannot be understood; nothing is put down.
    """
    access.require(actor, "scenario.run", at=at)
    if not title.strip():
        raise Refused("scenario_title_missing")
    if not RUNS[0] <= runs <= RUNS[1]:
        raise scenario.ScenarioError(
            "wrong_value", name="runs", value=runs, wanted="a whole number", least=RUNS[0], most=RUNS[1]
        )
    if not 0 <= seed < 2**63:
        raise scenario.ScenarioError(
            "wrong_value", name="seed", value=seed, wanted="a whole number", least=0, most=2**63
        )
    scenario.build(given)
    with transaction.atomic():
        made = ScenarioRun.objects.create(
            outbreak=outbreak, title=title.strip()[:80], given=dict(given), runs=runs, seed=seed, as_of=as_of,
            asked_by=actor, asked_at=at, written_at=at, whole_runs=runs,
        )  # fmt: skip
        audit.record("scenario.asked", actor=actor, at=at, subject=str(made.pk), detail={"runs": runs, "seed": seed})
    return made


def again(made: ScenarioRun, *, actor: User, at: datetime) -> None:
    """Put a run that waits for nobody, failed or was killed down for the worker once more.

    Raises:
        Refused("not_permitted"): the actor may not run scenarios.
    """
    access.require(actor, "scenario.run", at=at)
    lost = made.state == "running" and at - made.written_at > LOST
    if made.state == "failed" or lost:
        ScenarioRun.objects.filter(pk=made.pk).update(state="waiting", done_runs=0, trouble="", written_at=at)


def work(number: int, *, clock: Callable[[], datetime]) -> None:
    """Run one scenario that waits; how far it is stands in its row. Does nothing where it waits no more."""
    taken = ScenarioRun.objects.filter(pk=number, state="waiting").update(state="running", written_at=clock())
    if not taken:
        return
    made = ScenarioRun.objects.get(pk=number)
    last = clock()

    def progress(done: int, whole: int) -> None:
        nonlocal last
        now = clock()
        if now - last >= BETWEEN:
            last = now
            ScenarioRun.objects.filter(pk=number).update(done_runs=done, whole_runs=whole, written_at=now)

    try:
        said = scenario.answer(scenario.build(made.given), runs=made.runs, seed=made.seed, progress=progress)
    except (ValueError, MemoryError) as error:
        trouble = f"{type(error).__name__}: {error}"[:200]
        ScenarioRun.objects.filter(pk=number).update(state="failed", trouble=trouble, written_at=clock())
        return
    ScenarioRun.objects.filter(pk=number).update(
        state="done", answer=said, done_runs=made.whole_runs, whole_runs=made.whole_runs, written_at=clock()
    )
