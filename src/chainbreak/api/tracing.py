"""Tracing over the interface (同时空排查接口): contacts out of the lake, evidence, shared places, the lake's state."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access
from chainbreak.governance.services.access import User
from chainbreak.investigation.selectors import outbreak as outbreaks
from chainbreak.investigation.services import finding
from chainbreak.investigation.services.casefile import open_record
from chainbreak.measures.services import derive
from chainbreak.registry.services import people

from .interface import ERRORS

router = Router(tags=["tracing"])
BASIS = "Trajectory lake: %(minutes)s minutes in %(meetings)s meetings, longest at %(place)s; rules %(edition)s"


class FoundContact(Schema):
    """Somebody who was with the case; `standing` is new, pending, determined, case or unregistered."""

    person: str
    degree: int
    source: str
    first_exposure_at: datetime
    last_exposure_at: datetime
    minutes: float
    meetings: int
    place: str
    setting: str
    priority: list[str]
    standing: str


class Found(Schema):
    """All who were found, and what the lake holds of the window."""

    case: str
    infectious_from: datetime
    infectious_until: datetime
    minutes: float
    edition: str
    case_has_stays: bool
    days_missing: list[str]
    days_incomplete: list[str]
    contacts: list[FoundContact]


class TakenIn(Schema):
    """How many now wait for a determination."""

    taken_in: int


class Chosen(Schema):
    """The persons to take in; none given means all that are new."""

    persons: list[str] | None = None


@router.get("/tracing/lake", response={200: dict[str, Any], **ERRORS}, summary="What the trajectory lake holds")
def lake(request: HttpRequest) -> dict[str, Any]:
    """Days, stays, delays, rejects, size, retention."""
    access.require(request.user, "import.read", at=timezone.now())
    return {name: value for name, value in finding.status().items() if name != "path"}


@router.get(
    "/tracing/{outbreak}/places", response={200: list[dict[str, Any]], **ERRORS}, summary="Places several cases shared"
)
def places(request: HttpRequest, outbreak: str) -> list[dict[str, Any]]:
    """Places where at least two cases were inside their windows, most cases first."""
    now = timezone.now()
    access.require(request.user, "contact.read", at=now)
    of = next((one for one in outbreaks.all_newest_first() if one.code == outbreak), None)
    if of is None:
        known = ", ".join(one.code for one in outbreaks.all_newest_first())
        raise Refused("unknown_outbreak", outbreak=outbreak, known=known)
    wanted = ("place_id", "place", "kind", "cases", "visits", "minutes", "first_at", "last_at", "numbers")
    return [{name: row[name] for name in wanted} for row in finding.shared_places(of, at=now)]


@router.get(
    "/tracing/{outbreak}/{number}", response={200: Found, **ERRORS}, summary="The contacts of a case out of the lake"
)
def find(
    request: HttpRequest, outbreak: str, number: int, degrees: int = 1, minutes: float | None = None
) -> dict[str, Any]:
    """Everybody who was with the case long enough, the most urgent first. Nothing is recorded."""
    found = _found(request, outbreak, number, degrees=degrees, minutes=minutes)
    return {
        "case": str(found.case),
        "infectious_from": found.window.from_at,
        "infectious_until": found.window.until,
        "minutes": found.minutes,
        "edition": found.edition,
        "case_has_stays": found.case_has_stays,
        "days_missing": [day.isoformat() for day in found.coverage.missing],
        "days_incomplete": [day.isoformat() for day in found.coverage.thin],
        "contacts": [
            {
                "person": one.number, "degree": one.degree, "source": one.source, "place": one.place,
                "first_exposure_at": one.first_exposure_at, "last_exposure_at": one.last_exposure_at,
                "minutes": one.minutes, "meetings": one.meetings, "setting": one.setting,
                "priority": list(one.reasons), "standing": one.standing,
            }
            for one in found.candidates
        ],
    }  # fmt: skip


@router.post(
    "/tracing/{outbreak}/{number}",
    response={200: TakenIn, **ERRORS},
    summary="Take found contacts in, to be determined",
)
def take_in(request: HttpRequest, outbreak: str, number: int, chosen: Chosen) -> dict[str, int]:
    """Record those who are new as pending contacts; asking twice records them once."""
    found = _found(request, outbreak, number, degrees=1, minutes=None, act="contact.determine")
    now = timezone.now()
    return {"taken_in": finding.take_in(found, chosen.persons, actor=_user(request), at=now, basis=BASIS)}


@router.get(
    "/tracing/{outbreak}/{number}/backward",
    response={200: list[dict[str, Any]], **ERRORS},
    summary="Who may have infected it",
)
def backward(request: HttpRequest, outbreak: str, number: int) -> list[dict[str, Any]]:
    """Whom the case met from 14 days to 1 day before its onset, known cases first."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=_user(request), act="case.open", at=now)
    wanted = ("person_id", "case_number", "first_exposure_at", "last_exposure_at", "minutes", "meetings", "place")
    return [{name: row[name] for name in wanted} for row in finding.backward(opened.case, at=now)]


@router.get(
    "/tracing/{outbreak}/{number}/{person}",
    response={200: list[dict[str, Any]], **ERRORS},
    summary="Every meeting of a pair",
)
def evidence(request: HttpRequest, outbreak: str, number: int, person: str) -> list[dict[str, Any]]:
    """The meetings of the case and a person inside the window, with what each stay rests on."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=_user(request), act="case.open", at=now)
    people.open_record(person, actor=_user(request), act="contact.open", at=now, matter_area=opened.outbreak.area_code)
    return finding.evidence(opened.case, person, at=now)


def _user(request: HttpRequest) -> User:
    """Who asks: the interface lets nobody in without an account."""
    return cast(User, request.user)


def _found(
    request: HttpRequest, outbreak: str, number: int, *, degrees: int, minutes: float | None, act: str = "case.open"
) -> finding.Finding:
    now = timezone.now()
    opened = open_record(outbreak, number, actor=_user(request), act=act, at=now)
    if degrees not in (1, 2):
        raise Refused("bad_filter", name="degrees", value=degrees)
    if minutes is not None and not 0 <= minutes <= 100_000:
        raise Refused("bad_filter", name="minutes", value=minutes)
    derivation = derive.snapshot(opened.outbreak, at=now)
    return finding.find(opened.case, derivation, at=now, degrees=degrees, minutes=minutes)
