"""The code word (查询口令) with which a person reads their own status without an account.

It follows from the person's number and the installation's identity key, so that nothing has to be stored, and nobody
can work it out who has not the key:

    word = HMAC-SHA256(key, "code word v1:" + number) to the base of 29 letters and digits, eight places (39 bits)

The alphabet leaves out what is easily confused (0 O, 1 I L, U V). Lost words are told again by whoever may open the
person; a word that got into wrong hands ends with a new identity key of the installation.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ"  # 29 of them: eight give 5e11 words
LENGTH = 8


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"chainbreak code word v1").derive(secret.encode())


def of(number: str) -> str:
    """The code word of a person number, in two groups of four."""
    digest = hmac.new(_key(settings.CHAINBREAK_IDENTITY_KEY), f"code word v1:{number}".encode(), hashlib.sha256)
    value = int.from_bytes(digest.digest()[:8], "big")
    letters = []
    for _place in range(LENGTH):
        value, place = divmod(value, len(LETTERS))
        letters.append(LETTERS[place])
    word = "".join(letters)
    return f"{word[:4]}-{word[4:]}"


def fits(number: str, typed: str) -> bool:
    """Whether a typed word is that of the number; blanks, hyphens and small letters do not matter."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    return hmac.compare_digest(plain.encode(), of(number).replace("-", "").encode())
