"""Stays (隔离在住) as of an instant, and the stays of one person over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from chainbreak.governance.refusal import Refused

from ..models import Stay, StayKind, StayReason
from .facility import present

CHOICES = {"kind": StayKind.choices, "reason": StayReason.choices}


@dataclass(frozen=True)
class Wanted:
    """What a reader narrows the list to; empty means all."""

    kind: str = ""
    reason: str = ""
    facility: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value and value not in dict(choices):
                raise Refused("bad_filter", name=name, value=value)


def stays(wanted: Wanted, *, as_of: datetime, as_known: datetime | None, outbreak_code: str = "") -> QuerySet[Stay]:
    """The stays that hold as of an instant and fit."""
    found = present(as_of=as_of, as_known=as_known).select_related("person", "facility", "bed__room", "carer")
    if outbreak_code:
        found = found.filter(outbreak_code__in=[outbreak_code, ""])
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.reason:
        found = found.filter(reason=wanted.reason)
    if wanted.facility:
        found = found.filter(facility__number=wanted.facility)
    if wanted.text:
        found = found.filter(person__number__istartswith=wanted.text)
    return found.order_by("pk")


def of_person(person_id: int, as_known: datetime | None) -> list[Stay]:
    """Every stay of a person, oldest first."""
    found = Stay.objects.known_at(as_known).filter(person=person_id).select_related("facility", "bed__room")
    return list(found.order_by("admitted_at"))


def apart(at: datetime, as_known: datetime | None = None) -> list[tuple[int, str]]:
    """Who is in quarantine or in hospital from an instant on, (person, in_quarantine | hospital): not on a round's queue."""
    still = Q(ended_at__isnull=True) | Q(ended_at__gt=at)
    kinds = {
        StayKind.FACILITY_QUARANTINE: "in_quarantine",
        StayKind.HOME_QUARANTINE: "in_quarantine",
        StayKind.HOSPITAL: "hospital",
    }
    found = Stay.objects.known_at(as_known).filter(still, admitted_at__lte=at, kind__in=kinds)
    return [(person, kinds[StayKind(kind)]) for person, kind in found.values_list("person_id", "kind").order_by("pk")]
