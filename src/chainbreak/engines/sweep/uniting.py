"""A source's presences made one (并段): what overlaps or touches at one place and seat, over all layouts. Machine code."""

# mypy: disable-error-code="arg-type, return-value, assignment"
# (machine code: its whole numbers are of 64 bits, whatever they are called)

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.compiled import compiled

Array = NDArray[Any]


@compiled
def order_of(place: Array, spot: Array, begin: Array, a: int, b: int) -> Array:
    """The rows a to b in order of place, seat and beginning."""
    n = b - a
    order = np.arange(a, b)
    if n > 48:
        order = order[np.argsort(begin[a:b], kind="mergesort")]
        if len(spot):
            order = order[np.argsort(spot[order], kind="mergesort")]
        return order[np.argsort(place[order], kind="mergesort")]
    for i in range(1, n):
        x = order[i]
        j = i - 1
        while j >= 0:
            y = order[j]
            if place[y] < place[x]:
                break
            if place[y] == place[x]:
                if len(spot) and spot[y] != spot[x]:
                    if spot[y] < spot[x]:
                        break
                elif begin[y] <= begin[x]:
                    break
            order[j + 1] = y
            j -= 1
        order[j + 1] = x
    return order


@compiled
def united(source: Array, place: Array, spot: Array, begin: Array, end: Array) -> tuple[Array, Array]:
    """Rows in order of source: which are kept, in order, and the end of each; the others went into the one before."""
    n = len(source)
    kept = np.empty(n, np.int64)
    ends = np.empty(n, np.int64)
    k = 0
    a = 0
    while a < n:
        b = a + 1
        while b < n and source[b] == source[a]:
            b += 1
        order = order_of(place, spot, begin, a, b)
        last = -1
        for x in order:
            same = last >= 0 and place[x] == place[last] and (len(spot) == 0 or spot[x] == spot[last])
            if same and begin[x] <= ends[k - 1]:
                ends[k - 1] = max(ends[k - 1], end[x])
                continue
            kept[k] = x
            ends[k] = end[x]
            last = x
            k += 1
        a = b
    return kept[:k], ends[:k]
