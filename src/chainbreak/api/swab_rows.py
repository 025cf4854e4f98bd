"""The form of a batch of registrations (批次格式): JSON, NDJSON and Arrow read, every bad row named, none stops another."""

from __future__ import annotations

import hashlib
import io
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chainbreak.screening.services.intake_batch import Event

MOST_ROWS = 5000
MOST_BYTES = 4_000_000
YEARS = range(2000, 2100)  # what a clock can show by mistake and still be put right
Code = Annotated[str, Meta(min_length=3, max_length=40, pattern=r"^[0-9A-Za-z][0-9A-Za-z._/+-]*\Z")]
Number = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\s\x00-\x1f\x7f\\]+\Z")]
EventId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._:-]+\Z")]
_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
Instant = Annotated[datetime, Meta(tz=True)]


class Row(msgspec.Struct, forbid_unknown_fields=False):
    """One event of a device: a tube opened, a person swabbed into it, or the tube sealed."""

    event_id: EventId
    barcode: Code
    at: Instant
    op: Literal["swab", "open", "seal"] = "swab"
    person: Number | None = None
    position: Annotated[int, Meta(ge=1, le=20)] | None = None
    members: Annotated[int, Meta(ge=0, le=20)] | None = None
    pool_limit: Literal[1, 5, 10, 20] | None = None


class Sent(msgspec.Struct):
    """A batch: which round, where, by the device's clock when, and its rows."""

    rows: list[Row]
    series: str = ""
    number: int = 0
    site: str = ""
    table: str = ""
    sent_at: Instant | None = None


class Envelope(msgspec.Struct):
    """A batch whose rows are looked at one by one, since one of them is bad."""

    rows: list[Any]
    series: str = ""
    number: int = 0
    site: str = ""
    table: str = ""
    sent_at: Instant | None = None


class Unreadable(Exception):
    """The body as a whole cannot be read: nothing of it was taken in."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(code)


@dataclass
class Read:
    """A batch as read: an event for each good row, and what is wrong with each other one, by its place."""

    envelope: Sent | Envelope
    ids: list[str | None]
    events: list[Event | None]
    wrong: dict[int, str]


_SENT, _ENVELOPE, _ROW = msgspec.json.Decoder(Sent), msgspec.json.Decoder(Envelope), msgspec.json.Decoder(Row)


def read(body: bytes, content_type: str, query: Mapping[str, str], scope: str) -> Read:
    """Read a body.

    Args:
        query: for NDJSON and Arrow, what the envelope of a JSON batch says: series, number, site, table, sent_at.
        scope: what makes an event id that is not a UUID the device's own.

    Raises:
        Unreadable: not JSON, cut off, too many rows, no list of rows; nothing is taken in.
    """
    if len(body) > MOST_BYTES:
        raise Unreadable("batch_too_large", f"{len(body)} > {MOST_BYTES}", 413)
    kind = content_type.split(";")[0].strip().lower()
    if kind in ("application/x-ndjson", "application/ndjson", "application/jsonl"):
        return _each(_named(query), [line for line in body.split(b"\n") if line.strip()], scope)
    if kind in ("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"):
        return _each(_named(query), _arrow(body), scope)
    try:
        sent = _SENT.decode(body)
        if len(sent.rows) > MOST_ROWS:
            raise Unreadable("too_many_rows", f"{len(sent.rows)} > {MOST_ROWS}", 413)
        rows = sent.rows
        wrong = {place: why for place, row in enumerate(rows) if (why := _wrong(row))}
        return Read(sent, [row.event_id for row in rows], [_event(row, scope) for row in rows], wrong)
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        pass
    except msgspec.DecodeError as error:
        raise Unreadable("not_json", str(error)) from None
    try:
        envelope = _ENVELOPE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("not_a_batch", str(error)[:200]) from None
    return _each(envelope, envelope.rows, scope)


def _named(query: Mapping[str, str]) -> Envelope:
    given = {name: query[name] for name in ("series", "number", "site", "table", "sent_at") if query.get(name)}
    try:
        return msgspec.convert({"rows": [], **given}, Envelope, strict=False)
    except msgspec.ValidationError as error:
        raise Unreadable("not_a_batch", str(error)[:200]) from None


def _arrow(body: bytes) -> list[Any]:
    import pyarrow as pa

    try:
        source = pa.ipc.open_file(io.BytesIO(body)) if body[:6] == b"ARROW1" else pa.ipc.open_stream(io.BytesIO(body))
        table = source.read_all()
        if table.num_rows > MOST_ROWS:
            raise Unreadable("too_many_rows", f"{table.num_rows} > {MOST_ROWS}", 413)
        return [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()]
    except (pa.ArrowInvalid, pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise Unreadable("not_arrow", str(error)[:200]) from None


def _each(envelope: Envelope, given: Sequence[Any], scope: str) -> Read:
    if len(given) > MOST_ROWS:
        raise Unreadable("too_many_rows", f"{len(given)} > {MOST_ROWS}", 413)
    read = Read(envelope, [], [], {})
    for place, one in enumerate(given):
        said: str | None = None
        event: Event | None = None
        try:
            row = _ROW.decode(one) if isinstance(one, bytes) else msgspec.convert(one, Row)
            said = row.event_id
            if why := _wrong(row):
                read.wrong[place] = why
            else:
                event = _event(row, scope)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            read.wrong[place] = str(error)[:160]
            claimed = one.get("event_id") if isinstance(one, dict) else None
            said = claimed[:64] if isinstance(claimed, str) and claimed.isprintable() else None
        read.ids.append(said)
        read.events.append(event)
    return read


def _wrong(row: Row) -> str:
    if row.op == "swab" and row.person is None:
        return "person is missing - at `$.person`"
    return "" if row.at.year in YEARS else "not an instant of this century - at `$.at`"


def _event(row: Row, scope: str) -> Event:
    return Event(
        _key(row.event_id, scope), row.op, row.barcode, row.at, row.person or "" if row.op == "swab" else "", row.position,
        row.members, row.pool_limit,
    )  # fmt: skip


def _key(text: str, scope: str) -> str:
    """A UUID is itself; any other id counts within its device."""
    if _UUID.fullmatch(text):
        return text
    if len(text) == 36:
        try:
            return str(uuid.UUID(text))
        except ValueError:
            pass
    return str(uuid.UUID(bytes=hashlib.blake2b(f"{scope}|{text}".encode(), digest_size=16).digest()))
