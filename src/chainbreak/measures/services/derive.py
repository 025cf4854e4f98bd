"""Derivation (推导): everything due, out of the facts known at an instant, by the rule pack; kept as a snapshot.

A snapshot is a pure function of the facts. When they change it is made again; a preview makes one that is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from chainbreak.epi import rulepack
from chainbreak.governance.selectors import generation
from chainbreak.investigation.models import (
    CaseClassification,
    CaseReport,
    Contact,
    ContactEvent,
    ContactPair,
    Derivation,
    Determination,
    Disposition,
    Exposure,
    LetterEvent,
    LetterPerson,
    Outbreak,
    TrajectorySegment,
)
from chainbreak.investigation.services import tracing

from ..models import Arrival, DueMeasure, DueTest, Stay, SymptomReport
from . import disposition, due, snapshot_rows

RESTS_ON = (
    CaseReport, CaseClassification, TrajectorySegment, Exposure, Determination, ContactEvent, LetterEvent, LetterPerson,
    Stay, Arrival, SymptomReport,
)  # fmt: skip
DERIVED = (DueTest, DueMeasure, Disposition, ContactPair, Contact)
_LOCK = 4208


def snapshot(outbreak: Outbreak, *, as_known: datetime | None = None, at: datetime, renew: bool = False) -> Derivation:
    """The snapshot for the facts as they are now; made if there is none or if the facts have changed since.

    That of a closed outbreak is kept as it is: its trajectories may have been deleted since (P-13).
    """
    pack = rulepack.load(outbreak.rule_pack)
    wanted = generation.current(RESTS_ON)
    kept = Derivation.objects.filter(outbreak=outbreak, as_known=as_known).first()
    if kept and (outbreak.closed_at or (_is_current(kept, wanted, pack) and not renew)):
        return kept
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, outbreak.pk])
        kept = Derivation.objects.filter(outbreak=outbreak, as_known=as_known).first()
        wanted = generation.current(RESTS_ON)
        if kept and not renew and _is_current(kept, wanted, pack):
            return kept
        if kept:
            _drop(kept)
        made = Derivation.objects.create(
            outbreak=outbreak, as_known=as_known, generation=wanted, pack_edition=pack.edition, made_at=at
        )
        _fill(made, outbreak, pack)
    return made


def refresh(*, at: datetime) -> list[Derivation]:
    """The current snapshot of every open outbreak, made again where results or facts have changed."""
    return [snapshot(outbreak, at=at, renew=True) for outbreak in Outbreak.objects.filter(closed_at__isnull=True)]


@dataclass(frozen=True)
class Standing:
    """How one person stands: degree and decision, state and end of the measure."""

    degree: int
    determination: str
    state: str | None
    until: datetime | None


@dataclass(frozen=True)
class Preview:
    """What a change would do: who enters, who leaves, who stands otherwise. Person numbers, before and after."""

    enters: dict[str, Standing]
    leaves: dict[str, Standing]
    changes: dict[str, tuple[Standing, Standing]]
    before: object = None
    after: object = None


class _Undo(Exception):
    """Rolls the preview back."""


def preview(
    change: Callable[[], object],
    outbreak: Outbreak,
    *,
    as_of: datetime,
    at: datetime,
    also: Callable[[], object] = lambda: None,
) -> Preview:
    """Make the change, derive, compare, and take everything back: nothing is written.

    Args:
        also: anything else to be worked out `before` and `after`, figures say.

    Raises:
        Whatever `change` raises.
    """
    before, other_before = standings(snapshot(outbreak, at=at), as_of), also()
    after: dict[str, Standing] = {}
    other_after: object = None
    try:
        with transaction.atomic():
            change()
            after, other_after = standings(snapshot(outbreak, at=at), as_of), also()
            raise _Undo
    except _Undo:
        pass
    return Preview(
        enters={p: s for p, s in after.items() if p not in before},
        leaves={p: s for p, s in before.items() if p not in after},
        changes={p: (before[p], s) for p, s in after.items() if p in before and before[p] != s},
        before=other_before,
        after=other_after,
    )


def standings(derivation: Derivation, as_of: datetime) -> dict[str, Standing]:
    """How everybody stands in a snapshot as of an instant, by person number."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.number, c.degree, c.determination, d.state, m.ends_at
            FROM investigation_contact c JOIN registry_person p ON p.id = c.person_id
            LEFT JOIN investigation_disposition d ON d.contact_id = c.id AND d.valid_from < %(at)s
                 AND (d.valid_until IS NULL OR d.valid_until >= %(at)s)
            LEFT JOIN LATERAL (SELECT max(ends_at) AS ends_at FROM measures_duemeasure m
                 WHERE m.derivation_id = c.derivation_id AND m.person_id = c.person_id) m ON true
            WHERE c.derivation_id = %(derivation)s AND c.valid_from < %(at)s AND c.determination <> 'not_contact'
            """,
            {"at": as_of, "derivation": derivation.pk},
        )
        return {number: Standing(*rest) for number, *rest in cursor.fetchall()}


def _is_current(kept: Derivation, wanted: str, pack: rulepack.RulePack) -> bool:
    return (kept.generation, kept.pack_edition) == (wanted, pack.edition)


def _fill(made: Derivation, outbreak: Outbreak, pack: rulepack.RulePack) -> None:
    known = made.as_known
    cases = tracing.case_facts(outbreak, pack, known)
    found = tracing.trace(outbreak, pack, cases, as_known=known, controls=lambda persons: _controls(persons, known))
    steps = disposition.steps_of(outbreak, cases, as_known=known)
    courses = {f.person: disposition.periods(f, steps.get(f.person, ())) for f in found}
    measures = due.of_contacts(pack, found, as_known=known)
    measures += due.of_arrivals(pack, outbreak, as_known=known, infected=[case.person for case in cases])
    told = due.of_symptoms(pack, outbreak, as_known=known)
    snapshot_rows.write(made, found, courses, measures, told, case_of={case.person: case.id for case in cases})


def _controls(persons: Iterable[int], as_known: datetime | None) -> Mapping[int, list[datetime]]:
    ends: dict[int, list[datetime]] = {}
    for person, admitted in (
        Stay.objects.known_at(as_known).filter(person__in=list(persons)).values_list("person_id", "admitted_at")
    ):
        ends.setdefault(person, []).append(admitted)
    return ends


def _drop(kept: Derivation) -> None:
    with connection.cursor() as cursor:
        for model in DERIVED:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE derivation_id = %s", [kept.pk])
        cursor.execute("DELETE FROM investigation_derivation WHERE id = %s", [kept.pk])
