"""Steps of several contacts at once (批量登记落地、通知): looked at first, recorded together, taken back together.

A step says what was done, it decides nothing: which measure follows is derived. A decision is never made in bulk (P-04).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors.access import Standing
from chainbreak.governance.services import facts

from ..models import ContactEvent, Derivation, Outbreak
from ..selectors.contact import contacts

MOST = 50
KINDS = ContactEvent.Kind.choices
FROM = {  # the step -> the states from which it is taken (E2)
    "located": ("identified", "lost"),
    "lost": ("identified",),
    "notified": ("located",),
}


@dataclass(frozen=True)
class Plan:
    """One contact of a plan: its number, area and state, and why nothing is recorded for it (empty: it is)."""

    person_id: int
    number: str
    area_code: str
    state: str
    why_not: str = ""


def plan(derivation: Derivation, numbers: Sequence[str], kind: str, *, standing: Standing, at: datetime) -> list[Plan]:
    """What a step would do to some contacts, in the order of their numbers.

    Raises:
        Refused("bad_filter"): there is no such step.
        Refused("nobody_chosen"): no contact was chosen.
        Refused("too_many_chosen"): more than `most`.
    """
    if kind not in FROM:
        raise Refused("bad_filter", name="kind", value=kind)
    wanted = sorted(set(numbers))
    if not wanted:
        raise Refused("nobody_chosen")
    if len(wanted) > MOST:
        raise Refused("too_many_chosen", most=MOST)
    rows = contacts(derivation, at).filter(person__number__in=wanted).order_by("person__number")
    found = []
    for row in rows:
        person = row.person
        why_not = ""
        if not standing.may("person.visit", person.area_code or "?"):
            why_not = "area"
        elif row.state not in FROM[kind]:
            why_not = "state"
        found.append(Plan(person.pk, person.number, person.area_code, row.state or "", why_not))
    known = {one.number for one in found}
    return found + [Plan(0, number, "", "", "no_contact") for number in wanted if number not in known]


def take(found: Sequence[Plan], outbreak: Outbreak, kind: str, *, actor: User, at: datetime) -> list[int]:
    """Record the step for those of a plan to whom it applies; all or none. Gives the ids of the facts.

    Raises:
        Refused("nobody_chosen"): it applies to none of them.
    """
    taken = [one for one in found if not one.why_not]
    if not taken:
        raise Refused("nobody_chosen")
    with transaction.atomic():
        return [
            facts.record(
                ContactEvent, known_at=at, actor=actor, outbreak=outbreak, person_id=one.person_id, kind=kind, at=at
            ).pk
            for one in taken
        ]


def take_back(ids: Sequence[int], *, actor: User, at: datetime, reason: str) -> int:
    """Withdraw steps that the same account has recorded; all or none. Gives how many.

    Raises:
        Refused("already_superseded"): one of them has been corrected or taken back meanwhile.
    """
    with transaction.atomic():
        rows = list(ContactEvent.objects.filter(pk__in=ids, recorded_by=actor, superseded_at__isnull=True))
        if len(rows) != len(set(ids)):
            raise Refused("already_superseded")
        for row in rows:
            facts.withdraw(row, at=at, actor=actor, reason=reason)
    return len(rows)
