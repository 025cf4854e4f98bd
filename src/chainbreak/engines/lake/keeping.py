"""A lake looked after (轨迹湖维护): fresh segments put together by day, old days let go, everything checked, its state."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from chainbreak.engines.lake import manifest as manifests
from chainbreak.engines.lake import rows as stays
from chainbreak.engines.lake import segment as segments
from chainbreak.engines.lake.batch import day_of
from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.lake.ids import Ids
from chainbreak.engines.lake.manifest import Entry
from chainbreak.engines.lake.rows import Rows

if TYPE_CHECKING:
    from chainbreak.engines.lake.store import Store

EPOCH = date(1970, 1, 1)


def merge(store: Store, *, whole: bool = False) -> dict[str, int]:
    """Put fresh segments together by day; `whole` makes one segment of every day. What was done, in numbers. See `Store.merge`."""
    with manifests.writing(store.folder) as new:
        store.refresh()
        held = {segment.entry.file: segment for segment in store.segments}
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
                made.append(stays.save(store.folder, file, stays.together(parts), is_fresh=False))
        if gone:
            new.segments = [entry for entry in new.segments if entry.file not in gone] + made
            new.segments.sort(key=lambda entry: (min(map(int, entry.days), default=0), entry.file))
            manifests.write(store.folder, new)
            manifests.clear(store.folder, new)
    store.refresh()
    return {"merged": len(gone), "made": len(made), "days": len(days)}


def drop(store: Store, *, before: date, at: datetime) -> dict[str, Any]:
    """Let all stays go that began before a day (China): whole segments, never to come back. See `Store.drop`."""
    floor = (before - EPOCH).days
    if store._manifest.floor_day is not None and floor < store._manifest.floor_day:
        raise LakeError("retention_later", before=(EPOCH + timedelta(store._manifest.floor_day)).isoformat())
    if any(entry.is_fresh and any(int(day) < floor for day in entry.days) for entry in store._manifest.segments):
        merge(store)
    with manifests.writing(store.folder) as new:
        gone = [entry for entry in new.segments if entry.days and all(int(day) < floor for day in entry.days)]
        new.segments = [entry for entry in new.segments if entry not in gone]
        if any(int(day) < floor for entry in new.segments for day in entry.days):  # appended meanwhile
            raise LakeError("lake_busy", path=str(store.folder))
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
        manifests.write(store.folder, new)
        manifests.clear(store.folder, new)
    store.refresh()
    left = [name for name in files if (store.folder / name).exists()]
    return {**proof, "left": left}


def check(store: Store) -> list[dict[str, Any]]:
    """Read everything; what is not as it was written, or should not be there: an empty list if all is well. See `Store.check`."""
    store.refresh()
    problems: list[dict[str, Any]] = []
    floor = store._manifest.floor_day
    for entry in store._manifest.segments:
        try:
            bad = segments.check(store.folder, entry)
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
    for ids in (store.person_ids, store.place_ids):
        try:
            len(Ids(store.folder, ids.kind, ids._parts).known)
        except LakeError as error:
            problems.append({"code": error.code, **error.facts})
        except FileNotFoundError as missing:
            problems.append({"code": "file_missing", "file": str(missing.filename)})
    return problems


def status(store: Store) -> dict[str, Any]:
    """Days, stays, size, delays, rejects and retention, for people who look after the lake. See `Store.status`."""
    store.refresh()
    manifest = store._manifest
    by_day: Counter[int] = Counter()
    for entry in manifest.segments:
        by_day.update({int(day): number for day, number in entry.days.items()})
    days = [{"day": (EPOCH + timedelta(day)).isoformat(), "stays": number} for day, number in sorted(by_day.items())]
    size = sum((store.folder / file).stat().st_size for file in manifest.files() if (store.folder / file).exists())
    n_stays = sum(entry.n_stays - entry.n_dead for entry in manifest.segments)
    return {
        "path": str(store.folder),
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


def _by_day(entries: Sequence[Entry]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not entry.is_fresh:
            found[int(next(iter(entry.days)))].append(entry)
    return found
