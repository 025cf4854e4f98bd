"""Follow-ups: who is asked today, what came of it, what symptoms make due, and taking back a slip."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from chainbreak.epi import rulepack
from chainbreak.governance.refusal import Refused
from chainbreak.measures.models import DueTest, FollowUp, Stay, SymptomReport
from chainbreak.measures.selectors import follow_up as watched
from chainbreak.measures.services import derive
from chainbreak.measures.services import follow_up as deeds
from chainbreak.registry.models import Person

from ..small_outbreak import outbreak, sign_in

__all__ = ["outbreak", "sign_in"]
pytestmark = [pytest.mark.integration, pytest.mark.django_db]
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2022, 3, 28, 9, tzinfo=ZONE)


@pytest.fixture
def at_home(outbreak) -> Person:
    person = Person.objects.get(number="P7")
    Stay.objects.create(
        person=person, kind="home_monitoring", reason="contact2", outbreak_code="LY",
        admitted_at=NOW - timedelta(days=3), recorded_at=NOW - timedelta(days=3),
    )  # fmt: skip
    return person


def record(person, actor, outcome="well", at=NOW, **more):
    return deeds.record(person, outcome=outcome, actor=actor, at=at, known_at=at, **more)


def states(at=NOW):
    pack = rulepack.load("covid19-cn-v8")
    stays = watched.under_watch(at=at)
    rows = watched.rows(stays, at=at, per_day=watched.per_day(pack), zone=pack.time_zone)
    return {row.stay.person.number: [part.state for part in row.parts] for row in rows}


def test_who_is_at_home_is_asked_in_the_morning_and_in_the_evening(at_home, sign_in):
    assert states() == {"P7": ["due", "ahead"]}
    record(at_home, sign_in("community_worker"))
    assert states() == {"P7": ["done", "ahead"]}
    assert states(NOW + timedelta(hours=4)) == {"P7": ["done", "due"]}


def test_the_list_of_those_to_be_asked_grows_shorter(at_home, sign_in):
    part = (NOW.replace(hour=0), NOW.replace(hour=12))
    actor = sign_in("community_worker")
    assert [stay.person.number for stay in watched.under_watch(at=NOW, to_do=part)] == ["P7"]
    record(at_home, actor, "not_reached")
    assert watched.under_watch(at=NOW, to_do=part).count() == 1  # tried in vain: still to be asked
    record(at_home, actor)
    assert watched.under_watch(at=NOW, to_do=part).count() == 0
    assert watched.under_watch(at=NOW, kind="facility_quarantine").get().person.number == "P4"
    assert watched.under_watch(at=NOW, area="999").count() == 0


def test_symptoms_make_a_test_due_on_that_day(at_home, sign_in, outbreak):
    made = record(at_home, sign_in("community_worker"), "symptoms", symptoms=["fever"], temperature=Decimal("38.2"))
    report = SymptomReport.objects.get(person=at_home)
    assert (report.symptoms, report.temperature) == (["fever"], Decimal("38.2"))
    snapshot = derive.snapshot(outbreak, at=timezone.now())
    due = DueTest.objects.get(derivation=snapshot, person=at_home)
    assert (due.on_date, due.rule) == (NOW.date(), "follow_up.symptom_test")
    deeds.take_back(made.pk, actor=made.recorded_by, at=NOW + timedelta(minutes=1), reason="slip")
    snapshot = derive.snapshot(outbreak, at=timezone.now())
    assert not DueTest.objects.filter(derivation=snapshot, person=at_home).exists()
    assert not FollowUp.objects.known_at(None).exists()


@pytest.mark.parametrize(
    "given, code",
    [
        ({"outcome": "symptoms"}, "symptoms_missing"),
        ({"temperature": Decimal("98.6")}, "temperature_odd"),
        ({"at": NOW - timedelta(days=10)}, "not_under_watch"),
    ],
)
def test_what_cannot_be_is_refused(at_home, sign_in, given, code):
    with pytest.raises(Refused, match=code):
        record(at_home, sign_in("community_worker"), **given)
    assert not FollowUp.objects.exists()


def test_only_ones_own_slip_is_taken_back(at_home, sign_in):
    made = record(at_home, sign_in("community_worker"))
    with pytest.raises(Refused, match="not_yours"):
        deeds.take_back(made.pk, actor=sign_in("investigator"), at=NOW, reason="slip")


def test_the_days_of_a_person(at_home, sign_in):
    actor = sign_in("community_worker")
    record(at_home, actor, at=NOW - timedelta(days=1))
    pack = rulepack.load("covid19-cn-v8")
    grid = watched.grid(watched.under_watch(at=NOW), at=NOW, per_day=2, zone=pack.time_zone, days=5)
    ((_stay, cells),) = grid.rows
    assert [[part.state for part in day] for day in cells] == [
        [], ["missed", "missed"], ["missed", "missed"], ["done", "missed"], ["due", "ahead"],
    ]  # fmt: skip
