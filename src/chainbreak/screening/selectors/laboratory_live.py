"""Laboratories in a round now (实验室实时): tubes that wait there, the oldest, pace and turnaround; the weakest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ..models import Round
from .live import LaboratoryLive

_WAITING = """
SELECT b.laboratory, count(*), min(coalesce(c.received_at, b.received_at))
FROM screening_shipment b JOIN screening_shipmenttube x ON x.shipment_id = b.id AND x.scanned_in
JOIN screening_tube t ON t.id = x.tube_id
LEFT JOIN screening_tubecustody c ON c.tube_id = t.id AND c.superseded_at IS NULL
WHERE b.round_id = %(round)s AND b.received_at <= %(at)s AND c.lost_at IS NULL AND c.rejected_at IS NULL
    AND NOT EXISTS (SELECT FROM screening_result r WHERE r.tube_id = t.id AND r.superseded_at IS NULL
        AND r.reported_at <= %(at)s)
GROUP BY 1
"""


@dataclass(frozen=True)
class Bench:
    """One laboratory: tubes waiting there since when, tubes with a result, pace, minutes from receipt to result."""

    name: str
    waiting: int
    oldest_at: datetime | None
    tubes: int
    per_hour: float
    median_minutes: float | None
    p90_minutes: float | None


def benches(of: Round, resulted: Sequence[LaboratoryLive], *, at: datetime) -> list[Bench]:
    """Every laboratory that has tubes of a round, whoever would need longest for those that wait first."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"round": of.pk, "at": at})
        waiting = {name: (n, oldest) for name, n, oldest in cursor.fetchall()}
    known = {one.name: one for one in resulted}
    found = []
    for name in sorted({*waiting, *known}):
        n, oldest = waiting.get(name, (0, None))
        one = known.get(name)
        found.append(
            Bench(
                name, n, oldest, one.tubes if one else 0, one.per_hour if one else 0.0,
                one.median_minutes if one else None, one.p90_minutes if one else None,
            )
        )  # fmt: skip
    return sorted(found, key=_weakness)


def _weakness(one: Bench) -> tuple[bool, float, float]:
    hours = one.waiting / one.per_hour if one.per_hour else float("inf")
    return (not one.waiting, -hours, -(one.p90_minutes or 0.0))
