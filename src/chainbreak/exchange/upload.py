"""An uploaded file on its way in (上传): kept aside, looked at, tried, taken in, and thrown away.

Its state lies beside it, so that a worker can take it in and the page can show how far it is.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chainbreak.exchange import imports
from chainbreak.exchange.columns import KINDS as READ_KINDS
from chainbreak.exchange.columns import guess_mapping
from chainbreak.exchange.problems import Unreadable
from chainbreak.exchange.store import loading
from chainbreak.exchange.store.kinds import KINDS
from chainbreak.exchange.table import read_table
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused

KEPT = timedelta(hours=24)
TOKEN = re.compile(r"[0-9a-f]{32}")
LOOKED_AT = 5  # rows shown before anything is decided


@dataclass
class Upload:
    """One uploaded file and what is to become of it. `state`: new, waiting, running, done, failed."""

    folder: Path
    name: str
    kind: str
    outbreak: str
    by: int
    at: str
    sheet: str = ""
    section: dict[str, Any] = field(default_factory=dict)
    state: str = "new"
    said: str = ""
    run: int | None = None
    trouble: dict[str, Any] = field(default_factory=dict)

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


@dataclass(frozen=True)
class Look:
    """The beginning of a file: its columns, the guessed field of each, the fields there are, and some rows."""

    columns: list[str]
    guess: dict[str, str]
    fields: list[tuple[str, bool]]
    rows: list[list[str]]


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


def look(of: Upload) -> Look:
    """The beginning of the file.

    Raises:
        Unreadable: it is no table.
    """
    names, rows = _beginning(of)
    if of.kind not in KINDS:  # line lists and links: their columns go by many names
        guess, _rivals = guess_mapping(names, of.kind)
        fields = [(one.name, one.required) for one in READ_KINDS[of.kind]]
    else:
        guess, _notes = loading.assign(KINDS[of.kind], names, {})
        fields = [(one.name, one.required) for one in KINDS[of.kind].all_columns()]
    return Look(names, dict(guess), fields, rows)


def _beginning(of: Upload) -> tuple[list[str], list[list[str]]]:
    if of.path.suffix == ".parquet":
        import pyarrow.parquet as parquet

        try:
            table = parquet.ParquetFile(of.path)
            names = table.schema_arrow.names
            batch = next(table.iter_batches(batch_size=LOOKED_AT), None)
        except (OSError, ValueError) as error:
            raise Unreadable(of.path, "file_damaged", reason=type(error).__name__) from error
        return names, [[str(row[name]) for name in names] for row in batch.to_pylist()] if batch else []
    table = read_table(of.path, sheet=of.sheet or None)
    rows = []
    for row in table.rows:
        rows.append(["" if cell is None else str(cell) for cell in row.cells])
        if len(rows) == LOOKED_AT:
            break
    return table.columns, rows


def try_in(of: Upload, *, actor: User, at: datetime) -> imports.Report:
    """The same checks and the same report as taking the file in; nothing stays."""
    return _import(of, actor=actor, at=at, dry_run=True)


def take_in(of: Upload, *, actor: User, at: datetime) -> imports.Report:
    """Take the file in; the file is thrown away afterwards, rejected rows are kept with the run."""
    of.state = "running"
    of.write()
    try:
        report = _import(of, actor=actor, at=at, dry_run=False)
    except Refused as refused:
        of.state, of.trouble = "failed", {"code": refused.code, "facts": {k: str(v) for k, v in refused.facts.items()}}
        of.write()
        raise
    except Exception as error:
        of.state, of.trouble = "failed", {"what": getattr(error, "what", ""), "next": getattr(error, "next_step", "")}
        of.write()
        raise
    of.state, of.run = "done", report.run
    shutil.rmtree(of.folder / "file", ignore_errors=True)
    of.write()
    imports.after_import(report, at=at)
    return report


def _import(of: Upload, *, actor: User, at: datetime, dry_run: bool) -> imports.Report:
    def say(words: str) -> None:
        of.said = words
        if not dry_run:
            of.write()

    return imports.import_file(
        of.kind,
        of.path,
        at=at,
        actor=actor,
        outbreak=of.outbreak or None,
        mapping=of.mapping,
        sheet=of.sheet or None,
        dry_run=dry_run,
        progress=say,
    )
