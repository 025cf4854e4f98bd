"""The layouts' machine code (排布): counting sort by place and by person, the stays of a place in order of arrival."""

# mypy: disable-error-code="arg-type, return-value, assignment"
# (machine code: its whole numbers are of 64 bits, whatever they are called)

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.compiled import compiled

Array = NDArray[Any]


@compiled
def extent(start: Array, end: Array, person: Array) -> tuple[int, int, int, int, int]:
    """First and last arrival, longest stay, highest person, and the greatest unit of all times, in microseconds."""
    first = last = start[0]
    longest = np.int64(0)
    highest = np.int64(0)
    minute = second = thousandth = True
    for i in range(len(start)):
        s, e = start[i], end[i]
        first = min(first, s)
        last = max(last, s)
        longest = max(longest, e - s)
        highest = max(highest, np.int64(person[i]))
        if minute and (s % 60_000_000 or e % 60_000_000):
            minute = False
        if not minute and second and (s % 1_000_000 or e % 1_000_000):
            second = False
        if not second and thousandth and (s % 1_000 or e % 1_000):
            thousandth = False
    finest = 60_000_000 if minute else 1_000_000 if second else 1_000 if thousandth else 1
    return first, last, longest, highest, finest


@compiled
def pointers(slot: Array, n_slots: int) -> Array:
    """Where each slot's run begins; shape (slots + 1,)."""
    found = np.zeros(n_slots + 1, np.uint32)
    for i in range(len(slot)):
        found[np.int64(slot[i]) + 1] += np.uint32(1)
    for i in range(n_slots):
        found[i + 1] += found[i]
    return found


