"""A round three times as fast as a city's peak (轮次重放): tables send, sites report, the board is open, 200 people read.

An installation of its own with fsync on, the web server as `serve` starts it. Batches of 50 rows leave at the times that
3 x 313,036 swabs an hour say, whether the one before was answered or not; what waits is part of the answer's time. At the
same time people join the queues of 820 sites, 200 residents read the sites' waits, each again after some ten seconds, and
somebody signed in has the round's board open, which asks again every ten seconds. At the end every swab is looked for:
none lost, none doubled. Ten minutes with `--size full`, one with `small`, some seconds with `tiny`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg

from bench import screening
from bench.timing import Say, percentile, result

HELP = "a round at three times a city's peak, with board, sites and 200 readers"
NEEDS = "files"
MINUTES = {"tiny": 0.1, "small": 1.0, "full": 10.0}
PER_SECOND = 3 * 313_036 / 3600
SITES, READERS, PAUSE, BOARD_PAUSE, CHECK_INS = 820, 200, 10.0, 10.0, 10.0
TABLES = 64  # connections that tables use
ACCOUNT = """
import django; django.setup()
from datetime import UTC, datetime
from django.test import Client
from chainbreak.governance.models import Grant, Team, User
user = User.objects.create_user("board", password="of-a-benchmark")
names = {"name_zh": "检测组", "name_en": "testing", "task_force": "testing", "purpose": "outbreak_response"}
team = Team.objects.create(area_code="4111", **names)
always = {"valid_from": datetime(2000, 1, 1, tzinfo=UTC), "valid_until": datetime(2100, 1, 1, tzinfo=UTC)}
Grant.objects.create(user=user, team=team, role="epidemiology_lead", **always)
client = Client(SERVER_NAME="127.0.0.1")
client.force_login(user)
print("; ".join(f"{name}={one.value}" for name, one in client.cookies.items()))
"""


def run(rounds: int | None, say: Say, size: str = "small") -> list[dict[str, Any]]:
    from chainbreak.jobs.postgres import Server

    minutes = MINUTES[size]
    batches = max(4, round(minutes * 60 * PER_SECOND / screening.BATCH))
    screening.PEOPLE = batches * screening.BATCH
    with tempfile.TemporaryDirectory(prefix="chainbreak-bench-") as folder:
        server = Server(Path(folder))
        with server.running():
            port = screening._free_port()
            environment = {**os.environ, "CHAINBREAK_DATA": folder, "CHAINBREAK_PORT": str(port)}
            environment["DJANGO_SETTINGS_MODULE"] = "chainbreak.config.settings"
            token, _first = screening._furnish(server, environment)
            with psycopg.connect(**server.parameters(), autocommit=True) as database:
                round_id = screening.open_round(database, 1)
                _sites(database, round_id)
                told = [sys.executable, "-c", ACCOUNT]
                cookie = subprocess.run(
                    told, env=environment, check=True, capture_output=True, text=True
                ).stdout.strip()
                say(f"{screening.PEOPLE} people, {SITES} sites")
                web = subprocess.Popen(screening._web(environment), env=environment, stdin=subprocess.DEVNULL)
                try:
                    screening._wait(str(port))
                    postmaster = int((server.cluster / "postmaster.pid").read_text().split()[0])
                    roots = {"client": os.getpid(), "web": web.pid, "database": postmaster}
                    play = _Play(port, token, cookie, list(screening._bodies(1)))
                    asyncio.run(play.warm())
                    busy, began = screening._busy(roots), time.perf_counter()
                    asyncio.run(play.run())
                    lasted = time.perf_counter() - began
                    used = {part: n - busy[part] for part, n in screening._busy(roots).items()}
                    screening._check(database, round_id)
                finally:
                    web.terminate()
                    web.wait(20)
    say(f"{lasted:.0f} s; processor: " + ", ".join(f"{part} {n:.0f} s" for part, n in used.items()))
    say(f"said to come again: {play.again}; answered otherwise than asked: {play.wrong}")
    if play.wrong:
        raise ValueError(f"every reader must be answered; got {play.wrong}")
    return _results(play, lasted, used, minutes)


def _results(play: _Play, lasted: float, used: dict[str, float], minutes: float) -> list[dict[str, Any]]:
    found = [
        result(
            f"swabs at three times the peak for {minutes:g} min, none lost or doubled", [screening.PEOPLE / lasted], "swabs/s",
            peer="wanted", peer_values=[PER_SECOND], goal=">= 0.95x", met=lambda _value, ratio: (ratio or 0) >= 0.95,
            processor={part: round(n / lasted, 2) for part, n in used.items()},
        )
    ]  # fmt: skip
    for what, goal in (("batch", 1000), ("board", None), ("reader", None), ("check-in", None)):
        waits = [1000 * wait for wait in play.waits[what]]
        for share in (0.5, 0.99) if waits else ():
            limit = goal if share > 0.5 else None
            found.append(
                result(
                    f"{what}: p{100 * share:g} of {len(waits)} answers", [percentile(waits, share)], "ms", peer="-", peer_values=[],
                    goal=f"<= {limit} ms" if limit else "-", met=(lambda value, _r, limit=limit: value <= limit) if limit else None,
                )
            )  # fmt: skip
    return found


def _sites(database: psycopg.Connection, round_id: int) -> None:
    database.execute(
        "INSERT INTO screening_samplingsite (number, name_zh, name_en, area_code, audience, kind, tables, added, hours, latitude, "
        "longitude) "
        "SELECT 'S-' || n, 'S-' || n, 'S-' || n, '411122', 'everybody', '', 3, false, '', 33.5 + (n %% 30) * 0.01, 114 + (n / 30) * 0.01 "
        "FROM generate_series(1, %s) n", [SITES],
    )  # fmt: skip
    database.execute(
        "INSERT INTO screening_rollentry (round_id, person_id, area_code) SELECT %s, id, '411122' FROM registry_person",
        [round_id],
    )
    database.execute("VACUUM ANALYZE screening_rollentry")


class _Play:
    """Everybody at once; how long each waited for an answer, by who it was."""

    def __init__(self, port: int, token: str, cookie: str, bodies: list[bytes]) -> None:
        self.port, self.bodies, self.dice = port, bodies, random.Random(1)
        self.device = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self.signed_in = f"Host: 127.0.0.1\r\nCookie: {cookie}\r\nHX-Request: true\r\n"
        self.waits: dict[str, list[float]] = {"batch": [], "board": [], "reader": [], "check-in": []}
        self.again, self.wrong = 0, {}

    async def warm(self) -> None:
        """Each page once from every process: a server that has just begun reads its programs first."""
        for _ in range(3):
            lines = [_Line(self.port) for _ in range(8)]
            await asyncio.gather(
                *(line.ask("GET /rounds/B/1/live/", self.signed_in) for line in lines[:4]),
                *(line.ask("GET /public/sites/", "Host: 127.0.0.1\r\n") for line in lines[4:]),
            )

    async def run(self) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        tables = [asyncio.create_task(self._table(queue)) for _ in range(TABLES)]
        others = [asyncio.create_task(self._reader(n)) for n in range(READERS)]
        others += [asyncio.create_task(self._board()), asyncio.create_task(self._gate())]
        began = time.perf_counter()
        for n, body in enumerate(self.bodies):
            due = began + n * screening.BATCH / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            queue.put_nowait((due, b'{"site":"S-%d",' % (n % SITES + 1) + body[1:]))
        await queue.join()
        for one in [*tables, *others]:
            one.cancel()
        ended = await asyncio.gather(*tables, *others, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _table(self, queue: asyncio.Queue[tuple[float, bytes]]) -> None:
        line = _Line(self.port)
        while True:
            due, body = await queue.get()
            while True:
                status, said = await line.ask("POST /api/v1/swabs:batch", self.device, body)
                if status == 200:
                    break
                if status not in (429, 503):
                    raise ValueError(f"a batch must be taken in; got {status} {said[:200]!r}")
                self.again += 1
                await asyncio.sleep(1)
            if b'"refused":0' not in said or b'"conflict":0' not in said:
                raise ValueError(f"a batch must be taken whole; got {said[:200]!r}")
            self.waits["batch"].append(time.perf_counter() - due)
            queue.task_done()

    async def _reader(self, n: int) -> None:
        line = _Line(self.port)
        await asyncio.sleep(n * PAUSE / READERS)
        while True:
            address = "/public/sites/" if n % 4 else f"/api/v1/sites/route?latitude={33.5 + n / 1000}&longitude=114.1"
            await self._timed("reader", line, f"GET {address}", "Host: 127.0.0.1\r\nAccept-Encoding: gzip\r\n")
            await asyncio.sleep(PAUSE * self.dice.uniform(0.5, 1.5))

    async def _board(self) -> None:
        line = _Line(self.port)
        while True:
            await self._timed("board", line, "GET /rounds/B/1/live/", self.signed_in)
            await asyncio.sleep(BOARD_PAUSE)

    async def _gate(self) -> None:
        line = _Line(self.port)
        while True:
            told = json.dumps({"event_id": str(uuid.uuid4()), "people": self.dice.randrange(1, 9)}).encode()
            site = self.dice.randrange(1, SITES + 1)
            await self._timed("check-in", line, f"POST /api/v1/sites/S-{site}/check-ins", self.device, told)
            await asyncio.sleep(1 / CHECK_INS)

    async def _timed(self, who: str, line: _Line, first: str, heads: str, body: bytes = b"") -> None:
        began = time.perf_counter()
        status, _said = await line.ask(first, heads, body)
        self.waits[who].append(time.perf_counter() - began)
        if status != 200:
            self.wrong[f"{who} {status}"] = self.wrong.get(f"{who} {status}", 0) + 1


class _Line:
    """One keep-alive connection, opened again when the server closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, first: str, heads: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body."""
        for _again in range(2):
            try:
                if self.reader is None or self.writer is None:
                    self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
                self.writer.write(f"{first} HTTP/1.1\r\n{heads}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
                if b"content-length: " in head:
                    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
                    return int(head[9:12]), await self.reader.readexactly(length)
                return int(head[9:12]), await self._pieces()
            except (OSError, asyncio.IncompleteReadError):
                self.reader = self.writer = None
        return 0, b""

    async def _pieces(self) -> bytes:
        assert self.reader is not None
        found = b""
        while length := int((await self.reader.readline()).strip() or b"0", 16):
            found += await self.reader.readexactly(length)
            await self.reader.readline()
        await self.reader.readline()
        return found
