"""Follow-up (随访): today's calls and visits, an outcome in two taps, symptoms, the days of each person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from chainbreak.epi import follow_up as rule
from chainbreak.epi import rulepack
from chainbreak.governance.refusal import Refused
from chainbreak.measures.selectors import follow_up as watched
from chainbreak.measures.services import follow_up as deeds
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import people

from . import asof, back, listing
from .door import Asked, page
from .labels import LABELS
from .phones import private, told
from .statewords import OWN
from .words import words_for

DAYS = 14


class ReportForm(forms.Form):
    """What was told: how the person was reached, what came of it, symptoms, temperature."""

    means = forms.ChoiceField(label=gettext_lazy("How"), choices=watched.MEANS)
    outcome = forms.ChoiceField(label=pgettext_lazy("follow-up", "Outcome"), choices=watched.OUTCOMES)
    symptoms = forms.MultipleChoiceField(
        label=gettext_lazy("Symptoms"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(code, LABELS["symptom"][code]) for code in rule.SYMPTOMS],
    )  # fmt: skip
    temperature = forms.DecimalField(
        label=gettext_lazy("Temperature in °C"), required=False, max_digits=3, decimal_places=1, localize=False,
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("means", "outcome"):
            self.fields[name].widget.attrs["class"] = "form-select"
        for name in ("temperature", "note"):
            self.fields[name].widget.attrs["class"] = "form-control"


@page("follow_up.read")
def today(request: Asked) -> HttpResponse:
    """Everybody under watch, and who still has to be asked."""
    seen = asof.read(request)
    at = _clock(seen)
    pack, per_day = _pack(seen)
    kind, area = request.GET.get("kind", ""), request.GET.get("area", "").strip()
    to_do = request.GET.get("show", "to_do") == "to_do"
    running = next((part for part in _parts(pack, per_day, at) if part[0] <= at < part[1]), None)
    code = seen.outbreak.code if seen.outbreak else ""
    everybody = watched.under_watch(at=at, kind=kind, area=area, outbreak_code=code)
    left = watched.under_watch(at=at, kind=kind, area=area, outbreak_code=code, to_do=running) if running else everybody
    listed = listing.page(request, left if to_do else everybody)
    rows = watched.rows(listed.rows, at=at, per_day=per_day, zone=pack.time_zone) if per_day else []
    area_of_matter = seen.outbreak.area_code if seen.outbreak else ""
    phones = told(request, [row.stay.person.number for row in rows], matter_area=area_of_matter)
    context = {
        "seen": seen, "at": at, "phones": phones, "page": listed, "rows": rows, "per_day": per_day, "kind": kind, "area": area,
        "to_do": to_do, "kinds": watched.KIND_CHOICES, "n_all": everybody.count(), "n_left": left.count(),
        "part_ends": running[1] if running else None, "state_words": OWN["due"],
        "area_names": areas.names({row.stay.person.area_code for row in rows}),
        "may_record": request.standing.may("follow_up.record") and not seen.is_past,
        "taps": [choice for choice in watched.OUTCOMES if choice[0] != "symptoms"],
    }  # fmt: skip
    return private(render(request, "web/follow_up.html", context), phones)


@page("follow_up.read")
def grid(request: Asked) -> HttpResponse:
    """The last days of each person, part by part."""
    seen = asof.read(request)
    at = _clock(seen)
    pack, per_day = _pack(seen)
    kind, area = request.GET.get("kind", ""), request.GET.get("area", "").strip()
    code = seen.outbreak.code if seen.outbreak else ""
    listed = listing.page(request, watched.under_watch(at=at, kind=kind, area=area, outbreak_code=code))
    shown = watched.grid(listed.rows, at=at, per_day=per_day, zone=pack.time_zone, days=DAYS) if per_day else None
    context = {
        "seen": seen, "page": listed, "grid": shown, "per_day": per_day, "kind": kind, "area": area,
        "kinds": watched.KIND_CHOICES, "state_words": OWN["due"],
    }  # fmt: skip
    return render(request, "web/follow_up_grid.html", context)


@page("follow_up.record")
def report(request: Asked, number: str) -> HttpResponse:
    """One person: whom to call, what was told before, and the form; the look goes on record."""
    now = timezone.now()
    seen = asof.read(request)
    matter = seen.outbreak.area_code if seen.outbreak else ""
    record = people.open_record(number, actor=request.user, act="follow_up.record", at=now, matter_area=matter)
    form = ReportForm(request.POST or None, initial={"means": "call", "outcome": request.GET.get("outcome", "well")})
    answer: dict[str, Any] = {"seen": seen, "record": record, "form": form, "past": watched.of_person(record.person)}
    if request.method == "POST" and form.is_valid():
        try:
            made = deeds.record(record.person, actor=request.user, at=_clock(seen), known_at=now, **form.cleaned_data)
            return _recorded(request, made)
        except Refused as refused:
            answer["refusal"] = words_for(refused)
    answer["outcome_words"] = dict(watched.OUTCOMES)
    return render(request, "web/follow_up_person.html", answer)


@require_POST
@page("follow_up.record")
def tap(request: Asked, number: str) -> HttpResponse:
    """An outcome out of the list, without opening the person."""
    now = timezone.now()
    seen = asof.read(request)
    outcome = request.POST.get("outcome", "")
    if outcome not in rule.OUTCOMES or outcome == "symptoms":
        raise Refused("bad_filter", name="outcome", value=outcome)
    matter = seen.outbreak.area_code if seen.outbreak else ""
    record = people.open_record(number, actor=request.user, act="follow_up.record", at=now, matter_area=matter)
    made = deeds.record(record.person, outcome=outcome, actor=request.user, at=_clock(seen), known_at=now)
    return _recorded(request, made)


@require_POST
@page("follow_up.record")
def take_back(request: Asked, number: int) -> HttpResponse:
    """Undo a slip of the finger."""
    made = deeds.take_back(number, actor=request.user, at=timezone.now(), reason=_("slip of the finger"))
    messages.info(request, _("Taken back: %(number)s") % {"number": made.person.number})
    return redirect(reverse("follow_up") + asof.kept(request))


def _recorded(request: Asked, made: Any) -> HttpResponse:
    said = _("%(number)s: %(outcome)s. Recorded.") % {
        "number": made.person.number,
        "outcome": dict(watched.OUTCOMES)[made.outcome],
    }
    if made.outcome == "symptoms":
        said += " " + _("A test is due today.")
    undo = reverse("follow_up_back", args=[made.pk]) + asof.kept(request)
    messages.success(
        request,
        format_html(
            '{} <button class="btn btn-sm btn-outline-secondary" form="back" formaction="{}">{}</button>',
            said,
            undo,
            _("Take back"),
        ),
    )
    return redirect(back.address(request, otherwise=reverse("follow_up") + asof.kept(request)))


def _clock(seen: asof.AsOf) -> datetime:
    """Now; for an outbreak of the past, the last minute that its pages show."""
    return seen.as_of - timedelta(minutes=1) if seen.is_past else asof.clock(seen.outbreak, timezone.now())


def _pack(seen: asof.AsOf) -> tuple[rulepack.RulePack, int]:
    if seen.outbreak is None:
        raise Refused("no_outbreak")
    pack = rulepack.load(seen.outbreak.rule_pack)
    return pack, watched.per_day(pack)


def _parts(pack: rulepack.RulePack, per_day: int, at: datetime) -> list[tuple[datetime, datetime]]:
    return rule.parts(at.astimezone(pack.time_zone).date(), per_day, pack.time_zone) if per_day else []


urlpatterns = [
    path("follow-up/", today, name="follow_up"),
    path("follow-up/days/", grid, name="follow_up_grid"),
    path("follow-up/<int:number>/back/", take_back, name="follow_up_back"),
    path("follow-up/<str:number>/", report, name="follow_up_person"),
    path("follow-up/<str:number>/tap/", tap, name="follow_up_tap"),
]
