"""Every place gone through once (逐场所扫描): who crosses any source's presence there long enough, and when first.

Machine code. An exposure that lies inside another at the same place adds neither a person nor an earlier first exposure,
so it is dropped; what is left begins and ends in one order, and each stay is looked at once.
"""

# mypy: disable-error-code="arg-type, return-value, assignment, no-any-return"
# (machine code: its whole numbers are of 64 bits, whatever they are called)

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.compiled import compiled
from chainbreak.engines.sweep.laying import slot_of
from chainbreak.engines.sweep.sums import first_bad

Array = NDArray[Any]


@compiled
def collect(
    source_of: Array,
    windows: Array,
    levels: Array,
    meta: Array,
    raw: Array,
    sums: Array,
    seen: Array,
    place_keys: Array,
    place_ptr: Array,
    words: Array,
    lengths: Array,
    out_source: Array,
    out_place: Array,
    out_from: Array,
    out_until: Array,
) -> int:
    """The sources' stays out of a whole layout, cut to their windows, in order of place and arrival; -2 - bad block.

    Args:
        source_of: for each person the number of his window, -1 for those who are no sources.
        windows: shape (n, 2), from and until.
    """
    base, unit, length_bits, person_bits = meta[0], meta[1], meta[2], meta[3]
    shift = np.uint64(length_bits + person_bits)
    mask = (np.uint64(1) << np.uint64(length_bits)) - np.uint64(1)
    who = (np.uint64(1) << np.uint64(person_bits)) - np.uint64(1)
    for section, array_bytes in ((0, 4 * len(place_keys)), (1, 4 * len(place_ptr)), (9, 8 * len(words))):
        bad = first_bad(raw, sums, seen, meta[5 + section], meta[5 + section] + array_bytes) if array_bytes else -1
        if bad >= 0:
            return -2 - bad
    if length_bits == 0 and len(lengths):
        bad = first_bad(raw, sums, seen, meta[5 + 10], meta[5 + 10] + 8 * len(lengths))
        if bad >= 0:
            return -2 - bad
    n = 0
    for k in range(len(place_ptr) - 1):
        place = np.int64(place_keys[k]) if len(place_keys) else k
        if len(levels) and levels[place] == 255:
            continue
        for i in range(np.int64(place_ptr[k]), np.int64(place_ptr[k + 1])):
            w = words[i]
            x = np.int64(source_of[np.int64(w & who)])
            if x < 0:
                continue
            d = np.int64((w >> np.uint64(person_bits)) & mask) if length_bits else np.int64(lengths[i])
            begin = base + np.int64(w >> shift) * unit
            end = min(begin + d * unit, windows[x, 1])
            begin = max(begin, windows[x, 0])
            if begin < end:
                out_source[n] = np.uint32(x)
                out_place[n] = np.uint32(place)
                out_from[n] = begin
                out_until[n] = end
                n += 1
    return n


@compiled
def count_places(place: Array, ptr: Array) -> None:
    """Add the rows of each place to `ptr[place + 1]`."""
    for i in range(len(place)):
        ptr[np.int64(place[i]) + 1] += 1


@compiled
def scatter(
    source: Array, place: Array, begin: Array, end: Array, at: Array, x_source: Array, x_begin: Array, x_end: Array
) -> None:
    """Put the rows into the run of their place; `at` says where the next one goes."""
    for i in range(len(place)):
        p = np.int64(place[i])
        j = at[p]
        at[p] = j + 1
        x_source[j] = source[i]
        x_begin[j] = begin[i]
        x_end[j] = end[i]


@compiled
def is_after(b: int, e: int, s: int, b2: int, e2: int, s2: int) -> bool:
    """Whether a presence comes after another: begins later, or ends earlier, or is of a later source."""
    if b != b2:
        return b > b2
    if e != e2:
        return e < e2
    return s > s2


