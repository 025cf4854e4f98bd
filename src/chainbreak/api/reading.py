"""Outbreaks, cases and contacts as JSON, by page, as of an instant (接口:病例与接触者)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from chainbreak.epi import rulepack
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access
from chainbreak.investigation.selectors import contact as contacts_of
from chainbreak.investigation.selectors import line_list
from chainbreak.investigation.selectors import outbreak as outbreaks
from chainbreak.measures.selectors import due
from chainbreak.measures.services import derive

from .interface import ERRORS

MOST = 500
router = Router()


class Outbreak(Schema):
    code: str
    name_zh: str
    name_en: str
    disease: str
    rule_pack: str
    edition: str
    area_code: str
    detected_at: datetime


class Case(Schema):
    number: int
    external_id: str
    person: str
    classification: str
    classified_at: datetime
    reported_at: datetime
    reported_in: str
    onset_date: date | None
    first_positive_at: datetime | None
    discovery_route: str
    origin: str
    trajectory_status: str


class Why(Schema):
    """The rule behind a derived value and the edition of its pack."""

    rule: str
    edition: str


class Contact(Schema):
    person: str
    degree: int
    determination: str
    state: str | None
    state_since: datetime | None
    setting: str
    source_case: int | None
    source_person: str | None
    last_exposure_at: datetime | None
    measure: str | None
    measure_until: datetime | None
    why: Why


class Cases(Schema):
    as_of: datetime
    as_known: datetime | None
    items: list[Case]
    after: str | None


class Contacts(Schema):
    as_of: datetime
    as_known: datetime | None
    items: list[Contact]
    after: str | None


class Page(Schema):
    """Which state, and which page of it. Without `as_of`: now. `after` is what the page before gave."""

    as_of: datetime | None = None
    as_known: datetime | None = None
    after: str = ""
    limit: int = 100


@router.get("/outbreaks", response={200: list[Outbreak], **ERRORS}, summary="Outbreaks, the newest first")
def list_outbreaks(request: HttpRequest) -> Any:
    access.require(request.user, "board.read", at=timezone.now())
    return [
        {**_row(one, Outbreak), "edition": rulepack.load(one.rule_pack).edition} for one in outbreaks.all_newest_first()
    ]


@router.get("/outbreaks/{code}/cases", response={200: Cases, **ERRORS}, summary="The line list, by number")
def list_cases(
    request: HttpRequest,
    code: str,
    page: Query[Page],
    classification: str = "",
    area: str = "",
    route: str = "",
    origin: str = "",
) -> Any:
    access.require(request.user, "line_list.read", at=timezone.now())
    as_of, as_known, limit = _clocks(page)
    wanted = line_list.Wanted(classification=classification, area=area, route=route, origin=origin)
    found = line_list.line_list(_outbreak(code), wanted, as_of=as_of, as_known=as_known)
    if page.after:
        found = found.filter(number__gt=_numbers(page.after, 1)[0])
    rows = list(found[: limit + 1])
    items = [
        {
            **_row(row, Case, skip={"person", "classification"}),
            "person": row.person.number,
            "classification": row.classification_then,
        }
        for row in rows[:limit]
    ]
    after = str(rows[limit - 1].number) if len(rows) > limit else None
    return {"as_of": as_of, "as_known": as_known, "items": items, "after": after}


@router.get("/outbreaks/{code}/contacts", response={200: Contacts, **ERRORS}, summary="Contacts, by degree")
def list_contacts(
    request: HttpRequest,
    code: str,
    page: Query[Page],
    degree: str = "",
    state: str = "",
    source: str = "",
    setting: str = "",
) -> Any:
    now = timezone.now()
    access.require(request.user, "contact.read", at=now)
    as_of, as_known, limit = _clocks(page)
    derivation = derive.snapshot(_outbreak(code), as_known=as_known, at=now)
    found = contacts_of.narrowed(derivation, as_of, degree=degree, state=state, source=source, setting=setting)
    if page.after:
        found = contacts_of.beyond(found, *_numbers(page.after, 2))
    rows = list(found[: limit + 1])
    measures = due.current(derivation, [row.person_id for row in rows], as_of)
    items = [_contact(row, measures.get(row.person_id), derivation.pack_edition) for row in rows[:limit]]
    after = f"{rows[limit - 1].degree}.{rows[limit - 1].pk}" if len(rows) > limit else None
    return {"as_of": as_of, "as_known": as_known, "items": items, "after": after}


def _contact(row: Any, measure: Any, edition: str) -> dict[str, Any]:
    return {
        "person": row.person.number,
        "degree": row.degree,
        "determination": row.determination,
        "state": row.state,
        "state_since": row.state_since,
        "setting": row.setting,
        "source_case": row.source_case.number if row.source_case else None,
        "source_person": row.source_person.number if row.source_person else None,
        "last_exposure_at": row.last_exposure_at,
        "measure": measure.measure if measure else None,
        "measure_until": measure.ends_at if measure else None,
        "why": {"rule": row.rule, "edition": edition},
    }


def _row(row: Any, schema: type[Schema], skip: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
    return {name: getattr(row, name) for name in schema.model_fields if name not in skip and hasattr(row, name)}


def _outbreak(code: str) -> outbreaks.Outbreak:
    there = outbreaks.all_newest_first()
    for one in there:
        if one.code == code:
            return one
    raise Refused("unknown_outbreak", outbreak=code, known=[one.code for one in there])


def _clocks(page: Page) -> tuple[datetime, datetime | None, int]:
    as_of, as_known = (_aware(at) for at in (page.as_of, page.as_known))
    return as_of or timezone.now(), as_known, min(max(page.limit, 1), MOST)


def _aware(at: datetime | None) -> datetime | None:
    return timezone.make_aware(at) if at is not None and timezone.is_naive(at) else at


def _numbers(text: str, count: int) -> list[int]:
    parts = text.split(".")
    if len(parts) != count or not all(part.isdecimal() and len(part) < 19 for part in parts):
        raise Refused("bad_filter", name="after", value=text)
    return [int(part) for part in parts]
