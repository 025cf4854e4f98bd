"""A segment's file (数据段): both layouts and what came with each stay, mapped and never changed.

A file is its sections one after another, each from a multiple of 4096 bytes on, and at its end the sum of each block of
4096 bytes. The manifest says where the sections are. A block is compared with its sum when it is first looked at.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.lake.manifest import Entry, sync
from chainbreak.engines.sweep import sums
from chainbreak.engines.sweep.found import Flipped
from chainbreak.engines.sweep.layout import NOTHING_U32, SECTIONS, Layout

Array = NDArray[Any]
MORE = {  # by position in the layout by place
    "evidence": np.uint8,
    "certainty": np.uint8,
    "stay_ptr": np.uint64,
    "stay_bytes": np.uint8,
    "stay_hash": np.uint64,  # in order
    "stay_pos": np.uint32,  # of each hash
    "spot": np.uint32,  # carriage and row
}
NUMBERS = ("base", "unit", "length_bits", "person_bits", "scale", "begin", "end", "is_clean")


@dataclass(frozen=True)
class Segment:
    """A segment opened for reading."""

    entry: Entry
    layout: Layout
    more: dict[str, Array]
    dead: Array  # positions

    def verified(self, name: str, first: int, last: int) -> Array:
        """Elements first to last of a section, looked at and found as written.

        Raises:
            LakeError: lake_damaged.
        """
        array = self.layout.arrays[name] if name in self.layout.arrays else self.more[name]
        if last > first:
            offset = self.entry.sections[name][0]
            size = array.dtype.itemsize
            lay = self.layout
            bad = sums.first_bad(lay.raw, lay.sums, lay.seen, offset + first * size, offset + last * size)
            if bad >= 0:
                raise LakeError("lake_damaged", file=self.entry.file, block=bad)
        return array[first:last]

    def stay_id(self, position: int) -> str | None:
        """The stay's own id, if it has one."""
        if "stay_ptr" not in self.more:
            return None
        begin, end = (int(n) for n in self.verified("stay_ptr", position, position + 2))
        return self.verified("stay_bytes", begin, end).tobytes().decode() if end > begin else None

    def code(self, name: str, position: int) -> str | None:
        """Evidence or certainty of a stay."""
        if name not in self.more:
            return None
        names = self.entry.names[name]
        code = int(self.verified(name, position, position + 1)[0])
        return names[code] if code < len(names) else None


