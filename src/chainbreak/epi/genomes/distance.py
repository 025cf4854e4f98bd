"""Differing bases between genomes (SNP 距离): only a certain base against a certain base counts.

Only columns where the genomes differ at all can add to a distance, and in them only the bases that few have; so the work is
that of the rare bases, not of all letters of all pairs.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .bases import UNCERTAIN

BLOCK = 4096  # columns at a time for the number of bases compared


def differences(codes: np.ndarray) -> np.ndarray:
    """Bases that differ between each pair: places where both are A, C, G or T and not the same.

    Args:
        codes: shape (genomes, places), uint8 as in `bases`.

    Returns:
        shape (genomes, genomes), int32.
    """
    n = codes.shape[0]
    if not n:
        return np.zeros((0, 0), dtype=np.int32)
    counts = np.stack([(codes == base).sum(axis=0) for base in range(4)])
    varied = np.flatnonzero((counts > 0).sum(axis=0) > 1)
    if not varied.size:
        return np.zeros((n, n), dtype=np.int32)
    there = np.ascontiguousarray(codes[:, varied])
    common = counts[:, varied].argmax(axis=0).astype(np.uint8)
    valid = there < UNCERTAIN
    rare = valid & (there != common)
    marks = sparse.csr_matrix(rare, dtype=np.float32)
    against = marks @ np.ascontiguousarray(valid.T, dtype=np.float32)  # a rare base against any certain one
    total = np.asarray(against + against.T)
    total -= (marks @ marks.T).toarray()
    for base in range(4):
        same = sparse.csr_matrix(rare & (there == base), dtype=np.float32)
        total -= (same @ same.T).toarray()
    found: np.ndarray = np.rint(total).astype(np.int32)
    return found


def compared(codes: np.ndarray) -> np.ndarray:
    """The number of places where both genomes have a certain base; shape (genomes, genomes), int32."""
    n = codes.shape[0]
    valid = codes < UNCERTAIN
    number = valid.sum(axis=0)
    total = np.full((n, n), int((number == n).sum()), dtype=np.float32)
    partly = np.flatnonzero((number > 0) & (number < n))
    if partly.size:
        there = valid[:, partly]
        new = np.concatenate(([True], (there[:, 1:] != there[:, :-1]).any(axis=0)))  # equal neighbours are one column
        starts = np.flatnonzero(new)
        times = np.diff(np.append(starts, partly.size)).astype(np.float32)
        for first in range(0, starts.size, BLOCK):
            piece = there[:, starts[first : first + BLOCK]].astype(np.float32)
            total += (piece * times[first : first + BLOCK]) @ piece.T
    return np.rint(total).astype(np.int32)
