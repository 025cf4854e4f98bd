"""Knocking on doors of the missed (上门补采): who goes where, what came of it, on paper, and the page for a phone off-line."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST

from chainbreak.exchange.paper import sheets
from chainbreak.governance.acts import act as act_of
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import identity
from chainbreak.screening.selectors import doorstep, round_open
from chainbreak.screening.services import doorstep as deeds

from .door import Asked, page
from .doorstep_words import words

SHOWN = 200


@page("door.read")
def doors(request: Asked, series: str, number: int) -> HttpResponse:
    """Who goes to doors in an area, and what came of it; who may send, sends."""
    of, now = round_open.of(series, number), timezone.now()
    area = area_of(request.GET.get("area", ""), of)
    may_see = request.standing.may(deeds.VISIT, area) or request.standing.may(deeds.ASSIGN, area)
    found = doorstep.workers(of, area)
    may_assign = request.standing.may(deeds.ASSIGN, area)
    rows = doorstep.visits(of, area, most=SHOWN) if may_see else []
    if rows:
        audit.record(
            "doors.listed",
            subject=f"round:{of}",
            actor=request.user,
            at=now,
            detail={"area": area, "people": len(rows)},
        )
    context = {
        "round": of, "area": area, "workers": found, "may_assign": may_assign, "may_see": may_see, "rows": rows,
        "without": len(doorstep.without_worker(of, area, most=deeds.MOST)), "most": deeds.MOST,
        "fit": doorstep.fit(area, at=now) if may_assign else [], "outcomes": doorstep.OUTCOMES,
        "may_visit": request.standing.may(deeds.VISIT, area), "left": sum(one.left for one in found),
        "unregistered": sum(one.unregistered for one in found),
        "area_names": areas.names([area, *(row.area_code for row in rows)]),
    }  # fmt: skip
    return render(request, "web/doors.html", context)


@require_POST
@page(deeds.ASSIGN)
def assign(request: Asked, series: str, number: int) -> HttpResponse:
    of = round_open.of(series, number)
    area = area_of(request.POST.get("area", ""), of)
    most = request.POST.get("most", "")
    if not (most.isascii() and most.isdecimal() and 0 < len(most) < 5 and int(most) > 0):
        raise Refused("bad_filter", name="most", value=most[:40] or "-")
    worker = request.POST.get("worker", "")
    made = deeds.assign(of, area, worker, most=int(most), actor=request.user, at=timezone.now())
    messages.success(request, _("%(worker)s goes to %(n)s people.") % {"worker": worker, "n": made})
    return redirect(_address(of, area))


@require_POST
@page(deeds.ASSIGN)
def take_back(request: Asked, series: str, number: int, worker: int) -> HttpResponse:
    of = round_open.of(series, number)
    area = area_of(request.POST.get("area", ""), of)
    n = deeds.take_back(of, worker, area=area, actor=request.user, at=timezone.now())
    messages.info(request, _("Taken back: %(n)s visits that were not made yet.") % {"n": n})
    return redirect(_address(of, area))


@page(deeds.VISIT)
def printed(request: Asked, series: str, number: int) -> HttpResponse:
    """The visits of an area on paper, with a code to scan for each person; each print is on record."""
    of, now = round_open.of(series, number), timezone.now()
    area = area_of(request.GET.get("area", ""), of)
    access.require(request.user, deeds.VISIT, area_code=area, at=now)
    rows = [
        row
        for row in doorstep.visits(of, area, most=sheets.MOST_ROWS)
        if row.outcome in doorstep.OPEN and not row.swabbed
    ]
    if not rows:
        raise Refused("nobody_to_visit")
    grant = request.standing.allowing(deeds.VISIT, area)
    named = grant is not None and grant[0] in act_of(deeds.VISIT).names
    detail = {"area": area, "people": len(rows), "named": named, "numbers": [row.number for row in rows]}
    audit.record("doors.printed", subject=f"round:{of}", actor=request.user, at=now, detail=detail)
    names = identity.names_of(row.person_id for row in rows) if named else {}
    lines = [sheets.Line(row.number, names.get(row.person_id, "")) for row in rows]
    body = sheets.roll_sheet(
        lines,
        title=_("Doors of round %(round)s") % {"round": of},
        subtitle=_("%(area)s · %(n)s people · being missed costs nobody anything")
        % {"area": areas.names([area]).get(area, area), "n": len(lines)},
        header=[_("No."), _("Code"), _("Person"), _("Name"), _("Tube"), _("Outcome"), _("Time")],
        footer=f"{request.user.get_username()} {timezone.localtime(now):%Y-%m-%d %H:%M}",
        language="zh" if (get_language() or "").startswith("zh") else "en",
    )  # fmt: skip
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="doors-{of}-{area}.pdf"'
    return response


@page(deeds.VISIT)
@ensure_csrf_cookie
def phone(request: Asked) -> HttpResponse:
    """The shell: no person in it, so that a phone may keep it."""
    return render(request, "web/field/doors.html", {"words": words(), "csrf": settings.CSRF_COOKIE_NAME})


def area_of(text: str, of: Any) -> str:
    """An area that was asked for, or that of the round.

    Raises:
        Refused("bad_filter"): no code of an area.
    """
    area = text.strip() or of.area_code
    if not (area.isascii() and area.isdigit() and len(area) <= 15):
        raise Refused("bad_filter", name="area", value=area[:40])
    return area


def _address(of: Any, area: str) -> str:
    return reverse("round_doors", args=[of.series, of.number]) + f"?area={area}"


urlpatterns = [
    path("rounds/<str:series>/<int:number>/doors/", doors, name="round_doors"),
    path("rounds/<str:series>/<int:number>/doors/assign/", assign, name="round_doors_assign"),
    path("rounds/<str:series>/<int:number>/doors/print/", printed, name="round_doors_print"),
    path("rounds/<str:series>/<int:number>/doors/<int:worker>/back/", take_back, name="round_doors_back"),
    path("field/doors/", phone, name="field_doors"),
]
