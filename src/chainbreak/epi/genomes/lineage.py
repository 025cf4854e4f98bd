"""The lineage of a genome (谱系、变异株) by a table of defining mutations that the site loads.

A definition fits when enough of its mutations are seen and few places are still as in the reference (its own limits, or
three in four). A sublineage (by the Pango names) takes the place of the lineage it came from only where most of the mutations
that it has besides are there. Among what is left, mutations that few definitions share weigh more (log of the inverse share).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .pango import is_within
from .sites import Seen, Site, seen

LEAST_SHARE = 0.75  # of the sites, where a definition sets no limit of its own
LEAST_READ = 0.5  # of the sites must be certain, else nothing is said
LEAST_OWN = 0.5  # of the mutations a sublineage has besides those of the lineage it came from


@dataclass(frozen=True)
class Definition:
    """One lineage: its mutations and the limits of the call."""

    name: str
    label: str
    lineage: str  # empty: a part of another, not called by itself
    sites: tuple[Site, ...]
    min_alt: int | None = None
    max_ref: int | None = None


@dataclass(frozen=True)
class Score:
    """What a genome shows of one definition."""

    definition: str
    sites: int
    alt: int
    ref: int
    ambiguous: int
    other: int
    not_scored: int
    weight: float  # of the mutations seen, less twice that of those not there
    fits: bool


@dataclass(frozen=True)
class Call:
    """The lineage called, or why none: `fits` says how many definitions did."""

    lineage: str | None
    label: str
    score: Score | None
    fits: int


def scores(codes: np.ndarray, definitions: Sequence[Definition]) -> list[Score]:
    """Every definition against a genome laid on the reference, the best first."""
    weights = _weights(definitions)
    cache: dict[str, Seen] = {}
    found = []
    for definition in definitions:
        shown = []
        for site in definition.sites:
            if site.name not in cache:
                cache[site.name] = seen(site, codes)
            shown.append((site, cache[site.name]))
        times = Counter(what for _, what in shown)
        weight = sum(weights[site] for site, what in shown if what == Seen.ALT)
        weight -= 2 * sum(weights[site] for site, what in shown if what in (Seen.REF, Seen.OTHER))
        n, alt, ref = len(definition.sites), times[Seen.ALT], times[Seen.REF]
        readable = n - times[Seen.NOT_SCORED]
        least = definition.min_alt if definition.min_alt is not None else math.ceil(LEAST_SHARE * readable)
        most = definition.max_ref if definition.max_ref is not None else math.floor((1 - LEAST_SHARE) * readable)
        certain = readable - times[Seen.AMBIGUOUS]
        fits = alt >= max(least, 1) and ref <= most and certain >= LEAST_READ * readable
        found.append(
            Score(
                definition.name, n, alt, ref, times[Seen.AMBIGUOUS], times[Seen.OTHER], times[Seen.NOT_SCORED],
                round(weight, 4), fits,
            )
        )  # fmt: skip
    return sorted(found, key=lambda score: (-score.fits, -score.weight, -score.alt, score.definition))


def call(codes: np.ndarray, definitions: Sequence[Definition]) -> Call:
    """The lineage of a genome laid on the reference; None where no definition fits."""
    by_name = {definition.name: definition for definition in definitions}
    fitting = [score for score in scores(codes, definitions) if score.fits and by_name[score.definition].lineage]
    if not fitting:
        return Call(None, "", None, 0)
    pairs = [
        (above, below)
        for above in fitting
        for below in fitting
        if above is not below and _is_below(by_name[below.definition], by_name[above.definition])
    ]
    unproven = {
        below.definition
        for above, below in pairs
        if _own_share(codes, by_name[below.definition], by_name[above.definition]) < LEAST_OWN
    }
    passed = {above.definition for above, below in pairs if below.definition not in unproven}
    best = next((s for s in fitting if s.definition not in unproven | passed), fitting[0])
    return Call(by_name[best.definition].lineage, by_name[best.definition].label, best, len(fitting))


def _is_below(one: Definition, other: Definition) -> bool:
    return one.lineage != other.lineage and is_within(one.lineage, other.lineage)


def _own_share(codes: np.ndarray, below: Definition, above: Definition) -> float:
    """The share of a sublineage's further mutations that the genome has; 0 where it has no further ones."""
    known = {site.what for site in above.sites}
    shown = [seen(site, codes) for site in below.sites if site.what not in known]
    certain = [what for what in shown if what not in (Seen.AMBIGUOUS, Seen.NOT_SCORED)]
    return sum(what == Seen.ALT for what in certain) / len(certain) if certain else 0.0


def _weights(definitions: Iterable[Definition]) -> dict[Site, float]:
    definitions = list(definitions)
    shared = Counter(what for definition in definitions for what in {site.what for site in definition.sites})
    return {
        site: math.log((len(definitions) + 1) / shared[site.what])
        for definition in definitions
        for site in definition.sites
    }
