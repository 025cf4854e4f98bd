"""The stored genomes of an outbreak as one set (本轮疫情基因组集合): quality, distances, clusters, tree, verdicts.

Read out of what each differs in from the reference; letters are only read where the reference is not known any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Q

from chainbreak.epi.genomes import clusters, distance, laid, verdict
from chainbreak.epi.genomes.alignment import NotAlignable, Reference, align
from chainbreak.epi.genomes.bases import UNCERTAIN
from chainbreak.epi.genomes.sites import genome as of_the_pathogen
from chainbreak.epi.genomes.verdict import LEAST_COMPARED, Verdict
from chainbreak.governance.selectors.generation import Kept

from ..models import Genome, Outbreak

ZONE = ZoneInfo("Asia/Shanghai")
SARS_COV_2 = ("covid19", "sars-cov-2")  # begin of the names of its disease
_kept = Kept((Genome,), most=8)


@dataclass(frozen=True)
class GenomeSet:
    """All genomes of an outbreak that are known; rows and columns of the matrices stand in the order of `rows`."""

    rows: list[Genome]  # without letters; those of cases first, the reference of nobody's left out
    reference: str
    places: int
    distances: np.ndarray
    compared: np.ndarray
    rate: float | None  # substitutions per site and year; None: not known of this pathogen
    since: date  # first day that branches can go back to

    @property
    def usable(self) -> np.ndarray:
        """Whether enough was compared for a distance to mean anything; shape (n, n)."""
        found: np.ndarray = self.compared >= LEAST_COMPARED * max(self.places, 1)
        return found

    def clusters(self, threshold: int) -> list[list[int]]:
        """Groups joined by neighbours at most so many bases apart, the largest first (single linkage)."""
        return clusters.single_linkage(self.distances, self.usable, threshold)

    def tree(self) -> list[tuple[int, int, int]]:
        """The shortest tree over all that can be compared: (a, b, differing bases)."""
        return clusters.spanning_tree(self.distances, self.usable)

    def of_pair(self, a: int, b: int, threshold: int) -> Verdict:
        """What the two genomes say of the two cases, with the numbers behind it."""
        one, other = self.rows[a], self.rows[b]
        return verdict.of_pair(
            int(self.distances[a, b]), int(self.compared[a, b]), length=self.places, threshold=threshold,
            days=self._days(one, other), rate=self.rate, lineages=(one.lineage or None, other.lineage or None),
        )  # fmt: skip

    def of_case(self, number: int) -> list[int]:
        """The rows of a case, the newest sample first."""
        mine = [at for at, row in enumerate(self.rows) if row.case is not None and row.case.number == number]
        return sorted(mine, key=lambda at: (self.rows[at].collected_on or date.min, -at), reverse=True)

    def near(self, at: int) -> list[int]:
        """The other cases' genomes that can be compared with one, the nearest first."""
        own = self.rows[at].case_id
        others = [b for b in range(len(self.rows)) if self.usable[at, b] and self.rows[b].case_id != own]
        return sorted(others, key=lambda b: (int(self.distances[at, b]), b))

    def _days(self, one: Genome, other: Genome) -> float | None:
        if one.collected_on is None or other.collected_on is None:
            return None
        return float(sum(max((row.collected_on - self.since).days, 0) for row in (one, other) if row.collected_on))


def usual_threshold() -> int:
    """Differing bases up to which two genomes count as near where nobody says otherwise."""
    return int(of_the_pathogen()["threshold"]["value"])


def genome_set(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None) -> GenomeSet:
    """The genomes of samples taken before `as_of`, as known at `as_known`."""
    return _kept((outbreak.pk, as_of, as_known), lambda: _read(outbreak, as_of, as_known))


def stored(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None) -> list[Genome]:
    """The genomes of samples taken before `as_of`, the reference too, without their letters; by case."""
    day = as_of.astimezone(ZONE).date()
    found = Genome.objects.known_at(as_known).filter(outbreak=outbreak)
    found = found.filter(Q(collected_on__lt=day) | Q(collected_on__isnull=True) | Q(is_reference=True))
    return list(found.defer("letters").select_related("case", "case__outbreak").order_by("case__number", "name", "pk"))


def aligned(rows: Sequence[Genome]) -> tuple[np.ndarray, str]:
    """The genomes as they lie on their reference, shape (genomes, places), and the name of the reference.

    Without a reference (its import was taken back) the genome with the highest coverage takes its place.
    """
    if not rows:
        return np.zeros((0, 0), np.uint8), ""
    base = next((row for row in rows if row.is_reference), None)
    if base is not None:
        reference = Reference(base.name, base.letters)
        return np.stack([_codes(row, reference) for row in rows]), base.name
    best = max(rows, key=lambda row: (row.coverage or 0.0, -row.pk))
    reference = Reference(best.name, best.letters)
    return np.stack([_laid(row.letters, reference) for row in rows]), best.name


def _read(outbreak: Outbreak, as_of: datetime, as_known: datetime | None) -> GenomeSet:
    rows = stored(outbreak, as_of=as_of, as_known=as_known)
    codes, reference = aligned(rows)
    keep = [at for at, row in enumerate(rows) if row.case_id is not None]
    kept = [rows[at] for at in keep]
    codes = codes[keep]
    days = [row.collected_on for row in kept if row.collected_on]
    since = min([*days, outbreak.detected_at.astimezone(ZONE).date()])
    known = outbreak.disease.casefold().startswith(SARS_COV_2)
    return GenomeSet(
        rows=kept,
        reference=reference,
        places=int(codes.shape[1]),
        distances=distance.differences(codes),
        compared=distance.compared(codes),
        rate=float(of_the_pathogen()["rate"]["value"]) if known else None,
        since=since,
    )


def _codes(row: Genome, reference: Reference) -> np.ndarray:
    if row.reference != reference.name:  # written against one that was taken back
        return _laid(row.letters, reference)
    return laid.read(
        laid.Written(row.substitutions, row.deletions, row.insertions, row.unread),
        reference.codes,
    )


def _laid(letters: str, reference: Reference) -> np.ndarray:
    try:
        return align(letters, reference).codes
    except NotAlignable:
        return np.full(len(reference.sequence), UNCERTAIN, np.uint8)
