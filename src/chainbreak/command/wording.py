"""How numbers, days and names are put into a bulletin's sentences, in both languages (通报用语)."""

from __future__ import annotations

from datetime import date

_ZH = "零一二三四五六七八九"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ORDINALS = ("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ZH_LEVELS = ("自治县", "县", "区", "市", "省")
_EN_LEVELS = (" County", " District", " City", " Province")


def zh_number(number: int) -> str:
    """A small number in Chinese characters, as in 第四轮: 4 is 四, 12 is 十二, 100 and more stay digits."""
    if not 0 <= number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if not tens:
        return _ZH[ones]
    return ("" if tens == 1 else _ZH[tens]) + "十" + (_ZH[ones] if ones else "")


def en_ordinal(number: int) -> str:
    """fourth, 11th, 22nd."""
    if 0 <= number < len(_ORDINALS):
        return _ORDINALS[number]
    tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def en_number(number: float) -> str:
    """5,806."""
    return f"{number:,}"


def en_count(number: int, one: str, many: str) -> str:
    """1 confirmed case, 5,806 confirmed cases."""
    return f"{en_number(number)} {one if number == 1 else many}"


def zh_day(day: date) -> str:
    """3月28日."""
    return f"{day.month}月{day.day}日"


def en_day(day: date) -> str:
    """28 March."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def zh_stem(name: str) -> str:
    """The name of an area without its level: 临颍县 is 临颍; names of two characters stay."""
    for level in _ZH_LEVELS:
        if name.endswith(level) and len(name) - len(level) >= 2:
            return name.removesuffix(level)
    return name


def en_stem(name: str) -> str:
    """Linying County is Linying."""
    for level in _EN_LEVELS:
        if name.endswith(level):
            return name.removesuffix(level)
    return name


def en_list(words: list[str]) -> str:
    """a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
