"""A small town for the tests of what is due: facts are drawn as tables, everything else is derived."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chainbreak.investigation.models import Case, CaseClassification, CaseReport, Outbreak, TrajectorySegment
from chainbreak.investigation.selectors import contact as contacts
from chainbreak.measures.models import Bed, Facility, Room, Stay
from chainbreak.measures.services import derive
from chainbreak.registry.models import Person, Place

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2022, 3, 29, 9, tzinfo=ZONE)


def instant(text: str) -> datetime:
    """`27 09:30` → 27 March 2022, 09:30 in Shanghai."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    return datetime(2022, 3, int(day), int(hour), int(minute), tzinfo=ZONE)


@dataclass
class Town:
    """An outbreak with persons, places and facts by their names."""

    outbreak: Outbreak
    persons: dict[str, Person] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def person(self, name: str) -> Person:
        if name not in self.persons:
            self.persons[name] = Person.objects.create(number=name, area_code="411122")
        return self.persons[name]

    def place(self, name: str) -> Place:
        if name not in self.places:
            self.places[name] = Place.objects.create(number=name, kind=name.split("-")[0])
        return self.places[name]

    def case(
        self, name: str, *, sampled: str, reported: str, isolated: str, classification: str = "confirmed", **more
    ) -> Case:
        known = more.pop("known", NOW)
        number = Case.objects.filter(outbreak=self.outbreak).count() + 1
        case = Case.objects.create(outbreak=self.outbreak, number=number, external_id=name, person=self.person(name))
        times = {
            "first_positive_at": instant(sampled),
            "reported_at": instant(reported),
            "isolated_at": instant(isolated),
        }
        CaseReport.objects.create(case=case, recorded_at=known, **times, **more)
        CaseClassification.objects.create(
            case=case, classification=classification, valid_from=instant(reported), recorded_at=known
        )
        return case

    def stays(self, drawing: str, known: datetime = NOW) -> None:
        """Rows of `person | place | arrived | left`."""
        for line in drawing.strip().splitlines():
            if line.strip().startswith(("person", "-")):
                continue
            person, place, arrived, left = (cell.strip() for cell in line.split("#")[0].split("|"))
            TrajectorySegment.objects.create(
                person=self.person(person), place=self.place(place), arrived_at=instant(arrived), left_at=instant(left),
                recorded_at=known,
            )  # fmt: skip

    def stay(self, person: str, kind: str, admitted: str, ended: str | None = None, **more) -> Stay:
        if kind == "facility_quarantine":
            facility, _ = Facility.objects.get_or_create(number="F1", name_zh="一号点", area_code="411122")
            room = Room.objects.create(facility=facility, number=str(Room.objects.count() + 1))
            more |= {"facility": facility, "bed": Bed.objects.create(room=room)}
        return Stay.objects.create(
            person=self.person(person), kind=kind, reason=more.pop("reason", "contact1"), admitted_at=instant(admitted),
            ended_at=instant(ended) if ended else None, recorded_at=more.pop("known", NOW), **more,
        )  # fmt: skip

    def snapshot(self, as_known: datetime | None = None):
        return derive.snapshot(self.outbreak, as_known=as_known, at=NOW)

    def contacts(self, as_of: str = "29 00:00", as_known: datetime | None = None) -> dict[str, tuple[int, str]]:
        """Confirmed contacts as of an instant: name → (degree, disposition)."""
        rows = contacts.contacts(self.snapshot(as_known), instant(as_of))
        return {c.person.number: (c.degree, c.state) for c in rows}


@pytest.fixture
def town(db) -> Town:
    return Town(
        Outbreak.objects.create(
            code="LY", name_zh="临颍", name_en="Linying", disease="covid19", rule_pack="covid19-cn-v8", area_code="411122",
            detected_at=instant("24 00:00"),
        )
    )  # fmt: skip
