"""The command line: what each kind of mistake gets."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import psycopg
import pytest

from chainbreak.governance.refusal import Refused
from chainbreak.jobs import cli, words


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setattr(words, "_chosen", "en")


@pytest.fixture
def chainbreak(monkeypatch, capsys):
    """Runs the command line with one command of the test's own."""

    def run(deed, *arguments):
        def add_arguments(parser):
            parser.add_argument("--json", action="store_true")
            parser.add_argument("--number", type=int)

        own = SimpleNamespace(HELP="a test", NEEDS="files", add_arguments=add_arguments, run=deed)
        monkeypatch.setattr(cli, "names", lambda: ["own"])
        monkeypatch.setattr(cli, "command", lambda name: own)
        status = cli.main(["own", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def _raising(error):
    def run(args):
        raise error

    return run


def test_a_command_that_does_its_work_ends_with_0(chainbreak):
    assert chainbreak(lambda args: 0, "--number", "3") == (0, "", "")


def test_wrong_usage_ends_with_2_and_points_to_the_help(chainbreak):
    status, out, err = chainbreak(lambda args: 0, "--number", "three")
    assert (status, out) == (2, "")
    assert "--number" in err
    assert "chainbreak own --help" in err


def test_an_unknown_command_ends_with_2_and_lists_the_known_ones(capsys):
    assert cli.main(["dance"]) == 2
    said = capsys.readouterr()
    assert "no command dance" in said.err
    assert "migrate" in said.err
    assert said.out == ""


def test_a_refusal_ends_with_1_and_is_told_in_words(chainbreak):
    status, out, err = chainbreak(_raising(Refused("port_taken", port=8000, free=8001)))
    assert (status, out) == (1, "")
    assert "Port 8000 is taken" in err
    assert "8001" in err


def test_a_refusal_is_told_in_chinese_when_asked(chainbreak):
    status, _, err = chainbreak(_raising(Refused("port_taken", port=8000, free=8001)), "--lang", "zh")
    assert status == 1
    assert "端口 8000 已被" in err


def test_a_refusal_with_json_is_one_document_on_standard_output(chainbreak):
    status, out, err = chainbreak(_raising(Refused("port_taken", port=8000, free=8001)), "--json")
    assert status == 1
    assert json.loads(out)["refused"] == "port_taken"
    assert json.loads(out)["facts"] == {"port": 8000, "free": 8001}
    assert "Port 8000" in err


def test_an_unreadable_file_ends_with_2_and_names_it(chainbreak):
    status, _, err = chainbreak(lambda args: open("/nowhere/cases.csv").close())
    assert status == 2
    assert "/nowhere/cases.csv" in err


def test_a_full_disk_ends_with_1_and_says_so(chainbreak):
    status, _, err = chainbreak(lambda args: os.write(os.open("/dev/full", os.O_WRONLY), b"x"))
    assert status == 1
    assert "disk is full" in err


def test_a_stopped_database_ends_with_1_and_says_what_to_do(chainbreak):
    status, _, err = chainbreak(_raising(psycopg.OperationalError("connection refused")))
    assert status == 1
    assert "database cannot be reached" in err
    assert "DATABASE_URL" in err


def test_a_server_that_gave_up_for_want_of_room_is_told_as_a_full_disk(chainbreak, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=4_000_000))
    monkeypatch.setattr("django.conf.settings.CHAINBREAK_DATABASE_URL", "")
    status, _, err = chainbreak(_raising(psycopg.OperationalError("the database system is in recovery mode")))
    assert status == 1
    assert "disk is full" in err


def test_a_full_temporary_folder_is_named(chainbreak):
    status, _, err = chainbreak(_raising(OSError(errno.ENOSPC, "No space left on device")))
    assert status == 1
    assert tempfile.gettempdir() in err


@pytest.mark.parametrize("at", ["yesterday", "", "2022-03-28T25:00+08:00", "9999-12-31T24:00+08:00"])
def test_a_wrong_as_of_ends_with_2_and_shows_how_to_write_it(capsys, at):
    assert cli.main(["figures", "--outbreak", "LY", "--as-of", at]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "2022-03-28T24:00+08:00" in said.err


def test_an_unknown_language_ends_with_2_and_names_those_there_are(capsys):
    assert cli.main(["figures", "--lang", "xx", "--outbreak", "LY", "--as-of", "2022-03-28"]) == 2
    said = capsys.readouterr()
    assert "xx" in said.err and "zh" in said.err and "en" in said.err


def test_a_bug_shows_no_traceback_but_keeps_it_for_the_report(chainbreak):
    status, _, err = chainbreak(_raising(ZeroDivisionError("division by zero")))
    assert status == 1
    assert "Traceback" not in err
    name = err.rsplit(" in ", 1)[1].strip().rstrip(".")
    with open(name) as file:
        assert "ZeroDivisionError" in file.read()
    assert os.stat(name).st_mode & 0o077 == 0
    os.unlink(name)


def test_interrupting_a_command_is_quiet(chainbreak):
    assert chainbreak(_raising(KeyboardInterrupt())) == (130, "", "")


def test_the_version_is_told(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("chainbreak 0.")


@pytest.mark.parametrize("value", ["http", "70000", "-1"])
def test_a_setting_out_of_range_is_refused_by_name(value, tmp_path):
    done = _chainbreak("migrate", "--check", CHAINBREAK_PORT=value, CHAINBREAK_DATA=str(tmp_path))
    assert done.returncode == 1
    assert f"CHAINBREAK_PORT is {value}" in done.stderr


def test_a_database_that_is_not_there_is_refused_with_what_to_do(tmp_path):
    url = f"postgresql://nobody@/none?host={tmp_path}"
    done = _chainbreak("migrate", "--check", DATABASE_URL=url, CHAINBREAK_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "database cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_serving_refuses_a_taken_port_and_a_second_server_and_stops_everything(served_folder):
    """One server: a taken port is refused; then it serves, a second one is refused, and Ctrl-C ends it all."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _chainbreak("serve", "--port", port, CHAINBREAK_DATA=str(served_folder), DATABASE_URL="")
        assert done.returncode == 1
        assert f"Port {port} is taken" in done.stderr
    environment = _environment(CHAINBREAK_DATA=str(served_folder), CHAINBREAK_WORKERS="1", DATABASE_URL="")
    program = [sys.executable, "-m", "chainbreak.jobs.cli", "--lang", "en", "serve", "--port", port]
    with subprocess.Popen(
        program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert f"http://127.0.0.1:{port}/" in server.stdout.readline()
            second = _chainbreak("serve", "--port", port, CHAINBREAK_DATA=str(served_folder), DATABASE_URL="")
            assert second.returncode == 1
            assert f"process {server.pid}" in second.stderr
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
    assert not (served_folder / "postgres" / "data" / "postmaster.pid").exists()
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", int(port)))
    assert not _processes_of(served_folder)


def _processes_of(folder) -> list[str]:
    """Processes that still work for that installation."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if str(folder).encode() in file.read() and int(entry) != os.getpid():
                        found.append(entry)
            except OSError:
                continue
    return found


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "LANG": "C", "LC_ALL": "C", **more}


def _chainbreak(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "chainbreak.jobs.cli", "--lang", "en", *arguments]
    return subprocess.run(
        program, env=_environment(**environment), capture_output=True, text=True, timeout=180, check=False
    )
