"""Tracing over the interface (同时空排查接口): contacts out of the lake, searches, evidence, what if, the lake's state."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import worker
from chainbreak.governance.services import access
from chainbreak.governance.services.access import User
from chainbreak.investigation.selectors import candidate
from chainbreak.investigation.selectors import outbreak as outbreaks
from chainbreak.investigation.services import finding, origin, proposal, search, trial
from chainbreak.investigation.services import lake as lakes
from chainbreak.investigation.services.casefile import CaseFile, open_record
from chainbreak.measures.services import derive
from chainbreak.registry.services import people

from .interface import ERRORS

router = Router(tags=["tracing"])
BASIS = "Trajectory lake: %(minutes)s minutes in %(meetings)s meetings, longest at %(place)s; rules %(edition)s"
ROW = (
    "person_id",
    "degree",
    "source_person_id",
    "first_exposure_at",
    "last_exposure_at",
    "minutes",
    "meetings",
    "place",
)


class FoundContact(Schema):
    """Somebody who was with the case; `standing` is new, second, pending, determined, case or unregistered."""

    person: str
    degree: int
    source: str
    first_exposure_at: datetime
    last_exposure_at: datetime
    minutes: float
    meetings: int
    place: str
    setting: str
    rule: str
    priority: list[str]
    standing: str


class Found(Schema):
    """All who were found, and what the lake holds of the window.

    `nearly` had four fifths of the minutes. `companions` were in one cell of 800 m; a hint, never a contact.
    """

    case: str
    infectious_from: datetime
    infectious_until: datetime
    minutes: float
    edition: str
    case_has_stays: bool
    stays_in_lake: int
    lake_is_being_written: bool
    persons_with_stays: int
    persons_registered: int
    household_without_stays: list[str]
    days_missing: list[str]
    days_incomplete: list[str]
    contacts: list[FoundContact]
    nearly: list[FoundContact]
    companions: list[FoundContact] | None


class TakenIn(Schema):
    """How many now wait for a determination."""

    taken_in: int


class Chosen(Schema):
    """The persons to take in; none given means all that are new."""

    persons: list[str] | None = None


class Asked(Schema):
    """What a search asks; with other minutes or another look-back it is a trial, which takes nobody in."""

    degrees: int = 1
    minutes: float | None = None
    look_back: int | None = None
    companions: bool = False


class State(Schema):
    """How far a search is: waiting, running, done, failed, cancelled, taken; and what was found, where it is done."""

    token: str
    state: str
    step: str
    steps_done: int
    steps: int
    seconds: float
    without_worker: bool
    trouble: str
    found: Found | None = None


class Difference(Schema):
    """Who would enter and who would leave under the other rule; how many stay as they are."""

    minutes: float
    edition: str
    cases: int
    stay: int
    enter: list[dict[str, Any]]
    leave: list[dict[str, Any]]
    other_degree: list[dict[str, Any]]


@router.get("/tracing/lake", response={200: dict[str, Any], **ERRORS}, summary="What the trajectory lake holds")
def lake(request: HttpRequest) -> dict[str, Any]:
    """Days, stays, delays, rejects, size, retention, merging; `writing`: somebody is taking stays in right now."""
    access.require(request.user, "import.read", at=timezone.now())
    return {name: value for name, value in lakes.status().items() if name != "path"}


@router.get(
    "/tracing/{outbreak}/places", response={200: list[dict[str, Any]], **ERRORS}, summary="Places several cases shared"
)
def places(request: HttpRequest, outbreak: str) -> list[dict[str, Any]]:
    """Places where at least two cases were inside their windows, most cases first."""
    now = timezone.now()
    access.require(request.user, "contact.read", at=now)
    wanted = ("place_id", "place", "kind", "cases", "visits", "minutes", "first_at", "last_at", "numbers")
    return [{name: row[name] for name in wanted} for row in origin.shared_places(_outbreak(outbreak), at=now)]


@router.get("/tracing/{outbreak}/what-if", response={200: Difference, **ERRORS}, summary="Another rule, another set")
def what_if(
    request: HttpRequest, outbreak: str, case: int | None = None, minutes: float | None = None,
    look_back: int | None = None, without: str = "", degrees: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """Contacts of all cases, or of one, by the rules in force and by another rule. Nothing is recorded.

    `without`: case numbers, parted by commas. `look_back`: days before the onset or the sample.
    """
    now = timezone.now()
    access.require(request.user, "case.open", at=now)
    _checked(degrees, minutes, look_back)
    only = None
    if case is not None:
        only = open_record(outbreak, case, actor=_user(request), act="case.open", at=now).case
    parts = [part for part in without.replace(",", " ").split() if part]
    if not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise Refused("bad_filter", name="without", value=without)
    other = trial.Other(minutes, look_back, tuple(map(int, parts)))
    found = trial.compare(_outbreak(outbreak), other, at=now, only=only, degrees=degrees)
    return {
        "minutes": found.minutes, "edition": found.edition, "cases": found.n_cases, "stay": found.stay,
        "enter": [{name: row[name] for name in ROW} for row in found.enter],
        "leave": [{name: row[name] for name in ROW} for row in found.leave],
        "other_degree": [{"person_id": row["person_id"], "degree": row["degree"], "before": n} for row, n in found.moved],
    }  # fmt: skip


@router.get(
    "/tracing/{outbreak}/{number}", response={200: Found, **ERRORS}, summary="The contacts of a case out of the lake"
)
def find(
    request: HttpRequest, outbreak: str, number: int, degrees: int = 1, minutes: float | None = None,
    look_back: int | None = None, companions: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Everybody who was with the case long enough, the most urgent first. Nothing is recorded."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=_user(request), act="case.open", at=now)
    _checked(degrees, minutes, look_back)
    answer = finding.find(opened.case, finding.Question(degrees, minutes, look_back, companions), at=now)
    return _said(opened, answer, now)


@router.post(
    "/tracing/{outbreak}/{number}",
    response={200: TakenIn, **ERRORS},
    summary="Take found contacts in, to be determined",
)
def take_in(request: HttpRequest, outbreak: str, number: int, chosen: Chosen) -> dict[str, int]:
    """Record those who are new as pending contacts; asking twice records them once."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=_user(request), act="contact.determine", at=now)
    answer = finding.find(opened.case, finding.Question(), at=now)
    rows = _described(opened, answer, answer.contacts, now)
    made = proposal.take_in(
        opened.case, rows, chosen.persons, actor=_user(request), at=now, basis=BASIS, edition=answer.edition
    )
    return {"taken_in": made}


