"""The PostgreSQL server that Chainbreak looks after itself: start, stop, recover (数据库服务).

It listens on a socket only, never on the network, and never runs as root. Several commands may share one server:
whoever comes first starts it, whoever leaves last stops it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from chainbreak.governance.refusal import Refused
from chainbreak.jobs import binaries, cluster
from chainbreak.jobs.installation import Users, keep, prepare
from chainbreak.jobs.words import gettext

ADMIN, OWNER, READER = "chainbreak_admin", "chainbreak", "chainbreak_reader"
DATABASE = "chainbreak"
EXTENSIONS = ("btree_gist", "pg_trgm")
PATIENCE_SECONDS = 90.0  # recovery after a crash replays at most `max_wal_size`


class Server:
    """The database server of one installation.

    Args:
        data_dir: the installation's folder.
        programs: the folder of PostgreSQL's programs; None for those that came along.
        user: as root, the user of the system to run as; None for `nobody`.
        options: lines for the server's configuration after our own, such as `fsync = off`.
    """

    def __init__(
        self, data_dir: Path, *, programs: str | None = None, user: str | None = None, options: Sequence[str] = ()
    ) -> None:
        self.data_dir = data_dir
        self._programs = programs
        self._options = tuple(options)
        self.account = binaries.account(user)
        self.folder = cluster.home(data_dir, self.account)
        self.socket = cluster.socket_folder(self.folder)
        self.passwords = data_dir / "postgres.pgpass"
        self._users = Users(data_dir)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def parameters(self, user: str = OWNER, database: str = DATABASE) -> dict[str, Any]:
        """What libpq needs to reach the server."""
        return {"host": str(self.socket), "user": user, "dbname": database, "passfile": str(self.passwords)}

    @contextlib.contextmanager
    def running(self) -> Iterator[Server]:
        """The server, running for as long as the block."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Use the server; start it when nobody has.

        Raises:
            Refused: the code says why it cannot run (`jobs/words.py` has the words for each).
        """
        prepare(self.data_dir)
        if os.geteuid() == 0:
            cluster.let_pass(self.data_dir)
        with self._users.turn():
            self._users.enter()
            try:
                if not self._answers():
                    programs = binaries.server(self._programs, self.account)
                    self._initialise(programs)
                    self._launch(programs)
                self._furnish()
            except BaseException:
                if self._users.leave():
                    self._halt()
                raise

    def stop(self) -> None:
        """Leave the server; stop it when nobody else uses it."""
        with self._users.turn():
            if self._users.leave():
                self._halt()
            elif self._process is not None:
                self._process.returncode = 0  # it goes on for others; do not warn about a child left behind
            self._process = None

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of the administrator, who never serves a page."""
        return psycopg.connect(**self.parameters(ADMIN, database), autocommit=True, connect_timeout=5)

    def _answers(self) -> bool:
        if not self.cluster.is_dir():
            return False
        try:
            self.admin().close()
            return True
        except psycopg.OperationalError as error:
            if "password" in str(error):
                raise Refused("database_password", path=str(self.passwords)) from None
            return False

    def _initialise(self, programs: Path) -> None:
        if (self.cluster / "PG_VERSION").exists():
            cluster.check_version(self.cluster, programs)
            return
        words = "".join(f"*:*:*:{role}:{secrets.token_hex(24)}\n" for role in (ADMIN, OWNER, READER))
        keep(self.passwords, words)
        if self.folder.parent != self.data_dir:
            facts = {"path": self.folder, "user": self.account.name}
            sentence = gettext("The database is kept in %(path)s: the user %(user)s cannot reach the data folder.")
            print(sentence % facts, file=sys.stderr)
        cluster.initialise(self.folder, programs, self.account, ADMIN, self._password(ADMIN), self.data_dir)

    def _password(self, role: str) -> str:
        for line in keep(self.passwords).splitlines():
            *_, name, password = line.split(":")
            if name == role:
                return password
        raise Refused("database_password", path=str(self.passwords))

    def _launch(self, programs: Path) -> None:
        """Start, and decide by connecting: a process id may be a dead one's."""
        cluster.make_socket_folder(self.socket, self.account)
        cluster.configure(self.cluster, self.socket, self.account, self._options)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            said = self._spawn(programs)
            while self._process is not None and self._process.poll() is None and time.monotonic() < until:
                if self._answers():
                    return
                time.sleep(0.05)
            text = said()
            if "lock file" not in text and "shared memory block" not in text and "is another postmaster" not in text:
                break
            cluster.clear_stale(self.cluster, self.socket)  # killed before; its children may still be on their way out
            time.sleep(0.3)
        raise cluster.failure(text, self.log, self.cluster)

    def _spawn(self, programs: Path) -> Callable[[], str]:
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.unlink()
        handle = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        begin = os.fstat(handle).st_size
        try:
            if os.geteuid() == 0:
                os.fchown(handle, self.account.uid, self.account.gid)
            self._process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(self.cluster)],
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                start_new_session=True,  # Ctrl-C in the terminal is for us; we then stop it in order
                cwd="/",
                env=cluster.ENVIRONMENT,
                umask=0o077,
                **self.account.options(),
            )
        except PermissionError:
            raise Refused("no_postgres", path=str(programs)) from None
        finally:
            os.close(handle)
        return lambda: self.log.read_bytes()[begin:].decode(errors="replace")

    def _halt(self) -> None:
        if not (self.cluster / "postmaster.pid").exists():
            return
        programs = binaries.server(self._programs, self.account)
        for mode in ("fast", "immediate"):
            with tempfile.TemporaryFile() as said:
                done = subprocess.run(
                    [str(programs / "pg_ctl"), "stop", "-D", str(self.cluster), "-m", mode, "-w", "-t", "60"],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    cwd="/",
                    env=cluster.ENVIRONMENT,
                    check=False,
                    **self.account.options(),
                )
            if done.returncode == 0 or not (self.cluster / "postmaster.pid").exists():
                break
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)

    def _furnish(self) -> None:
        """The database, its owner, its reader and its extensions, where they are missing."""
        with self.admin() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                return
            for role in (OWNER, READER):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(
                        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(self._password(role))
                        )
                    )
            connection.execute(f"GRANT pg_read_all_data TO {READER}")
            connection.execute(f"ALTER ROLE {READER} SET default_transaction_read_only = on")
            for database in ("template1", "postgres"):
                connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            with self.admin("template1") as template:
                for extension in EXTENSIONS:
                    template.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
            connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
            connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {READER}")
