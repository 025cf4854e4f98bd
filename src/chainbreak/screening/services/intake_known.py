"""What is on record of the events, persons and tubes of some batches (登记前查重): asked in sets, tubes made where new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chainbreak.epi import round_intake as rule
from chainbreak.epi.round_intake import TubeNow

from .intake_batch import Again, Batch, Event

LOCKS = 509  # as many turns for tubes: the database's table of locks is small
_BETWEEN = "\x1f"  # no code or number holds a control character


@dataclass(slots=True)
class Known:
    """Events by id, persons by number, tubes by barcode, and where each person was swabbed in the round."""

    events: dict[str, tuple[str, bool, str, str | None]]  # kind, conflict, barcode, person's number
    persons: dict[str, int]
    swabbed: dict[tuple[int, int], int]  # (round, person) → the tube
    tubes: dict[str, tuple[int, str, TubeNow]]  # its id, its area, how it stands
    first: dict[int, datetime | None] = field(default_factory=dict)  # of tubes made now: when they were first heard of


# What is found for a row asked for is asked by scalar subqueries: they are always walks down an index, whatever the
# planner believes of a table that is empty when the round begins.
_EVENTS = """
SELECT e.event_id::text, e.kind, e.conflict, (SELECT t.barcode FROM screening_tube t WHERE t.id = e.tube_id),
    (SELECT p.number FROM registry_person p WHERE p.id = e.person_id)
FROM unnest(string_to_array(%s, ',')::uuid[]) AS asked(id) JOIN screening_swabevent e ON e.event_id = asked.id
"""
_PERSONS = f"""
SELECT p.number, p.id, (SELECT s.tube_id FROM screening_swab s WHERE s.person_id = p.id
    AND s.round_id = %s AND s.purpose = 'mass_round' AND s.superseded_at IS NULL)
FROM unnest(string_to_array(%s, E'{_BETWEEN}')) AS asked(number) JOIN registry_person p ON p.number = asked.number
"""
_THERE = f"""
SELECT t.barcode FROM unnest(string_to_array(%s, E'{_BETWEEN}')) AS asked(barcode)
JOIN screening_tube t ON t.barcode = asked.barcode
"""
_LOCKS = "SELECT count(pg_advisory_xact_lock(4208, n)) FROM unnest(%s::int[]) AS wanted(n)"
_TUBES = f"""
SELECT t.barcode, t.id, t.round_id, t.area_code, t.pool_limit,
    (SELECT c.sealed_at FROM screening_tubecustody c WHERE c.tube_id = t.id AND c.superseded_at IS NULL),
    (SELECT e.device_id FROM screening_swabevent e WHERE e.tube_id = t.id AND e.kind = 'seal' AND NOT e.conflict LIMIT 1),
    (SELECT array_agg(s.position) FROM screening_swab s WHERE s.tube_id = t.id AND s.superseded_at IS NULL),
    EXISTS (SELECT FROM screening_result r WHERE r.tube_id = t.id AND r.superseded_at IS NULL)
FROM unnest(string_to_array(%s, E'{_BETWEEN}')) AS asked(barcode) JOIN screening_tube t ON t.barcode = asked.barcode
"""
_NEW_TUBES = """
INSERT INTO screening_tube (barcode, round_id, area_code, site_id, pool_limit)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::smallint[])
ON CONFLICT DO NOTHING RETURNING barcode, id
"""
PLANS = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)"
    for name, value in {
        "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "enable_bitmapscan": "off",
        "enable_material": "off", "plan_cache_mode": "force_generic_plan", "jit": "off",
    }.items()
)  # fmt: skip


def ask(cursor: Any, sql: str, *values: Any) -> list[tuple]:
    """The rows of a prepared statement."""
    return cursor.execute(sql, values, prepare=True, binary=True).fetchall()


def look(cursor: Any, batches: Sequence[Batch], at: datetime) -> Known:
    """What is known, with every tube there in the end.

    Whoever changes a tube that is there has the turn for it until the commit, and looks at it only then. A tube that is
    not there yet needs none: making it twice is noticed.

    Raises:
        Again: somebody made one of the tubes at this moment.
    """
    events = [event for batch in batches for event in batch.events]
    held = {row[0]: row[1:] for row in ask(cursor, _EVENTS, ",".join([event.event_id for event in events]))}
    known = Known(held, {}, {}, {})
    _persons(cursor, batches, known)
    barcodes = {event.barcode for event in events}
    there = {code for (code,) in ask(cursor, _THERE, _BETWEEN.join(barcodes))} if barcodes else set()
    if there:
        ask(cursor, _LOCKS, sorted({_turn(code) for code in there}))
        for code, pk, round_id, area, limit, sealed_at, device, positions, result in ask(
            cursor, _TUBES, _BETWEEN.join(there)
        ):
            members = dict.fromkeys(positions or (), 0)
            known.tubes[code] = (pk, area, TubeNow(round_id, limit, members, sealed_at, device, result))
    if len(there) < len(barcodes):
        _make_tubes(cursor, batches, known, at)
    return known


def _persons(cursor: Any, batches: Sequence[Batch], known: Known) -> None:
    wanted: dict[int, set[str]] = {}
    for batch in batches:
        wanted.setdefault(batch.round_id, set()).update([event.person for event in batch.events if event.person])
    for round_id, numbers in wanted.items():
        if numbers:
            for number, pk, tube_id in ask(cursor, _PERSONS, round_id, _BETWEEN.join(numbers)):
                known.persons[number] = pk
                if tube_id is not None:
                    known.swabbed[round_id, pk] = tube_id


def _make_tubes(cursor: Any, batches: Sequence[Batch], known: Known, at: datetime) -> None:
    new: dict[str, tuple[Batch, int]] = {}
    tubes, held, persons = known.tubes, known.events, known.persons
    for batch in batches:
        for event in batch.events:
            code = event.barcode
            if code in new or code in tubes or event.event_id in held:
                continue
            if event.kind == "swab" and event.person not in persons and not _late(batch, event, at):
                continue  # refused on the spot: a mistyped number makes no tube
            new[code] = (batch, event.pool_limit or batch.pool_size)
    if not new:
        return
    rows = [(code, b.round_id, b.area_code, b.site_id, limit) for code, (b, limit) in sorted(new.items())]
    made = ask(cursor, _NEW_TUBES, *map(list, zip(*rows, strict=True)))
    if len(made) != len(rows):
        raise Again
    for code, pk in made:
        batch, limit = new[code]
        tubes[code] = (pk, batch.area_code, TubeNow(batch.round_id, limit))
        known.first[pk] = None


def _late(batch: Batch, event: Event, at: datetime) -> bool:
    return at - batch.at(event, at) > rule.LATE


def _turn(barcode: str) -> int:
    return sum(barcode.encode()[-6:]) * 31 % LOCKS
