"""Screening (核酸筛查): a city's registrations through the interface over HTTP, durable, against COPY into the same keys.

A server of its own with fsync on, the web server as `serve` starts it, a device's token, batches of 50 rows for five
full tubes with their seals, keep-alive connections; client, web and database share the machine. Every run is a round of
its own. Before the clock starts the batches are encoded. Afterwards the rows are counted: none lost, none doubled.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import psycopg

from bench.timing import Say, percentile, result

HELP = "registrations of swabs over HTTP, against COPY into the same keys"
NEEDS = "files"
ROUNDS = 3
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "300000"))
CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "24"))
BATCH, POOL = 50, 10
NEIGHBOURHOOD = 2_300  # people of a site: 1,878,212 of a city at 820 sites
START = datetime(2022, 3, 27, 6, tzinfo=UTC)

PEER_TABLE = """
DROP TABLE IF EXISTS bench_copy;
CREATE TABLE bench_copy (id bigserial PRIMARY KEY, event_id uuid UNIQUE, recorded_at timestamptz, position smallint,
    purpose varchar(12), sampled_at timestamptz, person_id bigint, round_id bigint, tube_id bigint,
    UNIQUE (person_id, round_id, purpose), UNIQUE (tube_id, position))
"""


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    from chainbreak.jobs.postgres import Server

    with tempfile.TemporaryDirectory(prefix="chainbreak-bench-") as folder:
        server = Server(Path(folder))
        with server.running():
            environment = {**os.environ, "CHAINBREAK_DATA": folder, "CHAINBREAK_PORT": str(_free_port())}
            token, first = _furnish(server, environment)
            say(f"{PEOPLE} people registered")
            web = subprocess.Popen(_web(environment), env=environment, stdin=subprocess.DEVNULL)
            try:
                _wait(environment["CHAINBREAK_PORT"])
                return _measure(server, environment, token, first, rounds or ROUNDS, say, web.pid)
            finally:
                web.terminate()
                web.wait(20)


def _measure(
    server: Any, environment: dict[str, str], token: str, first: int, rounds: int, say: Say, web: int
) -> list[dict[str, Any]]:
    rates, peers, waits, processor = [], [], [], []
    database_pid = int((server.cluster / "postmaster.pid").read_text().split()[0])
    roots = {"client": os.getpid(), "web": web, "database": database_pid}
    with psycopg.connect(**server.parameters(), autocommit=True) as database:
        for number in range(rounds):
            round_id = open_round(database, number + 1)
            bodies = list(_bodies(number + 1))
            busy = _busy(roots)
            seconds, lasted = asyncio.run(_send(int(environment["CHAINBREAK_PORT"]), token, bodies))
            parts = {part: 1e6 * (used - busy[part]) / PEOPLE for part, used in _busy(roots).items()}
            processor.append(parts)
            _check(database, round_id)
            rates.append(PEOPLE / seconds)
            waits += lasted
            peers.append(PEOPLE / _copy(database, number + 1, round_id, first))
            share = ", ".join(f"{part} {used:.1f}" for part, used in parts.items())
            say(f"round {number + 1}: {rates[-1]:,.0f} swabs/s, COPY {peers[-1]:,.0f} rows/s; us a swab: {share}")
    http = result(
        f"registrations over HTTP, {BATCH} a batch, {PEOPLE} people", rates, "swabs/s",
        peer="COPY, same keys, all at once", peer_values=peers, goal=">= 30000 and >= 0.5x",
        met=lambda value, ratio: value >= 30_000 and (ratio or 0) >= 0.5,
    )  # fmt: skip
    work = result(
        "processor time of client, web and database for a swab", [sum(one.values()) for one in processor], "us",
        peer="-", peer_values=[], goal="<= 66 us (30000 a second on two cores)", met=lambda value, _ratio: value <= 66,
        parts={part: round(statistics.median(one[part] for one in processor), 1) for part in roots},
    )  # fmt: skip
    p99 = [1000 * percentile(waits, 0.99)]
    slow = result(
        f"answer of a batch, p99, {CONNECTIONS} connections at full load", p99, "ms", peer="-", peer_values=[],
        goal="<= 1000 ms", met=lambda value, _ratio: value <= 1000,
    )  # fmt: skip
    return [http, work, slow]


def _furnish(server: Any, environment: dict[str, str]) -> tuple[str, int]:
    """Tables, people and a device."""
    chainbreak = [sys.executable, "-m", "chainbreak.jobs.cli"]
    subprocess.run([*chainbreak, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
    token = "cbd_of-a-benchmark"
    with psycopg.connect(**server.parameters(), autocommit=True) as database:
        database.execute(
            "INSERT INTO registry_person (number, area_code, sex, away) "
            "SELECT 'P' || lpad(n::text, 7, '0'), '411122', 'U', false FROM generate_series(1, %s) n",
            [PEOPLE],
        )
        first = database.execute("SELECT min(id) FROM registry_person").fetchone()[0]
        now = datetime.now(UTC)
        database.execute(
            "INSERT INTO screening_device (name, token_hash, area_code, valid_from, valid_until) VALUES ('bench', %s, '4111', %s, %s)",
            [hashlib.sha256(token.encode()).hexdigest(), now, now + timedelta(days=1)],
        )
        database.execute("VACUUM ANALYZE registry_person")
    return token, first


def open_round(database: psycopg.Connection, number: int) -> int:
    """A round that is being sampled; gives its id."""
    row = database.execute(
        "INSERT INTO screening_round (series, number, outbreak_code, area_code, start_at, sample_due_at, test_due_at, "
        "pool_size, purpose) VALUES ('B', %s, '', '411100', %s, %s, %s, 10, 'mass_round') RETURNING id",
        [number, START, START + timedelta(hours=6), START + timedelta(hours=16)],
    ).fetchone()
    assert row is not None
    database.execute(
        "INSERT INTO screening_roundevent (round_id, state, at, recorded_at, first_recorded_at) "
        "VALUES (%s, 'sampling', %s, %s, %s)", [row[0], START, START, START],
    )  # fmt: skip
    return int(row[0])


def _web(environment: dict[str, str]) -> list[str]:
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    web += ["--port", environment["CHAINBREAK_PORT"], "--workers", environment.get("BENCH_WORKERS", "2")]
    web += ["--blocking-threads", environment.get("BENCH_THREADS", "16"), "--backlog", "1024", "--log-level", "warning"]
    return [*web, "--no-ws", "chainbreak.config.wsgi:application"]


def _order(number: int) -> list[list[int]]:
    """Who comes to the tables, batch by batch: each site swabs its own neighbourhood in no order, the sites side by side.

    With BENCH_ORDER=anybody people of the whole register come to any table, as no city does: the worst for every index.
    """
    dice = random.Random(number)
    size = PEOPLE if os.environ.get("BENCH_ORDER") == "anybody" else NEIGHBOURHOOD
    sites = []
    for low in range(0, PEOPLE, size):
        people = list(range(low, min(low + size, PEOPLE)))
        dice.shuffle(people)
        sites.append([people[at : at + BATCH] for at in range(0, len(people), BATCH)])
    return [batch for turn in zip_longest(*sites) for batch in turn if batch]


def _bodies(number: int) -> Iterator[bytes]:
    """Batches of five full tubes, with their seals."""
    n = 0
    for people in _order(number):
        rows = []
        for place, person in enumerate(people):
            at = (START + timedelta(seconds=n % 20_000)).isoformat()
            tube, event = f"B{number:02d}{n // POOL:07d}", f"{number:08x}-0000-4000-8000-{n:012x}"
            rows.append({"event_id": event, "barcode": tube, "person": f"P{person + 1:07d}", "at": at})
            n += 1
            if n % POOL == 0 or place == len(people) - 1:
                seal = f"{number:08x}-0001-4000-8000-{n:012x}"
                rows.append({"event_id": seal, "op": "seal", "barcode": tube, "at": at, "members": POOL})
        yield json.dumps({"series": "B", "number": number, "rows": rows}, separators=(",", ":")).encode()


async def _send(port: int, token: str, bodies: list[bytes]) -> tuple[float, list[float]]:
    """All batches over keep-alive connections; seconds in all, and of each."""
    head = f"POST /api/v1/swabs:batch HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: "
    queue, waits = iter(bodies), []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for body in queue:
            began = time.perf_counter()
            while True:
                writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
                answer = await reader.readuntil(b"\r\n\r\n")
                length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                text = await reader.readexactly(length)
                if answer[9:12] in (b"429", b"503"):
                    await asyncio.sleep(0.2)
                    continue
                if answer[9:12] != b"200" or b'"refused":0' not in text or b'"conflict":0' not in text:
                    raise ValueError(f"a batch must be taken whole; got {answer[:40]!r} {text[:400]!r}")
                break
            waits.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began, waits


def _check(database: psycopg.Connection, round_id: int) -> None:
    """Nobody lost, nobody doubled, every tube sealed with its members."""
    found = database.execute(
        "SELECT count(*), count(DISTINCT person_id), count(DISTINCT (tube_id, position)) FROM screening_swab WHERE round_id = %s",
        [round_id],
    ).fetchone()
    if found != (PEOPLE,) * 3:
        raise ValueError(f"every swab must be there once; got {found} of {PEOPLE}")
    sealed = database.execute(
        "SELECT count(*) FROM screening_tube t JOIN screening_tubecustody c ON c.tube_id = t.id AND c.sealed_at IS NOT NULL "
        "WHERE t.round_id = %s", [round_id],
    ).fetchone()[0]  # fmt: skip
    if sealed != PEOPLE // POOL:
        raise ValueError(f"every tube must be sealed; got {sealed} of {PEOPLE // POOL}")


def _copy(database: psycopg.Connection, number: int, round_id: int, first: int) -> float:
    """Seconds of one COPY of as many rows into an empty table with the same keys."""
    database.execute(PEER_TABLE)
    lines = []
    for n, person in enumerate(chain.from_iterable(_order(number))):
        at = (START + timedelta(seconds=n % 20_000)).isoformat()
        event = f"{round_id:08x}-0000-4000-8000-{n:012x}"
        lines.append(f"{event}\t{at}\t{n % POOL + 1}\tmass_round\t{at}\t{first + person}\t{round_id}\t{n // POOL}\n")
    text = "".join(lines).encode()
    began = time.perf_counter()
    with database.cursor().copy(
        "COPY bench_copy (event_id, recorded_at, position, purpose, sampled_at, person_id, round_id, tube_id) FROM STDIN"
    ) as copy:
        for low in range(0, len(text), 1 << 20):
            copy.write(text[low : low + (1 << 20)])
    return time.perf_counter() - began


def _busy(roots: dict[str, int]) -> dict[str, float]:
    """Seconds of processor that each of these processes and all below it have used, those of another root left out."""
    below: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(entry.parent.name)
        below.setdefault(int(fields[1]), []).append(pid)
        used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    found = dict.fromkeys(roots, 0.0)
    for part, root in roots.items():
        todo = [root]
        while todo:
            pid = todo.pop()
            found[part] += used.get(pid, 0.0)
            todo += [child for child in below.get(pid, []) if child not in roots.values()]
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(port: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise ValueError("the web server must answer within a minute")
