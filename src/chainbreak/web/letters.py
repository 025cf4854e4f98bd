"""Letters of co-operation (协查函): to whom, about whom, in which state, and which are overdue."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from chainbreak.investigation.selectors import letter as letter_rows
from chainbreak.registry.selectors import area as areas

from . import asof, listing
from .door import Asked, page


@page("letter.read")
def letters(request: Asked, outbreak: str) -> HttpResponse:
    seen = asof.read(request, outbreak=outbreak)
    found = letter_rows.letters(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    if request.GET.get("overdue"):
        found = letter_rows.overdue(found, seen.as_of)
    shown = listing.page(request, found)
    codes = {row.from_area for row in shown.rows} | {row.to_area for row in shown.rows}
    context = {
        "seen": seen,
        "page": shown,
        "persons": letter_rows.persons(shown.rows, seen.as_known),
        "area_names": areas.names(codes),
        "states": dict(letter_rows.STATES),
        "unanswered": letter_rows.UNANSWERED,
        "overdue": bool(request.GET.get("overdue")),
    }
    return render(request, "web/letters.html", context)


urlpatterns = [path("letters/<str:outbreak>/", letters, name="letters")]
