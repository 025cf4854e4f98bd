"""What anybody may read of the bulletins (公众信息): those that are published."""

from __future__ import annotations

from chainbreak.governance.refusal import Refused

from ..models import Bulletin

PUBLIC = ("published", "superseded")
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
