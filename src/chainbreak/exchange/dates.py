"""One written date, in any style of the field (日期写法).

`shape_of` says what was written; `resolve` makes it a date under the rule that the whole column obeys
(`date_columns.py` finds that rule).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
UNIX_DAYS = range(7_305, 29_220)  # 1990-01-01 … 2049: days since 1970-01-01
EXCEL_DAYS = range(32_874, 54_789)  # 1990-01-01 … 2049: days since 1899-12-30
MISSING = {
    *(
        "",
        "-",
        "--",
        "---",
        "—",
        "——",
        "/",
        "\\",
        ".",
        "?",
        "??",
        "n/a",
        "na",
        "n.a.",
        "nan",
        "nat",
        "null",
        "none",
    ),
    *(
        "unknown",
        "unk",
        "not known",
        "missing",
        "nd",
        "未知",
        "不详",
        "不明",
        "无",
        "待查",
        "待核实",
        "暂无",
        "空",
    ),
    *("-1", "-9", "-99", "-999", "-9999", "99/99/9999", "0000-00-00", "1900-01-00"),
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ],
        1,
    )
    for name in names.split()
}
_MONTH = "(?P<mon>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR, _MONTHS_DAY, _SEP = r"(?P<y>\d{4}|\d{2})(?!\d)", r"(?P<d>\d{1,2})(?:st|nd|rd|th)?(?!\d)", r"\s*[-/.]\s*"
_PATTERNS = [
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("ymd", r"(?P<y>\d{4})\s*(?P<sep>[-/.])\s*(?P<m>\d{1,2})\s*(?P=sep)\s*(?P<d>\d{1,2})(?!\d)"),
        ("ymd", r"(?P<y>\d{4}|\d{2})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})(?!\d)\s*[日号]?"),
        ("md", r"(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})(?!\d)\s*[日号]?"),
        ("triple", rf"(?P<a>\d{{1,2}})(?P<s1>{_SEP})(?P<b>\d{{1,2}})(?P<s2>{_SEP})(?P<c>\d{{4}}|\d{{2}})(?!\d)"),
        ("named", rf"{_MONTH}\s*[-/ ]?\s*{_MONTHS_DAY}\s*[-/, ]\s*{_YEAR}"),
        ("named", rf"{_MONTHS_DAY}\s*[-/. ]?\s*{_MONTH}\s*[-/,. ]?\s*{_YEAR}"),
        ("named", rf"(?P<y>\d{{4}})\s*[-/ ]\s*{_MONTH}\s*[-/ ]\s*(?P<d>\d{{1,2}})(?!\d)"),
        ("pair", rf"(?P<a>\d{{1,2}})(?P<s1>{_SEP})(?P<b>\d{{1,2}})(?!\d|{_SEP}\d)"),
    )
]
_TIME = re.compile(
    r"[T,\s]*(?P<half>上午|下午|晚上|晚|凌晨|早上|中午)?\s*(?P<h>\d{1,2})\s*(?:[:时点]\s*(?P<mi>\d{1,2})?\s*分?)"
    r"(?:\s*:?\s*(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?\s*秒?)?"
    r"\s*(?P<ampm>am|pm|a\.m\.|p\.m\.)?\s*(?P<tz>z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?(?:\s*\[[^]]*\])?\Z",
)
_COMPACT = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:[T ]?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?)?\Z"
)
_INCOMPLETE = re.compile(
    r"(19|20)\d{2}\s*年?\Z|(19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*月?\Z|\d{1,2}\s*月\s*[上中下]?旬?\Z|\d{1,2}\s*[-/.]\s*(19|20)\d{2}\Z|"
    + _MONTH.replace("?P<mon>", "?:") + r"\s*,?\s*((19|20)\d{2})?\Z"
)  # fmt: skip
_WEEKDAY = re.compile(
    r"\(?\s*(?:星期|周)[一二三四五六日天]\s*\)?|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b,?"
)


@dataclass(frozen=True)
class Shape:
    """What was written, before it is decided which number is the day."""

    kind: str  # missing typed ymd md triple pair number incomplete unreadable
    parts: tuple[Any, ...] = ()
    time: tuple[int, int, int, int] | None = None  # hour, minute, second, microsecond; hour may be 24
    zone: tzinfo | None = None
    style: str = ""


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


def is_missing(value: Any) -> bool:
    """Nothing was given: empty, or a word for unknown."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return True
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value in (-1, -9, -99, -999, -9999)
    return isinstance(value, str) and unicodedata.normalize("NFKC", value).strip().casefold() in MISSING


