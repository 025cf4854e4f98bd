"""`chainbreak trace`: files in, a file out, and what bad files are told."""

from __future__ import annotations

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chainbreak.jobs.cli import main

STAYS = """person_id,place_id,arrived_at,left_at
C1,shop,2022-03-24 09:00,2022-03-24 09:30
007,shop,2022-03-24 09:10,2022-03-24 09:40
007,flat,2022-03-24 10:00,2022-03-24 10:20
P3,flat,2022-03-24 10:00,2022-03-24 10:20
"""
TWICE = "left_at," + STAYS.replace("\n", "\n2022-03-24 10:00,").removesuffix("2022-03-24 10:00,")
CASES = "person_id,infectious_from,infectious_until\nC1,2022-03-22 00:00,2022-03-25 00:00\n"


@pytest.fixture
def trace(tmp_path, capsys):
    """Run the command on the given texts; gives status, the JSON document, and what was said."""

    def run(*options, stays=STAYS, cases=CASES, out="contacts.csv", **more):
        arguments = []
        for name, content in {"stays": stays, "cases": cases, **more}.items():
            path = tmp_path / f"{name}.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            arguments += [f"--{name}", str(path)]
        status = main(["trace", *arguments, "--out", str(tmp_path / out), "--json", "--lang", "en", *options])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if printed.out else None, printed.err

    run.folder = tmp_path
    return run


def rows(trace, name="contacts.csv"):
    with (trace.folder / name).open(newline="") as file:
        return [(r["person_id"], r["degree"], r["source_person_id"], float(r["minutes"])) for r in csv.DictReader(file)]


def test_contacts_of_both_degrees_with_their_ids_as_they_were(trace):
    status, summary, _ = trace()
    assert status == 0
    assert rows(trace) == [("007", "1", "C1", 20.0), ("P3", "2", "007", 20.0)]
    assert (summary["contacts"], summary["rows"], summary["cases_without_stays"]) == ({"1": 1, "2": 1}, 2, [])
    assert summary["pack"].startswith("covid19-cn-v8 8+")


def test_parquet_out_has_the_same_rows(trace):
    assert trace(out="contacts.parquet")[0] == 0
    table = pq.read_table(trace.folder / "contacts.parquet")
    assert table.select(["person_id", "degree"]).to_pylist() == [
        {"person_id": "007", "degree": 1},
        {"person_id": "P3", "degree": 2},
    ]
    assert str(table.schema.field("first_exposure_at").type) == "timestamp[us]"


def test_options_minutes_degrees_controls_and_places(trace):
    trace("--minutes", "20.5")
    assert rows(trace) == []
    trace("--degrees", "1")
    assert [r[0] for r in rows(trace)] == ["007"]
    trace(controls="person_id,controlled_at\n007,2022-03-24 10:10\n")
    assert [r[0] for r in rows(trace)] == ["007"]
    trace("--minutes", "20.5", places="place_id,kind\nshop,shop\nflat,household\n")
    assert rows(trace) == []
    trace("--minutes", "20.5", places="place_id,kind\nshop,home\nflat,household\n")
    assert [r[0] for r in rows(trace)] == ["007", "P3"]
    trace(places="place_id,kind\nshop,street\n")
    assert rows(trace) == []


def test_cases_among_themselves_only_when_asked_for(trace):
    cases = CASES + "007,2022-04-01 00:00,\n"
    trace(cases=cases)
    assert rows(trace) == []
    trace("--include-cases", cases=cases)
    assert [r[:3] for r in rows(trace)] == [("007", "1", "C1")]


def test_the_pack_lays_the_window_from_onset_sample_and_isolation(trace):
    status, summary, said = trace(cases="person_id,onset_date,sampled_at\nC1,2022-03-26,2022-03-27 08:00\n")
    assert (status, [r[0] for r in rows(trace)]) == (0, ["007", "P3"])
    assert summary["windows_ended_at_sample"] == 1
    assert "their windows end at the sample" in said
    trace(cases="person_id,onset_date,sampled_at\nC1,2022-03-23,2022-03-24 09:20\n")
    assert rows(trace) == []  # 10 minutes until the sample
    trace(cases="person_id,onset_date,sampled_at\nC1,2022-03-27,2022-03-27 08:00\n")
    assert rows(trace) == []
    trace(cases="person_id,sampled_at,isolated_at\nC1,2022-03-26 08:00,2022-03-24 09:25\n")
    assert [(r[0], r[3]) for r in rows(trace)] == [("007", 15.0), ("P3", 20.0)]


def test_another_pack_has_other_rules(trace):
    cases = "person_id,onset_date\nC1,2022-03-25\n"
    assert trace(cases=cases)[1]["contacts"] == {"1": 1, "2": 1}
    assert trace("--pack", "who-covid19-2021", cases=cases)[1]["contacts"] == {"1": 1, "2": 0}
    assert trace("--pack", "ebola", cases=cases)[1]["contacts"] == {"1": 0, "2": 0}


