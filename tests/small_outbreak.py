"""A small outbreak for the pages: three cases in a chain, contacts by meetings, a facility, a letter, an account."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from chainbreak.governance.models import Grant, Role, TaskForce, Team, User
from chainbreak.investigation.models import (
    Case,
    CaseClassification,
    CaseReport,
    Letter,
    LetterEvent,
    LetterPerson,
    Outbreak,
    TrajectorySegment,
    TransmissionLink,
)
from chainbreak.measures.models import Bed, Facility, FacilityEvent, Room, SiteDuty, Stay
from chainbreak.registry.models import Area, Person, Place

ZONE = ZoneInfo("Asia/Shanghai")
KNOWN = datetime(2022, 3, 27, 20, tzinfo=ZONE)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant of March 2022."""
    return datetime(2022, 3, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def outbreak(db) -> Outbreak:
    for code, zh, en, level in (("411100", "某市", "The city", "city"), ("411122", "某县", "The county", "county")):
        Area.objects.create(code=code, name_zh=zh, name_en=en, level=level)
    made = Outbreak.objects.create(
        code="LY", name_zh="本轮疫情", name_en="This outbreak", disease="covid19", rule_pack="covid19-cn-v8",
        area_code="411100", detected_at=at(24, 8),
    )  # fmt: skip
    persons = [Person.objects.create(number=f"P{n}", area_code="411122") for n in range(1, 9)]
    home, shop = (
        Place.objects.create(number=f"PL-{kind}", kind=kind, name=f"{kind} 1") for kind in ("household", "restaurant")
    )
    cases = []
    for n, (day, kind) in enumerate([(24, "confirmed"), (25, "asymptomatic"), (26, "confirmed")], start=1):
        case = Case.objects.create(outbreak=made, number=n, external_id=f"LY-{n}", person=persons[n - 1])
        CaseReport.objects.create(
            case=case, recorded_at=KNOWN, reported_in="411122", reported_at=at(day, 10),
            onset_date=date(2022, 3, day - 1), first_positive_at=at(day, 8),
            discovery_route="facility", origin="local", isolated_at=at(day, 14),
            trajectory_status="mostly_clear",
        )  # fmt: skip
        CaseClassification.objects.create(case=case, classification=kind, valid_from=at(day, 10), recorded_at=KNOWN)
        cases.append(case)
    for n, place in ((0, shop), (3, shop), (4, shop), (5, home), (3, home)):
        arrived = at(23, 9 if place is shop else 18)
        TrajectorySegment.objects.create(
            person=persons[n], place=place, arrived_at=arrived, left_at=arrived + timedelta(hours=2), recorded_at=KNOWN
        )
    for source, target in ((0, 1), (1, 2)):
        TransmissionLink.objects.create(
            outbreak=made, infector=cases[source], infectee=cases[target], setting="household", recorded_at=KNOWN
        )
    facility = Facility.objects.create(number="F1", name_zh="一号点", name_en="Site 1", area_code="411122")
    FacilityEvent.objects.create(
        facility=facility, state="open", layout_ok=True, safety_ok=True, at=at(20), recorded_at=KNOWN
    )
    SiteDuty.objects.create(facility=facility, role="chief", worker="W1", starts_at=at(20), recorded_at=KNOWN)
    bed = Bed.objects.create(room=Room.objects.create(facility=facility, number="101"))
    Stay.objects.create(
        person=persons[3], kind="facility_quarantine", reason="contact1", outbreak_code="LY", facility=facility,
        bed=bed, admitted_at=at(25, 9), planned_end_at=at(28) + timedelta(days=10), recorded_at=KNOWN,
    )  # fmt: skip
    letter = Letter.objects.create(number="L-1", outbreak=made, from_area="411100", to_area="410000", reason="locate")
    LetterEvent.objects.create(letter=letter, state="sent", at=at(26, 9), due_at=at(27, 9), recorded_at=KNOWN)
    LetterPerson.objects.create(letter=letter, person=persons[4], recorded_at=KNOWN)
    return made


@pytest.fixture
def sign_in(client, db):
    """Signs the test's client in with a role and gives the account."""

    def as_role(role: str, area: str = "411100") -> User:
        user = User.objects.create_user(f"{role}-{User.objects.count()}", password="not-used-here-9")
        team, _ = Team.objects.get_or_create(
            task_force=TaskForce.INVESTIGATION,
            area_code=area,
            purpose="outbreak",
            defaults={"name_zh": "专班", "name_en": "Team"},
        )
        now = timezone.now()
        Grant.objects.create(
            user=user,
            team=team,
            role=Role(role),
            valid_from=now - timedelta(hours=1),
            valid_until=now + timedelta(days=1),
        )
        client.force_login(user)
        return user

    return as_role
