"""Everything due comes out of facts: contacts of both degrees, their course, and what changes with a correction."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from chainbreak.epi import rulepack
from chainbreak.governance.services import facts
from chainbreak.investigation.models import Contact, Determination, Disposition, TrajectorySegment
from chainbreak.investigation.services import tracing
from chainbreak.measures.models import DueMeasure
from chainbreak.measures.services import derive

from .conftest import NOW, instant

MEALS = """
    person | place        | arrived  | left
    C1     | restaurant-1 | 23 12:00 | 23 13:00   # the case
    P2     | restaurant-1 | 23 12:30 | 23 13:30   # 30 minutes together
    P3     | restaurant-1 | 23 12:50 | 23 13:00   # 10 minutes: too short
    P2     | household-2  | 23 20:00 | 24 07:00
    P4     | household-2  | 23 06:00 | 24 07:00   # lives with P2
    P5     | household-2  | 22 20:00 | 23 07:00   # left before P2 was exposed
"""


@pytest.fixture
def eating(town):
    town.case("C1", sampled="24 08:00", reported="24 20:00", isolated="24 12:00")
    town.stays(MEALS)
    return town


def test_who_met_a_case_is_a_contact_and_who_met_those_is_a_contact_of_a_contact(eating):
    assert eating.contacts() == {"P2": (1, "identified"), "P4": (2, "identified")}


def test_a_contact_counts_from_the_report_of_the_case_on(eating):
    assert eating.contacts("24 20:00") == {}
    assert eating.contacts("24 20:01").keys() == {"P2", "P4"}


def test_control_of_the_contact_ends_what_he_can_pass_on(eating):
    eating.stay("P2", "home_quarantine", "23 19:00", home_reason="illness")
    assert eating.contacts().keys() == {"P2"}


def test_meetings_after_isolation_of_the_case_do_not_count(eating):
    eating.stays("C1 | restaurant-1 | 24 12:00 | 24 18:00\n P6 | restaurant-1 | 24 12:00 | 24 18:00")
    assert "P6" not in eating.contacts()


def test_the_disposition_follows_what_was_done(eating):
    eating.stay("P2", "facility_quarantine", "25 08:00")
    eating.stay("P4", "home_quarantine", "25 09:00", "28 23:00", home_reason="young_child", outcome="released")
    assert eating.contacts("25 08:00")["P2"] == (1, "identified")
    assert eating.contacts("25 08:01")["P2"] == (1, "in_facility")
    assert eating.contacts("28 23:00")["P4"] == (2, "at_home")
    assert eating.contacts("28 23:01")["P4"] == (2, "released")


def test_a_contact_who_was_under_control_when_found_becomes_a_case_and_stays_in_the_figure(eating):
    eating.case("P2", sampled="26 08:00", reported="26 20:00", isolated="25 08:00", under_control_when_sampled=True)
    assert eating.contacts()["P2"] == (1, "converted_to_case")


def test_a_case_found_in_the_community_was_never_a_contact(eating):
    eating.case("P2", sampled="26 08:00", reported="26 20:00", isolated="26 08:00", under_control_when_sampled=False)
    assert "P2" not in eating.contacts()


def test_a_decision_goes_before_the_rule_and_a_degree_never_falls(eating):
    def decide(person, decision, degree):
        Determination.objects.create(
            outbreak=eating.outbreak, person=eating.person(person), decision=decision, degree=degree, basis="masks",
            valid_from=instant("25 08:00"), recorded_at=NOW,
        )  # fmt: skip

    decide("P4", "confirmed", 1)
    assert eating.contacts()["P4"][0] == 1
    decide("P2", "not_contact", 1)
    assert "P2" not in eating.contacts()


def test_meeting_at_a_place_where_nearness_must_be_asked_about_stays_pending(eating):
    eating.stays("C1 | market-1 | 23 15:00 | 23 16:00\n P7 | market-1 | 23 15:00 | 23 16:00")
    assert "P7" not in eating.contacts()
    assert Contact.objects.get(person__number="P7").determination == "pending"


def test_every_pair_names_the_facts_behind_it(eating):
    contact = Contact.objects.get(derivation=eating.snapshot(), person__number="P2")
    from chainbreak.investigation.selectors.contact import facts_behind, pairs_of

    pairs = pairs_of(contact)
    behind = facts_behind(pairs)["stay"].values()
    assert [(p.source.number, p.minutes, p.meetings) for p in pairs] == [("C1", 30.0, 1)]
    assert {(s.person.number, s.place.number) for s in behind} == {("C1", "restaurant-1"), ("P2", "restaurant-1")}


def test_what_is_due_to_a_close_contact_by_the_8th_edition(eating):
    snapshot = eating.snapshot()
    due = DueMeasure.objects.filter(derivation=snapshot, person__number="P2").order_by("starts_at")
    assert [d.measure for d in due] == ["facility_quarantine", "home_monitoring"]
    assert due[0].ends_at.date() - instant("23 13:00").date() in (timedelta(days=14), timedelta(days=15))


def test_a_corrected_stay_changes_who_is_a_contact_and_the_preview_says_so_without_writing(eating):
    stay = TrajectorySegment.objects.get(person__number="P2", place__number="restaurant-1")

    def shorten():
        facts.correct(stay, at=NOW, actor=None, reason="left earlier", left_at=instant("23 12:40"))

    seen = derive.preview(shorten, eating.outbreak, as_of=instant("29 00:00"), at=NOW)
    assert seen.leaves.keys() == {"P2", "P4"}
    assert seen.enters == {}
    assert eating.contacts().keys() == {"P2", "P4"}
    shorten()
    assert eating.contacts() == {}


def test_what_was_known_before_the_correction_can_be_read_again(eating):
    stay = TrajectorySegment.objects.get(person__number="P2", place__number="restaurant-1")
    later = NOW + timedelta(hours=1)
    facts.withdraw(stay, at=later, actor=None, reason="wrong person")
    assert eating.contacts() == {}
    assert eating.contacts(as_known=NOW).keys() == {"P2", "P4"}


def test_a_fact_cannot_be_edited_or_deleted(eating):
    stay = TrajectorySegment.objects.first()
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        TrajectorySegment.objects.filter(pk=stay.pk).update(certainty="doubtful")
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        stay.delete()


def test_two_dispositions_at_one_instant_are_refused_by_the_database(eating):
    snapshot = eating.snapshot()
    contact = Contact.objects.filter(derivation=snapshot).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Disposition.objects.create(derivation=snapshot, contact=contact, state="lost", valid_from=instant("26 00:00"))


def test_a_case_is_no_contact_of_the_contacts_it_made_itself(eating):
    eating.case("C9", sampled="25 08:00", reported="25 20:00", isolated="25 12:00", under_control_when_sampled=True)
    eating.stays("C9 | restaurant-9 | 24 12:00 | 24 13:00\n P9 | restaurant-9 | 24 12:00 | 24 13:00")
    assert eating.contacts()["P9"] == (1, "identified")
    assert "C9" not in eating.contacts()


def test_a_stay_that_ends_when_the_next_begins_leaves_nobody_in_between(eating):
    eating.stay("P2", "home_quarantine", "26 09:00", home_reason="illness")
    eating.stay("P2", "facility_quarantine", "25 08:00", "26 09:00", outcome="moved")
    assert eating.contacts("26 09:01")["P2"] == (1, "at_home")


def test_a_pack_that_knows_no_contacts_of_contacts_finds_none(eating):
    def degrees():
        return set(Contact.objects.filter(derivation=eating.snapshot()).values_list("degree", flat=True))

    assert degrees() == {1, 2}
    eating.outbreak.rule_pack = "who-covid19-2021"
    eating.outbreak.save()
    assert degrees() == {1}


def test_the_second_degree_is_switched_off_by_the_pack_alone(eating):
    def degrees(enabled):
        change = {"contact2.enabled": {"value": enabled}}
        pack = rulepack.override("covid19-cn-v8", change, source="a test")
        cases = tracing.case_facts(eating.outbreak, pack, None)
        found = tracing.trace(eating.outbreak, pack, cases, as_known=None, controls=lambda _: {})
        return {f.degree for f in found}

    assert degrees(enabled=True) == {1, 2}
    assert degrees(enabled=False) == {1}
