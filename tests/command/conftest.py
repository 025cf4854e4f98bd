"""A small city for the tests of figures: a few facts of each kind, made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chainbreak.command.models import Assessment, PressConference
from chainbreak.command.services import figure
from chainbreak.governance.models import Grant, Role, Team, User
from chainbreak.investigation.models import (
    Case,
    CaseClassification,
    CaseRelation,
    CaseReport,
    Letter,
    LetterEvent,
    LetterPerson,
    LinkAssessment,
    Outbreak,
    Sequence,
    TrajectorySegment,
)
from chainbreak.measures.models import Facility, FacilityEvent, Stay, Transfer, TransferPerson
from chainbreak.registry.models import Area, Person, Place
from chainbreak.screening.models import LabRun, Result, Round, RoundEvent, SamplingSite, Swab, Tube, TubeCustody

ZONE = ZoneInfo("Asia/Shanghai")


def instant(text: str) -> datetime:
    """`27 09:30` is 27 March 2022, 09:30 in Shanghai; `28 24:00` is the midnight after the 28th."""
    day, clock = text.split()
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(2022, 3, int(day), tzinfo=ZONE) + timedelta(hours=hour, minutes=minute)


AS_OF = instant("28 24:00")
KNOWN = instant("28 20:00")
NOW = instant("29 09:00")


@dataclass
class City:
    """A city with two outbreaks; facts by names."""

    outbreak: Outbreak
    other: Outbreak
    cases: dict[str, Case] = field(default_factory=dict)

    def person(self, number: str) -> Person:
        return Person.objects.get_or_create(number=number, defaults={"area_code": "411122"})[0]

    def case(self, name: str, since: str, *classes: tuple[str, str], outbreak: Outbreak | None = None, **more) -> Case:
        """A case; `classes` are (class, from) in order, the first one from `since`."""
        outbreak = outbreak or self.outbreak
        number = Case.objects.filter(outbreak=outbreak).count() + 1
        case = Case.objects.create(outbreak=outbreak, number=number, external_id=name, person=self.person(name))
        known = more.pop("known", KNOWN)
        report = {"origin": "local", "reported_in": "411122", "under_control_when_sampled": True, **more}
        times = {name: instant(since) for name in ("reported_at", "first_positive_at", "isolated_at")}
        CaseReport.objects.create(case=case, recorded_at=known, **times, **report)
        for classification, valid_from in classes:
            CaseClassification.objects.create(
                case=case, classification=classification, valid_from=instant(valid_from), recorded_at=known
            )
        self.cases[name] = case
        return case

    def meeting(self, place: str, since: str, until: str, *persons: str, kind: str = "household") -> None:
        """Everybody is at a place from then until then."""
        where = Place.objects.get_or_create(number=place, defaults={"kind": kind})[0]
        for name in persons:
            TrajectorySegment.objects.create(
                person=self.person(name),
                place=where,
                arrived_at=instant(since),
                left_at=instant(until),
                recorded_at=KNOWN,
            )

    def letter(self, number: str, *persons: str, state: str = "sent", at: str = "27 10:00") -> Letter:
        letter = Letter.objects.create(
            number=number, outbreak=self.outbreak, from_area="411100", to_area="410100", reason="contacts"
        )
        LetterEvent.objects.create(letter=letter, state=state, at=instant(at), recorded_at=KNOWN)
        for name in persons:
            LetterPerson.objects.create(letter=letter, person=self.person(name), recorded_at=KNOWN)
        return letter

    def facility(self, number: str, *states: tuple[str, str]) -> Facility:
        made = Facility.objects.create(number=number, name_zh=number, area_code="411122")
        for state, at in states:
            FacilityEvent.objects.create(
                facility=made, state=state, at=instant(at), layout_ok=True, safety_ok=True, recorded_at=KNOWN
            )
        return made

    def stay(self, name: str, kind: str, since: str, until: str | None = None, **more) -> Stay:
        if kind == "facility_quarantine" and "facility" not in more:
            more["facility"] = Facility.objects.first() or self.facility("F1", ("open", "20 08:00"))
        return Stay.objects.create(
            person=self.person(name), kind=kind, reason=more.pop("reason", "contact1"), outbreak_code="LY",
            admitted_at=instant(since), ended_at=instant(until) if until else None,
            recorded_at=more.pop("known", KNOWN), **more,
        )  # fmt: skip

    def round(self, series: str, number: int, start: str, *states: tuple[str, str], area: str = "411100") -> Round:
        start_at = instant(start)
        made = Round.objects.create(
            series=series, number=number, area_code=area, start_at=start_at, outbreak_code="LY",
            sample_due_at=start_at + timedelta(hours=6), test_due_at=start_at + timedelta(hours=16),
        )  # fmt: skip
        for state, at in states:
            RoundEvent.objects.create(round=made, state=state, at=instant(at), recorded_at=KNOWN)
        return made

    def tube(
        self, barcode: str, round_: Round | None, *persons: str, sampled: str, resulted: str | None = None,
        outcome: str = "negative", stage: str = "verified", limit: int = 10, purpose: str = "mass_round",
        area: str = "411122", known: datetime = KNOWN,
    ) -> Tube:  # fmt: skip
        run, _ = LabRun.objects.get_or_create(number="R1", defaults={"laboratory": "L", "wells": 96, "controls": 2})
        tube = Tube.objects.create(barcode=barcode, round=round_, area_code=area, pool_limit=limit)
        TubeCustody.objects.create(tube=tube, recorded_at=known)
        for position, name in enumerate(persons, 1):
            Swab.objects.create(
                person=self.person(name), round=round_, tube=tube, position=position, purpose=purpose,
                sampled_at=instant(sampled), recorded_at=known,
            )  # fmt: skip
        if resulted:
            Result.objects.create(
                tube=tube, run=run, outcome=outcome, stage=stage, reported_at=instant(resulted), recorded_at=known
            )
        return tube

    def figures(self, as_of: datetime = AS_OF, as_known: datetime | None = None, *, outbreak: Outbreak | None = None):
        """The figures by key."""
        found = figure.figures(outbreak or self.outbreak, as_of=as_of, as_known=as_known, at=NOW)
        return {one.key: one for one in found}

    def values(self, as_of: datetime = AS_OF, as_known: datetime | None = None) -> dict:
        return {key: one.value for key, one in self.figures(as_of, as_known).items()}


@pytest.fixture
def city(db) -> City:
    for code, zh, en, level in (
        ("411100", "漯河市", "Luohe", "city"), ("411122", "临颍县", "Linying", "county"),
        ("411104", "召陵区", "Zhaoling", "county"),
    ):  # fmt: skip
        Area.objects.create(code=code, name_zh=zh, name_en=en, level=level)
    made = {
        code: Outbreak.objects.create(
            code=code, name_zh=code, name_en=code, disease="covid19", rule_pack="covid19-cn-v8", area_code=area,
            detected_at=instant("24 00:00"),
        )
        for code, area in (("LY", "411122"), ("ZL", "411104"))
    }  # fmt: skip
    return City(made["LY"], made["ZL"])


@pytest.fixture
def small_outbreak(city) -> City:
    """Three cases of one chain, one from elsewhere, a few contacts, a letter, sites and rounds."""
    city.case(
        "C1", "24 08:00", ("asymptomatic", "24 08:00"), ("confirmed", "26 10:00"), under_control_when_sampled=False
    )
    city.case("C2", "25 08:00", ("asymptomatic", "25 09:00"))
    city.case("C3", "28 08:00", ("asymptomatic", "28 09:00"))
    city.case(
        "Z1", "26 08:00", ("asymptomatic", "26 09:00"), outbreak=city.other, reported_in="411104",
        origin="imported_domestic", trajectory_status="mostly_clear", under_control_when_sampled=False,
    )  # fmt: skip
    city.meeting("HOME-1", "23 08:00", "23 20:00", "C1", "C2", "A1", "A2", "A3")
    city.meeting("HOME-2", "24 08:00", "24 20:00", "A1", "B1", "B2")
    city.letter("L1", "A3", "B2")
    CaseRelation.objects.create(
        case=city.cases["C3"], other=city.cases["C2"], relation="daughter", wording_zh="为病例2的女儿",
        wording_en="daughter of case 2", wording_approved_at=instant("28 18:00"), recorded_at=KNOWN,
    )  # fmt: skip
    city.facility("F1", ("ready", "20 08:00"), ("open", "21 08:00"))
    city.facility("F2", ("ready", "20 08:00"))
    city.stay("A1", "facility_quarantine", "25 08:00")
    city.stay("A2", "home_quarantine", "25 08:00", home_reason="illness")
    Sequence.objects.create(
        case=city.cases["C1"],
        lineage="BA.2",
        conclusion="same_chain",
        reported_at=instant("27 08:00"),
        recorded_at=KNOWN,
    )
    LinkAssessment.objects.create(
        case=city.cases["Z1"], outbreak=city.outbreak, result="not_linked", basis="history",
        valid_from=instant("27 08:00"), recorded_at=KNOWN,
    )  # fmt: skip
    city.meeting("HOME-3", "25 08:00", "25 20:00", "Z1", "Y1")
    Transfer.objects.create(batch="T1", handed_over_at=instant("26 20:00"), recorded_at=KNOWN)
    TransferPerson.objects.create(batch="T1", person=city.person("Y1"), recorded_at=KNOWN)
    for topic in ("risk.community", "risk.spillover"):
        Assessment.objects.create(
            outbreak=city.outbreak, topic=topic, level="lower", basis="rounds", author="headquarters",
            valid_from=instant("28 12:00"), expires_at=instant("29 24:00"), recorded_at=KNOWN,
        )  # fmt: skip
    for number, day in ((1, 24), (2, 26), (3, 28)):
        PressConference.objects.create(
            outbreak=city.outbreak, number=number, held_at=instant(f"{day} 16:00"), recorded_at=KNOWN
        )
    SamplingSite.objects.create(
        number="S1", name_zh="S1", area_code="411122", audience="yellow_code", added=True, opened_at=instant("26 08:00")
    )
    city.round("LY", 4, "28 06:00", ("complete", "28 22:00"), area="411122")
    found = city.round("CITY", 1, "27 06:00", ("sampling_closed", "27 12:00"), ("complete", "27 22:00"))
    city.tube("T-1", found, "P1", "P2", "P3", sampled="27 11:30", resulted="27 21:00")
    city.tube("T-2", found, "P4", sampled="27 10:30", resulted="27 20:00", area="411104")
    return city


@pytest.fixture
def account(db):
    """Makes an account with one role in the city: account("commander")."""

    def make(role: str, name: str = "") -> User:
        user = User.objects.create_user(username=name or role, password="a long word for tests")
        team, _ = Team.objects.get_or_create(
            name_zh=role, name_en=role, task_force="headquarters", area_code="411100", purpose=role
        )
        Grant.objects.create(
            user=user,
            team=team,
            role=Role(role),
            valid_from=instant("1 00:00"),
            valid_until=instant("1 00:00") + timedelta(3650),
        )
        return user

    return make
