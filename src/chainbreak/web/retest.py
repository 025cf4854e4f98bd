"""Own swabs wanted (单管复采): the work list by due time, the phone behind the audited door, the own swab, the own result."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import people
from chainbreak.screening.selectors import retest, round_open
from chainbreak.screening.services import retest as deeds

from . import listing
from .door import Asked, page
from .labels import LABELS
from .words import words_for

SHOW = {
    "open": gettext_lazy("to do"),
    "late": gettext_lazy("late"),
    "swabbed": gettext_lazy("swabbed, no result yet"),
    "done": gettext_lazy("done"),
}
CAUSES = {
    **LABELS["outcome"],
    "rejected": gettext_lazy("tube rejected"),
    "lost": gettext_lazy("tube lost"),
}
OUTCOMES = {**LABELS["outcome"], "lifted": gettext_lazy("lifted: the tube's result was corrected")}
REASONS = {
    "ask_to_come": gettext_lazy("ask the person to come"),
    "ask_to_stay": gettext_lazy("ask the person to stay at home"),
    "send_sampler": gettext_lazy("send a sampler to the person"),
    "tell_result": gettext_lazy("tell the result"),
}


class SwabForm(forms.Form):
    """The own swab: the barcode of its tube, and when it was taken."""

    barcode = forms.CharField(
        label=gettext_lazy("Barcode of the new tube"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    sampled_at = forms.DateTimeField(
        label=gettext_lazy("Taken at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"),
    )


def place_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of areas; of a township or community that has none on record, that of its county."""
    wanted = set(codes)
    known = areas.names(wanted | {code[:6] for code in wanted})
    return {code: known.get(code) or known.get(code[:6]) or code for code in wanted}


@page("retest.read")
def retests(request: Asked) -> HttpResponse:
    """Everybody held, with the tube, the cause, the due time, and how far it is."""
    now = timezone.now()
    show, area, named = (request.GET.get(name, "").strip() for name in ("show", "area", "round"))
    series, _sign, number = named.rpartition("-")
    of = round_open.of(series, int(number)) if number.isdecimal() and len(number) < 7 else None
    found = retest.orders(at=now, state=show or "open", area=area, of=of)
    listed = listing.page(request, found, keys=("pk",))
    context = {
        "page": listed, "now": now, "show": show or "open", "shows": list(SHOW.items()), "area": area, "of": of,
        "causes": CAUSES, "outcomes": OUTCOMES, "late": retest.orders(at=now, state="late", area=area, of=of).count(),
        "area_names": place_names({one.person.area_code for one in listed.rows}),
        "may_call": request.standing.may(deeds.CALL), "may_swab": request.standing.may(deeds.ACT),
    }  # fmt: skip
    return render(request, "web/retests.html", context)


@page("retest.read")
def order(request: Asked, pk: int) -> HttpResponse:
    """One person held: call (the look goes on record with its reason), take the own swab, see the own result."""
    now = timezone.now()
    one = retest.one(pk)
    context: dict[str, Any] = {
        "order": one, "now": now, "causes": CAUSES, "outcomes": OUTCOMES, "reasons": list(REASONS.items()),
        "area_names": place_names([one.person.area_code]),
        "may_call": request.standing.may(deeds.CALL, one.person.area_code),
        "may_swab": request.standing.may(deeds.ACT, one.person.area_code) and one.ended_at is None,
    }  # fmt: skip
    form = SwabForm(initial={"sampled_at": timezone.localtime(now).replace(tzinfo=None)})
    if request.method == "POST" and request.POST.get("deed") == "call":
        deeds.asked_why(one, request.POST.get("reason", ""), actor=request.user, at=now)
        context["record"] = people.open_record(
            one.person.number, actor=request.user, act=deeds.CALL, at=now, matter_area=one.tube.area_code
        )
    elif request.method == "POST":
        form = SwabForm(request.POST)
        if form.is_valid():
            try:
                return _taken(request, one, form.cleaned_data["barcode"], form.cleaned_data["sampled_at"], now)
            except Refused as refused:
                context["refusal"] = words_for(refused)
    context |= {"form": form, "own": retest.own_results(one)}
    bad = context.get("refusal") or (form.is_bound and form.errors)
    response = render(request, "web/retest.html", context, status=422 if bad else 200)
    if "record" in context:
        response["Cache-Control"] = "no-store, private"
    return response


def _taken(request: Asked, one: Any, barcode: str, sampled_at: datetime, now: datetime) -> HttpResponse:
    swab = deeds.take_own(one, barcode, sampled_at=sampled_at, actor=request.user, at=now)
    told = _("%(number)s: own swab in tube %(tube)s. It is ready for a box.")
    messages.success(request, told % {"number": one.person.number, "tube": swab.tube.barcode})
    return redirect(reverse("retests"))


urlpatterns = [path("retests/", retests, name="retests"), path("retests/<int:pk>/", order, name="retest")]