@router.post("/tracing/{outbreak}/{number}/searches", response={202: State, **ERRORS}, summary="Look in the background")
def ask(request: HttpRequest, outbreak: str, number: int, asked: Asked) -> tuple[int, dict[str, Any]]:
    """Put a search down for the worker, and ask for its state by its token. Without a worker it is done at once."""
    from procrastinate.contrib.django import app

    now = timezone.now()
    opened = open_record(outbreak, number, actor=_user(request), act="case.open", at=now)
    _checked(asked.degrees, asked.minutes, asked.look_back)
    made = search.ask(opened.case, finding.Question(**asked.dict()), actor=request.user, at=now)
    if made.state == "waiting" and worker.is_alive(now):
        app.configure_task("find_contacts").defer(token=made.token)
    elif made.state == "waiting":
        search.work(made.token, clock=timezone.now, alone=True)
    return 202, _state(search.find(made.token))


@router.get(
    "/tracing/{outbreak}/{number}/searches/{token}", response={200: State, **ERRORS}, summary="A search's state"
)
def state(request: HttpRequest, outbreak: str, number: int, token: str) -> dict[str, Any]:
    """How far a search is; and what it found, for a day."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=_user(request), act="case.open", at=now)
    of = search.find(token, case=opened.case)
    found = _said(opened, search.answer_of(of), now) if of.state in ("done", "taken") else None
    return _state(of) | {"found": found}


@router.delete("/tracing/{outbreak}/{number}/searches/{token}", response={200: State, **ERRORS}, summary="End a search")
def end(request: HttpRequest, outbreak: str, number: int, token: str) -> dict[str, Any]:
    """End a search that is under way; what it found is thrown away."""
    opened = open_record(outbreak, number, actor=_user(request), act="case.open", at=timezone.now())
    of = search.find(token, case=opened.case)
    search.cancel(of)
    return _state(search.find(token))


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
    return [{name: row[name] for name in wanted} for row in origin.backward(opened.case, at=now)]


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
    rows = finding.evidence(opened.case, person, at=now)
    return [{name: value for name, value in row.items() if name != "at"} for row in rows]


def _user(request: HttpRequest) -> User:
    """Who asks: the interface lets nobody in without an account."""
    return cast(User, request.user)


def _outbreak(code: str) -> outbreaks.Outbreak:
    every = outbreaks.all_newest_first()
    found = next((one for one in every if one.code == code), None)
    if found is None:
        raise Refused("unknown_outbreak", outbreak=code, known=", ".join(one.code for one in every))
    return found


def _checked(degrees: int, minutes: float | None, look_back: int | None) -> None:
    for name, value, is_right in (
        ("degrees", degrees, degrees in (1, 2)),
        ("minutes", minutes, minutes is None or 0 <= minutes <= 100_000),
        ("look_back", look_back, look_back is None or 0 <= look_back <= 14),
    ):
        if not is_right:
            raise Refused("bad_filter", name=name, value=value)


def _described(opened: CaseFile, answer: finding.Answer, table: Any, at: datetime) -> list[candidate.Candidate]:
    derivation = derive.snapshot(opened.outbreak, at=at)
    if table.num_rows == 0:
        return []
    return candidate.describe(opened.case, derivation, table, least=answer.minutes, at=at)


def _state(of: search.Search) -> dict[str, Any]:
    return {
        "token": of.token, "state": of.state, "step": of.step, "steps_done": of.n_done, "steps": of.n_steps,
        "seconds": of.seconds, "without_worker": of.alone, "trouble": str(of.trouble.get("code", "")),
    }  # fmt: skip


def _said(opened: CaseFile, answer: finding.Answer, at: datetime) -> dict[str, Any]:
    cover = answer.coverage

    def rows(table: Any) -> list[dict[str, Any]]:
        found = _described(opened, answer, table, at)
        return [vars(one) | {"person": one.number, "priority": list(one.reasons)} for one in found]

    return {
        "case": str(opened.case), "infectious_from": answer.window.from_at, "infectious_until": answer.window.until,
        "minutes": answer.minutes, "edition": answer.edition, "case_has_stays": answer.case_has_stays,
        "stays_in_lake": cover.stays, "lake_is_being_written": lakes.is_being_written(),
        "persons_with_stays": cover.persons, "persons_registered": cover.registered,
        "household_without_stays": cover.silent,
        "days_missing": [day.isoformat() for day in cover.missing],
        "days_incomplete": [day.isoformat() for day in cover.thin],
        "contacts": rows(answer.contacts), "nearly": rows(answer.nearly),
        "companions": None if answer.companions is None else rows(answer.companions),
    }  # fmt: skip
