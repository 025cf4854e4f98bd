"""Taking a file in (导入): all of it or nothing; every row is created, updated, duplicate or rejected."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from chainbreak.exchange import refusals as _refusals  # noqa: F401  (the words of its refusals)
from chainbreak.exchange.problems import Problem, Unreadable
from chainbreak.exchange.store import loading, writing
from chainbreak.exchange.store.bench import Bench
from chainbreak.governance.models import ImportRun, ImportState, User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit
from chainbreak.investigation.models import Outbreak

LOCK = 4211  # imports wait for each other: each compares its file with what is there
SHOWN = 20_000  # problems that a report carries; all of them are kept in the run


@dataclass
class Report:
    """What became of a file: rows = created + updated + duplicate + rejected, always."""

    kind: str
    file: str
    rows: int = 0
    created: int = 0
    updated: int = 0
    duplicate: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0  # problems beyond those shown
    notes: list[str] = field(default_factory=list)
    run: int | None = None
    outbreak: str | None = None
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """The reply of the command and the interface."""
        names = (
            "kind",
            "file",
            "rows",
            "created",
            "updated",
            "duplicate",
            "rejected",
            "run",
            "outbreak",
            "dry_run",
            "notes",
        )
        return {name: getattr(self, name) for name in names} | {
            "problems": [problem.as_json() for problem in self.problems],
            "problems_left_out": self.left_out,
        }


def kinds() -> list[str]:
    """The kinds of files that can be taken in."""
    from chainbreak.exchange.store.kinds import KINDS

    return sorted([*KINDS, "linelist", "contacts"])


def import_file(
    kind: str,
    path: Path | str,
    *,
    at: datetime,
    actor: User | None = None,
    outbreak: str | None = None,
    mapping: Any = None,
    sheet: str | None = None,
    known_at: datetime | None = None,
    dry_run: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Take one file in, or try it (`dry_run`): the same checks, the same report, and nothing stays.

    Args:
        known_at: when the rows became known, where they do not say so themselves; else `at`.

    Raises:
        Unreadable: the file or its mapping cannot be read.
        Refused("unknown_outbreak"): fact `known` lists the outbreaks there are.
        Refused("known_in_future"): `known_at` lies after `at`.
        Refused("database_refused_rows"): see `writing.write`.
    """
    path = Path(path)
    if kind not in kinds():
        raise Unreadable(path, "kind_unknown", kind=kind, kinds=kinds())
    if known_at and known_at > at:
        raise Refused("known_in_future", at=known_at.isoformat())
    spoken_of = None if outbreak else _outbreak_of(mapping)
    if spoken_of:
        outbreak = str(spoken_of["outbreak"]["code"])
    report = Report(kind, path.name, outbreak=outbreak, dry_run=dry_run)
    with transaction.atomic(), connection.cursor() as cursor:
        _settle(cursor)
        if spoken_of and not Outbreak.objects.filter(code=outbreak).exists():
            make_outbreak(spoken_of, at=at)
            report.notes.append(f"outbreak made: {outbreak}")
        _check_outbreak(outbreak)
        run = ImportRun.objects.create(
            kind=kind,
            outbreak_code=outbreak or "",
            file_name=path.name[:200],
            file_hash=_hash(path),
            started_at=at,
            by=actor,
        )
        with Bench(cursor, at=at, actor=actor, run=run.pk) as bench:
            bench.outbreak, bench.known_at = outbreak, known_at or at
            bench.progress = progress or bench.progress
            file_notes = _take(bench, kind, path, mapping, sheet, report)
            _count(bench, report)
            _keep_problems(bench, run, report, file_notes)
            _finish(bench, run, report, mapping)
        audit.record(
            "import.done", actor=actor, at=at, subject=f"import:{run.pk}",
            detail={n: getattr(report, n) for n in ("kind", "rows", "created", "updated", "duplicate", "rejected")},
        )  # fmt: skip
        report.run = None if dry_run else run.pk
        if dry_run:
            transaction.set_rollback(True)
    return report


