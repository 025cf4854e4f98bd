"""Questions about people (待判定): recorded for those whom the lake found, and taken back when their reason is gone.

One set-based service for the pages, the interface and the cascade after a correction. What is recorded is a
determination `pending`: it puts nobody under a measure and takes nobody out of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from chainbreak.governance import words
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit, facts
from chainbreak.registry.models import Person

from ..models import Case, Decision, Determination, Outbreak
from ..selectors.candidate import Candidate, is_question
from ..selectors.case import with_standing

words.register(
    {
        "too_many_contacts": gettext_noop(
            "%(number)s contacts are more than %(most)s, which is more than a team could ask. Ask for more minutes together."
        ),
        "nobody_new": gettext_noop("None of those chosen is new; nothing was recorded."),
    }
)
MOST = 20_000  # taken in at once


def take_in(
    case: Case, found: Sequence[Candidate], chosen: Iterable[str] | None, *, actor: User, at: datetime, basis: str,
    edition: str,
) -> int:  # fmt: skip
    """Record those who are new, all or some by number, as to be determined; in one transaction, and once.

    Args:
        basis: the words of the basis, with the holes `minutes`, `meetings`, `place`, `edition`.

    Returns:
        how many were recorded; a second time none.

    Raises:
        Refused("too_many_contacts"): more than a team could ask about; narrow the rule.
    """
    wanted = None if chosen is None else set(chosen)
    new = [one for one in found if one.is_takeable and one.person and (wanted is None or one.number in wanted)]
    if len(new) > MOST:
        raise Refused("too_many_contacts", number=len(new), most=MOST)
    outbreak = case.outbreak
    with transaction.atomic():
        Outbreak.objects.select_for_update().get(pk=outbreak.pk)  # two investigators at once: the second finds none new
        known = Determination.objects.known_at(None).filter(
            outbreak=outbreak, person__in=[one.person.pk for one in new if one.person]
        )
        there = set(known.values_list("person", flat=True))
        sources = Person.objects.in_bulk({one.source for one in new}, field_name="number")
        made = Determination.objects.bulk_create(
            [
                Determination(
                    outbreak=outbreak, person=one.person, decision=Decision.PENDING, degree=one.degree,
                    source=sources.get(one.source), last_exposure_at=one.last_exposure_at,
                    basis=(basis % _holes(one, edition))[:200], valid_from=min(one.first_exposure_at, at),
                    recorded_at=at, first_recorded_at=at, recorded_by=actor,
                )
                for one in new
                if one.person is not None and one.person.pk not in there
            ],
            batch_size=1000,
        )  # fmt: skip
        audit.record(
            "contacts.found", subject=f"case:{case}", actor=actor, at=at,
            detail={"taken_in": len(made), "pack": edition},
        )  # fmt: skip
    return len(made)


def take_back(
    questions: Iterable[Determination], *, actor: User | None, at: datetime, reason: str, trial: bool = False
) -> int:
    """Withdraw questions whose reason is gone, with the reason; a decision that somebody made is left alone.

    Raises:
        Refused("reason_missing"), Refused("already_superseded"): as `facts.withdraw`; then none is withdrawn.
    """
    taken = 0
    with transaction.atomic():
        for one in questions:
            if is_question(one):
                facts.withdraw(one, at=at, actor=actor, reason=reason, trial=trial)
                taken += 1
    return taken


def of_excluded(outbreak: Outbreak, *, at: datetime) -> list[Determination]:
    """Questions that rest on a case which is excluded now (病例排除后不再成立)."""
    excluded = with_standing(Case.objects.filter(outbreak=outbreak), at, None).filter(classification_then="excluded")
    asked = Determination.objects.known_at(None).filter(
        outbreak=outbreak, decision=Decision.PENDING, source__in=list(excluded.values_list("person", flat=True))
    )
    return [one for one in asked.select_related("person").order_by("person__number") if is_question(one)]


def cascade(outbreak: Outbreak, *, actor: User | None, at: datetime, reason: str, trial: bool = False) -> int:
    """After a class was changed: what was asked because of cases that are excluded is asked no more. Gives how many.

    Who is a contact of another case, by the rule or by a decision, stays.
    """
    return take_back(of_excluded(outbreak, at=at), actor=actor, at=at, reason=reason, trial=trial)


def _holes(one: Candidate, edition: str) -> dict[str, object]:
    return {"minutes": round(one.minutes), "meetings": one.meetings, "place": one.place, "edition": edition}
