"""Who was found in the lake (待判定对象): the person, how urgent it is to ask, and how the person stands already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chainbreak.epi import rulepack
from chainbreak.registry.models import CareNeed, Person, Place

from ..models import Case, Contact, Decision, Derivation, Determination
from ..models.trajectory import Evidence
from .case import with_standing

LONG_TIMES = 4  # "long": so many times the least minutes
RECENT = timedelta(days=3)
OLD, YOUNG = 60, 14  # years; with a care need these are the vulnerable
REASONS = ("household", "long", "recent", "vulnerable")
STANDINGS = ("new", "second", "pending", "determined", "case", "unregistered")
EVIDENCE = dict(Evidence.choices)  # what a stay rests on, in words
TAKEABLE = ("new", "second")


@dataclass(frozen=True)
class Candidate:
    """Somebody who was with the case, as the lake tells, and what is known of them."""

    number: str
    person: Person | None
    degree: int
    source: str
    first_exposure_at: datetime
    last_exposure_at: datetime
    minutes: float
    meetings: int
    place: str
    kind: str
    setting: str
    rule: str  # of the pack, that let it in
    reasons: tuple[str, ...]  # of REASONS
    standing: str  # of STANDINGS; second: known as a contact of a contact, and closer by the lake

    @property
    def rank(self) -> tuple[Any, ...]:
        """Households first, then who has most reasons, then the longest together."""
        return (self.degree, "household" not in self.reasons, -len(self.reasons), -self.minutes, self.number)

    @property
    def is_takeable(self) -> bool:
        """Whether a question about this person can be recorded."""
        return self.standing in TAKEABLE


def describe(case: Case, derivation: Derivation, table: pa.Table, *, least: float, at: datetime) -> list[Candidate]:
    """The persons of a lake's answer, each once, the most urgent first; in one query for each kind of record.

    Args:
        table: as `Lake.trace` gives it; rows of one person and several sources become one.
    """
    pack = rulepack.load(case.outbreak.rule_pack)
    numbers = [str(one) for one in table["person_id"].to_pylist()]
    people = {p.number: p for p in _in_parts(Person.objects.all(), set(numbers))}
    places = _places(table)
    known = _known(case, derivation, people.values(), at)
    found: dict[str, Candidate] = {}
    for number, row in zip(numbers, table.to_pylist(), strict=True):
        person, place = people.get(number), places.get(str(row.get("place_id")))
        place_kind = pack.place_kind(place.kind) if place else None
        setting = place_kind.setting if place_kind else "investigator_judgement"
        one = Candidate(
            number=number, person=person, degree=row["degree"], source=str(row["source_person_id"]),
            first_exposure_at=row["first_exposure_at"], last_exposure_at=row["last_exposure_at"],
            minutes=row["minutes"], meetings=row["meetings"],
            place=str(place or row.get("place_id") or row.get("cell") or ""), kind=place.kind if place else "",
            setting=setting, rule=place_kind.id if place_kind else "contact.copresence_minutes",
            reasons=_reasons(row, person, case, setting, known, least, at),
            standing=_standing(person, row["degree"], known),
        )  # fmt: skip
        if number not in found or one.rank < found[number].rank:
            found[number] = one
    return sorted(found.values(), key=lambda one: one.rank)


def lost(case: Case, numbers: Iterable[str]) -> list[Determination]:
    """Those who wait for a determination because of the case, and are not among those found any more (不再成立)."""
    waiting = Determination.objects.known_at(None).filter(
        outbreak=case.outbreak, source=case.person_id, decision=Decision.PENDING
    )
    still = set(numbers)
    rows = waiting.select_related("person").order_by("person__number")
    return [one for one in rows if is_question(one) and one.person.number not in still]


def is_question(one: Determination) -> bool:
    """Whether nobody has decided yet since it was recorded."""
    return one.decision == Decision.PENDING and one.recorded_at == one.first_recorded_at


@dataclass(frozen=True)
class _Known:
    """What is on record of some persons: cases, decisions, standing in the snapshot, care needs; by their keys."""

    cases: set[int]
    decided: dict[int, str]
    derived: dict[int, tuple[str, int]]
    needs: set[int]


def _known(case: Case, derivation: Derivation, people: Iterable[Person], at: datetime) -> _Known:
    ids = [p.pk for p in people]
    decided = Determination.objects.known_at(None).filter(outbreak=case.outbreak, person__in=ids)
    derived = Contact.objects.filter(derivation=derivation, person__in=ids)
    return _Known(
        cases=set(
            with_standing(Case.objects.filter(outbreak=case.outbreak, person__in=ids), at, None)
            .exclude(classification_then="excluded")
            .values_list("person", flat=True)
        ),
        decided=dict(decided.values_list("person", "decision")),
        derived={person: (said, n) for person, said, n in derived.values_list("person", "determination", "degree")},
        needs=set(CareNeed.objects.filter(person__in=ids).values_list("person", flat=True)),
    )


def _reasons(
    row: dict[str, Any], person: Person | None, case: Case, setting: str, known: _Known, least: float, at: datetime
) -> tuple[str, ...]:
    lives_with = person is not None and person.household_id and person.household_id == case.person.household_id
    holds = (
        setting == "household" or lives_with,
        row["minutes"] >= LONG_TIMES * max(least, 1),
        row["last_exposure_at"] >= at - RECENT,
        person is not None and (person.pk in known.needs or _is_of_age(person, at)),
    )
    return tuple(code for code, is_so in zip(REASONS, holds, strict=True) if is_so)


def _standing(person: Person | None, degree: int, known: _Known) -> str:
    if person is None:
        return "unregistered"
    if person.pk in known.cases:
        return "case"
    if person.pk in known.decided:
        return "pending" if known.decided[person.pk] == Decision.PENDING else "determined"
    said, said_degree = known.derived.get(person.pk, (None, degree))
    if said is None:
        return "new"
    if said_degree > degree:
        return "second"
    return "pending" if said == Decision.PENDING else "determined"


def _is_of_age(person: Person, at: datetime) -> bool:
    years = None if person.birth_year is None else at.year - person.birth_year
    return years is not None and (years >= OLD or years <= YOUNG)


def _places(table: pa.Table) -> dict[str, Place]:
    if "place_id" not in table.column_names:
        return {}
    numbers = {str(one) for one in pc.unique(table["place_id"]).to_pylist()}
    return {place.number: place for place in _in_parts(Place.objects.all(), numbers)}


def _in_parts(rows: Any, numbers: set[str]) -> Iterable[Any]:
    listed = sorted(numbers)
    for first in range(0, len(listed), 10_000):
        yield from rows.filter(number__in=listed[first : first + 10_000])
