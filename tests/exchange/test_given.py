"""Small tables given to a question on files: what is read, and how it says what it cannot read."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from chainbreak.exchange import given
from chainbreak.exchange.problems import Unreadable


def written(folder, text, *, encoding="utf-8", name="table.csv"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_columns_are_found_by_name_whatever_their_order_case_and_encoding(tmp_path):
    path = written(tmp_path, "备注,Onset Date,ID\r\n甲,2022/3/20,007\r\n乙,,008\r\n", encoding="gb18030")
    table = given.read(path, required=["id"], optional=["onset_date", "sample_date"])
    assert table.texts("id") == ["007", "008"]
    assert table.dates("onset_date") == [date(2022, 3, 20), None]
    assert not table.has("sample_date")
    assert table.lines == [2, 3]


def test_another_name_of_a_column_counts_only_where_its_own_is_absent(tmp_path):
    path = written(tmp_path, "case_no,id\n1,A\n")
    assert given.read(path, required=["id"], aliases={"id": ["case_no"]}).texts("id") == ["A"]
    path = written(tmp_path, "case_no,sex\n1,f\n")
    assert given.read(path, required=["id"], aliases={"id": ["case_no"]}).texts("id") == ["1"]


def test_a_time_makes_an_instant(tmp_path):
    path = written(tmp_path, "at,x\n2022-03-20 15:30,1\n2022-03-20T07:30Z,1\n")
    first, second = given.read(path, required=["at"]).moments("at")
    assert first == second == datetime(2022, 3, 20, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_a_form_of_dates_can_be_named(tmp_path):
    path = written(tmp_path, "day,x\n03/04/2020,1\n05/06/2020,1\n")
    table = given.read(path, required=["day"])
    assert table.dates("day", date_format="%d/%m/%Y") == [date(2020, 4, 3), date(2020, 6, 5)]
    with pytest.raises(Unreadable) as error:
        table.dates("day")
    assert error.value.code == "date_order_open"


@pytest.mark.parametrize(
    "text, ask, code, line",
    [
        ("a,b\n1,2\nx,3\n", lambda t: t.numbers("a"), "cell_not_number", 3),
        ("a,b\n1.5,2\n", lambda t: t.numbers("a", whole=True), "cell_not_whole", 2),
        ("a,b\n-1,2\n", lambda t: t.numbers("a", least=0), "cell_too_small", 2),
        ("a,b\n1,2\n,3\n", lambda t: t.numbers("a", needed=True), "cell_empty", 3),
        ("a,b\nsoon,2\n", lambda t: t.dates("a"), "cell_not_date", 2),
        ("a,b\n20200101,2\n", lambda t: t.dates("a", date_format="%Y-%m"), "cell_not_of_format", 2),
        ("a,b\n1,2\n1,2,3\n", lambda t: None, "row_of_other_length", 3),
        ("b,c\n1,2\n", lambda t: None, "column_absent", None),
        ("a,A\n1,2\n", lambda t: None, "column_double", None),
    ],
)
def test_what_cannot_be_read_names_its_place(tmp_path, text, ask, code, line):
    with pytest.raises(Unreadable) as error:
        ask(given.read(written(tmp_path, text), required=["a"]))
    assert error.value.code == code
    assert error.value.facts.get("line") == line
    assert "?" not in str(error.value)
