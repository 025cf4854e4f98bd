"""The lake of stays (轨迹湖): taken in as batches, kept in segments, merged, and dropped day by day.

A batch is written as a segment of its own, then the manifest is swapped: from that moment it is there for good, and
readers see it. `merge` puts such fresh segments together by day, small ones first, so that each stay is written again
only a few times. Nothing is built anew to answer.
"""

from __future__ import annotations

import copy
import hashlib
import io
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chainbreak.engines.lake import batch as batches
from chainbreak.engines.lake import manifest as manifests
from chainbreak.engines.lake import rows as stays
from chainbreak.engines.lake import segment as segments
from chainbreak.engines.lake.batch import CODE, OUTCOMES, Batch, day_of
from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.lake.ids import Ids, kind_for
from chainbreak.engines.lake.keys import keys_of
from chainbreak.engines.lake.manifest import FOLDERS, Entry, Manifest
from chainbreak.engines.lake.rows import Rows
from chainbreak.engines.lake.segment import Segment
from chainbreak.engines.sweep.copresence import kinds_of
from chainbreak.engines.sweep.rule import Kinds

Array = NDArray[Any]
EPOCH = date(1970, 1, 1)
DELAYS_HOURS = (1, 2, 6, 12, 24, 48, 72, 168)
MANY_FRESH = 8  # fresh segments: time to merge
KEPT_BATCHES = 10_000
CHECK_OVERLAP_UP_TO = 3_000_000  # rows of a batch


