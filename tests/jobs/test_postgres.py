"""The database server that comes along: it starts, is shared, recovers, and refuses what would do harm."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from chainbreak.governance.refusal import Refused
from chainbreak.jobs import binaries, cluster
from chainbreak.jobs.postgres import OWNER, READER, Server

SMALL = ("shared_buffers = 32MB", "fsync = off")


@pytest.fixture
def server(served_folder):
    server = Server(served_folder, programs=os.environ.get("CHAINBREAK_TEST_PG_BIN"), options=SMALL)
    yield server
    server.stop()


def _pid(server: Server) -> int:
    return int((server.cluster / "postmaster.pid").read_text().split()[0])


def test_data_outlive_a_restart_and_only_the_socket_listens(server):
    with server.running(), psycopg.connect(**server.parameters()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 100) AS n")
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        extensions = connection.execute("SELECT extname FROM pg_extension").fetchall()
        assert {("btree_gist",), ("pg_trgm",)} <= set(extensions)
        status = Path(f"/proc/{_pid(server)}/status").read_text()
        assert re.search(r"^Uid:\t(\d+)", status, re.MULTILINE)[1] != "0"
    assert not (server.cluster / "postmaster.pid").exists()
    with server.running(), psycopg.connect(**server.parameters()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (100,)


def test_the_owner_is_no_superuser_and_the_reader_cannot_write(server):
    with server.running():
        with psycopg.connect(**server.parameters(OWNER)) as connection:
            assert connection.execute("SHOW is_superuser").fetchone() == ("off",)
            connection.execute("CREATE TABLE seen (n int)")
        with psycopg.connect(**server.parameters(READER)) as connection:
            assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("INSERT INTO seen VALUES (1)")
            connection.rollback()
            connection.execute("SET default_transaction_read_only = off")
            connection.commit()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("INSERT INTO seen VALUES (1)")


def test_committed_rows_survive_kill_9_and_the_next_start_recovers(server):
    server.start()
    with psycopg.connect(**server.parameters()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 2000) AS n")
    os.kill(_pid(server), signal.SIGKILL)
    after = Server(server.data_dir, programs=os.environ.get("CHAINBREAK_TEST_PG_BIN"), options=SMALL)
    with after.running(), psycopg.connect(**after.parameters()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2000,)
    server.stop()


def test_a_lock_file_that_names_a_stranger_does_not_prevent_the_start(server):
    with server.running():
        left = (server.cluster / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "60"], **server.account.options())
    try:
        lines = [str(stranger.pid), *left.splitlines()[1:]]
        (server.cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")
        with server.running(), psycopg.connect(**server.parameters()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        stranger.kill()
        stranger.wait()


def test_whoever_leaves_last_stops_the_server(server):
    other = Server(server.data_dir, programs=os.environ.get("CHAINBREAK_TEST_PG_BIN"), options=SMALL)
    server.start()
    first = _pid(server)
    other.start()
    assert _pid(other) == first
    server.stop()
    assert _pid(other) == first
    other.admin().close()
    other.stop()
    assert not (other.cluster / "postmaster.pid").exists()


def test_data_of_another_major_version_are_refused_untouched(server):
    with server.running():
        pass
    version = server.cluster / "PG_VERSION"
    ours = version.read_text().strip()
    version.write_text("12\n")
    with pytest.raises(Refused) as refused:
        server.start()
    assert refused.value.code == "other_version"
    assert (refused.value.facts["theirs"], refused.value.facts["ours"]) == ("12", ours)
    version.write_text(f"{ours}\n")
    with server.running():
        server.admin().close()


def test_other_passwords_than_the_servers_are_refused(server):
    with server.running():
        kept = server.passwords.read_text()
        server.passwords.write_text(re.sub(r"[0-9a-f]{48}", "0" * 48, kept))
        with pytest.raises(Refused) as refused:
            Server(server.data_dir).start()
        assert refused.value.code == "database_password"
        server.passwords.write_text(kept)


def test_a_damaged_configuration_is_told_with_what_the_server_said(server):
    with server.running():
        pass
    with (server.cluster / "postgresql.conf").open("a") as file:
        file.write("max_connections = many\n")
    with pytest.raises(Refused) as refused:
        server.start()
    assert refused.value.code == "database_failed"
    assert "max_connections" in refused.value.facts["said"] or "configuration" in refused.value.facts["said"]


def test_a_full_disk_is_told_before_anything_is_made(server, monkeypatch):
    monkeypatch.setattr(cluster, "ROOM_NEEDED", 10**18)
    with pytest.raises(Refused) as refused:
        server.start()
    assert refused.value.code == "disk_full"
    assert not server.cluster.exists()


def test_a_long_path_gets_its_socket_below_the_temporary_folder(served_folder):
    served_folder.chmod(0o755)
    server = Server(served_folder / ("long-" * 20), options=SMALL)
    assert len(str(server.socket)) < 60
    with server.running():
        server.admin().close()
    server.socket.rmdir()


def test_passwords_and_keys_can_be_read_by_their_owner_only(server):
    with server.running():
        assert server.passwords.stat().st_mode & 0o077 == 0
        assert server.cluster.stat().st_mode & 0o077 == 0
        assert server.socket.stat().st_mode & 0o077 == 0


def test_a_folder_without_programs_is_refused(served_folder, tmp_path):
    with pytest.raises(Refused) as refused:
        Server(served_folder, programs=str(tmp_path)).start()
    assert refused.value.code == "no_postgres"


def test_the_client_program_is_never_older_than_the_server():
    with pytest.raises(Refused) as refused:
        binaries.client("pg_dump", 99)
    assert refused.value.code == "no_client"
    found = binaries.client("pg_dump", 18)
    assert binaries.version(found.parent)[0] >= 18


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step aside")
def test_when_the_servers_user_cannot_reach_the_folder_the_database_is_kept_elsewhere(
    served_folder, monkeypatch, capsys
):
    with tempfile.TemporaryDirectory() as reachable:
        Path(reachable).chmod(0o755)
        monkeypatch.setattr(binaries, "FALLBACK", Path(reachable))
        closed = served_folder / "closed"
        closed.mkdir(mode=0o700)
        server = Server(closed / "data", options=SMALL)
        with server.running():
            server.admin().close()
        assert server.cluster.is_relative_to(reachable)
        assert (server.folder / "belongs-to").read_text().strip() == str(closed / "data")
        assert str(server.folder) in capsys.readouterr().err
        assert closed.stat().st_mode & 0o077 == 0
