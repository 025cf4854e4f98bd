"""What a distance between genomes says of a chain (是否同一传播链): same chain, another, or not to be decided.

Near genomes do not prove a link where everybody's genome is alike; far ones exclude a recent link. So a person decides, and
this gives the number behind it: how probable so many or more differing bases are if both go back to one infection at the
start of the outbreak (Poisson with the pathogen's rate of change over the time since then along both branches).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import poisson

from .pango import is_within

LEAST_COMPARED = 0.5  # of the reference; below it a distance says nothing (decision of this project)
IMPROBABLE = 0.001  # so many bases or more, if of one origin: another chain


class Conclusion(StrEnum):
    """What the genomes say of two cases or of a case and a chain."""

    SAME_CHAIN = "same_chain"
    OTHER = "other"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Verdict:
    """The conclusion with its reason and the numbers behind it."""

    conclusion: Conclusion
    reason: str  # near, far, between, too_little_compared, lineages_differ, no_genome
    distance: int | None
    compared: int | None
    expected_at_most: float | None  # differing bases if of one origin at the start of the outbreak
    p_value: float | None  # of so many or more


def of_pair(
    distance: int,
    compared: int,
    *,
    length: int,
    threshold: int,
    days: float | None = None,
    rate: float | None = None,
    lineages: tuple[str | None, str | None] = (None, None),
) -> Verdict:
    """What the distance of two genomes says.

    Args:
        distance: bases that differ.
        compared: places where both are certain.
        length: places of the reference.
        threshold: distance up to which two genomes count as of one chain.
        days: along both branches since the outbreak began; without it, or `rate`, only twice the threshold is far.
        rate: substitutions per site and year.
        lineages: of the two, None where not known.
    """
    expected = p_value = None
    if days is not None and rate is not None:
        expected = rate * compared * max(days, 0.0) / 365.25
        p_value = float(poisson.sf(distance - 1, expected)) if distance else 1.0

    def say(conclusion: Conclusion, reason: str) -> Verdict:
        return Verdict(conclusion, reason, distance, compared, expected, p_value)

    if compared < LEAST_COMPARED * length:
        return say(Conclusion.INCONCLUSIVE, "too_little_compared")
    if _differ(*lineages):
        return say(Conclusion.OTHER, "lineages_differ")
    if distance <= threshold:
        return say(Conclusion.SAME_CHAIN, "near")
    if distance > 2 * threshold if p_value is None else p_value < IMPROBABLE:
        return say(Conclusion.OTHER, "far")
    return say(Conclusion.INCONCLUSIVE, "between")


def of_chain(
    distances: np.ndarray,
    compared: np.ndarray,
    *,
    length: int,
    threshold: int,
    days: float | None = None,
    rate: float | None = None,
    lineages: tuple[str | None, str | None] = (None, None),
) -> Verdict:
    """What a genome's distances to the members of a chain say: that to the nearest comparable one decides."""
    usable = compared >= LEAST_COMPARED * length
    if not usable.any():
        return Verdict(Conclusion.INCONCLUSIVE, "too_little_compared" if len(compared) else "no_genome", *[None] * 4)
    nearest = int(np.argmin(np.where(usable, distances, np.iinfo(np.int32).max)))
    return of_pair(
        int(distances[nearest]),
        int(compared[nearest]),
        length=length,
        threshold=threshold,
        days=days,
        rate=rate,
        lineages=lineages,
    )


def _differ(one: str | None, other: str | None) -> bool:
    """Two lineages neither of which is a part of the other: BA.2 and BA.1 differ, BA.2 and BA.2.12 do not."""
    return bool(one and other and not is_within(one, other) and not is_within(other, one))
