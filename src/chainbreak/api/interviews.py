"""Interviews on a phone as JSON: what a phone needs before the network goes, and what it sends back (接口:流调访谈)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from chainbreak.epi import rulepack
from chainbreak.epi.rule import PlaceKind, Setting
from chainbreak.investigation.selectors import casefile
from chainbreak.investigation.selectors.interview import places_near
from chainbreak.investigation.services import interview as interviews

from .interface import ERRORS, account

router = Router()

# The order in which people remember a day: at home, at work or school, meals, on the way, shops, then the rest.
REMEMBERED = (
    "household", "dormitory", "workplace", "classroom", "restaurant", "vehicle", "shop", "market", "entertainment",
    "clinic", "sampling_site", "worship", "lift", "street", "facility",
)  # fmt: skip


class Place(Schema):
    number: str
    name: str
    kind: str


class Kind(Schema):
    """A kind of place to ask about, the other names it goes by, and the setting a meeting there usually is."""

    kind: str
    also: list[str]
    setting: str


class Interview(Schema):
    """The interview: its case, the days to ask about (newest first), places that may be named, what was told so far."""

    key: UUID
    case: str
    person: str
    onset_date: str | None
    from_at: datetime | None
    until: datetime | None
    closed: bool
    kinds: list[Kind]
    settings: list[str]
    places: list[Place]
    entries: dict[str, dict[str, Any]]


class Outcome(Schema):
    event: str
    outcome: str
    code: str


@router.get("/interviews/{key}", response={200: Interview, **ERRORS}, summary="One interview, to go on with off-line")
def read_interview(request: HttpRequest, key: UUID) -> Any:
    now = timezone.now()
    interview, opened = interviews.interview_of(key, actor=account(request), at=now)
    standing = casefile.standing_of(opened.case, as_of=now, as_known=None)
    window = casefile.window_of(standing)
    pack = rulepack.load(opened.outbreak.rule_pack)
    return {
        "key": interview.key,
        "case": f"{opened.outbreak.code} {opened.case.number}",
        "person": opened.case.person.number,
        "onset_date": standing.onset_date.isoformat() if standing.onset_date else None,
        "from_at": window.from_at if window else None,
        "until": (window.until or now) if window else None,
        "closed": interview.closed_at is not None,
        "kinds": [
            {"kind": one.kinds[0], "also": one.kinds, "setting": one.setting}
            for one in sorted(pack.of(PlaceKind), key=_remembered)
        ],
        "settings": [one.setting for one in pack.of(Setting)],
        "places": places_near(opened.case),
        "entries": interviews.entries(interview),
    }


@router.post("/interviews/{key}/entries", response={200: list[Outcome], **ERRORS}, summary="Entries of an interview")
def take_entries(request: HttpRequest, key: UUID, messages: list[dict[str, Any]]) -> Any:
    """Each message is answered by itself; what was accepted is on disk. Sent again, it changes nothing.

    A message is one version of one entry: `event` and `entry` (UUIDs), `order` (the phone's counter), `said_at` (its
    clock), `kind` (stay, companion, day, onset) and `says`.
    """
    now = timezone.now()
    interview, _ = interviews.interview_of(key, actor=account(request), at=now)
    taken = interviews.take(interview, messages, actor=account(request), at=now)
    return [{"event": one.event, "outcome": one.outcome, "code": one.code} for one in taken]


def _remembered(rule: PlaceKind) -> int:
    return REMEMBERED.index(rule.kinds[0]) if rule.kinds[0] in REMEMBERED else len(REMEMBERED)
