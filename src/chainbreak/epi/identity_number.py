"""Citizen identity numbers (公民身份号码) by GB 11643-1999: 18 characters with area, birth date, order and check.

Nothing here stores or logs a number; refusals name what is wrong, never the number itself.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
_REGIONS = {1: "12345", 2: "123", 3: "1234567", 4: "123456", 5: "01234", 6: "12345", 7: "1", 8: "123"}
PROVINCES = frozenset(f"{tens}{unit}" for tens, units in _REGIONS.items() for unit in units)
EARLIEST = date(1850, 1, 1)


@dataclass(frozen=True)
class IdentityNumber:
    """What a valid number says."""

    number: str
    area_code: str  # of the first registration, not of where the person lives
    birth_date: date
    sex: str  # male, female


def normalise(text: str) -> str:
    """The number as it is stored: full-width characters and lower-case x made plain, spaces and hyphens gone.

    >>> normalise(" 11010519491231002ｘ ")
    '11010519491231002X'
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in plain if not c.isspace() and c not in "-‐‑–'")


def check_character(first17: str) -> str:
    """The 18th character that belongs to 17 digits (ISO 7064, MOD 11-2).

    >>> check_character("11010519491231002")
    'X'
    """
    if len(first17) != 17 or not (first17.isascii() and first17.isdigit()):
        raise ValueError(f"wants 17 digits; got {len(first17)} characters")
    return CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, first17, strict=True)) % 11]


def problem(text: str, *, as_of: date) -> str | None:
    """What is wrong with a number, as a code, or None: empty, fifteen_digits, length, characters, area, birth_date,
    birth_in_future, check."""
    number = normalise(text)
    if not number:
        return "empty"
    if len(number) == 15 and number.isdigit():
        return "fifteen_digits"
    if len(number) != 18:
        return "length"
    if not number.isascii() or not number[:17].isdigit() or number[17] not in CHECKS:
        return "characters"
    if number[:2] not in PROVINCES and number[0] != "9":  # 9: permanent residents from abroad
        return "area"
    born = _birth_date(number)
    if born is None or born < EARLIEST:
        return "birth_date"
    if born > as_of:
        return "birth_in_future"
    if number[17] != check_character(number[:17]):
        return "check"
    return None


def read(text: str, *, as_of: date) -> IdentityNumber:
    """A number with what it says.

    Raises:
        ValueError: the number is not valid; says what is wrong and not the number.
    """
    wrong = problem(text, as_of=as_of)
    if wrong is not None:
        raise ValueError(f"not an identity number: {wrong}")
    number = normalise(text)
    born = _birth_date(number)
    if born is None:  # problem() has seen to it
        raise ValueError("not an identity number: birth_date")
    return IdentityNumber(number, number[:6], born, "male" if int(number[16]) % 2 else "female")


def _birth_date(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
