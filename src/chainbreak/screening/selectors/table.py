"""What a sampling table can choose from (采样台可选项): rounds that take swabs, and sites, in its area."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from chainbreak.governance.selectors.access import covers
from chainbreak.registry.selectors.area import stem_of

from ..models import Round, RoundEvent, RoundState, SamplingSite

OPEN = (RoundState.ANNOUNCED, RoundState.SAMPLING, RoundState.SAMPLING_CLOSED)


def rounds(area_code: str, *, most: int = 5) -> list[Round]:
    """The rounds that take swabs of an area, the newest first."""
    steps = RoundEvent.objects.known_at(None).filter(round=OuterRef("pk")).order_by("-at", "-pk")
    found = Round.objects.annotate(state=Subquery(steps.values("state")[:1])).filter(state__in=OPEN)
    near: list[Round] = [
        one
        for one in found.order_by("-start_at")[:100]
        if covers(one.area_code, area_code) or covers(area_code, one.area_code)
    ]
    return near[:most]


def sites(area_code: str, *, at: datetime) -> QuerySet[SamplingSite]:
    """The sites of an area that are not closed, by number."""
    open_now = Q(closed_at__isnull=True) | Q(closed_at__gt=at)
    return SamplingSite.objects.filter(open_now, area_code__startswith=stem_of(area_code)).order_by("number")
