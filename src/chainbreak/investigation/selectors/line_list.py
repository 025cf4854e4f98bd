"""The line list (病例一览表): cases as of an instant, narrowed by class, area, route, origin and number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from chainbreak.governance.refusal import Refused

from ..models import Case, Classification, DiscoveryRoute, Origin, Outbreak
from .case import with_standing

CHOICES = {
    "classification": Classification.choices,
    "route": DiscoveryRoute.choices,
    "origin": Origin.choices,
}


@dataclass(frozen=True)
class Wanted:
    """What a reader narrows the list to; empty means all. Excluded cases are shown when asked for only."""

    classification: str = ""
    area: str = ""
    route: str = ""
    origin: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value and value not in dict(choices):
                raise Refused("bad_filter", name=name, value=value)


def line_list(outbreak: Outbreak, wanted: Wanted, *, as_of: datetime, as_known: datetime | None) -> QuerySet[Case]:
    """The cases that fit, by number."""
    found = with_standing(Case.objects.filter(outbreak=outbreak), as_of, as_known)
    found = found.filter(classification_then__isnull=False, report_id__isnull=False)
    if wanted.classification:
        found = found.filter(classification_then=wanted.classification)
    else:
        found = found.exclude(classification_then="excluded")
    if wanted.area:
        found = found.filter(reported_in__startswith=wanted.area)
    if wanted.route:
        found = found.filter(discovery_route=wanted.route)
    if wanted.origin:
        found = found.filter(origin=wanted.origin)
    if wanted.text.isdecimal():
        found = found.filter(number=int(wanted.text)) if len(wanted.text) < 10 else found.none()
    elif wanted.text:
        found = found.filter(external_id__istartswith=wanted.text)
    return found.order_by("number")


def areas(outbreak: Outbreak) -> list[str]:
    """The codes of the areas in which this outbreak's cases were reported."""
    rows = outbreak.cases.filter(reports__superseded_at__isnull=True).exclude(reports__reported_in="")
    return list(rows.order_by("reports__reported_in").values_list("reports__reported_in", flat=True).distinct())
