"""What an identity number in a file says about its owner, and what is wrong with it (身份证号码)."""

import re
from dataclasses import dataclass
from datetime import date

from chainbreak.epi import identity_number
from chainbreak.exchange.values import plain

_CODES = {
    "length": "id_number_malformed",
    "characters": "id_number_malformed",
    "area": "id_number_malformed",
    "birth_date": "id_birth_date",
    "birth_in_future": "id_birth_date",
    "check": "id_check_digit",
}
_OTHER_DOCUMENT = re.compile(r"[A-Z]{1,3}\d{6,10}[A-Z]?")  # a passport, a permit


@dataclass(frozen=True)
class IdNumber:
    """The number made plain; birth date and sex where it is valid; the code of what is wrong."""

    number: str
    birth_date: date | None = None
    sex: str | None = None
    code: str | None = None


def read_id_number(value: object) -> IdNumber:
    """An identity number of 18 characters; an old one of 15 digits or another document is taken as it stands."""
    number = identity_number.normalise(plain(value))
    wrong = identity_number.problem(number, as_of=date.max)
    if wrong is None:
        said = identity_number.read(number, as_of=date.max)
        return IdNumber(number, said.birth_date, said.sex)
    if wrong in ("empty", "fifteen_digits") or _OTHER_DOCUMENT.fullmatch(number):
        return IdNumber(number)
    return IdNumber(number, code=_CODES[wrong])
