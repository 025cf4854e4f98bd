"""The edges of the rule where an engine over tables may slip: zones, crowds, chains, long lists, ids with zeros."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from chainbreak.engines import copresence
from chainbreak.epi.copresence import CaseWindow, Stay

from .conftest import ENGINES, OVER_TABLES, at, by_plain_python


def found(pairs):
    return [(p.person_id, p.degree, p.source_person_id) for p in pairs]


def test_a_chain_of_degrees_stops_at_the_second(pairs_of):
    stays = """
        person | place | arrived | left
        -------+-------+---------+------
        C1     | a     | 08:00   | 08:20
        P2     | a     | 08:00   | 08:20
        P2     | b     | 09:00   | 09:20
        P3     | b     | 09:00   | 09:20
        P3     | c     | 10:00   | 10:20
        P4     | c     | 10:00   | 10:20    # a contact of a contact of a contact
    """
    assert found(pairs_of(stays, {"C1": (None, None)})) == [("P2", 1, "C1"), ("P3", 2, "P2")]


def test_a_case_without_stays_has_no_contacts_and_harms_nobody_elses(pairs_of):
    stays = """
        person | place | arrived | left
        -------+-------+---------+------
        C1     | a     | 08:00   | 08:20
        P2     | a     | 08:00   | 08:20
    """
    assert found(pairs_of(stays, {"C0": (None, None), "C1": (None, None)})) == [("P2", 1, "C1")]


def test_a_case_who_is_anothers_contact_is_no_source_of_the_second_degree(pairs_of):
    stays = """
        person | place | arrived | left
        -------+-------+---------+------
        C1     | a     | 08:00   | 08:20
        C2     | a     | 08:00   | 08:20
        C2     | b     | 09:00   | 09:20
        P3     | b     | 09:00   | 09:20    # inside the window of C2: of degree 1
        C2     | c     | 14:00   | 14:20
        P4     | c     | 14:00   | 14:20    # after it
    """
    assert found(pairs_of(stays, {"C1": (None, None), "C2": ("08:30", "12:00")})) == [("P3", 1, "C2")]


def test_ids_keep_their_zeros_and_are_not_numbers(pairs_of):
    stays = """
        person | place | arrived | left
        -------+-------+---------+------
        007    | 01    | 08:00   | 08:20
        7      | 01    | 08:00   | 08:20
        07     | 1     | 08:00   | 08:20    # another place
    """
    (pair,) = pairs_of(stays, {"007": (None, None)})
    assert (pair.person_id, pair.source_person_id, pair.place_id) == ("7", "007", "01")


def test_one_meeting_over_many_midnights_is_one_meeting(pairs_of):
    stays = """
        person | place | arrived | left
        -------+-------+---------+------
        C1     | ward  | 08:00   | 5/08:00
        P2     | ward  | 23:50   | 3/00:10
    """
    (pair,) = pairs_of(stays, {"C1": (None, None)})
    assert (pair.together, pair.meetings) == (timedelta(days=2, minutes=20), 1)


def test_a_window_beyond_the_data_and_one_before_them(pairs_of):
    stays = """
        person | place | arrived | left
        -------+-------+---------+------
        C1     | a     | 08:00   | 09:00
        C2     | a     | 08:00   | 09:00
        P3     | a     | 08:30   | 09:00
    """
    cases = {"C1": ("00:00", "9/00:00"), "C2": ("9/00:00", "12/00:00")}
    assert found(pairs_of(stays, cases)) == [("P3", 1, "C1")]


@pytest.mark.parametrize("name", OVER_TABLES)
def test_the_hour_that_a_clock_shows_twice_is_two_hours(name):
    """At the end of summer time 02:30 comes twice in Berlin; the two do not meet."""
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2022, 10, 30, 2, 10, tzinfo=berlin, fold=0)
    again = datetime(2022, 10, 30, 2, 10, tzinfo=berlin, fold=1)
    half = timedelta(minutes=30)
    stays = [
        Stay("C1", "bar", first.astimezone(UTC), first.astimezone(UTC) + half),
        Stay("P2", "bar", again.astimezone(UTC), again.astimezone(UTC) + half),
        Stay("P3", "bar", first.astimezone(UTC), again.astimezone(UTC)),
    ]
    (pair,) = ENGINES[name](stays, [CaseWindow("C1", None, None)], degrees=1)
    assert (pair.person_id, pair.together) == ("P3", half)


def test_a_table_in_a_zone_with_summer_time_gives_the_same_instants_back():
    kind = pa.timestamp("us", tz="Europe/Berlin")
    begin = datetime(2022, 3, 27, 0, 30, tzinfo=UTC)  # the clocks go from 02:00 to 03:00 at 01:00 UTC
    end = datetime(2022, 3, 27, 1, 30, tzinfo=UTC)
    stays = pa.table(
        {
            "person_id": ["C1", "P2"],
            "place_id": ["bar", "bar"],
            "arrived_at": pa.array([begin, begin], kind),
            "left_at": pa.array([end, end], kind),
        }
    )
    cases = pa.table(
        {"person_id": ["C1"], "infectious_from": pa.array([None], kind), "infectious_until": pa.array([None], kind)}
    )
    for engine in ("duckdb", "sweep"):
        row = copresence.trace(stays, cases, engine=engine).to_pylist()[0]
        assert (row["minutes"], row["first_exposure_at"], row["last_exposure_at"]) == (60.0, begin, end)


@pytest.mark.parametrize("name", OVER_TABLES)
def test_a_crowd_that_comes_and_goes_at_one_instant(name):
    """Two hundred at one gate from the same second on, and two hundred who came as they left."""
    stays = [Stay(f"A{n:03d}", "gate", at("08:00"), at("08:15")) for n in range(200)]
    stays += [Stay(f"B{n:03d}", "gate", at("08:15"), at("08:30")) for n in range(200)]
    pairs = ENGINES[name](stays, [CaseWindow("A000", None, None)])
    assert pairs == by_plain_python(stays, [CaseWindow("A000", None, None)])
    assert len(pairs) == 199


@pytest.mark.parametrize(
    "name", [name for name in OVER_TABLES if name != "spark"]
)  # Sail takes two minutes: docs/scaling.md
def test_one_person_with_a_hundred_thousand_stays(name):
    """A guard's badge: a stay a minute, forty seconds long, for ten weeks; a visitor of an hour meets him sixty times."""
    n, minute = 100_000, 60_000_000
    begin = pa.array(range(0, n * minute, minute), pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    end = pa.array(range(40_000_000, n * minute + 40_000_000, minute), pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    hour = [datetime(1970, 1, 5, 9, tzinfo=UTC), datetime(1970, 1, 5, 10, tzinfo=UTC)]
    stays = pa.table(
        {
            "person_id": pa.array(["guard"] * n + ["visitor"]),
            "place_id": pa.array(["door"] * (n + 1)),
            "arrived_at": pa.concat_arrays([begin, pa.array(hour[:1], begin.type)]),
            "left_at": pa.concat_arrays([end, pa.array(hour[1:], begin.type)]),
        }
    )
    cases = pa.table(
        {
            "person_id": ["guard"],
            "infectious_from": pa.array([None], begin.type),
            "infectious_until": pa.array([None], begin.type),
        }
    )
    trace = ENGINES[name].trace
    (row,) = trace(stays, cases, degrees=1).to_pylist()
    assert (row["person_id"], row["meetings"], row["minutes"]) == ("visitor", 60, 40.0)
