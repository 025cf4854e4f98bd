"""Registrations from sampling tables taken in (采样登记入库): durable, each event once, every row answered.

Several batches go in one transaction: whoever has the turn writes for all that wait, so that a commit is paid once for
many. Questions and writes are by sets; what becomes of a row is said by `epi.round_intake`.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from django.db import IntegrityError, OperationalError, connection, transaction

from chainbreak.epi import round_intake as rule
from chainbreak.epi.round_intake import ACCEPTED, CONFLICT, DUPLICATE, REFUSED, TubeNow, Verdict
from chainbreak.governance.services import audit
from chainbreak.registry.selectors.area import stem_of

from ..models import Purpose

TRIES = 5
MASS = Purpose.MASS_ROUND.value
LOCKS = 251  # as many turns for tubes: the database's table of locks is small


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a device, its form checked."""

    event_id: uuid.UUID
    kind: str
    barcode: str
    at: datetime
    person: str = ""
    position: int | None = None
    members: int | None = None
    pool_limit: int | None = None


@dataclass(slots=True)
class Batch:
    """The events one device sent together, for one round."""

    device_id: int
    user_id: int | None
    area_code: str
    round_id: int
    pool_size: int
    site_id: int | None
    table: str
    sent_at: datetime | None
    events: Sequence[Event]
    verdicts: list[Verdict] = field(default_factory=list)
    malformed: int = 0
    behind: timedelta = timedelta(0)  # how far the device's clock is behind ours
    stem: str = ""


@dataclass
class _Known:
    events: dict[uuid.UUID, tuple[str, bool, str, str | None]]
    persons: dict[str, int]
    swabbed: dict[tuple[int, int], int]  # (round, person) → the tube
    tubes: dict[str, tuple[int, str, TubeNow]]


class _Again(Exception):
    """Somebody else wrote in between: look again."""


def take(batches: Sequence[Batch], *, at: datetime) -> None:
    """Take in batches in one transaction and leave each row's verdict in `batch.verdicts`.

    Raises:
        OperationalError: the database cannot be reached or does not come to an end; nothing was taken in.
    """
    for left in reversed(range(TRIES)):
        for batch in batches:
            batch.verdicts = []
        try:
            with transaction.atomic(), connection.wrap_database_errors:
                _Taking(batches, at).run()
            return
        except (_Again, IntegrityError, OperationalError) as error:
            if not left or (isinstance(error, OperationalError) and connection.connection is None):
                raise OperationalError("the intake did not come to an end") from error
            if isinstance(error, OperationalError) and not connection.is_usable():
                connection.close()
                raise


# What is found for a row asked for is asked by scalar subqueries: they are always walks down an index, whatever the
# planner believes of a table that is empty when the round begins.
_EVENTS = """
SELECT e.event_id, e.kind, e.conflict, (SELECT t.barcode FROM screening_tube t WHERE t.id = e.tube_id),
    (SELECT p.number FROM registry_person p WHERE p.id = e.person_id)
FROM unnest(%s::uuid[]) AS asked(id) JOIN screening_swabevent e ON e.event_id = asked.id
"""
_PERSONS = """
SELECT p.number, p.id, asked.round, (SELECT s.tube_id FROM screening_swab s WHERE s.person_id = p.id
    AND s.round_id = asked.round AND s.purpose = 'mass_round' AND s.superseded_at IS NULL)
FROM unnest(%s::text[], %s::bigint[]) AS asked(number, round) JOIN registry_person p ON p.number = asked.number
"""
_LOCKS = "SELECT count(pg_advisory_xact_lock(4208, n)) FROM unnest(%s::int[]) AS wanted(n)"
_TUBES = """
SELECT t.barcode, t.id, t.round_id, t.area_code, t.pool_limit,
    (SELECT c.sealed_at FROM screening_tubecustody c WHERE c.tube_id = t.id AND c.superseded_at IS NULL),
    (SELECT e.device_id FROM screening_swabevent e WHERE e.tube_id = t.id AND e.kind = 'seal' AND NOT e.conflict LIMIT 1),
    (SELECT array_agg(s.position) FROM screening_swab s WHERE s.tube_id = t.id AND s.superseded_at IS NULL),
    EXISTS (SELECT FROM screening_result r WHERE r.tube_id = t.id AND r.superseded_at IS NULL)
FROM unnest(%s::text[]) AS asked(barcode) JOIN screening_tube t ON t.barcode = asked.barcode
"""
_NEW_TUBES = """
INSERT INTO screening_tube (barcode, round_id, area_code, site_id, pool_limit)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::smallint[])
ON CONFLICT DO NOTHING RETURNING barcode, id
"""
_SEALED = """
UPDATE screening_tubecustody SET superseded_at = %s
WHERE tube_id = ANY(%s::bigint[]) AND superseded_at IS NULL RETURNING tube_id, opened_at, first_recorded_at
"""
_FIRST = """
SELECT asked.id, coalesce((SELECT min(e.at) FROM screening_swabevent e WHERE e.tube_id = asked.id AND e.kind = 'open'),
    (SELECT min(s.sampled_at) FROM screening_swab s WHERE s.tube_id = asked.id AND s.superseded_at IS NULL))
FROM unnest(%s::bigint[]) AS asked(id)
"""
_PLANS = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)"
    for name, value in {
        "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "enable_bitmapscan": "off",
        "enable_material": "off", "plan_cache_mode": "force_generic_plan", "jit": "off",
    }.items()
)  # fmt: skip


