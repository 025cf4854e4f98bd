"""`rt`, `nowcast` and `delays` on files alone: the contract, the peer's numbers, and what they say to bad files."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from chainbreak.jobs import cli, words

DATA = Path(__file__).parents[3] / "shared" / "data"
FLU = DATA / "rt_flu2009_measles1861"
needs_data = pytest.mark.skipif(not FLU.is_dir(), reason="the data sets are not here")
ROW = {"t_start", "t_end", "mean", "sd", "q025", "q05", "q25", "median", "q75", "q95", "q975"}
PEER = ("Mean(R)", "Std(R)", "Quantile.0.025(R)", "Quantile.0.05(R)", "Quantile.0.25(R)", "Median(R)",
        "Quantile.0.75(R)", "Quantile.0.95(R)", "Quantile.0.975(R)")  # fmt: skip


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    monkeypatch.setattr(words, "_chosen", "en")


@pytest.fixture
def asked(capsys):
    """Run a command with --json; gives its exit status, the document and what it said beside."""

    def ask(*arguments, status=0):
        capsys.readouterr()
        found = cli.main([str(argument) for argument in arguments] + ["--json"])
        out = capsys.readouterr()
        assert found == status, out.err
        assert "Traceback" not in out.err
        return (json.loads(out.out) if out.out else None), out.err

    return ask


def written(folder, text, name="cases.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def series(first="2022-03-01", counts=(1, 2, 3, 4, 6, 8, 9, 12, 10, 14, 9, 8)):
    day = date.fromisoformat(first)
    return "date,cases\n" + "".join(f"{day + timedelta(days=n)},{count}\n" for n, count in enumerate(counts))


def peer_rows(name):
    with open(FLU / name, newline="") as file:
        return list(csv.DictReader(file))


@needs_data
@pytest.mark.parametrize(
    "cases, interval, expected",
    [
        ("flu2009_incidence.csv", ["--si", FLU / "flu2009_si_distr.csv"], "flu2009_expected_R_nonparametric_si.csv"),
        ("flu2009_incidence.csv", ["--si-mean", 2.6, "--si-sd", 1.5], "flu2009_expected_R_parametric_si_2.6_1.5.csv"),
        ("measles1861_incidence.csv", ["--si", FLU / "measles1861_si_distr.csv"], "measles1861_expected_R_weekly.csv"),
    ],
)
def test_the_command_gives_the_peers_numbers(asked, cases, interval, expected):
    found, _said = asked("rt", FLU / cases, *interval)
    theirs = peer_rows(expected)
    assert len(found["rows"]) == len(theirs)
    for mine, other in zip(found["rows"], theirs, strict=True):
        assert set(mine) >= ROW and (mine["t_start"], mine["t_end"]) == (int(other["t_start"]), int(other["t_end"]))
        values = [mine[key] for key in ("mean", "sd", "q025", "q05", "q25", "median", "q75", "q95", "q975")]
        if other["Mean(R)"]:
            assert values == pytest.approx([float(other[key]) for key in PEER], abs=1e-9)
        else:
            assert values == [None] * 9


@needs_data
def test_windows_local_and_imported_as_the_peer_has_them(asked, tmp_path):
    counts = {day: [0, 0] for day in range(27)}
    for row in peer_rows("example2_linelist.csv"):
        counts[int(row["day"])][row["location"] == "imported"] += 1
    table = written(tmp_path, "day,local,imported\n" + "".join(f"{d},{a},{b}\n" for d, (a, b) in counts.items()))
    windows = written(tmp_path, "t_end,t_start\n" + "".join(f"{t + 6},{t}\n" for t in range(2, 22)), "windows.csv")
    found, _ = asked("rt", table, "--si-mean", 2.6, "--si-sd", 1.5, "--windows", windows)
    theirs = [float(row["Mean(R)"]) for row in peer_rows("example2_expected_R_local_imported.csv")]
    assert [row["mean"] for row in found["rows"]] == pytest.approx(theirs, abs=1e-9)
    counted, _ = asked("rt", FLU / "example2_linelist.csv", "--line-list", "--si-mean", 2.6, "--si-sd", 1.5)
    assert [row["mean"] for row in counted["rows"]] == pytest.approx(theirs, abs=1e-9)


@needs_data
def test_the_cohort_method_and_the_uncertain_interval_by_command(asked):
    table = FLU / "flu2009_incidence.csv"
    found, _ = asked("rt", table, "--si", FLU / "flu2009_si_distr.csv", "--method", "wt")
    theirs = [float(row["Mean(R)"]) for row in peer_rows("flu2009_expected_WT_weekly.csv")]
    assert [row["mean"] for row in found["rows"]] == pytest.approx(theirs, abs=1e-9)
    assert {note["code"] for note in found["warnings"]} >= {"not_all_seen"}
    uncertain = ["--si-mean-sd", 1, "--si-mean-range", "1,4.2", "--si-sd-sd", 0.5, "--si-sd-range", "0.5,2.5"]
    found, _ = asked("rt", table, "--si-mean", 2.6, "--si-sd", 1.5, *uncertain)
    theirs = [float(row["Mean(R)"]) for row in peer_rows("flu2009_expected_R_uncertain_si.csv")]
    assert [row["mean"] for row in found["rows"]] == pytest.approx(theirs, rel=0.05)


def test_order_encoding_gaps_and_other_columns_do_not_matter(asked, tmp_path):
    plain, _ = asked("rt", written(tmp_path, series()), "--si-mean", 3, "--si-sd", 1.5)
    lines = series().splitlines()
    odd = "备注,病例数,日期\r\n" + "".join(
        f"甲,{count},{day.replace('-', '/')}\r\n" for day, count in (line.split(",") for line in reversed(lines[1:]))
    )
    for encoding in ("utf-8-sig", "gb18030"):
        found, _ = asked("rt", written(tmp_path, odd, "odd.csv", encoding), "--si-mean", 3, "--si-sd", 1.5)
        assert found["rows"] == plain["rows"]
    gap = "\n".join(line for line in lines if not line.startswith("2022-03-05")) + "\n"
    zero = "\n".join("2022-03-05,0" if line.startswith("2022-03-05") else line for line in lines) + "\n"
    with_gap, _ = asked("rt", written(tmp_path, gap, "gap.csv"), "--si-mean", 3, "--si-sd", 1.5)
    with_zero, _ = asked("rt", written(tmp_path, zero, "zero.csv"), "--si-mean", 3, "--si-sd", 1.5)
    assert with_gap["rows"] == with_zero["rows"]
    assert "absent_days" in {note["code"] for note in with_gap["warnings"]}
    assert "absent_days" not in {note["code"] for note in with_zero["warnings"]}


def test_dates_that_can_be_read_in_two_ways_need_their_form(asked, tmp_path):
    path = written(tmp_path, "date,cases\n" + "".join(f"0{n}/03/2022,{n}\n" for n in range(1, 10)))
    assert "can be" in asked("rt", path, "--si-mean", 3, "--si-sd", 1, status=2)[1]
    found, _ = asked("rt", path, "--si-mean", 3, "--si-sd", 1, "--date-format", "dd/mm/yyyy")
    assert found["first_date"] == "2022-03-01" and found["days"] == 9
    assert "names day, month and year" in asked("rt", path, "--date-format", "mm", status=2)[1]


def test_series_told_apart_by_a_column(asked, tmp_path):
    two = "date,cases,area\n" + "".join(
        f"{line},A\n{line.split(',')[0]},{n % 3},B\n" for n, line in enumerate(series().splitlines()[1:])
    )
    found, _ = asked("rt", written(tmp_path, two), "--by", "area", "--si-mean", 3, "--si-sd", 1.5)
    alone, _ = asked("rt", written(tmp_path, series(), "a.csv"), "--si-mean", 3, "--si-sd", 1.5)
    first = [{key: value for key, value in row.items() if key != "series"}
             for row in found["rows"] if row["series"] == "A"]  # fmt: skip
    assert first == alone["rows"] and {row["series"] for row in found["rows"]} == {"A", "B"}


def test_few_cases_are_said(asked, tmp_path):
    found, said = asked(
        "rt", written(tmp_path, series(counts=(1, 0, 0, 1, 0, 1, 0, 0, 1))), "--si-mean", 3, "--si-sd", 1
    )
    assert all(row["few_cases"] for row in found["rows"])
    assert "fewer than 11 cases" in said


@pytest.mark.parametrize(
    "text, more, said",
    [
        ("", [], "The file is empty"),
        ("date,cases\n", [], "no rows"),
        ("date,deaths\n2022-03-01,1\n", [], "neither a column cases nor local and imported"),
        ("when,cases\n2022-03-01,1\n", [], "neither a column date nor a column day"),
        ("date,cases\n2022-03-01,-1\n2022-03-09,3\n", [], "Line 2, column cases: -1 is less than 0"),
        ("date,cases\n2022-03-01,1\n2022-03-32,3\n", [], "Line 3, column date"),
        ("date,cases\n2022-03-01,many\n", [], "Line 2, column cases"),
        ("date,cases\n1922-03-01,1\n2022-03-09,3\n", [], "Look for a wrong date"),
        (series(counts=(1, 2, 3)), [], "needs at least 8"),
        (series(), ["--si-mean", "0.8"], "mean over 1 day"),
        (series(), ["--window", "0"], "whole number from 1 up"),
        (series(), ["--prior-sd", "0"], "The prior needs"),
        (series(), ["--method", "wt", "--si-mean-sd", "1"], "does not go with --method wt"),
        (series(), ["--report", "x"], "add --line-list"),
    ],
)
def test_what_cannot_be_answered_is_said_and_ends_with_two(asked, tmp_path, text, more, said):
    options = dict(zip(more[::2], more[1::2], strict=True))
    arguments = [part for pair in ({"--si-mean": "3", "--si-sd": "1"} | options).items() for part in pair]
    assert said in asked("rt", written(tmp_path, text), *arguments, status=2)[1]


def test_a_serial_interval_file_that_is_none_is_refused(asked, tmp_path):
    cases = written(tmp_path, series())
    for text, said in [
        ("lag,p\n0,0.1\n1,0.9\n", "p(0)=0.1"),
        ("lag,p\n0,0\n1,0.5\n", "Σp=0.5"),
        ("lag,p\n0,0\n1,0.5\n1,0.5\n", "lag 1 ×2"),
        ("lag,p\n0,0\n1,-1\n", "less than 0"),
    ]:
        assert said in asked("rt", cases, "--si", written(tmp_path, text, "si.csv"), status=2)[1]
    found, _ = asked("rt", cases, "--si", written(tmp_path, "p,lag\n0.5,2\n0.5,1\n", "si.csv"))
    assert found["serial_interval"]["mean"] == pytest.approx(1.5)
    assert "--si-mean and --si-sd" in asked("rt", cases, status=2)[1]
    windows = written(tmp_path, "t_start,t_end\n2,5\n1,7\n", "w.csv")
    said = asked("rt", cases, "--si-mean", 3, "--si-sd", 1, "--windows", windows, status=2)[1]
    assert "line 3" in said and "1 to 7" in said


def line_list(folder, days=35, seed=1):
    """Growing, reported late; the file holds what was reported by the last day."""
    chance = np.random.default_rng(seed)
    start = date(2022, 3, 1)
    true, rows = chance.poisson(4 * np.exp(0.07 * np.arange(days))), []
    for day, n in enumerate(true):
        for delay in np.floor(chance.gamma(2.5, 1.6, n)).astype(int):
            if day + delay < days:
                rows.append(
                    f"{len(rows):03},{start + timedelta(days=day)},{start + timedelta(days=int(day + delay))}\n"
                )
    return written(folder, "id,onset_date,report_date\n" + "".join(rows), "line.csv"), true


def test_a_nowcast_fills_the_newest_days_and_r_reckons_with_it(asked, tmp_path):
    table, true = line_list(tmp_path)
    last = "2022-04-04"
    found, _ = asked("nowcast", table, "--as-of", last)
    assert len(found["rows"]) == 35 and found["as_of"] == last
    assert found["reported"] < true.sum() and found["low"] <= true.sum() <= found["high"]
    blind, _ = asked("rt", table, "--line-list", "--si-mean", 4, "--si-sd", 2)
    aware, said = asked("rt", table, "--line-list", "--report", "report_date", "--si-mean", 4, "--si-sd", 2)
    assert blind["rows"][-1]["mean"] < 1 < aware["rows"][-1]["mean"]
    assert aware["rows"][-1]["sd"] > blind["rows"][-1]["sd"]
    assert "nowcast_used" in {note["code"] for note in aware["warnings"]} and "expected in all" in said
    assert "no case is reported" in asked("nowcast", table, "--as-of", "2020-01-01", status=2)[1]


def test_rows_reported_before_their_onset_are_named(asked, tmp_path):
    path = written(tmp_path, "onset_date,report_date\n2022-03-05,2022-03-04\n2022-03-01,2022-03-04\n2022-03-02,\n")
    found, said = asked("nowcast", path)
    assert found["reported"] == 1 and "lines 2" in said and "1 rows have no date" in said


def test_a_drawing_is_svg_with_its_numbers(asked, tmp_path):
    asked("rt", written(tmp_path, series()), "--si-mean", 3, "--si-sd", 1.5, "--plot", tmp_path / "r.svg")
    drawn = (tmp_path / "r.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<svg") and "R over time" in drawn and "style=" not in drawn and "nan" not in drawn.lower()


def test_the_answer_speaks_chinese(capsys, tmp_path):
    path = str(written(tmp_path, series()))
    assert cli.main(["--lang", "zh", "rt", path, "--si-mean", "3", "--si-sd", "1.5"]) == 0
    out = capsys.readouterr()
    assert "例" in out.out.splitlines()[0] and out.out.isascii() is False
