"""How the follow-ups of a day stand: every part asks for one outcome; nothing done late fills an earlier part."""

import itertools
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.epi.follow_up import OUTCOMES, parts, standing

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2022, 3, 28)


def at(hour, minute=0, day=28):
    return datetime(2022, 3, day, hour, minute, tzinfo=ZONE)


WATCHED = (at(0, day=20), None)


def states(outcomes, now, *, watch=WATCHED, per_day=2):
    found = standing(DAY, per_day=per_day, zone=ZONE, under_watch=watch, outcomes=outcomes, at=now)
    return [part.state for part in found]


@pytest.mark.parametrize(
    "outcomes, now, expected",
    [
        ([], at(9), ["due", "ahead"]),
        ([], at(12), ["missed", "due"]),  # the part ends at that very instant
        ([(at(9), "well")], at(13), ["done", "due"]),
        ([(at(12), "well")], at(13), ["missed", "done"]),  # noon belongs to the evening
        ([(at(8), "not_reached")], at(9), ["tried", "ahead"]),
        ([(at(8), "not_reached")], at(13), ["missed", "due"]),
        ([(at(8), "well"), (at(9), "not_reached")], at(10), ["done", "ahead"]),
        ([(at(8), "well"), (at(9), "symptoms")], at(10), ["symptoms", "ahead"]),
        ([(at(8), "refused")], at(8, 30), ["tried", "ahead"]),
        ([(at(14), "well")], at(13), ["missed", "due"]),  # not known yet at that instant
    ],
)
def test_how_a_day_stands(outcomes, now, expected):
    assert states(outcomes, now) == expected


def test_parts_outside_the_watch_are_not_due():
    assert states([], at(23), watch=(at(12), None)) == ["due"]
    assert states([], at(23), watch=(at(0, day=20), at(12))) == ["missed"]
    assert states([], at(23), watch=(at(0, day=29), None)) == []


@given(st.integers(1, 6), st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_the_parts_make_up_the_day(per_day, day):
    cut = parts(day, per_day, ZONE)
    assert cut[0][0] == datetime(day.year, day.month, day.day, tzinfo=ZONE)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(cut))
    assert cut[-1][1] - cut[0][0] == timedelta(days=1)


@given(st.lists(st.tuples(st.integers(0, 1439), st.sampled_from(OUTCOMES))), st.integers(0, 1440))
def test_every_part_of_a_watched_day_has_one_state(outcomes, minute):
    given_ = [(at(0) + timedelta(minutes=m), outcome) for m, outcome in outcomes]
    found = states(given_, at(0) + timedelta(minutes=minute))
    assert len(found) == 2
    assert ("due" in found or "tried" in found) + ("ahead" in found) <= 2
    assert not (minute >= 720 and "ahead" in found)
