"""Tables inside an Excel workbook: merged cells, several sheets, formulas (Excel 工作簿)."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from chainbreak.exchange.header import cell_text
from chainbreak.exchange.problems import Problem, Unreadable
from chainbreak.exchange.table import HEAD, Table, _table

_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}


def read_workbook(path: Path, sheet: str | None = None) -> Table:
    """One sheet of a workbook: the named one, or the first with at least two rows and two columns."""
    formulas = _load(path, values=False)
    values = _load(path, values=True)
    chosen = _choose(path, values, sheet)
    notes: list[Problem] = []
    cells = _cells(values[chosen], formulas[chosen], notes)
    table = _table(path, cells[:HEAD], lambda: _lines(cells), _merged(values[chosen]), sheet=chosen)
    table.notes.extend(_placed(notes, table))
    for other in values.worksheets:
        rows = sum(1 for row in other.iter_rows(values_only=True) if any(cell is not None for cell in row))
        if other.title != chosen and rows:
            table.notes.append(
                Problem(
                    None,
                    None,
                    "other_sheet",
                    facts={"sheet": other.title, "rows": rows},
                )
            )
    return table


def _load(path: Path, *, values: bool) -> Any:
    try:
        return load_workbook(path, data_only=values)
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        TypeError,
    ) as error:
        raise Unreadable(
            path,
            "file_damaged",
            reason=str(error).splitlines()[0] if str(error) else "?",
        ) from error


def _choose(path: Path, book: Any, sheet: str | None) -> str:
    titles = [one.title for one in book.worksheets]
    if sheet is not None:
        if sheet not in titles:
            raise Unreadable(path, "sheet_absent", sheet=sheet, sheets=titles)
        return sheet
    for one in book.worksheets:
        if one.max_row >= 2 and one.max_column >= 2 and one.sheet_state == "visible":
            return str(one.title)
    for one in book.worksheets:
        if any(cell is not None for row in one.iter_rows(values_only=True) for cell in row):
            return str(one.title)
    raise Unreadable(path, "file_empty")


def _cells(values: Worksheet, formulas: Worksheet, notes: list[Problem]) -> list[tuple[int, list[Any]]]:
    """(line, cells) of every line; a cell with an error or a formula without value is empty and noted by its line."""
    rows = []
    pairs = zip(
        values.iter_rows(values_only=True),
        formulas.iter_rows(values_only=True),
        strict=False,
    )
    for line, (row, written) in enumerate(pairs, 1):
        cells = list(row)
        for index, cell in enumerate(cells):
            if isinstance(cell, str) and cell in _ERRORS:
                notes.append(Problem(line, str(index), "excel_error", facts={"value": cell}))
                cells[index] = None
            elif cell is None and _is_formula(written[index]):
                notes.append(Problem(line, str(index), "formula_without_value", facts={"line": line}))
        rows.append((line, cells))
    _fill_down(values, rows, notes)
    return rows


def _is_formula(written: Any) -> bool:
    return isinstance(written, ArrayFormula) or (isinstance(written, str) and written.startswith("="))


def _fill_down(sheet: Worksheet, rows: list[tuple[int, list[Any]]], notes: list[Problem]) -> None:
    """A cell merged over several rows holds for each of them."""
    for area in sheet.merged_cells.ranges:
        if area.min_col != area.max_col or area.max_row > len(rows):
            continue
        value = rows[area.min_row - 1][1][area.min_col - 1]
        for line in range(area.min_row + 1, area.max_row + 1):
            rows[line - 1][1][area.min_col - 1] = value
        if value is not None:
            facts = {"count": area.max_row - area.min_row}
            notes.append(Problem(area.min_row, str(area.min_col - 1), "merged_cells", facts=facts))


def _lines(cells: list[tuple[int, list[Any]]]) -> Iterator[tuple[int, list[Any], bool]]:
    for line, row in cells:
        yield line, list(row), False


def _merged(sheet: Worksheet) -> dict[tuple[int, int], Any]:
    """(line, column) -> the merged range's value, for ranges that span columns."""
    covered = {}
    for area in sheet.merged_cells.ranges:
        if area.max_col > area.min_col:
            value = sheet.cell(area.min_row, area.min_col).value
            for line in range(area.min_row, area.max_row + 1):
                for column in range(area.min_col, area.max_col + 1):
                    covered[line, column - 1] = value
    return covered


def _placed(notes: list[Problem], table: Table) -> list[Problem]:
    """Notes by line and column index turned into record numbers and column names."""
    if not notes:
        return []
    numbers = {row.line: row.number for row in table.rows}
    placed = []
    for note in notes:
        index = int(note.column or 0)
        column = table.columns[index] if index < len(table.columns) else cell_text(index + 1)
        if note.row in numbers:
            placed.append(Problem(numbers[note.row], column, note.code, facts=note.facts))
    table._first_notes = -1
    return placed
