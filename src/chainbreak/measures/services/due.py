"""What is due to whom (应管控、应检): measures and tests of contacts and arrivals, by the rule pack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from chainbreak.epi import arrival as arrivals
from chainbreak.epi import quarantine
from chainbreak.epi.quarantine import TestDone
from chainbreak.epi.rulepack import RulePack
from chainbreak.investigation.models import Decision, Outbreak
from chainbreak.investigation.services.tracing import Found

from ..models import Arrival, Stay, SymptomReport


@dataclass(frozen=True)
class Due:
    """One measure that is due to a person, with its tests."""

    person: int
    reason: str
    measure: quarantine.DueMeasure


def of_contacts(pack: RulePack, found: Iterable[Found], *, as_known: datetime | None) -> list[Due]:
    """The measures due to every confirmed contact who has not become a case.

    A measure that is being served runs from its admission; otherwise it is due from the day the contact became known.
    """
    confirmed = [f for f in found if f.determination == Decision.CONFIRMED and not f.converted]
    first_stay = _first_stays(as_known)
    tests = tests_of(
        [f.person for f in confirmed] + [f.source_person for f in confirmed if f.degree == 2 and f.source_person],
        as_known,
    )
    due: list[Due] = []
    for f in confirmed:
        trigger = f"contact{f.degree}"
        if f.last_exposure_at is None or not pack.measures(trigger):
            continue
        early = None
        if f.degree == 2 and f.source_person:
            early = quarantine.early_release_holds(tests.get(f.person, ()), tests.get(f.source_person, ()))
        measures = quarantine.due_measures(
            pack,
            trigger=trigger,
            anchor_at=f.last_exposure_at,
            identified_at=first_stay.get(f.person, f.valid_from),
            early_release=early,
        )
        due.extend(Due(f.person, trigger, measure) for measure in measures)
    return due


def of_arrivals(
    pack: RulePack, outbreak: Outbreak, *, as_known: datetime | None, infected: Collection[int] = ()
) -> list[Due]:
    """The measures due to every arrival who is not infected, by its band or the risk of its origin."""
    due: list[Due] = []
    for row in Arrival.objects.known_at(as_known).filter(outbreak=outbreak).exclude(person__in=infected):
        measures = arrivals.due_measures(
            pack,
            arrived_at=row.arrived_at,
            identified_at=row.arrived_at,
            detected_at=outbreak.detected_at,
            origin_risk=row.origin_risk or None,
        )
        due.extend(Due(row.person_id, "arrival", measure) for measure in measures)
    return due


@dataclass(frozen=True)
class DueForSymptoms:
    """A test that is due to somebody because of symptoms told; `day` counts from them."""

    person: int
    day: int
    on_date: date
    rule: str


SYMPTOM_TEST = "follow_up.symptom_test"


def of_symptoms(pack: RulePack, outbreak: Outbreak, *, as_known: datetime | None) -> list[DueForSymptoms]:
    """The tests due to people under watch who told of symptoms, one a day at most."""
    if not pack.has(SYMPTOM_TEST):
        return []
    after = int(pack.value(SYMPTOM_TEST))
    told = SymptomReport.objects.known_at(as_known).filter(outbreak_code__in=[outbreak.code, ""])
    days = {(person, pack.local_day(at) + timedelta(days=after)) for person, at in told.values_list("person_id", "at")}
    return [DueForSymptoms(person, after, day, SYMPTOM_TEST) for person, day in sorted(days)]


def tests_of(persons: Iterable[int], as_known: datetime | None) -> Mapping[int, list[TestDone]]:
    """Individual tests of some persons with their verified results, oldest first; no result yet is `pending`."""
    known = "{0}.superseded_at IS NULL"
    values: list = [list(persons)]
    if as_known is not None:
        known = "{0}.recorded_at <= %s AND ({0}.superseded_at IS NULL OR {0}.superseded_at > %s)"
    at = [] if as_known is None else [as_known, as_known]
    found: dict[int, list[TestDone]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.person_id, s.sampled_at, coalesce(r.outcome, 'pending') FROM screening_swab s "
            f"LEFT JOIN screening_result r ON r.tube_id = s.tube_id AND r.stage <> 'preliminary' AND {known.format('r')} "
            f"WHERE s.round_id IS NULL AND s.person_id = ANY(%s) AND {known.format('s')} ORDER BY s.sampled_at",
            [*at, *values, *at],
        )
        for person, sampled_at, outcome in cursor.fetchall():
            found[person].append(TestDone(sampled_at, outcome))
    return found


def _first_stays(as_known: datetime | None) -> dict[int, datetime]:
    rows = Stay.objects.known_at(as_known).exclude(kind="hospital").order_by("-admitted_at")
    return dict(rows.values_list("person_id", "admitted_at"))
