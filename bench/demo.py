"""The demo's data (演示数据): each large file of the reference outbreak through the real imports, against a bare COPY.

`chainbreak demo --no-serve` builds an installation in a folder that is thrown away. Then the rows that it made are
copied once more into tables without keys and indexes, in the same server, three times each.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.timing import Say, result, seconds

HELP = "the demo's data by file, and the room it takes"
NEEDS = "files"
MOST_SECONDS, MOST_GB, COPIES = 120, 2, 3
LARGE = {
    "people.parquet": "registry_person",
    "tubes.parquet": "screening_tube",
    "swabs.parquet": "screening_swab",
    "results.parquet": "screening_result",
}


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    del rounds  # built once
    folder = Path(tempfile.mkdtemp(prefix="chainbreak-bench-"))
    try:
        marks = _build(folder, say)
        begun = [at for line, at in marks if "Importing" in line or "Writing" in line]
        found = [_whole(marks[-1][1] - begun[0]), _room(folder)]
        return found + _files(folder, marks)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _build(folder: Path, say: Say) -> list[tuple[str, float]]:
    """Lines of progress, each with the moment at which it came; the last is the end."""
    command = [sys.executable, "-m", "chainbreak.jobs.cli", "--lang", "en", "demo", "--no-serve"]
    environment = {**os.environ, "CHAINBREAK_DATA": str(folder)}
    marks = []
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            marks.append((line.strip(), time.monotonic()))
            say(line.rstrip())
    if process.returncode:
        raise ValueError(f"the demo must be built; it ended with {process.returncode}")
    return [*marks, ("", time.monotonic())]


def _whole(value: float) -> dict[str, Any]:
    goal = f"<= {MOST_SECONDS} s"
    return result("data of the demo, files written and taken in", [value], "s", peer="", peer_values=(), goal=goal,
                  met=lambda median, _ratio: median <= MOST_SECONDS)  # fmt: skip


def _room(folder: Path) -> dict[str, Any]:
    used = sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 1e9
    goal = f"<= {MOST_GB} GB"
    return result("room of the demo's data folder", [used], "GB", peer="", peer_values=(), goal=goal,
                  met=lambda median, _ratio: median <= MOST_GB)  # fmt: skip


def _files(folder: Path, marks: list[tuple[str, float]]) -> list[dict[str, Any]]:
    from chainbreak.jobs.postgres import Server

    found = []
    server = Server(folder, programs=os.environ.get("CHAINBREAK_PG_BIN") or None)
    with server.running(), psycopg.connect(**server.parameters(), autocommit=True) as connection:
        for name, table in LARGE.items():
            at = next(number for number, (line, _) in enumerate(marks) if f" {name} " in line)
            taken = marks[at + 1][1] - marks[at][1]
            rows, copies = _bare(connection, folder, table)
            found.append(
                result(f"{name}: {rows} rows", [taken], "s", peer="bare COPY, no index, no check",
                       peer_values=copies, goal="", rows_per_second=round(rows / taken))
            )  # fmt: skip
    return found


def _bare(connection: psycopg.Connection, folder: Path, table: str) -> tuple[int, list[float]]:
    """The rows of a table copied from a file into a table without anything, several times."""
    path = folder / "bench.csv"
    with connection.cursor() as cursor:
        with path.open("wb") as file, cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT csv)") as copy:
            for block in copy:
                file.write(block)
        cursor.execute(f"CREATE TABLE bench_bare AS SELECT * FROM {table} LIMIT 0")

        def load() -> None:
            cursor.execute("TRUNCATE bench_bare")
            with path.open("rb") as file, cursor.copy("COPY bench_bare FROM STDIN (FORMAT csv)") as copy:
                while block := file.read(1 << 18):
                    copy.write(block)

        copies = [seconds(load) for _ in range(COPIES)]
        cursor.execute("SELECT count(*) FROM bench_bare")
        (rows,) = cursor.fetchone() or (0,)
        cursor.execute("DROP TABLE bench_bare")
    path.unlink()
    return rows, copies
