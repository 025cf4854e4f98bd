"""The colour of a code: by facts, with an end, and green in the end for everybody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.epi import rulepack
from chainbreak.epi.healthcode import Colour, Standing, Trigger, colour, green_at, reasons_against_green, two_in_three

from .conftest import CHINA, china

PACK = rulepack.load("covid19-cn-v8")
KINDS = PACK.table("code.colour").input("trigger").values


def on(day, trigger):
    return colour(PACK, Standing(china(f"{day} 00:00"), (trigger,)))


def test_a_close_contact_is_red_for_14_days_yellow_to_day_21_and_then_green():
    contact = Trigger("contact1", china("2022-03-24 15:00"))
    assert on("2022-03-25", contact) == on("2022-04-07", contact) == Colour.RED
    assert on("2022-04-08", contact) == on("2022-04-14", contact) == Colour.YELLOW
    assert on("2022-04-15", contact) == Colour.GREEN
    assert green_at(PACK, Standing(china("2022-03-25 00:00"), (contact,))) == china("2022-04-15 00:00")


def test_a_code_turns_the_moment_a_reason_ends_and_not_before():
    contact = Trigger("contact1", china("2022-03-24 15:00"))
    ends = china("2022-04-15 00:00")
    (reason,) = reasons_against_green(PACK, Standing(ends - timedelta(microseconds=1), (contact,)))
    assert (reason.ends_at, reason.colour, reason.rule) == (ends, Colour.YELLOW, "code.contact1.yellow")
    assert reasons_against_green(PACK, Standing(ends, (contact,))) == ()


def test_a_positive_person_is_red_during_treatment_and_14_days_after_then_yellow_to_day_28():
    person = Trigger("positive", china("2022-03-24 10:00"), True, china("2022-04-05 09:00"))
    assert on("2022-04-05", person) == on("2022-04-19", person) == Colour.RED
    assert on("2022-04-20", person) == on("2022-05-03", person) == Colour.YELLOW
    assert on("2022-05-04", person) == Colour.GREEN


def test_a_contact_of_a_contact_is_red_until_the_measure_ends():
    person = Trigger("contact2", china("2022-03-24 10:00"), True, china("2022-04-01 00:00"))
    assert on("2022-03-31", person) == Colour.RED
    assert on("2022-04-01", person) == Colour.GREEN
    assert on("2022-03-31", Trigger("contact2", china("2022-03-24 10:00"))) == Colour.GREEN  # no measure, no colour


def test_an_arrival_from_another_province_is_green_after_two_tests_or_seven_days():
    def arrival(*tests):
        return Trigger("arrival_other_province", china("2022-03-24 12:00"), negative_tests=tuple(map(china, tests)))

    assert on("2022-03-31", arrival()) == Colour.YELLOW
    assert on("2022-04-01", arrival()) == Colour.GREEN
    assert on("2022-03-27", arrival("2022-03-24 18:00", "2022-03-26 09:00")) == Colour.GREEN
    assert on("2022-03-26", arrival("2022-03-24 18:00", "2022-03-26 09:00")) == Colour.YELLOW  # not yet taken


@pytest.mark.parametrize(
    ("first", "second", "enough"),
    [
        ("2022-03-25 12:00", "2022-03-26 12:00", True),  # at the edge of both
        ("2022-03-25 12:01", "2022-03-26 12:01", False),  # the first too late
        ("2022-03-24 12:00", "2022-03-25 11:59", False),  # too close together
        ("2022-03-24 12:00", "2022-03-27 12:00", True),
        ("2022-03-24 12:00", "2022-03-27 12:01", False),  # the second too late
        ("2022-03-24 11:00", "2022-03-26 12:00", False),  # the first before arrival
    ],
)
def test_two_tests_in_three_days(first, second, enough):
    done = two_in_three(
        PACK,
        arrived_at=china("2022-03-24 12:00"),
        negative_tests=[china(first), china(second)],
        as_of=china("2022-03-30 00:00"),
    )
    assert done is enough


def test_the_strictest_reason_gives_the_colour_and_all_are_told():
    standing = Standing(
        china("2022-03-25 00:00"),
        (
            Trigger("companion", china("2022-03-24 10:00"), True, china("2022-03-28 00:00"), record="V1"),
            Trigger("contact1", china("2022-03-24 15:00"), record="K1"),
        ),
    )
    found = reasons_against_green(PACK, standing)
    assert [(r.colour, r.record) for r in found] == [(Colour.RED, "K1"), (Colour.YELLOW, "V1")]
    assert colour(PACK, standing) == Colour.RED


def test_a_trigger_outside_the_closed_list_is_refused():
    with pytest.raises(ValueError, match="must be one of"):
        reasons_against_green(
            PACK, Standing(china("2022-03-25 00:00"), (Trigger("bank_depositor", china("2022-03-24 00:00")),))
        )


def test_a_pack_without_colours_colours_nobody():
    standing = Standing(china("2022-03-25 00:00"), (Trigger("contact1", china("2022-03-24 15:00")),))
    assert reasons_against_green(rulepack.load("ebola"), standing) == ()


moments = st.datetimes(datetime(2022, 3, 1), datetime(2022, 3, 31)).map(lambda at: at.replace(tzinfo=CHINA))  # noqa: DTZ001
triggers = st.builds(
    Trigger,
    st.sampled_from(KINDS),
    moments,
    st.booleans(),
    st.none() | moments,
    st.lists(moments, max_size=3).map(tuple),
)
standings = st.builds(Standing, moments, st.lists(triggers, max_size=4).map(tuple))


@given(standings)
def test_everyone_left_alone_turns_green_in_the_end(standing):
    later = Standing(standing.as_of + timedelta(days=120), standing.triggers)
    assert reasons_against_green(PACK, later) == ()
    assert standing.as_of <= green_at(PACK, standing) <= later.as_of


@given(standings)
def test_every_reason_has_an_end_still_to_come_and_does_not_hold_at_it(standing):
    for reason in reasons_against_green(PACK, standing):
        assert reason.ends_at > standing.as_of
        then = reasons_against_green(PACK, Standing(reason.ends_at, standing.triggers))
        assert reason not in then


@given(standings, triggers)
def test_one_more_fact_never_makes_a_code_laxer(standing, more):
    assert colour(PACK, Standing(standing.as_of, (*standing.triggers, more))) >= colour(PACK, standing)
