"""Quarantine facilities (集中隔离点) and the stays in them: people against beds, and the chief on duty."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from chainbreak.measures.selectors import facility, stay
from chainbreak.registry.selectors import area as areas

from . import asof, listing
from .door import Asked, page
from .words import instant


@page("facility.read")
def facilities(request: Asked) -> HttpResponse:
    seen = asof.read(request)
    loads = facility.loads(as_of=seen.as_of, as_known=seen.as_known, area=request.GET.get("area", "").strip())
    context = {
        "seen": seen,
        "loads": loads,
        "people": sum(load.people for load in loads),
        "beds": sum(load.beds for load in loads),
        "n_open": sum(load.state in ("open", "full") for load in loads),
        "states": dict(facility.STATES),
        "area_names": areas.names(load.facility.area_code for load in loads),
    }
    return render(request, "web/facilities.html", context)


@page("stay.read")
def stays(request: Asked) -> HttpResponseBase:
    seen = asof.read(request)
    wanted = stay.Wanted(
        kind=request.GET.get("kind", ""),
        reason=request.GET.get("reason", ""),
        facility=request.GET.get("facility", "").strip(),
        text=request.GET.get("q", "").strip(),
    )
    found = stay.stays(wanted, as_of=seen.as_of, as_known=seen.as_known)
    standing = request.standing
    if request.GET.get("format") == "csv":
        return _export(request, found)
    context = {
        "seen": seen,
        "wanted": wanted,
        "page": listing.page(request, found),
        "choices": stay.CHOICES,
        "may_correct": standing.may("fact.correct") and not seen.is_past,
        "may_export": standing.may("export.run"),
    }
    return render(request, "web/stays.html", context)


def _export(request: Asked, found) -> HttpResponseBase:
    header = [_("Person"), _("Kind"), _("Reason"), _("Facility"), _("Bed"), _("Admitted"), _("Planned end")]

    def cells(row) -> list[object]:
        bed = f"{row.bed.room.number}-{row.bed.number}" if row.bed else ""
        planned = instant(row.planned_end_at, end=True) if row.planned_end_at else ""
        place = row.facility.number if row.facility else ""
        kind, reason = row.get_kind_display(), row.get_reason_display()
        return [row.person.number, kind, reason, place, bed, instant(row.admitted_at), planned]

    return listing.export(request, name="stays", header=header, rows=found.iterator(chunk_size=2000), cells=cells)


urlpatterns = [
    path("facilities/", facilities, name="facilities"),
    path("stays/", stays, name="stays"),
]
