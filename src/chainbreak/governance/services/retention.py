"""Deleting what has reached its end (到期删除): counted, certified, on record (P-13)."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from ..models import AuditEntry, DeletionRun, User
from ..retention import RetentionRule, rules, settings_of
from . import audit

__all__ = ["Due", "due", "purge", "rules"]


@dataclass(frozen=True)
class Due:
    """One rule as it is set, and how many rows have reached their end, by table; `at_least`: not all were counted."""

    rule: RetentionRule
    days: int
    before: datetime
    tables: dict[str, int] = field(default_factory=dict)
    certificate: str = ""
    at_least: bool = False

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


def due(*, at: datetime, most: int | None = None) -> list[Due]:
    """What a purge would delete now.

    Args:
        most: stop counting a table at so many rows; millions take seconds to count.

    Raises:
        Refused("bad_retention"), Refused("retention_out_of_bounds"): the setting is wrong.
    """
    found = []
    for one in _planned(at):
        tables = _count(one, most)
        at_least = most is not None and any(rows >= most for rows in tables.values())
        found.append(Due(one.rule, one.days, one.before, tables, at_least=at_least))
    return found


def _planned(at: datetime) -> list[Due]:
    days = settings_of(settings.CHAINBREAK_RETENTION)
    return [Due(rule, days[rule.name], at - timedelta(days=days[rule.name])) for rule in rules()]


def _count(planned: Due, most: int | None) -> dict[str, int]:
    """The rows of each table, in one query a rule."""
    ended = []
    for rows in planned.rule.ended(planned.before):
        with contextlib.suppress(EmptyResultSet):  # no round has ended, say: nothing to ask for
            ended.append((rows.model._meta.db_table, *_sql(rows)))
    if not ended:
        return {}
    limit = "" if most is None else f" LIMIT {most:d}"
    counts = ", ".join(f"(SELECT count(*) FROM ({sql}{limit}) ended)" for _, sql, _ in ended)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [value for *_, values in ended for value in values])
        numbers = cursor.fetchone()
    tables: dict[str, int] = {}
    for (table, *_), number in zip(ended, numbers, strict=True):
        tables[table] = tables.get(table, 0) + number
    return tables


def _sql(rows: QuerySet) -> tuple[str, tuple]:
    return rows.order_by().values("pk").query.sql_with_params()


def purge(*, actor: User | None, at: datetime, witness: str = "") -> list[Due]:
    """Delete all rows that have reached their end; each rule in one transaction, with a certificate.

    The certificate is the hash of what was deleted under which rule up to when, and of the certificate before:
    a run that is left out or changed later shows. Counts stay, rows do not.
    """
    done = []
    for planned in _planned(at):  # a wrong setting is refused here, before anything is deleted
        with transaction.atomic():
            done.append(_purge(planned, actor=actor, at=at, witness=witness))
    return [one for one in done if one.rows]


def _purge(planned: Due, *, actor: User | None, at: datetime, witness: str) -> Due:
    last_hash = ""
    tables: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL chainbreak.purge = 'on'")
        for rows in planned.rule.ended(planned.before):
            if rows.model is AuditEntry:
                last_hash = rows.order_by("-id").values_list("hash", flat=True).first() or ""
            table = rows.model._meta.db_table
            deleted = rows._raw_delete(rows.db)  # no cascade of Django's: the rule names every table
            tables[table] = tables.get(table, 0) + int(deleted or 0)
        cursor.execute("SET LOCAL chainbreak.purge = 'off'")
    done = Due(planned.rule, planned.days, planned.before, tables)
    if not done.rows:
        return done
    certificate = _certificate(done, at=at, witness=witness)
    DeletionRun.objects.create(
        rule=done.rule.name,
        before=done.before,
        rows=done.rows,
        at=at,
        by=actor,
        witness=witness,
        certificate=certificate,
    )
    detail = {"rows": done.rows, "before": done.before, "tables": tables, "certificate": certificate}
    if last_hash:
        detail["last_hash"] = last_hash
    audit.record("data.deleted", subject=f"rule:{done.rule.name}", actor=actor, at=at, detail=detail)
    return Due(done.rule, done.days, done.before, tables, certificate)


def _certificate(done: Due, *, at: datetime, witness: str) -> str:
    previous = DeletionRun.objects.order_by("-id").values_list("certificate", flat=True).first() or ""
    said = {
        "rule": done.rule.name,
        "before": done.before.isoformat(),
        "tables": dict(sorted(done.tables.items())),
        "at": at.isoformat(),
        "witness": witness,
        "previous": previous,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
