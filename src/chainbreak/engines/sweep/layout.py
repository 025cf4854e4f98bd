"""Stays laid out twice, as integers (双排布局): by place in order of arrival, and by person.

By place: one word of 64 bits a stay, `start | length | person` from the high bits to the low, in units since `base`;
the unit is the longest of minute, second, millisecond, microsecond that loses nothing. Where that does not fit, the
lengths stand in a list of their own. By person: the position of the stay in the layout by place, four bytes. So a
stay takes 12 bytes, or 20 where times are finer than seconds; pointers come on top.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.sweep import laying

Array = NDArray[Any]
UNITS_US = (60_000_000, 1_000_000, 1_000, 1)
SECTIONS = {  # name: type; in this order in a file
    "place_keys": np.uint32,
    "place_ptr": np.uint32,
    "place_longest": np.uint16,
    "directory": np.uint32,
    "peak": np.int64,
    "peaks": np.int64,
    "person_keys": np.uint32,
    "person_ptr": np.uint32,
    "person_pos": np.uint32,
    "words": np.uint64,
    "lengths": np.uint64,
}
NOTHING_U64 = np.empty(0, np.uint64)
NOTHING_U32 = np.empty(0, np.uint32)
NOTHING_U8 = np.empty(0, np.uint8)


@dataclass(frozen=True)
class Layout:
    """Stays in both layouts, in memory or mapped from a file.

    `arrays` are the SECTIONS: keys are empty where every id up to the highest has its pointer. `directory` gives the
    place of every 64th position, `peak` the latest end in each 64 positions, `peaks` in each 4096.
    """

    base: int  # microseconds UTC
    unit: int  # microseconds
    length_bits: int  # 0: lengths stand apart
    person_bits: int
    scale: int  # of place_longest, in units
    begin: int  # the first arrival, microseconds UTC
    end: int  # the last departure
    n_stays: int
    is_clean: bool  # no two stays of a person at a place overlap or touch
    arrays: dict[str, Array] = field(repr=False)
    raw: Array = field(default_factory=lambda: NOTHING_U64, repr=False)  # the file, in words of 64 bits
    sums: Array = field(default_factory=lambda: NOTHING_U64, repr=False)  # of each block of the file
    seen: Array = field(default_factory=lambda: NOTHING_U8, repr=False)  # blocks whose sum was found right
    offsets: dict[str, int] = field(default_factory=dict, repr=False)  # bytes
    name: str = ""
    path: str = ""  # of the file, if there is one
    spot: Array = field(default_factory=lambda: NOTHING_U32, repr=False)  # carriage and row of each position

    @property
    def meta(self) -> Array:
        """What the kernels need to read the arrays."""
        numbers = [self.base, self.unit, self.length_bits, self.person_bits, self.scale]
        offsets = [self.offsets.get(name, 0) for name in SECTIONS]
        return np.array([*numbers, *offsets, self.begin, self.end], np.int64)

    @property
    def n_places(self) -> int:
        """One more than the highest place."""
        return _n_ids(self.arrays["place_keys"], self.arrays["place_ptr"])

    @property
    def n_persons(self) -> int:
        """One more than the highest person."""
        return _n_ids(self.arrays["person_keys"], self.arrays["person_ptr"])

    @property
    def n_bytes(self) -> int:
        """Bytes of all arrays."""
        return sum(int(array.nbytes) for array in self.arrays.values())


def lay(place: Array, person: Array, start: Array, end: Array, *, origin: bool = False) -> tuple[Layout, Array]:
    """Stays laid out in memory; with `origin` also the row from which each position came.

    Without `origin` nothing hangs on a single row, and a person's stays that overlap or touch at a place are made one.

    Args:
        place, person: uint32.
        start, end: int64, microseconds UTC; start < end.
    """
    n = len(place)
    if n == 0:
        return _nothing(), np.empty(0, np.uint32)
    base, last, longest, highest, finest = laying.extent(start, end, person)
    unit = next(unit for unit in UNITS_US if finest % unit == 0 and base % unit == 0)
    person_bits = max(1, int(highest).bit_length())
    length_bits = int(longest // unit).bit_length()
    if int((last - base) // unit).bit_length() + length_bits + person_bits > 64:
        length_bits = 0
    place_keys, slot, n_slots = _slots(place)
    place_ptr = laying.pointers(slot, n_slots)
    words, lengths, came = laying.by_place(
        slot, person, start, end, place_ptr, base, unit, length_bits, person_bits, origin
    )
    laying.sort_runs(place_ptr, words, lengths, came)
    scale = max(1, -(-int(longest // unit) // 65535))
    place_longest, directory, peak, peaks, last_end = laying.summaries(
        place_ptr, words, lengths, unit, length_bits, person_bits, scale
    )
    person_keys, person_slot_of, n_person_slots = _slots(person)
    if len(person_keys):
        person_ptr = laying.pointers(person_slot_of, n_person_slots)
    else:
        person_ptr = laying.pointers(person, n_person_slots)
    person_pos, clean = laying.by_person(
        place_ptr, words, lengths, person_keys, person_ptr, length_bits, person_bits, scale, place_longest, peak,
        peaks, not origin,
    )  # fmt: skip
    arrays = {
        "place_keys": place_keys,
        "place_ptr": place_ptr,
        "place_longest": place_longest,
        "directory": directory,
        "peak": peak,
        "peaks": peaks,
        "person_keys": person_keys,
        "person_ptr": person_ptr,
        "person_pos": person_pos,
        "words": words,
        "lengths": lengths,
    }
    layout = Layout(
        int(base), unit, length_bits, person_bits, scale, int(base), int(base + last_end * unit), n, bool(clean), arrays
    )
    return layout, came


def _slots(ids: Array) -> tuple[Array, Array, int]:
    """Keys and slots where the ids are sparse, the ids themselves where they are dense; and how many slots."""
    n_ids = int(ids.max()) + 1
    if n_ids <= 8 * len(ids) + 1024:
        return np.empty(0, np.uint32), ids, n_ids
    keys, slots = np.unique(ids, return_inverse=True)
    return keys, slots.astype(np.uint32), len(keys)


def _n_ids(keys: Array, pointers: Array) -> int:
    if len(keys):
        return int(keys[-1]) + 1
    return max(0, len(pointers) - 1)


def _nothing() -> Layout:
    arrays = {name: np.zeros(1 if name.endswith("_ptr") else 0, kind) for name, kind in SECTIONS.items()}
    return Layout(0, 1, 1, 1, 1, 0, 0, 0, True, arrays)
