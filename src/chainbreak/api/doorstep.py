"""Visits at doors from a phone (接口:上门补采): what a worker takes along, and what came of each visit."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from chainbreak.governance.selectors.access import standing_of
from chainbreak.registry.selectors import area as areas
from chainbreak.screening.selectors import round_open
from chainbreak.screening.services import doorstep as deeds

from .interface import ERRORS, account

router = Router(tags=["screening"])


class DoorOut(Schema):
    """One person to be visited; name, phone and address for those who may see them."""

    person: str
    series: str
    round: int
    area: str
    area_name: str
    household: str
    name: str
    phone: str
    address: str
    last: str


class RoundOut(Schema):
    series: str
    round: int
    pool_size: int


class DoorsOut(Schema):
    worker: str
    may_swab: bool
    rounds: list[RoundOut]
    tasks: list[DoorOut]


class VisitIn(Schema):
    """One visit; with `undo` the event of a visit is taken back."""

    event: uuid.UUID
    series: str = Field(max_length=40)
    round: int
    person: str = Field(max_length=40)
    outcome: str = Field("", max_length=20)
    at: AwareDatetime
    barcode: str = Field("", max_length=40)
    note: str = Field("", max_length=300)
    undo: uuid.UUID | None = None


class VisitsIn(Schema):
    sent_at: AwareDatetime | None = None
    rows: list[VisitIn] = Field(max_length=500)


class AnswerOut(Schema):
    event: uuid.UUID
    outcome: str
    code: str


class VisitsOut(Schema):
    received_at: datetime
    rows: list[AnswerOut]


@router.get("/doors", response={200: DoorsOut, **ERRORS}, summary="The visits that I still have to make")
def mine(request: HttpRequest) -> Any:
    """Names and addresses are in it: the look is on record."""
    at, who = timezone.now(), account(request)
    tasks = deeds.take_along(actor=who, at=at)
    names = areas.names(str(task["area"]) for task in tasks)
    rounds = {(str(task["series"]), int(str(task["round"]))) for task in tasks}
    return {
        "worker": who.username,
        "may_swab": standing_of(who, at=at).may("swab.record"),
        "rounds": [
            {"series": series, "round": n, "pool_size": round_open.of(series, n).pool_size}
            for series, n in sorted(rounds)
        ],
        "tasks": [{**task, "area_name": names.get(str(task["area"]), task["area"])} for task in tasks],
    }


@router.post("/doors:batch", response={200: VisitsOut, **ERRORS}, summary="What came of visits at doors")
def tell(request: HttpRequest, told: VisitsIn) -> Any:
    """Each visit is answered by itself: accepted, duplicate or refused with its code; told again, it changes nothing."""
    at = timezone.now()
    visits = [
        deeds.Told(row.event, (row.series, row.round), row.person, row.outcome, row.at, row.barcode, row.note, row.undo)
        for row in told.rows
    ]
    answers = deeds.tell(visits, sent_at=told.sent_at, actor=account(request), at=at)
    return {
        "received_at": at,
        "rows": [{"event": one.event, "outcome": one.outcome, "code": one.code} for one in answers],
    }
