"""Whether a case belongs to a chain (关联研判): a person judges, with the basis, and signs with the account."""

from __future__ import annotations

from datetime import datetime

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import facts

from ..models import Case, LinkAssessment, Outbreak

BASES = ("history", "genome", "both")
CONFIDENCES = ("preliminary", "final")


def assess(
    case: Case, outbreak: Outbreak, *, result: str, basis: str, confidence: str, actor: User, at: datetime
) -> LinkAssessment:
    """Record what was judged of a case's link to an outbreak; earlier judgements stay and the newest counts.

    Raises:
        Refused("nothing_changes"): it was judged so before.
        ValueError: no such result, basis or confidence.
    """
    if result not in LinkAssessment.Result.values or basis not in BASES or confidence not in CONFIDENCES:
        raise ValueError(f"no such judgement: {result!r}, {basis!r}, {confidence!r}")
    before = (
        LinkAssessment.objects.known_at(None)
        .filter(case=case, outbreak=outbreak)
        .order_by("-valid_from", "-pk")
        .first()
    )
    if before and (before.result, before.basis, before.confidence) == (result, basis, confidence):
        raise Refused("nothing_changes")
    return facts.record(
        LinkAssessment,
        known_at=at,
        actor=actor,
        case=case,
        outbreak=outbreak,
        result=result,
        basis=basis,
        confidence=confidence,
        valid_from=at,
    )
