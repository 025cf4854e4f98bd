"""Registrations of swabs over the interface (采样登记接口): `POST /api/v1/swabs:batch`, for devices and for signed-in tables.

A device with a token goes by a short lane past sessions and pages; everything else is the same. Each row is answered:
accepted, duplicate, conflict or refused with a reason; nothing is answered before it is on the disk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from ninja.security import HttpBearer, SessionAuth

from chainbreak.epi.round_intake import REFUSED, Verdict
from chainbreak.governance.refusal import Refused
from chainbreak.registry.services import identity
from chainbreak.screening.selectors import round_open, round_pool
from chainbreak.screening.services import device as devices
from chainbreak.screening.services.device import Device
from chainbreak.screening.services.intake import summary
from chainbreak.screening.services.intake_batch import Batch
from chainbreak.screening.services.intake_turn import Turn

from . import swab_rows
from .interface import ERRORS, account, plain
from .swab_rows import Unreadable

router = Router(tags=["screening"])
PATH = "/api/v1/swabs:batch"
REMEMBER_SECONDS = 5.0  # how long a device may go on after its token was taken back
STATUS = {"device_unknown": 401, "not_permitted": 403, "overloaded": 429, "unknown_round": 404, "unknown_site": 404}
_turn = Turn(timezone.now)
_kept: dict[tuple, tuple[float, Any]] = {}


class Answered(msgspec.Struct, omit_defaults=True):
    """What became of one row."""

    event_id: str | None
    outcome: str
    reason: str = ""
    position: int | None = None
    message: str = ""


class Answer(msgspec.Struct):
    """What became of a batch."""

    received_at: datetime
    accepted: int
    duplicate: int
    conflict: int
    refused: int
    rows: list[Answered]


class RowOut(Schema):
    event_id: str | None
    outcome: str
    reason: str = ""
    position: int | None = None
    message: str = ""


class AnswerOut(Schema):
    """Rows in the order in which they were sent."""

    received_at: datetime
    accepted: int
    duplicate: int
    conflict: int
    refused: int
    rows: list[RowOut]


def received(device: Device, body: bytes, content_type: str, query: dict[str, str], *, at: datetime) -> bytes:
    """Take in one body and give the answer as JSON.

    Raises:
        Unreadable: nothing of the body can be read.
        Refused: `unknown_round`, `round_not_open`, `unknown_site`, `outside_area`, `overloaded`.
        DatabaseError: nothing was taken in; to be sent again.
    """
    read = swab_rows.read(body, content_type, query, scope=f"{device.pk}")
    envelope = read.envelope
    if not envelope.series:
        raise Unreadable("round_missing", "series and number say which round")
    of = _remembered(
        ("round", envelope.series, envelope.number), lambda: round_open.of(envelope.series, envelope.number)
    )
    round_open.require(of, area_code=device.area_code)
    site = _remembered(("site", envelope.site), lambda: round_open.site(envelope.site)) if envelope.site else None
    events = [event for place, event in enumerate(read.events) if event is not None and place not in read.wrong]
    on_cards = identity.numbers_of({event.person for event in events if len(event.person) == 18})
    if on_cards:
        events = [event._replace(person=on_cards.get(event.person, event.person)) for event in events]
    area = round_open.area_of(of, site, device.area_code)
    size = of.pool_size
    if planned := _remembered(("pools", of.pk), lambda: round_pool.sizes(of)):  # what was planned here goes first
        size = round_pool.at_site(planned, site, area, otherwise=size)
        events = [one._replace(pool_limit=size) if (one.pool_limit or 0) > size else one for one in events]
    batch = Batch(
        device_id=device.pk, user_id=device.user_id, area_code=area,
        round_id=of.pk, pool_size=size, site_id=site.pk if site else None,
        table=envelope.table if envelope.table.isprintable() and len(envelope.table) <= 20 else "",
        sent_at=envelope.sent_at if envelope.sent_at and envelope.sent_at.year in swab_rows.YEARS else None, events=events, malformed=len(read.wrong),
    )  # fmt: skip
    _turn.take(batch)
    judged = iter(batch.verdicts)
    verdicts = [
        Verdict(REFUSED, "bad_row") if place in read.wrong else next(judged) for place in range(len(read.events))
    ]
    rows = [
        Answered(read.ids[place], one.outcome, one.reason, one.position, read.wrong.get(place, ""))
        for place, one in enumerate(verdicts)
    ]
    return msgspec.json.encode(Answer(at, **summary(verdicts), rows=rows))


class Token(HttpBearer):
    """A device's token; whether it is one is asked where the batch is taken in."""

    def authenticate(self, request: HttpRequest, token: str) -> str:
        return token


