"""What a written date looks like, before it is decided which number is the day (日期写法识别)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, timedelta, timezone, tzinfo
from math import isnan
from typing import Any

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
