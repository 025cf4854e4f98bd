"""Ids outside and numbers inside (内外编号): a lake gives every id a number when it first comes, for good.

Whole numbers below 4 billion are their own numbers (`direct`). Others, and text such as 007, stand in files of ids in
the order of their numbers.
"""

from __future__ import annotations

import hashlib
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.lake.manifest import sync
from chainbreak.engines.sweep.numbers import Column, plain

Array = NDArray[Any]
LIMIT = 2**32 - 2
WHOLE = r"^(0|-?[1-9][0-9]{0,17})$"


def kind_for(column: Column) -> str:
    """How a lake whose first ids these are will keep ids."""
    column = plain(column)
    if pa.types.is_integer(column.type):
        low, high = (pc.min(column).as_py() or 0), (pc.max(column).as_py() or 0)
        return "direct" if low >= 0 and high < LIMIT else "int64"
    return "text"


class Ids:
    """The ids of persons, or of places, of one lake."""

    def __init__(self, folder: Path, kind: str, parts: list[dict[str, Any]]) -> None:
        self.kind = kind
        self._folder = folder
        self._parts = parts
        self._added: list[pa.Array] = []

    @cached_property
    def known(self) -> pa.Array:
        """All ids, as text, in the order of their numbers."""
        columns = [_read(self._folder, part) for part in self._parts] + self._added
        return pa.concat_arrays(columns) if columns else pa.array([], pa.string())

    @property
    def outside(self) -> pa.DataType:
        """The type of the ids outside."""
        return pa.string() if self.kind == "text" else pa.int64()

    def as_text(self, column: Column) -> pa.Array:
        """A column as this lake's ids are written; null where a value cannot be one."""
        column = plain(column)
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        if self.kind == "text":
            text = column.cast(pa.string())
            text = pc.utf8_trim_whitespace(text)
            return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        if pa.types.is_integer(column.type):
            return column.cast(pa.int64())
        text = pc.utf8_trim_whitespace(column.cast(pa.string()))
        whole = pc.fill_null(pc.match_substring_regex(text, WHOLE), False)
        return pc.if_else(whole, text, pa.scalar(None, pa.string())).cast(pa.int64())

    def numbers(self, column: Column, *, add: bool = False) -> Array:
        """int64 numbers; -1 for an id that is not known, or cannot be one. With `add`, new ids get the next numbers."""
        column = self.as_text(column)
        if self.kind == "direct":
            filled = pc.fill_null(column, -1)
            found = filled.to_numpy(zero_copy_only=False) if len(filled) else np.empty(0, np.int64)
            return np.where((found >= 0) & (found < LIMIT), found, -1).astype(np.int64)
        column = column.cast(pa.string())
        coded = pc.dictionary_encode(column)
        at = pc.index_in(coded.dictionary, value_set=self.known)
        if add and at.null_count:
            new = coded.dictionary.filter(pc.is_null(at))
            before = len(self.known)
            self._added.append(new)
            del self.known
            places = np.where(pc.is_null(at).to_numpy(zero_copy_only=False))[0]
            numbers = pc.fill_null(at, -1).to_numpy(zero_copy_only=False).astype(np.int64)
            numbers[places] = np.arange(before, before + len(new))
        else:
            numbers = pc.fill_null(at, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        numbers = np.append(numbers, -1)  # for the code -1
        found = numbers[codes]
        return np.asarray(found)

    def of(self, column: Column) -> Array:
        """int64 numbers; -1 for an id that is not known."""
        return self.numbers(column)

    def back(self, numbers: Array) -> pa.Array:
        """The ids of these numbers, as they are outside."""
        if self.kind == "direct":
            return pa.array(numbers.astype(np.int64))
        return self.known.take(pa.array(numbers.astype(np.int64))).cast(self.outside)

    def rank(self, numbers: Array) -> Array:
        """The order of these ids outside: shape (highest number + 1,), filled for these numbers only."""
        used = np.unique(numbers)
        found = np.zeros(int(used.max()) + 1 if len(used) else 0, np.uint32)
        order = pc.sort_indices(self.back(used)).to_numpy()
        found[used[order]] = np.arange(len(used), dtype=np.uint32)
        return found

    def order(self, numbers: Array) -> Array:
        """The order outside of these ids, from 0; for numbers that come once each."""
        found = np.empty(len(numbers), np.int64)
        found[pc.sort_indices(self.back(numbers)).to_numpy()] = np.arange(len(numbers))
        return found

    def save(self, file: str) -> dict[str, Any] | None:
        """Write what was added; the manifest's line for it, or None."""
        if not self._added:
            return None
        new = pa.concat_arrays(self._added)
        path = self._folder / file
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, pa.schema([("id", pa.string())])) as writer:
            writer.write_batch(pa.record_batch({"id": new}))
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        sync(path.parent)
        return {"file": file, "n": len(new), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _read(folder: Path, part: dict[str, Any]) -> pa.Array:
    path = folder / part["file"]
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise LakeError("lake_damaged", file=part["file"], path=str(folder)) from None
    if hashlib.sha256(content).hexdigest() != part["sha256"]:
        raise LakeError("lake_damaged", file=part["file"], path=str(folder))
    column = pa.ipc.open_file(pa.BufferReader(content)).read_all()["id"].combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
