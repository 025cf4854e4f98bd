"""The roll of a round: due = sampled + excluded + missed; it follows the register until the round is settled (E3 20)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chainbreak.exchange import imports, undo
from chainbreak.measures.models import Facility, Stay
from chainbreak.registry.models import Person
from chainbreak.registry.selectors.area import stem_of
from chainbreak.screening.models import RollEntry, Round, Swab, Tube
from chainbreak.screening.selectors import roll as rolls

pytestmark = pytest.mark.django_db
START = datetime(2022, 3, 27, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
AFTER = START + timedelta(hours=8)
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def take(tmp_path):
    def taken(kind: str, text: str):
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        report = imports.import_file(kind, path, at=NOW)
        assert report.rejected == 0, report.problems
        return report

    return taken


@pytest.fixture
def city() -> Round:
    """Ten residents of two counties: one in quarantine, one in hospital, one away, one in both; and one from elsewhere."""
    of = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=START, sample_due_at=START + timedelta(hours=6),
        test_due_at=START + timedelta(hours=16),
    )  # fmt: skip
    for number in range(10):
        area = "411122101" if number < 6 else "411104"
        Person.objects.create(number=f"P{number}", area_code=area, away=number in (3, 4))
    Person.objects.create(number="P10", area_code="410100")
    facility = Facility.objects.create(number="F1", name_zh="样例", area_code="411122", kind="hotel")
    _stay("P0", "facility_quarantine", hours=(-30, None), facility=facility)
    _stay("P1", "hospital", hours=(-30, 1))
    _stay("P2", "home_quarantine", hours=(-30, 0))  # over when the round begins
    _stay("P4", "facility_quarantine", hours=(0, 9), facility=facility)  # away, and in quarantine from the start
    _stay("P5", "home_monitoring", hours=(-30, None))
    return of


def _stay(person: str, kind: str, *, hours: tuple[int, int | None], **more) -> None:
    begins, ends = hours
    Stay.objects.create(
        person=Person.objects.get(number=person), key=f"{person}-{kind}", kind=kind, reason="other",
        home_reason="illness" if kind == "home_quarantine" else "", admitted_at=START + timedelta(hours=begins),
        ended_at=None if ends is None else START + timedelta(hours=ends), recorded_at=START, **more,
    )  # fmt: skip


def _swab(of: Round, *numbers: int) -> None:
    tube, _ = Tube.objects.get_or_create(barcode="T", round=of, pool_limit=20)
    for number in numbers:
        Swab.objects.create(
            person=Person.objects.get(number=f"P{number}"), round=of, tube=tube, position=number + 1,
            purpose="mass_round", sampled_at=START + timedelta(minutes=number), recorded_at=START + timedelta(hours=1),
        )  # fmt: skip


EVENTS = "series,number,state,at\n"
ANNOUNCED = EVENTS + "CITY,1,announced,2022-03-26T20:00:00+08:00\n"
SETTLED = EVENTS + "CITY,1,reconciled,2022-03-28T20:00:00+08:00\n"


def test_an_announced_round_has_everybody_of_its_area_on_its_roll(city, take):
    take("round_events", EVENTS + "CITY,1,planned,2022-03-26T18:00:00+08:00\n")
    assert not RollEntry.objects.exists()
    take("round_events", ANNOUNCED)
    excluded = dict(RollEntry.objects.filter(exclusion__isnull=False).values_list("person__number", "exclusion"))
    assert excluded == {"P0": "in_quarantine", "P1": "hospital", "P3": "away", "P4": "in_quarantine"}
    assert RollEntry.objects.count() == 10

    _swab(city, 2, 5, 6, 7, 0, 10)  # P0 although excluded, P10 although not on the roll
    counted = {area.area: area for area in rolls.counts(city, as_of=AFTER)}
    assert set(counted) == {"411122", "411104"}
    linying = counted["411122"]
    assert (linying.due, linying.sampled, linying.missed) == (6, 3, 0)
    assert linying.excluded == {"in_quarantine": 1, "hospital": 1, "away": 1}
    assert (counted["411104"].due, counted["411104"].sampled, counted["411104"].missed) == (4, 2, 2)
    assert {entry.person.number for entry in rolls.missed(city, as_of=AFTER)} == {"P8", "P9"}
    before_any = rolls.counts(city, as_of=START)
    assert sum(area.sampled for area in before_any) == 0
    assert sum(area.due for area in before_any) == 10
    assert sum(area.sampled for area in rolls.counts(city, as_of=AFTER, as_known=START)) == 0


def test_a_roll_follows_people_and_admissions_until_its_round_is_settled(city, take):
    take("round_events", ANNOUNCED)
    RollEntry.objects.filter(person__number="P9").update(exclusion="medical")
    take("people", "person_id,area_code,away\nP3,411122101,false\nP11,411103,false\nP8,410100,false\n")
    assert RollEntry.objects.get(person__number="P3").exclusion is None
    assert RollEntry.objects.get(person__number="P11").area_code == "411103"
    assert not RollEntry.objects.filter(person__number="P8").exists()
    take(
        "admissions",
        "stay_id,person_id,kind,reason,admitted_at,recorded_at\n"
        "A1,P7,hospital,other,2022-03-27T05:00:00+08:00,2022-03-27T05:10:00+08:00\n",
    )
    assert RollEntry.objects.get(person__number="P7").exclusion == "hospital"
    assert RollEntry.objects.get(person__number="P9").exclusion == "medical"
    take("round_events", SETTLED)
    take("people", "person_id,area_code\nP12,411122\n")
    assert not RollEntry.objects.filter(person__number="P12").exists()


def test_taking_back_the_announcement_takes_back_the_roll(city, take):
    run = take("round_events", ANNOUNCED).run
    undo.undo(run, at=NOW + timedelta(minutes=1))
    assert not RollEntry.objects.exists()
    take("round_events", ANNOUNCED)
    assert RollEntry.objects.count() == 10


def test_taking_back_an_admission_puts_its_person_back_on_the_roll(city, take):
    take("round_events", ANNOUNCED)
    run = take(
        "admissions",
        "stay_id,person_id,kind,reason,admitted_at\nA1,P7,hospital,other,2022-03-27T05:00:00+08:00\n",
    ).run
    undo.undo(run, at=NOW + timedelta(minutes=1))
    assert RollEntry.objects.get(person__number="P7").exclusion is None


@pytest.mark.parametrize(
    ("code", "stem"),
    [("411100", "4111"), ("4111", "4111"), ("411122", "411122"), ("411122000", "411122"), ("410000", "41"),
     ("411110", "411110"), ("411122100", "411122100"), ("411171", "411171"), ("", "")],
)  # fmt: skip
def test_what_the_codes_inside_an_area_begin_with(code, stem):
    assert stem_of(code) == stem
