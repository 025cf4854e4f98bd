"""Laboratory honesty (实验室核对, P-18): tubes, wells, controls and raw files of each run, and every sum that does not hold."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from chainbreak.screening.selectors import laboratory, round_open

from .door import Asked, page

MOST = 60  # runs on the page, those that do not add up first; the list of runs has them all


@page("round.read")
def runs(request: Asked, series: str, number: int) -> HttpResponse:
    of = round_open.of(series, number)
    found = laboratory.honesty(of, at=timezone.now())
    context = {
        "round": of, "found": found, "runs": found.runs[:MOST], "words": laboratory.WHY,
        "stations": [(words, getattr(found.tally, name)) for name, words in laboratory.COUNTED.items()],
        "may_blind": request.standing.may("blind.keep"),
    }  # fmt: skip
    return render(request, "web/laboratory.html", context)


urlpatterns = [path("rounds/<str:series>/<int:number>/laboratory/", runs, name="laboratory")]
