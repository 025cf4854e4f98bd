"""Tracing (同时空): a city's contacts out of the lake, against DuckDB and PostgreSQL over the same stays.

All three give the contract's rows, compared one by one: degree, person, source, first and last exposure, minutes,
meetings, place of the longest. The town (`--size full`: 2.6 million people, 145 million stays; `small`: a tenth; `tiny`
for a test of the benchmark) is made in a temporary folder. With CHAINBREAK_BENCH it is made there, with its lake and the
peers' tables, and what is there is taken again; CHAINBREAK_BENCH_BUILD=1 lays the lake out anew and measures that.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.timing import Say, interleaved, result, seconds
from bench.town import peers, people

HELP = "contacts out of a city's stays"
NEEDS = "files"
SIZES = {"tiny": 5_000, "small": 260_000, "full": 2_600_000}
DAYS, SEED, CASES, ROUNDS = 14, 7, 13, 7
LIKE = pa.timestamp("us", tz="UTC")
FIRST = """
import sys, time
began = time.perf_counter()
import pyarrow.parquet as pq
from chainbreak.engines.lake import Lake
lake = Lake.open(sys.argv[1])
rows = lake.trace(pq.ParquetFile(sys.argv[2]).read()).num_rows
print(time.perf_counter() - began)
"""


def run(rounds: int | None, say: Say, size: str = "small") -> list[dict[str, Any]]:
    folder = os.environ.get("CHAINBREAK_BENCH")
    if folder:
        return _run(Path(folder) / size, rounds or ROUNDS, say, size)
    with tempfile.TemporaryDirectory(prefix="chainbreak-tracing-") as made:
        return _run(Path(made), rounds or ROUNDS, say, size)


def _run(folder: Path, rounds: int, say: Say, size: str) -> list[dict[str, Any]]:
    from chainbreak.engines.lake import Lake

    folder.mkdir(parents=True, exist_ok=True)
    n = SIZES[size]
    stays = folder / "stays.parquet"
    if not stays.exists():
        took = seconds(lambda: people.write(stays.with_suffix(".part"), n, DAYS, SEED))
        stays.with_suffix(".part").rename(stays)
        say(f"town of {n} people made in {took:.0f} s")
    found = [*_build(folder, stays, say, size)]
    lake = Lake.open(folder / "lake")
    cases = people.cases(CASES, n, DAYS)
    found += _against_peers(folder, stays, lake, cases, rounds, say, size)
    found += _more(folder, lake, n, rounds, say, size)
    found += _append(folder, lake, cases, n, say)
    return found


def _line(what: str, values: list[float], unit: str, goal: str, limit: float, **more: Any) -> dict[str, Any]:
    return result(
        what, values, unit, peer="none", peer_values=[], goal=goal, met=lambda value, _ratio: value <= limit, **more
    )


def _build(folder: Path, stays: Path, say: Say, size: str) -> list[dict[str, Any]]:
    """The layout of all stays, by a process of its own, so that its memory is its own."""
    n = pq.ParquetFile(stays).metadata.num_rows
    if (
        (folder / "lake").exists()
        and os.environ.get("CHAINBREAK_BENCH")
        and not os.environ.get("CHAINBREAK_BENCH_BUILD")
    ):
        say("the lake is taken as it is; CHAINBREAK_BENCH_BUILD=1 lays it out anew")
        return [_line("on disk, a stay", [_size(folder / "lake") / n], "bytes", "<= 16 bytes", 16)]
    shutil.rmtree(folder / "lake", ignore_errors=True)
    program = (
        "import sys, time, resource, pyarrow as pa, pyarrow.parquet as pq\n"
        "from chainbreak.engines.lake import Lake, bulk\n"
        "lake = Lake.create(sys.argv[1]); file = pq.ParquetFile(sys.argv[2]); began = time.perf_counter()\n"
        "bulk.load(lake, (pa.Table.from_batches([b]) for b in file.iter_batches(1 << 20)), name='all')\n"
        "print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1048576)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "lake"), str(stays)], stdout=subprocess.PIPE, check=True
    )
    took, memory = (float(text) for text in done.stdout.split())
    say(f"{n} stays laid out in {took:.1f} s, {memory:.1f} GiB")
    goal = SIZES[size] / SIZES["full"]
    return [
        _line(f"layout of {n} stays", [took], "s", f"<= {80 * goal:g} s", 80 * goal),
        _line("memory for it", [memory], "GiB", "<= 6 GiB", 6),
        _line("on disk, a stay", [_size(folder / "lake") / n], "bytes", "<= 16 bytes", 16),
    ]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _against_peers(
    folder: Path, stays: Path, lake: Any, cases: pa.Table, rounds: int, say: Say, size: str
) -> list[dict[str, Any]]:
    begin = int(people.BEGIN)
    took = time.perf_counter()
    duck = peers.Duck(folder, stays, begin, join=True)
    say(f"DuckDB's tables are there after {time.perf_counter() - took:.0f} s")
    given = pa.table(
        {
            "person": cases["person_id"],
            "ws": pa.array(cases["infectious_from"].cast(pa.int64()).to_numpy() // 60_000_000 - begin, pa.int32()),
            "we": pa.array(cases["infectious_until"].cast(pa.int64()).to_numpy() // 60_000_000 - begin, pa.int32()),
        }
    )
    found = []
    with _postgres(folder, duck, say, size) as postgres:
        for count, what, limit in (("meeting", "one meeting counts", 0.05), ("window", "minutes add up", 0.2)):
            ours = lambda count=count: lake.trace(cases, count=count, like=LIKE)  # noqa: E731
            others = [(duck, lambda count=count: duck.ask(given, count))]
            if postgres is not None:
                others.append((postgres, lambda count=count: postgres.ask(given, count)))
            for peer, ask in others:
                _same(ours(), ask(), begin)
                values, peer_values = interleaved(ours, ask, rounds if size == "small" else min(rounds, 5))
                found.append(
                    result(
                        f"{CASES} cases, {what}", values, "s", peer=peer.name, peer_values=peer_values,
                        goal=f"<= {limit:g} s and >= 20x the peer",
                        met=lambda value, ratio, limit=limit: value <= limit and ratio is not None and ratio <= 1 / 20,
                        rows=ours().num_rows, faster=round(float(np.median(peer_values) / np.median(values)), 1),
                    )
                )  # fmt: skip
                say(f"{what}: {np.median(values):.3f} s, {peer.name} {np.median(peer_values):.3f} s")
    return found


class _postgres:  # noqa: N801
    """PostgreSQL in the folder, with the stays; at full size only where CHAINBREAK_BENCH_POSTGRES asks for it."""

    def __init__(self, folder: Path, duck: peers.Duck, say: Say, size: str) -> None:
        self.folder, self.duck, self.say = folder, duck, say
        self.wanted = size == "small" or bool(os.environ.get("CHAINBREAK_BENCH_POSTGRES"))
        self.running: Any = None

    def __enter__(self) -> peers.Postgres | None:
        if not self.wanted:
            self.say("PostgreSQL is left out; CHAINBREAK_BENCH_POSTGRES=1 takes it in")
            return None
        import psycopg

        from chainbreak.jobs.installation import prepare
        from chainbreak.jobs.postgres import Server

        data = self.folder / "postgres"
        if not os.environ.get("CHAINBREAK_BENCH"):
            shutil.rmtree(data, ignore_errors=True)
        prepare(data)
        options = ("shared_buffers = 1GB", "max_wal_size = 8GB", "autovacuum = off")
        server = Server(data, options=options)
        self.running = server.running()
        self.running.__enter__()
        began = time.perf_counter()
        self.con = psycopg.connect(**server.parameters(), autocommit=True)
        found = peers.Postgres(self.con, self.duck)
        self.say(f"PostgreSQL's table and indexes are there after {time.perf_counter() - began:.0f} s")
        return found

    def __exit__(self, *error: object) -> None:
        if self.running is not None:
            self.con.close()
            self.running.__exit__(None, None, None)
            if not os.environ.get("CHAINBREAK_BENCH"):
                shutil.rmtree(self.folder / "postgres", ignore_errors=True)


def _more(folder: Path, lake: Any, n: int, rounds: int, say: Say, size: str) -> list[dict[str, Any]]:
    """Cold files, many cases, evidence, the first question of a process."""
    from chainbreak.engines.lake import Lake

    found = []
    cases = people.cases(CASES, n, DAYS)
    cold = []
    for _ in range(3):
        fresh = None
        lake._held.clear()
        lake._stamp = None
        gc.collect()
        _evict(folder / "lake")
        began = time.perf_counter()
        fresh = Lake.open(folder / "lake")
        fresh.trace(cases, count="meeting")
        cold.append(time.perf_counter() - began)
    del fresh
    found.append(_line(f"{CASES} cases, one meeting counts, cold files", cold, "s", "<= 0.7 s", 0.7))
    lake.refresh()
    found.append(
        _line("the same at once after it", [seconds(lambda: lake.trace(cases, count="meeting"))], "s", "", 1e9)
    )
    many = [(1, "meeting", "persons", 1e9), (100, "meeting", "persons", 1e9), (1000, "meeting", "persons", 1.2),
            (10_000, "meeting", "persons", 6), (1000, "window", "persons", 1e9), (1000, "meeting", "pairs", 1e9)]  # fmt: skip
    for number, count, answer, limit in many if size != "tiny" else ():
        given, rows = people.cases(number, n, DAYS), []
        ask = lambda given=given, count=count, answer=answer, rows=rows: rows.append(  # noqa: E731
            lake.trace(given, count=count, answer=answer).num_rows
        )
        if limit < 1e9:
            ask()  # what the goal says of is warm
        processor = _processor_seconds()
        took = [seconds(ask)]
        processor = _processor_seconds() - processor
        what = f"{number} cases, {'one meeting counts' if count == 'meeting' else 'minutes add up'}, {answer}"
        goal = f"<= {limit:g} s" if limit < 1e9 else ""
        found.append(_line(what, took, "s", goal, limit, rows=rows[0], processor_seconds=round(processor, 2)))
        say(f"{what}: {took[0]:.2f} s, {processor:.2f} s of processor time, {rows[0]} rows")
    pairs = lake.trace(cases).slice(0, 200)
    took = []
    for person, source in zip(pairs["person_id"].to_pylist(), pairs["source_person_id"].to_pylist(), strict=True):
        took.append(seconds(lambda p=person, s=source: lake.evidence(p, s)) * 1000)
    found.append(_line("evidence of one pair", took, "ms", "<= 5 ms", 5))
    given = folder / "cases.parquet"
    pq.write_table(cases, given)
    starts = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", FIRST, str(folder / "lake"), str(given)], stdout=subprocess.PIPE, check=True
        )
        starts.append(float(done.stdout))
    found.append(_line("first question of a new process, imports and all", starts, "s", "<= 1 s", 1))
    return found


def _append(folder: Path, lake: Any, cases: pa.Table, n: int, say: Say) -> list[dict[str, Any]]:
    """A new hour of stays, while questions go on."""
    chance = np.random.default_rng(11)
    number = round(435_000 * n / SIZES["full"])
    begin = DAYS * 1440 + chance.integers(0, 60, number)
    hour = people.table(
        (
            chance.integers(0, n, number).astype(np.int32), chance.integers(0, n // 2, number).astype(np.int32),
            begin.astype(np.int32), (begin + chance.integers(3, 240, number)).astype(np.int32),
        )
    )  # fmt: skip
    meanwhile: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            meanwhile.append(seconds(lambda: lake.trace(cases)))

    from chainbreak.engines.lake import Lake

    shutil.rmtree(folder / "grown", ignore_errors=True)  # segments never change, so that a copy is of names only
    shutil.copytree(folder / "lake", folder / "grown", copy_function=os.link)
    lake, writer = Lake.open(folder / "grown"), Lake.open(folder / "grown")
    lake.trace(cases)
    alone = [seconds(lambda: lake.trace(cases)) for _ in range(9)]
    asking = threading.Thread(target=ask)
    asking.start()
    took = []
    for part in range(3):
        again = hour.set_column(0, "person_id", pa.array((hour["person_id"].to_numpy() + part) % n, pa.int32()))
        took.append(seconds(lambda again=again: writer.append(again, now=datetime(2022, 3, 29, tzinfo=UTC))))
    stop.set()
    asking.join()
    shutil.rmtree(folder / "grown", ignore_errors=True)
    slower = float(np.median(meanwhile) / np.median(alone))
    say(
        f"an hour of {number} stays appended in {np.median(took):.2f} s; questions {slower:.2f} times as long meanwhile"
    )
    return [
        _line(f"an hour of {number} stays, appended and there to be asked", took, "s", "<= 5 s", 5),
        _line("questions meanwhile, against alone", [slower], "times", "<= 2 times", 2),
    ]


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system


def _evict(folder: Path) -> None:
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def _same(ours: pa.Table, theirs: Any, begin: int) -> None:
    """Row by row, every column."""
    minutes = {name: ours[name].cast(pa.int64()).to_numpy() // 60_000_000 - begin
               for name in ("first_exposure_at", "last_exposure_at")}  # fmt: skip
    mine = np.stack(
        [
            ours["degree"].to_numpy().astype(np.int64), ours["person_id"].to_numpy(), ours["source_person_id"].to_numpy(),
            minutes["first_exposure_at"], minutes["last_exposure_at"], np.rint(ours["minutes"].to_numpy()).astype(np.int64),
            ours["meetings"].to_numpy(), ours["place_id"].to_numpy(),
        ],
        axis=1,
    )  # fmt: skip
    if isinstance(theirs, bytes):
        other = np.array(peers.rows_of_postgres(theirs), np.int64)
    else:
        other = np.stack([theirs[name].cast(pa.int64()).to_numpy() for name in theirs.column_names], axis=1)
    if mine.shape != other.shape or not (mine == other).all():
        raise ValueError(f"the answers must be equal; got {mine.shape} and {other.shape} rows, or other values")
