"""The engine over tables: kinds of timestamps, evidence of meetings, crowds, and a simulated outbreak."""

from __future__ import annotations

import csv
import json
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chainbreak.engines import copresence

CHINA = timezone(timedelta(hours=8))
SIMULATED = Path(__file__).resolve().parents[3] / "shared" / "data" / "sim_omicron_linying"


def day(hour, minute=0, tzinfo=None):
    return datetime(2022, 3, 24, hour, minute, tzinfo=tzinfo)


def stays(rows, kind=None, **more):
    columns = dict(zip(("person_id", "place_id", "arrived_at", "left_at"), zip(*rows, strict=True), strict=True))
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    for name in ("arrived_at", "left_at"):
        table = table.set_column(table.column_names.index(name), name, table[name].cast(kind or pa.timestamp("us")))
    for name, values in more.items():
        table = table.append_column(name, pa.array(values))
    return table


def cases(*person_ids, begin=None, end=None):
    return pa.table(
        {
            "person_id": pa.array(person_ids),
            "infectious_from": pa.array([begin] * len(person_ids), pa.timestamp("us", tz="UTC")),
            "infectious_until": pa.array([end] * len(person_ids), pa.timestamp("us", tz="UTC")),
        }
    )


SHOP = [
    ("C1", "shop", day(9), day(9, 30)),
    ("P2", "shop", day(9, 10), day(9, 40)),
    ("P2", "bus", day(10), day(10, 20)),
    ("P3", "bus", day(10), day(10, 20)),
]


def test_times_come_back_as_they_came_in():
    naive = copresence.trace(stays(SHOP), cases("C1"))
    assert naive["first_exposure_at"].to_pylist() == [day(9, 10), day(10)]
    zoned = [(p, q, a.replace(tzinfo=CHINA), b.replace(tzinfo=CHINA)) for p, q, a, b in SHOP]
    kind = pa.timestamp("us", tz="+08:00")
    table = copresence.trace(stays(zoned, kind), cases("C1"))
    assert table.schema.field("first_exposure_at").type == kind
    assert table["first_exposure_at"].to_pylist() == [day(9, 10, CHINA), day(10, 0, CHINA)]


def test_times_without_zone_are_chinese_and_meet_windows_with_a_zone():
    begin = day(9, 20, CHINA)
    found = copresence.trace(stays(SHOP), cases("C1", begin=begin), minutes=10, degrees=1)
    assert found["minutes"].to_pylist() == [10.0]
    assert found["first_exposure_at"].to_pylist() == [day(9, 20)]


def test_nanoseconds_and_seconds_are_taken_too():
    for unit in ("s", "ns"):
        assert copresence.trace(stays(SHOP, pa.timestamp(unit)), cases("C1")).num_rows == 2


def test_the_columns_and_types_of_the_result_are_fixed_even_without_rows():
    for table in (copresence.trace(stays(SHOP), cases("C1")), copresence.trace(stays(SHOP), cases("nobody"))):
        assert table.column_names == [
            "person_id",
            "degree",
            "source_person_id",
            "first_exposure_at",
            "last_exposure_at",
            "minutes",
            "meetings",
            "place_id",
        ]
        assert [str(field.type) for field in table.schema] == [
            "string",
            "int8",
            "string",
            "timestamp[us]",
            "timestamp[us]",
            "double",
            "int64",
            "string",
        ]


def test_every_meeting_comes_with_the_two_stays_it_rests_on():
    table = stays([*SHOP, ("P2", "shop", day(9, 20), day(9, 25))], stay_id=[11, 12, 13, 14, 15])
    found = copresence.trace(table, cases("C1"))
    meetings = copresence.meetings(table, found, cases("C1"))
    assert [(m["person_id"], m["degree"], m["stay_id"], m["source_stay_id"]) for m in meetings.to_pylist()] == [
        ("P2", 1, 12, 11),
        ("P2", 1, 15, 11),
        ("P3", 2, 14, 13),
    ]
    assert meetings["from_at"].to_pylist()[0] == day(9, 10)


