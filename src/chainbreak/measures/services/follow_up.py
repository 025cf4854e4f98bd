"""Follow-ups (随访): recorded in two taps, taken back in one; symptoms make a test due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from chainbreak.epi.follow_up import SYMPTOMS
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import facts
from chainbreak.registry.models import Person

from ..models import FollowUp, Outcome, SymptomReport
from ..selectors import follow_up as watched

COLDEST, HOTTEST = Decimal(34), Decimal(43)  # °C: beyond, the reading is a slip of the pen


def record(
    person: Person,
    *,
    outcome: str,
    means: str = "call",
    symptoms: Sequence[str] = (),
    temperature: Decimal | None = None,
    note: str = "",
    actor: User,
    at: datetime,
    known_at: datetime,
) -> FollowUp:
    """One follow-up of a person who is under watch at that instant; with symptoms, their report too.

    Args:
        temperature: °C.

    Raises:
        Refused("not_under_watch"): the person is in no stay at that instant.
        Refused("symptoms_missing"): symptoms were told, but none is named.
        Refused("temperature_odd"): below 34 or above 43 °C.
        ValueError: no such outcome, means or symptom.
    """
    if outcome not in Outcome.values or means not in FollowUp.Means.values or not set(symptoms) <= set(SYMPTOMS):
        raise ValueError(f"not in the closed lists: {outcome!r}, {means!r}, {list(symptoms)!r}")
    stay = watched.stay_of(person, at)
    if stay is None:
        raise Refused("not_under_watch", number=person.number)
    if outcome == Outcome.SYMPTOMS and not symptoms:
        raise Refused("symptoms_missing")
    if temperature is not None and not COLDEST <= temperature <= HOTTEST:
        raise Refused("temperature_odd", value=str(temperature))
    said: dict[str, Any] = {"person": person, "outbreak_code": stay.outbreak_code, "at": at, "temperature": temperature}
    with transaction.atomic():
        made = facts.record(
            FollowUp, known_at=known_at, actor=actor, outcome=outcome, means=means, note=note.strip(), **said
        )
        if outcome == Outcome.SYMPTOMS:
            facts.record(
                SymptomReport,
                key=f"follow_up:{made.pk}",
                known_at=known_at,
                actor=actor,
                symptoms=list(symptoms),
                **said,
            )
    return made


def take_back(number: int, *, actor: User, at: datetime, reason: str) -> FollowUp:
    """A follow-up that was a slip of the finger is withdrawn, with its symptoms.

    Raises:
        Refused("unknown_follow_up"): there is none, or it was taken back before.
        Refused("not_yours"): somebody else recorded it; a correction needs its own reason.
    """
    made = FollowUp.objects.known_at(None).filter(pk=number).select_related("person").first()
    if made is None:
        raise Refused("unknown_follow_up")
    if made.recorded_by_id != actor.pk:
        raise Refused("not_yours")
    with transaction.atomic():
        facts.withdraw(made, at=at, actor=actor, reason=reason)
        for report in SymptomReport.objects.known_at(None).filter(key=f"follow_up:{made.pk}"):
            facts.withdraw(report, at=at, actor=actor, reason=reason)
    return made
