"""`chainbreak scenario`: one document, the same for a seed; what is wrong is named, with exit status 2."""

from __future__ import annotations

import csv
import json

import pytest

from chainbreak.jobs import cli

SMALL = "preset: hellewell\nr0: 1.2\ninitial_cases: 3\ndays: 120\ncap_cases: 500\n"


@pytest.fixture
def given(tmp_path):
    def write(text, name="情景.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def answered(capsys, *arguments):
    status = cli.main(["--lang", "en", "scenario", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_json_is_one_document_and_repeats_exactly(capsys, given):
    path = given(SMALL)
    status, one, _ = answered(capsys, path, "--runs", "60", "--seed", "5", "--json")
    _, again, _ = answered(capsys, path, "--runs", "60", "--seed", "5", "--json")
    _, other, _ = answered(capsys, path, "--runs", "60", "--seed", "6", "--json")
    assert status == 0 and one == again and one != other
    found = json.loads(one)
    assert {"p_controlled", "p_extinct", "cases", "rooms", "tests", "interviews", "transfers"} <= found.keys()
    assert (found["runs"], found["seed"]) == (60, 5) and len(found["cases"]["median"]) == 120


def test_a_misspelt_name_is_told_with_the_nearest(capsys, given):
    path = given(SMALL + "tracde: 0.3\n")
    status, out, err = answered(capsys, path, "--json")
    assert status == 2 and "tracde" in err and "traced" in err and path in err
    assert json.loads(out)["refused"] == "unknown_name"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00r", b"", b"r0: [", b"\x00"])
def test_what_is_no_scenario_is_wrong_usage_without_a_traceback(capsys, tmp_path, content):
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    status, _, err = answered(capsys, str(path))
    assert status == 2 and str(path) in err and "Traceback" not in err


def test_a_file_that_is_not_there_is_wrong_usage(capsys, tmp_path):
    status, _, err = answered(capsys, str(tmp_path / "none.yaml"))
    assert status == 2 and "none.yaml" in err


def test_the_answer_in_words_and_the_bands_as_a_table(capsys, given, tmp_path):
    out = tmp_path / "bands.csv"
    status, said, err = answered(capsys, given(SMALL + "limits: {rooms: 4}\n"), "--runs", "40", "--out", str(out))
    assert (
        status == 0
        and "Controlled" in said
        and "quarantine rooms (rooms), 4: " in said
        and "Fewer than 1000 runs" in err
    )
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 120 and {"day", "cases_median", "rooms_q95"} <= rows[0].keys()


def test_in_chinese_too(capsys, given):
    assert cli.main(["--lang", "zh", "scenario", given(SMALL), "--runs", "20"]) == 0
    assert "受控" in capsys.readouterr().out


def test_names_and_presets_are_listed(capsys):
    status, said, _ = answered(capsys, "--names")
    assert status == 0 and "initial_cases" in said and "limits.rooms" in said
    status, said, _ = answered(capsys, "--preset", "hellewell")
    assert status == 0 and "delay: short" in said
    assert answered(capsys, "--preset", "none")[0] == 2
    assert answered(capsys)[0] == 2


def test_which_limit_breaks_first_and_what_more_of_it_would_do_is_said_in_both_languages(capsys, given):
    path = given("preset: omicron\ninitial_cases: 6\nr0: 4\ndays: 40\ncontrolled: {from_day: 20, until_day: 40}\n"
                 "cap_cases: 800\nlimits: {rooms: 20, interviews_per_day: 500}\nmore: {rooms: 2000}\n")  # fmt: skip
    assert cli.main(["--lang", "en", "scenario", path, "--runs", "120"]) == 0
    said = capsys.readouterr().out
    assert "What breaks first is mostly: quarantine rooms (rooms)" in said
    assert "interviewers can take (interviews_per_day), 500: never reached" in said
    rooms, interviews = said.split("With more of one of them, all else as it is:")[1].strip().split("\n")
    assert "quarantine rooms (rooms), 2000 more: probability of control +" in rooms, "what helps most stands first"
    assert "no difference that chance would not make" in interviews
    assert cli.main(["--lang", "zh", "scenario", path, "--runs", "120"]) == 0
    said = capsys.readouterr().out
    assert "最先达到上限的多为:集中隔离房间" in said and "从未达到" in said and "与随机波动无法区分" in said


def test_without_limits_nothing_is_said_of_them(capsys, given):
    assert "breaks first" not in answered(capsys, given(SMALL), "--runs", "20")[1]