def test_evidence_leaves_out_places_that_never_count():
    street = [("C1", "street", day(12), day(13)), ("P2", "street", day(12), day(13))]
    table = stays([*SHOP, *street], stay_id=[11, 12, 13, 14, 15, 16])
    places = pa.table({"place_id": ["street"], "kind": ["street"]})
    found = copresence.trace(table, cases("C1"), places, thresholds={"street": None})
    ruled = copresence.meetings(table, found, cases("C1"), places=places, thresholds={"street": None})
    assert ruled["stay_id"].to_pylist() == [12, 14]
    assert copresence.meetings(table, found, cases("C1"))["stay_id"].to_pylist() == [12, 16, 14]


def test_evidence_stays_inside_window_and_control():
    table = stays(SHOP, stay_id=[11, 12, 13, 14])
    controls = pa.table({"person_id": ["P2"], "controlled_at": [day(10, 16)]})
    window = cases("C1", begin=day(9, 5, CHINA), end=day(9, 28, CHINA))
    found = copresence.trace(table, window, None, controls)
    meetings = copresence.meetings(table, found, window, controls)
    assert [(m["from_at"], m["until"]) for m in meetings.to_pylist()] == [
        (day(9, 10), day(9, 28)),
        (day(10), day(10, 16)),
    ]


def test_a_missing_column_a_stay_backwards_and_a_third_degree_are_misuse():
    with pytest.raises(ValueError, match="stays must have the column left_at"):
        copresence.trace(stays(SHOP).drop_columns("left_at"), cases("C1"))
    with pytest.raises(ValueError, match="1 do"):
        copresence.trace(stays([("A", "x", day(10), day(9))]), cases("C1"))
    with pytest.raises(ValueError, match="degrees must be 1 or more"):
        copresence.trace(stays(SHOP), cases("C1"), degrees=0)
    with pytest.raises(ValueError, match="minutes must not be negative"):
        copresence.trace(stays(SHOP), cases("C1"), minutes=-1)


def test_a_crowd_is_found_by_its_meetings_and_not_by_its_square():
    """20,000 visitors of one market over ten days: two visits meet only within the hour."""
    chance = random.Random(3)
    begin = day(0)
    rows = []
    for n in range(20_000):
        at = begin + timedelta(seconds=chance.randrange(10 * 86_400))
        rows.append((n, "market", at, at + timedelta(minutes=20)))
    found = copresence.trace(stays(rows), cases(*range(0, 20_000, 1000)), degrees=1)
    spans = {n: (a, b) for n, _, a, b in rows}
    for row in found.slice(0, 50).to_pylist():
        (a, b), (c, d) = spans[row["person_id"]], spans[row["source_person_id"]]
        assert row["minutes"] == pytest.approx((min(b, d) - max(a, c)) / timedelta(minutes=1))
        assert row["minutes"] >= 15
    wanted = sum(
        min(b, d) - max(a, c) >= timedelta(minutes=15)
        for n, (a, b) in spans.items()
        if n % 1000
        for c, d in (spans[m] for m in range(0, 20_000, 1000))
    )
    assert found.num_rows == wanted > 0


@pytest.mark.skipif(not SIMULATED.is_dir(), reason="the shared data are not here")
def test_the_close_contacts_of_the_simulated_outbreak_are_the_true_ones():
    """The truth adds the household whatever the minutes, and counts an hour twice that was recorded twice.

    Two persons reach 60 minutes by that only: their overlapping stays at one restaurant are one stay for us.
    """
    names = ["person_id", "place_id", "arrived_at", "left_at"]
    visits = pq.read_table(SIMULATED / "visits.parquet").rename_columns(names)
    with (SIMULATED / "persons.csv").open(encoding="utf-8", newline="") as file:
        household = {row["person_id"]: row["household_id"] for row in csv.DictReader(file)}
    for answer in json.loads((SIMULATED / "truth" / "tracing_answers.json").read_text("utf-8")):
        case = answer["person_id"]
        begin, end = (datetime.fromisoformat(text).replace(tzinfo=CHINA) for text in answer["window"])
        table = copresence.trace(visits, cases(case, begin=begin, end=end), minutes=answer["min_minutes"], degrees=1)
        found = set(table["person_id"].to_pylist())
        home = {person for person in household if household[person] == household[case]}
        assert found <= set(answer["close"])
        twice = {"P01146", "P03612"} if answer["min_minutes"] == 60 else set()
        assert set(answer["close"]) - found <= home | twice
