"""Who a number is (身份信息): sealed and opened here, found again by keyed hashes (P-06).

No question is asked here; the door is `people.open_record`. Two keys come out of the installation's one: one
encrypts (AES-256-GCM, every value with its own nonce), one hashes (HMAC-SHA256), so that equal values are found
without being read. A value is bound to its person and its field: moved elsewhere it does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from chainbreak.governance.refusal import Refused

from ..models import Identity, Person

SEALED = ("name", "id_number", "phone", "address")
_VERSION = b"\x01"
RESIDENT = re.compile(r"\d{17}[\dXx]")  # the form of a citizen identity number


@lru_cache(maxsize=4)
def _keys(secret: str) -> tuple[AESGCM, bytes]:
    material = HKDF(hashes.SHA256(), length=64, salt=None, info=b"chainbreak identity v1").derive(secret.encode())
    return AESGCM(material[:32]), material[32:]


def _now() -> tuple[AESGCM, bytes]:
    return _keys(settings.CHAINBREAK_IDENTITY_KEY)


def encrypt(text: str, bound_to: str) -> bytes:
    """A text that only this installation can read, and only as what it was sealed for."""
    nonce = os.urandom(12)
    return _VERSION + nonce + _now()[0].encrypt(nonce, text.encode(), bound_to.encode())


def decrypt(sealed: bytes, bound_to: str) -> str:
    """The text back.

    Raises:
        Refused("identity_unreadable"): another key, another person or field, or somebody changed it.
    """
    sealed = bytes(sealed)
    try:
        if sealed[:1] != _VERSION:
            raise InvalidTag
        return _now()[0].decrypt(sealed[1:13], sealed[13:], bound_to.encode()).decode()
    except (InvalidTag, ValueError):
        raise Refused("identity_unreadable", what=bound_to) from None


def plain_name(name: str) -> str:
    """A name as it is compared: full width made plain, no blanks, no middle dots, no case."""
    return re.sub(r"[\s··•.]+", "", unicodedata.normalize("NFKC", name)).casefold()


def plain_id_number(number: str) -> str:
    """An identity or passport number as it is compared."""
    return re.sub(r"[\s'`-]+", "", unicodedata.normalize("NFKC", number)).upper()


def plain_phone(phone: str) -> str:
    """A phone number as it is compared: digits, without the country's prefix."""
    digits = re.sub(r"\D+", "", unicodedata.normalize("NFKC", phone))
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits.removeprefix("0086")


def name_hash(name: str) -> str:
    return _hash("name", plain_name(name))


def id_number_hash(number: str) -> str:
    return _hash("id_number", plain_id_number(number))


def phone_hash(phone: str) -> str:
    return _hash("phone", plain_phone(phone))


def _hash(field: str, text: str) -> str:
    return hmac.new(_now()[1], f"{field}\x1f{text}".encode(), hashlib.sha256).hexdigest()


def seal(
    person_number: str,
    *,
    name: str | None = None,
    id_number: str | None = None,
    phone: str | None = None,
    address: str | None = None,
) -> dict[str, Any]:
    """The columns of an `Identity` for these values; what is not given stays empty."""

    def sealed(field: str, value: str | None) -> bytes | None:
        return encrypt(value, f"{person_number}:{field}") if value else None

    return {
        "name_cipher": encrypt(name or "", f"{person_number}:name"),
        "name_hash": name_hash(name) if name else "",
        "id_number_cipher": sealed("id_number", id_number),
        "id_number_hash": id_number_hash(id_number) if id_number else None,
        "phone_cipher": sealed("phone", phone),
        "phone_hash": phone_hash(phone) if phone else None,
        "address_cipher": sealed("address", address),
    }


def open(person: Person) -> dict[str, str | None]:  # noqa: A001
    """Name, id number, phone and address of a person, in the clear; {} when nothing is on file."""
    entry = Identity.objects.filter(person=person).first()
    return opened(entry, person.number) if entry else {}


def opened(entry: Identity, number: str) -> dict[str, str | None]:
    """The sealed values of one row, in the clear."""
    found: dict[str, str | None] = {}
    for field in SEALED:
        cipher = getattr(entry, f"{field}_cipher")
        found[field] = decrypt(cipher, f"{number}:{field}") if cipher else None
    return found


def record(
    person: Person, *, at: datetime, birth_date: date | None = None, import_run: Any = None, **values: str
) -> Identity:
    """Put down who a person is, or say more about it; a value that is not given stays as it was."""
    before = open(person)
    merged = {field: values.get(field) or before.get(field) for field in SEALED}
    columns = seal(person.number, **merged) | {"recorded_at": at, "import_run": import_run}
    if birth_date:
        columns["birth_date"] = birth_date
    return Identity.objects.update_or_create(person=person, defaults=columns)[0]


def numbers_of(id_numbers: Iterable[str]) -> dict[str, str]:
    """Identity number → person number, for those on file; what has not the form of one is left out."""
    hashes = {id_number_hash(one): one for one in id_numbers if RESIDENT.fullmatch(one)}
    if not hashes:
        return {}
    found = Identity.objects.filter(id_number_hash__in=list(hashes)).values_list("id_number_hash", "person__number")
    return {hashes[digest]: number for digest, number in found if digest}


def names_of(persons: Iterable[int]) -> dict[int, str]:
    """Person's id → name, for those whose name is on file; whoever asks writes the look down."""
    rows = Identity.objects.select_related("person").filter(person__in=list(persons))
    return {row.person_id: opened(row, row.person.number)["name"] or "" for row in rows}
