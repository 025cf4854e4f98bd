"""Determination (判定): an investigator says whether somebody is a contact; it goes before the rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import facts

from ..models import Contact, Decision, Determination, Outbreak


def determine(
    contact: Contact,
    outbreak: Outbreak,
    decision: str,
    *,
    degree: int,
    basis: str,
    valid_from: datetime,
    actor: User,
    at: datetime,
    trial: bool = False,
) -> Determination:
    """Record what was decided about a contact; an earlier decision is superseded, never edited.

    Args:
        contact: the person's standing in the newest snapshot; its source and exposure go into the decision.
        trial: for a preview that is rolled back: nothing goes to the audit.

    Raises:
        Refused("basis_missing"): a decision needs its basis.
        Refused("degree_never_falls"): a close contact by the rule is not made a contact of a contact (E3 5).
        Refused("nothing_changes"): it was decided so before.
        Refused("already_superseded"): somebody decided in the meantime.
        ValueError: no such decision or degree.
    """
    if decision not in Decision.values or degree not in (1, 2):
        raise ValueError(f"decision must be one of {Decision.values} and degree 1 or 2; got {decision!r}, {degree!r}")
    basis = basis.strip()
    if not basis:
        raise Refused("basis_missing")
    before = Determination.objects.known_at(None).filter(outbreak=outbreak, person=contact.person_id).first()
    if degree > contact.degree and (before is None or before.degree > contact.degree):
        raise Refused("degree_never_falls")
    says: dict[str, Any] = {"decision": decision, "degree": degree, "basis": basis, "valid_from": valid_from}
    exposed: dict[str, Any] = {"source_id": contact.source_person_id, "last_exposure_at": contact.last_exposure_at}
    try:
        with transaction.atomic():
            if before is not None:
                return facts.correct(before, at=at, actor=actor, reason=basis, trial=trial, **says)
            return facts.record(
                Determination,
                known_at=at,
                actor=actor,
                trial=trial,
                outbreak=outbreak,
                person_id=contact.person_id,
                **says,
                **exposed,
            )
    except IntegrityError as error:  # two investigators at the same moment: the second looks again
        raise Refused("already_superseded") from error
