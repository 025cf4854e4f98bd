"""All about a set of genomes (基因组分析): laid on a reference, quality, mutations, distances, clusters, tree, lineages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import clusters, distance
from .alignment import NotAlignable, Reference, align
from .bases import GAP, UNCERTAIN, codes_of
from .calls import Calls, Quality, calls, quality
from .lineage import Call, Definition, call
from .verdict import LEAST_COMPARED

LEAST_ALIKE = 0.8  # of the certain bases of two aligned genomes; less means that they are not aligned


@dataclass(frozen=True)
class Genome:
    """One genome of the set; without `index` it could not be laid on the reference and has no distances."""

    id: str
    index: int | None
    quality: Quality
    calls: Calls | None
    lineage: Call | None


@dataclass(frozen=True)
class Analysis:
    """The set: rows and columns of `distances` and `compared` are in the order of `Genome.index`."""

    reference: Reference
    reference_chosen: bool  # the best genome of the set, because none was given
    aligned: bool  # the genomes came aligned
    genomes: tuple[Genome, ...]
    names: tuple[str, ...]  # of the rows
    distances: np.ndarray
    compared: np.ndarray
    clusters: tuple[tuple[str, ...], ...]
    tree: tuple[tuple[str, str, int], ...]
    apart: tuple[str, ...]  # too little certain to be compared with most

    @property
    def usable(self) -> np.ndarray:
        """Whether enough was compared for a distance to mean anything; shape (n, n)."""
        return self.compared >= LEAST_COMPARED * len(self.reference.sequence)


def of(
    sequences: Mapping[str, str],
    *,
    reference: Reference | None = None,
    definitions: Sequence[Definition] = (),
    threshold: int,
    say: Callable[[str], None] = lambda _: None,
) -> Analysis:
    """Everything about these genomes.

    Args:
        sequences: id -> letters; aligned to one another (all of one length, with gaps) or not.
        reference: gives the places; without it the genome with most certain bases is taken. Lineages need the places of
            the genome that the definitions refer to.
        threshold: differing bases up to which two genomes are of one cluster.
        say: told what is done, for long work.

    Raises:
        ValueError: no genomes, or a threshold below 0.
    """
    if not sequences:
        raise ValueError("sequences must hold at least one genome; got none")
    if threshold < 0:
        raise ValueError(f"threshold must be 0 or more; got {threshold}")
    aligned = _are_aligned(sequences, reference)
    chosen = reference is None
    if reference is None:
        best = max(sequences, key=lambda name: sum(sequences[name].count(base) for base in "ACGT"))
        reference = Reference(best, sequences[best] if aligned else sequences[best].replace("-", ""))
    say("aligning" if not aligned else "reading")
    genomes: list[Genome] = []
    rows: list[np.ndarray] = []
    names: list[str] = []
    for name, letters in sequences.items():
        laid: np.ndarray | None = None
        inserted: tuple[tuple[int, str], ...] = ()
        if aligned:
            laid = _without_ends(codes_of(letters))
        else:
            try:
                found = align(letters, reference)
                laid, inserted = found.codes, found.insertions
            except NotAlignable:
                pass
        if laid is None:
            genomes.append(Genome(name, None, quality(letters), None, None))
            continue
        called = call(laid, definitions) if definitions else None
        difference = calls(laid, reference.codes, inserted)
        genomes.append(Genome(name, len(rows), quality(letters, laid), difference, called))
        rows.append(laid)
        names.append(name)
    codes = np.stack(rows) if rows else np.zeros((0, len(reference.sequence)), dtype=np.uint8)
    say("comparing")
    distances, compared = distance.differences(codes), distance.compared(codes)
    usable = compared >= LEAST_COMPARED * codes.shape[1]
    groups = clusters.single_linkage(distances, usable, threshold)
    tree = clusters.spanning_tree(distances, usable)
    certain = compared.diagonal() if len(compared) else np.zeros(0)
    apart = [names[i] for i in range(len(names)) if certain[i] < LEAST_COMPARED * codes.shape[1]]
    return Analysis(
        reference=reference,
        reference_chosen=chosen,
        aligned=aligned,
        genomes=tuple(genomes),
        names=tuple(names),
        distances=distances,
        compared=compared,
        clusters=tuple(tuple(names[i] for i in group) for group in groups),
        tree=tuple((names[a], names[b], d) for a, b, d in tree),
        apart=tuple(apart),
    )


def _are_aligned(sequences: Mapping[str, str], reference: Reference | None) -> bool:
    """All of one length (that of the reference, if one is given), and alike place by place."""
    lengths = {len(letters) for letters in sequences.values()}
    if len(lengths) != 1 or not (length := next(iter(lengths))):
        return False
    if reference is not None and len(reference.sequence) != length:
        return False
    first = reference.codes if reference is not None else codes_of(next(iter(sequences.values())))
    if len(sequences) == 1 and reference is None:
        return bool((first == GAP).any())
    for letters in sequences.values():
        codes = codes_of(letters)
        both = (codes < UNCERTAIN) & (first < UNCERTAIN)
        if both.any() and (codes == first)[both].mean() < LEAST_ALIKE:
            return False
    return True


def _without_ends(codes: np.ndarray) -> np.ndarray:
    """Gaps before the first and after the last base are not missing bases: the genome was not read there."""
    there = np.flatnonzero(codes != GAP)
    codes = codes.copy()
    if there.size:
        codes[: there[0]] = UNCERTAIN
        codes[there[-1] + 1 :] = UNCERTAIN
    return codes
