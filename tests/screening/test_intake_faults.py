"""Programs killed, the disk full, batches doubled, out of order and cut off: what was acknowledged is there, once.

An installation of its own, with fsync on, on a small file system of its own where one can be mounted. Batches are sent
over and over until each is acknowledged, as devices do. After each fault the round is reconciled: people, tubes, events
and counts agree (E3 15, 18, 20).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from chainbreak.jobs.postgres import Server
from chainbreak.screening.selectors.reconciliation import _TUBES, _WELLS, Tally

screening = pytest.importorskip("bench.screening", reason="the benchmarks are not beside the tests")
PEOPLE, BATCH = 1200, 20
ROOM = "700m"


@pytest.fixture(scope="module")
def disk():
    """A folder that the database's own user can reach, and whether it is a small file system of its own."""
    folder = Path(tempfile.mkdtemp(prefix="chainbreak-disk-"))
    folder.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0755", "none", str(folder)]
    small = (
        shutil.which("mount") is not None and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    )
    yield folder, small
    if small:
        subprocess.run(["umount", "-l", str(folder)], check=False)
    shutil.rmtree(folder, ignore_errors=True)


class House:
    """An installation with people and a device, whose programs are started, killed and asked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.server, self.programs = folder, Server(folder), []
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("CHAINBREAK_", "DJANGO_", "PYTEST"))}
        self.port = screening._free_port()
        self.environment = {**inherited, "CHAINBREAK_DATA": str(folder), "CHAINBREAK_PORT": str(self.port)}
        self.environment["DJANGO_SETTINGS_MODULE"] = "chainbreak.config.settings"
        self.token = ""

    def start(self, *command: str) -> subprocess.Popen:
        program = subprocess.Popen(
            command or screening._web(self.environment), env=self.environment, start_new_session=True
        )
        self.programs.append(program)
        if not command:
            screening._wait(str(self.port))
        return program

    def kill(self, program: subprocess.Popen) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait(20)

    def ask(self, sql: str, values: object = None) -> tuple:
        with psycopg.connect(**self.server.parameters(), autocommit=True) as database:
            return database.execute(sql, values).fetchone()

    def postmaster(self) -> int:
        return int((self.server.cluster / "postmaster.pid").read_text().split()[0])

    def restart_database(self) -> None:
        _until(self._starts, 90)

    def _starts(self) -> bool:
        try:
            self.server.start()
            return True
        except Exception:  # noqa: BLE001  (it recovers)
            time.sleep(1)
            return False

    def post(self, body: bytes) -> dict | None:
        """The answer; None where there was none, or one that says: send it again."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/swabs:batch", body)
        request.add_header("Authorization", f"Bearer {self.token}")
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


@pytest.fixture(scope="module")
def house(disk):
    folder, _small = disk
    (folder / "data").mkdir(mode=0o755)
    patch = pytest.MonkeyPatch()
    patch.setattr(screening, "PEOPLE", PEOPLE)
    patch.setattr(screening, "BATCH", BATCH)
    made = House(folder / "data")
    made.server.start()
    try:
        made.token, _first = screening._furnish(made.server, made.environment)
        made.start()
        yield made
    finally:
        for program in made.programs:
            made.kill(program)
        made.server.stop()
        patch.undo()


class Devices:
    """Six devices that send all batches until each is acknowledged; every fifth is sent again, its answer lost."""

    def __init__(self, house: House, bodies: list[bytes]) -> None:
        self.house, self.n = house, len(bodies)
        self.todo, self.acknowledged, self.unheard = list(enumerate(bodies)), {}, 0
        self.lock, self.stop, self.sent_again = threading.Lock(), threading.Event(), set()
        self.threads = [threading.Thread(target=self._device) for _ in range(6)]
        for one in self.threads:
            one.start()

    def _device(self) -> None:
        while not self.stop.is_set():
            with self.lock:
                if not self.todo:
                    return
                place, body = self.todo.pop(0)
            answer = self.house.post(body)
            with self.lock:
                if answer is None:
                    self.todo.append((place, body))
                    self.unheard += 1
                else:
                    self.acknowledged[place] = answer
                    if place % 5 == 0 and place not in self.sent_again:
                        self.sent_again.add(place)
                        self.todo.append((place, body))
            if answer is None:
                time.sleep(0.2)

    def finish(self) -> None:
        try:
            _until(lambda: not self.todo and len(self.acknowledged) == self.n, 90)
        finally:
            self.stop.set()
            for one in self.threads:
                one.join(60)


def _round(house: House, number: int) -> int:
    """A round with everybody on its roll."""
    with psycopg.connect(**house.server.parameters(), autocommit=True) as database:
        round_id = screening.open_round(database, number)
        database.execute(
            "INSERT INTO screening_rollentry (round_id, person_id, area_code) SELECT %s, id, '411122' FROM registry_person",
            [round_id],
        )
    return round_id


def _tally(house: House, round_id: int) -> Tally:
    values = {"round": round_id, "at": "infinity", "known": "infinity"}
    *stations, unreceived = house.ask(_TUBES.replace("> %(known)s", ">= %(known)s"), values)
    return Tally(*stations, *house.ask(_WELLS.replace("> %(known)s", ">= %(known)s"), values), unreceived)


