"""Kill -9 of the web server and of the database in the middle of the intake: what was acknowledged is there, once.

An installation of its own, with fsync on. Batches are sent over and over until each is acknowledged, as devices do.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from chainbreak.jobs.postgres import Server

screening = pytest.importorskip("bench.screening", reason="the benchmarks are not beside the tests")
PEOPLE, BATCH = 1200, 20


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A server with people, a device and a round; and a way to start its web server."""
    monkeypatch.setattr(screening, "PEOPLE", PEOPLE)
    monkeypatch.setattr(screening, "BATCH", BATCH)
    server = Server(tmp_path)
    web: list[subprocess.Popen] = []
    with server.running():
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CHAINBREAK_", "DJANGO_", "PYTEST"))
        }
        environment = {**inherited, "CHAINBREAK_DATA": str(tmp_path), "CHAINBREAK_PORT": str(screening._free_port())}
        environment["DJANGO_SETTINGS_MODULE"] = "chainbreak.config.settings"
        token, _first = screening._furnish(server, environment)
        with psycopg.connect(**server.parameters(), autocommit=True) as database:
            database.execute(
                "WITH made AS (INSERT INTO screening_round (series, number, outbreak_code, area_code, start_at, "
                "sample_due_at, test_due_at, pool_size, purpose) VALUES ('B', 1, '', '411100', %s, %s, %s, 10, 'mass_round') "
                "RETURNING id) INSERT INTO screening_roundevent (round_id, state, at, recorded_at, first_recorded_at) "
                "SELECT id, 'sampling', %s, %s, %s FROM made",
                [screening.START, *(screening.START + timedelta(hours=h) for h in (6, 16)), *[screening.START] * 3],
            )

        def start() -> subprocess.Popen:
            program = subprocess.Popen(screening._web(environment), env=environment, start_new_session=True)
            web.append(program)
            screening._wait(environment["CHAINBREAK_PORT"])
            return program

        try:
            yield server, start, environment, token
        finally:
            for program in web:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(program.pid, signal.SIGKILL)
                program.wait(20)


def _send(port: str, token: str, body: bytes) -> dict | None:
    """The answer; None where there was none, or one that says: send it again."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/swabs:batch", body)
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        if error.code not in (429, 503) or not int(error.headers["Retry-After"]):
            raise RuntimeError(f"{error.code}: {error.read()!r}") from None  # its thread ends, and the test with it
        return None
    except (OSError, ValueError):
        return None


def test_nothing_acknowledged_is_lost_or_doubled_when_web_and_database_are_killed(house):
    server, start, environment, token = house
    web = start()
    bodies = list(screening._bodies(1))
    todo, acknowledged, lock = list(enumerate(bodies)), {}, threading.Lock()
    stop = threading.Event()

    def device() -> None:
        while not stop.is_set():
            with lock:
                if not todo:
                    return
                place, body = todo.pop(0)
            answer = _send(environment["CHAINBREAK_PORT"], token, body)
            with lock:
                if answer is None:
                    todo.append((place, body))
                else:
                    acknowledged[place] = answer
                    if place % 5 == 0 and place not in sent_again:  # an answer that the device never saw
                        sent_again.add(place)
                        todo.append((place, body))
            if answer is None:
                time.sleep(0.2)

    sent_again: set[int] = set()
    devices = [threading.Thread(target=device) for _ in range(6)]
    for one in devices:
        one.start()
    _until(lambda: len(acknowledged) >= 10)
    os.killpg(web.pid, signal.SIGKILL)
    web.wait(20)
    web = start()
    _until(lambda: len(acknowledged) >= 25)
    os.kill(int((server.cluster / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    time.sleep(1)
    again = Server(Path(environment["CHAINBREAK_DATA"]))
    _until(lambda: _started(again), 90)
    try:
        _until(lambda: not todo and len(acknowledged) == len(bodies), 90)
        stop.set()
        for one in devices:
            one.join(60)
        with psycopg.connect(**again.parameters(), autocommit=True) as database:
            found = database.execute(
                "SELECT count(*), count(DISTINCT person_id), count(DISTINCT (tube_id, position)), count(DISTINCT key) "
                "FROM screening_swab WHERE superseded_at IS NULL"
            ).fetchone()
            sealed = database.execute(
                "SELECT count(*), count(DISTINCT tube_id) FROM screening_tubecustody WHERE superseded_at IS NULL AND sealed_at "
                "IS NOT NULL"
            ).fetchone()
            counted = database.execute("SELECT sum(swabs), sum(conflicts) FROM screening_intakebatch").fetchone()
        assert found == (PEOPLE,) * 4
        assert sealed == (PEOPLE // 10,) * 2
        assert counted == (PEOPLE, 0)
        assert all(one["refused"] == one["conflict"] == 0 for one in acknowledged.values())
    finally:
        stop.set()
        again.stop()


def _started(server: Server) -> bool:
    try:
        server.start()
        return True
    except Exception:  # noqa: BLE001  (it recovers)
        time.sleep(1)
        return False


def _until(true, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come to an end"
        time.sleep(0.05)
