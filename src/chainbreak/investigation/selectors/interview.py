"""What an interview on a phone starts from (访谈准备): places that the case may name."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from chainbreak.registry.models import Place

from ..models import Case, TrajectorySegment

MOST = 300


def places_near(case: Case, most: int = MOST) -> list[dict[str, Any]]:
    """Named places for the phone: the case's own first, then those where cases of the outbreak were, most used first."""
    stays = TrajectorySegment.objects.known_at(None)
    own = stays.filter(person=case.person_id).values("place")
    of_cases = stays.filter(person__in=Case.objects.filter(outbreak=case.outbreak_id).values("person")).values("place")
    named = Place.objects.exclude(name="").exclude(kind="household")
    found = (
        Place.objects.filter(Q(pk__in=own) | Q(pk__in=named.filter(pk__in=of_cases).values("pk")))
        .annotate(mine=Count("segments", filter=Q(segments__person=case.person_id)), used=Count("segments"))
        .order_by("-mine", "-used", "name")[:most]
    )
    return [{"number": one.number, "name": one.name, "kind": one.kind} for one in found]
