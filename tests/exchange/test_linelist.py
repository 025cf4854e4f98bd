"""A line list gives its cases, and the fate of every row."""

import inspect
import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainbreak.exchange import problem_words
from chainbreak.exchange.address import AreaTable
from chainbreak.exchange.columns import KINDS
from chainbreak.exchange.linelist import read_linelist
from chainbreak.exchange.mapping import mapping_from
from chainbreak.exchange.problems import Unreadable

SAMPLE = Path(__file__).parent / "samples" / "linelist.csv"
ZONE = ZoneInfo("Asia/Shanghai")


def codes(reading, row):
    return sorted(problem.code for problem in reading.problems if problem.row == row)


def write(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_sample_without_any_mapping():
    reading = read_linelist(SAMPLE, today=date(2022, 4, 1))

    assert [case.external_id for case in reading.cases] == ["A1", "A2", "A3", "A4"]
    first, second, third, fourth = reading.cases
    assert (first.name, first.sex, first.age_years, first.onset_date) == ("测试甲", "male", 46, date(2022, 3, 25))
    assert first.sampled_at == datetime(2022, 3, 26, 3, 56, tzinfo=ZONE)
    assert (first.classification, first.clinical_severity) == ("confirmed", "mild")
    assert (first.ct_value, first.extra) == (18.3, {"血型": "O"})
    assert (second.age_years, second.ct_value, second.extra["Ct值"]) == (0.6667, None, "阴性")
    assert (third.name, third.sex, third.extra["性别"]) == ("测试丙", None, "外星")
    assert (fourth.onset_date, fourth.extra["发病日期"]) == (None, "2022-02-30")


def test_every_row_of_the_sample_is_accounted_for():
    reading = read_linelist(SAMPLE, today=date(2022, 4, 1))

    assert reading.rows == 7 == len(reading.cases) + len(reading.duplicates) + len(reading.rejected)
    assert [(one.row, one.same_as) for one in reading.duplicates] == [(6, 2)]
    assert [(one.row, one.codes) for one in reading.rejected] == [(5, ("duplicate_id",)), (7, ("missing_value",))]
    assert reading.rejected[1].raw["姓名"] == "无编号"


def test_what_the_sample_says_by_row():
    reading = read_linelist(SAMPLE, today=date(2022, 4, 1))

    assert codes(reading, 1) == ["id_number_missing"]
    assert codes(reading, 2) == ["ct_not_number", "id_number_missing"]
    assert codes(reading, 3) == [
        *("age_in_words", "blanks_trimmed", "dangling_link", "full_width", "id_number_missing"),
        *("report_before_sampling", "sex_unknown"),
    ][:5] + ["sex_unknown"]
    assert codes(reading, 4) == [
        *("age_in_words", "ct_implausible", "date_impossible", "duplicate_id", "id_number_missing", "self_link"),
    ]


def test_a_problem_names_its_column_says_what_and_what_to_do():
    problem = next(p for p in read_linelist(SAMPLE).problems if p.code == "sex_unknown")
    said = problem.as_json()
    assert (said["row"], said["column"], said["code"], said["severity"]) == (3, "性别", "sex_unknown", "warning")
    assert "外星" in said["message"]


def test_headers_in_any_case_with_blanks_and_camel_humps(tmp_path):
    path = write(tmp_path, " Case ID ;Date Of Onset;SEX;reportDate\n7.0;2020-03-01;M;2020-03-02T00:00:00Z\n")
    (case,) = read_linelist(path).cases
    assert (case.external_id, case.onset_date, case.sex, case.reported_at) == (
        *("7", date(2020, 3, 1), "male", date(2020, 3, 2)),
    )


def test_a_line_list_without_numbers_is_refused_with_its_columns(tmp_path):
    with pytest.raises(Unreadable) as refused:
        read_linelist(write(tmp_path, "colour,sex\nred,M\n"))
    assert refused.value.code == "required_column_missing"
    assert "colour" in refused.value.next_step


def test_the_same_person_under_two_numbers_is_not_counted_twice_and_another_name_is(tmp_path):
    number = "110101199003070011"
    lines = ["id,name,身份证号,report_date"]
    lines += [f"1,甲,{number},2022-03-01", f"2,甲,{number},2022-03-02", f"3,乙,{number},2022-03-02"]
    reading = read_linelist(write(tmp_path, "\n".join(lines)))
    assert [case.external_id for case in reading.cases] == ["1", "3"]
    assert "same_person" in codes(reading, 2)
    assert "id_number_shared" in codes(reading, 3)


def test_dates_of_one_case_that_cannot_follow_each_other(tmp_path):
    path = write(
        tmp_path,
        "id,onset,sample date,report date,date of death,exposure start,exposure end\n"
        "1,2022-03-05,2022-03-04,2022-03-03,2022-03-01,2022-03-09,2022-03-01\n"
        "2,2022-03-01,2022-03-02,2022-03-03,2022-03-04,2022-02-01,2022-02-20\n",
    )
    reading = read_linelist(path)
    assert codes(reading, 1) == [
        *("death_before_onset", "exposure_after_onset", "exposure_reversed"),
        *("onset_after_report", "report_before_sampling"),
    ]
    assert codes(reading, 2) == []
    assert reading.cases[1].outcome == "died"


def test_a_total_that_differs_from_the_rows_read_is_said(tmp_path):
    text = "编号,姓名,性别,报告日期\n1,甲,男,2022-03-01\n2,乙,女,2022-03-01\n合计,{}例,,\n"
    right = read_linelist(write(tmp_path, text.format(2)))
    wrong = read_linelist(write(tmp_path, text.format(5)))
    assert [p.code for p in right.problems if p.row is None] == ["total_row"]
    assert [p.code for p in wrong.problems if p.row is None] == ["total_row", "total_differs"]


def test_dates_that_wait_for_an_answer_keep_their_rows_until_the_mapping_gives_it(tmp_path):
    path = write(tmp_path, "id,onset\n1,03/04/2020\n2,05/06/2020\n3,\n")
    asked = read_linelist(path)
    assert ([case.external_id for case in asked.cases], len(asked.rejected)) == (["3"], 2)
    answered = read_linelist(
        path,
        mapping_from(
            {"linelist": {"columns": {"id": "external_id", "onset": "onset_date"}, "day_first": False}}, "linelist"
        ),
    )
    assert [case.onset_date for case in answered.cases] == [date(2020, 3, 4), date(2020, 5, 6), None]


def test_future_and_far_away_dates_are_flagged(tmp_path):
    path = write(tmp_path, "id,onset\n1,2022-03-01\n2,2202-03-01\n3,2012-03-01\n4,2022-03-02\n")
    reading = read_linelist(path, today=date(2022, 4, 1))
    assert [codes(reading, row) for row in (1, 2, 3, 4)] == [[], ["date_in_future"], ["date_out_of_period"], []]


def test_the_area_of_an_address_goes_down_to_the_village():
    areas = AreaTable(
        [
            ("990000", "某省"), ("990100", "东市"), ("990101", "南县"), ("990200", "西市"), ("990201", "南县"),
            ("990300", "县"), ("990101001", "北镇"), ("990101001201", "大王村村民委员会"), ("990101001202", "王村村民委员会"),
        ]
    )  # fmt: skip
    assert areas.match("某省东市南县北镇大王村村民委员会").code == "990101001201"
    assert areas.match("东市南县北镇王村").code == "990101001202"
    assert areas.match("西市南县").code == "990201"
    assert areas.match("南县").candidates == ("990101", "990201")
    assert areas.match("南县", home="9901").code == "990101"
    assert areas.match("某省西某镇南县").candidates == ("990101", "990201"), "a province alone tells none apart"
    assert areas.match("东市某县").code == "990100", "县 is no name"
    assert areas.match("东 某处").code is None
    assert areas.match("外国").code is None


cell = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='",;|'), max_size=6)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.sampled_from(["1", "2", "3", ""]), cell, cell, cell), min_size=1, max_size=10))
def test_nothing_is_lost_whatever_stands_in_the_cells(tmp_path_factory, rows):
    text = "case_id,age,onset,other,fixed\n" + "".join(f'"{a}","{b}","{c}","{d}","x"\n' for a, b, c, d in rows)
    reading = read_linelist(write(tmp_path_factory.mktemp("t"), text))
    kept = [*reading.cases, *reading.duplicates, *reading.rejected]
    assert sorted(one.row for one in kept) == list(range(1, len(rows) + 1))
    for one in kept:
        assert tuple(one.raw.values())[:4] == rows[one.row - 1]


def test_the_manual_explains_every_problem_of_reading_and_every_field():
    manual = (Path(__file__).parents[2] / "docs" / "manual" / "import.md").read_text("utf-8")
    codes_of_reading = set(re.findall(r'^    "([a-z_]+)": \($', inspect.getsource(problem_words), re.MULTILINE))
    assert len(codes_of_reading) > 60
    for word in (*codes_of_reading, *(one.name for kind in ("linelist", "contacts") for one in KINDS[kind])):
        assert f"`{word}`" in manual


def test_rounded_and_nonsense_numbers_make_nobody_the_same_person(tmp_path):
    rows = "1,4.11199E+17\n2,4.11199E+17\n3,X\n4,X\n"
    reading = read_linelist(write(tmp_path, "编号,身份证号\n" + rows))
    assert len(reading.cases) == 4
    assert reading.cases[0].extra == {"身份证号": "4.11199E+17"}
    assert "number_truncated" in codes(reading, 1)
    assert "id_number_malformed" in codes(reading, 3)
