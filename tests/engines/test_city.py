"""The synthetic city: the same seed the same city; what is written holds together; the truth is seen in the stays."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from chainbreak.engines.city import build, parameters
from chainbreak.engines.city.day import DAY
from chainbreak.jobs.cli import main

SEED, PEOPLE, DAYS = 11, 6_000, 12
STAYS = Path("stays.parquet")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("city")
    build.build(out, n_people=PEOPLE, days=DAYS, seed=SEED, say=lambda word, numbers: None)
    return out


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stays(out):
    table = pq.read_table(out / "stays.parquet")
    return table.set_column(2, "arrived_at", table["arrived_at"].cast("int64")).set_column(
        3, "left_at", table["left_at"].cast("int64")
    )


def digests(out):
    return {p.relative_to(out): hashlib.sha256(p.read_bytes()).hexdigest() for p in out.rglob("*") if p.is_file()}


def test_the_same_seed_gives_the_same_city_and_another_seed_another(made, tmp_path):
    for name, seed in (("again", SEED), ("other", SEED + 1)):
        build.build(tmp_path / name, n_people=PEOPLE, days=DAYS, seed=seed, say=lambda word, numbers: None)
    assert digests(tmp_path / "again") == digests(made)
    assert digests(tmp_path / "other")[STAYS] != digests(made)[STAYS]


def test_nobody_is_at_two_places_at_once_and_every_stay_has_a_length_within_the_days(made):
    table = stays(made).sort_by([("person_id", "ascending"), ("arrived_at", "ascending")])
    person, begin, end = (table[name].to_numpy() for name in ("person_id", "arrived_at", "left_at"))
    assert (begin < end).all()
    same = person[1:] == person[:-1]
    assert (begin[1:][same] >= end[:-1][same]).all()
    start = int(datetime.fromisoformat("2022-03-14T00:00+08:00").timestamp()) * 1_000_000
    assert begin.min() == start
    assert end.max() <= start + DAYS * DAY * 1_000_000
    assert set(person) == set(range(1, PEOPLE + 1))


def test_every_infection_happened_where_and_when_both_were(made):
    table = stays(made)
    found = rows(made / "truth" / "transmissions.csv")
    assert len(found) > 5
    for row in found:
        at = int(datetime.fromisoformat(row["infection_time"]).timestamp()) * 1_000_000
        here = pc.and_(
            pc.equal(table["place_id"], int(row["place_id"])),
            pc.and_(pc.less_equal(table["arrived_at"], at), pc.greater(table["left_at"], at)),
        )
        present = set(table.filter(here)["person_id"].to_pylist())
        assert {int(row["person_id"]), int(row["infector"])} <= present


def test_an_infector_was_infectious_and_nobody_is_infected_twice_or_after_he_left(made):
    infections = {row["person_id"]: row for row in rows(made / "truth" / "infections.csv")}
    assert len(infections) == len(rows(made / "truth" / "infections.csv"))
    for row in infections.values():
        assert row["infected_at"] < row["infectious_from"]
        if row["infector"]:
            source = infections[row["infector"]]
            assert source["infectious_from"] <= row["infected_at"]
            assert int(row["generation"]) == int(source["generation"]) + 1
            for gone in (source["left_city_life_at"], row["left_city_life_at"]):
                assert not gone or row["infected_at"] < gone


def test_who_is_isolated_or_in_quarantine_has_no_later_stays(made):
    table = stays(made)
    last = table.group_by("person_id").aggregate([("left_at", "max")])
    latest = dict(zip(last["person_id"].to_pylist(), last["left_at_max"].to_pylist(), strict=True))
    gone = {row["person_id"]: row["quarantined_at"] for row in rows(made / "quarantine.csv")}
    gone |= {row["person_id"]: row["isolated_at"] for row in rows(made / "cases.csv")}
    assert len(gone) > 10
    for person, at in gone.items():
        assert latest[int(person)] <= datetime.fromisoformat(at).timestamp() * 1_000_000


def test_households_have_their_sizes_and_ages_and_everybody_lives_at_home(made):
    people = pq.read_table(made / "persons.parquet")
    sizes = people.group_by("household_id").aggregate([("person_id", "count")])["person_id_count"].to_numpy()
    shares = np.asarray(parameters.value("household.size_shares"))
    assert sizes.max() <= 6
    for size in range(1, 7):
        assert abs((sizes == size).mean() - shares[size - 1]) < 0.04
    assert people["household_id"].equals(people["home_place"])
    age = people["age"].to_numpy()
    assert 0.12 < (age < 15).mean() < 0.28
    assert 0.15 < (age >= 60).mean() < 0.32


def test_some_places_are_far_more_popular_than_others(made):
    places = pq.read_table(made / "places.parquet")
    shops = places.filter(pc.equal(places["kind"].cast("string"), "shop"))["place_id"]
    visits = pc.value_counts(
        pc.drop_null(stays(made)["place_id"].filter(pc.is_in(stays(made)["place_id"], shops.combine_chunks())))
    )
    counts = np.sort(visits.field("counts").to_numpy())[::-1]
    top = max(1, len(counts) // 10)
    assert counts[:top].sum() > 0.25 * counts.sum()


def test_what_is_written_is_what_trace_reads(made, tmp_path):
    out = tmp_path / "contacts.parquet"
    status = main(
        ["trace", "--stays", str(made / "stays.parquet"), "--cases", str(made / "cases.csv"),
         "--places", str(made / "places.parquet"), "--degrees", "1", "--include-cases", "--out", str(out)]
    )  # fmt: skip
    assert status == 0
    found = {
        (p, s)
        for p, s in zip(*(pq.read_table(out)[n].to_pylist() for n in ("person_id", "source_person_id")), strict=True)
    }
    cases = {int(row["person_id"]) for row in rows(made / "cases.csv")}
    true = {(int(r["person_id"]), int(r["infector"])) for r in rows(made / "truth" / "transmissions.csv")}
    from_cases = {pair for pair in true if pair[1] in cases}
    assert len(from_cases & found) > 0.6 * len(from_cases)


@pytest.mark.parametrize("people", [1, 2, 7])
def test_a_hamlet_is_a_city_too(people, tmp_path):
    numbers = build.build(tmp_path, n_people=people, days=2, seed=5, say=lambda word, numbers: None)
    assert numbers["people"] == people
    assert pq.read_table(tmp_path / "persons.parquet").num_rows == people
    assert (
        json.loads((tmp_path / "city.json").read_text("utf-8"))["stays"]
        == pq.read_table(tmp_path / "stays.parquet").num_rows
    )


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    for wrong in (["--people", "0"], ["--people", "many"], ["--people", "9", "--start", "soon"]):
        assert main(["city", *wrong, "--out", str(tmp_path / "x")]) == 2
    (tmp_path / "file").write_text("")
    assert main(["city", "--people", "9", "--out", str(tmp_path / "file"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["refused"] == "city_not_a_folder"
    assert main(["city", "--people", "9", "--days", "1", "--out", str(tmp_path / "x"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["people"] == 9


def test_every_parameter_has_its_unit_and_source():
    listed = parameters.listed()
    assert len(listed) > 25
    assert all(unit and source for _, _, unit, source in listed)
