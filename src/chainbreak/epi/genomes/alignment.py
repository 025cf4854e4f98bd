"""A genome laid on the reference (序列比对): each base at its place, gaps where bases are missing, insertions apart.

Genomes of one outbreak differ little: words of 24 bases that occur once in the reference anchor most of the genome, equal
diagonals between anchors are compared as they stand, and only the pieces where the diagonal changes, and the two ends, are
aligned letter by letter (edlib; Šošić & Šikić, Bioinformatics 2017;33(9):1394-1395). Uncertain letters cost nothing there.
Gaps are shifted to the left as far as they go, as variant files have it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import edlib
import numpy as np

from .bases import GAP, IUPAC, UNCERTAIN, codes_of

WORD, STEP = 24, 20
ONE_GAP = 3  # edits more that one gap may cost than several
DENSE = 0.3  # share of differing bases above which a stretch between two anchors is aligned letter by letter
_EQUAL = [(letter, base) for letter, bases in IUPAC.items() for base in bases]
_STEPS = re.compile(r"(\d+)([=XID])")


class NotAlignable(ValueError):
    """The genome is not one of this reference: too little of it is alike."""


@dataclass(frozen=True)
class Reference:
    """The genome that gives the places (参考基因组)."""

    name: str
    sequence: str

    @cached_property
    def codes(self) -> np.ndarray:
        """Its letters as numbers."""
        return codes_of(self.sequence)

    @cached_property
    def words(self) -> dict[str, int]:
        """Each word of 24 certain bases that occurs once -> its place from 0."""
        places: dict[str, int] = {}
        for start in range(len(self.sequence) - WORD + 1):
            word = self.sequence[start : start + WORD]
            places[word] = -1 if word in places else start
        return {word: start for word, start in places.items() if start >= 0 and not set(word) - set("ACGT")}


@dataclass(frozen=True)
class Aligned:
    """One genome in the places of the reference.

    codes: shape (length of the reference,), uint8 as in `bases`; UNCERTAIN where the genome does not reach.
    insertions: (place after which, from 1; letters that stand there besides).
    """

    codes: np.ndarray
    insertions: tuple[tuple[int, str], ...] = ()


def align(sequence: str, reference: Reference) -> Aligned:
    """The genome laid on the reference.

    Raises:
        NotAlignable: less than half of its certain bases find their like.
    """
    sequence = sequence.replace("-", "").replace(".", "").replace("U", "T").upper()
    laid = np.full(len(reference.sequence), UNCERTAIN, dtype=np.uint8)
    inserted: list[tuple[int, str]] = []
    anchors = _chained(_anchors(sequence, reference.words))
    if not anchors:
        raise NotAlignable(f"no word of {WORD} bases in common with {reference.name}")
    codes = codes_of(sequence)
    first_q, first_r = anchors[0]
    _lay_start(sequence[:first_q], reference.sequence[:first_r], laid, inserted)
    block_q, block_r = first_q, first_r
    for (q, r), (next_q, next_r) in pairwise(anchors):
        if next_q - next_r == q - r and not _is_dense(codes, reference.codes, q + WORD, r + WORD, next_q):
            continue
        laid[block_r:r] = codes[block_q:q]
        _lay(sequence[q:next_q], reference.sequence[r:next_r], r, laid, inserted)
        block_q, block_r = next_q, next_r
    last_q, last_r = anchors[-1][0] + WORD, anchors[-1][1] + WORD
    laid[block_r:last_r] = codes[block_q:last_q]
    _lay_end(sequence[last_q:], reference.sequence[last_r:], last_r, laid, inserted)
    certain = int((codes < UNCERTAIN).sum())
    if 2 * int((laid == reference.codes).sum()) < certain:
        raise NotAlignable(f"less than half of the bases are those of {reference.name}")
    _shift_left(laid, reference.codes)
    return Aligned(laid, tuple(_insertion_shifted(place, letters, reference.sequence) for place, letters in inserted))


def _anchors(sequence: str, words: dict[str, int]) -> list[tuple[int, int]]:
    found = []
    for q in range(0, len(sequence) - WORD + 1, STEP):
        r = words.get(sequence[q : q + WORD])
        if r is not None:
            found.append((q, r))
    return found


def _chained(anchors: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest series of anchors that goes forward in both (longest increasing subsequence)."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, (_, r) in enumerate(anchors):
        place = bisect_left(tails, r)
        before.append(at[place - 1] if place else -1)
        if place == len(tails):
            tails.append(r)
            at.append(index)
        else:
            tails[place], at[place] = r, index
    chain = []
    index = at[-1] if at else -1
    while index >= 0:
        chain.append(anchors[index])
        index = before[index]
    return chain[::-1]


def _is_dense(codes: np.ndarray, reference: np.ndarray, q: int, r: int, until_q: int) -> bool:
    """Whether so many bases differ on the straight way that there must be a shift and a shift back."""
    length = until_q - q
    if length <= WORD:
        return False
    own, other = codes[q:until_q], reference[r : r + length]
    return int(((own != other) & (own < UNCERTAIN) & (other < UNCERTAIN)).sum()) > max(4, DENSE * length)


def _lay(query: str, target: str, start: int, laid: np.ndarray, inserted: list[tuple[int, str]]) -> None:
    """The two pieces from end to end."""
    if not query or not target:
        laid[start : start + len(target)] = GAP
        if query:
            inserted.append((start, query))
        return
    found = edlib.align(query, target, mode="NW", task="path", additionalEqualities=_EQUAL)
    cigar = found["cigar"]
    if (one_gap := _one_gap(query, target)) and one_gap[0] <= found["editDistance"] + ONE_GAP:
        cigar = one_gap[1]
    _walk(cigar, query, start, laid, inserted)


def _one_gap(query: str, target: str) -> tuple[int, str] | None:
    """The way from end to end with all missing or all further bases in one place: its edits, and the way."""
    gap = len(query) - len(target)
    if not gap:
        return None
    short, long = sorted((query, target), key=len)
    a, b = codes_of(short), codes_of(long)
    certain = (a < UNCERTAIN).astype(np.int64)
    left = certain * (a != b[: a.size]) * (b[: a.size] < UNCERTAIN)
    right = certain * (a != b[-a.size :]) * (b[-a.size :] < UNCERTAIN)
    wrong = np.concatenate(([0], np.cumsum(left))) + np.concatenate((np.cumsum(right[::-1])[::-1], [0]))
    at = int(np.argmin(wrong))
    steps = ((at, "="), (abs(gap), "I" if gap > 0 else "D"), (a.size - at, "="))
    return int(wrong[at]) + abs(gap), "".join(f"{n}{step}" for n, step in steps if n)


def _walk(cigar: str, query: str, start: int, laid: np.ndarray, inserted: list[tuple[int, str]]) -> None:
    q, r = 0, start
    for times, step in _STEPS.findall(cigar):
        n = int(times)
        if step == "I":
            inserted.append((r, query[q : q + n]))
            q += n
        elif step == "D":
            laid[r : r + n] = GAP
            r += n
        else:
            laid[r : r + n] = codes_of(query[q : q + n])
            q, r = q + n, r + n


def _lay_start(query: str, target: str, laid: np.ndarray, inserted: list[tuple[int, str]]) -> None:
    """What stands before the first anchor; the genome may begin later than the reference, and what is before it is left."""
    query = query[-(len(target) + WORD) :] if target else ""
    if not query:
        return
    found = edlib.align(query[::-1], target[::-1], mode="SHW", task="path", additionalEqualities=_EQUAL)
    end = found["locations"][0][1] + 1  # of the reversed target: so many letters before the anchor are covered
    steps = _STEPS.findall(found["cigar"])
    while steps and steps[-1][1] in "ID":  # hanging over the end of the reference: no insertion
        n, step = steps.pop()
        query, end = (query[int(n) :], end) if step == "I" else (query, end - int(n))
    cigar = "".join(f"{n}{step}" for n, step in reversed(steps))
    _walk(cigar, query, len(target) - end, laid, inserted)


def _lay_end(query: str, target: str, start: int, laid: np.ndarray, inserted: list[tuple[int, str]]) -> None:
    query = query[: len(target) + WORD] if target else ""
    if not query:
        return
    steps = _STEPS.findall(edlib.align(query, target, mode="SHW", task="path", additionalEqualities=_EQUAL)["cigar"])
    while steps and steps[-1][1] in "ID":
        steps.pop()
    _walk("".join(f"{n}{step}" for n, step in steps), query, start, laid, inserted)


def _shift_left(laid: np.ndarray, reference: np.ndarray) -> None:
    """Gaps as far to the left as the same genome allows."""
    gaps = np.flatnonzero(np.diff(np.concatenate(([0], (laid == GAP).view(np.int8), [0]))))
    for start, stop in zip(gaps[::2].tolist(), gaps[1::2].tolist(), strict=True):
        while start > 0 and laid[start - 1] < UNCERTAIN and laid[start - 1] == reference[stop - 1]:
            laid[stop - 1], laid[start - 1] = laid[start - 1], GAP
            start, stop = start - 1, stop - 1


def _insertion_shifted(place: int, letters: str, reference: str) -> tuple[int, str]:
    while place > 0 and reference[place - 1] == letters[-1]:
        letters = letters[-1] + letters[:-1]
        place -= 1
    return place, letters
