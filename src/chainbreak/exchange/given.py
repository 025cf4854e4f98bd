"""A small table given to a question on files alone: named columns, with typed values (数据文件).

`read` opens CSV (any common encoding and delimiter), XLSX or Parquet. Names of columns match without regard to case,
blanks and underscores; columns that nobody asked for are left alone. Whatever cannot be read names file, row and column.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from chainbreak.exchange.date_columns import ColumnSurvey, DateOptions, anchor_of
from chainbreak.exchange.date_shapes import is_missing
from chainbreak.exchange.dates import DateRule, resolve
from chainbreak.exchange.header import cell_text
from chainbreak.exchange.problems import Unreadable
from chainbreak.exchange.table import read_table
from chainbreak.exchange.values import read_number

Value = Any


@dataclass
class Given:
    """The table: one list of cells a column, `lines` the line of each row in its file (from 1, the header counted)."""

    path: Path
    columns: dict[str, list[Value]]
    lines: list[int]
    names: list[str]  # all columns of the file, as written
    _rules: dict[str, DateRule] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self.columns

    def texts(self, name: str, *, needed: bool = False) -> list[str | None]:
        """The column as text without blanks around it; None where the cell is empty.

        Raises:
            Unreadable: the file has no such column, or a cell is empty though `needed`.
        """
        found = [None if is_missing(cell) else cell_text(cell).strip() for cell in self._column(name)]
        self._refuse_empty(name, found, needed)
        return found

    def numbers(self, name: str, *, needed: bool = False, whole: bool = False, least: float = -math.inf) -> list[Any]:
        """The column as floats (`whole`: ints); None where the cell is empty.

        Raises:
            Unreadable: no such column; a cell that is no (whole) number, not finite, or under `least`.
        """
        found: list[Any] = []
        for row, cell in enumerate(self._column(name)):
            reading = read_number(cell)
            number = reading.value
            if number is None and not reading.code:
                number = _written_number(cell)
            if reading.code or (number is not None and not math.isfinite(number)):
                self._refuse(row, name, "cell_not_number", value=cell_text(cell))
            if number is not None and whole and number != int(number):
                self._refuse(row, name, "cell_not_whole", value=cell_text(cell))
            if number is not None and number < least:
                self._refuse(row, name, "cell_too_small", value=cell_text(cell), least=f"{least:g}")
            found.append(None if number is None else int(number) if whole else number)
        self._refuse_empty(name, found, needed)
        return found

    def dates(self, name: str, *, needed: bool = False, date_format: str | None = None) -> list[date | None]:
        """The column as days; None where the cell is empty. `date_format` is as in strptime.

        Raises:
            Unreadable: no such column; a cell that is no date; an order of day and month that cannot be told.
        """
        moments = self.moments(name, needed=needed, date_format=date_format)
        return [moment.date() if isinstance(moment, datetime) else moment for moment in moments]

    def moments(
        self, name: str, *, needed: bool = False, date_format: str | None = None
    ) -> list[date | datetime | None]:
        """The column as days, and as aware instants (Asia/Shanghai where no zone is written) where a time was written.

        Raises: as `dates`.
        """
        found: list[date | datetime | None] = []
        cells = self._column(name)
        rule = None if date_format else self._rule(name, cells)
        for row, cell in enumerate(cells):
            value: date | datetime | None = None
            if not is_missing(cell):
                value = self._formatted(row, name, cell, date_format) if date_format else None
                if rule is not None:
                    reading = resolve(cell, rule)
                    value = reading.value
                if value is None:
                    self._refuse(row, name, "cell_not_date", value=cell_text(cell))
            found.append(value)
        self._refuse_empty(name, found, needed)
        return found

    def _formatted(self, row: int, name: str, cell: Value, date_format: str) -> date | datetime:
        if isinstance(cell, date):
            return cell
        try:
            return datetime.strptime(cell_text(cell).strip(), date_format).date()  # noqa: DTZ007 only the day is kept
        except ValueError:
            self._refuse(row, name, "cell_not_of_format", value=cell_text(cell), format=date_format)

    def _rule(self, name: str, cells: list[Value]) -> DateRule:
        survey = ColumnSurvey(name, DateOptions())
        survey.add(cells)
        rule, problems = survey.decide(anchor_of([survey]))  # a day without a year: of the year of the others
        for problem in problems:
            if problem.code == "date_order_undecided":
                facts = {"example": problem.facts["example"], "readings": problem.facts["readings"]}
                raise Unreadable(self.path, "date_order_open", column=name, **facts)
        return rule

    def _column(self, name: str) -> list[Value]:
        if name not in self.columns:
            raise Unreadable(self.path, "column_absent", column=name, found=", ".join(self.names))
        return self.columns[name]

    def _refuse_empty(self, name: str, found: Sequence[Any], needed: bool) -> None:
        if needed and None in found:
            self._refuse(found.index(None), name, "cell_empty")

    def _refuse(self, row: int, name: str, code: str, **facts: Any) -> NoReturn:
        raise Unreadable(self.path, code, line=self.lines[row], column=name, **facts)


def read(
    path: Path | str,
    *,
    required: Iterable[str] = (),
    optional: Iterable[str] = (),
    aliases: Mapping[str, Sequence[str]] | None = None,
) -> Given:
    """The columns `required` and those of `optional` that are there; `aliases`: name -> other names it goes by.

    Raises:
        Unreadable: the file is no table, or a required column is missing (it says which there are); a column that is
            asked for is there twice; a row is longer or shorter than the header.
    """
    table = read_table(path)
    names = list(table.columns)
    where: dict[str, int] = {}
    required = list(required)
    for name in [*required, *optional]:
        wanted = {_plain(one) for one in (name, *(aliases or {}).get(name, ()))}
        exact = [place for place, column in enumerate(names) if _plain(column) == _plain(name)]
        places = exact or [place for place, column in enumerate(names) if _plain(column) in wanted]
        if len(places) > 1:
            raise Unreadable(path, "column_double", column=name)
        if places:
            where[name] = places[0]
        elif name in required:
            raise Unreadable(path, "column_absent", column=name, found=", ".join(names))
    columns: dict[str, list[Value]] = {name: [] for name in where}
    lines: list[int] = []
    for row in table.rows:
        if row.problems:
            problem = row.problems[0]
            facts = {"got": problem.facts.get("found", "?"), "wanted": len(names)}
            raise Unreadable(path, "row_of_other_length", line=row.line, **facts)
        lines.append(row.line)
        for name, place in where.items():
            columns[name].append(row.cells[place])
    return Given(Path(path), columns, lines, names)


def _written_number(cell: Value) -> float | None:
    """-1 and -9 stand for "missing" in line lists; in a column of numbers they are numbers."""
    text = cell_text(cell).strip()
    return float(text) if text.removeprefix("-").isdecimal() else None


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char not in " _-\ufeff")