@dataclass(frozen=True)
class Outcome:
    """What became of a batch: numbers of rows by outcome, and the outcome of every row (None if it was there already)."""

    batch: str
    counts: dict[str, int]
    rows: pa.Array | None = field(repr=False)
    is_known: bool = False  # this very batch had been taken before

    @property
    def taken(self) -> int:
        """Rows stored."""
        return sum(self.counts.get(OUTCOMES[code], 0) for code in batches.TAKEN)


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
        return kinds_of(pq.read_table(pa.BufferReader(content)), self.place_ids)

    def register(self, places: pa.Table) -> int:
        """Keep a register of places (place_id, kind) with the lake; it replaces the one before. How many places."""
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
        name = name or _fingerprint(table)
        with manifests.writing(self.folder) as new:
            if name in new.batches:
                return Outcome(name, dict(new.batches[name]["counts"]), None, is_known=True)
            self.refresh()
            first = new.person_ids is None
            if first and table.num_rows and {"person_id", "place_id"} <= set(table.column_names):
                new.person_ids, new.place_ids = kind_for(table["person_id"]), kind_for(table["place_id"])
            people = Ids(self.folder, new.person_ids or "direct", new.persons)
            spots = Ids(self.folder, new.place_ids or "direct", new.places)
            hours = new.settings.get("longest_stay_hours")
            batch = batches.read(
                table, people, spots, now=now, longest=None if hours is None else timedelta(hours=hours),
                floor_day=new.floor_day, known_persons=persons, known_places=places, unread=unread,
            )  # fmt: skip
            dead = self._resolve(batch) if batch.stay_id is not None else {}
            taken = batch.taken
            if taken.any():
                rows = Rows(
                    batch.person, batch.place, batch.start, batch.end, batch.stay_id, batch.evidence, batch.certainty
                ).where(taken)
                if taken.sum() <= CHECK_OVERLAP_UP_TO:
                    clash = np.zeros(len(taken), bool)
                    clash[taken] = batches.at_two_places(rows.person, rows.place, rows.start, rows.end)
                    batch.outcome[clash & (batch.outcome == batches.ACCEPTED)] = batches.TWO_PLACES
                new.segments.append(stays.save(self.folder, new.next_file("segments", ".seg"), rows, is_fresh=True))
                count_delays(new, rows.end, now)
            self._bury(new, dead)
            for ids, kept, kind in ((people, new.persons, "persons"), (spots, new.places, "places")):
                part = ids.save(new.next_file("ids", f".{kind}.arrow"))
                if part is not None:
                    kept.append(part)
            counts = _counts(batch)
            new.batches[name] = {"counts": counts, "at": None if now is None else now.isoformat()}
            for old in list(new.batches)[:-KEPT_BATCHES]:
                del new.batches[old]
            new.counts = dict(Counter(new.counts) + Counter(counts))
            manifests.write(self.folder, new)
        self.refresh()
        return Outcome(name, counts, pa.array(OUTCOMES).take(pa.array(batch.outcome)))

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
        with manifests.writing(self.folder) as new:
            self.refresh()
            held = {segment.entry.file: segment for segment in self.segments}
            fresh = [held[entry.file] for entry in new.segments if entry.is_fresh]
            arrived: dict[int, list[Rows]] = defaultdict(list)
            for segment in fresh:
                rows = stays.alive(segment)
                began_on = day_of(rows.start)
                for one in np.unique(began_on).tolist():
                    arrived[one].append(rows.where(began_on == one))
            old = _by_day(new.segments)
            days = sorted(set(arrived) | ({day for day, mine in old.items() if len(mine) > 1} if whole else set()))
            gone = {segment.entry.file for segment in fresh}
            made = []
            for day in days:
                parts = arrived.get(day, [])
                total = sum(len(part.person) for part in parts)
                mine = sorted(old.get(day, []), key=lambda entry: entry.n_stays)
                for entry in mine:
                    if whole or entry.n_stays <= 4 * total or len(mine) > 6:
                        parts = [*parts, stays.alive(held[entry.file])]
                        total += entry.n_stays
                        gone.add(entry.file)
                if total:
                    file = new.next_file("segments", ".seg")
                    made.append(stays.save(self.folder, file, stays.together(parts), is_fresh=False))
            if gone:
                new.segments = [entry for entry in new.segments if entry.file not in gone] + made
                new.segments.sort(key=lambda entry: (min(map(int, entry.days), default=0), entry.file))
                manifests.write(self.folder, new)
                manifests.clear(self.folder, new)
        self.refresh()
        return {"merged": len(gone), "made": len(made), "days": len(days)}

    def drop(self, *, before: date, at: datetime) -> dict[str, Any]:
        """Let all stays go that began before a day (China): whole segments, never to come back.

        Returns:
            The entry of the log: days, rows, files with their checksums, and the hash of the entry before.

        Raises:
            LakeError: retention_later (stays before a later day are gone already).
        """
        floor = (before - EPOCH).days
        if self._manifest.floor_day is not None and floor < self._manifest.floor_day:
            raise LakeError("retention_later", before=(EPOCH + timedelta(self._manifest.floor_day)).isoformat())
        if any(entry.is_fresh and any(int(day) < floor for day in entry.days) for entry in self._manifest.segments):
            self.merge()
        with manifests.writing(self.folder) as new:
            gone = [entry for entry in new.segments if entry.days and all(int(day) < floor for day in entry.days)]
            new.segments = [entry for entry in new.segments if entry not in gone]
            if any(int(day) < floor for entry in new.segments for day in entry.days):  # appended meanwhile
                raise LakeError("lake_busy", path=str(self.folder))
            new.floor_day = floor
            last = new.dropped[-1]["hash"] if new.dropped else ""
            files = {entry.file: entry.sum for entry in gone}
            proof: dict[str, Any] = {
                "at": at.isoformat(),
                "before": before.isoformat(),
                "days": sorted({(EPOCH + timedelta(int(day))).isoformat() for e in gone for day in e.days}),
                "stays": sum(e.n_stays - e.n_dead for e in gone),
                "files": files,
            }
            proof["hash"] = hashlib.sha256((last + repr(sorted(proof.items()))).encode()).hexdigest()
            new.dropped.append(proof)
            manifests.write(self.folder, new)
            manifests.clear(self.folder, new)
        self.refresh()
        left = [name for name in files if (self.folder / name).exists()]
        return {**proof, "left": left}

    def check(self) -> list[dict[str, Any]]:
        """Read everything; what is not as it was written, or should not be there: an empty list if all is well."""
        self.refresh()
        problems: list[dict[str, Any]] = []
        floor = self._manifest.floor_day
        for entry in self._manifest.segments:
            try:
                bad = segments.check(self.folder, entry)
            except LakeError as error:
                problems.append({"code": error.code, **error.facts})
                continue
            except FileNotFoundError:
                problems.append({"code": "file_missing", "file": entry.file})
                continue
            if bad is not None:
                problems.append({"code": "lake_damaged", "file": entry.file, "block": bad})
            if floor is not None and any(int(day) < floor for day in entry.days):
                problems.append({"code": "before_retention", "file": entry.file})
        for ids in (self.person_ids, self.place_ids):
            try:
                len(Ids(self.folder, ids.kind, ids._parts).known)
            except LakeError as error:
                problems.append({"code": error.code, **error.facts})
            except FileNotFoundError as missing:
                problems.append({"code": "file_missing", "file": str(missing.filename)})
        return problems

    def status(self) -> dict[str, Any]:
        """Days, stays, size, delays, rejects and retention, for people who look after the lake."""
        self.refresh()
        manifest = self._manifest
        by_day: Counter[int] = Counter()
        for entry in manifest.segments:
            by_day.update({int(day): number for day, number in entry.days.items()})
        days = [
            {"day": (EPOCH + timedelta(day)).isoformat(), "stays": number} for day, number in sorted(by_day.items())
        ]
        size = sum((self.folder / file).stat().st_size for file in manifest.files() if (self.folder / file).exists())
        n_stays = sum(entry.n_stays - entry.n_dead for entry in manifest.segments)
        return {
            "path": str(self.folder),
            "stays": n_stays,
            "dead": sum(entry.n_dead for entry in manifest.segments),
            "days": days,
            "segments": len(manifest.segments),
            "fresh": sum(entry.is_fresh for entry in manifest.segments),
            "bytes": size,
            "bytes_per_stay": round(size / n_stays, 2) if n_stays else None,
            "outcomes": manifest.counts,
            "delay_hours_up_to": manifest.delays,
            "batches": len(manifest.batches),
            "places_registered": manifest.kinds["n"] if manifest.kinds else 0,
            "retention": {
                "floor": None if manifest.floor_day is None else (EPOCH + timedelta(manifest.floor_day)).isoformat(),
                "dropped": [
                    {name: e[name] for name in ("at", "before", "days", "stays", "hash")} for e in manifest.dropped
                ],
            },
            "longest_stay_hours": manifest.settings.get("longest_stay_hours"),
            "generation": manifest.generation,
            "ids": {"persons": manifest.person_ids, "places": manifest.place_ids},
        }

    def _resolve(self, batch: Batch) -> dict[str, list[int]]:
        """Stay ids of the batch against those there: doubles, corrections, withdrawals; positions that die, by file."""
        assert batch.stay_id is not None
        has = ~pc.is_null(batch.stay_id).to_numpy(zero_copy_only=False)
        live = has & (batch.outcome == batches.ACCEPTED)
        keys = keys_of(batch.stay_id)
        index = np.flatnonzero(live)
        _, newest = np.unique(keys[index][::-1], return_index=True)
        last = np.zeros(len(live), bool)
        last[index[len(index) - 1 - newest]] = True
        batch.outcome[live & ~last] = CODE["replaced_in_batch"]
        index = np.flatnonzero(last)
        gone = batch.withdraws if batch.withdraws is not None else np.zeros(len(live), bool)
        dead: dict[str, list[int]] = defaultdict(list)
        known = np.zeros(len(live), bool)
        for held in self.segments:
            at, positions = stays.find(held, keys[index])
            if not len(at):
                continue
            kept, mine = stays.at(held, positions), index[at]
            same_id = pc.equal(kept.stay_id, batch.stay_id.cast(pa.large_string()).take(pa.array(mine)))
            same_id = pc.fill_null(same_id, False).to_numpy(zero_copy_only=False)
            equal = (
                same_id & ~gone[mine] & (kept.person == batch.person[mine]) & (kept.place == batch.place[mine])
                & (kept.start == batch.start[mine]) & (kept.end == batch.end[mine])
            )  # fmt: skip
            batch.outcome[mine[equal]] = batches.DUPLICATE
            other = same_id & ~equal
            batch.outcome[mine[other]] = batches.CORRECTED
            dead[held.entry.file] += positions[other].tolist()
            known[mine[same_id]] = True
        batch.outcome[gone & last & known] = batches.WITHDRAWN
        batch.outcome[gone & last & ~known] = CODE["unknown_stay"]
        batch.outcome[gone & ~has & (batch.outcome == batches.ACCEPTED)] = CODE["value_missing"]
        return dead

    def _bury(self, new: Manifest, dead: dict[str, list[int]]) -> None:
        held = {segment.entry.file: segment for segment in self.segments}
        for entry in new.segments:
            if dead.get(entry.file):
                positions = np.union1d(held[entry.file].dead, np.array(dead[entry.file], np.uint32))
                entry.dead = new.next_file("dead", ".pos")
                entry.dead_sum = segments.save_dead(self.folder, entry.dead, positions)
                entry.n_dead = len(positions)


