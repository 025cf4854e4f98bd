"""Stays under a measure (隔离在住): in facilities, at home, in hospital; and the buses that brought people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from chainbreak.epi import arrival as arrivals
from chainbreak.epi import quarantine
from chainbreak.epi.quarantine import DueMeasure
from chainbreak.epi.rulepack import load

from . import facilities
from .cases import CASES, ZL
from .cast import Cast, Person
from .clock import AS_OF, DAY, DETECTED, HOUR, MINUTE, at
from .course import ends_at

PACK = "covid19-cn-v8"
BEGINNING_AT_MIDNIGHT = 5  # people still waiting whose bed is theirs from the bulletin's instant on: not counted yet
LAST_BEDS = 14
SEATS = 30


@dataclass
class Admission:
    """One stay of one person."""

    person: Person
    kind: str
    reason: str
    start: datetime
    end: datetime | None
    outcome: str = ""
    planned_end: datetime | None = None
    lying: facilities.Lying | None = None

    @property
    def counted(self) -> bool:
        """Whether the person is there at the bulletin's instant."""
        return self.start < AS_OF and (self.end is None or self.end >= AS_OF)


class Admissions:
    """Every stay, in the order in which they began for each person."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self._pack = load(PACK)
        self._random = Random(f"{seed}:admissions")
        self.all: list[Admission] = []
        for person in (*cast.contacts1, *cast.contacts2, *cast.zl1, *cast.zl2):
            self._contact(person)
        for person in cast.arrivals:
            self._add(person, "facility_quarantine", "arrival", person.admitted_at, None, planned=self._due(person))
        for person in cast.band1:
            self._band1(person)
        for n, person in cast.cases.items():
            self._case(person, n)
        self._move()
        now, gone = [], []
        for one in self.all:
            if one.kind == "facility_quarantine":
                one.lying = one.lying or facilities.Lying(one.person, one.person.chain, one.start, one.end)
                (now if one.counted else gone).append(one.lying)
        facilities.place(now, gone, seed)
        self._beginning(cast)

    def due(self, person: Person) -> tuple[DueMeasure, ...]:
        """What the pack lays on a person, from the day they came under it."""
        if person.role in ("arrival", "band1") or person.case == ZL:
            return arrivals.due_measures(
                self._pack,
                arrived_at=person.identified_at or CASES[ZL].control_at,
                identified_at=person.identified_at or CASES[ZL].control_at,
                detected_at=DETECTED,
                origin_risk="medium" if person.fate == "arrival_band2" else "low",
            )
        early: bool | None = None
        if person.role == "contact2":
            early = person.source is None or person.source.case is None
        known_at = person.admitted_at or person.identified_at
        if person.last_exposure_at is None or known_at is None:
            raise ValueError(f"{person.number} has nothing to count the days from")
        return quarantine.due_measures(
            self._pack,
            trigger=person.role,
            anchor_at=person.last_exposure_at,
            identified_at=known_at,
            early_release=early,
        )

    def _due(self, person: Person) -> datetime | None:
        due = self.due(person)
        return due[0].until if due else None

    def _contact(self, person: Person) -> None:
        if person.admitted_at is None:
            return
        kind = "home_quarantine" if person.fate == "at_home" else "facility_quarantine"
        end = ends_at(person)
        outcome = "" if end is None else "moved" if person.fate == "home_monitoring" else "released"
        self._add(person, kind, person.role, person.admitted_at, end, outcome, self._due(person))
        if person.fate == "home_monitoring" and end is not None:
            self._add(person, "home_monitoring", person.role, end, None, planned=end + 7 * DAY)

    def _band1(self, person: Person) -> None:
        until = self._due(person)
        end = until if until and until <= AS_OF else None
        self._add(
            person, "home_monitoring", "arrival", person.admitted_at, end, "released" if end else "", planned=until
        )

    def _case(self, person: Person, n: int) -> None:
        case = CASES[n]
        if case.under_control:
            self._add(person, "facility_quarantine", case.reason, case.control_at, case.hospital_at, "to_hospital")
        self._add(person, "hospital", "case", case.hospital_at, None)

    def _move(self) -> None:
        """Twenty close contacts lay in a site that closed on 26 March and were moved on."""
        first = [a for a in self.all if a.person.chain == 1 and a.reason == "contact1" and a.counted]
        first = [a for a in first if a.kind == "facility_quarantine" and a.start >= facilities.CLOSED_FROM + HOUR]
        for before in first[: facilities.MOVED]:
            after = Admission(
                before.person, before.kind, before.reason, facilities.MOVED_AT, None, planned_end=before.planned_end
            )
            before.end, before.outcome = facilities.MOVED_AT, "moved"
            before.lying = facilities.Lying(
                before.person, 1, before.start, before.end, facility=facilities.CLOSED_NUMBER
            )
            self.all.insert(self.all.index(before) + 1, after)

    def _beginning(self, cast: Cast) -> None:
        waiting = [p for p in cast.contacts2 if p.fate == "awaiting"][-BEGINNING_AT_MIDNIGHT:]
        inside = [a.lying for a in self.all if a.lying and a.lying.facility == LAST_BEDS]
        floor = 1 + max(int(lying.bed.room[:-2]) for lying in inside if lying.bed)
        for i, person in enumerate(waiting):
            bed = facilities.Bed(f"{floor}{i + 2:02d}", 1)
            lying = facilities.Lying(person, person.chain, AS_OF, None, LAST_BEDS, bed)
            self._add(person, "facility_quarantine", person.role, AS_OF, None, planned=self._due(person))
            self.all[-1].lying = lying

    def _add(
        self,
        person: Person,
        kind: str,
        reason: str,
        start: datetime | None,
        end: datetime | None,
        outcome: str = "",
        planned: datetime | None = None,
    ) -> None:
        if start is None:
            raise ValueError(f"{person.number} has a stay without a beginning")
        self.all.append(Admission(person, kind, reason, start, end, outcome, planned))

    def rows(self) -> Iterator[dict[str, object]]:
        """The admissions file: each stay as it was known at its beginning and, if it ended, as known then."""
        for i, one in enumerate(self.all, 1):
            yield self._row(i, one, ended=False)
            if one.end is not None:
                yield self._row(i, one, ended=True)

    def _row(self, i: int, one: Admission, *, ended: bool) -> dict[str, object]:
        person, lying = one.person, one.lying
        home = one.kind == "home_quarantine"
        return {
            "stay_id": f"A{i:06d}",
            "person_id": person.number,
            "kind": one.kind,
            "reason": one.reason,
            "facility": facilities.number(lying.facility) if lying else "",
            "room": lying.bed.room if lying and lying.bed else "",
            "bed": lying.bed.bed if lying and lying.bed else "",
            "home_reason": person.home_reason if home else "",
            "carer_id": person.carer.number if home and person.carer else "",
            "anchor_at": person.last_exposure_at if one.reason.startswith("contact") else None,
            "planned_end_at": one.planned_end,
            "admitted_at": one.start,
            "ended_at": one.end if ended else None,
            "outcome": one.outcome if ended else "",
            "outbreak": "ZL" if person.chain == ZL else "LY",
            "recorded_at": _recorded(one.end if ended and one.end else one.start),
        }

    def transfers(self) -> Iterator[dict[str, object]]:
        """The transfers file: one row for each person on each run."""
        runs: dict[tuple[datetime, int, bool], list[Person]] = defaultdict(list)
        for one in self.all:
            if one.lying and one.reason.startswith("contact") and one.start < AS_OF:
                runs[one.start, one.lying.facility, one.person.chain == ZL].append(one.person)
        serial = 0
        for (start, facility, whole), people in sorted(runs.items()):
            for begin in range(0, len(people), len(people) if whole else SEATS):
                serial += 1
                for person in people[begin : begin + (len(people) if whole else SEATS)]:
                    yield {
                        "batch": "ZL-1" if whole else f"T{serial:04d}",
                        "person_id": person.number,
                        "facility": facilities.number(facility),
                        "from_place": "样例集合点",
                        "vehicle": "样例专车1-3" if whole else f"样例专车{serial % 40 + 1}",
                        "departed_at": start - 55 * MINUTE,
                        "arrived_at": start - 10 * MINUTE,
                        "handed_over_at": start,
                        "recorded_at": start + 5 * MINUTE,
                    }


def _recorded(happened: datetime) -> datetime:
    """Registered ten minutes later; an order for the bulletin's midnight was known before."""
    return at(28, 23, 30) if happened >= AS_OF else happened + 10 * MINUTE
