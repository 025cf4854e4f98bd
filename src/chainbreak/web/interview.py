"""Interviews (流调访谈): the shell that a phone keeps, the preview and the deed at the end."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST

from chainbreak.command.services import correction
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.services import interview as interviews
from chainbreak.investigation.services import interviewed
from chainbreak.measures.services import derive

from .correction import shown
from .door import Asked, page
from .interview_words import words
from .labels import LABELS
from .words import words_for


@require_POST
@page("interview.take")
def start(request: Asked, outbreak: str, number: int) -> HttpResponse:
    """Open the interview of a case, or go on with the one that is open, on the page that works off-line."""
    found, _opened = interviews.open_interview(outbreak, number, key=uuid4(), actor=request.user, at=timezone.now())
    return redirect(f"{reverse('interview_field')}#{found.key}")


@page("interview.take")
@ensure_csrf_cookie
def field(request: Asked) -> HttpResponse:
    """The shell: no person in it, so that a phone may keep it."""
    labels = {name: _plain(LABELS[name]) for name in ("place_kind", "setting")}
    context = {"words": words(), "labels": labels, "csrf": settings.CSRF_COOKIE_NAME}
    return render(request, "web/field/interview.html", context)


@page("interview.take")
def end(request: Asked, key: UUID) -> HttpResponse:
    """What the interview makes of contacts and figures; and the deed, when that was confirmed."""
    now = timezone.now()
    found, opened = interviews.interview_of(key, actor=request.user, at=now)
    case_address = reverse("case_file", args=[opened.outbreak.code, opened.case.number])
    if found.closed_at:
        messages.info(request, _("This interview has become facts already."))
        return redirect(case_address)
    answer: dict[str, Any] = {"interview": found, "case": opened.case, "case_address": case_address}
    try:
        if request.method == "POST":
            told = interviewed.record(found, actor=request.user, at=now)
            derive.snapshot(opened.outbreak, at=now)
            messages.success(request, _said(told))
            return redirect(case_address)
        answer |= _outlook(found, opened, request, now)
    except Refused as refused:
        answer["refusal"] = words_for(refused)
    return render(request, "web/interview_end.html", answer)


def _outlook(found: Any, opened: Any, request: Asked, now: Any) -> dict[str, Any]:
    told: list[interviewed.Told] = []

    def deed() -> None:
        told.append(interviewed.record(found, actor=request.user, at=now, trial=True))

    outlook = correction.outlook_of(deed, opened.outbreak, as_of=now, at=now)
    problems = [(PROBLEMS[code](), about) for _entry, code, about in told[0].problems]
    return {"told": told[0], "problems": problems, "outlook": shown(outlook)}


PROBLEMS = {
    "unknown_place": lambda: _("This place is not on file; the stay is left out:"),
    "other_end_on_record": lambda: _("This stay is on file with another end; correct it in the case file:"),
    "stay_removed": lambda: _("The stay at which this person was met has been removed; the meeting is left out:"),
    "unknown_person_told": lambda: _("Nobody has this number; the meeting is left out:"),
    "case_itself": lambda: _("This is the case itself; the meeting is left out:"),
}


def _said(told: interviewed.Told) -> str:
    return _("Recorded: %(stays)s stays, %(exposures)s meetings, %(persons)s persons who were not on file.") % {
        "stays": told.stays,
        "exposures": told.exposures,
        "persons": told.new_persons,
    }


def _plain(labels: dict[str, Any]) -> dict[str, str]:
    return {code: str(label) for code, label in labels.items()}


urlpatterns = [
    path("cases/<str:outbreak>/<int:number>/interview/", start, name="interview_start"),
    path("field/interview/", field, name="interview_field"),
    path("interviews/<uuid:key>/", end, name="interview_end"),
]
