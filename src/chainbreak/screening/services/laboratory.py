"""What the laboratory says, and what follows from it (检测结果及后果): a run taken in, verified, corrected; members held.

A positive, inconclusive or invalid pool holds its members and orders each one's own swab; it classifies nobody (E3 16).
A file sent twice changes nothing. A corrected file supersedes what it says otherwise, and the consequences run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from chainbreak.epi import round_assay
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit, facts

from ..models import LabRun, Purpose, Result, RetestOrder, Swab, Tube, TubeCustody, Well
from .plate import Plate, PlateWell

ACT = "result.record"
VERIFIED = (Result.Stage.VERIFIED, Result.Stage.REPORTED)
CONTROLS = ("negative_control", "positive_control", "blind")


@dataclass
class Taken:
    """What became of a run's wells."""

    run: LabRun
    recorded: int = 0
    corrected: int = 0
    unchanged: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    controls: tuple[str, ...] = ()
    held: int = 0


def take_run(plate: Plate, *, laboratory: str, fingerprint: str, actor: User | None, at: datetime) -> Taken:
    """Take in a run; its results are preliminary until somebody verifies them.

    Raises:
        Refused("not_permitted"): the actor may not record results.
        Refused("run_without_number"): neither the file nor the caller names the run.
    """
    if actor is not None:
        access.require(actor, ACT, at=at)
    if not plate.number.strip():
        raise Refused("run_without_number")
    n_controls = sum(well.kind in CONTROLS for well in plate.wells)
    with transaction.atomic():
        run, made = LabRun.objects.select_for_update().get_or_create(
            number=plate.number.strip(),
            defaults={"laboratory": laboratory or plate.laboratory or "-", "wells": len(plate.wells),
                      "controls": n_controls, "raw_file_hash": fingerprint},
        )  # fmt: skip
        taken = Taken(run)
        if not made and run.raw_file_hash == fingerprint:
            taken.unchanged = len(plate.wells)
            return taken
        if plate.whole:
            taken.controls = round_assay.controls_fail((w.kind, w.ct) for w in plate.wells if w.kind in CONTROLS)
        barcodes = {well.sample for well in plate.wells if well.kind == "sample"}
        tubes = {tube.barcode: tube for tube in Tube.objects.filter(barcode__in=barcodes)}
        known = {one.tube_id: one for one in Result.objects.known_at(None).filter(tube__in=tubes.values())}
        received = set(
            TubeCustody.objects.known_at(None)
            .filter(tube__in=tubes.values(), received_at__isnull=False, rejected_at__isnull=True)
            .values_list("tube_id", flat=True)
        )
        _plate(run, plate, tubes)
        LabRun.objects.filter(pk=run.pk).update(wells=len(plate.wells), controls=n_controls, raw_file_hash=fingerprint)
        for well in plate.wells:
            if well.kind == "sample":
                _result(taken, well, tubes.get(well.sample), known, received, actor=actor, at=at, final=plate.final)
        audit.record(
            "run.taken", subject=f"run:{run.pk}", actor=actor, at=at,
            detail={"recorded": taken.recorded, "corrected": taken.corrected, "controls": list(taken.controls)},
        )  # fmt: skip
        taken.held = follow(tubes.values(), actor=actor, at=at)
    return taken


def _plate(run: LabRun, plate: Plate, tubes: dict[str, Tube]) -> None:
    Well.objects.filter(run=run).delete()
    Well.objects.bulk_create(
        Well(
            run=run,
            position=well.position,
            kind=well.kind,
            tube=tubes.get(well.sample),
            sample=well.sample,
            ct=dict(well.ct),
            outcome=well.outcome or "",
        )
        for well in plate.wells
    )


def _result(
    taken: Taken, well: PlateWell, tube: Tube | None, known: dict[int, Result], received: set[int], *, actor: User | None,
    at: datetime, final: bool,
) -> None:  # fmt: skip
    if tube is None:
        taken.problems.append({"well": well.position, "code": "unknown_tube", "value": well.sample})
        return
    if tube.pk not in received:
        taken.problems.append({"well": well.position, "code": "not_received", "value": well.sample})
    outcome = "invalid" if taken.controls else well.outcome or round_assay.called(well.ct)
    stage = Result.Stage.VERIFIED if final and not taken.controls else Result.Stage.PRELIMINARY
    values: dict[str, Any] = {"run": taken.run, "outcome": outcome, "stage": stage, "ct": dict(well.ct) or None}
    values["reported_at"] = min(well.reported_at or at, at)
    before = known.get(tube.pk)
    if before is None:
        facts.record(Result, known_at=at, actor=actor, key=tube.barcode, tube=tube, **values)
        taken.recorded += 1
    elif (before.outcome, before.ct, before.run_id) == (outcome, values["ct"], taken.run.pk):
        taken.unchanged += 1
    else:
        reason = f"run {taken.run.number}: {before.outcome} -> {outcome}"
        facts.correct(before, at=at, actor=actor, reason=reason, **values)
        taken.corrected += 1


