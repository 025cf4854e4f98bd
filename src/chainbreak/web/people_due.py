"""People due (应管控人员): which measure each is under by the rules, until when, why, and whether they are where they should be."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.measures.selectors import people_due as due
from chainbreak.measures.services import derive
from chainbreak.registry.selectors import area as areas

from . import asof, columns, listing
from .door import Asked, page
from .order import Sort
from .phones import private, told
from .words import instant, word

COLUMNS = {
    "area": gettext_lazy("Area"),
    "measure": gettext_lazy("Measure due"),
    "reason": gettext_lazy("Reason"),
    "from": gettext_lazy("From"),
    "until": gettext_lazy("Until"),
    "where": gettext_lazy("Where they are"),
    "rule": gettext_lazy("Rule"),
}
USUAL = ("area", "measure", "reason", "until", "where")
SORTS = {
    "person": Sort("person__number", may_lack=False),
    "area": Sort("person__area_code", may_lack=False),
    "measure": Sort("measure", may_lack=False),
    "reason": Sort("reason", may_lack=False),
    "from": Sort("starts_at", "time", may_lack=False),
    "until": Sort("ends_at", "time", may_lack=False),
    "rule": Sort("rule", may_lack=False),
}


@page("people_due.read")
def people_due(request: Asked, outbreak: str) -> HttpResponseBase:
    seen = asof.read(request, outbreak=outbreak)
    derivation = derive.snapshot(seen.outbreak, as_known=seen.as_known, at=timezone.now())
    wanted = due.Wanted(
        measure=request.GET.get("measure", ""),
        reason=request.GET.get("reason", ""),
        area=request.GET.get("area", "").strip(),
        text=request.GET.get("q", "").strip(),
        missing=request.GET.get("missing") == "1",
    )
    shown = columns.chosen(request, COLUMNS, usual=USUAL, first=("person", _("Person")), sorts=SORTS)
    found = due.people_due(derivation, wanted, as_of=seen.as_of, as_known=seen.as_known)
    if request.GET.get("format") == "csv":
        return _export(request, outbreak, shown.order.rows(found), shown)
    listed = listing.page(request, found, order=shown.order)
    phones = told(request, [row.person.number for row in listed.rows], matter_area=seen.outbreak.area_code)
    context = {
        "seen": seen,
        "wanted": wanted,
        "columns": shown,
        "page": listed,
        "area_names": areas.names(row.person.area_code for row in listed.rows),
        "measures": due.MEASURES,
        "reasons": due.REASONS,
        "kinds": due.KINDS,
        "kept": due.KEPT,
        "may_export": request.standing.may("export.run"),
        "phones": phones,
    }
    return private(render(request, "web/people_due.html", context), phones)


def _export(request: Asked, code: str, found: Any, shown: columns.Columns) -> HttpResponseBase:
    """What is seen as a file: the same rows and columns; phone numbers never."""

    def cells(row: Any) -> list[object]:
        return [row.person.number, *shown.cells(_values(row))]

    rows = found.iterator(chunk_size=2000)
    return listing.export(request, name=f"people-due-{code}", header=shown.header(), rows=rows, cells=cells)


def _values(row: Any) -> dict[str, object]:
    return {
        "area": row.person.area_code,
        "measure": word("measure", row.measure),
        "reason": word("stay_reason", row.reason),
        "from": instant(row.starts_at),
        "until": instant(row.ends_at, end=True),
        "where": str(due.KINDS.get(row.stay_kind, "")),
        "rule": row.rule,
    }


urlpatterns = [path("due/<str:outbreak>/", people_due, name="people_due")]