class _Taking:
    """One transaction over some batches."""

    def __init__(self, batches: Sequence[Batch], at: datetime) -> None:
        self.batches, self.at = batches, at
        self.cursor: Any = None
        self.swabs: list[str] = []
        self.events: list[str] = []
        self.seals: dict[int, datetime] = {}
        self.first: dict[int, datetime | None] = {}  # of tubes made now: when they were first heard of
        self.conflicts: list[tuple] = []
        self.counts: dict[tuple, Counter[str]] = {}
        self.last: dict[tuple, datetime] = {}
        self.stamp = at.isoformat()

    def run(self) -> None:
        connection.ensure_connection()
        with psycopg.Cursor(connection.connection) as self.cursor:  # bound by the server, plans kept
            self.cursor.execute(_PLANS, prepare=True)
            for batch in self.batches:
                _, batch.behind = rule.by_our_clock(self.at, sent_at=batch.sent_at, received_at=self.at)
                batch.stem = stem_of(batch.area_code)
            barcodes = sorted({event.barcode for batch in self.batches for event in batch.events})
            turns = sorted(set(map(_turn, barcodes)))
            self._ask(_LOCKS, turns)
            known = self._known(barcodes)
            self._make_tubes(known)
            for batch in self.batches:
                self._judge(batch, known)
            self._write()

    def _ask(self, sql: str, *values: Any) -> list[tuple]:
        return self.cursor.execute(sql, values, prepare=True, binary=True).fetchall()

    def _known(self, barcodes: list[str]) -> _Known:
        ids = [event.event_id for batch in self.batches for event in batch.events]
        events = {row[0]: row[1:] for row in self._ask(_EVENTS, ids)}
        wanted = {
            (event.person, batch.round_id) for batch in self.batches for event in batch.events if event.kind == "swab"
        }
        persons, swabbed = {}, {}
        if wanted:
            numbers, rounds = zip(*wanted, strict=True)
            for number, pk, round_id, tube_id in self._ask(_PERSONS, list(numbers), list(rounds)):
                persons[number] = pk
                if tube_id is not None:
                    swabbed[round_id, pk] = tube_id
        tubes = {}
        for barcode, pk, round_id, area, limit, sealed_at, device, positions, has_result in self._ask(_TUBES, barcodes):
            members = dict.fromkeys(positions or (), 0)
            tubes[barcode] = (pk, area, TubeNow(round_id, limit, members, sealed_at, device, has_result))
        return _Known(events, persons, swabbed, tubes)

    def _make_tubes(self, known: _Known) -> None:
        new: dict[str, tuple[Batch, int]] = {}
        for batch in self.batches:
            for event in batch.events:
                if event.barcode not in known.tubes and event.barcode not in new and event.event_id not in known.events:
                    if event.kind == "swab" and event.person not in known.persons and not self._late(batch, event):
                        continue  # refused on the spot: a mistyped number makes no tube
                    new[event.barcode] = (batch, event.pool_limit or batch.pool_size)
        if not new:
            return
        rows = [(code, b.round_id, b.area_code, b.site_id, limit) for code, (b, limit) in new.items()]
        made = self._ask(_NEW_TUBES, *map(list, zip(*rows, strict=True)))
        if len(made) != len(rows):
            raise _Again
        for barcode, pk in made:
            batch, limit = new[barcode]
            known.tubes[barcode] = (pk, batch.area_code, TubeNow(batch.round_id, limit))
            self.first[pk] = None

    def _late(self, batch: Batch, event: Event) -> bool:
        return self.at - min(event.at + batch.behind, self.at) > rule.LATE

    def _judge(self, batch: Batch, known: _Known) -> None:
        for event in batch.events:
            batch.verdicts.append(verdict := self._verdict(batch, event, known))
            held = known.tubes.get(event.barcode)
            key = (id(batch), held[1] if held and held[2].round_id == batch.round_id else batch.area_code)
            count = self.counts.setdefault(key, Counter())
            count[verdict.outcome] += 1
            if verdict.outcome == ACCEPTED:
                count[event.kind] += 1

    def _verdict(self, batch: Batch, event: Event, known: _Known) -> Verdict:
        at = min(event.at + batch.behind, self.at)
        if before := known.events.get(event.event_id):
            kind, conflict, barcode, told = before
            nobody = conflict and told is None  # its person's number was not known
            if (kind, barcode) != (event.kind, event.barcode) or not (nobody or (told or "") == event.person):
                return Verdict(REFUSED, "event_id_used")
            return Verdict(CONFLICT, "known") if conflict else Verdict(DUPLICATE)
        held = known.tubes.get(event.barcode)
        person = known.persons.get(event.person)
        if held is None:
            return Verdict(REFUSED, "unknown_person")
        tube_id, area, tube = held
        if area and not area.startswith(batch.stem):
            return Verdict(REFUSED, "outside_area")
        elsewhere = None
        if event.kind == "swab":
            elsewhere = known.swabbed.get((batch.round_id, person)) if person is not None else None
            verdict = rule.judged_swab(
                tube, round_id=batch.round_id, person=person, at=at, wanted=event.position, elsewhere=elsewhere is not None,
                late=self.at - at > rule.LATE,
            )  # fmt: skip
            if verdict.outcome == ACCEPTED and person is not None:
                tube.members[verdict.position or 0] = person
                known.swabbed[batch.round_id, person] = tube_id
                self.swabs.append(_swab_line(event, verdict.position, person, batch, tube_id, at, self.stamp))
                key = (id(batch), area)
                self.last[key] = max(self.last.get(key, at), at)
        elif event.kind == "seal":
            verdict = rule.judged_seal(tube, round_id=batch.round_id, device=batch.device_id)
            if verdict.outcome == ACCEPTED:
                tube.sealed_at, tube.sealed_by = at, batch.device_id
                self.seals[tube_id] = at
        else:
            other = tube.round_id is not None and tube.round_id != batch.round_id
            verdict = Verdict(REFUSED, "tube_of_another_round") if other else Verdict(ACCEPTED)
        if verdict.outcome == ACCEPTED and tube_id in self.first and event.kind != "seal":
            self.first[tube_id] = min(self.first[tube_id] or at, at)
        if verdict.outcome in (ACCEPTED, CONFLICT):
            conflict = verdict.outcome == CONFLICT
            known.events[event.event_id] = (event.kind, conflict, event.barcode, event.person or None)
            self.events.append(_event_line(event, conflict, batch, tube_id, person, at, self.stamp))
            if conflict:
                self.conflicts.append((event, verdict.reason, batch, tube_id, elsewhere, person, at))
        return verdict

    def _write(self) -> None:
        cursor = self.cursor
        if self.swabs:
            with cursor.copy(
                "COPY screening_swab (key, recorded_at, first_recorded_at, position, purpose, sampled_at, person_id, "
                "recorded_by_id, round_id, tube_id) FROM STDIN"
            ) as copy:
                copy.write("".join(self.swabs))
        if self.events:
            with cursor.copy(
                "COPY screening_swabevent (event_id, kind, conflict, device_id, tube_id, person_id, members, at, received_at) "
                "FROM STDIN"
            ) as copy:
                copy.write("".join(self.events))
        if self.seals:
            self._seal()
        for event, reason, batch, tube_id, other, person, at in self.conflicts:
            cursor.execute(
                "INSERT INTO screening_intakeconflict (event_id, kind, round_id, device_id, tube_id, other_tube_id, "
                "person_id, said, at, recorded_at, decision, reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '')",
                (event.event_id, reason, batch.round_id, batch.device_id, tube_id, other, person, event.person, at)
                + (self.at,),
                prepare=True,
            )
        self._count()

    def _seal(self) -> None:
        """A station of the tube's custody: the version before, if any, is superseded."""
        before: dict[int, tuple] = {}
        opened: dict[int, datetime | None] = dict(self.first)
        if ids := [tube_id for tube_id in self.seals if tube_id not in self.first]:
            before = {row[0]: row[1:] for row in self._ask(_SEALED, self.at, ids)}
            opened.update(self._ask(_FIRST, ids))
        lines = []
        for tube_id, at in self.seals.items():
            opened_at, first = before.get(tube_id, (None, self.at))
            opened_at = opened_at or opened.get(tube_id)
            shown = min(opened_at, at).astimezone(UTC).isoformat() if opened_at else "\\N"
            sealed = at.isoformat()
            lines.append(f"{self.stamp}\t{first.astimezone(UTC).isoformat()}\t{shown}\t{sealed}\t\t{tube_id}\n")
        with self.cursor.copy(
            "COPY screening_tubecustody (recorded_at, first_recorded_at, opened_at, sealed_at, reject_reason, tube_id) "
            "FROM STDIN"
        ) as copy:
            copy.write("".join(lines))

    def _count(self) -> None:
        owners = {id(batch): batch for batch in self.batches}
        rows = []
        for key, n in self.counts.items():
            batch = owners[key[0]]
            rows.append(
                (batch.device_id, batch.round_id, batch.site_id, key[1], batch.table, n["swab"], n["seal"], n[DUPLICATE],
                 n[CONFLICT], n[REFUSED], self.last.get(key), _seconds(batch.behind), self.at)
            )  # fmt: skip
        if not rows:
            return
        self.cursor.execute(
            "INSERT INTO screening_intakebatch (device_id, round_id, site_id, area_code, table_number, swabs, tubes_sealed, "
            "duplicates, conflicts, refused, last_sampled_at, clock_off_seconds, received_at) SELECT * FROM unnest("
            "%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], "
            "%s::int[], %s::timestamptz[], %s::int[], %s::timestamptz[])",
            [list(column) for column in zip(*rows, strict=True)],
            prepare=True,
        )
        said = [[row[0], *row[5:10]] for row in rows]
        audit.record("swabs.taken", subject="screening_intakebatch", actor=None, at=self.at, detail={"batches": said})


