"""What a genome differs in from the reference, and how good it is (突变与质量)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bases import GAP, LETTERS, UNCERTAIN


@dataclass(frozen=True)
class Quality:
    """How much of a genome can be used."""

    length: int  # letters, gaps not counted
    n_share: float  # of N among them; 1 where there are none
    ambiguous: int  # other uncertain letters
    coverage: float | None  # share of the reference with a certain base or a gap


@dataclass(frozen=True)
class Calls:
    """Differences from the reference, places from 1: C241T; deletions (first place, bases); insertions (after, letters)."""

    substitutions: tuple[str, ...]
    deletions: tuple[tuple[int, int], ...]
    insertions: tuple[tuple[int, str], ...]


def quality(sequence: str, codes: np.ndarray | None = None) -> Quality:
    """How much of the sequence can be used; `codes` is it laid on the reference."""
    letters = sequence.replace("-", "").replace(".", "")
    n = letters.count("N")
    certain = sum(letters.count(base) for base in "ACGTU")
    return Quality(
        length=len(letters),
        n_share=n / len(letters) if letters else 1.0,
        ambiguous=len(letters) - n - certain,
        coverage=float((codes != UNCERTAIN).mean()) if codes is not None and codes.size else None,
    )


def calls(codes: np.ndarray, reference: np.ndarray, insertions: tuple[tuple[int, str], ...] = ()) -> Calls:
    """Substitutions between certain bases, gaps inside the genome, insertions.

    >>> from .bases import codes_of
    >>> calls(codes_of("ANGA-T"), codes_of("ACGTCT")).substitutions
    ('T4A',)
    """
    both = (codes < UNCERTAIN) & (reference < UNCERTAIN)
    places = np.flatnonzero(both & (codes != reference))
    named = tuple(f"{LETTERS[reference[at]]}{at + 1}{LETTERS[codes[at]]}" for at in places.tolist())
    gap = (codes == GAP) & (reference != GAP)
    covered = np.flatnonzero(codes < UNCERTAIN)
    if covered.size:
        gap[: covered[0]] = False
        gap[covered[-1] + 1 :] = False
    edges = np.flatnonzero(np.diff(np.concatenate(([0], gap.view(np.int8), [0]))))
    runs = tuple((int(start) + 1, int(stop - start)) for start, stop in zip(edges[::2], edges[1::2], strict=True))
    certain = tuple((place, letters) for place, letters in insertions if set(letters) - {"N"})
    return Calls(named, runs if covered.size else (), certain)
