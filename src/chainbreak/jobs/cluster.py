"""PostgreSQL's data folder: where it lies, how it is made and set up, what a failed start means (数据目录)."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from chainbreak.governance.refusal import Refused
from chainbreak.jobs import binaries
from chainbreak.jobs.binaries import Account

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
SOCKET_NAME = ".s.PGSQL.5432.lock"
SOCKET_PATH_LIMIT = 107  # bytes, Linux; 103 elsewhere
ROOM_NEEDED = 200_000_000  # bytes: a fresh cluster with its first log segments


def home(data_dir: Path, who: Account) -> Path:
    """The folder of the server in an installation; elsewhere when its user cannot reach the installation."""
    beside = data_dir / "postgres"
    if (beside / "data" / "PG_VERSION").exists() or binaries.reachable(data_dir.resolve().parent, who):
        return beside
    return binaries.FALLBACK / _short(data_dir)


def socket_folder(folder: Path) -> Path:
    """Where the socket is; below the system's temporary folder when the path would be too long for one."""
    beside = folder / "socket"
    if len(os.fsencode(beside / SOCKET_NAME)) <= min(SOCKET_PATH_LIMIT, 103):
        return beside
    return Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()) / f"chainbreak-{_short(folder)}"


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]


def let_pass(folder: Path) -> None:
    """As root: the server's user may walk through the installation's own folder, and see nothing of it."""
    mode = folder.stat().st_mode
    if not mode & 0o001:
        folder.chmod(mode & 0o7777 | 0o011)


def make_socket_folder(folder: Path, who: Account) -> None:
    """The socket's folder, closed to everybody but the server's user.

    Raises:
        Refused("socket_taken"): somebody else has made it.
    """
    _own_folder(folder, who)
    state = folder.lstat()
    if state.st_uid != who.uid or state.st_mode & 0o077 or folder.is_symlink():
        raise Refused("socket_taken", path=str(folder))


def _own_folder(folder: Path, who: Account) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, who.uid, who.gid)
    except FileExistsError:
        pass
    except OSError as error:
        raise failure(os.strerror(error.errno or 0), folder, folder) from None


def check_version(cluster: Path, programs: Path) -> None:
    """A data folder belongs to one major version for ever.

    Raises:
        Refused("other_version"): it is another one's; facts `theirs`, `ours`, `path`.
    """
    theirs, ours = (cluster / "PG_VERSION").read_text().strip(), str(binaries.version(programs)[0])
    if theirs != ours:
        raise Refused("other_version", theirs=theirs, ours=ours, path=str(cluster))


def initialise(folder: Path, programs: Path, who: Account, admin: str, password: str, data_dir: Path) -> None:
    """A new, empty cluster; complete or not there at all."""
    _own_folder(folder, who)
    if shutil.disk_usage(folder).free < ROOM_NEEDED:
        raise Refused("disk_full", path=str(folder))
    fresh, secret = folder / "data.new", folder / "password.new"
    shutil.rmtree(fresh, ignore_errors=True)
    provider = ["--locale-provider=builtin"] if binaries.version(programs)[0] >= 17 else []
    try:
        secret.touch(mode=0o600)
        secret.write_text(password)
        if os.geteuid() == 0:
            os.chown(secret, who.uid, who.gid)
        command = [
            str(programs / "initdb"),
            "-D",
            str(fresh),
            "-U",
            admin,
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
        ]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", "--data-checksums", *provider]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=ENVIRONMENT,
            check=False,
            **who.options(),
        )
    except OSError as error:
        raise failure(os.strerror(error.errno or 0), folder, folder) from None
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise failure(done.stderr, folder, folder)
    with (fresh / "postgresql.conf").open("a") as file:
        file.write("\ninclude = 'chainbreak.conf'\n")
    if folder.parent == binaries.FALLBACK:
        (folder / "belongs-to").write_text(f"{data_dir}\n")
    fresh.rename(folder / "data")


def configure(cluster: Path, socket: Path, who: Account, options: Sequence[str]) -> None:
    """Our settings, written anew at each start: the folder may have been moved meanwhile."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    lines = [
        "listen_addresses = ''",
        f"unix_socket_directories = '{str(socket).replace(chr(39), chr(39) * 2)}'",
        "unix_socket_permissions = 0700",
        "port = 5432",
        "max_connections = 60",
        f"shared_buffers = {max(16, min(512, memory // 2**20 // 4))}MB",
        f"dynamic_shared_memory_type = {_shared_memory()}",
        "work_mem = 32MB",
        "maintenance_work_mem = 256MB",
        "wal_level = minimal",
        "max_wal_senders = 0",
        "wal_compression = on",
        "min_wal_size = 80MB",
        "max_wal_size = 512MB",
        "checkpoint_timeout = 15min",
        "random_page_cost = 1.1",
        "max_parallel_workers_per_gather = 2",
        "jit = off",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        "password_encryption = 'scram-sha-256'",
        "log_error_verbosity = terse",  # a detail line may hold a person's data
        "log_min_error_statement = panic",  # and so may a statement
        *options,
    ]
    path = cluster / "chainbreak.conf"
    try:
        path.write_text("\n".join(lines) + "\n")
        if os.geteuid() == 0:
            os.chown(path, who.uid, who.gid)
    except OSError as error:
        raise failure(os.strerror(error.errno or 0), path, cluster) from None


def _shared_memory() -> str:
    """Containers often have a tiny /dev/shm, too small for parallel queries."""
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= 2**30 else "mmap"
    except OSError:
        return "posix"


def clear_stale(cluster: Path, socket: Path) -> None:
    """After kill -9: take away the lock files when no process works in the folder any more."""
    if not Path("/proc/self/cwd").exists():
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # another user's process, or one that has just ended
                if (entry / "cwd").readlink() == cluster.resolve():
                    return
    for left in (cluster / "postmaster.pid", socket / SOCKET_NAME):
        left.unlink(missing_ok=True)


def failure(text: str, log: Path, path: Path) -> Refused:
    """What the words of a failed start mean."""
    if os.strerror(errno.ENOSPC) in text or os.strerror(errno.EDQUOT) in text:
        return Refused("disk_full", path=str(path))
    if os.strerror(errno.EACCES) in text or os.strerror(errno.EROFS) in text:
        return Refused("data_not_writable", path=str(path))
    if "could not map anonymous shared memory" in text or "Cannot allocate memory" in text:
        return Refused("no_memory")
    last = [line for line in text.splitlines() if "FATAL" in line or "PANIC" in line or "error" in line]
    return Refused("database_failed", log=str(log), said=last[-1].strip() if last else text.strip()[-200:])
