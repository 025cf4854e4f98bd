"""One written date, in any style of the field, made a day or an instant (日期).

`shape_of` says what was written; `resolve` makes it a date under the rule that the whole column obeys
(`date_columns.py` finds that rule).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from chainbreak.exchange.date_shapes import Shape, shape_of

ZONE = ZoneInfo("Asia/Shanghai")
UNIX_DAYS = range(7_305, 29_220)  # 1990-01-01 … 2049: days since 1970-01-01
EXCEL_DAYS = range(32_874, 54_789)  # 1990-01-01 … 2049: days since 1899-12-30


@dataclass(frozen=True)
class DateRule:
    """How the dates of one column are to be read."""

    orders: dict[str, str | None] = field(default_factory=dict)  # style -> "dmy" | "mdy" | "ymd"; None: not decided
    epoch: str | None = None  # "unix" | "excel": numbers count days from there
    anchor: date | None = None  # a date without a year falls into the year nearest to this
    default_year: int | None = None
    midnight_is_day: bool = False
    zone: tzinfo = ZONE
    latest: date | None = None  # two-digit years and orders do not go beyond
    today: date | None = None
    earliest: date | None = None


@dataclass(frozen=True)
class DateReading:
    """A date (or an instant, where a time was written), or the code of what is wrong."""

    value: date | datetime | None
    code: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def resolve(value: Any, rule: DateRule, shape: Shape | None = None) -> DateReading:
    """The date that was written, under the rule of its column; None with a code where it cannot be told."""
    shape = shape or shape_of(value)
    if shape.kind == "missing":
        return DateReading(None)
    facts = {"value": str(value)}
    if shape.kind == "incomplete":
        return DateReading(None, "date_incomplete", facts)
    if shape.kind == "unreadable":
        return DateReading(None, "date_unreadable", facts)
    if shape.kind == "typed":
        return DateReading(_typed(shape.parts[0], rule))
    if shape.kind == "number":
        found = _from_number(shape.parts[0], rule)
        return DateReading(found) if found else DateReading(None, "date_unreadable", facts)
    if shape.kind == "md":
        return _without_year(shape, rule, facts)
    if shape.kind == "ymd":
        year, month, day = shape.parts
        if shape.style == "short":
            year = full_year(year, rule.latest)
        return _at(_day(year, month, day), shape, rule, facts)
    return _ordered(shape, rule, facts)


def _ordered(shape: Shape, rule: DateRule, facts: dict[str, Any]) -> DateReading:
    readings = readings_of(shape, rule)
    order = rule.orders.get(shape.style)
    if order in readings:
        return _at(readings[order], shape, rule, facts)
    days = set(readings.values())
    if len(days) == 1:
        found = _at(days.pop(), shape, rule, facts)
        if found.code is None and len(readings) == 1 and shape.style in rule.orders:
            return DateReading(
                found.value,
                "date_order_mixed",
                {**facts, "reading": next(iter(readings))},
            )
        return found
    if not days:
        if shape.kind == "pair" and not rule.anchor and not rule.default_year:
            return DateReading(None, "year_missing", facts)
        return DateReading(None, "date_impossible", facts)
    words = " / ".join(day.isoformat() for day in sorted(days))
    return DateReading(None, "date_ambiguous", {**facts, "readings": words})


def readings_of(shape: Shape, rule: DateRule) -> dict[str, date]:
    """order -> the day that a triple like 3/4/2020 (or a pair like 3/4) is in this order; impossible ones left out."""
    found: dict[str, date | None] = {}
    if shape.kind == "pair":
        a, b = shape.parts
        found = {"dmy": _nearest(b, a, rule), "mdy": _nearest(a, b, rule)}
    else:
        a, b, c = shape.parts
        short = shape.style.endswith("2")
        year = full_year(c, rule.latest) if short else c
        found = {"dmy": _day(year, b, a), "mdy": _day(year, a, b)}
        if short:
            found["ymd"] = _day(full_year(a, rule.latest), b, c)
    return {order: day for order, day in found.items() if day is not None}


def full_year(year: int, latest: date | None) -> int:
    """A two-digit year in the century that does not lie in the future."""
    return 2000 + year if 2000 + year <= (latest.year if latest else 2068) else 1900 + year


def _without_year(shape: Shape, rule: DateRule, facts: dict[str, Any]) -> DateReading:
    if not rule.anchor and not rule.default_year:
        return DateReading(None, "year_missing", facts)
    return _at(_nearest(shape.parts[0], shape.parts[1], rule), shape, rule, facts)


def _nearest(month: int, day: int, rule: DateRule) -> date | None:
    if rule.default_year:
        return _day(rule.default_year, month, day)
    if not rule.anchor:
        return None
    anchor = rule.anchor
    days = [found for year in (-1, 0, 1) if (found := _day(anchor.year + year, month, day))]
    return min(days, key=lambda found: abs((found - anchor).days), default=None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _at(day: date | None, shape: Shape, rule: DateRule, facts: dict[str, Any]) -> DateReading:
    if day is None:
        return DateReading(None, "date_impossible", facts)
    if shape.time is None:
        return DateReading(day)
    hour, minute, second, micro = shape.time
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second or micro)):
        return DateReading(None, "date_impossible", facts)
    if rule.midnight_is_day and shape.time == (0, 0, 0, 0):
        return DateReading(day)
    start = datetime(day.year, day.month, day.day, tzinfo=shape.zone or rule.zone)
    try:
        at = start + timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)
        at = at.astimezone(rule.zone)
    except OverflowError:
        return DateReading(None, "date_impossible", facts)
    return DateReading(at)


def _typed(value: date, rule: DateRule) -> date | datetime:
    """A date cell of a workbook or a Parquet file."""
    if not isinstance(value, datetime):
        return value
    midnight = (value.hour, value.minute, value.second, value.microsecond) == (
        0,
        0,
        0,
        0,
    )
    if midnight and (value.tzinfo is None or rule.midnight_is_day):
        return value.date()
    return value.astimezone(rule.zone) if value.tzinfo else value.replace(tzinfo=rule.zone)


def _from_number(number: float, rule: DateRule) -> date | datetime | None:
    if 1e8 <= number < 4e9 or 1e11 <= number < 4e12:  # seconds or milliseconds since 1970
        return datetime.fromtimestamp(number if number < 4e9 else number / 1000, rule.zone)
    epoch = rule.epoch or ("unix" if int(number) in UNIX_DAYS else "excel" if int(number) in EXCEL_DAYS else None)
    if epoch is None or number >= 1e6:
        return None
    day = date(1970, 1, 1) if epoch == "unix" else date(1899, 12, 30)
    day += timedelta(days=int(number))
    if number.is_integer():
        return day
    midnight = datetime(day.year, day.month, day.day, tzinfo=rule.zone)
    return midnight + timedelta(seconds=round(number % 1 * 86_400))
