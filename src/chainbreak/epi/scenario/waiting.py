"""What is due when, in order of time (事件队列): a binary heap over plain arrays, for machine code."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def push(times, things, n, time, kind, who, number):  # type: ignore[no-untyped-def]
    """Put in one thing that is due; gives the new count. The arrays must have room."""
    place = n
    while place > 0:
        above = (place - 1) >> 1
        if times[above] <= time:
            break
        times[place] = times[above]
        things[place, 0], things[place, 1], things[place, 2] = things[above, 0], things[above, 1], things[above, 2]
        place = above
    times[place] = time
    things[place, 0], things[place, 1], things[place, 2] = kind, who, number
    return n + 1


@njit(cache=True, nogil=True)
def drop_first(times, things, n):  # type: ignore[no-untyped-def]
    """Take out the first; gives the new count."""
    n -= 1
    time, kind, who, number = times[n], things[n, 0], things[n, 1], things[n, 2]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= n:
            break
        if below + 1 < n and times[below + 1] < times[below]:
            below += 1
        if times[below] >= time:
            break
        times[place] = times[below]
        things[place, 0], things[place, 1], things[place, 2] = things[below, 0], things[below, 1], things[below, 2]
        place = below
    times[place] = time
    things[place, 0], things[place, 1], things[place, 2] = kind, who, number
    return n


@njit(cache=True, nogil=True)
def with_room(times, things, n, wanted):  # type: ignore[no-untyped-def]
    """The arrays, or twice as long ones, so that `wanted` more fit."""
    if n + wanted <= len(times):
        return times, things
    size = 2 * (n + wanted)
    longer, wider = np.empty(size), np.empty((size, 3), np.int32)
    longer[:n] = times[:n]
    wider[:n] = things[:n]
    return longer, wider
