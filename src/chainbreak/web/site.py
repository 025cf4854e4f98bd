"""Sampling sites as they are now (采样点): queue, wait with its error, tables that would help; staff say how many wait."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors import area as areas
from chainbreak.screening.selectors import site_live
from chainbreak.screening.services import site as deeds

from .door import Asked, page


@page("round.read")
def sites(request: Asked) -> HttpResponse:
    found = site_live.sites(at=timezone.now(), audience=request.GET.get("audience", "")[:20])
    context = {
        "sites": found,
        "area_names": areas.names(one.site.area_code for one in found),
        "may_report": request.standing.may(deeds.ACT),
        "audience": request.GET.get("audience", ""),
    }
    return render(request, "web/sites.html", context)


@require_POST
@page(deeds.ACT)
def report(request: Asked, number: str) -> HttpResponse:
    given = [request.POST.get(name, "").strip() for name in ("people", "tables")]
    people, tables = given
    if not people.isdecimal() or not (tables.isdecimal() or not tables) or max(map(len, given)) > 6:
        raise Refused("bad_filter", name="people", value=people or "-")
    deeds.report(number, int(people), int(tables) if tables else None, actor=request.user, at=timezone.now())
    messages.success(request, _("Recorded: %(people)s people wait at %(site)s.") % {"people": people, "site": number})
    return redirect("sites")


urlpatterns = [
    path("sites/", sites, name="sites"),
    path("sites/<path:number>/report/", report, name="site_report"),
]
