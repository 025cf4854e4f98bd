"""What residents read without an account (公众页面): their own status by number and code word, sites, notices.

Nothing that names a person is ever in an address: number and word are posted, the answer is not kept by any cache, and
each look is on record. The pages are small and need no script.
"""

from __future__ import annotations

import time
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chainbreak.command.selectors import bulletin as bulletins
from chainbreak.command.selectors import public as shown
from chainbreak.governance.services import audit
from chainbreak.investigation.selectors import outbreak as outbreaks
from chainbreak.measures.selectors import own_status
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import codeword, people

from . import asof
from .ratelimit import RateLimit
from .rules import why

BY_ADDRESS = RateLimit(30, 15 * 60)
BY_NUMBER = RateLimit(10, 15 * 60)
MOST_SITES = 500


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Where a resident begins."""
    return render(request, "web/public/index.html", {"notices": shown.notices()[:3]})


@require_http_methods(["GET", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """My own status: reason, until when, what comes next, how to appeal."""
    if request.method == "GET":
        return _private(render(request, "web/public/status.html", {}))
    number = request.POST.get("number", "").strip().upper()[:40]
    keys = ((BY_ADDRESS, request.META.get("REMOTE_ADDR", "")), (BY_NUMBER, number))
    wait = max(limit.wait(key, time.monotonic()) for limit, key in keys)
    if wait:
        minutes = max(1, round(wait / 60))
        response = render(request, "web/public/status.html", {"wait_minutes": minutes}, status=429)
        response["Retry-After"] = str(int(wait) + 1)
        return _private(response)
    person_id = people.id_of(number)  # looked up whether or not the word fits, so that the time tells nothing
    if not codeword.fits(number, request.POST.get("word", "")) or person_id is None:
        for limit, key in keys:
            limit.failed(key, time.monotonic())
        return _private(render(request, "web/public/status.html", {"wrong": True, "number": number}, status=403))
    now = timezone.now()
    audit.record("person.own_status", actor=None, at=now, subject=f"person:{number}")
    held = own_status.of_person(person_id, _instants(now))
    answer = {"known": True, "number": number, "held": [(one, _reasons(one)) for one in held], "at": now}
    return _private(render(request, "web/public/status.html", answer))


@require_GET
def sites(request: HttpRequest) -> HttpResponse:
    """The sampling sites that are open now, for everybody or for yellow codes."""
    audience = request.GET.get("audience", "")
    found = list(shown.sites(at=timezone.now(), audience=audience)[:MOST_SITES])
    answer = {
        "sites": found,
        "audience": audience,
        "audiences": shown.AUDIENCES,
        "area_names": areas.names(one.area_code for one in found),
    }
    return render(request, "web/public/sites.html", answer)


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """The published bulletins."""
    return render(request, "web/public/notices.html", {"notices": shown.notices()})


@require_GET
def notice(request: HttpRequest, number: int) -> HttpResponse:
    """One published bulletin, in the reader's language."""
    found = shown.notice(number)
    language = "en" if (get_language() or "").startswith("en") else "zh"
    text = bulletins.printed(found, bulletins.facts(found), language)
    return render(request, "web/public/notice.html", {"bulletin": found, "text": text})


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    return response


def _instants(now: datetime) -> dict[int, datetime]:
    return {one.pk: asof.usual(one, now) if asof.is_over(one, now) else now for one in outbreaks.all_newest_first()}


def _reasons(held: own_status.Held) -> dict[str, object]:
    pack = held.outbreak.rule_pack
    return {
        "words": reason_words(held.now.reason if held.now else held.later[0].reason),
        "why": why(pack, (held.now or held.later[0]).rule),
    }


def reason_words(code: str) -> str:
    """Why a measure holds, as it is said to the person."""
    return {
        "contact1": _("You are a close contact: you were near an infected person."),
        "contact2": _("You are a contact of a close contact."),
        "arrival": _("You came from an area with infections."),
        "case": _("You are infected and are being cared for."),
    }.get(code, _("A rule of the outbreak applies to you."))


urlpatterns = [
    path("public/", index, name="public"),
    path("public/status/", status, name="public_status"),
    path("public/sites/", sites, name="public_sites"),
    path("public/notices/", notices, name="public_notices"),
    path("public/notices/<int:number>/", notice, name="public_notice"),
]
