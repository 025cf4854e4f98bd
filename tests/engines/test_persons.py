"""A row for each person at the edges: a station of millions, a window over the retention day, damage told."""

from __future__ import annotations

import json
import resource
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from chainbreak.engines import copresence
from chainbreak.engines.asked import Asked
from chainbreak.engines.lake import Lake, LakeError
from chainbreak.engines.sweep import layout, persons
from chainbreak.engines.sweep.rule import rule_of, windows_of
from chainbreak.jobs.cli import main

from .test_lake import NOW, at, batch, case

AGES = 2**61


def station(n, *, minutes=5):
    """n stays of ten minutes in a day at one place; three cases, and who is found."""
    start = np.sort(np.random.default_rng(4).integers(0, 86_400, n)) * 1_000_000
    laid, _ = layout.lay(np.zeros(n, np.uint32), np.arange(n, dtype=np.uint32), start, start + 600_000_000)
    cases = np.array([n // 4, n // 2, n // 2 + 1])
    windows = windows_of(cases, np.full(3, -AGES), np.full(3, AGES))
    rule = rule_of(Asked(minutes=minutes, degrees=2, count="meeting"))
    return start, cases, persons.trace([laid], windows, cases, rule, n_persons=n)


def crossed(start, begins, ends, least):
    """Stays of ten minutes that any of these presences crosses long enough: by running maxima, not by the sweep."""
    order = np.argsort(begins)
    latest = np.maximum.accumulate(ends[order])
    k = np.searchsorted(begins[order], start + 600_000_000 - least, "right")
    return (k > 0) & (np.append(latest, 0)[k - 1] >= start + least)


@pytest.mark.slow
def test_ten_million_stays_at_one_place_are_gone_through_in_bounded_memory():
    least = 300_000_000
    start, cases, found = station(10_000_000)
    own = np.zeros(len(start), bool)
    own[cases] = True
    first = crossed(start, start[cases], start[cases] + 600_000_000, least) & ~own
    assert (np.sort(found.person[found.degree == 1]) == np.flatnonzero(first)).all()
    since = found.first[found.degree == 1]
    long_enough = (start[first] + 600_000_000 - since) >= least
    second = crossed(start, since[long_enough], (start[first] + 600_000_000)[long_enough], least) & ~own & ~first
    assert (np.sort(found.person[found.degree == 2]) == np.flatnonzero(second)).all()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 8 * 2**20


def test_a_window_over_the_retention_day_finds_what_is_left(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    given = [
        ("C1", "shop", at(9, day=20), at(10, day=20)), ("OLD", "shop", at(9, day=20), at(10, day=20)),
        ("C1", "shop", at(9, day=22), at(10, day=22)), ("NEW", "shop", at(9, day=22), at(10, day=22)),
    ]  # fmt: skip
    lake.append(batch(*given), now=NOW)
    asked = case("C1", begin=at(0, day=20), end=at(0, day=23))
    assert lake.trace(asked, answer="persons")["person_id"].to_pylist() == ["NEW", "OLD"]
    lake.drop(before=date(2022, 3, 21), at=NOW)
    for answer in ("persons", "pairs"):
        assert lake.trace(asked, answer=answer)["person_id"].to_pylist() == ["NEW"]


@pytest.mark.parametrize("section", ["words", "place_ptr", "person_pos"])
def test_a_flipped_byte_is_refused_when_whole_layouts_are_read(tmp_path, section):
    lake = Lake.create(tmp_path / "lake")
    rows = [(f"P{n:03d}", f"S{n % 7}", at(8 + n % 9), at(9 + n % 9)) for n in range(300)]
    lake.append(batch(*rows), now=NOW)
    entry = lake.segments[0].entry
    path = lake.folder / entry.file
    whole = bytearray(path.read_bytes())
    whole[entry.sections[section][0] + 5] ^= 64
    path.write_bytes(whole)
    with pytest.raises(LakeError) as refused:
        Lake.open(lake.folder).trace(case("P000"), answer="persons", count="meeting")
    assert (refused.value.code, refused.value.facts["file"]) == ("lake_damaged", entry.file)


def test_misuse_of_the_rule_is_told():
    stays = batch(("A", "x", at(9), at(10)))
    for wrong, said in (
        ({"answer": "places"}, "answer must be"),
        ({"after": -1}, "negative"),
        ({"near": {"train": -1}}, "rows apart"),
        ({"thresholds": {"flat": -2}}, "negative"),
    ):
        for engine in ("duckdb", "sweep"):
            with pytest.raises(ValueError, match=said):
                copresence.trace(stays, case("A"), engine=engine, **wrong)


def test_the_command_gives_persons_and_takes_the_air_and_the_seats_of_the_pack(tmp_path, capsys):
    stays, cases, places, out = (tmp_path / name for name in ("s.csv", "c.csv", "p.csv", "o.csv"))
    stays.write_text(
        "\ufeffseat,place_id,person_id,left_at,arrived_at,carriage\r\n"
        "1A,MU1,007,2022-03-24 10:00,2022-03-24 09:00,\r\n"
        "4F,MU1,008,2022-03-24 10:00,2022-03-24 09:00,\r\n"
        "5F,MU1,009,2022-03-24 10:00,2022-03-24 09:00,\r\n"
        ",门诊,007,2022-03-24 12:00,2022-03-24 11:00,\r\n"
        ",门诊,010,2022-03-24 13:30,2022-03-24 12:30,\r\n",
        encoding="utf-8",
    )
    cases.write_text("person_id,infectious_from,infectious_until\n007,2022-03-24 00:00,2022-03-25 00:00\n")
    places.write_text("place_id,kind\nMU1,飞机\n门诊,hospital\n", encoding="utf-8")
    asked = ["trace", "--stays", stays, "--cases", cases, "--places", places, "--out", out, "--degrees", "1"]
    for engine in ("duckdb", "sweep"):
        assert main([*map(str, asked), "--answer", "persons", "--after", "60", "--engine", engine, "--json"]) == 0
        summary = json.loads(capsys.readouterr().out)
        assert (summary["answer"], summary["after"], summary["contacts"]["1"]) == ("persons", 60.0, 2)
        rows = out.read_text().splitlines()
        assert rows[0].replace('"', "") == "person_id,degree,first_exposure_at,source_person_id,place_id,sources"
        assert [row.split(",")[0].strip('"') for row in rows[1:]] == ["008", "010"]
    assert main([*map(str, asked), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["contacts"]["1"] == 1


def test_nobody_is_found_for_no_stays_no_cases_and_cases_without_stays():
    empty = batch()
    some = batch(("A", "x", at(9), at(10)))
    for engine in ("duckdb", "sweep"):
        for stays, cases in ((empty, case("A")), (some, case()), (some, case("B")), (empty, case())):
            found = copresence.trace(stays, cases, engine=engine, answer="persons", count="meeting", after=30)
            assert found.num_rows == 0
            assert found.column_names[-1] == "sources"
    assert pa.types.is_int64(found.schema.field("sources").type)