def shape_of(value: Any) -> Shape:
    """What kind of date was written."""
    if is_missing(value):
        return Shape("missing")
    if isinstance(value, date):
        return Shape("typed", (value,))
    if isinstance(value, bool):
        return Shape("unreadable")
    if isinstance(value, int | float):
        text = str(int(value)) if float(value).is_integer() else repr(value)
    else:
        text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
        text = text.replace("t", "T") if re.match(r"\d{4}-?\d\d-?\d\dt\d", text) else text
        text = _WEEKDAY.sub(" ", text).strip()
    if compact := _COMPACT.match(text):
        y, m, d, h, mi, s = (int(part) if part else 0 for part in compact.group("y", "m", "d", "h", "mi", "s"))
        return Shape("ymd", (y, m, d), (h, mi, s, 0) if compact["h"] else None, style="compact")
    if re.fullmatch(r"\d+(\.\d+)?", text) and not re.fullmatch(r"\d{1,2}\.\d{1,2}", text):
        return Shape("incomplete") if re.fullmatch(r"(19|20)\d\d", text) else Shape("number", (float(text),))
    if _INCOMPLETE.match(text):
        return Shape("incomplete")
    return _written(text)


def _written(text: str) -> Shape:
    for kind, pattern in _PATTERNS:
        if not (match := pattern.match(text)):
            continue
        rest = text[match.end() :]
        clock = _TIME.match(rest) if rest.strip() else None
        if rest.strip() and not clock:
            continue
        time, zone = _clock(clock) if clock else (None, None)
        found = match.groupdict()
        if kind in ("triple", "pair"):
            style = kind + (found["s1"] + found.get("s2", "") + str(len(found.get("c") or ""))).replace("\t", " ")
            numbers = tuple(int(found[name]) for name in "abc" if found.get(name))
            return Shape(kind, numbers, time, zone, style)
        if kind == "md":
            return Shape("md", (int(found["m"]), int(found["d"])), time, zone)
        month = _MONTHS[found["mon"]] if "mon" in found else int(found["m"])
        year = int(found["y"])
        short = len(found["y"]) == 2
        return Shape(
            "ymd",
            (year, month, int(found["d"])),
            time,
            zone,
            style="short" if short else kind,
        )
    return Shape("unreadable")


def _clock(match: re.Match[str]) -> tuple[tuple[int, int, int, int], tzinfo | None]:
    hour, minute, second = (int(part) if part else 0 for part in match.group("h", "mi", "s"))
    micro = int((match["f"] or "0").ljust(6, "0")[:6])
    afternoon = (match["ampm"] or "").startswith("p") or match["half"] in (
        "下午",
        "晚上",
        "晚",
    )
    if afternoon and hour < 12:
        hour += 12
    elif (match["ampm"] or "").startswith("a") and hour == 12:
        hour = 0
    zone: tzinfo | None = None
    if mark := match["tz"]:
        digits = mark[1:].replace(":", "")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0)) if digits.isdigit() else timedelta()
        zone = timezone(-shift if mark[0] == "-" else shift) if shift else UTC
    return (hour, minute, second, micro), zone


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
    return _at(_nearest(*shape.parts, rule), shape, rule, facts)


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