@compiled
def put_in_order(x_source: Array, x_begin: Array, x_end: Array, order_of: Array, a: int, b: int) -> None:
    """A place's presences by beginning, then the longest first, then the source that is first outside; in place.

    They come almost in order; where they do not, they are sorted anew, so that no crowd costs its square.
    """
    steps = np.int64(0)
    for i in range(a + 1, b):
        s, f, t = x_source[i], x_begin[i], x_end[i]
        o = order_of[np.int64(s)]
        j = i - 1
        while j >= a and is_after(x_begin[j], x_end[j], order_of[np.int64(x_source[j])], f, t, o):
            x_source[j + 1] = x_source[j]
            x_begin[j + 1] = x_begin[j]
            x_end[j + 1] = x_end[j]
            j -= 1
            steps += 1
        x_source[j + 1] = s
        x_begin[j + 1] = f
        x_end[j + 1] = t
        if steps > 64 * (b - a):
            order = np.argsort(order_of[x_source[a:b]], kind="mergesort")
            order = order[np.argsort(-x_end[a:b][order], kind="mergesort")]
            order = order[np.argsort(x_begin[a:b][order], kind="mergesort")]
            x_source[a:b] = x_source[a:b][order]
            x_begin[a:b] = x_begin[a:b][order]
            x_end[a:b] = x_end[a:b][order]
            return


@compiled
def settle(
    ptr: Array,
    first_place: int,
    last_place: int,
    levels: Array,
    least: Array,
    order_of: Array,
    last_place_of: Array,
    last_row_of: Array,
    x_source: Array,
    x_begin: Array,
    x_end: Array,
    kept: Array,
) -> None:
    """At each place: a source's presences that touch made one, too short ones and those inside others dropped.

    Args:
        last_place_of, last_row_of: of each source; room to work in, -1 throughout.
        kept: how many are left of each place's, at the beginning of its run.
    """
    for p in range(first_place, last_place):
        a, b = ptr[p], ptr[p + 1]
        if a == b:
            continue
        put_in_order(x_source, x_begin, x_end, order_of, a, b)
        joined = False
        for i in range(a, b):
            s = np.int64(x_source[i])
            if last_place_of[s] == p:
                j = last_row_of[s]
                if x_begin[i] <= x_end[j]:
                    x_end[j] = max(x_end[j], x_end[i])
                    x_end[i] = x_begin[i]  # gone
                    joined = True
                    continue
            last_place_of[s] = p
            last_row_of[s] = i
        if joined:
            put_in_order(x_source, x_begin, x_end, order_of, a, b)
        shortest = max(np.int64(1), least[np.int64(levels[p]) if len(levels) else 0])
        n = a
        reach = np.int64(-(2**62))
        for i in range(a, b):
            if x_end[i] > reach and x_end[i] - x_begin[i] >= shortest:
                reach = x_end[i]
                x_source[n] = x_source[i]
                x_begin[n] = x_begin[i]
                x_end[n] = x_end[i]
                n += 1
        kept[p] = n - a


@compiled
def take_first(
    person: int,
    at: int,
    x: int,
    x_source: Array,
    x_begin: Array,
    x_end: Array,
    order_of: Array,
    x_place: Array,
    rank: Array,
    first: Array,
    by: Array,
) -> bool:
    """Keep this exposure of a person if it is his first; see `epi.copresence.Person` for which of equal ones is.

    True if one source was at two places at once, and nothing is known of the order of the places outside: then the
    smaller number is taken.
    """
    if at > first[person]:
        return False
    if at == first[person]:
        y = by[person]
        s, o = order_of[np.int64(x_source[x])], order_of[np.int64(x_source[y])]
        if is_after(x_begin[x], x_end[x], s, x_begin[y], x_end[y], o):
            return False
        if not is_after(x_begin[y], x_end[y], o, x_begin[x], x_end[x], s):
            if len(rank) and rank[np.int64(x_place[x])] > rank[np.int64(x_place[y])]:
                return False
            if len(rank) == 0:
                by[person] = min(x, y)
                return x != y
    first[person] = at
    by[person] = x
    return False