def _by_day(entries: Sequence[Entry]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not entry.is_fresh:
            found[int(next(iter(entry.days)))].append(entry)
    return found


def _counts(batch: Batch) -> dict[str, int]:
    codes, numbers = np.unique(batch.outcome, return_counts=True)
    return {OUTCOMES[code]: int(number) for code, number in zip(codes.tolist(), numbers.tolist(), strict=True)}


def count_delays(new: Manifest, ends: Array, now: datetime | None) -> None:
    """Add to the manifest how long after their end these stays came in."""
    if now is None or not len(ends):
        return
    hours = (int(now.timestamp() * 1e6) - ends) / 3_600_000_000
    numbers = np.bincount(np.searchsorted(DELAYS_HOURS, hours, "left"), minlength=len(DELAYS_HOURS) + 1)
    for name, number in zip([*map(str, DELAYS_HOURS), "more"], numbers.tolist(), strict=True):
        new.delays[name] = new.delays.get(name, 0) + number


class _Digest(io.RawIOBase):
    """Takes what is written to it into a hash."""

    def __init__(self) -> None:
        self.whole = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.whole.update(content)
        return len(content)


def _fingerprint(table: pa.Table) -> str:
    """A name made of the content: the same rows in the same order have the same."""
    sink = _Digest()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), table.schema) as writer:
        writer.write_table(table.combine_chunks(), max_chunksize=1 << 20)
    return sink.whole.hexdigest()[:32]
