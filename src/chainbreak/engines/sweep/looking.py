"""Looking through the layouts (检索): whose stays lie in a window, and whom they meet there. Machine code.

Functions give how many rows they wrote; -2 - block where a block of the file is not as written; -1 where the room for
rows was too small.
"""

# mypy: disable-error-code="arg-type, return-value, assignment"
# (machine code: its whole numbers are of 64 bits, whatever they are called)

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.compiled import compiled
from chainbreak.engines.sweep.laying import slot_of
from chainbreak.engines.sweep.sums import first_bad

Array = NDArray[Any]
NEVER = 255  # the level of a place where nothing counts


@compiled
def n_stays_of(persons: Array, keys: Array, ptr: Array) -> int:
    """How many stays these persons have, at most; rows of one person count each."""
    found = 0
    for i in range(len(persons)):
        k = slot_of(keys, np.int64(persons[i]), len(ptr) - 1)
        if k >= 0:
            found += np.int64(ptr[k + 1]) - np.int64(ptr[k])
    return found


@compiled
def gather(
    persons: Array,
    froms: Array,
    untils: Array,
    levels: Array,
    meta: Array,
    raw: Array,
    sums: Array,
    seen: Array,
    place_keys: Array,
    place_ptr: Array,
    directory: Array,
    person_keys: Array,
    person_ptr: Array,
    person_pos: Array,
    words: Array,
    lengths: Array,
    out_row: Array,
    out_place: Array,
    out_from: Array,
    out_until: Array,
    out_pos: Array,
) -> int:
    """The stays of these persons, cut to their windows: row of the window, place, from, until, position."""
    base, unit, length_bits, person_bits = meta[0], meta[1], meta[2], meta[3]
    shift = np.uint64(length_bits + person_bits)
    mask = (np.uint64(1) << np.uint64(length_bits)) - np.uint64(1)
    checked = len(sums) > 0
    room = len(out_row)
    n = 0  # first every position, in one go; then every word; then every place: the memory answers many at once
    for i in range(len(persons)):
        if froms[i] >= untils[i]:
            continue
        k = slot_of(person_keys, np.int64(persons[i]), len(person_ptr) - 1)
        if k < 0:
            continue
        if checked:
            bad = first_bad(raw, sums, seen, meta[5 + 7] + 4 * k, meta[5 + 7] + 4 * k + 8)
            if bad >= 0:
                return -2 - bad
        a, b = np.int64(person_ptr[k]), np.int64(person_ptr[k + 1])
        if checked and a < b:
            bad = first_bad(raw, sums, seen, meta[5 + 8] + 4 * a, meta[5 + 8] + 4 * b)
            if bad >= 0:
                return -2 - bad
        if n + b - a > room:
            return -1
        for j in range(a, b):
            out_row[n] = np.uint32(i)
            out_pos[n] = np.int64(person_pos[j])
            n += 1
    for x in range(n):
        pos = out_pos[x]
        if checked:
            byte = meta[5 + 9] + 8 * pos
            if seen[byte >> 12] == 0:
                bad = first_bad(raw, sums, seen, byte, byte + 8)
                if bad >= 0:
                    return -2 - bad
            byte = meta[5 + 10] + 8 * pos
            if length_bits == 0 and seen[byte >> 12] == 0:
                bad = first_bad(raw, sums, seen, byte, byte + 8)
                if bad >= 0:
                    return -2 - bad
        w = words[pos]
        d = np.int64((w >> np.uint64(person_bits)) & mask) if length_bits else np.int64(lengths[pos])
        out_from[x] = base + np.int64(w >> shift) * unit
        out_until[x] = out_from[x] + d * unit
    kept = 0
    for x in range(n):
        i = np.int64(out_row[x])
        start, end = max(out_from[x], froms[i]), min(out_until[x], untils[i])
        if start < end:
            pos = out_pos[x]
            if checked:
                byte = meta[5 + 3] + 4 * (pos >> 6)
                if seen[byte >> 12] == 0:
                    bad = first_bad(raw, sums, seen, byte, byte + 4)
                    if bad >= 0:
                        return -2 - bad
            out_row[kept] = out_row[x]
            out_from[kept] = start
            out_until[kept] = end
            out_pos[kept] = pos
            out_place[kept] = directory[pos >> 6]
            kept += 1
    n, kept = kept, 0
    for x in range(n):
        pos = out_pos[x]
        k_place = np.int64(out_place[x])
        while True:
            if checked:
                byte = meta[5 + 1] + 4 * k_place + 4
                if seen[byte >> 12] == 0:
                    bad = first_bad(raw, sums, seen, byte, byte + 4)
                    if bad >= 0:
                        return -2 - bad
            if np.int64(place_ptr[k_place + 1]) > pos:
                break
            k_place += 1
        place = k_place
        if len(place_keys):
            if checked:
                bad = first_bad(raw, sums, seen, meta[5] + 4 * k_place, meta[5] + 4 * k_place + 4)
                if bad >= 0:
                    return -2 - bad
            place = np.int64(place_keys[k_place])
        if len(levels) and levels[place] == 255:
            continue
        out_row[kept] = out_row[x]
        out_from[kept] = out_from[x]
        out_until[kept] = out_until[x]
        out_pos[kept] = pos
        out_place[kept] = np.uint32(place)
        kept += 1
    return kept


