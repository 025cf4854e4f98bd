"""Batches taken in (批次入湖): every row told what became of it; once told, what was taken is on disk for good."""

from __future__ import annotations

import hashlib
import io
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainbreak.engines.lake import batch as batches
from chainbreak.engines.lake import manifest as manifests
from chainbreak.engines.lake import rows as stays
from chainbreak.engines.lake import segment as segments
from chainbreak.engines.lake.batch import CODE, OUTCOMES, Batch
from chainbreak.engines.lake.ids import Ids, kind_for
from chainbreak.engines.lake.keys import keys_of
from chainbreak.engines.lake.manifest import Manifest
from chainbreak.engines.lake.overlaps import at_two_places
from chainbreak.engines.lake.rows import Rows

if TYPE_CHECKING:
    from chainbreak.engines.lake.store import Store

Array = NDArray[Any]
DELAYS_HOURS = (1, 2, 6, 12, 24, 48, 72, 168)
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


def append(
    store: Store,
    table: pa.Table,
    *,
    now: datetime | None = None,
    name: str | None = None,
    persons: pa.Array | None = None,
    places: pa.Array | None = None,
    unread: Array | None = None,
) -> Outcome:
    """Take in a batch of stays, in any order, late, corrected or withdrawn ones too. See `Store.append`."""
    name = name or _fingerprint(table)
    with manifests.writing(store.folder) as new:
        if name in new.batches:
            return Outcome(name, dict(new.batches[name]["counts"]), None, is_known=True)
        store.refresh()
        first = new.person_ids is None
        if first and table.num_rows and {"person_id", "place_id"} <= set(table.column_names):
            new.person_ids, new.place_ids = kind_for(table["person_id"]), kind_for(table["place_id"])
        people = Ids(store.folder, new.person_ids or "direct", new.persons)
        spots = Ids(store.folder, new.place_ids or "direct", new.places)
        hours = new.settings.get("longest_stay_hours")
        batch = batches.read(
            table, people, spots, now=now, longest=None if hours is None else timedelta(hours=hours),
            floor_day=new.floor_day, known_persons=persons, known_places=places, unread=unread,
            carriages=new.carriages,
        )  # fmt: skip
        dead = _resolve(store, batch) if batch.stay_id is not None else {}
        taken = batch.taken
        if taken.any():
            rows = Rows(
                batch.person,
                batch.place,
                batch.start,
                batch.end,
                batch.stay_id,
                batch.evidence,
                batch.certainty,
                batch.spot,
            ).where(taken)
            if taken.sum() <= CHECK_OVERLAP_UP_TO:
                clash = np.zeros(len(taken), bool)
                clash[taken] = at_two_places(rows.person, rows.place, rows.start, rows.end, store.segments, dead)
                batch.outcome[clash & (batch.outcome == batches.ACCEPTED)] = batches.TWO_PLACES
            new.segments.append(stays.save(store.folder, new.next_file("segments", ".seg"), rows, is_fresh=True))
            count_delays(new, rows.end, now)
        _bury(store, new, dead)
        for ids, kept, kind in ((people, new.persons, "persons"), (spots, new.places, "places")):
            part = ids.save(new.next_file("ids", f".{kind}.arrow"))
            if part is not None:
                kept.append(part)
        counts = _counts(batch)
        new.batches[name] = {"counts": counts, "at": None if now is None else now.isoformat()}
        for old in list(new.batches)[:-KEPT_BATCHES]:
            del new.batches[old]
        new.counts = dict(Counter(new.counts) + Counter(counts))
        manifests.write(store.folder, new)
    store.refresh()
    return Outcome(name, counts, pa.array(OUTCOMES).take(pa.array(batch.outcome)))


def _resolve(store: Store, batch: Batch) -> dict[str, list[int]]:
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
    for held in store.segments:
        at, positions = stays.find(held, keys[index])
        if not len(at):
            continue
        kept, mine = stays.at(held, positions), index[at]
        same_id = pc.equal(kept.stay_id, batch.stay_id.cast(pa.large_string()).take(pa.array(mine)))
        same_id = pc.fill_null(same_id, False).to_numpy(zero_copy_only=False)
        equal = (
            same_id & ~gone[mine] & (kept.person == batch.person[mine]) & (kept.place == batch.place[mine])
            & (kept.start == batch.start[mine]) & (kept.end == batch.end[mine])
            & (_spot_of(kept.spot, len(mine)) == _spot_of(batch.spot, len(batch.person))[mine])
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


def _bury(store: Store, new: Manifest, dead: dict[str, list[int]]) -> None:
    held = {segment.entry.file: segment for segment in store.segments}
    for entry in new.segments:
        if dead.get(entry.file):
            positions = np.union1d(held[entry.file].dead, np.array(dead[entry.file], np.uint32))
            entry.dead = new.next_file("dead", ".pos")
            entry.dead_sum = segments.save_dead(store.folder, entry.dead, positions)
            entry.n_dead = len(positions)


def _spot_of(spot: Array | None, n: int) -> Array:
    return np.zeros(n, np.uint32) if spot is None else spot


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
