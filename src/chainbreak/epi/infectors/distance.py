"""Differences between genomes as the reconstruction needs them (基因组差异), ambiguity and missing genomes minded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chainbreak.epi.infectors.arrays import Floats, Whole
from chainbreak.epi.infectors.outbreak import Outbreak, codes


class Distances(NamedTuple):
    """Differences between the genomes of the cases that have one."""

    snps: Whole  # (cases, cases) positions at which both are known and differ; 0 without a genome
    masked: Floats  # (infector, infectee) probability of the letters the infector's genome does not show
    bases: float  # compared in two genomes, as a rule
    has: Whole  # indices of the cases with a genome


def distances(outbreak: Outbreak) -> Distances:
    """All pairs at once, over the variable positions.

    A letter that the infector's genome does not show is taken to have the frequency it has among the other genomes,
    so that a genome full of N does not look like everybody's relative.
    """
    n = len(outbreak.ids)
    has = np.array([i for i, name in enumerate(outbreak.ids) if name in outbreak.genomes], np.int64)
    snps = np.zeros((n, n), np.int64)
    masked = np.ones((n, n))
    if len(has) < 2:
        return Distances(snps, masked, 0.0, has[:0])
    letters = codes([outbreak.genomes[outbreak.ids[i]] for i in has])
    known = letters >= 0
    bases = float(np.median(known.sum(axis=1)))
    counts = np.stack([(letters == letter).sum(axis=0) for letter in range(4)])
    variable = (counts > 0).sum(axis=0) > 1
    letters, known, counts = letters[:, variable], known[:, variable], counts[:, variable]
    flags = known.astype(np.float32)
    same = sum((hot := (letters == letter).astype(np.float32)) @ hot.T for letter in range(4))
    differ = np.rint(flags @ flags.T - same).astype(np.int64)
    others = np.maximum(counts.sum(axis=0) - 1, 0)
    own = np.take_along_axis(counts, np.maximum(letters, 0), axis=0) - 1
    log_share = np.where(known, np.log((np.maximum(own, 0) + 0.5) / (others + 2.0)), 0.0)
    hidden = (1.0 - flags).astype(np.float64) @ log_share.T
    snps[np.ix_(has, has)] = differ
    masked[np.ix_(has, has)] = np.exp(np.maximum(hidden, -np.log(len(has))))
    return Distances(snps, masked, bases, has)
