"""The infectious window and the states of a case."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.epi import rulepack
from chainbreak.epi.case import CLASS_MOVES, COURSE_MOVES, FIRST_CLASSES, infectious_window
from chainbreak.epi.transitions import may_move, reachable

from .conftest import china


def window(pack, case_class="confirmed", onset=None, sample=None, isolated=None):
    return infectious_window(
        pack,
        case_class=case_class,
        onset_date=onset and date.fromisoformat(onset),
        first_positive_sample_at=sample and china(sample),
        isolated_at=isolated and china(isolated),
    )


def test_a_symptomatic_case_infects_from_two_days_before_onset_until_isolation(v8):
    found = window(v8, onset="2022-03-23", sample="2022-03-24 10:00", isolated="2022-03-24 20:00")
    assert (found.from_at, found.until) == (china("2022-03-21 00:00"), china("2022-03-24 20:00"))
    assert (found.rule, found.anchor) == ("window.symptomatic", "onset")


def test_an_earlier_positive_sample_moves_the_beginning_of_a_case_confirmed_later(v8):
    found = window(v8, onset="2022-03-26", sample="2022-03-24 23:59")
    assert (found.from_at, found.until, found.anchor) == (china("2022-03-22 00:00"), None, "sample")


def test_an_asymptomatic_case_infects_from_two_days_before_the_sample(v8):
    assert window(v8, "asymptomatic", onset="2022-03-01", sample="2022-03-25 00:00").from_at == china(
        "2022-03-23 00:00"
    )


def test_without_anchor_or_for_an_excluded_case_there_is_no_window(v8):
    assert window(v8) is None
    assert window(v8, "asymptomatic", onset="2022-03-25") is None
    assert window(v8, "excluded", onset="2022-03-25", sample="2022-03-25 10:00") is None


def test_isolated_before_the_window_begins_leaves_it_empty(v8):
    found = window(v8, onset="2022-03-25", isolated="2022-03-01 00:00")
    assert found.from_at == found.until
    assert not found.holds(found.from_at)


def test_ebola_infects_from_onset_and_who_sets_an_end():
    assert window(rulepack.load("ebola"), onset="2022-03-25").from_at == china("2022-03-25 00:00")
    assert window(rulepack.load("ebola"), sample="2022-03-25 10:00") is None
    who = rulepack.load("who-covid19-2021")
    assert window(who, onset="2022-03-10").until == china("2022-03-24 00:00")  # the end of the 13th day after
    assert window(who, "asymptomatic", sample="2022-03-10 09:00").until == china("2022-03-21 00:00")
    assert window(who, onset="2022-03-10", isolated="2022-03-12 08:00").until == china("2022-03-12 08:00")


def test_a_sample_without_time_zone_is_misuse(v8):
    with pytest.raises(ValueError, match="time zone"):
        infectious_window(
            v8,
            case_class="confirmed",
            onset_date=None,
            first_positive_sample_at=datetime(2022, 3, 24),  # noqa: DTZ001
            isolated_at=None,
        )


days = st.dates(date(2022, 3, 1), date(2022, 4, 1))


@given(days, days, st.integers(0, 10), st.integers(0, 40))
def test_an_earlier_fact_never_begins_the_window_later(onset, sampled, earlier, isolated_after):
    pack = rulepack.load("covid19-cn-v8")
    noon = datetime(sampled.year, sampled.month, sampled.day, 12, tzinfo=ZoneInfo("UTC"))

    def begin(onset, sample):
        return infectious_window(
            pack,
            case_class="confirmed",
            onset_date=onset,
            first_positive_sample_at=sample,
            isolated_at=sample + timedelta(days=isolated_after),
        )

    base = begin(onset, noon)
    assert base.from_at <= base.until
    assert begin(onset - timedelta(days=earlier), noon).from_at <= base.from_at
    assert begin(onset, noon - timedelta(days=earlier)).from_at <= base.from_at


def test_classes_move_as_the_dictionary_says():
    allowed = {(a, b) for a in CLASS_MOVES for b in CLASS_MOVES if may_move(CLASS_MOVES, a, b)}
    assert allowed == {
        ("suspected", "confirmed"),
        ("suspected", "asymptomatic"),
        ("suspected", "excluded"),
        ("asymptomatic", "confirmed"),
        ("asymptomatic", "excluded"),
        ("confirmed", "excluded"),
    }
    assert not may_move(CLASS_MOVES, None, "excluded", first=FIRST_CLASSES)
    assert may_move(CLASS_MOVES, None, "asymptomatic", first=FIRST_CLASSES)
    with pytest.raises(ValueError, match="unknown state 'dead'"):
        may_move(CLASS_MOVES, "confirmed", "dead")


def test_a_discharged_case_does_not_die_of_it():
    assert may_move(COURSE_MOVES, "under_care", "died")
    assert "died" not in reachable(COURSE_MOVES, "discharged")
