"""Stays of a town's people (居民停留): nights at home, work on weekdays, errands at places of very unequal popularity.

Households of 1 to 6; 62 % go to work or school, in units with a long tail; errands are Poisson with 2.57 a day to places
whose popularity falls as a power of their rank. Times are whole minutes. No distances: the town is a worst case for
locality.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BEGIN = np.datetime64("2022-03-14T00:00", "m").astype(np.int64) - 480  # minutes UTC of a Monday's midnight in China
SCHEMA = pa.schema(
    [
        ("person_id", pa.int32()),
        ("place_id", pa.int32()),
        ("arrived_at", pa.timestamp("us", "UTC")),
        ("left_at", pa.timestamp("us", "UTC")),
    ]
)


def days(n_persons: int, n_days: int, seed: int) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Each day's stays, in no order: person, place, arrived, left (minutes since the first midnight)."""
    chance = np.random.default_rng(seed)
    sizes = chance.choice([1, 2, 3, 4, 5, 6], p=[0.20, 0.30, 0.28, 0.14, 0.06, 0.02], size=int(n_persons / 2.2) + 8)
    n_homes = int(np.searchsorted(np.cumsum(sizes), n_persons)) + 1
    home = np.repeat(np.arange(n_homes, dtype=np.int32), sizes[:n_homes])[:n_persons]
    working = np.flatnonzero(chance.random(n_persons) < 0.62)
    units = np.clip(chance.lognormal(2.2, 1.1, len(working) // 5 + 8), 2, 400).astype(int)
    n_units = int(np.searchsorted(np.cumsum(units), len(working))) + 1
    work = np.full(n_persons, -1, np.int32)
    work[chance.permutation(working)] = (
        n_homes + np.repeat(np.arange(n_units, dtype=np.int32), units[:n_units])[: len(working)]
    )
    n_other = max(4, n_persons // 8)
    popular = np.cumsum((np.arange(n_other) + 100.0 * (n_persons / 2.6e6) ** 0.5) ** -0.8)
    popular /= popular[-1]
    everybody = np.arange(n_persons, dtype=np.int32)
    for day in range(n_days):
        at = day * 1440
        begin = at + chance.integers(17 * 60, 23 * 60, n_persons, dtype=np.int32)
        parts = [(everybody, home, begin, at + 1440 + chance.integers(5 * 60, 9 * 60, n_persons, dtype=np.int32))]
        if day % 7 < 5:
            who = everybody[(work >= 0) & (chance.random(n_persons) < 0.95)]
            begin = at + chance.integers(8 * 60, 9 * 60 + 30, len(who), dtype=np.int32)
            parts.append((who, work[who], begin, begin + chance.integers(6 * 60, 9 * 60, len(who), dtype=np.int32)))
        who = np.repeat(everybody, chance.poisson(2.57, n_persons))
        begin = at + chance.integers(7 * 60, 21 * 60, len(who), dtype=np.int32)
        end = begin + np.clip(chance.lognormal(3.1, 0.7, len(who)), 3, 240).astype(np.int32)
        where = (n_homes + n_units + np.searchsorted(popular, chance.random(len(who)))).astype(np.int32)
        parts.append((who, where, begin, end))
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        order = chance.permutation(len(columns[0]))
        yield tuple(column[order] for column in columns)  # type: ignore[misc]


def table(columns: tuple[Any, Any, Any, Any]) -> pa.Table:
    """Stays of a day as a table of the contract's columns."""
    person, place, begin, end = columns
    times = [pa.array((BEGIN + at.astype(np.int64)) * 60_000_000).cast(SCHEMA.field(2).type) for at in (begin, end)]
    return pa.table([pa.array(person), pa.array(place), *times], schema=SCHEMA)


def write(path: Path, n_persons: int, n_days: int, seed: int) -> int:
    """Write `stays.parquet`; how many stays."""
    n = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=1) as writer:
        for columns in days(n_persons, n_days, seed):
            writer.write_table(table(columns), row_group_size=1 << 20)
            n += len(columns[0])
    return n


def cases(n_cases: int, n_persons: int, n_days: int) -> pa.Table:
    """Index cases: random people, each with four infectious days that end on one of the last days."""
    chance = np.random.default_rng(n_cases)
    who = np.sort(chance.choice(n_persons, n_cases, replace=False)).astype(np.int32)
    end = chance.integers(min(6, n_days - 1), n_days, n_cases) * 1440 + chance.integers(480, 1200, n_cases)
    instants = [pa.array((BEGIN + at) * 60_000_000).cast(SCHEMA.field(2).type) for at in (end - 4 * 1440, end)]
    return pa.table({"person_id": pa.array(who), "infectious_from": instants[0], "infectious_until": instants[1]})
