"""Many stays at once (批量装载): a file of millions, laid out by day, with one swap of the manifest at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chainbreak.engines.lake import batch as batches
from chainbreak.engines.lake import manifest as manifests
from chainbreak.engines.lake import rows as stays
from chainbreak.engines.lake.batch import OUTCOMES, day_of
from chainbreak.engines.lake.ids import Ids, kind_for
from chainbreak.engines.lake.manifest import Entry
from chainbreak.engines.lake.rows import Rows
from chainbreak.engines.lake.store import Store
from chainbreak.engines.lake.taking import Outcome, count_delays

Array = NDArray[Any]
Parts = dict[int, list[tuple[Array, Array, Array, Array]]]
SECOND_US = 1_000_000
DAYS_AT_ONCE = 2
MORE = frozenset({"stay_id", "withdrawn", "evidence", "certainty", "carriage", "seat"})


def load(
    store: Store,
    tables: Iterable[pa.Table],
    *,
    name: str,
    now: datetime | None = None,
    say: Callable[[int], None] | None = None,
) -> Outcome:
    """Take in stays without ids and evidence of their own, in tables of any size; all of them or none.

    Args:
        name: of the whole; what has been loaded under a name is not loaded again.
        say: told how many rows were read so far.

    Raises:
        ValueError: a table has a column that only `Store.append` takes, or lacks one.
        LakeError: as `Store.append`.
    """
    with manifests.writing(store.folder) as new:
        if name in new.batches:
            return Outcome(name, dict(new.batches[name]["counts"]), None, is_known=True)
        people = spots = None
        hours = new.settings.get("longest_stay_hours")
        by_day: Parts = defaultdict(list)
        counts: Counter[str] = Counter()
        n_read = 0
        for table in tables:
            if MORE & set(table.column_names):
                raise ValueError(f"only person_id, place_id, arrived_at, left_at; got {', '.join(table.column_names)}")
            if people is None or spots is None:
                if new.person_ids is None and table.num_rows:
                    new.person_ids, new.place_ids = kind_for(table["person_id"]), kind_for(table["place_id"])
                people = Ids(store.folder, new.person_ids or "direct", new.persons)
                spots = Ids(store.folder, new.place_ids or "direct", new.places)
            batch = batches.read(
                table, people, spots, now=now, longest=None if hours is None else timedelta(hours=hours),
                floor_day=new.floor_day,
            )  # fmt: skip
            codes, numbers = np.unique(batch.outcome, return_counts=True)
            counts.update({OUTCOMES[code]: n for code, n in zip(codes.tolist(), numbers.tolist(), strict=True)})
            taken = batch.taken
            columns = batch.person, batch.place, batch.start, batch.end
            if not taken.all():
                columns = tuple(column[taken] for column in columns)  # type: ignore[assignment]
            _part(by_day, *columns)
            count_delays(new, columns[3], now)
            n_read += table.num_rows
            if say is not None:
                say(n_read)
        new.segments += _written(store, new, by_day)
        for ids, kept, kind in ((people, new.persons, "persons"), (spots, new.places, "places")):
            part = None if ids is None else ids.save(new.next_file("ids", f".{kind}.arrow"))
            if part is not None:
                kept.append(part)
        new.batches[name] = {"counts": dict(counts), "at": None if now is None else now.isoformat()}
        new.counts = dict(Counter(new.counts) + counts)
        manifests.write(store.folder, new)
    store.refresh()
    return Outcome(name, dict(counts), None)


def _part(by_day: Parts, person: Array, place: Array, start: Array, end: Array) -> None:
    """The rows put to their days, in seconds and 16 bytes each where nothing is lost by it."""
    if not len(start):
        return
    day = day_of(start)
    if day[0] != day[-1] or (day != day[0]).any():
        order = np.argsort((day - day.min()).astype(np.int16), kind="stable")
        day, person, place, start, end = (column[order] for column in (day, person, place, start, end))
    edges = np.r_[0, np.flatnonzero(day[1:] != day[:-1]) + 1, len(day)]
    whole = not ((start % SECOND_US).any() or (end % SECOND_US).any())
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if whole:
            times = (
                (start[a:b] // SECOND_US).astype(np.uint32),
                ((end[a:b] - start[a:b]) // SECOND_US).astype(np.uint32),
            )
        else:
            times = start[a:b].copy(), (end[a:b] - start[a:b])
        by_day[int(day[a])].append((person[a:b].astype(np.uint32), place[a:b].astype(np.uint32), *times))


def _written(store: Store, new: manifests.Manifest, by_day: Parts) -> list[Entry]:
    """A segment for every day, two at a time."""
    made: list[Entry] = []
    waiting: list[Future[Entry]] = []
    with ThreadPoolExecutor(DAYS_AT_ONCE) as pool:
        for day in sorted(by_day):
            if len(waiting) >= DAYS_AT_ONCE:
                made.append(waiting.pop(0).result())
            waiting.append(pool.submit(_day, store, new.next_file("segments", ".seg"), by_day.pop(day)))
        made += [one.result() for one in waiting]
    return made


def _day(store: Store, file: str, parts: list[tuple[Array, Array, Array, Array]]) -> Entry:
    person, place = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    starts, lengths = [], []
    for part in parts:
        scale = SECOND_US if part[2].dtype == np.uint32 else 1
        starts.append(part[2].astype(np.int64) * scale)
        lengths.append(part[3].astype(np.int64) * scale)
    parts.clear()
    start = np.concatenate(starts)
    starts.clear()
    end = start + np.concatenate(lengths)
    lengths.clear()
    return stays.save(store.folder, file, Rows(person, place, start, end), is_fresh=False)
