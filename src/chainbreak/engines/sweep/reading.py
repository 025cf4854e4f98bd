"""Reading ahead (预读): what a question needs of files that are not in memory, asked for at once and not one by one.

What is read here is not looked at: the kernels compare every block with its sum before they use it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.layout import Layout

Array = NDArray[Any]
BLOCK = 4096
GAP = 4  # blocks: what lies between is read along
AT_ONCE = 16  # a disk answers many at once
ASKED = 6  # blocks, to see whether a file is in memory
SHORT_RUN = 32 * 512  # stays of a place: read as a whole


def ahead_of_persons(layouts: Sequence[Layout], persons: Array) -> None:
    """Where these persons' stays lie: the pointers, then the positions, then the stays and their places."""

    def one(layout: Layout) -> None:
        a = layout.arrays
        slot = np.searchsorted(a["person_keys"], persons) if len(a["person_keys"]) else persons.astype(np.int64)
        slot = slot[slot < len(a["person_ptr"]) - 1]
        if not len(slot) or not _fetch(layout, _blocks(layout, "person_ptr", 4, slot, slot + 2)):
            return
        begin = a["person_ptr"][slot].astype(np.int64)
        end = np.clip(a["person_ptr"][slot + 1].astype(np.int64), begin, begin + 10_000)
        _fetch(layout, _blocks(layout, "person_pos", 4, begin, end))
        at = np.concatenate([a["person_pos"][b:e] for b, e in zip(begin.tolist(), end.tolist(), strict=True)])
        at = at.astype(np.int64)
        _fetch(layout, _blocks(layout, "words", 8, at, at + 1), _blocks(layout, "directory", 4, at >> 6, (at >> 6) + 1))
        place = a["directory"][np.minimum(at >> 6, len(a["directory"]) - 1)].astype(np.int64)
        _fetch(layout, _blocks(layout, "place_ptr", 4, place, place + 2))

    _each(one, layouts)


def ahead_of_places(layouts: Sequence[Layout], chosen: Callable[[Layout], Array]) -> None:
    """The stays at the places that are chosen for each layout: pointers and longest stays, then runs that are short."""

    def one(layout: Layout) -> None:
        a = layout.arrays
        places = np.unique(chosen(layout)).astype(np.int64)
        slot = np.searchsorted(a["place_keys"], places) if len(a["place_keys"]) else places
        slot = slot[slot < len(a["place_ptr"]) - 1]
        pointers = _blocks(layout, "place_ptr", 4, slot, slot + 2)
        if not len(slot) or not _fetch(layout, pointers, _blocks(layout, "place_longest", 2, slot, slot + 1)):
            return
        begin, end = a["place_ptr"][slot].astype(np.int64), a["place_ptr"][slot + 1].astype(np.int64)
        short = (end > begin) & (end - begin <= SHORT_RUN)
        begin, end = begin[short], end[short]
        _fetch(
            layout,
            _blocks(layout, "words", 8, begin, end),
            _blocks(layout, "peak", 8, begin >> 6, (end >> 6) + 1),
            _blocks(layout, "peaks", 8, begin >> 12, (end >> 12) + 1),
        )

    _each(one, layouts)


def _each(work: Callable[[Layout], None], layouts: Sequence[Layout]) -> None:
    kept = [layout for layout in layouts if layout.path]
    if kept:
        list(_pool().map(work, kept))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, "ahead")


def _blocks(layout: Layout, section: str, size: int, first: Array, last: Array) -> Array:
    """The blocks of a section that hold its elements from first up to last."""
    offset = layout.offsets[section]
    n_bytes = len(layout.arrays[section]) * size
    begin = (offset + np.clip(first * size, 0, max(n_bytes - 1, 0))) // BLOCK
    end = (offset + np.clip(last * size - 1, 0, max(n_bytes - 1, 0))) // BLOCK
    if not len(begin) or not n_bytes:
        return np.empty(0, np.int64)
    number = np.maximum(end - begin + 1, 1)
    within = np.arange(int(number.sum())) - np.repeat(np.cumsum(number) - number, number)
    return np.asarray(np.repeat(begin, number) + within)


def _fetch(layout: Layout, *wanted: Array) -> bool:
    """Ask for these blocks if they were not looked at before and are not in memory; False if all of them were or are."""
    blocks = np.unique(np.concatenate(wanted))
    blocks = blocks[layout.seen[blocks] == 0] if len(blocks) else blocks
    if not len(blocks):
        return False
    try:
        handle = os.open(layout.path, os.O_RDONLY)
    except FileNotFoundError:  # merged away meanwhile; this question still holds what was in it
        return False
    try:
        if _is_in_memory(handle, blocks):
            return False
        edges = np.flatnonzero(np.diff(blocks) > GAP) + 1
        begins, ends = blocks[np.r_[0, edges]], blocks[np.r_[edges - 1, len(blocks) - 1]] + 1
        for begin, end in zip((begins * BLOCK).tolist(), (ends * BLOCK).tolist(), strict=True):
            os.posix_fadvise(handle, begin, end - begin, os.POSIX_FADV_WILLNEED)
    finally:
        os.close(handle)
    return True


def _is_in_memory(handle: int, blocks: Array) -> bool:
    """Whether some of them, taken as a sample, can be read without waiting."""
    buffer = bytearray(BLOCK)
    for block in blocks[np.linspace(0, len(blocks) - 1, ASKED).astype(int)].tolist():
        try:
            os.preadv(handle, [buffer], block * BLOCK, os.RWF_NOWAIT)
        except BlockingIOError:
            return False
        except (OSError, AttributeError):  # another system: it reads when it must
            return True
    return True
