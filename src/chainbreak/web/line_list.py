"""The line list (病例一览表): every case of an outbreak as of an instant; filters stand in the address."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import line_list as cases
from chainbreak.registry.selectors import area as areas

from . import asof, listing
from .door import Asked, page
from .words import instant

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
    found = cases.line_list(seen.outbreak, wanted, as_of=seen.as_of, as_known=seen.as_known)
    if request.GET.get("format") == "csv":
        return _export(request, seen.outbreak.code, found)
    codes = cases.areas(seen.outbreak)
    context = {
        "seen": seen,
        "wanted": wanted,
        "page": listing.page(request, found, keys=("number",)),
        "area_names": areas.names(codes),
        "areas": codes,
        "choices": cases.CHOICES,
        "labels": LABELS,
        "may_export": request.standing.may("export.run"),
    }
    return render(request, "web/line_list.html", context)


def _export(request: Asked, code: str, found) -> HttpResponseBase:
    header = [
        _("Case"), _("Sender's number"), _("Person"), _("Class"), _("Area"), _("Reported"), _("Onset"),
        _("First positive sample"), _("How found"), _("Origin"),
    ]  # fmt: skip

    def cells(case) -> list[object]:
        return [
            case.number, case.external_id, case.person.number,
            LABELS["classification"].get(case.classification_then, ""), case.reported_in, instant(case.reported_at),
            case.onset_date or "", instant(case.first_positive_at) if case.first_positive_at else "",
            LABELS["route"].get(case.discovery_route, ""), LABELS["origin"].get(case.origin, ""),
        ]  # fmt: skip

    rows = found.iterator(chunk_size=2000)
    return listing.export(request, name=f"cases-{code}", header=header, rows=rows, cells=cells)


urlpatterns = [path("cases/", line_list, name="line_list")]
