"""Ids as numbers (编号): small whole numbers in the order of the ids, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Array = NDArray[Any]
Column = Any  # pyarrow Array or ChunkedArray


class Numbering(Protocol):
    """Whoever knows the numbers of ids."""

    def of(self, column: Column) -> Array:
        """int64, -1 for an id that is not known."""

    def back(self, numbers: Array) -> Column:
        """The ids of these numbers."""


@dataclass(frozen=True)
class Numbers:
    """The ids of a column in order; without `known` every id is its own number."""

    kind: pa.DataType
    known: pa.Array | None
    n: int

    def of(self, column: Column) -> Array:
        """int64, -1 for an id that is not among them."""
        column = plain(column).cast(self.kind)
        if self.known is None:
            found = column.to_numpy(zero_copy_only=False).astype(np.int64) if len(column) else np.empty(0, np.int64)
            return np.where((found >= 0) & (found < self.n), found, -1)
        at = pc.index_in(column, value_set=self.known)
        found = pc.fill_null(at, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        return np.asarray(found)

    def back(self, numbers: Array) -> Column:
        """The ids of these numbers."""
        if self.known is None:
            return pa.array(numbers.astype(np.int64)).cast(self.kind)
        return self.known.take(pa.array(numbers.astype(np.int64)))


def numbered(column: Column) -> tuple[Numbers, Array]:
    """The numbers of a column, and the column in them (uint32).

    Raises:
        ValueError: ids are neither whole numbers nor text, or one is missing.
    """
    column = plain(column)
    if column.null_count:
        raise ValueError(f"an id must not be missing; {column.null_count} are")
    if pa.types.is_integer(column.type):
        return _integers(column)
    if not pa.types.is_string(column.type):
        raise ValueError(f"ids must be whole numbers or text; got {column.type}")
    coded = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = pc.dictionary_encode(coded)
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    ids = coded.dictionary
    order = pc.sort_indices(ids)
    rank = np.empty(len(ids), np.uint32)
    rank[order.to_numpy()] = np.arange(len(ids), dtype=np.uint32)
    return Numbers(ids.type, ids.take(order), len(ids)), rank[coded.indices.to_numpy()]


def plain(column: Column) -> Column:
    """Without a dictionary, and text as one type."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_large_string(kind) or kind == pa.string_view():
        return column.cast(pa.string())
    return column


def _integers(column: Column) -> tuple[Numbers, Array]:
    ids = column.to_numpy(zero_copy_only=False) if len(column) else np.empty(0, np.int64)
    if len(ids) == 0:
        return Numbers(column.type, None, 0), np.empty(0, np.uint32)
    least, most = int(ids.min()), int(ids.max())
    if least >= 0 and most < 4 * len(ids) + (1 << 16):
        return Numbers(column.type, None, most + 1), ids.astype(np.uint32)
    known, numbers = np.unique(ids, return_inverse=True)
    return Numbers(column.type, pa.array(known, column.type), len(known)), numbers.astype(np.uint32)
