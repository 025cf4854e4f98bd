"""Many exposures made one row a person (按人归并). Machine code."""

# mypy: disable-error-code="arg-type, return-value, assignment"
# (machine code: its whole numbers are of 64 bits, whatever they are called)

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.compiled import compiled
from chainbreak.engines.sweep.crossing import take_first

Array = NDArray[Any]


@compiled
def fold(
    person: Array,
    at: Array,
    stay: Array,
    x_source: Array,
    x_begin: Array,
    x_end: Array,
    order_of: Array,
    x_place: Array,
    rank: Array,
    first: Array,
    by: Array,
    sources: Array,
) -> bool:
    """Pairs into the rows of their persons; whether `take_first` met a tie.

    Args:
        at, stay: of each pair, its first instant and the source's stay then.
        x_source, x_begin, x_end, x_place: the sources' stays.
        order_of, rank: of each source and of each place, where it comes in the order of ids outside.
        first, by, sources: of each person, the instant, the stay, and how many pairs.
    """
    tied = False
    for i in range(len(person)):
        p = np.int64(person[i])
        sources[p] += 1
        a_tie = take_first(p, at[i], stay[i], x_source, x_begin, x_end, order_of, x_place, rank, first, by)
        tied |= a_tie
    return tied


@compiled
def merge(
    at: Array,
    stay: Array,
    x_source: Array,
    x_begin: Array,
    x_end: Array,
    order_of: Array,
    x_place: Array,
    rank: Array,
    first: Array,
    by: Array,
) -> bool:
    """What one core found into what another found, person by person; whether there was a tie."""
    tied = False
    for p in range(len(at)):
        if stay[p] >= 0:
            a_tie = take_first(p, at[p], stay[p], x_source, x_begin, x_end, order_of, x_place, rank, first, by)
            tied |= a_tie
    return tied
