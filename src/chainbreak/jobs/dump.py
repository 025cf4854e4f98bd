"""A backup of the database and the manifest that proves it whole (备份)."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import chainbreak
from chainbreak.governance.refusal import Refused
from chainbreak.jobs import binaries

FORM = "chainbreak-backup-1"


def manifest_of(file: Path) -> Path:
    """The manifest stands beside the backup."""
    return file.with_name(f"{file.name}.manifest.json")


def write(file: Path, *, at: datetime, replace: bool = False) -> dict[str, Any]:
    """Write the whole database into `file`, and its manifest beside it; both complete or neither.

    Raises:
        Refused("file_exists"): the file is there already, and `replace` was not asked for.
        Refused("no_client"), Refused("program_failed"), Refused("disk_full"): the dump could not be made.
    """
    if file.exists() and not replace:
        raise Refused("file_exists", path=str(file))
    part = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            command = [_client("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
            with tempfile.TemporaryFile() as said:
                if subprocess.run(command, stdout=target, stderr=said, env=_environment(), check=False).returncode:
                    problem = _last(said)
                    if os.strerror(errno.ENOSPC) in problem:
                        raise Refused("disk_full", path=str(file.parent))
                    raise Refused("program_failed", program="pg_dump", said=problem)
            os.fsync(target.fileno())
        manifest = {
            "form": FORM,
            "made_at": at.isoformat(),
            "chainbreak": chainbreak.__version__,
            "postgresql": _server_version(),
            "bytes": part.stat().st_size,
            "sha256": _checksum(part),
            "identity_key": _fingerprint(),
        }
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    manifest_of(file).write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def read(file: Path) -> dict[str, Any]:
    """The manifest of a backup that is whole.

    Raises:
        Refused("no_manifest"): it is missing or not one of ours.
        Refused("backup_damaged"): the file differs from what was written.
        Refused("identity_key_differs"): this installation could not read the names in it.
    """
    file.stat()
    try:
        manifest = json.loads(manifest_of(file).read_text())
    except (OSError, ValueError):
        raise Refused("no_manifest", path=str(manifest_of(file))) from None
    if not isinstance(manifest, dict) or manifest.get("form") != FORM:
        raise Refused("no_manifest", path=str(manifest_of(file)))
    if manifest.get("bytes") != file.stat().st_size or manifest.get("sha256") != _checksum(file):
        raise Refused("backup_damaged", path=str(file))
    if manifest.get("identity_key") != _fingerprint():
        from django.conf import settings

        raise Refused("identity_key_differs", path=str(settings.CHAINBREAK_DATA))
    return manifest


def load(file: Path, *, replace: bool = False) -> dict[str, Any]:
    """Put a backup into the database, in one transaction: all of it or nothing.

    Raises:
        Refused("database_not_empty"): it holds data, and `replace` was not asked for.
        Refused: what `read` refuses, and "no_client", "program_failed".
    """
    from django.db import connection

    manifest = read(file)
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public')")
        if cursor.fetchone()[0] and not replace:
            raise Refused("database_not_empty")
    connection.close()
    restore = [str(binaries.newest("pg_restore")), "--no-owner", "--no-privileges", "--no-comments"]
    restore += ["--file=-", str(file)]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(restore, stdout=subprocess.PIPE, stderr=said) as reader,
    ):
        _psql(reader, said)
    return manifest


EMPTY = """\
BEGIN;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


def _psql(reader: subprocess.Popen[bytes], reader_said: IO[bytes]) -> None:
    """Run what pg_restore reads, in one transaction; it is committed when both have come to the end."""
    assert reader.stdout is not None
    command = [_client("psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said, env=_environment()) as writer,
    ):
        assert writer.stdin is not None
        try:
            writer.stdin.write(EMPTY.encode())
            for line in reader.stdout:
                if not line.startswith(b"SET transaction_timeout"):  # older servers do not know it
                    writer.stdin.write(line)
                if line.startswith(b"SET row_security"):
                    break
            shutil.copyfileobj(reader.stdout, writer.stdin)
            if reader.wait() == 0:
                writer.stdin.write(b"COMMIT;\n")
            writer.stdin.close()
        except BrokenPipeError:  # it stopped at an error, and says which
            reader.kill()
        if reader.wait() > 0:
            raise Refused("program_failed", program="pg_restore", said=_last(reader_said))
        if writer.wait():
            raise Refused("program_failed", program="psql", said=_last(said))


def _client(program: str) -> str:
    from django.conf import settings

    return str(binaries.client(program, _server_version() // 10000, settings.CHAINBREAK_PG_BIN))


def _server_version() -> int:
    from django.db import connection

    connection.ensure_connection()
    return int(connection.pg_version)  # type: ignore[attr-defined]


def _environment() -> dict[str, str]:
    """How libpq's programs reach the database that Django uses; no password stands in a command line."""
    from django.conf import settings

    own: dict[str, Any] = settings.DATABASES["default"]
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGDATABASE": "NAME", "PGPASSWORD": "PASSWORD"}
    found = {variable: str(own[name]) for variable, name in named.items() if own.get(name)}
    for option, value in own.get("OPTIONS", {}).items():
        if isinstance(value, str):
            found[f"PG{option.upper()}"] = value
    return {**os.environ, **found, "LC_ALL": "C"}


def _fingerprint() -> str:
    """Tells two identity keys apart and gives neither away."""
    from django.conf import settings

    return hashlib.sha256(b"chainbreak identity key " + settings.CHAINBREAK_IDENTITY_KEY.encode()).hexdigest()[:16]


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _last(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return next((line for line in lines if "ERROR" in line or "error" in line), lines[-1] if lines else "?")
