"""What anybody may read (公众信息): published bulletins, and the sampling sites that are open."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from chainbreak.governance.refusal import Refused
from chainbreak.screening.models import SamplingSite

from ..models import Bulletin

PUBLIC = ("published", "superseded")
AUDIENCES = SamplingSite.Audience.choices
MOST = 20


def notices() -> list[Bulletin]:
    """The newest published bulletins; a corrected one says so, and its correction stands before it."""
    rows = Bulletin.objects.filter(state__in=PUBLIC).select_related("outbreak", "corrects")
    return list(rows.order_by("-as_of", "-number")[:MOST])


def notice(number: int) -> Bulletin:
    """One published bulletin.

    Raises:
        Refused("unknown_bulletin"): there is none, or it is not published.
    """
    found = Bulletin.objects.filter(pk=number, state__in=PUBLIC).select_related("outbreak", "corrects").first()
    if found is None:
        raise Refused("unknown_bulletin", number=number)
    return found


def sites(*, at: datetime, audience: str = "") -> QuerySet[SamplingSite]:
    """The sites that are open then, for all or for those whom they serve.

    Raises:
        Refused("bad_filter"): there is no such audience.
    """
    if audience and audience not in dict(AUDIENCES):
        raise Refused("bad_filter", name="audience", value=audience)
    rows = SamplingSite.objects.filter(Q(opened_at__isnull=True) | Q(opened_at__lte=at))
    rows = rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=at))
    return (rows.filter(audience=audience) if audience else rows).order_by("area_code", "number")
