"""Days written as whole numbers (以整数表示的日期): 0, 3, -2 from a day nobody named, as simulated and anonymised files have them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from chainbreak.exchange.given import Given
from chainbreak.exchange.problems import Unreadable

MOST = (
    20_000  # numbers from here on are no days of an outbreak, but serial dates of a spreadsheet or dates like 20220324
)
ZERO = date(2000, 1, 1)  # stands for day 0 where dates are reckoned with; never shown


def are_numbers(table: Given, columns: Iterable[str]) -> bool:
    """Whether all that these columns hold are numbers of days, and there is at least one."""
    numbers: list[float] = []
    for name in columns:
        try:
            numbers += [number for number in table.numbers(name) if number is not None]
        except Unreadable:
            return False
    return bool(numbers) and all(abs(number) < MOST for number in numbers)


def as_dates(table: Given, column: str) -> list[date | None]:
    """The days as dates from `ZERO`; a part of a day is left aside."""
    return [None if x is None else ZERO + timedelta(days=int(x // 1)) for x in table.numbers(column)]


def back(value: Any) -> Any:
    """A date from `as_dates` as the number it was; anything else as it is."""
    return (value - ZERO).days if isinstance(value, date) else value
