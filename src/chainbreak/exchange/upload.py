"""An uploaded file on its way in (上传): kept aside, looked at, tried, taken in, and thrown away.

Its state lies beside it, so that a worker can take it in and the page can show how far it is. Whoever takes it in holds
a lock of the operating system, which ends with the process: a run that was killed is known by its free lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from chainbreak.exchange import imports, mapping
from chainbreak.exchange.columns import KINDS as READ_KINDS
from chainbreak.exchange.columns import fold_column, guess_mapping
from chainbreak.exchange.problems import Problem, Unreadable
from chainbreak.exchange.store import loading
from chainbreak.exchange.store.kinds import KINDS
from chainbreak.exchange.table import read_table
from chainbreak.governance.models import ImportRun, User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import importrun
from chainbreak.governance.services import audit
from chainbreak.investigation.models import Outbreak

KEPT = timedelta(hours=24)
TOKEN = re.compile(r"[0-9a-f]{32}")
LOOKED_AT = 5  # rows shown before anything is decided
PROBLEMS = 200  # kept of a trial
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
READY = "ready:"  # before the name of a mapping that comes along


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


def chosen_fields(of: Upload, seen: Look) -> dict[str, str]:
    """The field of each column of the file: by the mapping where one was chosen, else as guessed."""
    if "columns" not in of.section:
        return seen.guess
    by_mapping = {fold_column(column): name for column, name in of.section["columns"].items()}
    return {column: by_mapping[fold_column(column)] for column in seen.columns if fold_column(column) in by_mapping}


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
    if of.kind == "sequences":
        from chainbreak.exchange import sequences
        from chainbreak.exchange.store.sequences import fields_of

        given = sequences.read(of.path, fields_of(of.section), sheet=of.sheet or None, most=LOOKED_AT)
        return given.columns, [[(cell or "")[:80] for cell in row] for row in given.rows]
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


def choose(of: Upload, chosen: str) -> None:
    """Take a mapping for an upload: a ready one (`ready:name`) or the number of a saved one; nothing for none.

    Raises:
        Refused("mapping_of_other_kind"): it is for another kind of table.
        Refused("mapping_gone"): there is none such.
    """
    if not chosen:
        return
    if chosen.startswith(READY):
        name = chosen.removeprefix(READY)
        if name not in mapping.known_mappings():
            raise Refused("mapping_gone")
        document = mapping.load(name)
        if of.kind not in document:
            raise Refused("mapping_of_other_kind", name=name, kind=", ".join(sorted(set(document) & set(READ_KINDS))))
        period = (document.get("outbreak") or {}).get("period")
        of.section = _plain({**({"period": period} if period else {}), **document[of.kind]})
        return
    saved = importrun.mappings().filter(pk=int(chosen) if chosen.isdecimal() and len(chosen) < 10 else 0).first()
    if saved is None:
        raise Refused("mapping_gone")
    if saved.kind != of.kind:
        raise Refused("mapping_of_other_kind", name=saved.name, kind=saved.kind)
    of.section = saved.data


def describe(of: Upload, said: dict[str, str], chosen: str, *, detected_at: datetime | None) -> None:
    """The outbreak that is to be made with an upload; what is left empty comes from a ready mapping.

    Raises:
        Refused("bad_outbreak_code"), Refused("outbreak_exists"), Refused("bad_area"), Refused("unknown_rule_pack").
    """
    from chainbreak.epi import rulepack

    ready = mapping.load(chosen.removeprefix(READY)) if chosen.startswith(READY) else {}
    document = _plain(ready.get("outbreak") or {}) | {
        name: value.strip() for name, value in said.items() if value.strip()
    }
    code, area, pack = (str(document.get(name) or "") for name in ("code", "area", "rule_pack"))
    if not CODE.fullmatch(code):
        raise Refused("bad_outbreak_code", outbreak=code)
    if Outbreak.objects.filter(code=code).exists():
        raise Refused("outbreak_exists", outbreak=code)
    if not re.fullmatch(r"[0-9A-Z-]{2,15}", area):
        raise Refused("bad_area", area=area)
    if pack and pack not in rulepack.available():
        raise Refused("unknown_rule_pack", pack=pack, known=", ".join(rulepack.available()))
    if pack and not document.get("disease"):
        document["disease"] = rulepack.load(pack).disease
    if detected_at is not None:
        document["detected_at"] = detected_at.isoformat()
    of.new_outbreak, of.outbreak = document, code


def _plain(value: Any) -> Any:
    """What a mapping says, as JSON keeps it."""
    if isinstance(value, dict):
        names = {True: "yes", False: "no"}
        return {names[key] if isinstance(key, bool) else str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def try_in(of: Upload, *, actor: User, at: datetime) -> imports.Report:
    """The same checks and the same report as taking the file in; nothing stays but the report.

    Raises:
        As `imports.import_file`; and Refused("upload_busy"): it is being tried or taken in.
    """
    report = _do(of, actor=actor, at=at, dry_run=True)
    of.state = "tried"
    of.report = report.as_json() | {"problems": [_as_kept(one) for one in report.problems[:PROBLEMS]]}
    of.write()
    return report


def _as_kept(problem: Problem) -> dict[str, Any]:
    facts = json.loads(json.dumps(problem.facts, default=str))
    return {"row": problem.row, "column": problem.column, "code": problem.code, "severity": problem.severity,
            "facts": facts}  # fmt: skip


def problems_of(of: Upload) -> list[Problem]:
    """What the last trial found, the first of them."""
    return [Problem(**one) for one in of.report.get("problems", ())]


def take_in(of: Upload, *, actor: User, at: datetime) -> imports.Report:
    """Take the file in; the file is thrown away afterwards, rejected rows are kept with the run.

    Raises:
        As `imports.import_file`; and Refused("upload_busy"): it is being tried or taken in.
    """
    report = _do(of, actor=actor, at=at, dry_run=False)
    of.state, of.run = "done", report.run
    of.write()
    shutil.rmtree(of.folder / "file", ignore_errors=True)
    imports.after_import(report, at=at)
    return report


def look_after(of: Upload) -> Upload:
    """The upload with a run settled whose process was stopped in the middle: it is done, or nothing was taken in."""
    if of.state != "running" or is_being_run(of):
        return of
    of = find(of.folder.parent, of.token)  # it may have ended between the two looks
    if of.state != "running":
        return of
    run = ImportRun.objects.filter(kind=of.kind, by=of.by, started_at=of.began, state="done").first()
    if of.deed == "run" and run is not None:
        of.state, of.run = "done", run.pk
        shutil.rmtree(of.folder / "file", ignore_errors=True)
    else:
        of.state, of.trouble = "failed", {"code": "import_interrupted", "facts": {}}
    of.write()
    return of


def is_being_run(of: Upload) -> bool:
    """Whether a living process is trying it or taking it in."""
    try:
        with _alone(of):
            return False
    except Refused:
        return True


@contextmanager
def _alone(of: Upload) -> Iterator[None]:
    """Nobody else tries it or takes it in meanwhile.

    Raises:
        Refused("upload_busy"): somebody does.
    """
    with open(of.folder / "lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused("upload_busy") from None
        yield


def _do(of: Upload, *, actor: User, at: datetime, dry_run: bool) -> imports.Report:
    with _alone(of):
        of.state, of.deed, of.began = "running", "try" if dry_run else "run", at.isoformat()
        of.said, of.trouble, of.report = "", {}, {}
        of.write()
        try:
            return _import(of, actor=actor, at=at, dry_run=dry_run)
        except Refused as refused:
            facts = {name: str(value) for name, value in refused.facts.items()}
            of.state, of.trouble = "failed", {"code": refused.code, "facts": facts}
            of.write()
            raise
        except Exception as error:
            of.state = "failed"
            of.trouble = {}
            if isinstance(error, Unreadable):
                facts = json.loads(json.dumps(error.facts, default=str))
                of.trouble = {"unreadable": error.code, "facts": facts}
            of.write()
            raise


def _import(of: Upload, *, actor: User, at: datetime, dry_run: bool) -> imports.Report:
    def say(words: str) -> None:
        of.said = words
        of.write()

    with transaction.atomic():  # the outbreak and its first rows, or neither
        _make_outbreak(of, actor=actor, at=at)
        report = imports.import_file(
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
        if dry_run:
            transaction.set_rollback(True)
    return report


def _make_outbreak(of: Upload, *, actor: User, at: datetime) -> None:
    if not of.new_outbreak or Outbreak.objects.filter(code=of.outbreak).exists():
        return
    said = dict(of.new_outbreak)
    detected = said.pop("detected_at", None)
    if said.get("period"):
        said["period"] = [date.fromisoformat(str(day)) for day in said["period"]]
    detected_at = datetime.fromisoformat(detected) if detected else None
    imports.make_outbreak({"outbreak": said}, at=at, detected_at=detected_at)
    audit.record("outbreak.made", subject=f"outbreak:{of.outbreak}", actor=actor, at=at)