def _whole(house: House, round_id: int) -> None:
    """Everybody once, every tube sealed with its members, and every sum of the reconciliation holds."""
    found = house.ask(
        "SELECT count(*), count(DISTINCT person_id), count(DISTINCT (tube_id, position)), count(DISTINCT key), "
        "count(*) FILTER (WHERE position > 10) FROM screening_swab WHERE superseded_at IS NULL AND round_id = %s",
        [round_id],
    )
    assert found == (PEOPLE, PEOPLE, PEOPLE, PEOPLE, 0)
    late = house.ask(
        "SELECT count(*) FROM screening_swab s JOIN screening_tubecustody c ON c.tube_id = s.tube_id AND c.superseded_at IS NULL "
        "WHERE s.round_id = %s AND s.sampled_at > c.sealed_at", [round_id],
    )  # fmt: skip
    assert late == (0,)
    tally = _tally(house, round_id)
    assert (tally.tubes, tally.sealed, tally.waiting, tally.differences()) == (*[PEOPLE // 10] * 3, {})
    assert house.ask("SELECT sum(swabs), sum(tubes_sealed), sum(conflicts) FROM screening_intakebatch WHERE round_id = %s",
                     [round_id]) == (PEOPLE, PEOPLE // 10, 0)  # fmt: skip
    missed = (
        "SELECT count(*) FROM screening_rollentry r WHERE round_id = %s AND NOT EXISTS (SELECT FROM screening_swab s "
    )
    assert house.ask(f"{missed} WHERE s.person_id = r.person_id AND s.round_id = r.round_id)", [round_id]) == (0,)


def test_a_full_disk_loses_nothing_and_takes_in_again_when_there_is_room(house, disk):
    folder, small = disk
    if not small:
        pytest.skip("no small file system can be mounted here")
    round_id = _round(house, 2)
    bodies = list(screening._bodies(2))
    first = [house.post(body) for body in bodies[:10]]
    assert all(one["accepted"] for one in first)
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):  # down to the last page
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    assert shutil.disk_usage(folder).free < 1 << 16
    _fill_log(house)
    devices = Devices(house, bodies)
    _until(lambda: devices.unheard >= 6 or not devices.todo)
    assert devices.unheard >= 6
    assert not any(one["accepted"] for one in devices.acknowledged.values()), "acknowledged, and cannot be written"
    ballast.unlink()
    house.restart_database()  # it stops itself when its log cannot be written
    devices.finish()
    assert all(one["refused"] == one["conflict"] == 0 for one in devices.acknowledged.values())
    _whole(house, round_id)


def test_nothing_acknowledged_is_lost_or_doubled_when_web_worker_and_database_are_killed(house):
    round_id = _round(house, 1)
    worker = house.start(sys.executable, "-m", "chainbreak.jobs.cli", "worker")
    devices = Devices(house, list(screening._bodies(1)))
    _until(lambda: len(devices.acknowledged) >= 10)
    house.kill(worker)
    house.kill(house.programs[0])
    house.start()
    _until(lambda: len(devices.acknowledged) >= 25)
    os.kill(house.postmaster(), signal.SIGKILL)
    time.sleep(1)
    house.restart_database()
    devices.finish()
    assert all(one["refused"] == one["conflict"] == 0 for one in devices.acknowledged.values())
    _whole(house, round_id)


def test_doubled_reordered_and_cut_off_batches_leave_each_event_once_and_a_lacking_seal_is_named(house):
    round_id = _round(house, 3)
    dice, bodies = random.Random(3), []
    rows = [row for body in screening._bodies(3) for row in json.loads(body)["rows"]]
    last_seal = next(row for row in reversed(rows) if row.get("op") == "seal")
    rows.remove(last_seal)
    dice.shuffle(rows)  # seals before swabs, tubes in pieces, tables mixed
    for low in range(0, len(rows), BATCH):
        bodies.append(json.dumps({"series": "B", "number": 3, "rows": rows[low : low + BATCH]}).encode())
    _cut_off(house, bodies[0], len(bodies[0]) // 2)
    with pytest.raises(RuntimeError, match=r"400.*not_json"):
        house.post(bodies[0][: len(bodies[0]) // 2])
    assert house.ask("SELECT count(*) FROM screening_tube WHERE round_id = %s", [round_id]) == (0,)
    devices = Devices(house, [*bodies, *bodies, *reversed(bodies)])
    devices.finish()
    total = {
        what: sum(one[what] for one in devices.acknowledged.values()) for what in ("accepted", "duplicate", "refused")
    }
    assert total["refused"] == 0
    assert house.ask("SELECT count(*) FROM screening_swabevent e JOIN screening_tube t ON t.id = e.tube_id WHERE t.round_id = %s",
                     [round_id]) == (len(rows),)  # fmt: skip
    assert _tally(house, round_id).differences() == {"tubes_not_sealed": 1}
    assert house.post(json.dumps({"series": "B", "number": 3, "rows": [last_seal]}).encode())["accepted"] == 1
    _whole(house, round_id)


def _fill_log(house: House) -> None:
    """Use up what room the database's log still had, until the database stops itself."""
    with contextlib.suppress(psycopg.Error), house.server.admin("chainbreak") as admin:
        for _ in range(100):
            admin.execute("SELECT pg_logical_emit_message(true, 'full', 'disk')")
            admin.execute("SELECT pg_switch_wal()")


def _cut_off(house: House, body: bytes, at: int) -> None:
    """A device that dies in the middle of sending."""
    with socket.create_connection(("127.0.0.1", house.port)) as line:
        head = f"POST /api/v1/swabs:batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {house.token}\r\nContent-Length: {len(body)}"
        line.sendall(f"{head}\r\nContent-Type: application/json\r\n\r\n".encode() + body[:at])
    time.sleep(0.3)


def _until(true, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come to an end"
        time.sleep(0.05)