@compiled
def by_place(
    slot: Array,
    person: Array,
    start: Array,
    end: Array,
    ptr: Array,
    base: int,
    unit: int,
    length_bits: int,
    person_bits: int,
    origin: bool,
) -> tuple[Array, Array, Array]:
    """Words, lengths (empty where they are in the words) and origins (empty unless wanted), each in its place's run."""
    n = len(slot)
    words = np.empty(n, np.uint64)
    lengths = np.empty(n if length_bits == 0 else 0, np.uint64)
    came = np.empty(n if origin else 0, np.uint32)
    at = ptr[:-1].copy()
    shift = np.uint64(length_bits + person_bits)
    for i in range(n):
        k = np.int64(slot[i])
        j = np.int64(at[k])
        at[k] = np.uint32(j + 1)
        s = np.uint64((start[i] - base) // unit)
        d = np.uint64((end[i] - start[i]) // unit)
        if length_bits == 0:
            words[j] = (s << shift) | np.uint64(person[i])
            lengths[j] = d
        else:
            words[j] = (s << shift) | (d << np.uint64(person_bits)) | np.uint64(person[i])
        if origin:
            came[j] = np.uint32(i)
    return words, lengths, came


@compiled
def sort_runs(ptr: Array, words: Array, lengths: Array, came: Array) -> None:
    """Every place's run in order of arrival, in place."""
    apart = len(lengths) > 0 or len(came) > 0
    for k in range(len(ptr) - 1):
        a, b = np.int64(ptr[k]), np.int64(ptr[k + 1])
        if b - a < 2:
            continue
        if not apart:
            if b - a <= 24:
                for i in range(a + 1, b):
                    w = words[i]
                    j = i - 1
                    while j >= a and words[j] > w:
                        words[j + 1] = words[j]
                        j -= 1
                    words[j + 1] = w
            else:
                words[a:b].sort()
            continue
        order = np.argsort(words[a:b], kind="mergesort")
        words[a:b] = words[a:b][order]
        if len(lengths):
            lengths[a:b] = lengths[a:b][order]
        if len(came):
            came[a:b] = came[a:b][order]


@compiled
def summaries(
    ptr: Array, words: Array, lengths: Array, unit: int, length_bits: int, person_bits: int, scale: int
) -> tuple[Array, Array, Array, Array, int]:
    """Longest stay of each place, place of every 64th position, latest end in each 64 and 4096 positions, and of all."""
    n = len(words)
    n_slots = len(ptr) - 1
    longest = np.zeros(n_slots, np.uint16)
    directory = np.zeros((n >> 6) + 1, np.uint32)
    peak = np.zeros((n >> 6) + 1, np.int64)
    peaks = np.zeros((n >> 12) + 1, np.int64)
    shift = np.uint64(length_bits + person_bits)
    mask = (np.uint64(1) << np.uint64(length_bits)) - np.uint64(1)
    latest = np.int64(0)
    for k in range(n_slots):
        most = np.int64(0)
        for i in range(np.int64(ptr[k]), np.int64(ptr[k + 1])):
            if i & 63 == 0:
                directory[i >> 6] = np.uint32(k)
            w = words[i]
            d = np.int64((w >> np.uint64(person_bits)) & mask) if length_bits else np.int64(lengths[i])
            most = max(most, d)
            e = np.int64(w >> shift) + d
            latest = max(latest, e)
            peak[i >> 6] = max(peak[i >> 6], e)
            peaks[i >> 12] = max(peaks[i >> 12], e)
        longest[k] = np.uint16((most + scale - 1) // scale)
    return longest, directory, peak, peaks, latest


@compiled
def slot_of(keys: Array, key: int, n_slots: int) -> int:
    """The slot of an id; -1 if it has none. Without keys the id is its slot."""
    if len(keys) == 0:
        return key if key < n_slots else -1
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) >> 1
        if np.int64(keys[middle]) < key:
            low = middle + 1
        else:
            high = middle
    return low if low < len(keys) and np.int64(keys[low]) == key else -1


@compiled
def by_person(
    place_ptr: Array,
    words: Array,
    lengths: Array,
    keys: Array,
    ptr: Array,
    length_bits: int,
    person_bits: int,
    scale: int,
    place_longest: Array,
    peak: Array,
    peaks: Array,
    join: bool,
) -> tuple[Array, bool]:
    """The positions of each person's stays, and whether none of them overlaps or touches another at its place.

    With `join`, stays that do are made one: the first of them gets the length of all, the others none.
    """
    n = len(words)
    n_slots = len(ptr) - 1
    found = np.empty(n, np.uint32)
    at = np.empty((n_slots, 4), np.int64)  # next; last place; last end there; where that stay lies: read together
    for k in range(n_slots):
        at[k, 0] = np.int64(ptr[k])
        at[k, 1] = -1
    clean = True
    shift = np.uint64(length_bits + person_bits)
    mask = (np.uint64(1) << np.uint64(length_bits)) - np.uint64(1)
    who = (np.uint64(1) << np.uint64(person_bits)) - np.uint64(1)
    for place in range(len(place_ptr) - 1):
        for i in range(np.int64(place_ptr[place]), np.int64(place_ptr[place + 1])):
            w = words[i]
            k = slot_of(keys, np.int64(w & who), n_slots)
            d = np.int64((w >> np.uint64(person_bits)) & mask) if length_bits else np.int64(lengths[i])
            s = np.int64(w >> shift)
            if at[k, 1] == place and s <= at[k, 2]:
                first = at[k, 3]
                end = max(at[k, 2], s + d)
                length = end - np.int64(words[first] >> shift)
                if join and (length_bits == 0 or length <= np.int64(mask)) and length <= 65535 * scale:
                    if length_bits:
                        gap = ~(mask << np.uint64(person_bits))
                        words[first] = (words[first] & gap) | (np.uint64(length) << np.uint64(person_bits))
                        words[i] = w & gap
                    else:
                        lengths[first] = np.uint64(length)
                        lengths[i] = np.uint64(0)
                    place_longest[place] = max(place_longest[place], np.uint16((length + scale - 1) // scale))
                    peak[first >> 6] = max(peak[first >> 6], end)
                    peaks[first >> 12] = max(peaks[first >> 12], end)
                else:
                    clean = False
                at[k, 2] = end
            else:
                at[k, 1] = place
                at[k, 2] = s + d
                at[k, 3] = i
            found[at[k, 0]] = np.uint32(i)
            at[k, 0] += 1
    return found, clean
