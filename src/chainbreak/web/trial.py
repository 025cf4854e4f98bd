"""What if (假如): who would be a contact under another threshold, another look-back, or without one case."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.services import trial
from chainbreak.investigation.services.casefile import open_record

from . import asof
from .door import Asked, page
from .tracing import question
from .words import words_for

SHOWN = 200


@page("case.open")
def what_if(request: Asked, outbreak: str) -> HttpResponse:
    """The difference of two sets of contacts: by the rules in force, and by another rule."""
    now = timezone.now()
    seen = asof.read(request, outbreak=outbreak)
    asked = {name: request.GET.get(name, "").strip() for name in ("case", "minutes", "look_back", "without", "degrees")}
    context: dict[str, Any] = {"seen": seen, "asked": asked, "cases": _cases(seen.outbreak)}
    try:
        changed = question(asked)
        other = trial.Other(changed.minutes, changed.look_back, _numbers(asked["without"]))
        only = None
        if asked["case"]:
            (number,) = _numbers(asked["case"])[:1] or (0,)
            only = open_record(outbreak, number, actor=request.user, act="case.open", at=now).case
        if not other.is_empty:
            found = trial.compare(seen.outbreak, other, at=now, only=only, degrees=changed.degrees)
            context |= {
                "found": found,
                "enter": found.enter[:SHOWN],
                "leave": found.leave[:SHOWN],
                "moved": found.moved[:SHOWN],
            }
    except Refused as refused:
        if refused.code == "not_permitted":
            raise
        context["refusal"] = words_for(refused)
    return render(request, "web/tracing_trial.html", context, status=200 if "refusal" not in context else 409)


def _cases(outbreak: Any) -> list[int]:
    return list(outbreak.cases.order_by("number").values_list("number", flat=True))


def _numbers(text: str) -> tuple[int, ...]:
    """Case numbers, parted by blanks or commas of either kind."""
    parts = text.replace("，", " ").replace("、", " ").replace(",", " ").split()
    for part in parts:
        if not part.isdecimal() or len(part) > 9:
            raise Refused("bad_filter", name="without", value=part)
    return tuple(int(part) for part in parts)


urlpatterns = [path("tracing/<str:outbreak>/what-if/", what_if, name="trace_what_if")]
