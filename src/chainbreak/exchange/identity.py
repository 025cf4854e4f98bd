"""What the number of a resident identity card says about its owner (身份证号码)."""

import re
from dataclasses import dataclass
from datetime import date

from chainbreak.exchange.values import plain

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


@dataclass(frozen=True)
class IdNumber:
    """The number made plain; birth date and sex where its check digit holds; the code of what is wrong."""

    number: str
    birth_date: date | None = None
    sex: str | None = None
    code: str | None = None


def read_id_number(value: object) -> IdNumber:
    """An identity number after GB 11643: form, birth date, check digit (ISO 7064 MOD 11-2).

    A passport or another document (no 15 or 18 characters of digits) is taken as it stands.
    """
    number = re.sub(r"[\s'`-]", "", plain(value)).upper()
    if re.fullmatch(r"\d{15}", number):
        birth = _day("19" + number[6:12])
        return IdNumber(number, birth, _sex(number[14]), None if birth else "id_birth_date")
    if not re.fullmatch(r"\d{17}[\dX]", number):
        document = re.fullmatch(r"[A-Z]{1,3}\d{6,10}[A-Z]?", number)
        return IdNumber(number, code=None if document else "id_number_malformed")
    if _CHECK[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] != number[17]:
        return IdNumber(number, code="id_check_digit")
    birth = _day(number[6:14])
    return IdNumber(number, birth, _sex(number[16]), None if birth else "id_birth_date")


def _sex(digit: str) -> str:
    return "male" if int(digit) % 2 else "female"


def _day(text: str) -> date | None:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return day if day.year >= 1880 else None
