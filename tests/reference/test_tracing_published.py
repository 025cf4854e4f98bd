"""Answers that others computed from published and simulated data (公开数据核对): the engines must find them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from chainbreak.engines import copresence

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SCHOOL, KOREA, LINYING = (
    DATA / name for name in ("sociopatterns_primary_school", "ds4c_korea_provinces", "sim_omicron_linying")
)
CHINA = timezone(timedelta(hours=8))
INSTANT = pa.timestamp("us", tz="UTC")
ENGINES = ("duckdb", "sweep")


def needs(folder):
    return pytest.mark.skipif(not folder.is_dir(), reason="the shared data are not here")


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def windows(sources):
    ids, begin, end = zip(*sources, strict=True) if sources else ((), (), ())
    return pa.table(
        {"person_id": ids, "infectious_from": pa.array(begin, INSTANT), "infectious_until": pa.array(end, INSTANT)}
    )


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def school_stays():
    """Two persons near each other for twenty seconds are two stays at a place of their own."""
    near = pq.read_table(SCHOOL / "contacts.parquet", columns=["t_start", "t_end", "person_a", "person_b"])
    one, other = near["person_a"], near["person_b"]
    place = pc.add(pc.multiply(pc.min_element_wise(one, other), 100_000), pc.max_element_wise(one, other))
    begin, end = (pc.multiply(near[name], 1_000_000).cast(INSTANT) for name in ("t_start", "t_end"))
    return pa.concat_tables(
        pa.table({"person_id": who, "place_id": place, "arrived_at": begin, "left_at": end}) for who in (one, other)
    )


def moment(stays, index, person, *, since, seconds):
    """When the two had been together for that long."""
    place = min(index, person) * 100_000 + max(index, person)
    mine = stays.filter(pc.and_(pc.equal(stays["place_id"], place), pc.equal(stays["person_id"], index)))
    left = timedelta(seconds=seconds)
    for stay in mine.sort_by("arrived_at").to_pylist():
        if stay["arrived_at"] >= since:
            left -= stay["left_at"] - stay["arrived_at"]
            if left <= timedelta(0):
                return stay["left_at"]
    raise AssertionError(f"{person} was not with {index} for {seconds} s")


@needs(SCHOOL)
@pytest.mark.parametrize("engine", ENGINES)
def test_contacts_in_the_school_of_lyon_are_the_published_ones(engine):
    """There the contact of a contact counts from the moment the first reached the least time; a row belongs to its end."""
    stays = school_stays()
    queries = json.loads((SCHOOL / "expected.json").read_text("utf-8"))["queries"]
    assert queries
    for query in queries:
        begin, end, least = at(query["from_t"] - 20), at(query["to_t"]), query["min_seconds"]
        near = copresence.trace(
            stays, windows([(query["index"], begin, end)]), minutes=least / 60, degrees=1, engine=engine
        )
        found = {str(row["person_id"]): round(row["minutes"] * 60) for row in near.to_pylist()}
        assert found == query["close_contacts"]
        sources = [(int(p), moment(stays, query["index"], int(p), since=begin, seconds=least), end) for p in found]
        further = copresence.trace(stays, windows(sources), minutes=least / 60, degrees=1, engine=engine)
        second = set(further["person_id"].to_pylist()) - {query["index"]} - set(map(int, found))
        assert sorted(second) == query["contacts_of_contacts"]


@needs(KOREA)
@pytest.mark.parametrize("engine", ENGINES)
def test_patients_in_korea_who_shared_a_place_and_a_day_are_the_published_pairs(engine):
    """A patient's place is known by the day only, so a stay is the whole day."""
    expected = json.loads((KOREA / "expected.json").read_text("utf-8"))
    listed = {tuple(sorted((r["a"], r["b"]))) for r in rows(KOREA / "expected_copresence_nonhospital.csv")}
    for wanted, routes in (
        (expected["copresent_pairs_all"], rows(KOREA / "routes.csv")),
        (len(listed), [r for r in rows(KOREA / "routes.csv") if r["type"] != "hospital"]),
    ):
        begin = [datetime.fromisoformat(r["date"]).replace(tzinfo=UTC) for r in routes]
        stays = pa.table(
            {
                "person_id": [r["patient_id"] for r in routes],
                "place_id": [f"{r['latitude']},{r['longitude']}" for r in routes],
                "arrived_at": pa.array(begin, INSTANT),
                "left_at": pa.array([day + timedelta(days=1) for day in begin], INSTANT),
            }
        )
        everybody = windows([(p, None, None) for p in sorted({r["patient_id"] for r in routes})])
        met = copresence.trace(stays, everybody, minutes=0, degrees=1, include_cases=True, engine=engine)
        pairs = {
            tuple(sorted(pair))
            for pair in zip(*(met[n].to_pylist() for n in ("person_id", "source_person_id")), strict=True)
        }
        assert len(pairs) == wanted
    assert pairs == listed


