"""Contacts (密接、次密接): the list with state, source and what is due; and why one person is a contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import contact as contacts_of
from chainbreak.investigation.services import step
from chainbreak.measures.selectors import due, stay
from chainbreak.measures.services import derive
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import codeword, people

from . import asof, columns, listing
from .door import Asked, page
from .order import Sort
from .rules import Why, why
from .words import instant, word

STATES = dict(contacts_of.STATES)
COLUMNS = {
    "degree": gettext_lazy("Degree"),
    "state": gettext_lazy("State"),
    "since": gettext_lazy("Since"),
    "area": gettext_lazy("Area"),
    "setting": gettext_lazy("Setting"),
    "source": gettext_lazy("Source"),
    "first": gettext_lazy("First exposure"),
    "last": gettext_lazy("Last exposure"),
    "measure": gettext_lazy("Measure due"),
    "until": gettext_lazy("Until"),
}
SORTS = {
    "person": Sort("person__number", may_lack=False),
    "degree": Sort("degree", "number", may_lack=False),
    "area": Sort("person__area_code", may_lack=False),
    "setting": Sort("setting", may_lack=False),
    "first": Sort("first_exposure_at", "time"),
    "last": Sort("last_exposure_at", "time"),
}
USUAL = ("degree", "state", "since", "setting", "source", "last", "measure", "until")
DETERMINATIONS = dict(contacts_of.DETERMINATIONS)
MOST_MEETINGS = 200
ASKED = ("degree", "state", "source", "setting", "q", "decision", "area")


@page("contact.read")
def contacts(request: Asked, outbreak: str) -> HttpResponseBase:
    seen = asof.read(request, outbreak=outbreak)
    derivation = derive.snapshot(seen.outbreak, as_known=seen.as_known, at=timezone.now())
    asked = {name: request.GET.get(name, "").strip() for name in ASKED}
    found = contacts_of.narrowed(derivation, seen.as_of, **asked)
    shown_columns = columns.chosen(request, COLUMNS, usual=USUAL, first=("person", _("Person")), sorts=SORTS)
    if request.GET.get("format") == "csv":
        return _export(request, outbreak, shown_columns.order.rows(found), derivation, seen, shown_columns)
    shown = listing.page(request, found, keys=("degree", "pk"), order=shown_columns.order)
    return render(
        request,
        "web/contacts.html",
        {
            "seen": seen,
            "asked": asked,
            "columns": shown_columns,
            "steps": step.KINDS if request.standing.may("person.visit") and not seen.is_past else (),
            "area_names": areas.names(row.person.area_code for row in shown.rows) if "area" in shown_columns else {},
            "page": shown,
            "due": due.current(derivation, [row.person_id for row in shown.rows], seen.as_of),
            "states": STATES,
            "determinations": DETERMINATIONS,
            "settings": contacts_of.settings_of(derivation),
            "waiting": contacts_of.pending(derivation, seen.as_of).count(),
            "may_export": request.standing.may("export.run"),
        },
    )


def _export(
    request: Asked, outbreak: str, found: Any, derivation: Any, seen: asof.AsOf, shown: columns.Columns
) -> HttpResponseBase:
    """What is seen as a file: the same rows and columns."""
    rows = list(found)
    measures = due.current(derivation, [row.person_id for row in rows], seen.as_of)
    names = areas.names(row.person.area_code for row in rows)

    def cells(row: Any) -> list[object]:
        return [row.person.number, *shown.cells(_values(row, measures.get(row.person_id), names))]

    return listing.export(request, name=f"contacts-{outbreak}", header=shown.header(), rows=rows, cells=cells)


def _values(row: Any, measure: Any, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "degree": row.degree,
        "state": STATES.get(row.state, ""),
        "since": _at(row.state_since),
        "area": names.get(row.person.area_code, row.person.area_code),
        "setting": word("setting", row.setting),
        "source": str(row.source_case or row.source_person or ""),
        "first": _at(row.first_exposure_at),
        "last": _at(row.last_exposure_at),
        "measure": word("measure", measure.measure) if measure else "",
        "until": _at(measure.ends_at) if measure else "",
    }


def _at(value: datetime | None) -> str:
    return instant(value) if value else ""


@dataclass(frozen=True)
class Meeting:
    """Two people at one place at the same time, and the facts that say so."""

    place: str
    begins: datetime
    ends: datetime
    minutes: float
    facts: list[tuple[str, Any]]


@dataclass(frozen=True)
class Exposed:
    """One pair: who exposed this person, in which meetings, by which rule."""

    pair: Any
    meetings: list[Meeting]
    n_left_out: int
    why: Why | None


@page("contact.open")
def contact(request: Asked, outbreak: str, number: str) -> HttpResponse:
    now = timezone.now()
    seen = asof.read(request, outbreak=outbreak)
    record = people.open_record(
        number, actor=request.user, act="contact.open", at=now, matter_area=seen.outbreak.area_code
    )
    derivation = derive.snapshot(seen.outbreak, as_known=seen.as_known, at=now)
    found = contacts_of.contact_of(derivation, record.person.pk, seen.as_of)
    if found is None:
        raise Refused("not_a_contact", number=number, outbreak=outbreak)
    pack = seen.outbreak.rule_pack
    decisions = contacts_of.decisions_of(seen.outbreak, record.person.pk, seen.as_known)
    measures = due.measures_of(derivation, record.person.pk)
    standing = request.standing
    return render(
        request,
        "web/contact.html",
        {
            "seen": seen,
            "record": record,
            "area_names": areas.names([record.person.area_code]),
            "contact": found,
            "decided": DETERMINATIONS.get(found.determination),
            "contact_why": why(pack, found.rule),
            "exposed": exposed_of(found, pack),
            "course": contacts_of.course_of(found, seen.as_of),
            "decisions": decisions,
            "events": contacts_of.events_of(seen.outbreak, record.person.pk, seen.as_known),
            "measures": [(one, why(pack, one.rule)) for one in measures],
            "tests": due.tests_of(
                derivation,
                record.person.pk,
                today=timezone.localdate(seen.as_of - timedelta(microseconds=1)),
                as_known=seen.as_known,
            ),
            "stays": stay.of_person(record.person.pk, seen.as_known),
            "code_word": codeword.of(record.person.number) if record.named else "",
            "may_correct": standing.may("fact.correct") and not seen.is_past,
            "may_determine": standing.may("contact.determine", record.person.area_code)
            or standing.may("contact.determine", seen.outbreak.area_code),
        },
    )


def exposed_of(found: Any, pack: str) -> list[Exposed]:
    """Who exposed a contact, in which meetings, by which facts and rule."""
    pairs = contacts_of.pairs_of(found)
    behind = contacts_of.facts_behind(pairs)
    return [_exposed(pair, behind, pack) for pair in pairs]


def _exposed(pair: Any, behind: Mapping[str, Mapping[int, Any]], pack: str) -> Exposed:
    meetings = []
    for one in pair.evidence[:MOST_MEETINGS]:
        begins, ends = datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["until"])
        facts = [(kind, behind[kind][key]) for kind, key in one["facts"] if key in behind[kind]]
        place = next((fact.place for _kind, fact in facts if fact.place_id), None)
        minutes = (ends - begins).total_seconds() / 60
        meetings.append(Meeting(str(place or ""), begins, ends, minutes, facts))
    return Exposed(pair, meetings, max(0, len(pair.evidence) - MOST_MEETINGS), why(pack, pair.rule))


urlpatterns = [
    path("contacts/<str:outbreak>/", contacts, name="contacts"),
    path("contacts/<str:outbreak>/<str:number>/", contact, name="contact"),
]
