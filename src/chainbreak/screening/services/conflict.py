"""A contradiction between two tables decided by a person (登记冲突裁定): what follows is done with the decision."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit, facts

from ..models import IntakeBatch, IntakeConflict, Purpose, Swab

ACT = "swab.record"
Decision, Kind = IntakeConflict.Decision, IntakeConflict.Kind


def decide(pk: int, decision: str, reason: str, *, actor: User, at: datetime) -> IntakeConflict:
    """Decide a conflict. The first registration holds, or the second, or the person is swabbed again, or it is explained.

    Raises:
        Refused("not_permitted"), Refused("basis_missing"): the actor may not; a decision needs its reason.
        Refused("conflict_gone"): there is none, or somebody decided it before.
        Refused("bad_filter"): no such decision, or one that cannot be for this kind of conflict.
    """
    if not reason.strip():
        raise Refused("basis_missing")
    with transaction.atomic():
        found = IntakeConflict.objects.select_for_update().filter(pk=pk, decision="").first()
        if found is None:
            raise Refused("conflict_gone")
        access.require(actor, ACT, area_code=found.tube.area_code, at=at)
        same = found.kind == Kind.SAME_PERSON
        if decision not in Decision.values or (decision in (Decision.KEEP_SECOND, Decision.RECOLLECT) and not same):
            raise Refused("bad_filter", name="decision", value=decision)
        if same and decision in (Decision.KEEP_SECOND, Decision.RECOLLECT):
            _undo_first(found, second=decision == Decision.KEEP_SECOND, reason=reason, actor=actor, at=at)
        found.decision, found.reason, found.decided_at, found.decided_by = decision, reason.strip(), at, actor
        found.save(update_fields=["decision", "reason", "decided_at", "decided_by"])
        audit.record(
            "conflict.decided", subject=f"conflict:{found.pk}", actor=actor, at=at,
            detail={"decision": decision, "reason": reason.strip()},
        )  # fmt: skip
    return found


def _undo_first(found: IntakeConflict, *, second: bool, reason: str, actor: User, at: datetime) -> None:
    first = Swab.objects.known_at(None).filter(
        person=found.person, round=found.round, purpose=Purpose.MASS_ROUND, tube=found.other_tube
    ).first()  # fmt: skip
    if first is None:
        raise Refused("conflict_gone")
    if not second:
        facts.withdraw(first, at=at, actor=actor, reason=reason)
        IntakeBatch.objects.create(
            device=found.device, round=found.round, area_code=first.tube.area_code, swabs=-1, received_at=at
        )
        return
    taken = set(Swab.objects.known_at(None).filter(tube=found.tube).values_list("position", flat=True))
    free = next((place for place in range(1, found.tube.pool_limit + 1) if place not in taken), None)
    if free is None:
        raise Refused("bad_filter", name="decision", value=Decision.KEEP_SECOND)
    facts.correct(first, at=at, actor=actor, reason=reason, tube=found.tube, position=free, sampled_at=found.at)
