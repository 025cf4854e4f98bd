"""What was judged, written (登记落库): swabs, events, seals, conflicts, counts and the audit, by sets.

Swabs and events go by COPY in PostgreSQL's binary form: text would have to be made here and read there again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any

from chainbreak.epi.round_intake import CONFLICT
from chainbreak.governance.services import audit

from ..models import Purpose
from .intake_judge import Judge, Kept
from .intake_known import ask

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # from which PostgreSQL counts microseconds
_HEAD, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_MASS = Purpose.MASS_ROUND.value.encode()
_SWAB, _SWAB_END = Struct(f">hi36siqiqihi{len(_MASS)}siqiq"), Struct(">iqiq")
_EVENT, _EVENT_END = Struct(">hi16si4si?iqiq"), Struct(">iqiq")
_BIG, _SMALL, _NULL = Struct(">iq"), Struct(">ih"), b"\xff" * 4
_COPY_SWABS = (
    "COPY screening_swab (key, recorded_at, first_recorded_at, position, purpose, sampled_at, person_id, recorded_by_id, "
    "round_id, tube_id) FROM STDIN (FORMAT BINARY)"
)
_COPY_EVENTS = (
    "COPY screening_swabevent (event_id, kind, conflict, device_id, tube_id, person_id, members, at, received_at) "
    "FROM STDIN (FORMAT BINARY)"
)
_COPY_SEALS = "COPY screening_tubecustody (recorded_at, first_recorded_at, opened_at, sealed_at, reject_reason, tube_id) FROM STDIN"
_SEALED = """
UPDATE screening_tubecustody SET superseded_at = %s
WHERE tube_id = ANY(%s::bigint[]) AND superseded_at IS NULL RETURNING tube_id, opened_at, first_recorded_at
"""
_FIRST = """
SELECT asked.id, coalesce((SELECT min(e.at) FROM screening_swabevent e WHERE e.tube_id = asked.id AND e.kind = 'open'),
    (SELECT min(s.sampled_at) FROM screening_swab s WHERE s.tube_id = asked.id AND s.superseded_at IS NULL))
FROM unnest(%s::bigint[]) AS asked(id)
"""
_CONFLICT = (
    "INSERT INTO screening_intakeconflict (event_id, kind, round_id, device_id, tube_id, other_tube_id, person_id, said, at, "
    "recorded_at, decision, reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '')"
)
_BATCHES = (
    "INSERT INTO screening_intakebatch (device_id, round_id, site_id, area_code, table_number, swabs, tubes_sealed, "
    "duplicates, conflicts, refused, last_sampled_at, clock_off_seconds, received_at) SELECT * FROM unnest("
    "%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], "
    "%s::int[], %s::timestamptz[], %s::int[], %s::timestamptz[])"
)


def write(cursor: Any, judged: Judge, now: datetime) -> None:
    """Write what was judged, in the transaction of the cursor."""
    stamp = _micros(now)
    swabs = [_swab(one, stamp) for one in judged.kept if one.verdict.position is not None]
    _copy(cursor, _COPY_SWABS, swabs)
    _copy(cursor, _COPY_EVENTS, [_event(one, stamp) for one in judged.kept])
    if judged.seals:
        _seal(cursor, judged, now)
    for one in judged.kept:
        if one.verdict.outcome == CONFLICT:
            event, batch = one.event, one.batch
            values = (event.event_id, one.verdict.reason, batch.round_id, batch.device_id, one.tube, one.other)
            cursor.execute(_CONFLICT, (*values, one.person, event.person, one.at, now), prepare=True)
    _count(cursor, judged, now)


def _copy(cursor: Any, sql: str, rows: list[bytes]) -> None:
    if rows:
        with cursor.copy(sql) as copy:
            copy.write(b"".join([_HEAD, *rows, _END]))


def _swab(one: Kept, stamp: int) -> bytes:
    event, batch, tube, person, at, verdict, _other = one
    head = _SWAB.pack(
        10, 36, event.event_id.encode(), 8, stamp, 8, stamp, 2, verdict.position, len(_MASS), _MASS, 8, _micros(at), 8, person
    )  # fmt: skip
    recorded_by = _NULL if batch.user_id is None else _BIG.pack(8, batch.user_id)
    return head + recorded_by + _SWAB_END.pack(8, batch.round_id, 8, tube)


def _event(one: Kept, stamp: int) -> bytes:
    event, batch, tube, person, at, verdict, _other = one
    key = bytes.fromhex(event.event_id.replace("-", ""))
    head = _EVENT.pack(9, 16, key, 4, event.kind.encode(), 1, verdict.outcome == CONFLICT, 8, batch.device_id, 8, tube)
    who = _NULL if person is None else _BIG.pack(8, person)
    members = _NULL if event.members is None else _SMALL.pack(2, event.members)
    return head + who + members + _EVENT_END.pack(8, _micros(at), 8, stamp)


def _micros(at: datetime) -> int:
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _seal(cursor: Any, judged: Judge, now: datetime) -> None:
    """A station of the tube's custody: the version before, if any, is superseded."""
    seals, made = judged.seals, judged.known.first
    before: dict[int, tuple] = {}
    opened: dict[int, datetime | None] = dict(made)
    if ids := [tube_id for tube_id in seals if tube_id not in made]:
        before = {row[0]: row[1:] for row in ask(cursor, _SEALED, now, ids)}
        opened.update(ask(cursor, _FIRST, ids))
    lines, stamp = [], now.isoformat()
    for tube_id, at in seals.items():
        opened_at, first = before.get(tube_id, (None, now))
        opened_at = opened_at or opened.get(tube_id)
        shown = min(opened_at, at).astimezone(UTC).isoformat() if opened_at else "\\N"
        lines.append(f"{stamp}\t{first.astimezone(UTC).isoformat()}\t{shown}\t{at.isoformat()}\t\t{tube_id}\n")
    with cursor.copy(_COPY_SEALS) as copy:
        copy.write("".join(lines))


def _count(cursor: Any, judged: Judge, now: datetime) -> None:
    rows = [
        (n.batch.device_id, n.batch.round_id, n.batch.site_id, area, n.batch.table, n.swabs, n.seals, n.duplicates, n.conflicts,
         n.refused, n.last, _seconds(n.batch.behind), now)
        for (_batch, area), n in judged.counts.items()
    ]  # fmt: skip
    if rows:
        cursor.execute(_BATCHES, [list(column) for column in zip(*rows, strict=True)], prepare=True)
        said = [[row[0], *row[5:10]] for row in rows]
        audit.record("swabs.taken", subject="screening_intakebatch", actor=None, at=now, detail={"batches": said})


def _seconds(behind: timedelta) -> int:
    return max(-2_000_000_000, min(2_000_000_000, int(behind.total_seconds())))