@compiled
def sweep(
    places: Array,
    ptr: Array,
    kept: Array,
    levels: Array,
    least: Array,
    order_of: Array,
    x_source: Array,
    x_begin: Array,
    x_end: Array,
    x_place: Array,
    rank: Array,
    skip: Array,
    reaches: Array,
    codes: Array,
    meta: Array,
    raw: Array,
    sums: Array,
    seen: Array,
    place_keys: Array,
    place_ptr: Array,
    place_longest: Array,
    words: Array,
    lengths: Array,
    first: Array,
    by: Array,
    begins_in: Array,
    ends_in: Array,
) -> int:
    """Everybody's first exposure in this layout; 0, 1 if `take_first` met a tie, or -2 - bad block.

    Args:
        places: those with presences.
        skip: not 0 for persons who are not wanted, or whose first exposure was before this layout begins.
        reaches: shape (n, 2), closed spans of time that other layouts cover too.
        codes: shape (n, 2), the bit for a stay that begins there, and for one that ends there.
        first, by: of each person, the instant and the presence.
        begins_in, ends_in: of each of the places, the bits of stays that may be parts of one stay; see `pieces`.
    """
    base, unit, length_bits, person_bits, scale = meta[0], meta[1], meta[2], meta[3], meta[4]
    shift = np.uint64(length_bits + person_bits)
    mask = (np.uint64(1) << np.uint64(length_bits)) - np.uint64(1)
    who = (np.uint64(1) << np.uint64(person_bits)) - np.uint64(1)
    n_slots = len(place_ptr) - 1
    checked = len(sums) > 0
    n_reaches = len(reaches)
    quiet_from, quiet_until = np.int64(2**62), np.int64(-(2**62))  # the longest time without any of the reaches
    if n_reaches == 0:
        quiet_from, quiet_until = quiet_until, quiet_from
    longest = np.int64(0)
    for r in range(n_reaches):
        following = np.int64(2**62)
        for q in range(n_reaches):
            if reaches[q, 1] > reaches[r, 1]:
                following = min(following, reaches[q, 0])
        if following - reaches[r, 1] > longest:
            longest = following - reaches[r, 1]
            quiet_from, quiet_until = reaches[r, 1], following
    tied = False
    for g in range(len(places)):
        p = np.int64(places[g])
        a, b = ptr[p], ptr[p] + kept[p]
        k = slot_of(place_keys, p, n_slots)
        if k < 0 or x_end[b - 1] <= meta[16] or x_begin[a] >= meta[17]:
            continue
        if checked:
            bad = first_bad(raw, sums, seen, meta[5 + 1] + 4 * k, meta[5 + 1] + 4 * k + 8)
            if bad < 0:
                bad = first_bad(raw, sums, seen, meta[5 + 2] + 2 * k, meta[5 + 2] + 2 * k + 2)
            if bad < 0 and len(place_keys):
                bad = first_bad(raw, sums, seen, meta[5] + 4 * k, meta[5] + 4 * k + 4)
            if bad >= 0:
                return -2 - bad
        i, end = np.int64(place_ptr[k]), np.int64(place_ptr[k + 1])
        if i == end:
            continue
        shortest = max(np.int64(1), least[np.int64(levels[p]) if len(levels) else 0])
        earliest = (x_begin[a] - base) // unit - np.int64(place_longest[k]) * scale
        latest = x_end[b - 1]
        high = end
        while high - i > 8:
            middle = (i + high) >> 1
            if checked:
                byte = meta[5 + 9] + 8 * middle
                if seen[byte >> 12] == 0:
                    bad = first_bad(raw, sums, seen, byte, byte + 8)
                    if bad >= 0:
                        return -2 - bad
            if np.int64(words[middle] >> shift) < earliest:
                i = middle + 1
            else:
                high = middle
        c = a
        fresh = True
        while i < end:
            if checked and (fresh or i & 511 == 0):
                fresh = False
                byte = meta[5 + 9] + 8 * i
                if seen[byte >> 12] == 0:
                    bad = first_bad(raw, sums, seen, byte, byte + 8)
                    if bad >= 0:
                        return -2 - bad
            w = words[i]
            start = base + np.int64(w >> shift) * unit
            if start >= latest:
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
            stop = start + d * unit
            if start <= quiet_from or stop >= quiet_until:
                for r in range(n_reaches):
                    if reaches[r, 0] <= start <= reaches[r, 1]:
                        begins_in[g] |= codes[r, 0]
                    if reaches[r, 0] <= stop <= reaches[r, 1]:
                        ends_in[g] |= codes[r, 1]
            if stop - start < shortest:
                continue
            while c < b and x_end[c] < start + shortest:  # too early for this stay and for all that begin later
                c += 1
            if c == b:
                if n_reaches == 0:
                    break
                continue
            if x_begin[c] <= stop - shortest:
                person = np.int64(w & who)
                if skip[person] == 0:  # one byte a person, which stays near; `first` is far away
                    a_tie = take_first(
                        person, max(start, x_begin[c]), c, x_source, x_begin, x_end, order_of, x_place, rank, first, by
                    )
                    tied |= a_tie
    return 1 if tied else 0


