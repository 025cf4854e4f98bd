"""What is due to persons in a snapshot (应管控、应检): measures with their end, and tests done or missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from chainbreak.investigation.models import Derivation

from ..models import DueMeasure, DueTest


@dataclass(frozen=True)
class Test:
    """One test that is due on a day, and the swab that was taken for it, if any."""

    due: DueTest
    sampled_at: datetime | None
    outcome: str
    missing: bool


def current(derivation: Derivation, persons: Iterable[int], as_of: datetime) -> dict[int, DueMeasure]:
    """The measure each of some persons is under as of an instant; one that begins later where none holds yet."""
    rows = DueMeasure.objects.filter(derivation=derivation, person__in=list(persons), ends_at__gte=as_of)
    found: dict[int, DueMeasure] = {}
    for row in rows.order_by("starts_at", "pk"):
        found.setdefault(row.person_id, row)
    return found


def measures_of(derivation: Derivation, person_id: int) -> list[DueMeasure]:
    """Every measure due to a person, in order of time."""
    return list(DueMeasure.objects.filter(derivation=derivation, person=person_id).order_by("starts_at", "pk"))


def tests_of(derivation: Derivation, person_id: int, *, today: date, as_known: datetime | None) -> list[Test]:
    """Every test due to a person, with what was done on that day."""
    done = swabs_by_day(person_id, as_known)
    found = []
    for row in DueTest.objects.filter(derivation=derivation, person=person_id).order_by("on_date", "pk"):
        sampled_at, outcome = done.get(row.on_date, (None, ""))
        found.append(Test(row, sampled_at, outcome, sampled_at is None and row.on_date <= today))
    return found


def swabs_by_day(person_id: int, as_known: datetime | None) -> dict[date, tuple[datetime, str]]:
    """The last swab of a person on each day, with its outcome (empty: no result yet)."""
    known = "{0}.superseded_at IS NULL"
    if as_known is not None:
        known = "{0}.recorded_at <= %(known)s AND ({0}.superseded_at IS NULL OR {0}.superseded_at > %(known)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (s.sampled_at AT TIME ZONE 'Asia/Shanghai')::date, s.sampled_at, coalesce(r.outcome, '') "
            "FROM screening_swab s LEFT JOIN screening_result r ON r.tube_id = s.tube_id AND r.stage <> 'preliminary' "
            f"AND {known.format('r')} WHERE s.person_id = %(person)s AND s.round_id IS NULL AND {known.format('s')} "
            "ORDER BY s.sampled_at",
            {"person": person_id, "known": as_known},
        )
        return {day: (at, outcome) for day, at, outcome in cursor.fetchall()}
