"""Rows of a segment (段内记录): stays as integers with what came along, into a segment and out of it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainbreak.engines.lake import segment
from chainbreak.engines.lake.batch import day_of
from chainbreak.engines.lake.keys import bytes_of, keys_of
from chainbreak.engines.lake.manifest import Entry
from chainbreak.engines.lake.segment import Segment
from chainbreak.engines.sweep import layout

Array = NDArray[Any]
CODES = 255  # of evidence and certainty in one segment; 255 itself is unknown


@dataclass(frozen=True)
class Rows:
    """Stays in numbers; ids and evidence only where they came with them."""

    person: Array
    place: Array
    start: Array
    end: Array
    stay_id: pa.Array | None = None
    evidence: pa.Array | None = None
    certainty: pa.Array | None = None
    spot: Array | None = None  # carriage and row, where any is known

    def where(self, chosen: Array) -> Rows:
        """Some of the rows."""
        mask = pa.array(chosen)
        more: list[pa.Array | None] = [None if column is None else column.filter(mask) for column in self.columns]
        spot = None if self.spot is None else self.spot[chosen]
        return Rows(
            self.person[chosen],
            self.place[chosen],
            self.start[chosen],
            self.end[chosen],
            more[0],
            more[1],
            more[2],
            spot,
        )

    @property
    def columns(self) -> tuple[pa.Array | None, pa.Array | None, pa.Array | None]:
        """What came along."""
        return self.stay_id, self.evidence, self.certainty


def together(parts: Sequence[Rows]) -> Rows:
    """Rows of several segments as one."""
    numbers = [np.concatenate([getattr(part, name) for part in parts]) for name in ("person", "place", "start", "end")]
    more: list[pa.Array | None] = []
    for name in ("stay_id", "evidence", "certainty"):
        columns = [getattr(part, name) for part in parts]
        if all(column is None for column in columns):
            more.append(None)
            continue
        filled = [
            pa.nulls(len(part.person), pa.large_string()) if column is None else column.cast(pa.large_string())
            for part, column in zip(parts, columns, strict=True)
        ]
        more.append(pa.concat_arrays(filled))
    spots = [np.zeros(len(part.person), np.uint32) if part.spot is None else part.spot for part in parts]
    spot = np.concatenate(spots) if any(part.spot is not None for part in parts) else None
    person, place, start, end = numbers
    return Rows(person, place, start, end, more[0], more[1], more[2], spot)


def save(folder: Path, file: str, rows: Rows, *, is_fresh: bool) -> Entry:
    """Write rows as a segment. Without ids of their own, equal stays are kept once."""
    is_bare = all(column is None for column in (*rows.columns, rows.spot))
    laid, came = layout.lay(
        rows.place.astype(np.uint32), rows.person.astype(np.uint32), rows.start, rows.end, origin=not is_bare
    )
    more: dict[str, Array] = {}
    names: dict[str, list[str]] = {}
    order = pa.array(came) if not is_bare else None
    for name, column in (("evidence", rows.evidence), ("certainty", rows.certainty)):
        if column is not None and column.null_count < len(column):
            coded = pc.dictionary_encode(column.take(order))
            codes = pc.fill_null(coded.indices, CODES).to_numpy(zero_copy_only=False)
            more[name] = np.minimum(codes, CODES).astype(np.uint8)
            names[name] = coded.dictionary.to_pylist()[:CODES]
    if rows.stay_id is not None and rows.stay_id.null_count < len(rows.stay_id):
        ids = rows.stay_id.take(order)
        more["stay_ptr"], more["stay_bytes"] = bytes_of(ids)
        keys = keys_of(ids)
        has = np.flatnonzero(~pc.is_null(ids).to_numpy(zero_copy_only=False))
        by_key = has[np.argsort(keys[has], kind="stable")]
        more["stay_hash"], more["stay_pos"] = keys[by_key], by_key.astype(np.uint32)
    if rows.spot is not None and rows.spot.any():
        more["spot"] = rows.spot[came]
    days, number = np.unique(day_of(rows.start), return_counts=True)
    by_day = {str(day): int(n) for day, n in zip(days.tolist(), number.tolist(), strict=True)}
    return segment.save(folder, file, laid, more, names, days=by_day, is_fresh=is_fresh)


def at(held: Segment, positions: Array) -> Rows:
    """The stays at these positions. Blocks are looked at as a whole where there are many."""
    lay = held.layout
    for name in ("words", "lengths", "place_ptr", "place_keys", *held.more):
        array = lay.arrays.get(name, held.more.get(name))
        if array is None or not len(array):
            continue
        if name in ("place_ptr", "place_keys", "stay_bytes", "stay_hash", "stay_pos") or len(positions) > 64:
            held.verified(name, 0, len(array))
        else:
            for position in positions.tolist():
                held.verified(name, position, position + (2 if name == "stay_ptr" else 1))
    words = lay.arrays["words"][positions]
    who = np.uint64((1 << lay.person_bits) - 1)
    person = (words & who).astype(np.int64)
    start = lay.base + (words >> np.uint64(lay.length_bits + lay.person_bits)).astype(np.int64) * lay.unit
    if lay.length_bits:
        length = ((words >> np.uint64(lay.person_bits)) & np.uint64((1 << lay.length_bits) - 1)).astype(np.int64)
    else:
        length = lay.arrays["lengths"][positions].astype(np.int64)
    slot = np.searchsorted(lay.arrays["place_ptr"], positions, "right") - 1
    keys = lay.arrays["place_keys"]
    place = (keys[slot] if len(keys) else slot).astype(np.int64)
    more: list[pa.Array | None] = [None, None, None]
    if "stay_ptr" in held.more:
        ids = pa.Array.from_buffers(
            pa.large_string(),
            len(lay.arrays["words"]),
            [None, pa.py_buffer(held.more["stay_ptr"]), pa.py_buffer(held.more["stay_bytes"])],
        )
        text = ids.take(pa.array(positions))
        more[0] = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.large_string()), text)
    for number, name in ((1, "evidence"), (2, "certainty")):
        if name in held.more:
            names = pa.array([*held.entry.names[name], None], pa.large_string())
            codes = np.minimum(held.more[name][positions], len(names) - 1)
            more[number] = names.take(pa.array(codes))
    spot = held.more["spot"][positions] if "spot" in held.more else None
    return Rows(person, place, start, start + length * lay.unit, more[0], more[1], more[2], spot)


def alive(held: Segment) -> Rows:
    """All stays of a segment that are neither corrected nor withdrawn."""
    positions = np.arange(held.layout.n_stays, dtype=np.int64)
    if len(held.dead):
        positions = np.delete(positions, held.dead.astype(np.int64))
    return at(held, positions)


def find(held: Segment, keys: Array) -> tuple[Array, Array]:
    """Which of these keys of stays lie in the segment: indices into `keys`, and positions. Dead stays are left out."""
    if "stay_hash" not in held.more or not len(keys):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    held.verified("stay_hash", 0, len(held.more["stay_hash"]))
    held.verified("stay_pos", 0, len(held.more["stay_pos"]))
    kept = held.more["stay_hash"]
    left, right = np.searchsorted(kept, keys, "left"), np.searchsorted(kept, keys, "right")
    number = right - left
    index = np.repeat(np.arange(len(keys)), number)
    within = np.arange(len(index)) - np.repeat(np.cumsum(number) - number, number)
    positions = held.more["stay_pos"][np.repeat(left, number) + within].astype(np.int64)
    here = ~np.isin(positions, held.dead)
    return index[here], positions[here]