def _outbreak_of(mapping: Any) -> dict[str, Any] | None:
    """The document of a mapping that speaks of an outbreak: it is made if there is none of its code yet."""
    if mapping is None:
        return None
    from chainbreak.exchange.mapping import load

    document = mapping if isinstance(mapping, dict) else load(mapping)
    said = document.get("outbreak")
    return document if isinstance(said, dict) and said.get("code") else None


def _settle(cursor: Any) -> None:
    """One import at a time; room to sort in; a lost power line may cost a running import, never a finished one's order."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    for name, value in (("synchronous_commit", "off"), ("work_mem", "128MB"), ("maintenance_work_mem", "512MB")):
        cursor.execute(f"SET LOCAL {name} = '{value}'")


def _check_outbreak(code: str | None) -> None:
    if code is None or Outbreak.objects.filter(code=code).exists():
        return
    raise Refused("unknown_outbreak", outbreak=code, known=_known())


def _known() -> str:
    return ", ".join(Outbreak.objects.order_by("code").values_list("code", flat=True)) or "-"


def _take(bench: Bench, kind: str, path: Path, mapping: Any, sheet: str | None, report: Report) -> list[Problem]:
    if kind == "linelist":
        from chainbreak.exchange.store import linelist

        return linelist.take(bench, path, mapping, sheet, report)
    if kind == "contacts":
        from chainbreak.exchange.store import contacts

        return contacts.take(bench, path, mapping, sheet, report)
    bench.progress(path.name)
    if kind == "sequences":
        from chainbreak.exchange.store import sequences

        return sequences.take(bench, path, mapping, sheet)
    from chainbreak.exchange.store.kinds import KINDS

    notes = loading.load(bench, KINDS[kind], path, mapping, sheet)
    writing.check(bench, KINDS[kind])
    writing.write(bench, KINDS[kind])
    return notes


def _count(bench: Bench, report: Report) -> None:
    """Every row once: rejected, or the most that it did to any table."""
    rows = bench.rows(
        "WITH bad AS (SELECT DISTINCT _row FROM problem WHERE severity = 'error' AND _row IS NOT NULL), "
        "best AS (SELECT _row, max(rank) AS rank FROM outcome GROUP BY _row) "
        "SELECT CASE WHEN bad._row IS NOT NULL THEN 0 ELSE coalesce(best.rank, 1) END AS what, count(*) "
        "FROM raw LEFT JOIN bad USING (_row) LEFT JOIN best USING (_row) GROUP BY 1"
    )
    found = dict(rows)
    report.rows += sum(found.values())
    report.rejected += found.get(0, 0)
    report.duplicate += found.get(1, 0)
    report.updated += found.get(2, 0)
    report.created += found.get(3, 0)


def _keep_problems(bench: Bench, run: ImportRun, report: Report, notes: list[Problem]) -> None:
    """Problems into the run, each rejected row word for word; the first of them into the report."""
    bench.do(
        "CREATE OR REPLACE TABLE said AS SELECT DISTINCT p._row, raw._name AS row, p.col, p.code, p.severity, "
        f"coalesce(p.facts, '{{}}') AS facts, CASE WHEN p.severity = 'error' AND raw._row IS NOT NULL THEN raw._json END AS raw "
        f"FROM problem p LEFT JOIN (SELECT _row, {bench.row_name} AS _name, {bench.raw_as_json} AS _json FROM raw) raw USING (_row)"
    )
    for problem in notes:
        facts = json.dumps(problem.as_json()["facts"], ensure_ascii=False)
        bench.do("INSERT INTO said VALUES (NULL, ?, ?, ?, ?, ?, NULL)",
                 [problem.row, problem.column, problem.code, problem.severity, facts])  # fmt: skip
    if bench.sealed_columns:
        names = bench.sealed_columns
        bench.change(
            "said", "raw", lambda text: json.dumps(loading.sealed(json.loads(text), names), ensure_ascii=False)
        )
    order = "ORDER BY row NULLS FIRST, severity, code, col"
    bench.send(
        "governance_importproblem", ["run_id", "row", "column", "code", "severity", "facts", "raw"],
        f"SELECT {run.pk}, row, left(coalesce(col, ''), 120), code, severity, facts, raw FROM said {order}",
    )  # fmt: skip
    total = bench.one("SELECT count(*) FROM said")
    report.left_out = max(0, total - SHOWN)
    report.problems = [
        Problem(row, col or None, code, severity, json.loads(facts))
        for row, col, code, severity, facts in bench.rows(
            f"SELECT row, col, code, severity, facts FROM said ORDER BY severity <> 'error', row NULLS FIRST, code, col LIMIT {SHOWN}"
        )
    ]


def _finish(bench: Bench, run: ImportRun, report: Report, mapping: Any) -> None:
    run.mapping = {
        "mapping": mapping if isinstance(mapping, dict | str) else str(mapping) if mapping else None,
        "made": bench.made,
        "changed": bench.changed,
    }
    for name in ("rows", "created", "updated", "duplicate", "rejected"):
        setattr(run, name, getattr(report, name))
    run.state, run.finished_at = ImportState.DONE, bench.at
    run.save()


def after_import(report: Report, *, at: datetime, always: bool = False) -> None:
    """What follows from new facts is derived again, where there are any."""
    if not report.dry_run and (always or report.created or report.updated):
        derive_again(at=at)


def derive_again(*, at: datetime) -> None:
    """Everything due, out of the facts as they are now; what was asked because of excluded cases is asked no more."""
    from chainbreak.investigation.services import proposal
    from chainbreak.measures.services import derive

    for outbreak in Outbreak.objects.filter(closed_at__isnull=True):
        proposal.cascade(outbreak, actor=None, at=at, reason="the case was excluded by an import")
    derive.refresh(at=at)


def make_outbreak(
    document: Mapping[str, Any],
    *,
    at: datetime,
    code: str | None = None,
    disease: str | None = None,
    rule_pack: str | None = None,
    area: str | None = None,
    detected_at: datetime | None = None,
) -> Outbreak:
    """The outbreak that a mapping describes, or the arguments; made if there is none of its code.

    Raises:
        Refused("outbreak_wanted"): no code is given.
        Refused("unknown_rule_pack"): fact `known` lists the packs.
    """
    from chainbreak.epi import rulepack

    said = dict(document.get("outbreak") or {})
    code = code or said.get("code")
    if not code:
        raise Refused("outbreak_wanted", known=_known())
    if found := Outbreak.objects.filter(code=code).first():
        return found
    disease = disease or said.get("disease") or "covid19"
    area = str(area or said.get("area") or "")
    pack = rule_pack or said.get("rule_pack") or _pack_of(disease, area)
    if pack not in rulepack.available():
        raise Refused("unknown_rule_pack", pack=pack, known=", ".join(rulepack.available()))
    if detected_at is None:
        first = (said.get("period") or [None])[0]
        detected_at = datetime.combine(first, time(), ZoneInfo("Asia/Shanghai")) if first else at
    name = str(said.get("name") or code)[:80]
    return Outbreak.objects.create(
        code=code[:20], name_en=name, name_zh=str(said.get("name_zh") or name)[:80], disease=disease[:40], rule_pack=pack,
        area_code=area[:15], detected_at=detected_at,
    )  # fmt: skip


def _pack_of(disease: str, area: str) -> str:
    """The pack for a disease where nobody names one."""
    if disease.startswith("ebola"):
        return "ebola"
    return "covid19-cn-v8" if disease.startswith("covid19") and area[:1].isdigit() else "who-covid19-2021"


def _hash(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise Unreadable(path, "file_absent") from error
    except IsADirectoryError as error:
        raise Unreadable(path, "file_is_folder") from error
    except PermissionError as error:
        raise Unreadable(path, "file_not_permitted") from error
