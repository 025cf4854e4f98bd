"""One's own account (我的账号), the page of a lock-out, and the ways that stay closed: sign-up, reset by e-mail."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.utils import is_mfa_enabled
from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from chainbreak.governance.selectors import account as accounts
from chainbreak.governance.services import accounts as deeds

from .door import Asked

SHOWN = 20
CHOSEN = "language_chosen"  # in the session of somebody who has not signed in yet


@login_required
@require_GET
def account(request: Asked) -> HttpResponse:
    """My roles, my language, my second factor, and what is on record about me (P-08)."""
    answer = {
        "grants": accounts.grants_of(request.user, at=timezone.now(), language=get_language()),
        "entries": accounts.acts_of(request.user, most=SHOWN),
        "languages": settings.LANGUAGES,
        "second_factors": is_mfa_enabled(request.user),
        "session_until": request.session.get_expiry_date(),
    }
    return render(request, "web/account.html", answer)


@login_required
@require_POST
def language(request: Asked) -> HttpResponse:
    """Keep the language of the pages with the account and in this browser."""
    chosen = request.POST.get("language", "")
    response = redirect("account")
    if chosen in dict(settings.LANGUAGES):
        deeds.speak(request.user, chosen)
        _speak_here(response, chosen)
    return response


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """The switch at the top of each page: kept with the account; before the login, until the login."""
    response = set_language(request)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        if isinstance(request.user, deeds.User):
            deeds.speak(request.user, chosen)
        else:
            request.session[CHOSEN] = chosen
    return response


def signed_in(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The pages after a login speak the language of the account, or the one just chosen on the page of the login."""
    user = request.user
    if isinstance(user, deeds.User):
        chosen = request.session.pop(CHOSEN, None)
        if chosen:
            deeds.speak(user, chosen)
        language = chosen or user.language
        if language in dict(settings.LANGUAGES):
            _speak_here(response, language)
    return response


def _speak_here(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86_400,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict | None = None
) -> HttpResponse:
    """Too many wrong passwords: until when, and whom to ask."""
    now = timezone.now()
    until = _locked_until(request, credentials, now)
    answer = {"until": until, "who": accounts.administrators(at=now)}
    page = render(request, "account/locked.html", answer, status=settings.AXES_HTTP_RESPONSE_CODE)
    page["Retry-After"] = str(max(1, int((until - now).total_seconds())))
    return page


def _locked_until(request: HttpRequest, credentials: dict | None, now: datetime) -> datetime:
    username = get_client_username(request, credentials) or request.POST.get("login", "")
    newest = AccessAttempt.objects.filter(username=username).order_by("-attempt_time").first()
    return (newest.attempt_time if newest else now) + get_cool_off(request)


def closed(request: HttpRequest, *_: str, **__: str) -> HttpResponse:
    """A way that the library offers and this house does not."""
    raise Http404


CLOSED = ["signup/", "email/", "confirm-email/", "password/set/", "password/reset/", "password/reset/done/"]
closed_ways = [path(way, closed) for way in CLOSED] + [path("password/reset/key/<path:rest>", closed)]

urlpatterns = [
    path("language/setlang/", switch, name="set_language"),
    path("account/", account, name="account"),
    path("account/language/", language, name="account_language"),
]
