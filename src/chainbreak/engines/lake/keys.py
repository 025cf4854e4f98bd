"""Keys of stays (停留编号的键): 64 bits out of a stay's own id, to find it again among millions. Machine code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chainbreak.engines.sweep.compiled import compiled

Array = NDArray[Any]


@compiled
def _keys(offsets: Array, data: Array) -> Array:
    found = np.empty(len(offsets) - 1, np.uint64)
    for i in range(len(found)):
        h = np.uint64(0xCBF29CE484222325)
        for j in range(offsets[i], offsets[i + 1]):
            h = (h ^ np.uint64(data[j])) * np.uint64(0x100000001B3)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        found[i] = h ^ (h >> np.uint64(32))
    return found


def keys_of(ids: pa.Array) -> Array:
    """The keys of a column of text; nulls have the key of an empty text."""
    offsets, data = bytes_of(ids)
    return np.asarray(_keys(offsets, data))


def bytes_of(ids: pa.Array) -> tuple[Array, Array]:
    """The bytes of a column of text one after another, and where each begins (int64); nulls are empty."""
    column = ids.cast(pa.large_string())
    if column.null_count:
        column = column.fill_null("")
    buffers = column.buffers()
    offsets = np.frombuffer(buffers[1], np.int64)[column.offset : column.offset + len(column) + 1]
    if len(offsets) == 0:
        offsets = np.zeros(1, np.int64)
    data = np.frombuffer(buffers[2], np.uint8) if buffers[2] is not None else np.empty(0, np.uint8)
    return offsets - offsets[0], np.array(data[offsets[0] : offsets[-1]])