def save(
    folder: Path,
    file: str,
    layout: Layout,
    more: dict[str, Array],
    names: dict[str, list[str]],
    *,
    days: dict[str, int],
    is_fresh: bool,
) -> Entry:
    """Write a layout as a segment, made to last before this returns."""
    arrays = {**{name: layout.arrays[name] for name in SECTIONS}, **more}
    kinds = {**SECTIONS, **MORE}
    sections, at = {}, 0
    for name, array in arrays.items():
        sections[name] = [at, len(array)]
        at += -(-array.nbytes // sums.BLOCK) * sums.BLOCK
    path = folder / file
    whole = hashlib.sha256()
    with path.open("wb") as out:
        n_bytes = 0
        found = []
        for name, array in arrays.items():
            data = np.ascontiguousarray(array, kinds[name]).view(np.uint8).reshape(-1)
            full = len(data) // sums.BLOCK * sums.BLOCK
            found.append(sums.sums_of(_words(data[:full])))
            out.write(data[:full].data)
            if full < len(data):
                tail = np.zeros(sums.BLOCK, np.uint8)
                tail[: len(data) - full] = data[full:]
                found.append(sums.sums_of(tail.view(np.uint64)))
                out.write(tail.data)
            n_bytes = sections[name][0] + -(-array.nbytes // sums.BLOCK) * sums.BLOCK
        of_blocks = np.concatenate(found) if found else np.empty(0, np.uint64)
        whole.update(of_blocks.tobytes())
        out.write(of_blocks.tobytes())
        out.flush()
        os.fsync(out.fileno())
    sync(path.parent)
    numbers = {name: int(getattr(layout, name)) for name in NUMBERS}
    return Entry(
        file=file, n_bytes=n_bytes + of_blocks.nbytes, sum=whole.hexdigest(), n_stays=layout.n_stays, n_dead=0,
        dead=None, dead_sum=None, layout=numbers, sections=sections, names=names, days=days, is_fresh=is_fresh,
    )  # fmt: skip


def load(folder: Path, entry: Entry) -> Segment:
    """A segment mapped for reading, without its dead stays.

    Raises:
        LakeError: lake_damaged (another length, other sums).
        FileNotFoundError: it has been merged away meanwhile.
    """
    path = folder / entry.file
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size != entry.n_bytes:
            raise LakeError("lake_damaged", file=entry.file, path=str(folder))
        mapped = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    n_blocks = entry.n_bytes // (sums.BLOCK + 8)
    everything = np.frombuffer(mapped, np.uint8)
    of_blocks = everything[n_blocks * sums.BLOCK :].view(np.uint64)
    if hashlib.sha256(of_blocks.tobytes()).hexdigest() != entry.sum:
        raise LakeError("lake_damaged", file=entry.file, path=str(folder))
    arrays = {}
    for name, (offset, number) in entry.sections.items():
        kind = np.dtype({**SECTIONS, **MORE}[name])
        arrays[name] = everything[offset : offset + number * kind.itemsize].view(kind)
    numbers: dict[str, Any] = {name: entry.layout[name] for name in NUMBERS if name != "is_clean"}
    layout = Layout(
        **numbers,
        is_clean=bool(entry.layout["is_clean"]),
        n_stays=entry.n_stays,
        arrays={name: arrays[name] for name in SECTIONS},
        raw=everything[: n_blocks * sums.BLOCK].view(np.uint64),
        sums=of_blocks,
        seen=np.zeros(n_blocks, np.uint8),
        offsets={name: offset for name, (offset, _) in entry.sections.items()},
        name=entry.file,
        path=str(path),
        spot=arrays.get("spot", NOTHING_U32),
    )
    more = {name: arrays[name] for name in MORE if name in arrays}
    dead = _dead(folder, entry)
    segment = Segment(entry, layout, more, dead)
    _bury(segment, dead)
    return segment


def save_dead(folder: Path, file: str, positions: Array) -> str:
    """Write the positions of dead stays; gives their checksum."""
    content = np.unique(positions).astype(np.uint32).tobytes()
    with (folder / file).open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    sync((folder / file).parent)
    return hashlib.sha256(content).hexdigest()


def check(folder: Path, entry: Entry) -> int | None:
    """Read the whole file; the first block that is not as it was written, or None."""
    segment = load(folder, entry)
    lay = segment.layout
    lay.seen[:] = 0
    fresh = np.fromfile(folder / entry.file, np.uint64, len(lay.raw))
    bad = sums.first_bad(fresh, lay.sums, lay.seen, 0, len(fresh) * 8) if len(fresh) else -1
    return None if bad < 0 else int(bad)


def _dead(folder: Path, entry: Entry) -> Array:
    if entry.dead is None:
        return np.empty(0, np.uint32)
    content = (folder / entry.dead).read_bytes()
    if hashlib.sha256(content).hexdigest() != entry.dead_sum:
        raise LakeError("lake_damaged", file=entry.dead, path=str(folder))
    return np.frombuffer(content, np.uint32)


def _bury(segment: Segment, dead: Array) -> None:
    """Give the dead no length, in this process's own copy of the pages they lie on."""
    lay = segment.layout
    name = "words" if lay.length_bits else "lengths"
    array = lay.arrays[name]
    for position in dead.tolist():
        segment.verified(name, position, position + 1)
        if lay.length_bits:
            mask = ((1 << lay.length_bits) - 1) << lay.person_bits
            array[position] = int(array[position]) & ~mask & 0xFFFFFFFFFFFFFFFF
        else:
            array[position] = 0


def damaged(error: Flipped) -> LakeError:
    """What a kernel found, as the lake's own error."""
    return LakeError("lake_damaged", file=error.name, block=error.block)


def _words(data: Array) -> Array:
    return np.frombuffer(data, np.uint64) if len(data) else np.empty(0, np.uint64)
