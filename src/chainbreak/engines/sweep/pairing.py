"""Meetings made into pairs (配对): those of one person with one source put together, and asked whether they suffice.

Machine code. Everything of one source is at hand at once, so that the persons fit into a small hash table.
"""

# mypy: disable-error-code="arg-type, return-value, assignment, no-any-return"
# (machine code: its whole numbers are of 64 bits, whatever they are called)

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.compiled import compiled

Array = NDArray[Any]
WINDOW, MEETING, DAY = 0, 1, 2  # minutes add up over the window, count by meeting, add up within 24 hours
DAY_US = 86_400_000_000


@compiled
def in_order(place: Array, start: Array, end: Array, n: int) -> None:
    """The first n meetings in order of place and beginning, in place."""
    if n <= 24:
        for i in range(1, n):
            p, s, e = place[i], start[i], end[i]
            j = i - 1
            while j >= 0 and (place[j] > p or (place[j] == p and start[j] > s)):
                place[j + 1] = place[j]
                start[j + 1] = start[j]
                end[j + 1] = end[j]
                j -= 1
            place[j + 1] = p
            start[j + 1] = s
            end[j + 1] = e
        return
    order = np.argsort(start[:n], kind="mergesort")
    order = order[np.argsort(place[:n][order], kind="mergesort")]
    place[:n] = place[:n][order]
    start[:n] = start[:n][order]
    end[:n] = end[:n][order]


@compiled
def joined(place: Array, start: Array, end: Array, n: int) -> int:
    """Meetings in order that overlap or touch at one place made one, in place; how many are left."""
    if n < 2:
        return n
    k = 0
    for i in range(1, n):
        if place[i] == place[k] and start[i] <= end[k]:
            end[k] = max(end[k], end[i])
        else:
            k += 1
            place[k] = place[i]
            start[k] = start[i]
            end[k] = end[i]
    return k + 1


@compiled
def is_enough(
    place: Array, start: Array, end: Array, n: int, levels: Array, least: Array, begin: int, until: int
) -> bool:
    """Whether the time together within [begin, until) reaches a least time, at places with that or a lower one."""
    total = np.int64(0)
    for level in range(len(least)):
        here = np.int64(0)
        for i in range(n):
            if (np.int64(levels[np.int64(place[i])]) if len(levels) else 0) == level:
                here += max(np.int64(0), min(end[i], until) - max(start[i], begin))
        total += here
        if here > 0 and total >= least[level]:
            return True
    return False


@compiled
def in_a_day(place: Array, start: Array, end: Array, n: int, levels: Array, least: Array) -> bool:
    """Whether some 24 hours hold enough. The best begin where a meeting begins or end where one ends."""
    day = np.int64(86_400_000_000)
    for i in range(n):
        if is_enough(place, start, end, n, levels, least, start[i], start[i] + day):
            return True
        if is_enough(place, start, end, n, levels, least, end[i] - day, end[i]):
            return True
    return False


@compiled
def is_before(place: Array, begin: Array, end: Array, x: int, y: int, rank: Array) -> bool:
    """Whether of two stays x began earlier, or lasted longer, or is at the smaller place."""
    if begin[x] != begin[y]:
        return begin[x] < begin[y]
    if end[x] != end[y]:
        return end[x] > end[y]
    p, q = np.int64(place[x]), np.int64(place[y])
    if p != q and len(rank):
        return rank[p] < rank[q]
    return p < q if p != q else x < y


