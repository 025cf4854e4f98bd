"""What residents read without an account (公众页面): their own status by number and code word, sites, notices.

Nothing that names a person is ever in an address: number and word are posted, the answer is not kept by any cache, and
each look is on record. The pages are small and need no script.
"""

from __future__ import annotations

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
from chainbreak.measures.services import appeal as appeals

from . import asof, public_appeal, resident
from .rules import why


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Where a resident begins."""
    return render(request, "web/public/index.html", {"notices": shown.notices()[:3]})


@require_http_methods(["GET", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """My own status: reason, until when, what comes next, how to appeal."""
    if request.method == "GET":
        return resident.private(render(request, "web/public/status.html", {}))
    who = resident.known(request)
    if isinstance(who, resident.Denied):
        answer = {"denied": who, "number": request.POST.get("number", "").strip().upper()[:40]}
        return resident.private(render(request, "web/public/status.html", answer, status=who.status), who)
    now = timezone.now()
    audit.record("person.own_status", actor=None, at=now, subject=f"person:{who.number}")
    there = outbreaks.all_newest_first()
    held = own_status.of_person(who.person_id, asof.instants(there, now))
    answer = {
        "known": True,
        "number": who.number,
        "held": [(one, _reasons(one)) for one in held],
        "at": now,
        "token": public_appeal.token_of(who.number),
        "appeals": public_appeal.own(who.person_id),
        "deadline": appeals.deadline_of(held[0].outbreak if held else next(iter(there), None)),
    }
    return resident.private(render(request, "web/public/status.html", answer))


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


def _reasons(held: own_status.Held) -> dict[str, object]:
    pack = held.outbreak.rule_pack
    due = held.now or held.later[0]
    return {"words": reason_words(due.reason), "why": why(pack, due.rule), "about": public_appeal.about_of(due.reason)}


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
    path("public/notices/", notices, name="public_notices"),
    path("public/notices/<int:number>/", notice, name="public_notice"),
]
