"""Doors (上门补采): missed people are given to a worker, visits are told from a phone, slips are taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors.access import standing_of
from chainbreak.governance.services import access, audit, facts
from chainbreak.registry.models import Identity, Person
from chainbreak.registry.services import identity

from ..models import DoorOutcome, DoorTask, DoorVisit, RollEntry, Round
from ..selectors import doorstep, missed, round_open

ASSIGN, VISIT = "door.assign", "door.visit"
MOST = missed.MOST
ACCEPTED, DUPLICATE, REFUSED = "accepted", "duplicate", "refused"


@dataclass(frozen=True)
class Told:
    """One visit as a phone tells it; `undo` names the event of a visit that was a slip of the finger."""

    event: uuid.UUID
    round: tuple[str, int]
    person: str
    outcome: str
    at: datetime
    barcode: str = ""
    note: str = ""
    undo: uuid.UUID | None = None


@dataclass(frozen=True)
class Answer:
    """What became of a visit that was told."""

    event: uuid.UUID
    outcome: str
    code: str = ""


def assign(of: Round, area: str, worker: str, *, most: int = MOST, actor: User, at: datetime) -> int:
    """Missed people of an area whom nobody visits yet go to a worker; how many.

    Raises:
        Refused("not_permitted"): the actor does not send people to doors in this area.
        Refused("worker_not_fit"): no such account, or it may not knock on doors there.
        Refused("nobody_to_visit"): nobody is missed there, or all have a worker.
    """
    access.require(actor, ASSIGN, area_code=area, at=at)
    account = User.objects.filter(username=worker[:150], is_active=True).first()
    if account is None or not standing_of(account, at=at).may(VISIT, area):
        raise Refused("worker_not_fit", worker=worker[:40])
    with transaction.atomic():
        found = doorstep.without_worker(of, area, most=min(most, MOST))
        if not found:
            raise Refused("nobody_to_visit")
        made = [
            DoorTask(
                round=of,
                person_id=pk,
                worker=account,
                area_code=code,
                recorded_by=actor,
                recorded_at=at,
                first_recorded_at=at,
            )
            for pk, code in found
        ]
        DoorTask.objects.bulk_create(made, ignore_conflicts=True)
        audit.record(
            "doors.assigned", subject=f"round:{of}", actor=actor, at=at,
            detail={"area": area, "worker": account.pk, "people": len(made)},
        )  # fmt: skip
    return len(made)


def take_back(of: Round, worker: int, *, area: str, actor: User, at: datetime) -> int:
    """A worker's visits in an area that were not made yet are given back; how many.

    Raises:
        Refused("not_permitted"): the actor does not send people to doors in this area.
        Refused("unknown_door_task"): nothing is open there.
    """
    access.require(actor, ASSIGN, area_code=area, at=at)
    with transaction.atomic():
        ids = doorstep.open_tasks(of, area=area, worker=worker)
        if not ids:
            raise Refused("unknown_door_task")
        DoorTask.objects.filter(pk__in=ids, superseded_at__isnull=True).update(superseded_at=at)
        audit.record(
            "doors.taken_back", subject=f"round:{of}", actor=actor, at=at,
            detail={"area": area, "worker": worker, "people": len(ids)},
        )  # fmt: skip
    return len(ids)


def take_along(*, actor: User, at: datetime) -> list[dict[str, object]]:
    """The actor's open visits with name, phone and address for the way: each look is on record, by number.

    Raises:
        Refused("not_permitted"): the actor does not knock on doors.
    """
    standing = access.require(actor, VISIT, at=at)
    tasks = [task for task in doorstep.of_worker(actor.pk) if standing.may(VISIT, task.area_code)]
    known = {row.person_id: row for row in Identity.objects.filter(person__in=[task.person_id for task in tasks])}
    rows = []
    for task in tasks:
        row = known.get(task.person_id)
        who = identity.opened(row, task.number) if row else {}
        rows.append({
            "person": task.number, "series": task.series, "round": task.round_number, "area": task.area_code,
            "household": task.household, "name": who.get("name") or "", "phone": who.get("phone") or "",
            "address": who.get("address") or "", "last": task.last,
        })  # fmt: skip
    if rows:
        detail = {"people": len(rows), "named": len(known), "numbers": [task.number for task in tasks]}
        audit.record("doors.taken_along", subject=f"account:{actor.pk}", actor=actor, at=at, detail=detail)
    return rows


def tell(told: Sequence[Told], *, sent_at: datetime | None, actor: User, at: datetime) -> list[Answer]:
    """Visits told from a phone, each answered by itself; told again, they change nothing.

    Args:
        sent_at: what the phone's clock showed when it sent: from it the times are put right.

    Raises:
        Refused("not_permitted"): the actor does not knock on doors.
    """
    access.require(actor, VISIT, at=at)
    behind = at - sent_at if sent_at else timedelta(0)
    answers = []
    for one in told:
        try:
            with transaction.atomic():
                new = _taken(one, min(one.at + behind, at), actor, at)
            answers.append(Answer(one.event, ACCEPTED if new else DUPLICATE))
        except IntegrityError:
            answers.append(Answer(one.event, DUPLICATE))
        except Refused as refused:
            answers.append(Answer(one.event, REFUSED, refused.code))
    return answers


def _taken(one: Told, happened_at: datetime, actor: User, at: datetime) -> bool:
    if DoorVisit.objects.filter(key=str(one.event)).exists():
        return False
    if one.undo is not None:
        return _undone(one.undo, actor, at)
    if one.outcome not in DoorOutcome.values:
        raise Refused("bad_filter", name="outcome", value=one.outcome)
    if one.outcome == DoorOutcome.SWABBED and not one.barcode.strip():
        raise Refused("tube_missing")
    of = round_open.of(*one.round)
    person = Person.objects.filter(number=one.person).first()
    if person is None or not RollEntry.objects.filter(round=of, person=person).exists():
        raise Refused("unknown_door_task")
    access.require(actor, VISIT, area_code=person.area_code, at=at)
    facts.record(
        DoorVisit, key=str(one.event), known_at=at, actor=actor, round=of, person=person, outcome=one.outcome,
        barcode=one.barcode.strip()[:40] if one.outcome == DoorOutcome.SWABBED else "", note=one.note.strip()[:300],
        at=happened_at,
    )  # fmt: skip
    return True


def _undone(event: uuid.UUID, actor: User, at: datetime) -> bool:
    visits = DoorVisit.objects.filter(key=str(event))
    standing = visits.filter(superseded_at__isnull=True).first()
    if standing is None:
        if visits.exists():
            return False
        raise Refused("unknown_door_task")
    if standing.recorded_by_id != actor.pk:
        raise Refused("not_yours")
    facts.withdraw(standing, at=at, actor=actor, reason="slip of the finger")
    return True