@compiled
def locate(
    at_place: Array,
    at_from: Array,
    chosen: Array,
    meta: Array,
    raw: Array,
    sums: Array,
    seen: Array,
    place_keys: Array,
    place_ptr: Array,
    place_longest: Array,
    words: Array,
    low: Array,
    until: Array,
) -> int:
    """Where each of the chosen stays has to begin looking in the run of its place, and where the run ends.

    The halving goes step by step for all of them together, for then the memory answers many at once.
    """
    base, unit, length_bits, person_bits, scale = meta[0], meta[1], meta[2], meta[3], meta[4]
    shift = np.uint64(length_bits + person_bits)
    n_slots = len(place_ptr) - 1
    checked = len(sums) > 0
    n = len(chosen)
    high = np.empty(n, np.int64)
    earliest = np.empty(n, np.int64)
    widest = np.int64(0)
    for y in range(n):
        k = slot_of(place_keys, np.int64(at_place[chosen[y]]), n_slots)
        if k < 0:
            low[y] = until[y] = high[y] = earliest[y] = 0
            continue
        if checked:
            byte = meta[5 + 1] + 4 * k
            if seen[byte >> 12] == 0 or seen[(byte + 7) >> 12] == 0:
                bad = first_bad(raw, sums, seen, byte, byte + 8)
                if bad >= 0:
                    return -2 - bad
            byte = meta[5 + 2] + 2 * k
            if seen[byte >> 12] == 0:
                bad = first_bad(raw, sums, seen, byte, byte + 2)
                if bad >= 0:
                    return -2 - bad
            if len(place_keys):
                bad = first_bad(raw, sums, seen, meta[5] + 4 * k, meta[5] + 4 * k + 4)
                if bad >= 0:
                    return -2 - bad
        low[y] = np.int64(place_ptr[k])
        until[y] = high[y] = np.int64(place_ptr[k + 1])
        earliest[y] = np.int64(place_longest[k])
        widest = max(widest, high[y] - low[y])
    for y in range(n):
        earliest[y] = (at_from[chosen[y]] - base) // unit - earliest[y] * scale
    while widest > 8:
        for y in range(n):
            if high[y] - low[y] > 8:
                middle = (low[y] + high[y]) >> 1
                if checked:
                    byte = meta[5 + 9] + 8 * middle
                    if seen[byte >> 12] == 0:
                        bad = first_bad(raw, sums, seen, byte, byte + 8)
                        if bad >= 0:
                            return -2 - bad
                if np.int64(words[middle] >> shift) < earliest[y]:
                    low[y] = middle + 1
                else:
                    high[y] = middle
        widest = (widest >> 1) + 1 if widest > 16 else 8
    for y in range(n):  # every first word asked for in one go: `scan` finds them near
        if low[y] < until[y]:
            earliest[y] = np.int64(words[low[y]] >> np.uint64(63))
    return n


@compiled
def is_apart(one: int, other: int, rows: int) -> bool:
    """Whether two seats are known to be in different carriages, or more than so many rows from each other."""
    if one >> 16 and other >> 16 and one >> 16 != other >> 16:
        return True
    row, other_row = one & 65535, other & 65535
    return rows < 65534 and row > 0 and other_row > 0 and abs(row - other_row) > rows


