"""A refusal raised in a page becomes a page that people can read (拒绝的页面); so does a stopped database."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import access

from .words import role, words_for

FORBIDDEN = {"not_permitted", "not_in_your_area", "no_purpose"}


def status_of(refused: Refused) -> int:
    """403 for what the account may not do, 404 for what is not there, 400 for a bad address, 409 for the rest."""
    if refused.code in FORBIDDEN:
        return 403
    if refused.code.startswith("unknown_") or refused.code == "not_a_contact":
        return 404
    return 400 if refused.code.startswith(("bad_", "unreadable_")) else 409


class RefusalMiddleware:
    """Turns `Refused` into a page with its words, and an expired session behind htmx into a visit to the login."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") and response.status_code == 302 and "/accounts/" in response["Location"]:
            path = request.headers.get("HX-Current-URL", "/")
            login = HttpResponse(status=200)
            login["HX-Redirect"] = response["Location"].split("?")[0] + "?next=" + _path(path)
            return login
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ValueError | DataError) and "NUL" in str(error):  # the database keeps no such character
            error = Refused("unreadable_text")
        if isinstance(error, Refused) and error.code == "no_outbreak":
            return _nothing_yet(request)
        if isinstance(error, Refused):
            status = status_of(error)
            return render(request, "web/refused.html", {"words": words_for(error), "status": status}, status=status)
        if isinstance(error, OperationalError | InterfaceError):
            return database_stopped(request)
        return None


def _nothing_yet(request: HttpRequest) -> HttpResponse:
    """The page of an installation without an outbreak: what to do first."""
    context = {
        "may_import": access.may(request.user, "import.run", at=timezone.now()),
        "who": gettext(", ").join(role(one) for one in access.who_may("import.run")),
    }
    return render(request, "web/empty.html", context)


def database_stopped(request: HttpRequest) -> HttpResponse:
    """The page for a database that cannot be reached: what to do, nothing of what was typed is lost."""
    response = render(None, "503.html", {"path": request.get_full_path()}, status=503)  # type: ignore[arg-type]
    response["Retry-After"] = "10"
    return response


def _path(address: str) -> str:
    from urllib.parse import quote, urlsplit

    parts = urlsplit(address)
    return quote(parts.path + ("?" + parts.query if parts.query else ""))
