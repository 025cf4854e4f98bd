"""An uploaded file put aside with its state (上传的文件): a worker can take it in, and a page can tell how far it is."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chainbreak.exchange import imports
from chainbreak.governance.refusal import Refused

KEPT = timedelta(hours=24)
TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass
class Upload:
    """One uploaded file and what is to become of it.

    state: new, waiting (for the worker), running, tried, done, failed.
    deed: what it waits for: try, run.
    new_outbreak: the outbreak that is made with the file; empty for one that is there.
    began: when the run began, as its import says too.
    """

    folder: Path
    name: str
    kind: str
    outbreak: str
    by: int
    at: str
    sheet: str = ""
    section: dict[str, Any] = field(default_factory=dict)
    new_outbreak: dict[str, Any] = field(default_factory=dict)
    state: str = "new"
    deed: str = ""
    began: str = ""
    said: str = ""
    run: int | None = None
    trouble: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def written_at(self) -> datetime:
        """When the state was last written."""
        return datetime.fromtimestamp((self.folder / "state.json").stat().st_mtime, UTC)

    @property
    def token(self) -> str:
        return self.folder.name

    @property
    def path(self) -> Path:
        return self.folder / "file" / self.name

    @property
    def mapping(self) -> dict[str, Any] | None:
        """The mapping as `imports.import_file` takes it; None lets it guess."""
        return {self.kind: self.section} if self.section else None

    def write(self) -> None:
        """Keep the state; a reader never sees half of it."""
        rest = {name: value for name, value in asdict(self).items() if name != "folder"}
        new = self.folder / "state.new"
        new.write_text(json.dumps(rest, ensure_ascii=False), "utf-8")
        os.replace(new, self.folder / "state.json")


def keep(root: Path, name: str, chunks: Iterable[bytes], *, kind: str, outbreak: str, by: int, at: datetime) -> Upload:
    """Put an upload aside under `root`; older ones that nobody took in are thrown away.

    Raises:
        Refused("unknown_kind"): there is no such kind of table.
    """
    if kind not in imports.kinds():
        raise Refused("unknown_kind", kind=kind, known=imports.kinds())
    sweep(root, at)
    folder = root / secrets.token_hex(16)
    (folder / "file").mkdir(parents=True, mode=0o700)
    safe = re.sub(r"[^\w.\- ()\[\]]", "_", Path(name).name)[-120:].lstrip(".") or "file"
    made = Upload(folder, safe, kind, outbreak, by, at.isoformat())
    with open(made.path, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        for chunk in chunks:
            file.write(chunk)
    made.write()
    return made


def throw_away(of: Upload) -> None:
    """The upload and its state are gone."""
    shutil.rmtree(of.folder, ignore_errors=True)


def find(root: Path, token: str, *, by: int | None = None) -> Upload:
    """The upload of that token.

    Raises:
        Refused("upload_gone"): it was taken in, thrown away, or belongs to another account.
    """
    if not TOKEN.fullmatch(token):
        raise Refused("upload_gone")
    try:
        state = json.loads((root / token / "state.json").read_text("utf-8"))
    except (OSError, ValueError):
        raise Refused("upload_gone") from None
    found = Upload(root / token, **state)
    if by is not None and found.by != by:
        raise Refused("upload_gone")
    return found


def sweep(root: Path, at: datetime) -> None:
    """Throw away what nobody took in for a day."""
    for state in root.glob("*/state.json"):
        if datetime.fromtimestamp(state.stat().st_mtime, at.tzinfo) < at - KEPT:
            shutil.rmtree(state.parent, ignore_errors=True)
