"""Appeals: received at once, due in time, answered with reasons; two people against the facts; nothing lost or edited."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from chainbreak.command.selectors import gap
from chainbreak.command.services import figure as figures
from chainbreak.governance.models import AuditEntry
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import Determination, TrajectorySegment
from chainbreak.measures.models import Appeal, AppealStep, DueMeasure
from chainbreak.measures.selectors import appeal as appeals
from chainbreak.measures.services import appeal as deeds
from chainbreak.measures.services import derive
from chainbreak.registry.models import Person

from ..small_outbreak import outbreak, sign_in

__all__ = ["outbreak", "sign_in"]
pytestmark = [pytest.mark.integration, pytest.mark.django_db]
NOW = datetime(2022, 3, 28, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
SAID = "那天我在外地出差，有车票为证。"


def clocks(actor, hours: float = 0) -> dict:
    at = NOW + timedelta(hours=hours)
    return {"actor": actor, "at": at, "known_at": at}


@pytest.fixture
def made(outbreak) -> Appeal:
    person = Person.objects.get(number="P4")
    held = appeals.running(derive.snapshot(outbreak, at=NOW), person.pk, NOW)
    return deeds.submit(
        person, outbreak, about="contact", grounds="not_there", statement=SAID, contact="13900000077",
        measure=held, edition="8", actor=None, at=NOW, known_at=NOW,
    )  # fmt: skip


@pytest.fixture
def officers(sign_in):
    return sign_in("code_officer"), sign_in("commander")


def now_of(appeal: Appeal) -> Appeal:
    return appeals.of_number(appeal.number, as_of=NOW + timedelta(days=9))


def test_an_appeal_is_received_at_once_sealed_and_due_within_a_day(made, outbreak):
    found = now_of(made)
    assert (found.state, found.due_then) == ("acknowledged", NOW + timedelta(hours=24))
    assert (found.measure, found.reason, found.rule) == ("facility_quarantine", "contact1", "quarantine.contact1.1")
    assert SAID.encode() not in bytes(found.statement_cipher) and appeals.opened(found, found.statement_cipher) == SAID
    assert [one.step.state for one in appeals.steps_of(found)] == ["submitted", "acknowledged"]
    audited = AuditEntry.objects.filter(subject=f"appeal:{made.number}").values_list("act", flat=True)
    assert sorted(audited) == ["appeal.acknowledged", "appeal.submitted"]


def test_the_same_sent_twice_is_one_and_five_may_wait(made, outbreak):
    def again(**other):
        said = {"about": "contact", "grounds": "not_there", "statement": f"  {SAID}\n"} | other
        return deeds.submit(made.person, outbreak, actor=None, at=NOW, known_at=NOW, **said)

    assert again().pk == made.pk
    for about in ("stay", "code", "zone", "missed_test"):
        again(about=about)
    with pytest.raises(Refused, match="too_many_appeals"):
        again(statement="another one")
    with pytest.raises(Refused, match="appeal_without_words"):
        again(statement=" \n\x00")
    with pytest.raises(ValueError, match="closed list"):
        again(about="the weather")


def test_nobody_decides_what_nobody_has_taken_up(made, officers):
    officer, _ = officers
    with pytest.raises(Refused, match="appeal_moved_on"):
        deeds.decide(made.number, "rejected", "no", as_of=NOW, **clocks(officer))
    deeds.take_up(made.number, **clocks(officer))
    with pytest.raises(Refused, match="appeal_moved_on"):
        deeds.take_up(made.number, **clocks(officer))


def test_against_the_facts_it_takes_two_people_and_then_the_person_is_no_contact(made, outbreak, officers):
    first, second = officers
    deeds.take_up(made.number, **clocks(first))
    step = deeds.decide(made.number, "upheld", "The ticket shows it.", as_of=NOW, **clocks(first, 1))
    assert (step.state, step.proposal) == ("under_review", "upheld")
    public = [one.words for one in appeals.steps_of(now_of(made), public=True)]
    assert "The ticket shows it." not in public, "a proposal stays in the house"
    with pytest.raises(Refused, match="second_person_wanted"):
        deeds.confirm(made.number, as_of=NOW, **clocks(first, 2))
    assert not Determination.objects.exists()
    deeds.confirm(made.number, as_of=NOW, **clocks(second, 2))
    assert now_of(made).state == "upheld"
    decided = Determination.objects.get()
    assert (decided.decision, decided.recorded_by, made.number in decided.basis) == ("not_contact", second, True)
    after = derive.snapshot(outbreak, at=NOW + timedelta(hours=3))
    assert appeals.running(after, made.person_id, NOW) is None, "the measure has ended"
    assert "The ticket shows it." in [one.words for one in appeals.steps_of(now_of(made), public=True)]


def test_a_second_person_may_not_agree_and_the_reasons_stay_in_the_house(made, officers, sign_in):
    first, second = officers
    deeds.take_up(made.number, **clocks(first))
    deeds.decide(made.number, "upheld", "yes", as_of=NOW, **clocks(first, 1))
    deeds.decline(made.number, "the ticket is of another day", **clocks(second, 2))
    assert appeals.proposal_of(now_of(made)) is None
    assert "the ticket is of another day" not in [one.words for one in appeals.steps_of(now_of(made), public=True)]
    with pytest.raises(Refused, match="no_proposal"):
        deeds.confirm(made.number, as_of=NOW, **clocks(second, 3))


def test_a_proposal_is_taken_back_by_whoever_made_it(made, officers):
    first, second = officers
    deeds.take_up(made.number, **clocks(first))
    deeds.decide(made.number, "upheld", "yes", as_of=NOW, **clocks(first, 1))
    with pytest.raises(Refused, match="not_yours"):
        deeds.take_back(made.number, **clocks(second, 2))
    deeds.take_back(made.number, **clocks(first, 2))
    assert appeals.proposal_of(now_of(made)) is None
    deeds.decide(made.number, "rejected", "On second thoughts, no.", as_of=NOW, **clocks(first, 3))
    assert now_of(made).state == "rejected"


def test_when_the_facts_are_corrected_one_person_grants_it(made, outbreak, officers):
    officer, _ = officers
    deeds.take_up(made.number, **clocks(officer))
    with pytest.raises(Refused, match="measure_unchanged"):
        deeds.decide(made.number, "partly_upheld", "half", as_of=NOW, **clocks(officer))
    TrajectorySegment.objects.filter(person=made.person).update(superseded_at=NOW)
    step = deeds.decide(made.number, "upheld", "You were not there.", as_of=NOW, **clocks(officer, 1))
    assert step.state == "upheld" and not Determination.objects.exists()


def test_a_measure_that_is_no_judgement_is_corrected_in_its_facts(made, outbreak, officers):
    officer, _ = officers
    case = Person.objects.get(number="P8")
    held = DueMeasure.objects.create(
        derivation=derive.snapshot(outbreak, at=NOW), person=case, reason="arrival", measure="home_monitoring",
        starts_at=NOW, ends_at=NOW + timedelta(days=7), rule="arrival.other",
    )  # fmt: skip
    one = deeds.submit(
        case, outbreak, about="stay", grounds="other", statement="x", measure=held, actor=None, at=NOW, known_at=NOW
    )
    deeds.take_up(one.number, **clocks(officer))
    with pytest.raises(Refused, match="measure_still_holds"):
        deeds.decide(one.number, "upheld", "yes", as_of=NOW, **clocks(officer))


def test_while_the_person_is_asked_the_time_stands_still(made, officers):
    officer, _ = officers
    deeds.take_up(made.number, **clocks(officer))
    deeds.ask(made.number, "Which train?", **clocks(officer, 2))
    late = appeals.appeals(None, as_of=NOW + timedelta(days=3), as_known=None)
    assert not appeals.overdue(late, NOW + timedelta(days=3)).exists(), "it waits for the person"
    deeds.tell(made.number, "G1234", **clocks(None, 12))
    assert now_of(made).due_then == NOW + timedelta(hours=34)
    assert now_of(made).state == "under_review"


def test_not_granted_may_be_taken_further_to_somebody_else_with_its_own_time(made, officers):
    first, second = officers
    deeds.take_up(made.number, **clocks(first))
    deeds.decide(made.number, "rejected", "The camera shows you.", as_of=NOW, **clocks(first, 3))
    deeds.escalate(made.number, "It was my brother.", **clocks(None, 30))
    assert now_of(made).due_then == NOW + timedelta(hours=54)
    with pytest.raises(Refused, match="second_person_wanted"):
        deeds.take_up(made.number, **clocks(first, 31))
    deeds.take_up(made.number, **clocks(second, 31))
    deeds.decide(made.number, "rejected", "We have asked again.", as_of=NOW, **clocks(second, 32))
    deeds.close(made.number, **clocks(second, 33))
    with pytest.raises(Refused, match="appeal_moved_on"):
        deeds.escalate(made.number, "again", **clocks(None, 34))
    tally = appeals.tally(made.outbreak, as_of=NOW + timedelta(days=3))
    assert (tally.received, tally.answered, tally.granted, tally.in_time, tally.overdue) == (1, 1, 0, 1, 0)


def test_an_appeal_without_an_answer_is_a_gap_of_the_health_code_task_force(made, outbreak, officers):
    def seen(hours: float) -> tuple[int, int]:
        as_of = NOW + timedelta(hours=hours)
        context = figures.context(outbreak, as_of=as_of, as_known=None, at=as_of)
        found = {one.code: one for one in gap.counts(context)}["appeals_open"]
        assert found.owner == "healthcode"
        return found.n, found.late

    assert (seen(-1), seen(23), seen(25)) == ((0, 0), (1, 0), (1, 1))
    officer, _ = officers
    deeds.take_up(made.number, **clocks(officer, 26))
    deeds.decide(made.number, "rejected", "no", as_of=NOW, **clocks(officer, 27))
    assert (seen(26.5), seen(28)) == ((1, 1), (0, 0))
    tally = appeals.tally(outbreak, as_of=NOW + timedelta(hours=28))
    assert (tally.answered, tally.in_time) == (1, 0)


def test_the_database_keeps_what_was_decided(made, officers):
    officer, _ = officers
    step = deeds.take_up(made.number, **clocks(officer))
    for edit in (
        lambda: AppealStep.objects.filter(pk=step.pk).update(state="upheld"),
        lambda: Appeal.objects.filter(pk=made.pk).update(due_at=NOW + timedelta(days=9)),
        lambda: AppealStep.objects.create(appeal=made, state="rejected", at=NOW, recorded_at=NOW),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            edit()
