"""A row for each person, seats in a vehicle, and the air after somebody has left: the spec, met by every engine."""

from __future__ import annotations

from datetime import timedelta

from chainbreak.epi.copresence import CaseWindow

from .conftest import at, by_plain_python, stays_of

DAY = {"C1": (None, None)}


def rows(found):
    return [(p.person_id, p.degree, p.first_exposure_at, p.source_person_id, p.place_id, p.sources) for p in found]


def minutes(n):
    return timedelta(minutes=n)


def test_each_person_comes_once_with_the_source_he_met_first(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | market | 09:00   | 10:00
        C2     | office | 08:00   | 12:00
        P3     | market | 09:10   | 09:30
        P3     | office | 10:00   | 11:00    # C2 too, but later
        P4     | bus    | 11:30   | 12:00
        P3     | bus    | 11:30   | 12:00
    """
    cases = dict.fromkeys(["C1", "C2"], (None, None))
    assert rows(pairs_of(stays, cases, answer="persons")) == [
        ("P3", 1, at("09:10"), "C1", "market", 2),
        ("P4", 2, at("11:30"), "P3", "bus", None),
    ]


def test_of_sources_met_at_one_instant_the_one_who_was_there_first_is_named_then_who_stays_longest(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | hall   | 09:00   | 10:00
        C2     | hall   | 08:30   | 09:30
        C3     | hall   | 08:30   | 09:40
        C4     | hall   | 08:30   | 09:40    # as C3: the smaller id is named
        P5     | hall   | 09:05   | 10:00
    """
    cases = dict.fromkeys(["C1", "C2", "C3", "C4"], (None, None))
    for count in ("window", "meeting", "day"):
        (person,) = pairs_of(stays, cases, answer="persons", count=count)
        assert (person.first_exposure_at, person.source_person_id, person.sources) == (at("09:05"), "C3", 4)


def test_a_meeting_too_short_by_itself_begins_a_persons_exposure_only_where_minutes_add_up(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | shop   | 08:00   | 08:05
        P2     | shop   | 08:00   | 08:05
        C1     | office | 09:00   | 10:00
        P2     | office | 09:00   | 10:00
    """
    (added,) = pairs_of(stays, DAY, answer="persons")
    assert (added.first_exposure_at, added.place_id) == (at("08:00"), "shop")
    (single,) = pairs_of(stays, DAY, answer="persons", count="meeting")
    assert (single.first_exposure_at, single.place_id) == (at("09:00"), "office")


def test_persons_are_those_of_the_pairs(engine):
    stays = stays_of("""
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | a      | 08:00   | 09:00
        C2     | a      | 08:30   | 09:30
        P3     | a      | 08:20   | 09:10
        P4     | a      | 09:05   | 09:30
        P4     | b      | 10:00   | 11:00
        P3     | b      | 10:10   | 11:00
        007    | b      | 10:30   | 12:00
        P6     | b      | 11:20   | 12:00
    """)
    cases = [CaseWindow("C1", None, None), CaseWindow("C2", at("08:40"), None)]
    for options in ({"degrees": 3}, {"degrees": 3, "count": "meeting"}, {"include_cases": True}):
        pairs = engine(stays, cases, **options)
        found = engine(stays, cases, answer="persons", **options)
        assert found == by_plain_python(stays, cases, answer="persons", **options)
        first = {}
        for pair in pairs:
            at_once = first.setdefault((pair.degree, pair.person_id), pair.first_exposure_at)
            first[pair.degree, pair.person_id] = min(at_once, pair.first_exposure_at)
        assert {(p.degree, p.person_id): p.first_exposure_at for p in found} == first


TRAIN = """
    person | place | arrived | left   | carriage | seat
    -------+-------+---------+--------+----------+------
    C1     | G102  | 09:00   | 11:00  | 5        | 07A
    P2     | G102  | 09:00   | 11:00  | 5        | 10F     # three rows from him
    P3     | G102  | 09:00   | 11:00  | 5        | 11A     # four
    P4     | G102  | 09:00   | 11:00  | 6        | 07B     # the next carriage
    P5     | G102  | 09:00   | 11:00  | 5        |         # nobody knows where he sat
    P6     | G102  | 09:00   | 11:00  |          | 08C     # nor in which carriage
    P7     | G102  | 09:00   | 11:00  |          |
"""


def test_where_carriage_and_seat_are_known_who_sat_far_away_did_not_meet(pairs_of):
    def who(**options):
        return {p.person_id for p in pairs_of(TRAIN, DAY, degrees=1, kinds={"G102": "train"}, **options)}

    assert who() == {"P2", "P3", "P4", "P5", "P6", "P7"}
    assert who(near={"train": 3}) == {"P2", "P5", "P6", "P7"}
    assert who(near={"train": 0}) == {"P5", "P7"}
    assert who(near={"train": None}) == {"P2", "P3", "P5", "P6", "P7"}
    assert who(near={"bus": 0}) == who()


def test_minutes_before_and_after_a_change_of_seat_add_up_and_are_one_meeting(pairs_of):
    stays = """
        person | place | arrived | left   | carriage | seat
        -------+-------+---------+--------+----------+------
        C1     | G102  | 09:00   | 11:00  | 5        | 7A
        P2     | G102  | 09:00   | 09:10  | 5        | 7B
        P2     | G102  | 09:10   | 09:20  | 5        | 8B
        P2     | G102  | 09:20   | 11:00  | 6        | 8B
    """
    kinds = {"G102": "train"}
    for count in ("window", "meeting"):
        (pair,) = pairs_of(stays, DAY, degrees=1, kinds=kinds, near={"train": 3}, count=count)
        assert (pair.together, pair.meetings) == (minutes(20), 1)


def test_who_comes_while_the_air_is_still_infectious_has_met_the_case_that_left(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | clinic | 09:00   | 09:30
        P2     | clinic | 11:00   | 12:00    # the air of C1 until 11:30
        P3     | clinic | 11:15   | 12:00    # exactly 15 minutes of it
        P4     | clinic | 11:16   | 12:00
        P5     | clinic | 11:30   | 12:00
        P6     | clinic | 08:00   | 09:00    # gone before he came
    """

    def who(after):
        return {p.person_id: p.together for p in pairs_of(stays, DAY, degrees=1, after=after)}

    assert who(0) == {}
    assert who(120) == {"P2": minutes(30), "P3": minutes(15)}


def test_the_air_of_one_source_is_not_counted_twice(pairs_of):
    stays = """
        person | place  | arrived | left
        -------+--------+---------+------
        C1     | clinic | 09:00   | 09:30
        C1     | clinic | 10:00   | 10:30
        P2     | clinic | 09:45   | 11:00
    """
    (pair,) = pairs_of(stays, {"C1": (None, "10:10")}, degrees=1, after=60)
    assert (pair.together, pair.meetings) == (minutes(75), 1)