def verify(run: LabRun, *, actor: User, at: datetime) -> int:
    """Verify the preliminary results of a run (复核); gives how many.

    Raises:
        Refused("not_permitted"): the actor may not record results.
        Refused("same_person"): whoever took the run in does not verify it.
        Refused("controls_failed"): a control of the plate failed; fact `why`.
    """
    access.require(actor, ACT, at=at)
    wells = [(well.kind, well.ct) for well in run.plate.all() if well.kind in CONTROLS]
    if why := round_assay.controls_fail(wells):
        raise Refused("controls_failed", why=list(why))
    with transaction.atomic():
        rows = list(
            Result.objects.known_at(None).filter(run=run, stage=Result.Stage.PRELIMINARY).select_related("tube")
        )
        if any(row.recorded_by_id == actor.pk for row in rows):
            raise Refused("same_person", deed=ACT)
        for row in rows:
            facts.correct(row, at=at, actor=actor, reason="verified", stage=Result.Stage.VERIFIED, reported_at=at)
        follow([row.tube for row in rows], actor=actor, at=at)
    return len(rows)


def reject(tube: Tube, reason: str, *, actor: User | None, at: datetime) -> int:
    """Turn a received tube away (leak, no_label, too_old); its members are called again. Gives how many.

    Raises:
        Refused("bad_filter"): no such reason.
        Refused("tube_not_received"): it has not been received, or was rejected before.
    """
    if actor is not None:
        access.require(actor, ACT, at=at)
    if reason not in ("leak", "no_label", "too_old"):
        raise Refused("bad_filter", name="reason", value=reason)
    with transaction.atomic():
        custody = TubeCustody.objects.known_at(None).select_for_update().filter(tube=tube).first()
        if custody is None or custody.received_at is None or custody.rejected_at is not None:
            raise Refused("tube_not_received", tube=tube.barcode)
        facts.correct(custody, at=at, actor=actor, reason=reason, rejected_at=at, reject_reason=reason)
        return follow([tube], actor=actor, at=at)


def follow(tubes: Iterable[Tube], *, actor: User | None, at: datetime) -> int:
    """What the results of these tubes ask for now; safe to run again. Gives how many people are newly held.

    A pool that is not negative, a rejected or a lost tube: an order for each member. One that became negative: its orders end.
    A person's own verified test ends the order with its outcome.
    """
    ids = [tube.pk for tube in tubes]
    due = timedelta(hours=round_assay.limits()["retest_hours"])
    results = {one.tube_id: one for one in Result.objects.known_at(None).filter(tube__in=ids)}
    spoilt = {
        tube: "rejected" if rejected_at else "lost"
        for tube, rejected_at in TubeCustody.objects.known_at(None)
        .filter(Q(rejected_at__isnull=False) | Q(lost_at__isnull=False, received_at=None), tube__in=ids)
        .values_list("tube_id", "rejected_at")
    }
    orders = {(one.tube_id, one.person_id): one for one in RetestOrder.objects.known_at(None).filter(tube__in=ids)}
    new = 0
    members = Swab.objects.known_at(None).filter(tube__in=ids).select_related("tube")
    for swab in members:
        result, order = results.get(swab.tube_id), orders.get((swab.tube_id, swab.person_id))
        single = swab.tube.pool_limit == 1 and result is not None and result.outcome in ("negative", "positive")
        cause = spoilt.get(swab.tube_id) or (result.outcome if result and not single else "")
        if cause in ("", "negative"):
            if order is not None and order.ended_at is None:
                facts.correct(
                    order, at=at, actor=actor, reason="the tube's result was corrected", ended_at=at, outcome="lifted"
                )
            continue
        if order is None:
            facts.record(
                RetestOrder, known_at=at, actor=actor, tube=swab.tube, person_id=swab.person_id, cause=cause, held_at=at,
                due_at=at + due,
            )  # fmt: skip
            new += 1
        elif order.outcome == "lifted":
            facts.correct(
                order, at=at, actor=actor, reason="the tube's result was corrected", cause=cause, ended_at=None, outcome="",
                held_at=at, due_at=at + due,
            )  # fmt: skip
            new += 1
    _own(members.filter(tube__pool_limit=1, purpose=Purpose.RETEST), results, actor=actor, at=at)
    return new


def _own(swabs: Iterable[Swab], results: dict[int, Result], *, actor: User | None, at: datetime) -> None:
    """A person's own verified test answers the orders that were open when it was taken."""
    for swab in swabs:
        result = results.get(swab.tube_id)
        if result is None or result.stage not in VERIFIED or result.outcome not in ("negative", "positive"):
            continue
        open_orders = RetestOrder.objects.known_at(None).filter(person_id=swab.person_id, held_at__lte=swab.sampled_at)
        for order in open_orders.exclude(outcome="lifted").exclude(own_tube=swab.tube, outcome=result.outcome):
            facts.correct(
                order, at=at, actor=actor, reason="own test", ended_at=at, own_tube=swab.tube, outcome=result.outcome
            )
