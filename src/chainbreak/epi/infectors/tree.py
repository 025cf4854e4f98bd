"""The most probable tree (最可能传播树): one infector each, no cycles."""

from __future__ import annotations

import numpy as np

from chainbreak.epi.infectors.arrays import Floats, Whole


def best_tree(probability: Floats) -> Whole:
    """For each case the infector (index), or -1 from outside: the tree with the greatest product of probabilities.

    Args:
        probability: shape (cases, cases + 1): row the infectee, column the infector, the last column from outside.

    Source: Chu and Liu, Scientia Sinica 1965;14:1396-1400; Edmonds, J Res Natl Bur Stand 1967;71B:233-240.

    >>> best_tree(np.array([[0.0, 0.9, 0.1], [0.6, 0.0, 0.4]])).tolist()
    [1, -1]
    """
    n = len(probability)
    weight = np.log(np.maximum(probability, 1e-300))
    weight[np.arange(n), np.arange(n)] = -np.inf
    parent = _arborescence(np.vstack([weight, np.full(n + 1, -np.inf)]), n)
    tree: Whole = np.where(parent[:n] == n, -1, parent[:n])
    return tree


def _arborescence(weight: Floats, root: int) -> Whole:
    """Greatest arborescence; weight[child, parent]."""
    n = len(weight)
    parent: Whole = weight.argmax(axis=1)
    parent[root] = root
    cycle = _cycle(parent, root)
    if not len(cycle):
        return parent
    inside = np.zeros(n, bool)
    inside[cycle] = True
    rest = np.flatnonzero(~inside)
    small = np.full((len(rest) + 1, len(rest) + 1), -np.inf)
    small[:-1, :-1] = weight[np.ix_(rest, rest)]
    into = weight[np.ix_(cycle, rest)] - weight[cycle, parent[cycle]][:, None]
    enters = into.argmax(axis=0)
    small[-1, :-1] = into[enters, np.arange(len(rest))]
    outof = weight[np.ix_(rest, cycle)]
    leaves = outof.argmax(axis=1)
    small[:-1, -1] = outof[np.arange(len(rest)), leaves]
    new_root = int(np.flatnonzero(rest == root)[0])
    found = _arborescence(small, new_root)
    whole: Whole = parent.copy()
    for row, child in enumerate(rest):
        if child != root:
            whole[child] = cycle[leaves[row]] if found[row] == len(rest) else rest[found[row]]
    broken = found[-1]
    whole[cycle[enters[broken]]] = rest[broken]
    return whole


def _cycle(parent: Whole, root: int) -> Whole:
    """The indices of one cycle; empty if there is none."""
    colour = np.zeros(len(parent), np.int64)
    for start in range(len(parent)):
        node, path = start, []
        while node != root and colour[node] == 0:
            colour[node] = start + 1
            path.append(node)
            node = int(parent[node])
        if node != root and colour[node] == start + 1 and node in path:
            return np.array(path[path.index(node) :], np.int64)
    return np.zeros(0, np.int64)
