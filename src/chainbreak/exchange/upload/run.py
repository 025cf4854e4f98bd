"""An uploaded file is tried, taken in, or found stopped in the middle (试导与入库).

Whoever takes it in holds a lock of the operating system, which ends with the process: a run that was killed is known by
its free lock.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import transaction

from chainbreak.exchange import imports
from chainbreak.exchange.problems import Problem, Unreadable
from chainbreak.governance.models import ImportRun, User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit
from chainbreak.investigation.models import Outbreak

from .kept import Upload, find

PROBLEMS = 200  # kept of a trial


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
