"""Tracing pages (同时空排查): contacts out of the trajectory lake, their evidence, shared places, the lake's health."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.services import finding
from chainbreak.investigation.services.casefile import open_record
from chainbreak.measures.services import derive
from chainbreak.registry.services import people

from . import asof
from .door import Asked, page
from .words import words_for

SHOWN = 200
REASONS = {
    "household": gettext_lazy("lives with the case"),
    "long": gettext_lazy("long together"),
    "recent": gettext_lazy("in the last days"),
    "vulnerable": gettext_lazy("old, very young or in need of care"),
}
STANDINGS = {
    "new": pgettext_lazy("found contact", "new"),
    "pending": gettext_lazy("waits for a determination"),
    "second": gettext_lazy("known as a contact of a contact; raise the degree by a determination"),
    "determined": gettext_lazy("determined already"),
    "case": gettext_lazy("is a case"),
    "unregistered": gettext_lazy("not in the register of persons"),
}


@page("case.open")
def find(request: Asked, outbreak: str, number: int) -> HttpResponse:
    """Look for the contacts of a case; shown first, taken in when confirmed."""
    now = timezone.now()
    act = "contact.determine" if request.method == "POST" else "case.open"
    opened = open_record(outbreak, number, actor=request.user, act=act, at=now)
    seen = asof.read(request, outbreak=outbreak)
    minutes, degrees = _asked(request)
    derivation = derive.snapshot(opened.outbreak, at=now)
    found = finding.find(opened.case, derivation, at=now, degrees=degrees, minutes=minutes)
    areas = (opened.case.person.area_code, opened.outbreak.area_code)
    may = any(request.standing.may("contact.determine", area) for area in areas)
    if request.method == "POST":
        chosen = None if request.POST.get("who") == "all" else request.POST.getlist("person")
        number_in = finding.take_in(found, chosen, actor=request.user, at=now, basis=_basis())
        derive.snapshot(opened.outbreak, at=now)
        messages.success(request, _("%(n)s persons now wait for a determination.") % {"n": number_in})
        return redirect(reverse("contacts", args=[outbreak]) + "?decision=pending")
    listed = [
        one for one in found.candidates if not request.GET.get("standing") or one.standing == request.GET["standing"]
    ]
    return render(
        request,
        "web/tracing_find.html",
        {
            "seen": seen,
            "case": opened.case,
            "found": found,
            "asked": {"minutes": request.GET.get("minutes", ""), "degrees": str(degrees)},
            "rows": [(one, [REASONS[code] for code in one.reasons], STANDINGS[one.standing]) for one in listed[:SHOWN]],
            "n_more": max(0, len(listed) - SHOWN),
            "counts": [(code, words, found.count(code)) for code, words in STANDINGS.items() if found.count(code)],
            "standing": request.GET.get("standing", ""),
            "may_take_in": may and bool(found.new) and minutes is None,
            "is_trial": minutes is not None,
        },
    )


@page("case.open")
def evidence(request: Asked, outbreak: str, number: int, person: str) -> HttpResponse:
    """The meetings of a case and one person on a time line, with what each rests on."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=request.user, act="case.open", at=now)
    people.open_record(person, actor=request.user, act="contact.open", at=now, matter_area=opened.outbreak.area_code)
    rows = finding.evidence(opened.case, person, at=now)
    return render(
        request,
        "web/tracing_evidence.html",
        {
            "seen": asof.read(request, outbreak=outbreak),
            "case": opened.case,
            "person": person,
            "rows": rows,
            "total": sum(row["minutes"] for row in rows),
            "window": finding.window_of(opened.case, now),
            "days": time_line(rows),
        },
    )


@page("case.open")
def backward(request: Asked, outbreak: str, number: int) -> HttpResponse:
    """Who may have infected a case: whom it met before its onset."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=request.user, act="case.open", at=now)
    rows = finding.backward(opened.case, at=now)
    context = {
        "seen": asof.read(request, outbreak=outbreak), "case": opened.case, "rows": rows[:SHOWN],
        "n_more": max(0, len(rows) - SHOWN), "n_cases": sum(row["case_number"] is not None for row in rows),
    }  # fmt: skip
    return render(request, "web/tracing_backward.html", context)


@page("contact.read")
def shared(request: Asked, outbreak: str) -> HttpResponse:
    """Places where several cases of the outbreak were while they may have infected others."""
    seen = asof.read(request, outbreak=outbreak)
    try:
        rows, refusal = finding.shared_places(seen.outbreak, at=timezone.now()), None
    except Refused as refused:
        if refused.code != "no_lake":
            raise
        rows, refusal = [], words_for(refused)
    context = {"seen": seen, "rows": rows[:SHOWN], "n_more": max(0, len(rows) - SHOWN), "refusal": refusal}
    return render(request, "web/tracing_places.html", context)


@page("import.read")
def health(request: Asked) -> HttpResponse:
    """What the lake holds: days, stays, delays, rejects, size, what was dropped."""
    try:
        status = finding.status()
    except Refused as refused:
        if refused.code != "no_lake":
            raise
        return render(request, "web/tracing_lake.html", {"status": None})
    most = max((row["stays"] for row in status["days"]), default=0)
    days = [{**row, "share": round(100 * row["stays"] / most) if most else 0} for row in status["days"]]
    usual = sorted(row["stays"] for row in status["days"])
    usual_day = usual[len(usual) // 2] if usual else 0
    for row in days:
        row["thin"] = row["stays"] < finding.THIN_DAY * usual_day
    megabytes = status["bytes"] / 1e6
    return render(request, "web/tracing_lake.html", {"status": status, "days": days, "megabytes": megabytes})


def time_line(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The meetings as bars by day: x and width in parts of 1440 minutes; a meeting over midnight has a bar each day."""
    by_day: dict[Any, list[dict[str, str]]] = {}
    for row in rows:
        begin, end = timezone.localtime(row["from_at"]), timezone.localtime(row["until"])
        day = begin.date()
        while True:
            midnight = timezone.make_aware(datetime.combine(day, time()))
            a, b = max(begin, midnight), min(end, midnight + timedelta(days=1))
            if a >= b:
                break
            x, width = (a - midnight) / timedelta(minutes=1), max(2.0, (b - a) / timedelta(minutes=1))
            by_day.setdefault(day, []).append({"x": f"{x:.1f}", "width": f"{width:.1f}"})
            day += timedelta(days=1)
    return [{"day": day, "bars": by_day[day]} for day in sorted(by_day)]


def _asked(request: Asked) -> tuple[float | None, int]:
    text, degrees = request.GET.get("minutes", "").strip(), request.GET.get("degrees", "1")
    if degrees not in ("1", "2"):
        raise Refused("bad_filter", name="degrees", value=degrees)
    if not text:
        return None, int(degrees)
    try:
        minutes = float(text)
    except ValueError:
        raise Refused("bad_filter", name="minutes", value=text) from None
    if not 0 <= minutes <= 100_000:
        raise Refused("bad_filter", name="minutes", value=text)
    return minutes, int(degrees)


def _basis() -> str:
    return _("Trajectory lake: %(minutes)s minutes in %(meetings)s meetings, longest at %(place)s; rules %(edition)s")


urlpatterns = [
    path("tracing/lake/", health, name="lake"),
    path("tracing/<str:outbreak>/places/", shared, name="shared_places"),
    path("tracing/<str:outbreak>/<int:number>/", find, name="find_contacts"),
    path("tracing/<str:outbreak>/<int:number>/backward/", backward, name="trace_backward"),
    path("tracing/<str:outbreak>/<int:number>/<str:person>/", evidence, name="trace_evidence"),
]
