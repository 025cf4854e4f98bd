"""Genomes that hang together (基因簇): single linkage by a number of differing bases, and the shortest tree over all."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components


def single_linkage(distances: np.ndarray, usable: np.ndarray, threshold: int) -> list[list[int]]:
    """Groups in which everybody has a neighbour at most `threshold` away, the largest first; each genome is in one.

    Args:
        distances: shape (n, n).
        usable: shape (n, n), whether enough was compared for the distance to mean anything.
    """
    if not len(distances):
        return []
    near = sparse.csr_matrix((distances <= threshold) & usable)
    _, label = connected_components(near, directed=False)
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return sorted((group.tolist() for group in groups), key=lambda group: (-len(group), group[0]))


def spanning_tree(distances: np.ndarray, usable: np.ndarray) -> list[tuple[int, int, int]]:
    """The edges (a, b, distance) of least sum that join all genomes that can be compared (Prim 1957); ties go to the first.

    Several trees where no pair between two groups can be compared.
    """
    n = len(distances)
    if not n:
        return []
    far = np.iinfo(np.int32).max
    open_ = np.ones(n, dtype=bool)
    best = np.full(n, far, dtype=np.int64)
    parent = np.full(n, -1)
    edges = []
    for _ in range(n):
        here = int(np.argmin(np.where(open_, best, far + 1)))
        open_[here] = False
        if parent[here] >= 0:
            edges.append((int(parent[here]), here, int(best[here])))
        nearer = open_ & usable[here] & (distances[here] < best)
        best[nearer] = distances[here][nearer]
        parent[nearer] = here
    return edges
