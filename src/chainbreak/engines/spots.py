"""Carriages and seats as numbers (车厢座位): carriage in the high 16 bits, row in the low; 0 where it is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Array = NDArray[Any]
COLUMNS = ("carriage", "seat")
CARRIAGE, ANYWHERE = 65534, 65535  # rows apart: the whole carriage; neither carriage nor seat matters
_ROW = r"^0*(?P<row>[1-9][0-9]{0,3})(?P<letter>[^0-9].*)?$"


def spots_of(table: pa.Table, carriages: list[str]) -> Array | None:
    """Carriage and row of each stay (uint32), or None if the table tells of none.

    Args:
        carriages: names known so far, in order of their numbers from 1; new ones are added.

    Raises:
        ValueError: more than 65,000 different carriages.
    """
    if not set(COLUMNS) & set(table.column_names) or not table.num_rows:
        return None
    found = np.zeros(table.num_rows, np.uint32)
    if "carriage" in table.column_names:
        found |= _numbers(_text(table["carriage"]), carriages) << np.uint32(16)
    if "seat" in table.column_names:
        rows = pc.struct_field(pc.extract_regex(_text(table["seat"]), _ROW), "row")
        found |= np.asarray(pc.fill_null(rows.cast(pa.uint32()), 0).to_numpy(zero_copy_only=False), np.uint32)
    return found if found.any() else None


def as_it_counts(spot: Array, apart: Array) -> Array:
    """Spots at places with these rows apart: without row where the whole carriage counts, 0 where nothing matters."""
    found = np.where(apart == CARRIAGE, spot & np.uint32(0xFFFF0000), spot)
    return np.asarray(np.where(apart == ANYWHERE, np.uint32(0), found))


def _numbers(names: pa.Array, carriages: list[str]) -> Array:
    coded = pc.dictionary_encode(names)
    known = {name: number for number, name in enumerate(carriages, start=1)}
    of_code = np.zeros(len(coded.dictionary) + 1, np.uint32)
    for code, name in enumerate(coded.dictionary.to_pylist()):
        if name is not None and name not in known:
            carriages.append(name)
            known[name] = len(carriages)
        of_code[code] = known.get(name, 0)
    if len(carriages) > 65_000:
        raise ValueError(f"at most 65,000 different carriages; got {len(carriages)}")
    codes = pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.asarray(of_code[codes])


def _text(column: pa.ChunkedArray) -> pa.Array:
    column = column.cast(pa.string())
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    text = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