@compiled
def pairs_of(
    begins: Array,
    at_place: Array,
    at_from: Array,
    at_until: Array,
    stay: Array,
    person: Array,
    start: Array,
    end: Array,
    levels: Array,
    least: Array,
    count: int,
    short: bool,
    rank: Array,
    out_source: Array,
    out_person: Array,
    out_first: Array,
    out_last: Array,
    out_us: Array,
    out_meetings: Array,
    out_place: Array,
    out_stay: Array,
) -> tuple[int, bool]:
    """The pairs that qualify; how many, and whether two places tied for the longest meeting without `rank`.

    Args:
        begins: shape (layouts, sources + 1), where the rows of each source begin.
        at_place, at_from, at_until: the sources' stays; `stay` numbers them.
        stay, person, start, end: the rows of `looking.scan`, of all layouts one after another.
        levels: of each place, an index into `least`; empty: all 0.
        least: microseconds, rising.
        count: WINDOW, MEETING or DAY.
        short: give the pairs that do not qualify instead.
        out_stay: the source's stay at the first meeting, the one that began first, then lasted longest; empty if it is
            not wanted.
        rank: of each place in the order of ids outside; empty where the numbers are in that order.
    """
    n_layouts, n_sources = begins.shape[0], begins.shape[1] - 1
    most = 0
    for j in range(n_sources):
        m = 0
        for g in range(n_layouts):
            m += begins[g, j + 1] - begins[g, j]
        most = max(most, m)
    size = 16
    while size < 2 * most:
        size *= 2
    table = np.full(size, -1, np.int32)
    who = np.empty(most, np.uint32)
    head = np.empty(most, np.int64)
    n_of = np.empty(most, np.int64)
    where = np.empty(most, np.int64)
    following = np.empty(len(stay), np.int64)
    p_place = np.empty(64, np.uint32)
    p_start = np.empty(64, np.int64)
    p_end = np.empty(64, np.int64)
    n_pairs = 0
    tied = False
    for j in range(n_sources):
        m = 0
        for g in range(n_layouts):
            m += begins[g, j + 1] - begins[g, j]
        if m == 0:
            continue
        mask = 15
        while mask + 1 < 2 * m:
            mask = 2 * mask + 1
        n_who = 0
        for g in range(n_layouts):
            for i in range(begins[g, j], begins[g, j + 1]):
                p = person[i]
                h = np.int64((np.uint64(p) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(33)) & mask
                while table[h] >= 0 and who[table[h]] != p:
                    h = (h + 1) & mask
                t = table[h]
                if t < 0:
                    table[h] = n_who
                    who[n_who] = p
                    head[n_who] = i
                    n_of[n_who] = 1
                    where[n_who] = h
                    following[i] = -1
                    n_who += 1
                else:
                    following[i] = head[t]
                    head[t] = i
                    n_of[t] += 1
        for t in range(n_who):
            table[where[t]] = -1
            if n_of[t] > len(p_place):
                p_place = np.empty(2 * n_of[t], np.uint32)
                p_start = np.empty(2 * n_of[t], np.int64)
                p_end = np.empty(2 * n_of[t], np.int64)
            i = head[t]
            n = 0
            while i >= 0:
                p_place[n] = at_place[stay[i]]
                p_start[n] = start[i]
                p_end[n] = end[i]
                n += 1
                i = following[i]
            if n > 1:
                in_order(p_place, p_start, p_end, n)
                n = joined(p_place, p_start, p_end, n)
            if count == 1:
                kept = 0
                for i in range(n):
                    level = np.int64(levels[np.int64(p_place[i])]) if len(levels) else 0
                    if (p_end[i] - p_start[i] >= least[level]) != short:
                        p_place[kept] = p_place[i]
                        p_start[kept] = p_start[i]
                        p_end[kept] = p_end[i]
                        kept += 1
                if short and kept < n:
                    continue
                n = kept
                if n == 0:
                    continue
            else:
                total = np.int64(0)
                for i in range(n):
                    total += p_end[i] - p_start[i]
                if len(least) == 1:
                    enough = total >= least[0]
                else:
                    enough = is_enough(p_place, p_start, p_end, n, levels, least, np.int64(-(2**62)), np.int64(2**62))
                if enough and count == 2:
                    enough = in_a_day(p_place, p_start, p_end, n, levels, least)
                if enough == short:
                    continue
            total = np.int64(0)
            first, last = p_start[0], p_end[0]
            best = 0
            for i in range(n):
                length = p_end[i] - p_start[i]
                total += length
                first = min(first, p_start[i])
                last = max(last, p_end[i])
                longest = p_end[best] - p_start[best]
                if length > longest or (length == longest and p_start[i] < p_start[best]):
                    best = i
                elif i != best and length == longest and p_start[i] == p_start[best]:
                    if len(rank) == 0:
                        tied = True
                        if p_place[i] < p_place[best]:
                            best = i
                    elif rank[np.int64(p_place[i])] < rank[np.int64(p_place[best])]:
                        best = i
            out_source[n_pairs] = np.uint32(j)
            out_person[n_pairs] = who[t]
            out_first[n_pairs] = first
            out_last[n_pairs] = last
            out_us[n_pairs] = total
            out_meetings[n_pairs] = n
            out_place[n_pairs] = p_place[best]
            if len(out_stay):
                chosen = np.int64(-1)
                for k in range(n):
                    if p_start[k] != first:
                        continue
                    i = head[t]
                    while i >= 0:
                        x = np.int64(stay[i])
                        if start[i] == first and at_place[x] == p_place[k]:
                            if chosen < 0:
                                chosen = x
                            elif x != chosen:
                                if at_from[x] == at_from[chosen] and at_until[x] == at_until[chosen] and len(rank) == 0:
                                    tied = True
                                if is_before(at_place, at_from, at_until, x, chosen, rank):
                                    chosen = x
                        i = following[i]
                out_stay[n_pairs] = chosen
            n_pairs += 1
    return n_pairs, tied
