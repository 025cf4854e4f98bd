"""`chainbreak lake` and `chainbreak trace --lake`: files in, answers out, and what is told when something is wrong."""

from __future__ import annotations

import csv
import json

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from chainbreak.jobs.cli import main
from chainbreak.jobs.commands import _lake_intake

STAYS = """stay_id,person_id,place_id,arrived_at,left_at,evidence,more
S1,C1,shop,2022-03-24 09:00,2022-03-24 09:30,interview,x
S2,007,shop,2022-03-24 09:10,2022-03-24 09:40,phone,x
S3,007,flat,2022-03-24 10:00,2022-03-24 10:20,,x
S4,P3,flat,2022-03-24 10:00,2022-03-24 10:20,,x
S5,P4,shop,2022-03-24 09:00,2022/3/24 9:12,,x
"""
BAD = """person_id,place_id,arrived_at,left_at
P6,shop,2022-03-24 09:18,yesterday
P7,shop,2022-03-24 09:18,2022-03-24 09:10
,shop,2022-03-24 09:18,2022-03-24 09:20
P8,shop,2099-03-24 09:18,2099-03-24 09:20
P9,moon,2022-03-24 09:18,2022-03-24 09:20
"""
CASES = "person_id,infectious_from,infectious_until\nC1,2022-03-22 00:00,2022-03-25 00:00\n"


@pytest.fixture
def run(tmp_path, capsys):
    """A deed on the lake in tmp_path; gives status, the JSON document and what was said."""

    def deed(name, *options, json_wanted=True, lang="en"):
        arguments = ["lake", name, str(tmp_path / "lake"), *map(str, options), "--lang", lang]
        status = main([*arguments, "--json"] if json_wanted else arguments)
        printed = capsys.readouterr()
        document = json.loads(printed.out) if json_wanted and printed.out else printed.out
        return status, document, printed.err

    deed("init")
    (tmp_path / "cases.csv").write_text(CASES)
    (tmp_path / "stays.csv").write_text(STAYS)
    return deed


def traced(tmp_path, *options):
    out = tmp_path / "contacts.csv"
    asked = ["trace", "--lake", str(tmp_path / "lake"), "--cases", str(tmp_path / "cases.csv"), "--out", str(out)]
    assert main([*asked, "--lang", "en", *options]) == 0
    with out.open(newline="") as file:
        return [(r["person_id"], r["degree"], r["source_person_id"], float(r["minutes"])) for r in csv.DictReader(file)]


CONTACTS = [("007", "1", "C1", 20.0), ("P3", "2", "007", 20.0)]


def test_a_file_goes_in_and_contacts_come_out_as_from_the_file_itself(run, tmp_path):
    status, document, _ = run("append", tmp_path / "stays.csv")
    assert (status, document["refused"]) == (0, 0)
    assert traced(tmp_path) == CONTACTS
    out = tmp_path / "direct.csv"
    cases = ["--cases", str(tmp_path / "cases.csv"), "--out", str(out), "--lang", "en"]
    for engine in ("sweep", "duckdb"):
        assert main(["trace", "--stays", str(tmp_path / "stays.csv"), "--engine", engine, *cases]) == 0
        assert [line.split(",")[:3] for line in out.read_text().splitlines()[1:]] == [
            ['"007"', "1", '"C1"'],
            ['"P3"', "2", '"007"'],
        ]


@pytest.mark.parametrize("kind", ["parquet", "arrow", "crlf", "gb18030", "semicolon"])
def test_stays_come_in_several_kinds_of_file(run, tmp_path, kind):
    path = tmp_path / f"given.{kind}"
    table = pa.table(dict(zip(*[next(r := csv.reader(STAYS.splitlines())), list(zip(*r, strict=True))], strict=True)))
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "arrow":
        feather.write_feather(table, path, compression="uncompressed")
    else:
        text = {
            "crlf": STAYS.replace("\n", "\r\n"),
            "gb18030": STAYS.replace("shop", "商店"),
            "semicolon": STAYS.replace(",", ";"),
        }
        path.write_bytes(text[kind].encode("gb18030"))
    status, _, said = run("append", path)
    assert status == 0, said
    assert traced(tmp_path) == CONTACTS