RAW = """
    select distinct v.person_id from visits v join visits w on v.place_id = w.place_id and v.person_id <> w.person_id
    join src on src.person_id = w.person_id
    where greatest(v.s, w.s, src.s) < least(v.e, w.e, src.e)
    group by v.person_id, w.person_id
    having sum(least(v.e, w.e, src.e) - greatest(v.s, w.s, src.s)) >= {least}
"""


@needs(LINYING)
def test_contacts_of_contacts_of_the_simulated_outbreak_are_the_true_ones():
    """The truth adds up the minutes of a stay that was recorded twice twice over; for us they are one stay.

    Adding up as the truth does gives its numbers to the man; ours are those but for the ones whose minutes counted twice.
    """
    names = ["person_id", "place_id", "arrived_at", "left_at"]
    visits = pq.read_table(LINYING / "visits.parquet").rename_columns(names)
    household = {row["person_id"]: row["household_id"] for row in rows(LINYING / "persons.csv")}
    members: dict[str, set[str]] = {}
    for person, number in household.items():
        members.setdefault(number, set()).add(person)
    con = duckdb.connect()
    con.register("given", visits)
    con.execute(
        "create table visits as select person_id, place_id, epoch_us(arrived_at) s, epoch_us(left_at) e from given"
    )
    for answer in json.loads((LINYING / "truth" / "tracing_answers.json").read_text("utf-8"))[::2]:
        begin, end = (datetime.fromisoformat(text).replace(tzinfo=CHINA) for text in answer["window"])
        case, close = answer["person_id"], set(answer["close"])
        met = copresence.trace(visits, windows([(case, begin, end)]), minutes=0, degrees=1)
        first = {r["person_id"]: r["first_exposure_at"].replace(tzinfo=CHINA) for r in met.to_pylist()}
        sources = [(person, first.get(person, begin), end) for person in sorted(close)]
        far = copresence.trace(visits, windows(sources), minutes=answer["min_minutes"], degrees=1)
        local = pa.table(
            {
                "person_id": [s[0] for s in sources],
                "s": [_local_us(s[1]) for s in sources],
                "e": [_local_us(s[2]) for s in sources],
            }
        )
        con.register("src", local)
        raw = {row[0] for row in con.execute(RAW.format(least=answer["min_minutes"] * 60_000_000)).fetchall()}
        home = {member for person in close for member in members[household[person]]}
        ours, theirs = (found | home for found in (set(far["person_id"].to_pylist()), raw))
        ours, theirs = ours - close - {case}, theirs - close - {case}
        assert len(theirs) == answer["n_secondary"]
        assert sorted(theirs)[:20] == answer["secondary_sample_sorted_first_20"]
        assert ours <= theirs
        assert len(theirs - ours) <= (1 if answer["min_minutes"] == 15 else 30)


def _local_us(at):
    return (
        int(at.replace(tzinfo=UTC).timestamp() * 1_000_000) if at.tzinfo == CHINA else int(at.timestamp() * 1_000_000)
    )
