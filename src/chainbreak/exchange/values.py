"""Ages, numbers, Ct values and identity numbers as people write them (数值写法)."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from chainbreak.exchange.date_shapes import is_missing
from chainbreak.exchange.header import cell_text

OLDEST = 125
_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
_TEENS = "sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = {word: number for number, word in enumerate(f"{_ONES} {_TEENS}".split())}
_ENGLISH |= {word: 10 * number for number, word in enumerate(_TENS.split(), 2)}
_CHINESE = {char: number for number, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_PER_YEAR = {"year": 1.0, "month": 12.0, "week": 52.1775, "day": 365.25}
_AGE_UNITS = [
    ("month", r"(?:个)?月龄|个月|月|months?|mths?|mos?|m"),
    ("week", r"周龄|周|weeks?|wks?|w"),
    ("day", r"日龄|天|日|days?|d"),
    ("year", r"周岁|岁|years?(?:\s*old)?|yrs?|yo|y/o|y|a"),
]


@dataclass(frozen=True)
class Reading:
    """A value and, where something is to be said about it, the code of the problem."""

    value: Any = None
    code: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Age:
    """An age in years, or the half-open band of years that was given instead."""

    years: float | None = None
    band: tuple[float, float] | None = None


def plain(value: Any) -> str:
    """The text of a cell with full-width characters made plain and blanks around it removed."""
    return unicodedata.normalize("NFKC", cell_text(value)).strip()


def has_full_width(value: Any) -> bool:
    """Digits or letters typed in full width (全角)."""
    return isinstance(value, str) and any("\uff10" <= char <= "\uff5a" for char in value)


def read_number(value: Any) -> Reading:
    """A number; a decimal comma is understood, thousands are cut by comma or blank."""
    if is_missing(value):
        return Reading()
    if isinstance(value, bool):
        return Reading(None, "number_unreadable", {"value": str(value)})
    if isinstance(value, int | float):
        return Reading(float(value))
    text = plain(value).replace("\u2212", "-")
    if re.fullmatch(r"[+-]?\d{1,3}([, ]\d{3})+(\.\d+)?", text):
        text = re.sub(r"[, ]", "", text)
    elif re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text.lower()):
        return Reading(float(text))
    return Reading(None, "number_unreadable", {"value": cell_text(value)})


def read_count(value: Any) -> Reading:
    """A number of people or things: whole, not negative; a dash is no count and is said so."""
    if isinstance(value, str) and value.strip() and is_missing(value):
        return Reading(None, "number_unreadable", {"value": value})
    reading = read_number(value)
    if reading.value is None:
        return reading
    if reading.value < 0 or not reading.value.is_integer() or reading.value > 1e9:
        return Reading(None, "number_implausible", {"value": cell_text(value)})
    return Reading(int(reading.value))


def read_ct(value: Any) -> Reading:
    """A cycle threshold; a word in its place is not a value."""
    if is_missing(value):
        return Reading()
    text = re.sub(r"^ct\s*[::=]?\s*", "", plain(value).casefold())
    reading = read_number(text)
    if reading.value is None:
        return Reading(None, "ct_not_number", {"value": cell_text(value)})
    if not 3 <= reading.value <= 50:
        return Reading(reading.value, "ct_implausible", {"value": text})
    return reading


def read_age(value: Any) -> Reading:
    """An age: 46, 46岁, 8个月, 1岁3个月, 10s, 60-69, ≥80, seventy-four, 四十六; the value is an `Age`."""
    if is_missing(value):
        return Reading(Age())
    text = plain(value).casefold().replace("\u2212", "-")
    facts = {"value": cell_text(value)}
    text = re.sub(r"[一二两三四五六七八九十]+(?=个?月|周龄|天)", lambda found: str(_chinese(found[0])), text)
    number = read_number(text)
    if number.value is not None:
        return Reading(Age(number.value)) if 0 <= number.value <= OLDEST else Reading(Age(), "age_impossible", facts)
    for found in (_with_units(text), _band(text)):
        if found is not None:
            top = found.years if found.years is not None else (found.band or (0, 0))[0]
            return Reading(found) if 0 <= top <= OLDEST else Reading(Age(), "age_impossible", facts)
    core = re.sub(r"\s*(周岁|岁|years?( old)?|yrs?)\s*\Z", "", text)
    words = _english(core)
    words = _chinese(core) if words is None else words
    if words is not None and words <= OLDEST:
        return Reading(Age(float(words)), "age_in_words", {**facts, "age": words})
    return Reading(Age(), "age_unreadable", facts)


def _with_units(text: str) -> Age | None:
    if text in ("半岁", "half a year"):
        return Age(0.5)
    total, rest, found = 0.0, text, False
    while rest:
        for unit, words in _AGE_UNITS:
            if match := re.match(rf"\s*(\d+(?:\.\d+)?)\s*(?:{words})(?![a-z])[\s,零又]*", rest):
                total += float(match[1]) / _PER_YEAR[unit]
                rest, found = rest[match.end() :], True
                break
        else:
            return Age(total + 0.5) if found and rest.strip() == "半" else None
    return Age(round(total, 4)) if found else None


def _band(text: str) -> Age | None:
    text = re.sub(r"周岁|岁|years?( old)?|yrs?", "", text).replace(" ", "")
    if match := re.fullmatch(r"(\d{1,3})'?s|(\d{1,3})多", text):
        low = int(match[1] or match[2])
        return Age(band=(low, low + 10))
    if match := re.fullmatch(r"(\d{1,3})(?:-|–|—|~|to|至|到)(\d{1,3})", text):
        low, high = int(match[1]), int(match[2])
        return Age(band=(low, high + 1)) if low <= high else None
    if match := re.fullmatch(r"(?:>|≥|>=)(\d{1,3})|(\d{1,3})(?:\+|以上|及以上|andover|orover)", text):
        low = int(match[1] or match[2])
        return Age(band=(low + (1 if text[0] == ">" and text[1] != "=" else 0), OLDEST + 1))
    if match := re.fullmatch(r"(?:<|under|不满|未满)(\d{1,3})|(\d{1,3})(?:以下)", text):
        return Age(band=(0, int(match[1] or match[2])))
    return None


def _english(text: str) -> int | None:
    words = [word for word in re.split(r"[\s-]+", text) if word != "and"]
    if not words or any(word not in _ENGLISH and word != "hundred" for word in words):
        return None
    total = last = 0
    for word in words:
        if word == "hundred":
            total, last = max(total, 1) * 100, 0
        elif last and (last < 20 or _ENGLISH[word] >= 10):
            return None  # "eight nine" and "twenty thirty" are no numbers
        else:
            total, last = total + _ENGLISH[word], _ENGLISH[word]
    return total


def _chinese(text: str) -> int | None:
    match = re.fullmatch(
        r"(?:([一二两三四五六七八九])百零?)?(?:([一二三四五六七八九]?)十)?([零〇一二三四五六七八九两]?)",
        text,
    )
    if not text or not match:
        return None
    hundreds = _CHINESE[match[1]] * 100 if match[1] else 0
    tens = (_CHINESE[match[2]] if match[2] else 1) * 10 if "十" in text else 0
    return hundreds + tens + (_CHINESE[match[3]] if match[3] else 0)


def is_rounded_number(value: Any) -> bool:
    """A long number that a spreadsheet has rounded: 4.11199E+17, or an 18-digit number cell."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) >= 1e15
    return isinstance(value, str) and bool(re.fullmatch(r"\d(\.\d+)?[eE]\+?1[4-9]", value.strip()))
