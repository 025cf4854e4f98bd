"""The letters of a genome as small numbers (碱基编码): A C G T, anything uncertain, a gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

A, C, G, T, UNCERTAIN, GAP = range(6)
LETTERS = "ACGTN-"
IUPAC = {
    "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
KNOWN = frozenset("ACGTU-.?X*" + "".join(IUPAC))
_CODES = np.full(256, UNCERTAIN, dtype=np.uint8)
for _letter, _code in (("A", A), ("C", C), ("G", G), ("T", T), ("U", T), ("-", GAP), (".", GAP)):
    _CODES[ord(_letter)] = _CODES[ord(_letter.lower())] = _code


class NotFasta(ValueError):
    """Text that is no FASTA: the line, and what is wrong there (`code`)."""

    def __init__(self, code: str, line: int, found: str = "") -> None:
        super().__init__(f"line {line}: {code} {found!r}")
        self.code, self.line, self.found = code, line, found


def codes_of(sequence: str) -> np.ndarray:
    """The sequence as numbers 0 to 5, shape (length,), uint8.

    >>> codes_of("ACGTN-r").tolist()
    [0, 1, 2, 3, 4, 5, 4]
    """
    codes: np.ndarray = _CODES[np.frombuffer(sequence.encode("ascii", "replace"), dtype=np.uint8)]
    return codes


def letters_of(codes: np.ndarray) -> str:
    """The letters behind numbers; everything uncertain is N."""
    letters: bytes = np.frombuffer(LETTERS.encode(), dtype=np.uint8)[codes].tobytes()
    return letters.decode()


def read_fasta(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, sequence) of each record, the name up to the first blank, the sequence in capitals.

    Raises:
        NotFasta: as `read_records`.
    """
    for title, letters in read_records(lines):
        yield title.split()[0], letters


def read_records(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(the whole line behind `>`, sequence in capitals) of each record.

    Raises:
        NotFasta: letters before the first `>`, a record without a name, a letter that is no base or protein stands there.
    """
    title: str | None = None
    parts: list[str] = []
    number = 0
    for number, line in enumerate(lines, start=1):
        text = line.strip().lstrip("\ufeff")
        if text.startswith(">"):
            if title is not None:
                yield title, "".join(parts)
            if not text[1:].strip():
                raise NotFasta("no_name", number)
            title, parts = text[1:].strip(), []
        elif text and not text.startswith(";"):
            if title is None:
                raise NotFasta("no_header", number, text[:20])
            text = text.replace(" ", "").upper()
            if odd := set(text) - KNOWN:
                raise NotFasta("no_base", number, min(odd))
            parts.append(text)
    if title is not None:
        yield title, "".join(parts)
