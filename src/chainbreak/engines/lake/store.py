"""The lake of stays (轨迹湖): taken in as batches, kept in segments, merged, and dropped day by day.

A batch is written as a segment of its own, then the manifest is swapped: from that moment it is there for good, and
readers see it. `merge` puts such fresh segments together by day, small ones first, so that each stay is written again
only a few times. Nothing is built anew to answer.
"""

from __future__ import annotations

import copy
import hashlib
import threading
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chainbreak.engines.lake import keeping, taking
from chainbreak.engines.lake import manifest as manifests
from chainbreak.engines.lake import segment as segments
from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.lake.ids import Ids
from chainbreak.engines.lake.manifest import FOLDERS, Manifest
from chainbreak.engines.lake.segment import Segment
from chainbreak.engines.lake.taking import Outcome
from chainbreak.engines.sweep.copresence import kinds_of
from chainbreak.engines.sweep.rule import Kinds

Array = NDArray[Any]
MANY_FRESH = 8  # fresh segments: time to merge


class Store:
    """What lies in a lake's folder. `open` it, or `create` one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[tuple[str, str | None], Segment] = {}
        self._stamp: tuple[int, int] | None = None
        self._manifest = Manifest()
        self._is_still = False
        self._lock = threading.RLock()
        self.refresh()

    @classmethod
    def create(cls, path: str | Path, *, longest_stay: timedelta | None = None) -> Self:
        """An empty lake in a new or empty folder.

        Raises:
            LakeError: lake_exists (the folder is not empty).
        """
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise LakeError("lake_exists", path=str(folder))
        for name in FOLDERS:
            (folder / name).mkdir()
        hours = None if longest_stay is None else longest_stay / timedelta(hours=1)
        manifests.write(folder, Manifest(settings={"longest_stay_hours": hours}))
        return cls(folder)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The lake in a folder.

        Raises:
            LakeError: lake_missing, lake_damaged, lake_foreign.
        """
        return cls(Path(path))

    def refresh(self) -> None:
        """See what was written since."""
        if self._is_still:
            return
        with self._lock:
            self._refresh()

    def still(self) -> Self:
        """The lake as it is now, which no writer changes any more; for a question of several steps."""
        with self._lock:
            self.refresh()
            found = copy.copy(self)
        found._is_still = True
        return found

    def _refresh(self) -> None:
        try:
            found = (self.folder / "manifest.json").stat()
        except (FileNotFoundError, NotADirectoryError):
            raise LakeError("lake_missing", path=str(self.folder)) from None
        stamp = (found.st_ino, found.st_mtime_ns)
        if stamp == self._stamp:
            return
        for attempt in range(5):  # a merge may take a segment away between the reading of the manifest and its opening
            try:
                manifest = manifests.read(self.folder)
                held = {
                    (entry.file, entry.dead): self._held.get((entry.file, entry.dead))
                    or segments.load(self.folder, entry)
                    for entry in manifest.segments
                }
                break
            except FileNotFoundError as error:
                if attempt == 4:
                    gone = Path(str(error.filename)).relative_to(self.folder)
                    raise LakeError("lake_damaged", file=str(gone), path=str(self.folder)) from None
        self._manifest, self._held, self._stamp = manifest, held, stamp
        for name in ("person_ids", "place_ids", "kinds"):
            self.__dict__.pop(name, None)

    @property
    def segments(self) -> list[Segment]:
        """All segments, as of the last refresh."""
        return list(self._held.values())

    @cached_property
    def person_ids(self) -> Ids:
        """Ids of persons."""
        return Ids(self.folder, self._manifest.person_ids or "direct", self._manifest.persons)

    @cached_property
    def place_ids(self) -> Ids:
        """Ids of places."""
        return Ids(self.folder, self._manifest.place_ids or "direct", self._manifest.places)

    @cached_property
    def kinds(self) -> Kinds | None:
        """The register of places: their kinds; None if the lake has none."""
        if self._manifest.kinds is None:
            return None
        part = self._manifest.kinds
        try:
            content = (self.folder / part["file"]).read_bytes()
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content).hexdigest() != part["sha256"]:
            raise LakeError("lake_damaged", file=part["file"], path=str(self.folder))
        import pyarrow.parquet as pq  # which takes a while, and no question without a register needs it

        return kinds_of(pq.read_table(pa.BufferReader(content)), self.place_ids)

    def register(self, places: pa.Table) -> int:
        """Keep a register of places (place_id, kind) with the lake; it replaces the one before. How many places."""
        import pyarrow.parquet as pq

        table = pa.table({"place_id": places["place_id"], "kind": places["kind"].cast(pa.string())})
        with manifests.writing(self.folder) as new:
            file = new.next_file("places", ".parquet")
            sink = pa.BufferOutputStream()
            pq.write_table(table, sink, compression="zstd")
            content = sink.getvalue().to_pybytes()
            manifests.replace(self.folder / file, content)
            new.kinds = {"file": file, "n": table.num_rows, "sha256": hashlib.sha256(content).hexdigest()}
            manifests.write(self.folder, new)
        self.refresh()
        return int(table.num_rows)

    def append(
        self,
        table: pa.Table,
        *,
        now: datetime | None = None,
        name: str | None = None,
        persons: pa.Array | None = None,
        places: pa.Array | None = None,
        unread: Array | None = None,
    ) -> Outcome:
        """Take in a batch of stays, in any order, late, corrected or withdrawn ones too.

        Args:
            table: person_id, place_id, arrived_at, left_at; optional stay_id, withdrawn, evidence, certainty. A stay
                id that came before is corrected by the new row, or withdrawn.
            now: the clock; without it, times are not compared with it.
            name: of the batch; one of the same name is taken once. Without it, the content makes the name.
            persons, places: registers, if rows of others are to be refused.
            unread: rows with a time that could not be read, which are null there.

        Returns:
            The outcome of every row. When this returns, what was taken is on disk for good.

        Raises:
            LakeError: lake_busy, lake_damaged, batch_of_another_kind.
            ValueError: a column is missing.
        """
        return taking.append(self, table, now=now, name=name, persons=persons, places=places, unread=unread)

    def has_stays(self, column: pa.Array | pa.ChunkedArray) -> Array:
        """Whether each of these persons has a stay in the lake."""
        self = self.still()
        numbers = self.person_ids.of(column)
        found = np.zeros(len(numbers), bool)
        for segment in self.segments:
            keys, ptr = segment.layout.arrays["person_keys"], segment.layout.arrays["person_ptr"]
            slot = np.searchsorted(keys, numbers) if len(keys) else numbers
            inside = (numbers >= 0) & (slot < len(ptr) - 1)
            slot = np.where(inside, slot, 0)
            if len(keys):
                inside &= keys[slot] == numbers
            found |= inside & (ptr[slot + 1] > ptr[slot])
        return found

    @property
    def wants_merge(self) -> bool:
        """Whether there are so many fresh segments that questions get slower."""
        return sum(entry.is_fresh for entry in self._manifest.segments) >= MANY_FRESH

    def merge(self, *, whole: bool = False) -> dict[str, int]:
        """Put fresh segments together by day; `whole` makes one segment of every day. What was done, in numbers.

        A day's larger segment is written again only when a quarter of it has come anew.
        """
        return keeping.merge(self, whole=whole)

    def drop(self, *, before: date, at: datetime) -> dict[str, Any]:
        """Let all stays go that began before a day (China): whole segments, never to come back.

        Returns:
            The entry of the log: days, rows, files with their checksums, and the hash of the entry before.

        Raises:
            LakeError: retention_later (stays before a later day are gone already).
        """
        return keeping.drop(self, before=before, at=at)

    def check(self) -> list[dict[str, Any]]:
        """Read everything; what is not as it was written, or should not be there: an empty list if all is well."""
        return keeping.check(self)

    def status(self) -> dict[str, Any]:
        """Days, stays, size, delays, rejects and retention, for people who look after the lake."""
        return keeping.status(self)