@compiled
def scan(
    at_source: Array,
    at_place: Array,
    at_from: Array,
    at_until: Array,
    at_spot: Array,
    chosen: Array,
    low: Array,
    until: Array,
    source_begin: int,
    source_end: int,
    source_person: Array,
    least: Array,
    seams: Array,
    skip: Array,
    meta: Array,
    raw: Array,
    sums: Array,
    seen: Array,
    peak: Array,
    peaks: Array,
    words: Array,
    lengths: Array,
    spot: Array,
    apart: Array,
    out_stay: Array,
    out_person: Array,
    out_from: Array,
    out_until: Array,
    out_pos: Array,
    begins: Array,
) -> int:
    """Whom the sources' chosen stays meet in this layout: number of the stay, person, from, until.

    Args:
        at_source, at_place, at_from, at_until: the sources' stays, in order of source.
        chosen, low, until: numbers of stays, and what `locate` says of each.
        source_person: the person of each source, who does not meet himself.
        least: microseconds for each stay; a shorter meeting is left out unless it could go on in another layout,
            that is unless it begins or ends in one of the `seams`; empty: all meetings.
        seams: shape (n, 2), closed spans of time, in order.
        skip: 1 for persons who are not wanted; empty: nobody.
        at_spot, spot: carriage and row of the sources' stays and of each position; empty where not known.
        apart: of each place, the rows apart at most; empty: seats do not matter.
        out_pos: where the other's stay lies; empty if not wanted.
        begins: where the rows of each source from `source_begin` to `source_end` begin; shape (sources + 1,).
    """
    base, unit, length_bits, person_bits = meta[0], meta[1], meta[2], meta[3]
    shift = np.uint64(length_bits + person_bits)
    mask = (np.uint64(1) << np.uint64(length_bits)) - np.uint64(1)
    who = (np.uint64(1) << np.uint64(person_bits)) - np.uint64(1)
    room = len(out_stay)
    checked = len(sums) > 0
    n = 0
    source = source_begin
    begins[0] = 0
    for y in range(len(chosen)):
        x = np.int64(chosen[y])
        while source < np.int64(at_source[x]):
            source += 1
            begins[source - source_begin] = n
        i, run_end = low[y], until[y]
        if i == run_end:
            continue
        start, end = at_from[x], at_until[x]
        low_end = (start - base) // unit  # a stay that ends after this (in units) ends after `start`
        high_start = -((base - end) // unit)  # a stay that begins before this begins before `end`
        if checked:
            byte = meta[5 + 9] + 8 * i
            if seen[byte >> 12] == 0:
                bad = first_bad(raw, sums, seen, byte, byte + 8)
                if bad >= 0:
                    return -2 - bad
        me = source_person[np.int64(at_source[x])]
        rows = np.int64(apart[at_place[x]]) if len(apart) else 65535
        mine = np.int64(at_spot[x]) if len(at_spot) else 0
        while i < run_end:
            if i & 63 == 0:
                if checked and i & 511 == 0 and seen[(meta[5 + 9] + 8 * i) >> 12] == 0:
                    bad = first_bad(raw, sums, seen, meta[5 + 9] + 8 * i, meta[5 + 9] + 8 * i + 8)
                    if bad >= 0:
                        return -2 - bad
                if i + 64 <= run_end and np.int64(words[i] >> shift) < high_start:
                    if checked:
                        byte, further = meta[5 + 4] + 8 * (i >> 6), meta[5 + 5] + 8 * (i >> 12)
                        if seen[byte >> 12] == 0 or seen[further >> 12] == 0:
                            bad = first_bad(raw, sums, seen, byte, byte + 8)
                            if bad < 0:
                                bad = first_bad(raw, sums, seen, further, further + 8)
                            if bad >= 0:
                                return -2 - bad
                    if i & 4095 == 0 and i + 4096 <= run_end and peaks[i >> 12] <= low_end:
                        i += 4096
                        continue
                    if peak[i >> 6] <= low_end:
                        i += 64
                        continue
            stop = min(run_end, (i | 63) + 1)
            while i < stop:
                w = words[i]
                s = np.int64(w >> shift)
                if s >= high_start:
                    run_end = stop = i
                    break
                if length_bits:
                    d = np.int64((w >> np.uint64(person_bits)) & mask)
                else:
                    if checked:
                        byte = meta[5 + 10] + 8 * i
                        if seen[byte >> 12] == 0:
                            bad = first_bad(raw, sums, seen, byte, byte + 8)
                            if bad >= 0:
                                return -2 - bad
                    d = np.int64(lengths[i])
                i += 1
                if s + d <= low_end or d == 0:
                    continue
                a = max(base + s * unit, start)
                b = min(base + (s + d) * unit, end)
                if len(least) and b - a < least[x]:
                    at_seam = False
                    for m in range(len(seams)):
                        if seams[m, 0] <= a <= seams[m, 1] or seams[m, 0] <= b <= seams[m, 1]:
                            at_seam = True
                            break
                        if seams[m, 0] > b:
                            break
                    if not at_seam:
                        continue
                person = np.int64(w & who)
                if person == me or (len(skip) and skip[person]):
                    continue
                if rows < 65535 and is_apart(mine, np.int64(spot[i - 1]), rows):
                    continue
                if n == room:
                    return -1
                out_stay[n] = np.uint32(x)
                out_person[n] = np.uint32(person)
                out_from[n] = a
                out_until[n] = b
                if len(out_pos):
                    out_pos[n] = i - 1
                n += 1
    while source < source_end:
        source += 1
        begins[source - source_begin] = n
    return n