def _swab_line(
    event: Event, position: int | None, person: int, batch: Batch, tube_id: int, at: datetime, stamp: str
) -> str:
    user = batch.user_id or "\\N"
    return (
        f"{event.event_id}\t{stamp}\t{stamp}\t{position}\t{MASS}\t{at.isoformat()}\t{person}\t{user}\t"
        f"{batch.round_id}\t{tube_id}\n"
    )


def _event_line(
    event: Event, conflict: bool, batch: Batch, tube_id: int, person: int | None, at: datetime, stamp: str
) -> str:
    nothing = "\\N"
    fields = (
        event.event_id, event.kind, "t" if conflict else "f", batch.device_id, tube_id,
        nothing if person is None else person, nothing if event.members is None else event.members,
        at.isoformat(), stamp,
    )  # fmt: skip
    return "\t".join(map(str, fields)) + "\n"


def _turn(barcode: str) -> int:
    return sum(barcode.encode()[-6:]) * 31 % LOCKS


def _seconds(behind: timedelta) -> int:
    return max(-2_000_000_000, min(2_000_000_000, int(behind.total_seconds())))


def summary(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many rows came to which outcome."""
    found = Counter(verdict.outcome for verdict in verdicts)
    return {name: found.get(name, 0) for name in (ACCEPTED, DUPLICATE, CONFLICT, REFUSED)}
