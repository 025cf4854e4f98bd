"""Testing rounds (全员核酸轮次): how far each is, by jurisdiction, against its two deadlines."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from chainbreak.command.selectors.round import EXCLUSIONS, STATES
from chainbreak.command.services import round as standings
from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors import area as areas

from . import asof
from .door import Asked, page


@page("round.read")
def rounds(request: Asked) -> HttpResponse:
    seen = asof.read(request)
    if seen.outbreak is None:
        raise Refused("no_outbreak")
    found = standings.read(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known, at=timezone.now())
    codes = {row["area_code"] for row in found} | {area["area"] for row in found for area in row["areas"]}
    codes |= {area["area"] for row in found for area in row["roll"]}
    excluded = {code for row in found for area in row["roll"] for code in area["excluded"]}
    shown = [(code, label) for code, label in EXCLUSIONS.items() if code in excluded]
    context = {
        "seen": seen, "rounds": found, "states": STATES, "exclusions": shown, "may_print": request.standing.may("roll.print"), "area_names": areas.names(sorted(codes))
    }  # fmt: skip
    return render(request, "web/rounds.html", context)


urlpatterns = [path("rounds/", rounds, name="rounds")]