@compiled
def pieces(
    places: Array,
    wanted: Array,
    ptr: Array,
    kept: Array,
    x_begin: Array,
    x_end: Array,
    skip: Array,
    reaches: Array,
    meta: Array,
    place_keys: Array,
    place_ptr: Array,
    words: Array,
    lengths: Array,
    out_place: Array,
    out_person: Array,
    out_from: Array,
    out_until: Array,
) -> int:
    """Stays of this layout that begin or end where another layout goes on: number of the place, person, from, until.

    -1 where the room is too small. The blocks have been looked at by `sweep`.
    """
    base, unit, length_bits, person_bits = meta[0], meta[1], meta[2], meta[3]
    shift = np.uint64(length_bits + person_bits)
    mask = (np.uint64(1) << np.uint64(length_bits)) - np.uint64(1)
    who = (np.uint64(1) << np.uint64(person_bits)) - np.uint64(1)
    n = 0
    for y in range(len(wanted)):
        g = np.int64(wanted[y])
        p = np.int64(places[g])
        k = slot_of(place_keys, p, len(place_ptr) - 1)
        if k < 0 or len(reaches) == 0:
            continue
        earliest, latest = x_begin[ptr[p]], x_end[ptr[p] + kept[p] - 1]
        for i in range(np.int64(place_ptr[k]), np.int64(place_ptr[k + 1])):
            w = words[i]
            start = base + np.int64(w >> shift) * unit
            if start >= latest:
                break
            d = np.int64((w >> np.uint64(person_bits)) & mask) if length_bits else np.int64(lengths[i])
            stop = start + d * unit
            person = np.int64(w & who)
            if d == 0 or stop <= earliest or skip[person]:
                continue
            for r in range(len(reaches)):
                if reaches[r, 0] <= start <= reaches[r, 1] or reaches[r, 0] <= stop <= reaches[r, 1]:
                    if n == len(out_place):
                        return -1
                    out_place[n] = np.uint32(g)
                    out_person[n] = np.uint32(person)
                    out_from[n] = start
                    out_until[n] = stop
                    n += 1
                    break
    return n


@compiled
def sweep_pieces(
    places: Array,
    place: Array,
    person: Array,
    start: Array,
    stop: Array,
    ptr: Array,
    kept: Array,
    levels: Array,
    least: Array,
    order_of: Array,
    x_source: Array,
    x_begin: Array,
    x_end: Array,
    x_place: Array,
    rank: Array,
    first: Array,
    by: Array,
) -> bool:
    """First exposures of stays put together from pieces, which come in order of place, person, beginning."""
    n = len(place)
    tied = False
    i = 0
    while i < n:
        j = i + 1
        until = stop[i]
        while j < n and place[j] == place[i] and person[j] == person[i] and start[j] <= until:
            until = max(until, stop[j])
            j += 1
        if j > i + 1:
            p = np.int64(places[np.int64(place[i])])
            shortest = max(np.int64(1), least[np.int64(levels[p]) if len(levels) else 0])
            low, high = ptr[p], ptr[p] + kept[p]
            b = high
            while low < high:
                middle = (low + high) >> 1
                if x_end[middle] < start[i] + shortest:
                    low = middle + 1
                else:
                    high = middle
            if low < b and x_begin[low] <= until - shortest and until - start[i] >= shortest:
                a_tie = take_first(
                    np.int64(person[i]), max(start[i], x_begin[low]), low, x_source, x_begin, x_end, order_of, x_place,
                    rank, first, by,
                )  # fmt: skip
                tied |= a_tie
        i = j
    return tied
