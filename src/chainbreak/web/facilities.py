"""Quarantine facilities (集中隔离点) and the stays in them: people against beds, and the chief on duty."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.measures.selectors import facility, stay
from chainbreak.registry.selectors import area as areas

from . import asof, columns, listing
from .door import Asked, page
from .order import Sort
from .words import instant

STAY_COLUMNS = {
    "kind": gettext_lazy("Kind"),
    "reason": gettext_lazy("Reason"),
    "area": gettext_lazy("Area"),
    "facility": gettext_lazy("Facility"),
    "bed": gettext_lazy("Bed"),
    "admitted": gettext_lazy("Admitted"),
    "planned": gettext_lazy("Planned end"),
    "carer": gettext_lazy("Carer"),
    "outbreak": gettext_lazy("Outbreak"),
}
STAY_SORTS = {
    "person": Sort("person__number", may_lack=False),
    "kind": Sort("kind", may_lack=False),
    "reason": Sort("reason", may_lack=False),
    "area": Sort("person__area_code", may_lack=False),
    "facility": Sort("facility__number"),
    "admitted": Sort("admitted_at", "time", may_lack=False),
    "planned": Sort("planned_end_at", "time"),
}
STAY_USUAL = ("kind", "reason", "facility", "bed", "admitted", "planned", "carer")


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
    shown = columns.chosen(request, STAY_COLUMNS, usual=STAY_USUAL, first=("person", _("Person")), sorts=STAY_SORTS)
    found = stay.stays(wanted, as_of=seen.as_of, as_known=seen.as_known)
    standing = request.standing
    if request.GET.get("format") == "csv":
        return _export(request, shown.order.rows(found), shown)
    listed = listing.page(request, found, order=shown.order)
    context = {
        "seen": seen,
        "wanted": wanted,
        "columns": shown,
        "page": listed,
        "area_names": areas.names(row.person.area_code for row in listed.rows),
        "choices": stay.CHOICES,
        "may_correct": standing.may("fact.correct") and not seen.is_past,
        "may_export": standing.may("export.run"),
    }
    return render(request, "web/stays.html", context)


def _export(request: Asked, found: Any, shown: columns.Columns) -> HttpResponseBase:
    """What is seen as a file: the same rows and columns."""

    def cells(row: Any) -> list[object]:
        return [row.person.number, *shown.cells(_values(row))]

    rows = found.iterator(chunk_size=2000)
    return listing.export(request, name="stays", header=shown.header(), rows=rows, cells=cells)


def _values(row: Any) -> dict[str, object]:
    return {
        "kind": row.get_kind_display(),
        "reason": row.get_reason_display(),
        "area": row.person.area_code,
        "facility": row.facility.number if row.facility else "",
        "bed": f"{row.bed.room.number}-{row.bed.number}" if row.bed else "",
        "admitted": instant(row.admitted_at),
        "planned": instant(row.planned_end_at, end=True) if row.planned_end_at else "",
        "carer": row.carer.number if row.carer else "",
        "outbreak": row.outbreak_code,
    }


urlpatterns = [
    path("facilities/", facilities, name="facilities"),
    path("stays/", stays, name="stays"),
]
