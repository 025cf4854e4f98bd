"""Observed delays out of tables (间隔数据): two dates of a row, windows of dates, or the dates of both ends of a link.

A day D is the time from its begin to its end; a window A, B is from the begin of A to the end of B. Numbers are days on a
clock of the table's own and are taken as they are. What cannot be used is counted by its reason and left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from chainbreak.epi.delays.observe import Observations, observations
from chainbreak.exchange import given
from chainbreak.exchange.given import Given
from chainbreak.exchange.problems import Unreadable
from chainbreak.governance import words
from chainbreak.governance.refusal import Refused

Window = tuple[float, float]
IDS = ("id", "case_id", "case_no", "person_id", "case", "病例编号", "编号")
FROM = ("from", "infector", "infector_id", "source", "source_case_id", "传染者")
TO = ("to", "infectee", "infectee_id", "target", "case_id", "case", "被感染者")

words.register(
    {
        "case_twice": gettext_noop(
            "%(path)s, line %(line)s: the case %(value)s is there twice. Remove one of them, or name the column of ids."
        ),
        "no_delays": gettext_noop("%(path)s: no row has both dates. Check the names of the columns: %(columns)s."),
        "too_few_delays": gettext_noop(
            "%(path)s: %(n)s delays, of %(different)s lengths, are too few to fit a distribution. "
            "The observed values are all that can be said."
        ),
    }
)


@dataclass
class Delays:
    """Windows of the first and second event of each person, in days on one clock, and what was left out.

    second[i][1] is infinite where it had not happened yet. horizon: see `epi.delays.observe.observations`.
    """

    first: list[Window]
    second: list[Window]
    lines: list[int]
    left_out: dict[str, list[int]] = field(default_factory=dict)  # reason -> lines
    horizon: float | None = None

    def observed(self) -> Observations:
        """As the likelihood takes them."""
        return observations(self.first, self.second, horizon=self.horizon)

    @property
    def plain(self) -> list[float]:
        """Second minus first, in days, where both happened: of days, the plain difference of their dates."""
        return [
            (two[0] + two[1] - one[0] - one[1]) / 2
            for one, two in zip(self.first, self.second, strict=True)
            if two[1] != float("inf")
        ]


def read_windows(path: Path | str) -> Delays:
    """Pairs with windows in days: EL, ER of the first event, SL, SR of the second.

    Raises:
        Unreadable: a column is missing or a cell is no number.
        Refused: no row has all four.
    """
    return read_rows(path, ("EL", "ER"), ("SL", "SR"))


def read_rows(
    path: Path | str, first: Sequence[str], second: Sequence[str], *, date_format: str | None = None,
    longest: float | None = None, censored_at: date | None = None, truncated_at: date | None = None,
) -> Delays:  # fmt: skip
    """Delays within the rows of one table.

    Args:
        first, second: one column, or two for the begin and the end of a window.
        longest: a window without a begin begins so many days before its end; without this its row is left out.
        censored_at: who has no second date had not had it by the end of this day; without this the row is left out.
        truncated_at: nobody whose second event came after the end of this day could be in the table.
    """
    names = list(dict.fromkeys([*first, *second]))
    table = given.read(path, required=names)
    columns = {name: _times(table, name, date_format) for name in names}
    dated = any(isinstance(value, date) for values in columns.values() for value in values)
    ones = _windows([columns[name] for name in first], longest)
    twos = _windows([columns[name] for name in second], None)
    found = _kept(table, ones, twos, censored_at if dated else None, truncated_at if dated else None)
    if not found.first:
        raise Refused("no_delays", path=str(path), columns=", ".join(names))
    return found


def read_pairs(
    path: Path | str, pairs: Path | str, on: str, *, id_column: str | None = None, date_format: str | None = None,
    truncated_at: date | None = None,
) -> Delays:  # fmt: skip
    """Delays along links: from the infector's date to the infectee's (the serial interval, when `on` is the onset).

    Raises:
        Unreadable: a column is missing, or a cell cannot be read.
        Refused: no link has both dates, or a case is in the table twice.
    """
    people = given.read(path, required=["id", on], aliases={"id": (id_column,) if id_column else IDS})
    links = given.read(pairs, required=["from", "to"], aliases={"from": FROM, "to": TO})
    ids = people.texts("id", needed=True)
    days = dict(zip(ids, _times(people, on, date_format), strict=True))
    if len(days) < len(ids):
        twice = next(row for row, number in enumerate(ids) if number in ids[:row])
        raise Refused("case_twice", path=str(path), line=people.lines[twice], value=ids[twice])
    ones, twos, unknown = [], [], []
    ends = zip(links.texts("from", needed=True), links.texts("to", needed=True), links.lines, strict=True)
    for infector, infectee, line in ends:
        if infector not in days or infectee not in days:
            unknown.append(line)
        ones.append(_window([days.get(infector)], None))
        twos.append(_window([days.get(infectee)], None))
    found = _kept(links, ones, twos, None, truncated_at)
    if unknown:
        found.left_out["unknown_case"] = unknown
        found.left_out["date_missing"] = [
            line for line in found.left_out.get("date_missing", []) if line not in set(unknown)
        ]
    if not found.first:
        raise Refused("no_delays", path=str(pairs), columns=on)
    return found


def _times(table: Given, name: str, date_format: str | None) -> list[Any]:
    """A column of numbers where all cells are numbers, of dates otherwise."""
    if date_format is None:
        try:
            numbers = table.numbers(name)
        except Unreadable:
            numbers = None
        if numbers is not None and all(number is None or abs(number) < 10_000 for number in numbers):
            return numbers
    return table.dates(name, date_format=date_format)


def _windows(columns: list[list[Any]], longest: float | None) -> list[Window | None]:
    return [_window(list(values), longest) for values in zip(*columns, strict=True)]


def _window(values: list[Any], longest: float | None) -> Window | None:
    """The window of one event; None where it is not known."""
    begin, end = values[0], values[-1]
    if end is None:
        return None
    high = end.toordinal() + 1.0 if isinstance(end, date) else float(end)
    if begin is None:
        return (high - longest, high) if longest else None
    return (float(begin.toordinal()) if isinstance(begin, date) else float(begin), high)


def _kept(
    table: Given,
    ones: list[Window | None],
    twos: list[Window | None],
    censored_at: date | None,
    truncated_at: date | None,
) -> Delays:
    """The pairs that can be used, and why the others cannot."""
    found = Delays([], [], [], horizon=None if truncated_at is None else truncated_at.toordinal() + 1.0)
    wait = None if censored_at is None else censored_at.toordinal() + 1.0
    for one, two, line in zip(ones, twos, table.lines, strict=True):
        if two is None and one is not None and wait is not None:
            two = (max(wait, one[0]), float("inf"))
        elif two is not None and wait is not None and two[1] > wait:
            two = (wait, float("inf"))  # by that day it had not happened
        reason = _wrong(one, two, found.horizon)
        if reason is None and wait is not None and one is not None and one[0] >= wait:
            reason = "after_the_last_day"
        if reason or one is None or two is None:
            found.left_out.setdefault(reason or "date_missing", []).append(line)
            continue
        found.first.append(one)
        found.second.append(two)
        found.lines.append(line)
    return found


def _wrong(one: Window | None, two: Window | None, horizon: float | None) -> str | None:
    if one is None or two is None:
        return "date_missing"
    if one[1] < one[0] or two[1] < two[0]:
        return "window_backwards"
    return "after_the_last_day" if horizon is not None and two[0] >= horizon else None


def names(path: Path | str) -> list[str]:
    """The columns of a table, as written."""
    return given.read(path).names
