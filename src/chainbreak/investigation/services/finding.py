"""Contacts found in the trajectory lake (轨迹湖排查): looked for, shown first, then taken in as pending contacts (待判定).

The lake proposes, an investigator determines: what is taken in here is a determination `pending`, never a contact by
itself. Persons in the lake are known by their person number, places by their place number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from chainbreak.engines.lake import Lake
from chainbreak.engines.lake.errors import LakeError
from chainbreak.epi import rulepack
from chainbreak.epi.rulepack import RulePack
from chainbreak.governance import words
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit
from chainbreak.registry.models import CareNeed, Person, Place

from ..models import Case, Contact, Decision, Derivation, Determination, Outbreak
from ..selectors import casefile

words.register(
    {
        "no_lake": gettext_noop(
            "There is no trajectory lake yet, so nothing can be looked for in it. Whoever runs the installation makes one in "
            "the folder lake of the data folder: chainbreak lake init, then chainbreak lake append."
        ),
        "lake_broken": gettext_noop(
            "The trajectory lake is damaged (%(file)s), so no answer is given out of it. Whoever runs the installation looks: "
            "chainbreak lake check."
        ),
        "lake_unusable": gettext_noop("The trajectory lake cannot answer now (%(said)s). Try again later."),
        "no_window_of_case": gettext_noop(
            "Nothing says when case %(case)s was infectious. Record its onset or its first positive sample first."
        ),
        "too_many_contacts": gettext_noop(
            "%(number)s contacts are more than %(most)s, which is more than a team could ask. Ask for more minutes together."
        ),
    }
)
INSTANT = pa.timestamp("us", tz="UTC")
CHINA = ZoneInfo("Asia/Shanghai")
LONG_TIMES = 4  # "long": so many times the least minutes of the pack
RECENT = timedelta(days=3)
OLD, YOUNG = 60, 14  # years; with a care need these are the vulnerable
THIN_DAY = 0.5  # a day with less than this share of the usual stays is said to be incomplete
MOST = 20_000  # contacts taken in at once


@dataclass(frozen=True)
class Window:
    """In which time the case may have infected others."""

    from_at: datetime
    until: datetime


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
    reasons: tuple[str, ...]  # household, long, recent, vulnerable
    standing: str  # new, pending, second (known, but of degree 2), determined, case, unregistered

    @property
    def rank(self) -> tuple[Any, ...]:
        """Households first, then who has most reasons, then the longest together."""
        return (self.degree, "household" not in self.reasons, -len(self.reasons), -self.minutes, self.number)


@dataclass(frozen=True)
class Coverage:
    """What the lake holds of a window: stays by day, days without any, days with too few."""

    stays: int
    days: list[tuple[date, int]]
    missing: list[date]
    thin: list[date]


@dataclass(frozen=True)
class Finding:
    """All that was found for one case, before anybody decides."""

    case: Case
    window: Window
    minutes: float
    edition: str
    coverage: Coverage
    case_has_stays: bool
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def new(self) -> list[Candidate]:
        """Those who would be taken in."""
        return [one for one in self.candidates if one.standing == "new"]

    def count(self, standing: str) -> int:
        """How many there are of one standing."""
        return sum(one.standing == standing for one in self.candidates)


def folder() -> Path:
    """Where the lake of this installation lies."""
    return Path(settings.CHAINBREAK_DATA) / "lake"


def lake() -> Lake:
    """The lake of this installation.

    Raises:
        Refused("no_lake"): there is none yet. Refused("lake_broken"): a file of it is not as it was written.
    """
    try:
        return Lake.open(folder())
    except LakeError as error:
        raise _refused(error) from None


def status() -> dict[str, Any]:
    """What the lake holds, for its page.

    Raises:
        Refused: as `lake`.
    """
    return lake().status()


def window_of(case: Case, at: datetime) -> Window:
    """The window of a case as known now; an open end is now.

    Raises:
        Refused("no_window"): nothing says when the case was infectious.
    """
    standing = casefile.standing_of(case, as_of=at, as_known=None)
    window = casefile.window_of(standing)
    if window is None or window.from_at is None:
        raise Refused("no_window_of_case", case=str(case))
    return Window(window.from_at, window.until or at)


def find(
    case: Case, derivation: Derivation, *, at: datetime, degrees: int = 1, minutes: float | None = None
) -> Finding:
    """Everybody who was with the case long enough in its window, the most urgent first.

    Args:
        minutes: another least time than the pack's, to see what it would give.

    Raises:
        Refused: as `lake` and `window_of`.
    """
    stays, window, pack = lake(), window_of(case, at), rulepack.load(case.outbreak.rule_pack)
    least = float(pack.value("contact.copresence_minutes")) if minutes is None else minutes
    number = _own_id(stays, case.person.number)
    cover = coverage(stays, window)
    if number is None or not cover.stays:
        return Finding(case, window, least, pack.edition, cover, case_has_stays=False)
    cases = pa.table(
        {
            "person_id": pa.array([number]),
            "infectious_from": pa.array([window.from_at], INSTANT),
            "infectious_until": pa.array([window.until], INSTANT),
        }
    )
    names = [] if stays.kinds is None else [name for name in stays.kinds.names if name]
    try:
        has = stays.shared_places(cases, at_least=1).num_rows > 0
        table = stays.trace(cases, minutes=least, degrees=degrees, thresholds=pack.thresholds(names), like=INSTANT)
    except LakeError as error:
        raise _refused(error) from None
    candidates = _candidates(case, derivation, table, pack, least, at)
    return Finding(case, window, least, pack.edition, cover, has, candidates)


def take_in(finding: Finding, chosen: Iterable[str] | None, *, actor: User, at: datetime, basis: str) -> int:
    """Record those who are new, all or some by number, as pending contacts; in one transaction, and once.

    Args:
        basis: the words of the basis, with the holes `minutes`, `meetings`, `place`, `edition`.

    Returns:
        how many were recorded; a second time none.

    Raises:
        Refused("too_many_contacts"): more than a team could ask about; narrow the rule.
    """
    wanted = None if chosen is None else set(chosen)
    new = [one for one in finding.new if wanted is None or one.number in wanted]
    if len(new) > MOST:
        raise Refused("too_many_contacts", number=len(new), most=MOST)
    outbreak = finding.case.outbreak
    with transaction.atomic():
        Outbreak.objects.select_for_update().get(pk=outbreak.pk)  # two investigators at once: the second finds none new
        people = [one.person.pk for one in new if one.person is not None]
        there = set(
            Determination.objects.filter(outbreak=outbreak, person__in=people, superseded_at__isnull=True).values_list(
                "person", flat=True
            )
        )
        sources = Person.objects.in_bulk({one.source for one in new}, field_name="number")
        made = Determination.objects.bulk_create(
            [
                Determination(
                    outbreak=outbreak, person=one.person, decision=Decision.PENDING, degree=one.degree,
                    source=sources.get(one.source), last_exposure_at=one.last_exposure_at,
                    basis=(basis % _holes(one, finding))[:200], valid_from=min(one.first_exposure_at, at),
                    recorded_at=at, first_recorded_at=at, recorded_by=actor,
                )
                for one in new
                if one.person is not None and one.person.pk not in there
            ],
            batch_size=1000,
        )  # fmt: skip
        audit.record(
            "contacts.found", subject=f"case:{finding.case}", actor=actor, at=at,
            detail={"taken_in": len(made), "minutes": finding.minutes, "pack": finding.edition},
        )  # fmt: skip
    return len(made)


def evidence(case: Case, number: str, *, at: datetime) -> list[dict[str, Any]]:
    """Every meeting of the case and a person inside the case's window: place, from, until, minutes, what each rests on.

    Raises:
        Refused: as `lake` and `window_of`.
    """
    stays, window = lake(), window_of(case, at)
    mine, other = _own_id(stays, case.person.number), _own_id(stays, number)
    if mine is None or other is None:
        return []
    try:
        rows = stays.evidence(other, mine, since=window.from_at, until=window.until).to_pylist()
    except LakeError as error:
        raise _refused(error) from None
    return _placed(rows)


def backward(case: Case, *, at: datetime, days: tuple[float, float] = (14, 1)) -> list[dict[str, Any]]:
    """Who could have infected the case (溯源): everybody it met before its onset, longest together first.

    Raises:
        Refused: as `lake` and `window_of`.
    """
    stays, pack = lake(), rulepack.load(case.outbreak.rule_pack)
    standing = casefile.standing_of(case, as_of=at, as_known=None)
    onset = standing.onset_date or (standing.first_positive_at and pack.local_day(standing.first_positive_at))
    number = _own_id(stays, case.person.number)
    if onset is None:
        raise Refused("no_window_of_case", case=str(case))
    if number is None:
        return []
    at_onset = datetime(onset.year, onset.month, onset.day, tzinfo=CHINA)
    asked = pa.table({"person_id": pa.array([number]), "onset_at": pa.array([at_onset], INSTANT)})
    names = [] if stays.kinds is None else [name for name in stays.kinds.names if name]
    try:
        table = stays.backward(
            asked, days=days, minutes=float(pack.value("contact.copresence_minutes")),
            thresholds=pack.thresholds(names), like=INSTANT,
        )  # fmt: skip
    except LakeError as error:
        raise _refused(error) from None
    rows = _placed(table.to_pylist())
    known = dict(Case.objects.filter(outbreak=case.outbreak).values_list("person__number", "number"))
    for row in rows:
        row["case_number"] = known.get(str(row["person_id"]))
    return sorted(rows, key=lambda row: (row["case_number"] is None, -row["minutes"], str(row["person_id"])))


def shared_places(outbreak: Outbreak, *, at: datetime, at_least: int = 2) -> list[dict[str, Any]]:
    """Places where several cases of an outbreak were inside their windows, most cases first (共同暴露场所).

    Raises:
        Refused: as `lake`.
    """
    stays = lake()
    rows, numbers = [], {}
    for case in Case.objects.filter(outbreak=outbreak).select_related("person", "outbreak"):
        number = _own_id(stays, case.person.number)
        try:
            window = window_of(case, at)
        except Refused:
            continue
        if number is not None:
            rows.append((number, window.from_at, window.until))
            numbers[number] = case.number
    if not rows:
        return []
    ids, begin, end = zip(*rows, strict=True)
    cases = pa.table(
        {"person_id": ids, "infectious_from": pa.array(begin, INSTANT), "infectious_until": pa.array(end, INSTANT)}
    )
    try:
        found = _placed(stays.shared_places(cases, at_least=at_least, like=INSTANT).to_pylist())
    except LakeError as error:
        raise _refused(error) from None
    for row in found:
        row["numbers"] = sorted(numbers[one] for one in row["case_ids"])
    return found


def coverage(stays: Lake, window: Window) -> Coverage:
    """What the lake holds of these days."""
    by_day = {date.fromisoformat(row["day"]): int(row["stays"]) for row in stays.status()["days"]}
    first, last = (
        window.from_at.astimezone(CHINA).date(),
        (window.until - timedelta(microseconds=1)).astimezone(CHINA).date(),
    )
    days = [first + timedelta(n) for n in range(max(0, (last - first).days) + 1)]
    listed = [(day, by_day.get(day, 0)) for day in days]
    usual = median(by_day.values()) if by_day else 0
    return Coverage(
        stays=sum(by_day.values()),
        days=listed,
        missing=[day for day, number in listed if not number],
        thin=[day for day, number in listed if 0 < number < THIN_DAY * usual],
    )


def _candidates(
    case: Case, derivation: Derivation, table: pa.Table, pack: RulePack, least: float, at: datetime
) -> list[Candidate]:
    numbers = [str(one) for one in table["person_id"].to_pylist()]
    people = {p.number: p for p in _in_parts(Person.objects.select_related("household"), set(numbers))}
    places = Place.objects.in_bulk([str(one) for one in pc.unique(table["place_id"]).to_pylist()], field_name="number")
    ids = [p.pk for p in people.values()]
    cases = set(Case.objects.filter(outbreak=case.outbreak, person__in=ids).values_list("person", flat=True))
    decided = dict(
        Determination.objects.filter(outbreak=case.outbreak, person__in=ids, superseded_at__isnull=True).values_list(
            "person", "decision"
        )
    )
    derived = {
        person: (determination, degree)
        for person, determination, degree in Contact.objects.filter(derivation=derivation, person__in=ids).values_list(
            "person", "determination", "degree"
        )
    }
    needs = set(CareNeed.objects.filter(person__in=ids).values_list("person", flat=True))
    found: dict[str, Candidate] = {}
    for number, row in zip(numbers, table.to_pylist(), strict=True):
        person, place = people.get(number), places.get(str(row["place_id"]))
        place_kind = pack.place_kind(place.kind) if place else None
        setting = place_kind.setting if place_kind else "investigator_judgement"
        reasons = []
        if setting == "household" or (
            person and person.household_id and person.household_id == case.person.household_id
        ):
            reasons.append("household")
        if row["minutes"] >= LONG_TIMES * max(least, 1):
            reasons.append("long")
        if row["last_exposure_at"] >= at - RECENT:
            reasons.append("recent")
        if person and (person.pk in needs or _is_of_age(person, at)):
            reasons.append("vulnerable")
        one = Candidate(
            number=number, person=person, degree=row["degree"], source=str(row["source_person_id"]),
            first_exposure_at=row["first_exposure_at"], last_exposure_at=row["last_exposure_at"],
            minutes=row["minutes"], meetings=row["meetings"], place=str(place or row["place_id"]),
            kind=place.kind if place else "", setting=setting, reasons=tuple(reasons),
            standing=_standing(person, row["degree"], cases, decided, derived),
        )  # fmt: skip
        if number not in found or one.rank < found[number].rank:
            found[number] = one
    return sorted(found.values(), key=lambda one: one.rank)


def _standing(
    person: Person | None, degree: int, cases: set[int], decided: dict[int, str], derived: dict[int, tuple[str, int]]
) -> str:
    """A contact of a contact who turns out to be closer is not taken in: pending, he would be under no measure."""
    if person is None:
        return "unregistered"
    if person.pk in cases:
        return "case"
    known, known_degree = derived.get(person.pk, (decided.get(person.pk), degree))
    if known is None:
        return "new"
    if known_degree > degree and person.pk not in decided:
        return "second"
    return "pending" if known == Decision.PENDING else "determined"


def _is_of_age(person: Person, at: datetime) -> bool:
    years = None if person.birth_year is None else at.year - person.birth_year
    return years is not None and (years >= OLD or years <= YOUNG)


def _in_parts(people: Any, numbers: set[str]) -> Iterable[Person]:
    listed = sorted(numbers)
    for first in range(0, len(listed), 10_000):
        yield from people.filter(number__in=listed[first : first + 10_000])


def _placed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the place as people know it."""
    places = Place.objects.in_bulk({str(row["place_id"]) for row in rows}, field_name="number")
    for row in rows:
        known = places.get(str(row["place_id"]))
        row["place"], row["kind"] = str(known or row["place_id"]), (known.kind if known else row.get("kind") or "")
    return list(rows)


def _own_id(stays: Lake, number: str) -> Any:
    """A person number as the lake writes ids; None where it cannot be one of the lake's."""
    if pa.types.is_integer(stays.person_ids.outside):
        return int(number) if number.isdecimal() and (number == "0" or number[0] != "0") else None
    return number


def _holes(one: Candidate, finding: Finding) -> dict[str, object]:
    return {
        "minutes": round(one.minutes),
        "meetings": one.meetings,
        "place": one.place,
        "edition": finding.edition,
    }


def _refused(error: LakeError) -> Refused:
    if error.code == "lake_missing":
        return Refused("no_lake")
    if error.code == "lake_damaged":
        return Refused("lake_broken", file=error.facts.get("file", ""))
    return Refused("lake_unusable", said=error.code)
