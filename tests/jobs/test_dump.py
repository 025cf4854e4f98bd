"""Backup and restore: whole or not at all, and never over data that nobody asked to replace."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from chainbreak.jobs import dump
from chainbreak.jobs.postgres import READER, Server

pytestmark = [pytest.mark.slow, pytest.mark.integration]


@pytest.fixture(scope="module")
def served_folder():
    """One installation for all tests of this module; making one takes seconds."""
    folder = Path(tempfile.mkdtemp(prefix="cb-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def migrated(served_folder):
    environment = {**os.environ, "CHAINBREAK_DATA": str(served_folder), "DATABASE_URL": "", "LANG": "C"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "chainbreak.jobs.cli", "--lang", "en", *arguments]
        return subprocess.run(program, env=environment, capture_output=True, text=True, timeout=180, check=False)

    assert run("migrate").returncode == 0
    return run


@pytest.fixture
def installation(migrated, query):
    """Runs commands in the installation, which nobody has logged in to."""
    query("DELETE FROM django_session")
    return migrated


@pytest.fixture
def query(served_folder):
    def ask(statement: str, user: str = "chainbreak"):
        server = Server(served_folder, programs=os.environ.get("CHAINBREAK_TEST_PG_BIN"))
        with server.running(), psycopg.connect(**server.parameters(user), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    return ask


def test_what_was_backed_up_comes_back_and_what_came_later_is_gone(installation, query, tmp_path):
    query("INSERT INTO django_session VALUES ('before', '', now())")
    backup = tmp_path / "all.dump"
    assert installation("backup", str(backup)).returncode == 0
    assert json.loads(dump.manifest_of(backup).read_text())["bytes"] == backup.stat().st_size
    assert backup.stat().st_mode & 0o077 == 0
    query("INSERT INTO django_session VALUES ('after', '', now())")

    unasked = installation("restore", str(backup))
    assert unasked.returncode == 1
    assert "--replace" in unasked.stderr
    assert query("SELECT count(*) FROM django_session") == [(2,)]

    assert installation("restore", "--replace", str(backup)).returncode == 0
    assert query("SELECT session_key FROM django_session") == [("before",)]
    assert query("SELECT count(*) FROM django_session", READER) == [(1,)]
    assert installation("check").returncode == 0


def test_a_backup_into_an_existing_file_is_refused(installation, tmp_path):
    backup = tmp_path / "all.dump"
    backup.write_text("somebody's work")
    done = installation("backup", str(backup))
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert backup.read_text() == "somebody's work"


def test_a_damaged_backup_is_refused_and_nothing_is_lost(installation, query, tmp_path):
    backup = tmp_path / "all.dump"
    assert installation("backup", str(backup)).returncode == 0
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)
    query("INSERT INTO django_session VALUES ('kept', '', now())")
    done = installation("restore", "--replace", str(backup))
    assert done.returncode == 1
    assert "checksum differs" in done.stderr
    assert query("SELECT session_key FROM django_session") == [("kept",)]


def test_a_backup_that_cannot_be_read_to_its_end_changes_nothing(installation, query, tmp_path):
    query(
        "INSERT INTO django_session SELECT n, string_agg(md5(random()::text), ''), now() "
        "FROM generate_series(1, 1000) AS n, generate_series(1, 100) GROUP BY n"
    )
    backup = tmp_path / "all.dump"
    assert installation("backup", str(backup)).returncode == 0
    backup.write_bytes(backup.read_bytes()[: -backup.stat().st_size // 3])
    manifest = json.loads(dump.manifest_of(backup).read_text())
    manifest |= {"bytes": backup.stat().st_size, "sha256": dump._checksum(backup)}
    dump.manifest_of(backup).write_text(json.dumps(manifest))
    query("DELETE FROM django_session")
    query("INSERT INTO django_session VALUES ('kept', '', now())")
    done = installation("restore", "--replace", str(backup))
    assert done.returncode == 1
    assert "pg_restore" in done.stderr
    assert query("SELECT session_key FROM django_session") == [("kept",)]


def test_a_backup_of_another_identity_key_is_refused(installation, served_folder, tmp_path):
    backup = tmp_path / "all.dump"
    assert installation("backup", str(backup)).returncode == 0
    key = served_folder / "identity.key"
    own = key.read_text()
    key.write_text("another")
    done = installation("restore", "--replace", str(backup))
    key.write_text(own)
    assert done.returncode == 1
    assert "identity key" in done.stderr


def test_a_missing_backup_is_unreadable_input(installation, tmp_path):
    done = installation("restore", str(tmp_path / "none.dump"))
    assert done.returncode == 2
    assert "none.dump" in done.stderr
