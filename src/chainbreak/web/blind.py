"""Blind samples of a round (盲样): put in, and held against what the laboratories said; not for the laboratories' eyes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from chainbreak.governance.refusal import Refused
from chainbreak.screening.selectors import blind, round_open
from chainbreak.screening.services import blind as keeping

from .door import Asked, page
from .labels import LABELS
from .words import words_for


@page(keeping.ACT)
def samples(request: Asked, series: str, number: int) -> HttpResponse:
    of = round_open.of(series, number)
    said = {name: request.POST.get(name, "")[:100] for name in ("barcode", "expected", "laboratory")}
    context: dict[str, object] = {"round": of, "said": said}
    if request.method == "POST":
        try:
            keeping.put_in(
                of,
                said["barcode"],
                said["expected"],
                laboratory=said["laboratory"],
                actor=request.user,
                at=timezone.now(),
            )
            messages.success(
                request,
                _("%(tube)s is among the tubes now. Hand it over in a box like any other.") % {"tube": said["barcode"]},
            )
            return redirect("blind", series, number)
        except Refused as refused:
            context["refusal"] = words_for(refused)
    rows = blind.of(of)
    context |= {"rows": rows, "wrong": sum(one.wrong for one in rows), "outcomes": LABELS["outcome"]}
    return render(request, "web/blind.html", context, status=422 if context.get("refusal") else 200)


urlpatterns = [path("rounds/<str:series>/<int:number>/blind/", samples, name="blind")]
