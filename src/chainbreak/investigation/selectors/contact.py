"""Contacts as of an instant, out of a snapshot (密接、次密接): standing, reconciliation, evidence."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from ..models import Contact, ContactPair, Decision, Derivation, Disposition, TrajectorySegment
from ..models.trajectory import Exposure


def contacts(derivation: Derivation, as_of: datetime, *, determination: str = Decision.CONFIRMED) -> QuerySet[Contact]:
    """Contacts true before `as_of`, each once at the highest degree, annotated with `state` and `state_since`."""
    then = Disposition.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=as_of), valid_from__lt=as_of)
    mine = then.filter(contact=OuterRef("pk")).order_by("-valid_from")
    return (
        Contact.objects.filter(derivation=derivation, determination=determination, valid_from__lt=as_of)
        .annotate(state=Subquery(mine.values("state")[:1]), state_since=Subquery(mine.values("valid_from")[:1]))
        .select_related("person", "source_case__outbreak", "source_person")
    )


def pending(derivation: Derivation, as_of: datetime) -> QuerySet[Contact]:
    """Contacts about whom somebody must still ask (待判定)."""
    return contacts(derivation, as_of, determination=Decision.PENDING)


def reconciliation(derivation: Derivation, as_of: datetime) -> dict[tuple[str, int], int]:
    """Number of confirmed contacts by (disposition, degree): table R-1; its sums are the cumulative figures."""
    rows = (
        Disposition.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=as_of),
            derivation=derivation,
            valid_from__lt=as_of,
            contact__determination=Decision.CONFIRMED,
            contact__valid_from__lt=as_of,
        )
        .order_by()
        .values_list("state", "contact__degree")
    )
    return dict(Counter(rows))


def pairs_of(contact: Contact) -> list[ContactPair]:
    """Who exposed this contact, longest first; the meetings lie in `evidence`."""
    return list(
        ContactPair.objects.filter(derivation=contact.derivation_id, person=contact.person_id)
        .select_related("source", "source_case__outbreak", "place")
        .order_by("degree", "-minutes", "id")
    )


def facts_behind(pairs: list[ContactPair]) -> dict[str, dict[int, TrajectorySegment | Exposure]]:
    """The stays and exposures that the meetings of these pairs rest on, by id."""
    wanted: dict[str, set[int]] = {"stay": set(), "exposure": set()}
    for pair in pairs:
        for meeting in pair.evidence:
            for kind, number in meeting["facts"]:
                wanted[kind].add(number)
    return {
        "stay": TrajectorySegment.objects.select_related("person", "place").in_bulk(wanted["stay"]),
        "exposure": Exposure.objects.select_related("person", "source", "place").in_bulk(wanted["exposure"]),
    }
