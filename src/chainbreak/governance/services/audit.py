"""The audit (审计日志): one row an act, chained by hashes that the database computes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from ..models import AuditEntry, User


def record(
    act: str,
    *,
    actor: User | None,
    at: datetime,
    subject: str = "",
    purpose: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write one act. A change is written in the change's own transaction, a look before the answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO governance_auditentry (at, actor_id, act, subject, purpose, detail, previous_hash, hash) "
            "VALUES (%s, %s, %s, %s, %s, %s::jsonb, '', '')",
            [at, actor.pk if actor else None, act, subject, purpose, _json(detail or {})],
        )


@dataclass(frozen=True)
class Verdict:
    """What the check of the chain found: rows looked at, the last hash, the first row that does not fit."""

    rows: int
    head: str
    broken_at: int | None


def verify(*, expected_head: str | None = None) -> Verdict:
    """Compute every hash again. Rows that were changed, taken out or put in break the chain.

    A chain that was cut at its end fits in itself: compare `head` with one that was kept elsewhere
    (`expected_head` must then be the hash of some row).
    """
    previous, rows, seen = "", 0, expected_head is None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, chainbreak_audit_text(at, actor_id, act, subject, purpose, detail, previous_hash), "
            "previous_hash, hash FROM governance_auditentry ORDER BY id"
        )
        while batch := cursor.fetchmany(10_000):
            for number, text, claimed_previous, claimed in batch:
                digest = hashlib.sha256(text.encode()).hexdigest()
                if claimed_previous != previous or digest != claimed:
                    return Verdict(rows, previous, number)
                previous, rows = claimed, rows + 1
                seen = seen or claimed == expected_head
    return Verdict(rows, previous, None if seen else -1)


def entries_of(subject: str) -> list[AuditEntry]:
    """All acts on one subject, newest first."""
    return list(AuditEntry.objects.filter(subject=subject).select_related("actor").order_by("-id"))


def _json(detail: dict[str, Any]) -> str:
    return dumps(detail, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
