"""Whose own swab is wanted (复采名单): one row a person held, the one due first on top, with what has been done."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet

from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors.area import stem_of

from ..models import Result, RetestOrder, Round, Swab

STATES = ("open", "late", "swabbed", "done")


def orders(*, at: datetime, state: str = "open", area: str = "", of: Round | None = None) -> QuerySet[RetestOrder]:
    """Orders by state: open (no own result yet), late (open beyond the due time), swabbed (own swab taken, no result
    yet), done; by key, which is the order in which people were held.

    Raises:
        Refused("bad_filter"): no such state, or an area that is no code.
    """
    rows = RetestOrder.objects.known_at(None).select_related("tube", "person", "own_tube", "tube__round").order_by("pk")
    if state not in STATES:
        raise Refused("bad_filter", name="state", value=state)
    if state == "done":
        rows = rows.filter(ended_at__isnull=False)
    elif state == "late":
        rows = rows.filter(ended_at=None, due_at__lt=at)
    elif state == "swabbed":
        rows = rows.filter(ended_at=None, own_tube__isnull=False)
    else:
        rows = rows.filter(ended_at=None)
    if area:
        if not (area.isascii() and area.isdigit() and len(area) <= 15):
            raise Refused("bad_filter", name="area", value=area)
        rows = rows.filter(person__area_code__startswith=stem_of(area))
    return rows.filter(tube__round=of) if of is not None else rows


def one(pk: int) -> RetestOrder:
    """One order as it is known now.

    Raises:
        Refused("unknown_order"): there is none of that key, or it has been superseded.
    """
    found = (
        RetestOrder.objects.known_at(None)
        .select_related("tube", "person", "own_tube", "tube__round")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Refused("unknown_order", number=pk)
    return found


def own_results(order: RetestOrder) -> list[tuple[Swab, Result | None]]:
    """The person's own swabs since the order, each with what the laboratory says of it by now."""
    swabs = list(
        Swab.objects.known_at(None)
        .filter(person=order.person, tube__pool_limit=1, sampled_at__gte=order.held_at)
        .select_related("tube")
        .order_by(F("sampled_at").desc())
    )
    said = {one.tube_id: one for one in Result.objects.known_at(None).filter(tube__in=[swab.tube_id for swab in swabs])}
    return [(swab, said.get(swab.tube_id)) for swab in swabs]
