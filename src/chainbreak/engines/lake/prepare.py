"""The machine code made ready (预编译): once for a machine, before anybody waits for an answer."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from chainbreak.engines.lake.lake import Lake

LIKE = pa.timestamp("us", tz="UTC")
BEGIN = datetime(2022, 3, 14, tzinfo=UTC)


def prepare() -> None:
    """Compile what a lake needs, by asking a small one everything; takes a minute the first time, then no time."""
    with tempfile.TemporaryDirectory(prefix="chainbreak-prepare-") as folder:
        for text in (False, True):
            _ask(Path(folder) / str(text), text=text)


def _ask(folder: Path, *, text: bool) -> None:
    lake = Lake.create(folder)
    kind = pa.string() if text else pa.int64()
    for number, unit in enumerate((timedelta(minutes=1), timedelta(microseconds=1))):
        lake.append(_stays(kind, unit, number, with_more=text), now=BEGIN + timedelta(days=2))
    cases = pa.table(
        {
            "person_id": pa.array([0], pa.int64()).cast(kind),
            "infectious_from": pa.array([None], LIKE),
            "infectious_until": pa.array([None], LIKE),
        }
    )
    lake.register(pa.table({"place_id": pa.array([1], pa.int64()).cast(kind), "kind": ["train"]}))
    for count in ("meeting", "window", "day"):
        lake.trace(cases, count=count, near={"train": 3})
        for answer in ("pairs", "persons"):
            lake.trace(cases, count=count, answer=answer)
    lake.evidence("1" if text else 1, "0" if text else 0)
    lake.merge()


def _stays(kind: pa.DataType, unit: timedelta, number: int, *, with_more: bool) -> pa.Table:
    people = [0, 1, 1, 2, 2, 3]
    places = [1, 1, 2, 2, 1, 1]
    begin = [BEGIN + number * timedelta(hours=5) + timedelta(minutes=10 * n) + number * unit for n in range(6)]
    columns = {
        "person_id": pa.array(people, pa.int64()).cast(kind),
        "place_id": pa.array(places, pa.int64()).cast(kind),
        "arrived_at": pa.array(begin, LIKE),
        "left_at": pa.array([at + timedelta(hours=4) for at in begin], LIKE),
    }
    if with_more:
        columns |= {
            "stay_id": pa.array([f"{number}-{n}" for n in range(6)]),
            "evidence": pa.array(["badge"] * 6),
            "seat": pa.array(["1A", "2B", "3C", None, "5E", "9F"]),
        }
    return pa.table(columns)
