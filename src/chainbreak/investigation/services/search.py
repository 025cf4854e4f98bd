"""A search for contacts as a job (排查作业): asked for on a page, done by the worker, kept until taken in or a day old.

Its state and what was found lie in a folder of their own, readable by this account of the machine only: numbers of
persons, no names. Whoever works at it holds a lock of the operating system, which ends with the process, so that a
search that was killed is known by its free lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
from django.conf import settings
from django.utils.translation import gettext_noop

from chainbreak.epi import rulepack
from chainbreak.governance import words
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit

from ..models import Case
from . import finding
from .coverage import Coverage, Window
from .finding import Answer, Question

words.register(
    {
        "search_gone": gettext_noop(
            "This search is not there any more: it was taken in, ended, or is over a day old. Look again."
        ),
        "search_outdated": gettext_noop(
            "Since this search the case's window or the rules have changed. Nothing was recorded; look again."
        ),
        "search_not_done": gettext_noop("The search is not done yet; nothing can be taken in."),
    }
)
KEPT = timedelta(hours=24)
LATE = timedelta(seconds=10)  # a worker that lives takes a search sooner
TOKEN = re.compile(r"[0-9a-f]{32}")
STEPS = ("waiting", "opening", "contacts", "nearly", "companions", "done")
TABLES = ("contacts", "nearly", "companions")


@dataclass
class Search:
    """One search and how far it is.

    state: waiting (for the worker), running, done, failed, cancelled, taken (its contacts were taken in).
    step: of STEPS. alone: it was done without a worker, by the process that shows the page.
    """

    folder: Path
    outbreak: str
    case: int
    by: int
    at: str
    question: dict[str, Any]
    state: str = "waiting"
    step: str = "waiting"
    seconds: float = 0.0
    alone: bool = False
    trouble: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    taken: int | None = None

    @property
    def token(self) -> str:
        return self.folder.name

    @property
    def asked(self) -> Question:
        """What is asked."""
        return Question(**self.question)

    @property
    def asked_at(self) -> datetime:
        """When it was asked."""
        return datetime.fromisoformat(self.at)

    @property
    def n_steps(self) -> int:
        """Of how many steps it consists."""
        return 4 if self.asked.companions else 3

    @property
    def n_done(self) -> int:
        """How many steps are behind it."""
        return self.n_steps if self.step == "done" else max(0, STEPS.index(self.step) - 1)

    @property
    def is_over(self) -> bool:
        """Whether nobody works at it and nobody will."""
        return self.state not in ("waiting", "running")

    def write(self) -> None:
        """Keep the state; a reader never sees half of it."""
        rest = {name: value for name, value in asdict(self).items() if name != "folder"}
        new = self.folder / "state.new"
        new.write_text(json.dumps(rest, ensure_ascii=False), "utf-8")
        os.replace(new, self.folder / "state.json")


def root() -> Path:
    """Where the searches of this installation lie."""
    return Path(settings.CHAINBREAK_DATA) / "searches"


def ask(case: Case, question: Question, *, actor: Any, at: datetime) -> Search:
    """Put a search down; the same one that is still under way is given instead. Old ones are swept away.

    Raises:
        Refused: as `finding.window_of`, so that nobody waits for nothing.
    """
    sweep(at)
    finding.window_of(case, at)
    asked = asdict(question)
    for one in of_case(case):
        if not one.is_over and one.question == asked:
            return one
    folder = root() / secrets.token_hex(16)
    folder.mkdir(parents=True, mode=0o700)
    made = Search(folder, case.outbreak.code, case.number, actor.pk, at.isoformat(), asked)
    made.write()
    audit.record("contacts.searched", subject=f"case:{case}", actor=actor, at=at, detail=asked)
    return made


def find(token: str, *, case: Case | None = None) -> Search:
    """The search of that token, settled if its process was killed.

    Raises:
        Refused("search_gone"): there is none, or it is of another case.
    """
    if not TOKEN.fullmatch(token):
        raise Refused("search_gone")
    found = _read(root() / token)
    if found is None or (case is not None and (found.outbreak, found.case) != (case.outbreak.code, case.number)):
        raise Refused("search_gone")
    if found.state == "running" and not _is_worked_at(found):
        found = _read(found.folder) or found  # it may have ended between the two looks
        if found.state == "running":
            found.state, found.trouble = "failed", {"code": "interrupted"}
            found.write()
    return found


def of_case(case: Case) -> list[Search]:
    """The searches kept of a case, newest first."""
    every = (_read(state.parent) for state in root().glob("*/state.json"))
    mine = [one for one in every if one and (one.outbreak, one.case) == (case.outbreak.code, case.number)]
    return sorted(mine, key=lambda one: one.at, reverse=True)


def work(token: str, *, clock: Callable[[], datetime], alone: bool = False) -> None:
    """Do a search that waits, step by step; how far it is stands in its state. A second run finds it done.

    Args:
        alone: no worker does it, but the process that shows the page.
    """
    of = find(token)
    with _hold(of) as is_mine:
        of = find(token) if is_mine else of
        if not is_mine or of.state != "waiting":
            return
        of.state, of.alone, began = "running", alone, monotonic()
        of.write()
        try:
            case = Case.objects.select_related("person__household", "outbreak").get(
                outbreak__code=of.outbreak, number=of.case
            )
            for step, answer in finding.steps(case, of.asked, at=clock()):
                of.step, of.seconds = step, round(monotonic() - began, 2)
                if (of.folder / "cancel").exists():
                    of.state = "cancelled"
                    break
                if answer is not None:
                    _keep(of, answer)
                    of.state = "done"
                of.write()
        except Refused as refused:
            of.state = "failed"
            of.trouble = {"code": refused.code, "facts": {name: str(value) for name, value in refused.facts.items()}}
        except BaseException as error:
            of.state, of.trouble = "failed", {"code": "unexpected", "facts": {"said": type(error).__name__}}
            of.write()
            raise
        of.seconds = round(monotonic() - began, 2)
        of.write()


def cancel(of: Search) -> None:
    """End a search: one that waits at once, one that runs before its next step; what it found is thrown away."""
    if of.is_over:
        return
    (of.folder / "cancel").touch()
    with _hold(of) as is_free:
        if is_free:
            of.state = "cancelled"
            of.write()


def again(of: Search, *, at: datetime) -> None:
    """Put a search that failed or was ended down once more."""
    (of.folder / "cancel").unlink(missing_ok=True)
    of.state, of.step, of.trouble, of.answer, of.seconds = "waiting", "waiting", {}, {}, 0.0
    of.at = at.isoformat()
    of.write()


def answer_of(of: Search) -> Answer:
    """What a search found.

    Raises:
        Refused("search_not_done"), Refused("search_gone"): its tables are not there.
    """
    if of.state not in ("done", "taken"):
        raise Refused("search_not_done")
    said = dict(of.answer)
    try:
        tables: dict[str, Any] = {name: _table(of, name) for name in TABLES}
    except (OSError, pa.ArrowInvalid):
        raise Refused("search_gone") from None
    cover = dict(said.pop("coverage"))
    for name in ("missing", "thin"):
        cover[name] = [date.fromisoformat(day) for day in cover[name]]
    window = Window(*(datetime.fromisoformat(said.pop(name)) for name in ("from_at", "until")))
    return Answer(window=window, coverage=Coverage(**cover), **said, **tables)


def require_current(of: Search, answer: Answer, case: Case, *, at: datetime) -> None:
    """A search may be taken in only while the case's window and the rules are those it was made with.

    Raises:
        Refused("search_outdated"): they are not. Refused: as `finding.window_of`.
    """
    if is_outdated(of, answer, case, at=at):
        raise Refused("search_outdated")


def is_outdated(of: Search, answer: Answer, case: Case, *, at: datetime) -> bool:
    """Whether the case's window or the rules have changed since; an open end goes on and is no change.

    Raises:
        Refused: as `finding.window_of`.
    """
    now = finding.window_of(case, at, look_back=of.asked.look_back)
    is_open = now.until == at and answer.window.until <= at
    same = now.from_at == answer.window.from_at and (is_open or now.until == answer.window.until)
    return not same or rulepack.load(case.outbreak.rule_pack).edition != answer.edition


def settle(of: Search, taken: int) -> None:
    """Note that its contacts were taken in, and how many."""
    of.state, of.taken = "taken", taken
    of.write()


def sweep(at: datetime) -> int:
    """Throw away searches older than a day (过期清除). Gives how many."""
    gone = 0
    for folder in root().glob("*"):
        if TOKEN.fullmatch(folder.name) and datetime.fromtimestamp(folder.stat().st_mtime, UTC) < at - KEPT:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def _keep(of: Search, answer: Answer) -> None:
    for name in TABLES:
        table = getattr(answer, name)
        if table is not None:
            feather.write_feather(table, of.folder / f"{name}.arrow", compression="zstd")
    cover = asdict(answer.coverage)
    for name in ("missing", "thin"):
        cover[name] = [day.isoformat() for day in cover[name]]
    of.answer = {
        "from_at": answer.window.from_at.isoformat(), "until": answer.window.until.isoformat(), "coverage": cover,
        **{name: getattr(answer, name) for name in ("rule", "minutes", "edition", "generation", "case_has_stays",
                                                    "too_large")},
    }  # fmt: skip


def _table(of: Search, name: str) -> pa.Table | None:
    path = of.folder / f"{name}.arrow"
    if name == "companions" and not path.exists():
        return None
    return feather.read_table(path, memory_map=False)


def _read(folder: Path) -> Search | None:
    try:
        return Search(folder, **json.loads((folder / "state.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def _hold(of: Search) -> Iterator[bool]:
    """Whether nobody else works at it; held until the end."""
    with open(of.folder / "lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _is_worked_at(of: Search) -> bool:
    with _hold(of) as is_free:
        return not is_free
