"""Facilities (集中隔离点) as of an instant: state, beds, people, the chief on duty."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from ..models import Facility, FacilityEvent, FacilityState, SiteDuty, Stay, StayKind

STATES = FacilityState.choices
KINDS = StayKind.choices


@dataclass(frozen=True)
class Load:
    """One facility and how full it is; `chief` is empty where nobody is on duty."""

    facility: Facility
    state: str
    layout_ok: bool
    safety_ok: bool
    beds: int
    people: int
    chief: str

    @property
    def over(self) -> bool:
        """More people than beds."""
        return self.people > self.beds


def loads(*, as_of: datetime, as_known: datetime | None, area: str = "") -> list[Load]:
    """Every facility with a step before `as_of`, by number."""
    steps = FacilityEvent.objects.known_at(as_known).filter(facility=OuterRef("pk"), at__lt=as_of)
    steps = steps.order_by("-at", "-pk")
    found = Facility.objects.annotate(
        state=Subquery(steps.values("state")[:1]),
        layout_ok=Subquery(steps.values("layout_ok")[:1]),
        safety_ok=Subquery(steps.values("safety_ok")[:1]),
        n_beds=Count("rooms__beds", distinct=True),
    ).filter(state__isnull=False, area_code__startswith=area)
    people = Counter(
        present(as_of=as_of, as_known=as_known)
        .filter(kind=StayKind.FACILITY_QUARANTINE)
        .values_list("facility_id", flat=True)
    )
    chiefs = dict(
        SiteDuty.objects.known_at(as_known)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gte=as_of), role__in=("chief", "site_chief"), starts_at__lt=as_of)
        .order_by("starts_at")
        .values_list("facility_id", "worker")
    )
    return [
        Load(one, one.state, one.layout_ok, one.safety_ok, one.n_beds, people[one.pk], chiefs.get(one.pk, ""))
        for one in found.order_by("number")
    ]


def present(*, as_of: datetime, as_known: datetime | None) -> QuerySet[Stay]:
    """Stays that hold as of an instant: admitted_at < T <= ended_at."""
    still = Q(ended_at__isnull=True) | Q(ended_at__gte=as_of)
    return Stay.objects.known_at(as_known).filter(still, admitted_at__lt=as_of)
