"""A round goes step by step, and is reconciled only when every tube adds up (E3 15-18)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Person
from chainbreak.screening.models import LabRun, Result, Round, RoundEvent, Swab, Tube, TubeCustody
from chainbreak.screening.selectors.reconciliation import tally
from chainbreak.screening.services import round as rounds

START = datetime(2022, 3, 27, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
LATER = START + timedelta(hours=20)


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


@pytest.fixture
def city(db) -> Round:
    """A round with two tubes of two people each, tested in one run."""
    made = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=START, sample_due_at=hours(6), test_due_at=hours(16)
    )
    run = LabRun.objects.create(number="R1", laboratory="L", wells=4, controls=2)
    for i in range(2):
        tube = Tube.objects.create(barcode=f"T{i}", round=made, pool_limit=5)
        times = {"sealed_at": hours(1), "shipped_at": hours(2), "received_at": hours(3)}
        TubeCustody.objects.create(tube=tube, recorded_at=hours(3), **times)
        for position in (1, 2):
            person = Person.objects.create(number=f"P{i}{position}")
            swab(person, tube, position, made)
        result(tube, run=run)
    return made


def swab(person, tube, position, of=None, at=0.5):
    return Swab.objects.create(
        person=person, tube=tube, position=position, round=of, purpose="mass_round" if of else "quarantine",
        sampled_at=hours(at), recorded_at=hours(at),
    )  # fmt: skip


def result(tube, **more):
    said = {"outcome": "negative", "stage": "verified", "reported_at": hours(8), "recorded_at": hours(8), **more}
    return Result.objects.create(tube=tube, **said)


def go(of: Round, *states: str) -> None:
    for i, state in enumerate(states):
        rounds.move(of, state, actor=None, at=LATER + timedelta(minutes=i))


TO_COMPLETE = ("planned", "announced", "sampling", "sampling_closed", "testing", "complete")


def test_a_round_that_adds_up_goes_to_the_end(city):
    go(city, *TO_COMPLETE, "reconciled", "published")
    assert rounds.state_of(city, as_of=LATER + timedelta(hours=1)) == "published"


def test_no_step_is_left_out(city):
    with pytest.raises(Refused) as refused:
        go(city, "planned", "sampling")
    assert (refused.value.code, refused.value.facts["wanted"]) == ("round_move", "sampling")
    assert RoundEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tube: LabRun.objects.update(wells=5), "wells: +1"),
        (lambda tube: Tube.objects.create(barcode="T9", round_id=tube.round_id, pool_limit=5), "tubes_not_sealed: +1"),
        (lambda tube: lose(tube), "lost: +1"),
    ],
)
def test_a_difference_is_named_and_stops_the_reconciliation(city, change, said):
    change(Tube.objects.get(barcode="T1"))
    with pytest.raises(Refused) as refused:
        go(city, *TO_COMPLETE, "reconciled")
    assert refused.value.code == "tubes_do_not_add_up"
    assert said in refused.value.facts["differences"]


def lose(tube: Tube) -> None:
    """The tube never arrived after all."""
    from chainbreak.governance.services import facts

    custody = TubeCustody.objects.get(tube=tube, superseded_at=None)
    facts.correct(custody, at=hours(9), actor=None, reason="mixed up", received_at=None, lost_at=hours(4))
    facts.withdraw(Result.objects.get(tube=tube), at=hours(9), actor=None, reason="mixed up")
    LabRun.objects.update(wells=3)


def test_the_tally_is_that_of_the_instant(city):
    early = tally(city, as_of=hours(2.5), as_known=LATER)
    assert (early.sealed, early.shipped, early.received, early.resulted, early.on_the_way) == (2, 2, 0, 0, 2)
    late = tally(city, as_of=LATER, as_known=LATER)
    assert (late.received, late.resulted, late.differences()) == (2, 2, {})


def test_a_person_has_one_swab_in_a_round_and_a_tube_its_limit(city):
    tube = Tube.objects.create(barcode="T2", round=city, pool_limit=1)
    known = Person.objects.get(number="P01")
    with pytest.raises(IntegrityError, match="one_swab_a_round"), transaction.atomic():
        swab(known, tube, 1, city)
    new = Person.objects.create(number="P31")
    with pytest.raises(DatabaseError, match="at most 1 swabs"), transaction.atomic():
        swab(new, tube, 2, city)
    swab(new, tube, 1, city)


def test_members_are_frozen_when_the_tube_is_sealed(city):
    sealed = Tube.objects.get(barcode="T0")
    new = Person.objects.create(number="P31")
    with pytest.raises(DatabaseError, match="sealed before"), transaction.atomic():
        swab(new, sealed, 3, city, at=1.5)
    swab(new, sealed, 3, city, at=0.9)


def test_an_individual_result_is_not_older_than_its_swab(db):
    run = LabRun.objects.create(number="R2", laboratory="L", wells=3, controls=2)
    tube = Tube.objects.create(barcode="Q1", pool_limit=1)
    swab(Person.objects.create(number="P40"), tube, 1, at=4)
    with pytest.raises(DatabaseError, match="older than its swab"), transaction.atomic():
        result(tube, run=run, reported_at=hours(3))
    result(tube, run=run, reported_at=hours(5))


def test_a_result_without_a_run_is_not_verified(db):
    tube = Tube.objects.create(barcode="Q1", pool_limit=1)
    with pytest.raises(IntegrityError, match="verified_needs_a_run"), transaction.atomic():
        result(tube)
    result(tube, stage="preliminary")
