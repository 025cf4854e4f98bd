"""The line list (病例一览表): every case of an outbreak as of an instant; filters stand in the address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import line_list as cases
from chainbreak.registry.selectors import area as areas

from . import asof, columns, listing
from .door import Asked, page
from .order import Sort
from .words import instant, word

COLUMNS = {
    "external": gettext_lazy("Sender's number"),
    "person": gettext_lazy("Person"),
    "class": gettext_lazy("Class"),
    "area": gettext_lazy("Area"),
    "reported": gettext_lazy("Reported"),
    "onset": gettext_lazy("Onset"),
    "sampled": gettext_lazy("First positive sample"),
    "isolated": gettext_lazy("Isolated"),
    "route": gettext_lazy("How found"),
    "origin": gettext_lazy("Origin"),
    "source": gettext_lazy("Source of infection"),
    "trajectory": gettext_lazy("Trajectory"),
}
SORTS = {
    "case": Sort("number", "number", may_lack=False),
    "external": Sort("external_id"),
    "person": Sort("person__number", may_lack=False),
    "class": Sort("classification_then"),
    "area": Sort("reported_in"),
    "reported": Sort("reported_at", "time"),
    "onset": Sort("onset_date", "day"),
    "sampled": Sort("first_positive_at", "time"),
    "isolated": Sort("isolated_at", "time"),
    "route": Sort("discovery_route"),
    "origin": Sort("origin"),
}
USUAL = ("person", "class", "area", "reported", "onset", "sampled", "route", "origin")
LABELS = {kind: dict(choices) for kind, choices in cases.CHOICES.items()}


@page("line_list.read")
def line_list(request: Asked) -> HttpResponseBase:
    seen = asof.read(request)
    if seen.outbreak is None:
        raise Refused("no_outbreak")
    wanted = cases.Wanted(
        classification=request.GET.get("class", ""),
        area=request.GET.get("area", "").strip(),
        route=request.GET.get("route", ""),
        origin=request.GET.get("origin", ""),
        text=request.GET.get("q", "").strip(),
    )
    shown = columns.chosen(request, COLUMNS, usual=USUAL, first=("case", _("Case")), sorts=SORTS)
    found = cases.line_list(seen.outbreak, wanted, as_of=seen.as_of, as_known=seen.as_known)
    if request.GET.get("format") == "csv":
        return _export(request, seen.outbreak.code, shown.order.rows(found), shown)
    codes = cases.areas(seen.outbreak)
    context = {
        "seen": seen,
        "wanted": wanted,
        "columns": shown,
        "page": listing.page(request, found, keys=("number",), order=shown.order),
        "area_names": areas.names(codes),
        "areas": codes,
        "choices": cases.CHOICES,
        "labels": LABELS,
        "may_export": request.standing.may("export.run"),
    }
    return render(request, "web/line_list.html", context)


def _export(request: Asked, code: str, found: Any, shown: columns.Columns) -> HttpResponseBase:
    """What is seen as a file: the same rows and columns."""

    def cells(case: Any) -> list[object]:
        return [case.number, *shown.cells(_values(case))]

    rows = found.iterator(chunk_size=2000)
    return listing.export(request, name=f"cases-{code}", header=shown.header(), rows=rows, cells=cells)


def _values(case: Any) -> dict[str, object]:
    return {
        "external": case.external_id,
        "person": case.person.number,
        "class": LABELS["classification"].get(case.classification_then, ""),
        "area": case.reported_in,
        "reported": _at(case.reported_at),
        "onset": case.onset_date or "",
        "sampled": _at(case.first_positive_at),
        "isolated": _at(case.isolated_at),
        "route": LABELS["route"].get(case.discovery_route, ""),
        "origin": LABELS["origin"].get(case.origin, ""),
        "source": word("source_status", case.source_status),
        "trajectory": word("trajectory_status", case.trajectory_status),
    }


def _at(value: datetime | None) -> str:
    return instant(value) if value else ""


urlpatterns = [path("cases/", line_list, name="line_list")]
