"""An installation's folder on disk: its secrets and who holds it (安装目录)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from chainbreak.governance.refusal import Refused


def checkout() -> Path | None:
    """The root of the checkout this package runs from, or None when it is installed elsewhere."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "src" / "chainbreak").is_dir() else None


def default_data_dir() -> Path:
    """Where an installation keeps its data unless told otherwise: per checkout, else per user."""
    root = checkout()
    return root / ".chainbreak" if root else Path.home() / ".chainbreak"


def prepare(data_dir: Path) -> Path:
    """The data folder, made if missing.

    Raises:
        Refused("data_not_writable"): it cannot be made or written by this user.
        Refused("disk_full"): no space is left for it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o755 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise _unwritable(data_dir, error) from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise Refused("data_not_writable", path=str(data_dir))
    return data_dir


def _unwritable(path: Path, error: OSError) -> Refused:
    import errno

    code = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "data_not_writable"
    return Refused(code, path=str(path))


def keep(path: Path, make: str | None = None, *, length: int = 48) -> str:
    """The secret kept in a file, generated once; readable by its owner only.

    Raises:
        Refused("data_not_writable"), Refused("disk_full"): it cannot be read or written.
    """
    try:
        if not path.exists():
            prepare(path.parent)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 600
            with os.fdopen(handle, "w") as file:
                file.write(make if make is not None else secrets.token_urlsafe(length))
            with contextlib.suppress(FileExistsError):
                os.link(name, path)  # the first of two starters wins, and both read the same
            os.unlink(name)
        return path.read_text().strip()
    except OSError as error:
        raise _unwritable(path, error) from None


@contextlib.contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Be the one server on this data folder; the kernel lets go when the process ends.

    Raises:
        Refused("already_running"): another server holds it; fact `pid` names the process.
    """
    path = prepare(data_dir) / "server.lock"
    with _open_lock(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = file.read().strip() or "?"
            raise Refused("already_running", pid=pid, path=str(data_dir)) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def _open_lock(path: Path) -> IO[str]:
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    except OSError as error:
        raise _unwritable(path, error) from None


class Users:
    """Counts the processes that use the database server; survives kill -9, for the kernel keeps count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._using: IO[str] | None = None

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """One process at a time starts or stops the server."""
        with _open_lock(self._folder / "postgres.turn") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def enter(self) -> None:
        if self._using is None:
            self._using = _open_lock(self._folder / "postgres.users")
            fcntl.flock(self._using, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """True when nobody else uses the server any more. Call it within `turn`."""
        if self._using is None:
            return False
        try:
            fcntl.flock(self._using, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            self._using.close()
            self._using = None
