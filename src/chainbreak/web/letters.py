"""Letters of co-operation (协查函): to whom, about whom, in which state, and which are overdue."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import letter as letter_rows
from chainbreak.registry.selectors import area as areas

from . import asof, columns, listing
from .door import Asked, page
from .order import Sort
from .words import instant, word

STATES = dict(letter_rows.STATES)
COLUMNS = {
    "from": pgettext_lazy("letter", "From"),
    "to": pgettext_lazy("letter", "To"),
    "reason": gettext_lazy("Reason"),
    "state": gettext_lazy("State"),
    "since": gettext_lazy("Since"),
    "due": gettext_lazy("Answer due"),
    "persons": gettext_lazy("Persons"),
    "answers": gettext_lazy("Answers"),
}
SORTS = {
    "number": Sort("number", may_lack=False),
    "from": Sort("from_area", may_lack=False),
    "to": Sort("to_area", may_lack=False),
    "reason": Sort("reason", may_lack=False),
    "state": Sort("state"),
    "since": Sort("state_at", "time"),
    "due": Sort("due_at", "time"),
    "persons": Sort("n_persons", "number"),
    "answers": Sort("n_answers", "number"),
}


@page("letter.read")
def letters(request: Asked, outbreak: str) -> HttpResponseBase:
    seen = asof.read(request, outbreak=outbreak)
    found = letter_rows.letters(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    overdue = bool(request.GET.get("overdue"))
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()
    if state and state not in STATES:
        raise Refused("bad_filter", name="state", value=state)
    if overdue:
        found = letter_rows.overdue(found, seen.as_of)
    if state:
        found = found.filter(state=state)
    if text:
        found = found.filter(number__istartswith=text)
    shown = columns.chosen(request, COLUMNS, usual=tuple(COLUMNS), first=("number", _("Number")), sorts=SORTS)
    if request.GET.get("format") == "csv":
        return _export(request, outbreak, shown.order.rows(found), shown)
    listed = listing.page(request, found, order=shown.order)
    codes = {row.from_area for row in listed.rows} | {row.to_area for row in listed.rows}
    context = {
        "seen": seen,
        "page": listed,
        "columns": shown,
        "persons": letter_rows.persons(listed.rows, seen.as_known),
        "area_names": areas.names(codes),
        "states": STATES,
        "unanswered": letter_rows.UNANSWERED,
        "overdue": overdue,
        "state": state,
        "text": text,
        "may_export": request.standing.may("export.run"),
    }
    return render(request, "web/letters.html", context)


def _export(request: Asked, code: str, found: Any, shown: columns.Columns) -> HttpResponseBase:
    """What is seen as a file: the same rows and columns; who is covered stays inside."""

    def cells(row: Any) -> list[object]:
        return [row.number, *shown.cells(_values(row))]

    rows = found.iterator(chunk_size=2000)
    return listing.export(request, name=f"letters-{code}", header=shown.header(), rows=rows, cells=cells)


def _values(row: Any) -> dict[str, object]:
    return {
        "from": row.from_area,
        "to": row.to_area,
        "reason": word("letter_reason", row.reason),
        "state": STATES.get(row.state, row.state),
        "since": instant(row.state_at),
        "due": instant(row.due_at, end=True) if row.due_at else "",
        "persons": row.n_persons or 0,
        "answers": row.n_answers or 0,
    }


urlpatterns = [path("letters/<str:outbreak>/", letters, name="letters")]
