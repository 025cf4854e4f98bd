"""A column of days of which some cells are no dates (日期列): those are named and left out, the rest is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

from chainbreak.epi.chains.listed import Problem
from chainbreak.exchange.date_shapes import is_missing
from chainbreak.exchange.dates import resolve
from chainbreak.exchange.given import Given
from chainbreak.exchange.header import cell_text
from chainbreak.exchange.problems import Unreadable

WORDS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d"}
ORDERS = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d"}
MOST_UNREADABLE = 0.5  # of a column's dates; with more, the column is refused


def strptime_format(text: str) -> str:
    """A form of dates as strptime has it: %d/%m/%Y, dd/mm/yyyy, dmy.

    Raises:
        ValueError: it names no day, no month or no year.

    >>> strptime_format("dd.mm.yyyy"), strptime_format("ymd")
    ('%d.%m.%Y', '%Y/%m/%d')
    """
    text = ORDERS.get(text.strip().casefold(), text.strip())
    if "%" not in text:
        text = re.sub("yyyy|yy|mm|dd", lambda found: WORDS[found[0]], text.casefold())
    if text not in ("%F", "%x") and not all(re.search(part, text) for part in ("%[Yy]|%j", "%[mbB]|%j", "%d|%j")):
        raise ValueError(f"a form of dates names day, month and year, as dd/mm/yyyy does; got {text!r}")
    return text


def days_of(
    table: Given, name: str, date_format: str | None, ids: Sequence[str | None], problems: list[Problem]
) -> list[date | None]:
    """The column as days; each cell that is no date is named and left out, as long as most can be read."""
    cells = table.columns[name]
    shape = strptime_format(date_format) if date_format else None
    try:
        return _formatted(table, name, shape) if shape else table.dates(name)
    except Unreadable as error:
        if error.facts.get("line") not in table.lines:
            raise
        first = error
    read = _by_format(shape) if shape else _by_rule(table, name)
    found: list[date | None] = []
    bad: dict[int, str] = {}
    for index, cell in enumerate(cells):
        day = None if is_missing(cell) else read(cell)
        if day is None and not is_missing(cell):
            bad[index] = cell_text(cell)
        found.append(day)
    if len(bad) > max(3, MOST_UNREADABLE * len(cells)):
        raise first
    for index, value in sorted(bad.items()):
        case = ids[index]
        facts = {"column": name, "value": value}
        problems.append(Problem("date_unreadable", (case,) if case else (), (table.lines[index],), facts))
    return found


def _by_rule(table: Given, name: str) -> Callable[[object], date | None]:
    rule = table._rule(name, table.columns[name])

    def read(cell: object) -> date | None:
        value = resolve(cell, rule).value
        return value.date() if isinstance(value, datetime) else value

    return read


def _by_format(shape: str) -> Callable[[object], date | None]:
    def read(cell: object) -> date | None:
        if isinstance(cell, date):
            return cell.date() if isinstance(cell, datetime) else cell
        try:
            return datetime.strptime(cell_text(cell).strip(), shape).date()  # noqa: DTZ007 only the day is kept
        except ValueError:
            return None

    return read


def _formatted(table: Given, name: str, shape: str) -> list[date | None]:
    """By the form that was told; a time of day after the day is left aside."""
    if " " not in shape and "T" not in shape:
        table.columns[name] = list(_without_time(table.columns[name]))
    return table.dates(name, date_format=shape)


def _without_time(cells: Sequence[object]) -> Iterator[object]:
    for cell in cells:
        if isinstance(cell, str):
            yield re.sub(r"(?<=\d)[T ]\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$", "", cell.strip())
        else:
            yield cell
