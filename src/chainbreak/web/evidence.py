"""Evidence of a pair (判定依据): the meetings of a case and one person on a time line and on a map, and what they rest on."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from chainbreak.investigation.selectors import candidate
from chainbreak.investigation.services import finding
from chainbreak.investigation.services.casefile import open_record
from chainbreak.registry.services import people

from . import asof, trajectory_map
from .door import Asked, page


@page("case.open")
def evidence(request: Asked, outbreak: str, number: int, person: str) -> HttpResponse:
    """The meetings of a case and one person, with what each rests on."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=request.user, act="case.open", at=now)
    people.open_record(person, actor=request.user, act="contact.open", at=now, matter_area=opened.outbreak.area_code)
    window = finding.window_of(opened.case, now)
    rows = finding.evidence(opened.case, person, at=now, window=window)
    drawn = on_map(rows, finding.whereabouts(opened.case, window)) if rows else None
    met = {row["place"] for row in rows}
    numbers = {stop.name: stop.number for stop in drawn.stops if stop.name in met} if drawn else {}
    return render(
        request,
        "web/tracing_evidence.html",
        {
            "seen": asof.read(request, outbreak=outbreak),
            "case": opened.case,
            "person": person,
            "rows": [(row, numbers.get(row["place"])) for row in rows],
            "total": sum(row["minutes"] for row in rows),
            "window": window,
            "days": time_line(rows),
            "map": drawn if numbers else None,
            "numbers": numbers,
            "hours": (360, 720, 1080),
            "evidence": candidate.EVIDENCE,
            "back": request.GET.get("search", ""),
        },
    )


def on_map(rows: list[dict[str, Any]], elsewhere: list[dict[str, Any]]) -> trajectory_map.TrajectoryMap | None:
    """The places of the meetings in the order of the first one, then where else the case was; None without positions."""
    places = {str(row["place_id"]): row["at"] for row in [*rows, *elsewhere]}
    return trajectory_map.draw(SimpleNamespace(place=place, place_id=key) for key, place in places.items())


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


urlpatterns = [
    path("tracing/<str:outbreak>/<int:number>/with/<str:person>/", evidence, name="trace_evidence"),
]
