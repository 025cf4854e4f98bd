"""People due (应管控人员): who is under which measure by the rules as of an instant, and where each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import Derivation

from ..models import DueMeasure, StayKind, StayReason
from .facility import present

MEASURES = ("facility_quarantine", "home_quarantine", "home_monitoring", "daily_follow_up", "hospital")
REASONS = StayReason.choices
KINDS = dict(StayKind.choices)
KEPT = (StayKind.FACILITY_QUARANTINE, StayKind.HOME_QUARANTINE, StayKind.HOSPITAL)


@dataclass(frozen=True)
class Wanted:
    """What a reader narrows the list to; empty means all. `missing`: due in quarantine and in none."""

    measure: str = ""
    reason: str = ""
    area: str = ""
    text: str = ""
    missing: bool = False

    def __post_init__(self) -> None:
        for name, allowed in (("measure", MEASURES), ("reason", dict(REASONS))):
            value = getattr(self, name)
            if value and value not in allowed:
                raise Refused("bad_filter", name=name, value=value)


def people_due(
    derivation: Derivation, wanted: Wanted, *, as_of: datetime, as_known: datetime | None
) -> QuerySet[DueMeasure]:
    """The measures that run as of an instant (starts_at < T <= ends_at), annotated with `stay_kind`."""
    there = present(as_of=as_of, as_known=as_known).filter(person=OuterRef("person"))
    found = DueMeasure.objects.filter(derivation=derivation, starts_at__lt=as_of, ends_at__gte=as_of)
    if wanted.measure:
        found = found.filter(measure=wanted.measure)
    if wanted.reason:
        found = found.filter(reason=wanted.reason)
    if wanted.area:
        found = found.filter(person__area_code__startswith=wanted.area)
    if wanted.text:
        found = found.filter(person__number__istartswith=wanted.text)
    if wanted.missing:
        quarantine = Q(measure__in=["facility_quarantine", "home_quarantine"])
        found = found.filter(quarantine & ~Exists(there.filter(kind__in=KEPT)))
    stay_kind = Subquery(there.order_by("-admitted_at").values("kind")[:1])
    return found.annotate(stay_kind=stay_kind).select_related("person").order_by("pk")
