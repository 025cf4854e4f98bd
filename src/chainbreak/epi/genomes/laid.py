"""A genome written as what it differs in from the reference (与参考序列的差异), and read back from it.

So a stored genome needs no letters for a distance: the reference, its substitutions, deletions and unread places are enough.
Places count from 1. Insertions do not lie on the reference and take no part in a distance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .alignment import Aligned
from .bases import GAP, LETTERS, UNCERTAIN

_SUBSTITUTION = re.compile(r"[A-Z](\d+)([ACGT])\Z")


@dataclass(frozen=True)
class Written:
    """`C241T G28881A`, `21633:9` (first place, bases), `2204:AGG` (place after which, letters), `1:54` (first, places)."""

    substitutions: str
    deletions: str
    insertions: str
    unread: str


def write(laid: Aligned, reference: np.ndarray) -> Written:
    """What the genome differs in; gaps before its first and after its last base were not read.

    >>> from .bases import codes_of
    >>> write(Aligned(codes_of("--CNA-T"), ((3, "GG"),)), codes_of("ACCACCT"))
    Written(substitutions='C5A', deletions='6:1', insertions='3:GG', unread='1:2 4:1')
    """
    codes = laid.codes.copy()
    there = np.flatnonzero(codes < UNCERTAIN)
    if there.size:
        codes[: there[0]] = np.where(codes[: there[0]] == GAP, UNCERTAIN, codes[: there[0]])
        codes[there[-1] + 1 :] = UNCERTAIN
    else:
        codes[:] = UNCERTAIN
    other = np.flatnonzero((codes < UNCERTAIN) & (codes != reference))
    return Written(
        " ".join(f"{LETTERS[reference[at]]}{at + 1}{LETTERS[codes[at]]}" for at in other.tolist()),
        _runs(codes == GAP),
        " ".join(f"{place}:{letters}" for place, letters in laid.insertions),
        _runs(codes == UNCERTAIN),
    )


def read(written: Written, reference: np.ndarray) -> np.ndarray:
    """The genome as it lies on the reference; shape (places,), uint8 as in `bases`.

    Raises:
        ValueError: it was not written against a reference of this length.
    """
    codes = np.where(reference < UNCERTAIN, reference, UNCERTAIN).astype(np.uint8)
    try:
        for word in written.substitutions.split():
            found = _SUBSTITUTION.match(word)
            if found is None:
                raise ValueError(f"a substitution is written like C241T; got {word!r}")
            codes[int(found[1]) - 1] = LETTERS.index(found[2])
        for text, code in ((written.deletions, GAP), (written.unread, UNCERTAIN)):
            for word in text.split():
                start, _, length = word.partition(":")
                if int(start) - 1 + int(length) > codes.size:
                    raise IndexError(word)
                codes[int(start) - 1 : int(start) - 1 + int(length)] = code
    except IndexError:
        raise ValueError(f"written against another reference than one of {codes.size} places") from None
    return codes


def _runs(mask: np.ndarray) -> str:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.view(np.int8), [0]))))
    return " ".join(f"{start + 1}:{stop - start}" for start, stop in zip(edges[::2], edges[1::2], strict=True))
