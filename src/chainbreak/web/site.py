"""Sampling sites as they are now (采样点): queue, wait with its error, tables that would help; what staff say; tables moved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors import area as areas
from chainbreak.screening.selectors import round_open, site_live, table_move
from chainbreak.screening.services import site as deeds
from chainbreak.screening.services import table_move as moves

from .door import Asked, page
from .words import words_for

SIZE = 100
LONGEST = site_live.LONGEST_WAIT


class SiteForm(forms.Form):
    """What is kept of a site."""

    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)
    area_code = forms.RegexField(
        r"^\d{6,15}$", label=gettext_lazy("Area code"),
        error_messages={"invalid": gettext_lazy("Six to fifteen digits.")},
    )  # fmt: skip
    audience = forms.ChoiceField(label=gettext_lazy("For"), choices=site_live.AUDIENCES)
    tables = forms.IntegerField(label=pgettext_lazy("site", "Tables"), min_value=0, max_value=200)
    hours = forms.CharField(
        label=gettext_lazy("Hours"), max_length=60, required=False, help_text=gettext_lazy("For example 06:00-12:00")
    )
    latitude = forms.FloatField(label=gettext_lazy("Latitude"), min_value=-90, max_value=90, required=False)
    longitude = forms.FloatField(label=gettext_lazy("Longitude"), min_value=-180, max_value=180, required=False)
    opened_at = forms.DateTimeField(label=gettext_lazy("Opens"), required=False)
    closed_at = forms.DateTimeField(label=gettext_lazy("Closes for good"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "audience" else "form-control"
        for name in ("opened_at", "closed_at"):
            self.fields[name].widget = forms.DateTimeInput(
                attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
            )
        for name in ("latitude", "longitude"):
            self.fields[name].widget.attrs["step"] = "any"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (said.get("latitude") is None) != (said.get("longitude") is None):
            self.add_error("longitude", _("A place needs both, latitude and longitude."))
        if said.get("opened_at") and said.get("closed_at") and said["opened_at"] >= said["closed_at"]:
            self.add_error("closed_at", _("A site closes after it has opened."))
        return said


class NewSiteForm(SiteForm):
    """A site with its number."""

    number = forms.RegexField(
        r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$", label=gettext_lazy("Number of the site"),
        error_messages={"invalid": gettext_lazy("Letters, digits, dot and hyphen; at most 40 of them.")},
    )  # fmt: skip
    field_order = ("number",)


@page("round.read")
def sites(request: Asked) -> HttpResponse:
    audience, area = request.GET.get("audience", "")[:20], _area(request)
    wanted = request.GET.get("q", "").strip()[:40]
    everything = site_live.sites(at=timezone.now(), audience=audience, area=area)
    found = [one for one in everything if wanted.casefold() in _spoken(one).casefold()] if wanted else everything
    first = _number(request.GET.get("from", "0"))
    shown = found[first : first + SIZE]
    counted = [one for one in everything if one.wait is not None]
    context = {
        "sites": shown, "first": first + 1, "last": first + len(shown), "total": len(found),
        "next": first + SIZE if first + SIZE < len(found) else None, "before": max(0, first - SIZE) if first else None,
        "area_names": areas.names(one.site.area_code for one in shown), "audiences": site_live.AUDIENCES,
        "audience": audience, "area": area, "q": wanted, "n_open": len(everything), "n_counted": len(counted),
        "waiting": sum(one.queue or 0 for one in everything),
        "longest": max((one.wait.minutes for one in counted if one.wait), default=None),
        "too_long": sum(1 for one in counted if one.wait and one.wait.minutes > LONGEST),
        "may_keep": request.standing.may(deeds.KEEP), "may_move": request.standing.may(moves.ACT),
    }  # fmt: skip
    return render(request, "web/sites.html", context)


@page("round.read")
def site(request: Asked, number: str) -> HttpResponse:
    """One site: what is known of its queue, what staff say, what is kept of it."""
    now = timezone.now()
    of = round_open.site(number)
    return _site(request, number, SiteForm(initial={name: getattr(of, name) for name in deeds.KEPT}), now)


def _site(request: Asked, number: str, form: SiteForm, now: Any, status: int = 200) -> HttpResponse:
    of = round_open.site(number)
    area = of.area_code
    context = {
        "one": site_live.site(of, at=now), "form": form, "area_name": areas.names([area])[area] if area else "",
        "may_report": request.standing.may(deeds.ACT, area), "may_keep": request.standing.may(deeds.KEEP, area),
        "loads": site_live.told(of, at=now), "check_ins": (1, 5, 10), "half_hour": LONGEST,
    }  # fmt: skip
    return render(request, "web/site.html", context, status=status)


@require_POST
@page(deeds.ACT)
def report(request: Asked, number: str) -> HttpResponse:
    people, tables = (request.POST.get(name, "").strip() for name in ("people", "tables"))
    for name, value in (("people", people), ("tables", tables or "0")):
        if not (value.isascii() and value.isdecimal() and len(value) <= 6):
            raise Refused("bad_filter", name=name, value=value or "-")
    deeds.report(number, int(people), int(tables) if tables else None, actor=request.user, at=timezone.now())
    messages.success(request, _("Recorded: %(people)s people wait at %(site)s.") % {"people": people, "site": number})
    return redirect("site", number)


@require_POST
@page(deeds.ACT)
def check_in(request: Asked, number: str) -> HttpResponse:
    """So many have just joined the queue."""
    people = request.POST.get("people", "")
    if not (people.isascii() and people.isdecimal() and len(people) <= 5):
        raise Refused("bad_filter", name="people", value=people or "-")
    deeds.check_in(number, int(people), actor=request.user, at=timezone.now())
    messages.success(request, _("Counted in: %(people)s at %(site)s.") % {"people": people, "site": number})
    return redirect("site", number)


@require_POST
@page(deeds.KEEP)
def keep(request: Asked, number: str) -> HttpResponse:
    form = SiteForm(request.POST)
    now = timezone.now()
    if not form.is_valid():
        return _site(request, number, form, now, 400)
    deeds.keep(number, actor=request.user, at=now, **form.cleaned_data)
    messages.success(request, _("The site %(site)s is kept as you said.") % {"site": number})
    return redirect("site", number)


@page(deeds.KEEP)
def new(request: Asked) -> HttpResponse:
    """A site that nobody has imported."""
    form = NewSiteForm(request.POST or None, initial={"tables": 2, "audience": "everybody"})
    answer: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        number = said.pop("number")
        try:
            deeds.keep(number, actor=request.user, at=timezone.now(), new=True, **said)
            messages.success(request, _("The site %(site)s is there now.") % {"site": number})
            return redirect("site", number)
        except Refused as refused:
            answer["refusal"] = words_for(refused)
    return render(request, "web/site_new.html", answer, status=400 if request.method == "POST" else 200)


@page("round.read")
def table_moves(request: Asked) -> HttpResponse:
    """Which tables should go where now, what it would do, and what was decided in this shift."""
    now, area = timezone.now(), _area(request)
    audience = request.GET.get("audience", "") or "everybody"
    found = table_move.proposal(at=now, area=area, audience=audience)
    decided = list(table_move.decided(at=now, area=area)[:SIZE])
    codes = {move.taker.site.area_code for move in found.moves} | {move.giver.site.area_code for move in found.moves}
    context = {
        "proposal": found, "decided": decided, "area": area, "audience": audience, "audiences": site_live.AUDIENCES,
        "may_move": request.standing.may(moves.ACT), "area_names": areas.names(codes), "half_hour": LONGEST,
        "all": [f"{move.giver.site.number}|{move.taker.site.number}|{move.tables}" for move in found.moves],
    }  # fmt: skip
    return render(request, "web/table_moves.html", context)


@require_POST
@page(moves.ACT)
def table_move_accept(request: Asked) -> HttpResponse:
    """The moves that were ticked are decided: all of them, or none."""
    wanted = []
    for line in request.POST.getlist("move")[:500]:
        giver, _bar, rest = line.partition("|")
        taker, _bar, tables = rest.partition("|")
        if not (tables.isascii() and tables.isdecimal() and len(tables) < 4):
            raise Refused("bad_filter", name="move", value=line[:80])
        wanted.append((giver, taker, int(tables)))
    if not wanted:
        raise Refused("no_move_chosen")
    made = moves.move_all(wanted, actor=request.user, at=timezone.now())
    tables_moved = sum(one.tables for one in made)
    messages.success(
        request, _("Decided: %(n)s tables move. Tell the sites; it can be taken back below.") % {"n": tables_moved}
    )
    return redirect(_back(request))


@require_POST
@page(moves.ACT)
def table_move_back(request: Asked, pk: int) -> HttpResponse:
    made = moves.take_back(pk, actor=request.user, at=timezone.now(), reason=_("taken back on the page of moves"))
    said = {"n": made.tables, "site": made.from_site.number}
    messages.info(request, _("Taken back: %(n)s tables return to %(site)s.") % said)
    return redirect(_back(request))


def _back(request: Asked) -> str:
    area = request.POST.get("area", "")
    return reverse("table_moves") + (f"?area={area}" if area.isdigit() and area.isascii() else "")


def _area(request: Asked) -> str:
    area = request.GET.get("area", "").strip()
    if area and not (area.isascii() and area.isdigit() and len(area) <= 15):
        raise Refused("bad_filter", name="area", value=area[:40])
    return area


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Refused("bad_filter", name="from", value=text[:40])
    return int(text)


def _spoken(one: site_live.SiteLive) -> str:
    return f"{one.site.number} {one.site.name_zh} {one.site.name_en}"


urlpatterns = [
    path("sites/", sites, name="sites"),
    path("sites/new/", new, name="site_new"),
    path("sites/moves/", table_moves, name="table_moves"),
    path("sites/moves/accept/", table_move_accept, name="table_move_accept"),
    path("sites/moves/<int:pk>/back/", table_move_back, name="table_move_back"),
    path("sites/<path:number>/report/", report, name="site_report"),
    path("sites/<path:number>/check-in/", check_in, name="site_check_in"),
    path("sites/<path:number>/keep/", keep, name="site_keep"),
    path("sites/<path:number>/", site, name="site"),
]
