"""What is due to a contact, on which days the tests are, and when a person may go."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.epi import rulepack
from chainbreak.epi.quarantine import (
    TestDone,
    due_measures,
    early_release_holds,
    home_exception,
    may_release,
    reasons_against_release,
    transfer_due_at,
)

from .conftest import CHINA, china

EXPOSED = "2022-03-24 15:00"


def due(pack, trigger="contact1", anchor=EXPOSED, identified=None, **options):
    return due_measures(
        pack, trigger=trigger, anchor_at=china(anchor), identified_at=china(identified or anchor), **options
    )


def test_a_close_contact_is_due_fourteen_days_in_a_facility_and_seven_at_home(v8):
    facility, home = due(v8)
    assert (facility.measure, facility.until) == ("facility_quarantine", china("2022-04-08 00:00"))
    assert (home.measure, home.from_at, home.until) == (
        "home_monitoring",
        china("2022-04-08 00:00"),
        china("2022-04-15 00:00"),
    )
    assert (facility.rule, facility.edition) == ("quarantine.contact1.1", v8.edition)


def test_tests_fall_on_days_1_4_7_14_and_are_double_at_release(v8):
    facility, home = due(v8)
    assert [(t.date.isoformat()[5:], t.n_swabs) for t in facility.tests] == [
        ("03-24", 1),
        ("03-27", 1),
        ("03-30", 1),
        ("04-06", 2),
    ]
    assert [t.day for t in home.tests] == [2, 7]


def test_who_is_found_late_serves_the_remaining_days_only(v8):
    facility, home = due(v8, identified="2022-04-03 09:00")
    assert (facility.from_at, facility.until) == (china("2022-04-03 09:00"), china("2022-04-08 00:00"))
    assert [(t.day, t.n_swabs) for t in facility.tests] == [(1, 1), (4, 1), (5, 2)]
    assert home.from_at == facility.until
    (home_only,) = due(v8, identified="2022-04-08 00:00")
    assert home_only.rule == "quarantine.contact1.2"
    assert due(v8, identified="2022-04-15 00:00") == ()


def test_a_contact_of_a_contact_may_leave_on_day_7_and_stays_to_day_14_otherwise(v8):
    (open_,) = due(v8, "contact2")
    assert (open_.until, open_.extension_until) == (china("2022-04-01 00:00"), china("2022-04-08 00:00"))
    assert open_.condition == "contact1_first_two_negative"
    (early,) = due(v8, "contact2", early_release=True)
    assert (early.until, early.extension_until) == (open_.until, None)
    assert [t.day for t in early.tests] == [1, 4, 7]
    (late,) = due(v8, "contact2", early_release=False)
    assert (late.until, late.extension_until) == (china("2022-04-08 00:00"), None)
    assert [t.day for t in late.tests] == [1, 4, 7, 14]


def test_the_condition_for_leaving_early_is_not_known_until_the_results_are_there():
    def test(outcome, day=25):
        return TestDone(china(f"2022-03-{day} 10:00"), outcome)

    negative = [test("negative", 24), test("negative", 27)]
    assert early_release_holds(negative, negative) is True
    assert early_release_holds(negative, negative[:1]) is None
    assert early_release_holds([], negative) is None
    assert early_release_holds([test("pending")], negative) is None
    assert early_release_holds([test("positive")], []) is False
    assert early_release_holds(negative, [test("negative"), test("positive", 26)]) is False
    assert early_release_holds(negative, [*negative, test("positive", 30)]) is True  # only the first two are asked


def test_ebola_is_followed_up_for_21_days():
    (follow_up,) = due(rulepack.load("ebola"))
    assert (follow_up.measure, follow_up.until) == ("daily_follow_up", china("2022-04-15 00:00"))


def test_a_pack_may_count_by_the_clock_instead_of_by_days():
    pack = rulepack.override(
        "covid19-cn-v8", {"quarantine.day_count": {"value": "same_clock_time"}}, source="another reading"
    )
    assert [m.until for m in due(pack)] == [china("2022-04-07 15:00"), china("2022-04-14 15:00")]


def test_an_unknown_trigger_is_misuse(v8):
    with pytest.raises(ValueError, match="no measure for 'visitor'"):
        due(v8, "visitor")


def negative(day, hour=10, outcome="negative"):
    return TestDone(china(f"2022-{day} {hour:02}:00"), outcome)


SERVED = [negative("03-24"), negative("03-27"), negative("03-30"), negative("04-06"), negative("04-06", 11)]
OUT = "2022-04-08 00:00"


def reasons(pack, tests=SERVED, as_of=OUT, open_retest=False):
    found = reasons_against_release(pack, due(pack)[0], tests=tests, open_retest=open_retest, as_of=china(as_of))
    return [(r.code, r.on.isoformat()[5:] if r.on else None) for r in found]


def test_release_needs_the_days_every_test_the_double_test_and_no_open_retest(v8):
    assert reasons(v8) == []
    assert reasons(v8, as_of="2022-04-07 23:59") == [("days_not_served", None)]
    assert reasons(v8, SERVED[:1] + SERVED[2:]) == [("test_missing", "03-27")]
    assert reasons(v8, SERVED[:-1]) == [("double_test_missing", "04-06")]
    assert reasons(v8, [*SERVED, negative("03-31", outcome="inconclusive")]) == [("test_not_negative", "03-30")]
    assert reasons(v8, open_retest=True) == [("retest_open", None)]
    assert may_release(v8, due(v8)[0], tests=SERVED, open_retest=False, as_of=china(OUT))


def test_a_test_a_day_late_still_counts_and_one_taken_later_than_now_does_not(v8):
    assert reasons(v8, [SERVED[0], negative("03-28"), *SERVED[2:]]) == []
    assert ("test_missing", "04-06") in reasons(v8, as_of="2022-04-05 00:00")


def test_contacts_are_due_in_a_facility_within_twelve_hours(v8):
    at = china("2022-03-24 15:00")
    assert transfer_due_at(v8, trigger="contact1", identified_at=at) == china("2022-03-25 03:00")
    assert transfer_due_at(rulepack.load("ebola"), trigger="contact1", identified_at=at) is None


@pytest.mark.parametrize(
    ("facts", "place", "reason"),
    [
        ({"age_years": 14, "parents_are_contacts": True}, "facility_quarantine", "child_14_or_under"),
        ({"age_years": 14, "parents_are_contacts": False}, "home_quarantine", "child_14_or_under"),
        ({"age_years": 30, "pregnant": True, "facility_with_carer_possible": True}, "facility_quarantine", "pregnant"),
        ({"age_years": 30, "pregnant": True, "facility_with_carer_possible": False}, "home_quarantine", "pregnant"),
        (
            {"age_years": 80, "self_care": "partial", "facility_with_carer_possible": False},
            "home_quarantine",
            "partial_or_no_self_care",
        ),
    ],
)
def test_special_persons_are_cared_for_as_the_rule_says(v8, facts, place, reason):
    hit = home_exception(v8, **facts)
    assert (hit.outputs["place"], hit.outputs["reason"], hit.outputs["carer"]) == (place, reason, True)


def test_a_healthy_adult_of_fifteen_or_more_has_no_exception(v8):
    assert home_exception(v8, age_years=15, parents_are_contacts=False, self_care="full", pregnant=False) is None


moments = st.datetimes(datetime(2022, 3, 1), datetime(2022, 4, 30)).map(lambda at: at.replace(tzinfo=CHINA))  # noqa: DTZ001
triggers = st.sampled_from(sorted({m.trigger for m in rulepack.load("covid19-cn-v8").of(rulepack.Measure)}))


@given(triggers, moments, moments, st.sampled_from([None, True, False]))
def test_measures_follow_one_another_and_none_ends_before_it_begins(trigger, anchor, identified, early):
    pack = rulepack.load("covid19-cn-v8")
    plan = due_measures(pack, trigger=trigger, anchor_at=anchor, identified_at=identified, early_release=early)
    for measure in plan:
        assert measure.from_at < measure.until
        assert measure.from_at >= identified
        days = [test.date for test in measure.tests]
        assert days == sorted(set(days))
        assert all(pack.local_day(measure.from_at) <= day <= pack.local_day(measure.until) for day in days)
        assert measure.extension_until is None or measure.extension_until > measure.until
    assert all(a.until <= b.from_at for a, b in pairwise(plan))


@given(triggers, moments, moments, st.integers(0, 40))
def test_who_is_found_later_is_never_held_longer(trigger, anchor, identified, later):
    pack = rulepack.load("covid19-cn-v8")

    def end(at):
        plan = due_measures(pack, trigger=trigger, anchor_at=anchor, identified_at=at)
        return max((measure.until for measure in plan), default=None)

    before, after = end(identified), end(identified + timedelta(days=later))
    assert after is None or after == before


@given(moments, moments)
def test_a_later_exposure_never_ends_a_measure_earlier(one, other):
    pack = rulepack.load("covid19-cn-v8")
    first, last = sorted([one, other])

    def end(anchor):
        return due_measures(pack, trigger="contact1", anchor_at=anchor, identified_at=anchor)[-1].until

    assert end(first) <= end(last)
    assert end(last).date() - last.date() == timedelta(days=22)
    assert isinstance(end(last).date(), date)
