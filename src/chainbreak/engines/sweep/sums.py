"""Sums of blocks (校验和): a flipped byte is found when its block is first looked at, and named."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep.compiled import compiled

Array = NDArray[Any]
BLOCK = 4096  # bytes
WORDS = BLOCK // 8


@compiled
def sum_of(raw: Array, block: int) -> np.uint64:
    """The sum of one block: any change of one word changes it, for every step can be undone."""
    prime = np.uint64(0x9E3779B97F4A7C15)
    a, b, c, d = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    at = block * 512
    for i in range(at, at + 512, 4):
        a = (a ^ raw[i]) * prime
        b = (b ^ raw[i + 1]) * prime
        c = (c ^ raw[i + 2]) * prime
        d = (d ^ raw[i + 3]) * prime
    return (((((a * prime) ^ b) * prime) ^ c) * prime) ^ d


@compiled
def sums_of(raw: Array) -> Array:
    """The sums of all blocks of a file; its length is a multiple of a block."""
    found = np.empty(len(raw) // 512, np.uint64)
    for block in range(len(found)):
        found[block] = sum_of(raw, block)
    return found


@compiled
def first_bad(raw: Array, sums: Array, seen: Array, begin: int, end: int) -> int:
    """-1 if all blocks that hold the bytes from `begin` up to `end` are as written, else the first that is not.

    Without sums (a layout in memory) all is well.
    """
    if len(sums) == 0:
        return -1
    for block in range(begin >> 12, ((end - 1) >> 12) + 1):
        if seen[block] == 0:
            if sum_of(raw, block) != sums[block]:
                return block
            seen[block] = np.uint8(1)
    return -1
