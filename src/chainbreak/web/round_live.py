"""A round as it goes (轮次实时): projected ends by jurisdiction, stages of the tubes, laboratories; the missed; conflicts."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access
from chainbreak.registry.selectors import area as areas
from chainbreak.screening.selectors import live, missed, round_conflict, round_open
from chainbreak.screening.services import conflict

from .door import Asked, page


@page("round.read")
def round_live(request: Asked, series: str, number: int) -> HttpResponse:
    of = round_open.of(series, number)
    found = live.live(of, at=timezone.now())
    names = areas.names([of.area_code, *(area.area for area in found.areas)])
    context = {
        "live": found,
        "round": of,
        "area_names": names,
        "stages": live.stages(found.tubes),
        "states": live.STATES,
    }
    template = "web/_round_live.html" if request.headers.get("HX-Request") else "web/round_live.html"
    return render(request, template, context)


@page("round.read")
def round_missed(request: Asked, series: str, number: int) -> HttpResponse:
    of = round_open.of(series, number)
    area = request.GET.get("area", "").strip() or of.area_code
    if not (area.isascii() and area.isdigit() and len(area) <= 15):
        raise Refused("bad_filter", name="area", value=area)
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Refused("bad_filter", name="after", value=after)
    named = request.standing.may("person.visit", area)
    digits = next((n for n in (6, 9, 12, 15) if n > len(area.rstrip("0") or "0") and n > len(area) - 3), 15)
    parts = missed.by_part(of, area, digits=digits)
    rows = missed.people(of, area, after=int(after)) if named else []
    if rows:
        access.require(request.user, "person.visit", area_code=area, at=timezone.now())
    context = {
        "round": of, "area": area, "parts": parts, "rows": rows, "named": named, "total": sum(n for _code, n in parts),
        "area_names": areas.names([area, *(code for code, _n in parts)]), "after": rows[-1].person_id if len(rows) == 100 else "",
    }  # fmt: skip
    return render(request, "web/round_missed.html", context)


@page("round.read")
def round_conflicts(request: Asked, series: str, number: int) -> HttpResponse:
    of = round_open.of(series, number)
    context = {
        "round": of, "rows": round_conflict.waiting(of), "may_decide": request.standing.may(conflict.ACT),
        "decisions": conflict.Decision.choices,
    }  # fmt: skip
    return render(request, "web/round_conflicts.html", context)


@require_POST
@page(conflict.ACT)
def round_conflict_decide(request: Asked, pk: int) -> HttpResponse:
    said = {name: request.POST.get(name, "")[:2000] for name in ("decision", "reason")}
    decided = conflict.decide(pk, said["decision"], said["reason"], actor=request.user, at=timezone.now())
    return redirect("round_conflicts", decided.round.series, decided.round.number)


urlpatterns = [
    path("rounds/<str:series>/<int:number>/live/", round_live, name="round_live"),
    path("rounds/<str:series>/<int:number>/missed/", round_missed, name="round_missed"),
    path("rounds/conflicts/<int:pk>/", round_conflict_decide, name="round_conflict_decide"),
    path("rounds/<str:series>/<int:number>/conflicts/", round_conflicts, name="round_conflicts"),
]