def test_rows_that_cannot_be_taken_are_told_one_by_one_and_the_rest_is_taken(run, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text(BAD)
    (tmp_path / "places.csv").write_text("place_id,kind\nshop,shop\nflat,household\n")
    outcomes = tmp_path / "outcomes.csv"
    status, document, said = run("append", bad, "--places", tmp_path / "places.csv", "--outcomes", outcomes)
    assert (status, document["refused"]) == (1, 5)
    assert outcomes.read_text().splitlines()[1:] == [
        '2,"not_an_instant"',
        '3,"left_before_arrived"',
        '4,"value_missing"',
        '5,"in_the_future"',
        '6,"unknown_place"',
    ]
    assert "refused: a time cannot be read 1" in said
    assert run("status")[1]["outcomes"]["not_an_instant"] >= 1


def test_a_file_sent_twice_is_taken_once(run, tmp_path):
    run("append", tmp_path / "stays.csv")
    status, document, said = run("append", tmp_path / "stays.csv")
    assert (status, document["files"][0]["known"]) == (0, True)
    assert "taken in before" in said
    assert run("status")[1]["stays"] == 5


def test_millions_of_rows_go_the_way_for_many_and_give_the_same(run, tmp_path, monkeypatch):
    monkeypatch.setattr(_lake_intake, "MANY_ROWS", 2)
    names = ["person_id", "place_id", "arrived_at", "left_at"]
    rows = [line.split(",")[1:5] for line in STAYS.replace("/3/", "-03-").replace(" 9:12", " 09:12").splitlines()[1:]]
    columns = list(zip(*rows, strict=True))
    table = pa.table({name: pa.array(column) for name, column in zip(names, columns, strict=True)})
    for at in (2, 3):
        table = table.set_column(at, names[at], table[names[at]].cast(pa.timestamp("us")))
    pq.write_table(table, tmp_path / "many.parquet")
    status, document, _ = run("append", tmp_path / "many.parquet")
    assert (status, document["files"][0]["rows"]) == (0, {"accepted": 5})
    assert traced(tmp_path) == CONTACTS
    whole = (tmp_path / "many.parquet").read_bytes()
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole[: len(whole) // 2])
    status, document, said = run("append", cut)
    assert (status, document["refused"]) == (2, "not_a_table"), said


def test_questions_of_an_investigator(run, tmp_path):
    run("append", tmp_path / "stays.csv")
    assert run("evidence", "--person", "007", "--source", "C1")[1]["rows"][0]["person_evidence"] == "phone"
    cases = ("--cases", tmp_path / "cases.csv")
    assert [row["person_id"] for row in run("near", *cases)[1]["rows"]] == ["P4"]
    _status, document, said = run("whatif", *cases, "--minutes", "12")
    assert [(row["person_id"], row["change"]) for row in document["rows"]] == [("P4", "enter")]
    assert "1 rows would enter" in said
    assert [row["change"] for row in run("whatif", *cases, "--without", "C1")[1]["rows"]] == ["leave", "leave"]
    assert run("shared", *cases)[1]["rows"] == []
    (tmp_path / "onset.csv").write_text("person_id,onset_date\nP3,2022-03-26\n")
    found = run("backward", "--cases", tmp_path / "onset.csv")[1]["rows"]
    assert [(row["person_id"], row["source_person_id"]) for row in found] == [("007", "P3")]
    (tmp_path / "cells.csv").write_text("place_id,x,y\nshop,0,0\nflat,10,10\n")
    assert run("companions", *cases, "--cells", tmp_path / "cells.csv")[1]["rows"] == []
    assert "P4" in run("near", *cases, json_wanted=False)[1]


def test_merge_check_and_drop(run, tmp_path):
    run("append", tmp_path / "stays.csv", "--no-merge")
    assert run("merge")[1] == {"merged": 1, "made": 1, "days": 1}
    assert run("check")[:2] == (0, {"problems": []})
    assert traced(tmp_path) == CONTACTS
    segment = next((tmp_path / "lake" / "segments").iterdir())
    whole = bytearray(segment.read_bytes())
    whole[4096] ^= 4
    segment.write_bytes(whole)
    status, document, said = run("check")
    assert (status, document["problems"][0]["file"]) == (1, f"segments/{segment.name}")
    assert segment.name in said
    whole[4096] ^= 4
    segment.write_bytes(whole)
    status, document, _ = run("drop", "--before", "2022-03-25")
    assert (status, document["stays"], document["left"]) == (0, 5, [])
    assert traced(tmp_path) == []
    assert run("drop", "--before", "2022-03-20")[0] == 1


def test_wrong_usage_and_folders_that_are_no_lake_are_told(run, tmp_path, capsys):
    status, document, said = run("init")
    assert (status, document["refused"]) == (1, "lake_exists")
    assert "Traceback" not in said
    for arguments in (
        ["lake"],
        ["lake", "append", str(tmp_path / "lake")],
        ["lake", "drop", str(tmp_path / "lake"), "--before", "spring"],
        ["lake", "status", str(tmp_path / "nowhere")],
        ["lake", "append", str(tmp_path / "lake"), str(tmp_path / "missing.csv")],
        ["trace", "--lake", str(tmp_path / "lake"), "--stays", "x.csv", "--cases", "c.csv", "--out", "o.csv"],
        ["trace", "--cases", "c.csv", "--out", "o.csv"],
        ["trace", "--lake", str(tmp_path / "nowhere"), "--cases", str(tmp_path / "cases.csv"), "--out", "o.csv"],
    ):
        assert main([*arguments, "--lang", "en"]) == 2, arguments
        assert "Traceback" not in capsys.readouterr().err
    assert run("evidence", "--person", "nobody", "--source", "C1")[1]["refused"] == "unknown_ids"


def test_merging_is_left_until_it_is_due(run, tmp_path):
    """What a timer may call as often as it likes."""
    for number in range(9):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"person_id,place_id,arrived_at,left_at\n{number}a,1,2022-03-20 09:00,2022-03-20 10:00\n")
        assert run("append", path, "--no-merge")[0] == 0
        if number == 2:
            assert run("merge", "--when-due")[:2] == (0, {"merged": 0, "made": 0, "days": 0})
    assert run("merge", "--when-due")[:2] == (0, {"merged": 9, "made": 1, "days": 1})


def test_a_person_at_another_place_in_an_older_batch_is_told_row_by_row(run, tmp_path):
    first, second, said = (tmp_path / name for name in ("1.csv", "2.csv", "said.csv"))
    head = "person_id,place_id,arrived_at,left_at,carriage,seat\n"
    first.write_text(head + "007,A,2022-03-20 09:00,2022-03-20 10:00,,\n008,A,2022-03-20 09:00,2022-03-20 10:00,,\n")
    second.write_text(
        head
        + "007,B,2022-03-20 09:59,2022-03-20 10:30,5,12A\n"  # still at A
        + "008,B,2022-03-20 10:00,2022-03-20 10:30,5,12C\n"  # just left
        + "008,A,2022-03-20 08:00,2022-03-20 09:30,,\n"  # the same place
    )
    run("append", first)
    assert run("append", second, "--outcomes", said)[0] == 0
    assert [line.split(",")[1].strip('"') for line in said.read_text().splitlines()[1:]] == [
        "two_places", "accepted", "accepted",
    ]  # fmt: skip


def test_seats_kept_in_the_lake_keep_apart_who_sat_apart(run, tmp_path):
    train, kinds = tmp_path / "train.csv", tmp_path / "kinds.csv"
    train.write_text(
        "person_id,place_id,arrived_at,left_at,carriage,seat\n"
        "C1,T1,2022-03-24 09:00,2022-03-24 10:00,5,1A\n"
        "P1,T1,2022-03-24 09:00,2022-03-24 10:00,5,20F\n"
        "P2,T1,2022-03-24 09:00,2022-03-24 10:00,6,1A\n"
        "P3,T1,2022-03-24 09:00,2022-03-24 10:00,,\n"
    )
    kinds.write_text("place_id,kind\nT1,train\n")
    run("append", train)
    assert [row[0] for row in traced(tmp_path)] == ["P1", "P2", "P3"]
    assert [row[0] for row in traced(tmp_path, "--places", str(kinds), "--degrees", "1")] == ["P1", "P3"]
    run("merge", "--whole")
    assert [row[0] for row in traced(tmp_path, "--places", str(kinds), "--degrees", "1")] == ["P1", "P3"]
