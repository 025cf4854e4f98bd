"""Contacts as of an instant, out of a snapshot (密接、次密接): standing, reconciliation, evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from chainbreak.governance.refusal import Refused

from ..models import (
    Contact,
    ContactEvent,
    ContactPair,
    Decision,
    Derivation,
    Determination,
    Disposition,
    DispositionState,
    Outbreak,
    TrajectorySegment,
)
from ..models.trajectory import Exposure

STATES = DispositionState.choices
DETERMINATIONS = Decision.choices


def contacts(derivation: Derivation, as_of: datetime, *, determination: str = Decision.CONFIRMED) -> QuerySet[Contact]:
    """Contacts true before `as_of`, each once at the highest degree, annotated with `state` and `state_since`.

    Among those to be determined are also contacts of contacts of whom somebody must still say whether they are closer.
    """
    then = Disposition.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=as_of), valid_from__lt=as_of)
    mine = then.filter(contact=OuterRef("pk")).order_by("-valid_from")
    stands = Q(determination=determination)
    if determination == Decision.PENDING:
        asked = Determination.objects.known_at(derivation.as_known).filter(
            outbreak=derivation.outbreak_id, person=OuterRef("person_id"), decision=Decision.PENDING
        )
        stands |= Q(Exists(asked.filter(degree__lt=OuterRef("degree"))))
    return (
        Contact.objects.filter(stands, derivation=derivation, valid_from__lt=as_of)
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


def facts_behind(pairs: list[ContactPair]) -> dict[str, Mapping[int, TrajectorySegment | Exposure]]:
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


def contact_of(derivation: Derivation, person_id: int, as_of: datetime) -> Contact | None:
    """A person's standing as a contact before `as_of`, whatever was determined; None if there is none."""
    for decision in Decision.values:
        found = contacts(derivation, as_of, determination=decision).filter(person=person_id).first()
        if found is not None:
            return found
    return None


def course_of(contact: Contact, as_of: datetime) -> list[Disposition]:
    """The states of a contact that began before `as_of`, oldest first."""
    return list(contact.dispositions.filter(valid_from__lt=as_of).order_by("valid_from"))


def decisions_of(outbreak: Outbreak, person_id: int, as_known: datetime | None) -> list[Determination]:
    """What people decided about a contact, oldest first; superseded decisions are among them."""
    rows = Determination.objects.filter(outbreak=outbreak, person=person_id).select_related("recorded_by")
    if as_known is not None:
        rows = rows.filter(recorded_at__lte=as_known)
    return list(rows.order_by("recorded_at", "pk"))


def events_of(outbreak: Outbreak, person_id: int, as_known: datetime | None) -> list[ContactEvent]:
    """When a contact was located, lost, notified; oldest first."""
    rows = ContactEvent.objects.known_at(as_known).filter(outbreak=outbreak, person=person_id)
    return list(rows.order_by("at"))


def narrowed(
    derivation: Derivation,
    as_of: datetime,
    *,
    degree: str = "",
    state: str = "",
    source: str = "",
    setting: str = "",
    q: str = "",
    decision: str = "",
    area: str = "",
) -> QuerySet[Contact]:
    """The contacts that fit what a reader asked for, by degree; `source` is a case number, `q` a person number.

    Raises:
        Refused("bad_filter"): a value that is not in its list.
    """
    for name, value, allowed in (
        ("degree", degree, ("1", "2")),
        ("state", state, DispositionState.values),
        ("decision", decision, Decision.values),
    ):
        if value and value not in allowed:
            raise Refused("bad_filter", name=name, value=value)
    if source and not (source.isdecimal() and len(source) < 10):
        raise Refused("bad_filter", name="source", value=source)
    found = contacts(derivation, as_of, determination=decision or Decision.CONFIRMED)
    if degree:
        found = found.filter(degree=int(degree))
    if state:
        then = Disposition.objects.filter(derivation=derivation, state=state, valid_from__lt=as_of)
        then = then.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=as_of))
        found = found.filter(pk__in=then.values("contact"))
    if source:
        exposed = ContactPair.objects.filter(derivation=derivation, source_case__number=int(source))
        named = Q(source_case__number=int(source))  # by the lake or by a decision, without a pair
        if setting:
            exposed, named = exposed.filter(setting=setting), named & Q(setting=setting)
        found = found.filter(Q(person__in=exposed.values("person")) | named)
    elif setting:
        found = found.filter(setting=setting)
    if q:
        found = found.filter(Q(person__number__startswith=q) | Q(person__number__startswith=q.upper()))
    if area:
        found = found.filter(person__area_code__startswith=area)
    return found.order_by("degree", "pk")


def settings_of(derivation: Derivation) -> list[str]:
    """The settings that occur in a snapshot."""
    rows = Contact.objects.filter(derivation=derivation).exclude(setting="").order_by("setting")
    return list(rows.values_list("setting", flat=True).distinct())


def beyond(found: QuerySet[Contact], degree: int, number: int) -> QuerySet[Contact]:
    """The rows of `narrowed` after one that has been given already."""
    return found.filter(Q(degree__gt=degree) | Q(degree=degree, pk__gt=number))
