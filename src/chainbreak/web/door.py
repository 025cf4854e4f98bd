"""The way into a page: signed in, and allowed to do what the page does (页面入口)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, URLPattern, resolve
from django.utils import timezone

from chainbreak.governance.selectors.access import Standing, standing_of
from chainbreak.governance.services import access

View = Callable[..., HttpResponseBase]


class Asked(HttpRequest):
    """A request behind the door: somebody is signed in, and what they may do is looked up."""

    user: access.User
    standing: Standing


def page(act: str) -> Callable[[View], View]:
    """A view for whoever is signed in and may do `act`; everybody else gets the reason."""

    def wrap(view: View) -> View:
        @login_required
        @wraps(view)
        def checked(request: Asked, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.standing = access.require(request.user, act, at=timezone.now())
            request.user.standing_now = request.standing  # asked once a request
            return view(request, *args, **kwargs)

        checked.act = act  # type: ignore[attr-defined]
        return checked

    return wrap


def leads_in(user: access.User | AnonymousUser, address: str) -> bool:
    """Whether a link to an address of this site leads this account to a page, as far as roles say."""
    try:
        return opens(user, resolve(address.partition("?")[0].partition("#")[0]).view_name)
    except Resolver404:
        return True  # not ours, or a part of the page itself


def opens(user: access.User | AnonymousUser, name: str) -> bool:
    """Whether this account's roles open the page of that name."""
    wanted = act_of(name)
    return not wanted or standing_of(user, at=timezone.now()).may(wanted)


def act_of(name: str) -> str:
    """The act that opens the page of that name; empty where no door asks."""
    return _acts().get(name, "")


@cache
def _acts() -> dict[str, str]:
    """The act behind each page's name."""
    from .urls import urlpatterns

    pages = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern) and pattern.name]
    return {str(one.name): one.callback.act for one in pages if hasattr(one.callback, "act")}