@router.post(
    "/swabs:batch",
    auth=[Token(), SessionAuth()],
    response={200: AnswerOut, **ERRORS},
    summary="Register swabs in a batch",
)
def batch(request: HttpRequest) -> HttpResponse:
    """Open tubes, add people, seal, in the order of the rows; safe to send again, for each `event_id` counts once.

    Body (`application/json`): `{"series": "CITY", "number": 1, "site": "S-1", "table": "3", "sent_at": instant,
    "rows": [{"event_id": id, "op": "swab"|"open"|"seal", "barcode": code, "person": number, "at": instant}]}`.
    As `application/x-ndjson` or an Arrow stream the rows alone; series, number, site, table and sent_at are then in the
    query. With `Authorization: Bearer TOKEN` of a device, or signed in. 429 and 503 say in `Retry-After` when to try again.
    """
    at = timezone.now()

    def device() -> Device:
        token = request.headers.get("Authorization", "")
        return _device(token, at) if token else devices.of_account(account(request), at=at)

    status, body, after = _answer(device, lambda: request.body, request.content_type or "", request.GET.dict(), at)
    answer = HttpResponse(body, status=status, content_type="application/json")
    if after:
        answer["Retry-After"] = str(after)
    return answer


def lane(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The server's entry with a short way for devices: their batches do not pass through sessions and pages.

    In a web server one thread writes for all that wait, over a connection of its own.
    """
    global _turn
    _turn = Turn(timezone.now, apart=True)

    def entry(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        token = environ.get("HTTP_AUTHORIZATION", "")
        if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") != "POST" or not token:
            return application(environ, start_response)
        at = timezone.now()
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        try:
            connection.close_if_unusable_or_obsolete()
        except (DatabaseError, InterfaceError):
            connection.close()
        status, body, after = _answer(
            lambda: _device(token, at), lambda: _body(environ), environ.get("CONTENT_TYPE", ""), query, at
        )
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        headers += [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
        start_response(
            f"{status} {'OK' if status == 200 else 'No'}", headers + [("Retry-After", str(after))] * bool(after)
        )
        return [body]

    return entry


def _answer(
    device: Callable[[], Device], body: Callable[[], bytes], content_type: str, query: dict[str, str], at: datetime
) -> tuple[int, bytes, int]:
    """Status, body and seconds to wait."""
    try:
        return 200, received(device(), body(), content_type, query, at=at), 0
    except Unreadable as error:
        said = {"code": error.code, "facts": {"message": error.message}}
        return error.status, msgspec.json.encode(said), 0
    except Refused as refused:
        status = STATUS.get(refused.code, 409)
        said = {"code": refused.code, "facts": plain(refused.facts)}
        return status, msgspec.json.encode(said), int(str(refused.facts.get("seconds", 0))) if status == 429 else 0
    except (DatabaseError, InterfaceError):
        _kept.clear()
        connection.close()
        return 503, msgspec.json.encode({"code": "database_away", "facts": {}}), 2


def _body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length) > swab_rows.MOST_BYTES:
        raise Unreadable("batch_too_large", f"{length} > {swab_rows.MOST_BYTES}", 413)
    body = environ["wsgi.input"].read(swab_rows.MOST_BYTES + 1)
    if length.isdecimal() and len(body) != int(length):
        raise Unreadable("cut_off", f"{len(body)} of {length} bytes")
    return body


def _device(header: str, at: datetime) -> Device:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused("device_unknown")
    found = _remembered(("device", devices.hashed(token.strip())), lambda: devices.of_token(token.strip(), at=at))
    if at >= found.valid_until:
        raise Refused("device_unknown")
    return found


def _remembered(key: tuple, ask: Callable[[], Any]) -> Any:
    """An answer of the last seconds; refusals are not kept, nor anything from one test database to the next."""
    key = (connection.settings_dict["NAME"], os.getpid(), *key)
    now = time.monotonic()
    kept = _kept.get(key)
    if kept is None or now - kept[0] > REMEMBER_SECONDS:
        if len(_kept) > 10_000:
            _kept.clear()
        kept = _kept[key] = (now, ask())
    return kept[1]


def forget() -> None:
    """Nothing remembered any more: for tests."""
    _kept.clear()
