"""The rows of a snapshot, written by COPY: tens of thousands in well under a second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from json import dumps
from typing import Any

from django.db import connection

from chainbreak.investigation.models import Contact, ContactPair, Derivation, Disposition
from chainbreak.investigation.services.tracing import Found

from ..models import DueMeasure, DueTest
from .disposition import Period
from .due import Due, DueForSymptoms


def write(
    made: Derivation,
    found: list[Found],
    courses: Mapping[int, list[Period]],
    due: list[Due],
    told: list[DueForSymptoms],
    *,
    case_of: Mapping[int, int],
) -> None:
    """Contacts, pairs, dispositions, due measures and due tests of one snapshot; `case_of` is the case of a person."""
    ids = _ids(Contact, len(found))
    contact_of = {f.person: number for f, number in zip(found, ids, strict=True)}
    _copy(
        Contact,
        "id derivation_id person_id degree determination basis rule setting source_case_id source_person_id "
        "first_exposure_at last_exposure_at valid_from first_degree_from converted",
        (
            (
                contact_of[f.person], made.pk, f.person, f.degree, str(f.determination), f.basis, f.rule, f.setting,
                f.source_case, f.source_person, f.first_exposure_at, f.last_exposure_at, f.valid_from,
                f.valid_from if f.degree == 1 else None, f.converted,
            )
            for f in found
        ),
    )  # fmt: skip
    _copy(
        ContactPair,
        "derivation_id person_id source_id source_case_id degree first_exposure_at last_exposure_at minutes meetings "
        "place_id setting rule valid_from evidence",
        (
            (
                made.pk, f.person, p.source, case_of.get(p.source) if f.degree == 1 else None, f.degree, p.first_exposure_at, p.last_exposure_at, p.minutes, len(p.meetings), p.place, p.setting, p.rule,
                at, dumps(p.meetings),
            )
            for f in found
            for p, at in f.pairs
        ),
    )  # fmt: skip
    _copy(
        Disposition,
        "derivation_id contact_id state valid_from valid_until reason evidence",
        (
            (made.pk, contact_of[person], p.state, p.valid_from, p.valid_until, p.reason, dumps(p.evidence))
            for person, periods in courses.items()
            for p in periods
        ),
    )
    _copy(
        DueMeasure,
        "derivation_id person_id reason measure starts_at ends_at rule evidence",
        (
            (made.pk, d.person, d.reason, d.measure.measure, d.measure.from_at, d.measure.until, d.measure.rule, "[]")
            for d in due
        ),
    )
    _copy(
        DueTest,
        "derivation_id person_id day on_date rule",
        [
            *((made.pk, d.person, t.day, t.date, t.rule) for d in due for t in d.measure.tests),
            *((made.pk, d.person, d.day, d.on_date, d.rule) for d in told),
        ],
    )


def _ids(model: Any, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def _copy(model: Any, columns: str, rows: Iterable[tuple]) -> None:
    names = columns.split()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({', '.join(names)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
