"""Views of lists kept by name (保存的筛选)."""

from __future__ import annotations

from datetime import datetime

from ..models import SavedView, User
from ..refusal import Refused

MOST = 30  # of one account on one list


def of(user: User, page: str) -> list[SavedView]:
    """The views that an account has saved of one list, by name."""
    return list(SavedView.objects.filter(user=user, page=page).order_by("name"))


def save(user: User, *, page: str, path: str, name: str, query: str, at: datetime) -> SavedView:
    """Keep a view; the same name again replaces it.

    Raises:
        Refused("view_name_missing"): without a name nobody finds it again.
        Refused("too_many_views"): the list has as many as it may have; fact `most`.
    """
    name = " ".join(name.split())[:60]
    if not name:
        raise Refused("view_name_missing")
    mine = SavedView.objects.filter(user=user, page=page)
    if mine.exclude(name=name).count() >= MOST:
        raise Refused("too_many_views", most=MOST)
    values = {"path": path[:200], "query": query[:1000], "saved_at": at}
    return SavedView.objects.update_or_create(user=user, page=page, name=name, defaults=values)[0]


def forget(user: User, number: int) -> SavedView:
    """Take a view away.

    Raises:
        Refused("unknown_view"): the account has no such view.
    """
    found = SavedView.objects.filter(user=user, pk=number).first()
    if found is None:
        raise Refused("unknown_view")
    found.delete()
    return found
