"""The audit (审计日志): one row an act, chained by hashes that the database computes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from ..models import User
from ..refusal import Refused


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
    """What the check of the chain found: rows looked at, the last hash, the first row that does not fit, and why.

    `broken_at` is -1 when the chain fits in itself but does not hold the hash that was kept elsewhere;
    `why` is changed (the row is not as it was written), order (a row before it is gone or was put in) or cut.
    """

    rows: int
    head: str
    broken_at: int | None
    why: str = ""


def verify(*, expected_head: str | None = None) -> Verdict:
    """Compute every hash again. Rows that were changed, taken out or put in break the chain.

    A chain that was cut at its end fits in itself: compare `head` with one that was kept elsewhere
    (`expected_head` must then be the hash of some row). A chain may begin after rows that a retention run
    deleted, if a later row says so.
    """
    rows, seen, last, previous = 0, expected_head is None, -(2**63), None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT detail ->> 'last_hash' FROM governance_auditentry "
            "WHERE act = 'data.deleted' AND subject = 'rule:audit'"
        )
        beginnings = {"", *(found for (found,) in cursor.fetchall())}
        while batch := _after(cursor, last):
            for number, text, claimed_previous, claimed in batch:
                fits = claimed_previous in beginnings if previous is None else claimed_previous == previous
                if not fits:
                    return Verdict(rows, previous or "", number, "order")
                if hashlib.sha256(text.encode()).hexdigest() != claimed:
                    return Verdict(rows, previous or "", number, "changed")
                previous, rows, last = claimed, rows + 1, number
                seen = seen or claimed == expected_head
    return Verdict(rows, previous or "", None if seen else -1, "" if seen else "cut")


def _after(cursor: Any, last: int) -> list[tuple[int, str, str, str]]:
    cursor.execute(
        "SELECT id, chainbreak_audit_text(at, actor_id, act, subject, purpose, detail, previous_hash), "
        "previous_hash, hash FROM governance_auditentry WHERE id > %s ORDER BY id LIMIT 10000",
        [last],
    )
    return list(cursor.fetchall())


def check_head(head: str) -> None:
    """A hash as it is typed in; empty is none.

    Raises:
        Refused("head_malformed"): not 64 digits from 0 to f.
    """
    if head and (len(head) != 64 or not set(head) <= set("0123456789abcdef")):
        raise Refused("head_malformed", head=head[:80])


def note_verification(verdict: Verdict, *, actor: User | None, at: datetime) -> None:
    """Put on record that the chain was verified, and with which outcome."""
    detail = {"rows": verdict.rows, "head": verdict.head, "broken_at": verdict.broken_at, "why": verdict.why}
    record("audit.verified", actor=actor, at=at, detail=detail)


def _json(detail: dict[str, Any]) -> str:
    return dumps(detail, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
