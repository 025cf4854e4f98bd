"""Who is a contact: one spec, met by plain Python and by every engine over tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainbreak.epi.copresence import CaseWindow, Stay

from .conftest import ENGINES, OVER_TABLES, at, by_plain_python


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def degrees(pairs):
    return {(p.person_id, p.degree, p.source_person_id) for p in pairs}


def test_meetings_with_one_case_add_up(contacts_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | market | 09:00   | 09:20    # the case
        P2     | market | 09:15   | 09:18
        P2     | market | 09:19   | 09:40
        P3     | market | 09:20   | 10:00    # came as the case left
        P4     | clinic | 09:00   | 09:20    # elsewhere
    """
    assert contacts_of("C1", stays, at_least=minutes(4)) == {"P2": minutes(4)}


def test_exactly_the_least_time_is_in_and_a_microsecond_less_is_out(contacts_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | shop   | 09:00   | 12:00
        P2     | shop   | 09:00   | 09:15:00.000000
        P3     | shop   | 09:00   | 09:14:59.999999
    """
    assert contacts_of("C1", stays, at_least=minutes(15)) == {"P2": minutes(15)}


def test_minutes_at_different_places_and_across_midnight_add_up(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | bus    | 22:00   | 22:10
        C1     | home   | 23:55   | 24:05
        P2     | bus    | 22:02   | 22:12
        P2     | home   | 23:58   | 1/02:00
    """
    (pair,) = pairs_of(stays, {"C1": (None, None)})
    assert pair.together == minutes(15)
    assert pair.meetings == 2
    assert pair.place_id == "bus"
    assert (pair.first_exposure_at, pair.last_exposure_at) == (at("22:02"), at("24:05"))


def test_overlapping_and_touching_stays_of_one_person_at_one_place_are_one_stay(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | school | 09:00   | 09:10
        C1     | school | 09:10   | 09:20    # touching
        C1     | school | 09:05   | 09:15    # recorded twice
        P2     | school | 09:00   | 09:20
        P2     | school | 09:00   | 09:20
    """
    (pair,) = pairs_of(stays, {"C1": (None, None)})
    assert (pair.together, pair.meetings) == (minutes(20), 1)


def test_touching_alone_makes_one_stay_and_a_gap_two(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | school | 09:00   | 09:10
        C1     | school | 09:10   | 09:20
        P2     | school | 09:00   | 09:20
        P3     | school | 09:00   | 09:10
        P3     | school | 09:11   | 09:20
    """
    found = pairs_of(stays, {"C1": (None, None)}, degrees=1)
    assert [(p.person_id, p.together, p.meetings) for p in found] == [("P2", minutes(20), 1), ("P3", minutes(19), 2)]


def test_of_equally_long_meetings_the_first_names_the_place(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | zoo    | 09:00   | 09:10
        P2     | zoo    | 09:00   | 09:10
        C1     | aula   | 10:00   | 10:10
        P2     | aula   | 10:00   | 10:10
    """
    (pair,) = pairs_of(stays, {"C1": (None, None)})
    assert pair.place_id == "zoo"


def test_meetings_are_cut_to_the_infectious_window(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | office | 08:00   | 18:00
        P2     | office | 08:00   | 09:15    # 15 minutes inside
        P3     | office | 11:45   | 18:00    # 15 minutes inside
        P4     | office | 08:00   | 09:00    # left as the window began
        P5     | office | 12:00   | 18:00    # came as it ended
    """
    found = pairs_of(stays, {"C1": ("09:00", "12:00")}, degrees=1)
    assert {p.person_id: p.together for p in found} == {"P2": minutes(15), "P3": minutes(15)}


def test_a_stay_without_length_meets_nobody(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | lift   | 09:00   | 10:00
        P2     | lift   | 09:30   | 09:30
    """
    assert pairs_of(stays, {"C1": (None, None)}, minutes=0) == []


def test_equal_stays_meet_and_a_person_does_not_meet_himself(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | room   | 09:00   | 09:15
        P2     | room   | 09:00   | 09:15
    """
    assert degrees(pairs_of(stays, {"C1": (None, None)})) == {("P2", 1, "C1")}


def test_a_person_at_two_places_at_once_counts_at_both(pairs_of):
    """Wrong data, but nobody is lost by it."""
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | east   | 09:00   | 09:10
        C1     | west   | 09:00   | 09:10
        P2     | east   | 09:00   | 09:10
        P2     | west   | 09:00   | 09:10
    """
    (pair,) = pairs_of(stays, {"C1": (None, None)})
    assert (pair.together, pair.meetings, pair.place_id) == (minutes(20), 2, "east")


def test_a_contact_of_a_contact_is_counted_from_the_contacts_first_exposure(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        P2     | home   | 06:00   | 08:00
        P3     | home   | 06:00   | 08:00    # met P2 before P2 met the case
        C1     | market | 09:00   | 09:30
        P2     | market | 09:10   | 09:40
        P4     | market | 09:25   | 09:50    # 15 minutes with P2, 5 with the case
        P5     | bus    | 10:00   | 10:20
        P2     | bus    | 10:00   | 10:20
        P6     | bus    | 10:00   | 10:14
    """
    found = degrees(pairs_of(stays, {"C1": (None, None)}))
    assert found == {("P2", 1, "C1"), ("P4", 2, "P2"), ("P5", 2, "P2")}


def test_a_pair_that_did_not_qualify_does_not_begin_the_contacts_clock(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | shop   | 08:00   | 08:05
        P2     | shop   | 08:00   | 08:05    # 5 minutes with C1: too short
        P3     | bus    | 08:10   | 08:40
        P2     | bus    | 08:10   | 08:40    # before P2 met C2
        C2     | office | 09:00   | 10:00
        P2     | office | 09:00   | 10:00
    """
    assert degrees(pairs_of(stays, {"C1": (None, None), "C2": (None, None)})) == {("P2", 1, "C2")}


def test_control_ends_what_a_contact_passes_on(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | market | 09:00   | 09:30
        P2     | market | 09:00   | 09:30
        P2     | home   | 10:00   | 12:00
        P3     | home   | 10:00   | 10:30
        P4     | home   | 10:46   | 12:00    # 14 minutes until control at 11:00
    """
    controlled = degrees(pairs_of(stays, {"C1": (None, None)}, controls={"P2": "11:00"}))
    assert controlled == {("P2", 1, "C1"), ("P3", 2, "P2")}
    assert ("P4", 2, "P2") in degrees(pairs_of(stays, {"C1": (None, None)}))


def test_who_is_degree_1_is_not_listed_at_degree_2_whatever_he_did_with_other_contacts(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | class  | 09:00   | 10:00
        P2     | class  | 09:00   | 10:00
        P3     | class  | 09:30   | 10:00
        P4     | class  | 09:50   | 10:20    # 10 minutes with each
        P4     | bus    | 10:20   | 10:30
        P2     | bus    | 10:20   | 10:30
    """
    assert degrees(pairs_of(stays, {"C1": (None, None)})) == {
        ("P2", 1, "C1"),
        ("P3", 1, "C1"),
        ("P4", 2, "P2"),
    }


def test_a_case_is_listed_only_if_asked_for_and_is_no_source_of_degree_2(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | home   | 08:00   | 09:00
        C2     | home   | 08:00   | 09:00    # another's contact, infectious from 12:00 only
        P3     | office | 10:00   | 11:00
        C2     | office | 10:00   | 11:00
    """
    cases = {"C1": (None, None), "C2": ("12:00", None)}
    assert degrees(pairs_of(stays, cases)) == set()
    assert degrees(pairs_of(stays, cases, include_cases=True)) == {("C2", 1, "C1")}


def test_one_row_for_each_source_in_order(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C2     | hall   | 09:00   | 10:00
        C1     | hall   | 09:00   | 10:00
        P3     | hall   | 09:00   | 10:00
        P3     | bus    | 10:00   | 10:30
        007    | bus    | 10:00   | 10:30
    """
    found = [
        (p.degree, p.person_id, p.source_person_id) for p in pairs_of(stays, dict.fromkeys(["C1", "C2"], (None, None)))
    ]
    assert found == [(1, "P3", "C1"), (1, "P3", "C2"), (2, "007", "P3")]


def test_at_home_any_overlap_counts_and_in_the_street_none(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | flat   | 08:00   | 08:10
        P2     | flat   | 08:09   | 09:00
        C1     | street | 09:00   | 10:00
        P3     | street | 09:00   | 10:00
        C1     | shop   | 10:00   | 10:20
        P4     | shop   | 10:00   | 10:20
        P5     | shop   | 10:00   | 10:05
    """
    found = pairs_of(
        stays,
        {"C1": (None, None)},
        kinds={"flat": "household", "street": "street", "shop": "shop"},
        thresholds={"household": 0, "street": None},
    )
    assert degrees(found) == {("P2", 1, "C1"), ("P4", 1, "C1")}


def test_time_at_a_stricter_place_counts_at_a_laxer_one_and_not_the_other_way(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | ward   | 08:00   | 09:00
        C1     | shop   | 10:00   | 11:00
        P2     | ward   | 08:00   | 08:08    # 8 of 10 in the ward …
        P2     | shop   | 10:00   | 10:08    # … and 16 of 15 with the shop
        P3     | ward   | 08:00   | 08:04
        P3     | shop   | 10:00   | 10:10    # 14 in all
        P4     | shop   | 10:00   | 10:12    # 12 of 15; the ward's 10 do not hold here
    """
    found = pairs_of(
        stays, {"C1": (None, None)}, kinds={"ward": "ward", "shop": "shop"}, thresholds={"ward": 10}, degrees=1
    )
    assert degrees(found) == {("P2", 1, "C1")}


def test_two_windows_of_one_case_do_not_count_an_hour_twice(engine):
    stays = [Stay("C1", "x", at("08:00"), at("10:00")), Stay("P2", "x", at("08:00"), at("08:10"))]
    cases = [CaseWindow("C1", at("07:00"), at("09:00")), CaseWindow("C1", at("08:00"), at("11:00"))]
    assert engine(stays, cases) == []
    assert [p.together for p in engine(stays, cases, minutes=10)] == [minutes(10)]


def test_two_windows_that_touch_do_not_cut_a_meeting_in_two(engine):
    stays = [Stay("C1", "x", at("08:00"), at("10:00")), Stay("P2", "x", at("08:00"), at("10:00"))]
    cases = [CaseWindow("C1", at("07:00"), at("09:00")), CaseWindow("C1", at("09:00"), at("11:00"))]
    assert [(p.together, p.meetings) for p in engine(stays, cases)] == [(minutes(120), 1)]


def test_nothing_comes_of_nothing(engine):
    stay = [Stay("C1", "x", at("08:00"), at("10:00"))]
    assert engine([], []) == []
    assert engine([], [CaseWindow("C1", None, None)]) == []
    assert engine(stay, []) == []
    assert engine(stay, [CaseWindow("C1", None, None)]) == []


def test_numbers_sort_as_numbers(engine):
    hall = [Stay(person, "hall", at("08:00"), at("10:00")) for person in (1, 2, 10)]
    assert [p.person_id for p in engine(hall, [CaseWindow(1, None, None)])] == [2, 10]


START = datetime(2022, 3, 24, tzinfo=UTC)
moments = st.integers(0, 24).map(lambda n: START + timedelta(seconds=150 * n))
persons = st.sampled_from(["A", "B", "C", "D", "E", "F"])
places = st.sampled_from(["flat", "shop", "ward", "street"])
stays = st.builds(
    lambda person, place, a, b: Stay(person, place, min(a, b), max(a, b)), persons, places, moments, moments
)
windows = st.builds(
    lambda person, a, b: CaseWindow(person, a and (min(a, b) if b else a), b and (max(a, b) if a else b)),
    persons,
    st.none() | moments,
    st.none() | moments,
)


drawn_questions = st.tuples(
    st.lists(stays, max_size=30),
    st.lists(windows, max_size=4),
    st.dictionaries(persons, moments, max_size=3),
    st.sampled_from([0, 2.5, 5, 7.5, 15]),
    st.booleans(),
    st.sampled_from([None, {"flat": 0, "street": None}, {"flat": 0, "ward": 4.9, "street": None}]),
)
SLOW = {"spark": 20}  # a question to Spark costs a quarter of a second


@pytest.mark.parametrize("name", OVER_TABLES)
def test_every_engine_finds_what_plain_python_finds(name):
    @settings(max_examples=SLOW.get(name, 100), deadline=None)
    @given(drawn_questions)
    def held(question):
        stays, cases, controls, least, include_cases, thresholds = question
        options = {
            "controls": controls,
            "minutes": least,
            "include_cases": include_cases,
            "kinds": {place: place for place in ("flat", "ward", "street")},
            "thresholds": thresholds,
        }
        assert ENGINES[name](stays, cases, **options) == by_plain_python(stays, cases, **options)

    held()


@settings(max_examples=60, deadline=None)
@given(st.lists(stays, max_size=30), st.lists(windows, max_size=3), st.sampled_from([0.5, 2, 7.5]))
def test_less_time_asked_for_never_finds_fewer_contacts(stays, cases, least):
    def found(minutes):
        return {p.person_id for p in by_plain_python(stays, cases, minutes=minutes)}

    assert found(least + 1) <= found(least)