@pytest.mark.parametrize(
    "written",
    [
        STAYS.replace("2022-03-24 ", "2022-03-24T"),
        STAYS.replace("2022-03-24 ", "2022/3/24 "),
        STAYS.replace("0,2", "0+08:00,2").replace("0\n", "0+08:00\n"),
        STAYS.replace(",", ";"),
        STAYS.replace(",", "\t"),
        STAYS.replace("\n", "\r\n"),
        "\ufeff" + STAYS,
        STAYS.replace("shop", "商店").encode("gb18030"),
    ],
)
def test_a_file_may_be_written_in_several_ways(trace, written):
    status, _, said = trace(stays=written)
    assert (status, [r[0] for r in rows(trace)]) == (0, ["007", "P3"]), said


def test_midnight_may_be_written_24_00(trace):
    stays = STAYS + "C1,inn,2022-03-24T23:30,2022-03-24T24:00\nP9,inn,2022-03-24 23:40,2022-03-25 08:00\n"
    trace(stays=stays)
    assert ("P9", "1", "C1", 20.0) in rows(trace)


def test_numbers_stay_numbers_unless_one_id_is_not(trace):
    stays = STAYS.replace("C1", "9").replace("007", "10").replace("P3", "11")
    trace(stays=stays, cases=CASES.replace("C1", "9"), out="contacts.parquet")
    assert pq.read_table(trace.folder / "contacts.parquet")["person_id"].to_pylist() == [10, 11]


@pytest.mark.parametrize(
    ("change", "error", "where"),
    [
        ({"stays": STAYS.replace("left_at", "left")}, "column_missing", "stays.csv"),
        ({"cases": "person\nC1\n"}, "column_missing", "cases.csv"),
        ({"stays": STAYS.replace("left_at", "place_id")}, "column_missing", "stays.csv"),
        ({"stays": TWICE}, "column_twice", "left_at"),
        ({"stays": STAYS.replace("2022-03-24 10:20", "late", 1)}, "not_an_instant_text", "rows 4"),
        ({"stays": STAYS.replace("2022-03-24 09:40", "2022-03-24 09:09")}, "left_before_arrived", "rows 3"),
        ({"stays": STAYS.replace("P3,flat", ",flat")}, "value_missing", "rows 5"),
        ({"stays": STAYS.replace(",2022-03-24 10:20", ",", 1)}, "value_missing", "rows 4"),
        ({"stays": STAYS.replace("P3,flat,", "P3,")}, "row_length", "row 5"),
        ({"stays": b"\x00\x01\x02\xff"}, "not_a_table", "stays.csv"),
        ({"stays": ""}, "not_a_table", "stays.csv"),
        ({"cases": "person_id,onset_date\nC1,\n"}, "no_window", "row 2"),
        ({"cases": CASES.replace("2022-03-25", "2022-03-21")}, "window_backwards", "rows 2"),
        ({"out": "contacts.xlsx"}, "out_kind", ".parquet"),
        ({"out": "nowhere/contacts.csv"}, "out_folder", "nowhere"),
    ],
)
def test_bad_input_is_told_what_and_where_and_nothing_is_written(trace, change, error, where):
    status, document, said = trace(**change)
    assert status == 2
    assert document["refused"] == error
    assert where in said
    assert "Traceback" not in said
    assert sorted(p.name for p in trace.folder.iterdir()) == ["cases.csv", "stays.csv"]


def test_a_file_that_is_not_there_and_wrong_usage_end_with_2(trace, tmp_path, capsys):
    missing = str(tmp_path / "nothing.csv")
    assert main(["trace", "--stays", missing, "--cases", missing, "--out", "x.csv"]) == 2
    assert "nothing.csv" in capsys.readouterr().err
    assert main(["trace", "--stays", missing]) == 2
    for wrong in (("--minutes", "-1"), ("--minutes", "nan"), ("--degrees", "0"), ("--pack", "plague")):
        assert trace(*wrong)[0] == 2


def test_ids_that_could_never_match_are_refused(trace):
    numbers = pa.table({"person_id": [1], "controlled_at": pa.array([None], pa.timestamp("us"))})
    path = trace.folder / "numbers.parquet"
    pq.write_table(numbers.set_column(1, "infectious_from", numbers["controlled_at"]), path)
    stays = trace.folder / "stays.parquet"
    pq.write_table(pa.table({name: ["x"] for name in ("person_id", "place_id", "arrived_at", "left_at")}), stays)
    assert main(["trace", "--stays", str(stays), "--cases", str(path), "--out", str(trace.folder / "o.csv")]) == 2
    status, document, _ = trace("--cases", str(path))
    assert (status, document["refused"]) == (2, "id_not_a_number")
