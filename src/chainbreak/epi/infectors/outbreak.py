"""What is known of an outbreak when one asks who infected whom (疫情已知事实)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chainbreak.epi.infectors.arrays import Floats, Strings, Whole


@dataclass(frozen=True)
class Stays:
    """Stays of cases at places (轨迹); `case` and `place` are numbers, times in days, half-open."""

    case: Whole  # (stays,) index of the case
    place: Whole
    arrived: Floats
    left: Floats
    kinds: Sequence[str]  # names of the kinds of places
    kind_of_place: Whole  # (places,)


@dataclass(frozen=True)
class Outbreak:
    """Cases and what is known of them; any part but the ids may be missing.

    Args:
        ids: one a case.
        onset: (cases,) day of onset, a whole number (the day begins there); nan where unknown or without symptoms.
        sample: (cases,) time in days before which the infection happened; nan where unknown.
        isolated: (cases,) time in days from which the case could hardly infect; nan where unknown.
        travelled: (cases,) 1 noted as come from outside, 0 not; -1 nobody asked.
        genomes: id -> aligned sequence, all of one length; N and anything but A, C, G, T is ignored.
        contacts: pairs of indices that were named as contacts (from, to).
        directed: a contact is named from infector to infectee.
    """

    ids: Sequence[str]
    onset: Floats
    sample: Floats
    isolated: Floats | None = None
    travelled: Whole | None = None
    genomes: Mapping[str, str] = field(default_factory=dict)
    contacts: Whole | None = None  # (pairs, 2)
    directed: bool = False
    stays: Stays | None = None

    def __post_init__(self) -> None:
        if len(set(self.ids)) != len(self.ids):
            raise ValueError("ids must differ")
        for name in ("onset", "sample"):
            if np.shape(getattr(self, name)) != (len(self.ids),):
                raise ValueError(f"{name} must have one value a case; got {np.shape(getattr(self, name))}")
        if bool(np.any(np.isnan(self.onset) & np.isnan(self.sample))):
            raise ValueError("each case must have an onset or a sample")


def codes(sequences: Sequence[str]) -> Whole:
    """Letters as numbers, A 0 C 1 G 2 T 3, anything else -1; shape (sequences, length)."""
    table = np.full(256, -1, np.int8)
    for number, letters in enumerate(("Aa", "Cc", "Gg", "TtUu")):
        for letter in letters:
            table[ord(letter)] = number
    rows: list[Strings] = [table[np.frombuffer(text.encode("ascii", "replace"), np.uint8)] for text in sequences]
    return np.array(rows)
