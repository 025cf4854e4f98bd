"""Any file of the field is read as a table, or refused with what to do."""

import datetime as dt

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.exchange.problems import Problem, Unreadable
from chainbreak.exchange.table import read_table

ROWS = [["编号", "姓名", "住址"], ["1", "测试甲", "东县,南镇"], ["2", "测试乙", ""]]


def cells(table):
    return [row.cells for row in table.rows]


def codes(table):
    list(table.rows)
    return [note.code for note in table.notes]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_separator_gives_the_same_table(tmp_path, encoding, delimiter):
    lines = [delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in ROWS]
    path = tmp_path / "t.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))

    table = read_table(path)

    assert table.columns == ROWS[0]
    assert cells(table) == ROWS[1:]
    assert table.dialect == delimiter


def test_western_text_is_not_taken_for_chinese_and_the_guess_is_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("id,name\n1,García\n2,Zoë Müller\n".encode("cp1252"))

    table = read_table(path)

    assert cells(table) == [["1", "García"], ["2", "Zoë Müller"]]
    assert "encoding_guessed" in codes(table)


def test_utf16_with_its_mark(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("编号\t姓名\n1\t测试甲\n".encode("utf-16"))
    assert cells(read_table(path)) == [["1", "测试甲"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"  \n\n", "file_empty"),
        (b"%PDF-1.7 ...", "file_is_pdf"),
        (b"\x89PNG\r\n", "file_is_picture"),
        (b"<html><table>", "file_is_html"),
        (b'{"a": 1}', "file_is_json"),
        (b"PK\x03\x04broken", "file_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "file_is_old_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "file_password"),
        (b"a\0b\x01\x02,\0\xff\xfe,1\n", "file_is_binary"),
        (b"PAR1 cut off", "file_damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_its_name_and_a_next_step(tmp_path, content, code):
    path = tmp_path / "renamed.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        read_table(path)
    assert refused.value.code == code
    assert "renamed.csv" in str(refused.value)
    assert refused.value.next_step


def test_an_absent_file_and_a_folder(tmp_path):
    for path, code in ((tmp_path / "none.csv", "file_absent"), (tmp_path, "file_is_folder")):
        with pytest.raises(Unreadable) as refused:
            read_table(path)
        assert refused.value.code == code


def test_ragged_rows_are_reported_and_never_dropped(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name,address\n1,A,east, house 3\n2,B\n3,C,west\n")

    rows = list(read_table(path).rows)

    assert [row.number for row in rows] == [1, 2, 3]
    assert [[problem.code for problem in row.problems] for row in rows] == [
        ["ragged_row_long"],
        ["ragged_row_short"],
        [],
    ]
    assert rows[0].cells == ["1", "A", "east", " house 3"]


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,name\n1,A\n2,"B\n3,C\n4,D\n')

    rows = list(read_table(path).rows)

    assert [row.cells[0] for row in rows] == ["1", "2", "3", "4"]
    assert [row.number for row in rows if any(p.code == "unclosed_quote" for p in row.problems)] == [2]


def test_a_line_break_inside_quotation_marks_is_one_value(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,note\n1,"first\nsecond"\n2,x\n')
    assert cells(read_table(path)) == [["1", "first\nsecond"], ["2", "x"]]


def test_a_workbook_with_title_groups_merged_cells_total_and_second_sheet(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["某县一览表", None, None, None])
    sheet.append([None, "基本信息", None, "时间"])
    sheet.append(["编号", "姓名", "乡镇", "报告日期"])
    sheet.append([1, "测试甲", "南镇", dt.datetime(2022, 3, 25)])  # noqa: DTZ001
    sheet.append([2, "测试乙", None, dt.datetime(2022, 3, 26, 8, 30)])  # noqa: DTZ001
    sheet.append([None, None, None, None])
    sheet.append(["合计:2例", None, None, None])
    for area in ("A1:D1", "B2:C2", "C4:C5"):
        sheet.merge_cells(area)
    book.create_sheet("说明").append(["x"])
    path = tmp_path / "t.xlsx"
    book.save(path)

    table = read_table(path)

    assert table.columns == ["编号", "姓名", "乡镇", "报告日期"]
    assert cells(table) == [
        [1, "测试甲", "南镇", dt.datetime(2022, 3, 25)],  # noqa: DTZ001
        [2, "测试乙", "南镇", dt.datetime(2022, 3, 26, 8, 30)],  # noqa: DTZ001
    ]
    assert {"title_row", "header_rows", "merged_cells", "other_sheet", "total_row", "empty_rows"} == set(codes(table))
    assert table.totals == [(7, "合计:2例")]
    assert codes(table) == codes(table)


def test_two_columns_of_one_name_under_two_groups_are_told_apart(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("编号,首次,,末次,\n,日期,地点,日期,地点\n1,2022-03-01,甲,2022-03-02,乙\n")
    assert read_table(path).columns == ["编号", "首次 / 日期", "首次 / 地点", "末次 / 日期", "末次 / 地点"]


def test_a_total_is_no_record_but_a_person_called_so_is(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,sex,age\nTotal,F,30\nAnna,F,4\nTotal,,\n")
    assert cells(read_table(path)) == [["Total", "F", "30"], ["Anna", "F", "4"]]


def test_a_formula_without_value_and_a_spreadsheet_error_are_reported(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "age", "note"])
    book.active.append([1, "=1+1", "#REF!"])
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert cells(table) == [[1, None, None]]
    assert {(n.code, n.row, n.column) for n in table.notes} == {
        ("formula_without_value", 1, "age"),
        ("excel_error", 1, "note"),
    }


def test_a_table_without_column_names_says_so(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,2020-01-01,3\n2,2020-01-02,4\n")
    table = read_table(path)
    assert table.columns == ["column 1", "column 2", "column 3"]
    assert len(cells(table)) == 2
    assert "no_header" in codes(table)


def test_parquet(tmp_path):
    pq.write_table(pa.table({"id": [1, 2], "at": [dt.datetime(2022, 3, 1), None]}), tmp_path / "t.parquet")  # noqa: DTZ001
    assert cells(read_table(tmp_path / "t.parquet")) == [[1, dt.datetime(2022, 3, 1)], [2, None]]  # noqa: DTZ001


def test_an_unknown_code_is_a_slip_of_the_programmer():
    with pytest.raises(ValueError, match="closed list"):
        Problem(1, None, "something")


plain = st.text(st.characters(codec="gb18030", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@given(rows=st.lists(st.tuples(plain, plain), min_size=1, max_size=8), encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_as_many_rows_come_out_as_went_in(tmp_path_factory, rows, encoding):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    text = "编号,a,b\n" + "".join(
        f'{n},"{a.replace(chr(34), chr(34) * 2)}","{b.replace(chr(34), chr(34) * 2)}"\n'
        for n, (a, b) in enumerate(rows)
    )
    path.write_bytes(text.encode(encoding))
    assert [row.cells for row in read_table(path).rows] == [[str(n), a, b] for n, (a, b) in enumerate(rows)]
