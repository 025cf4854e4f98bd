"""Testing rounds (全员核酸轮次): how far each is, by jurisdiction, against its two deadlines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.command.selectors.round import EXCLUSIONS, STATES
from chainbreak.command.services import round as standings
from chainbreak.epi import rulepack
from chainbreak.epi.round import repetition
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import outbreak as outbreaks
from chainbreak.registry.selectors import area as areas
from chainbreak.screening.selectors import laboratory, roll, round_open
from chainbreak.screening.services import roll as rolls
from chainbreak.screening.services import round as moving

from . import asof
from .door import Asked, page
from .round_plan import place_words
from .words import words_for

LATE = timedelta(minutes=5)  # a worker that lives has drawn up a roll of millions by then


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
        "seen": seen, "drafts": round_open.ahead(seen.as_of), "rounds": found, "states": STATES, "exclusions": shown, "may_print": request.standing.may("roll.print"), "area_names": areas.names(sorted(codes))
    }  # fmt: skip
    return render(request, "web/rounds.html", context)


STEPS = {
    "announced": gettext_lazy("Announce the round"),
    "sampling": gettext_lazy("Begin the sampling"),
    "sampling_closed": gettext_lazy("Close the sampling"),
    "testing": gettext_lazy("Testing is under way"),
    "complete": gettext_lazy("All results are there"),
    "reconciled": gettext_lazy("Reconcile"),
    "published": gettext_lazy("Publish"),
}


@page("round.read")
def course(request: Asked, series: str, number: int) -> HttpResponse:
    """One round: its course with who took each step, its plan, its roll as it is drawn up, the next step."""
    of = round_open.of(series, number)
    now = timezone.now()
    context: dict[str, Any] = {"round": of}
    if request.method == "POST":
        try:
            _step(request, of)
            return redirect("round_course", series, number)
        except Refused as refused:
            context["refusal"] = words_for(refused)
            context["differences"] = laboratory.in_words(str(refused.facts.get("differences", "")))
    after = moving.next_of(of.state)
    kept = round_open.plan_of(of)
    state = roll.asked(of)
    context |= {
        "steps": round_open.steps(of), "states": STATES, "next": after, "next_words": STEPS.get(after or "", ""),
        "may_move": request.standing.may(moving.ACT, of.area_code), "plan": kept, "roll_state": state,
        "roll_late": state is not None and state.drawn_at is None and now - state.asked_at > LATE,
        "own_plan": kept is not None and kept.written_by_id == request.user.pk and after == "announced",
        "may_move_roll": request.standing.may("roll.move"), "ways": roll.WAYS, "moves": roll.moves(of), "may_plan": request.standing.may("round.plan"),
        "area_names": areas.names([of.area_code, *((kept.scope.get("without") or []) if kept else [])]),
        "may_print": request.standing.may("roll.print"), "repetition": _repetition(of) if after is None or after == "published" else None,
    }  # fmt: skip
    if kept is not None:
        names = areas.names(row["area"] for row in kept.answer.get("areas", ()))
        context["plan_rows"] = [(place_words(row["area"], names), row) for row in kept.answer.get("areas", ())]
        context["weak_area"] = place_words(kept.answer["weakest"]["area"], names) if kept.answer.get("weakest") else ""
    return render(request, "web/round_course.html", context, status=422 if context.get("refusal") else 200)


def _step(request: Asked, of: Any) -> None:
    """The next step, or one person put on the roll or taken off."""
    now = timezone.now()
    if request.POST.get("deed") == "roll":
        said = {name: request.POST.get(name, "")[:200] for name in ("person", "way", "reason")}
        moved = rolls.move(of, said["person"], said["way"], said["reason"], actor=request.user, at=now)
        messages.success(
            request, _("%(number)s: %(way)s.") % {"number": moved.person.number, "way": moved.get_way_display()}
        )
        return
    made = moving.move(of, request.POST.get("state", ""), actor=request.user, at=now)
    if made.state == "announced":
        _defer(of.pk)
    messages.success(request, _("The round is now: %(state)s.") % {"state": STATES[made.state]})


def _repetition(of: Any) -> Any:
    """When this area is due again by the pack, from the rounds and cases on record."""
    outbreak = next((one for one in outbreaks.all_newest_first() if one.area_code[:4] == of.area_code[:4]), None)
    if outbreak is None:
        return None
    since = standings.since_case(of, outbreak)
    return repetition(rulepack.load(outbreak.rule_pack), **since)


def _defer(number: int) -> None:
    from procrastinate.contrib.django import app

    app.configure_task("draw_up_roll").defer(number=number)


urlpatterns = [
    path("rounds/", rounds, name="rounds"),
    path("rounds/<str:series>/<int:number>/course/", course, name="round_course"),
]
