"""A case file (病例档案): what is known of one case, since when, from whom, and why each derived value is so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chainbreak.command.selectors import casetime
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import casefile, line_list
from chainbreak.investigation.services.casefile import open_record
from chainbreak.measures.services import derive
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import people

from . import asof, case_time, timeline, trajectory_map
from .door import Asked, page
from .rules import why
from .words import shown, word

FIELDS = {
    "reported_at": _("Reported"),
    "reported_in": _("Area"),
    "onset_date": _("Onset"),
    "first_positive_at": _("First positive sample"),
    "discovery_route": _("How found"),
    "under_control_when_sampled": _("Under control when sampled"),
    "origin": _("Origin"),
    "source_status": _("Source of infection"),
    "trajectory_status": _("Trajectory"),
    "isolated_at": _("Isolated"),
    "exposure_from": _("Exposure from"),
    "exposure_until": _("Exposure until"),
    "hospital": _("Hospital"),
    "outcome": _("Outcome"),
    "died_date": _("Died"),
    "note": _("Note"),
}
CHOICES = {"discovery_route": dict(line_list.CHOICES["route"]), "origin": dict(line_list.CHOICES["origin"])}
LISTED = ("source_status", "trajectory_status")


@dataclass(frozen=True)
class Row:
    """A version of the report as a row of the history."""

    version: casefile.Version
    changes: list[tuple[str, str, str]]


@page("case.open")
def case_file(request: Asked, outbreak: str, number: int) -> HttpResponse:
    now = timezone.now()
    opened = open_record(outbreak, number, actor=request.user, act="case.open", at=now)
    seen = asof.read(request, outbreak=outbreak)
    derivation = derive.snapshot(opened.outbreak, as_known=seen.as_known, at=now)
    file = casefile.read(opened.case, derivation, as_of=seen.as_of, as_known=seen.as_known)
    identity = None
    if request.GET.get("identity"):
        identity = people.open_record(
            opened.case.person.number,
            actor=request.user,
            act="person.open",
            at=now,
            matter_area=opened.outbreak.area_code,
        )
    standing = request.standing
    codes = {str(getattr(version.report, "reported_in", "")) for version in file.versions}
    names = areas.names(codes)
    only = request.GET.get("only", "")
    if only and only not in case_time.KINDS:
        raise Refused("bad_filter", name="only", value=only)
    happened = casetime.events(file, as_of=seen.as_of, as_known=seen.as_known)
    context = {
        "seen": seen,
        "days": case_time.days(case_time.lines(happened, names, only=only)),
        "kinds": [
            (kind, words) for kind, words in case_time.KINDS.items() if any(one.kind == kind for one in happened)
        ],
        "only": only,
        "report_keep": "".join(f"&{name}={value}" for name, value in _clocks(request).items()),
        "n_events": len(happened),
        "map": trajectory_map.draw(file.segments),
        "may_report": standing.may("export.run"),
        "case": file.case,
        "file": file,
        "facts": [(name, label, say(name, getattr(file.case, name, None), names)) for name, label in FIELDS.items()],
        "rows": [_row(one, names) for one in file.versions],
        "classes": dict(line_list.CHOICES["classification"]),
        "window_why": why(opened.outbreak.rule_pack, file.window.rule) if file.window else None,
        "drawing": timeline.of_case(file, seen.as_of),
        "identity": identity,
        "may_identify": standing.may("person.open"),
        "may_interview": standing.may("interview.take") and not seen.is_past,
        "may_correct": standing.may("fact.correct") and not seen.is_past,
    }
    return render(request, "web/case_file.html", context)


def _clocks(request: Asked) -> dict[str, str]:
    return {name: quote(request.GET[name]) for name in ("as_of", "as_known") if request.GET.get(name)}


def _row(version: casefile.Version, names: dict[str, str]) -> Row:
    changes = [(str(FIELDS[name]), say(name, a, names), say(name, b, names)) for name, a, b in version.changes]
    return Row(version, changes)


def say(name: str, value: Any, area_names: dict[str, str]) -> str:
    """The value of a field of the report in words; empty for none."""
    if value is None or value == "":
        return ""
    if name in CHOICES:
        return str(CHOICES[name].get(value, value))
    if name in LISTED:
        return word(name, value)
    if name == "reported_in":
        return area_names.get(value, value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return shown(value)


urlpatterns = [path("cases/<str:outbreak>/<int:number>/", case_file, name="case_file")]
