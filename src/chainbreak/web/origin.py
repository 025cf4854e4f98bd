"""Where a case may have been infected (溯源), and the places several cases shared (共同暴露场所)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.services import origin
from chainbreak.investigation.services.casefile import open_record

from . import asof
from .door import Asked, page
from .words import words_for

SHOWN = 200


@page("case.open")
def backward(request: Asked, outbreak: str, number: int) -> HttpResponse:
    """Who may have infected a case: whom it met before its onset."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=request.user, act="case.open", at=now)
    rows = origin.backward(opened.case, at=now)
    context = {
        "seen": asof.read(request, outbreak=outbreak), "case": opened.case, "rows": rows[:SHOWN],
        "n_more": max(0, len(rows) - SHOWN), "n_cases": sum(row["case_number"] is not None for row in rows),
    }  # fmt: skip
    return render(request, "web/tracing_backward.html", context)


@page("contact.read")
def shared(request: Asked, outbreak: str) -> HttpResponse:
    """Places where several cases of the outbreak were while they may have infected others."""
    seen = asof.read(request, outbreak=outbreak)
    rows: list[dict[str, Any]] = []
    refusal = None
    try:
        rows = origin.shared_places(seen.outbreak, at=timezone.now())
    except Refused as refused:
        if refused.code != "no_lake":
            raise
        refusal = words_for(refused)
    context = {"seen": seen, "rows": rows[:SHOWN], "n_more": max(0, len(rows) - SHOWN), "refusal": refusal}
    return render(request, "web/tracing_places.html", context)


urlpatterns = [
    path("tracing/<str:outbreak>/places/", shared, name="shared_places"),
    path("tracing/<str:outbreak>/<int:number>/backward/", backward, name="trace_backward"),
]
