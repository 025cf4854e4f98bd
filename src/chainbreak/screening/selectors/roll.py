"""The roll of a round counted (应检名单): due = sampled + excluded + missed, by jurisdiction (E3 20, R081)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from ..models import RollEntry, RollMove, RollState, Round, Swab

EXCLUSIONS = RollEntry.Exclusion.values
LABELS = dict(RollEntry.Exclusion.choices)
WAYS = RollMove.Way.choices

_KNOWN = "s.superseded_at IS NULL"
_KNOWN_THEN = "s.recorded_at <= %(as_known)s AND (s.superseded_at IS NULL OR s.superseded_at > %(as_known)s)"
_COUNTS = """
WITH sampled AS MATERIALIZED (
    SELECT DISTINCT s.person_id FROM screening_swab s
    WHERE s.round_id = %(round)s AND s.sampled_at < %(as_of)s AND {known})
SELECT l.area_code, CASE WHEN s.person_id IS NOT NULL THEN 'sampled' ELSE coalesce(l.exclusion, 'missed') END, count(*)
FROM screening_rollentry l LEFT JOIN sampled s ON s.person_id = l.person_id
WHERE l.round_id = %(round)s GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class AreaRoll:
    """One jurisdiction's part of a roll. Who was sampled counts as sampled, even if excluded."""

    area: str
    sampled: int
    missed: int
    excluded: dict[str, int]

    @property
    def excluded_in_all(self) -> int:
        return sum(self.excluded.values())

    @property
    def due(self) -> int:
        """Everybody on the roll."""
        return self.sampled + self.excluded_in_all + self.missed


def counts(of: Round, *, as_of: datetime, as_known: datetime | None = None) -> list[AreaRoll]:
    """The roll by jurisdiction, by the swabs taken before `as_of`; empty when none was drawn up."""
    sql = _COUNTS.format(known=_KNOWN if as_known is None else _KNOWN_THEN)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"round": of.pk, "as_of": as_of, "as_known": as_known})
        rows = cursor.fetchall()
    found: dict[str, dict[str, int]] = {}
    for area, what, n in rows:
        found.setdefault(area, {})[what] = n
    return [
        AreaRoll(area, n.get("sampled", 0), n.get("missed", 0), {code: n[code] for code in EXCLUSIONS if code in n})
        for area, n in found.items()
    ]


def missed(of: Round, *, as_of: datetime, as_known: datetime | None = None) -> QuerySet[RollEntry]:
    """Those on the roll who are not excluded and have no swab (漏检人员)."""
    swabs = Swab.objects.known_at(as_known).filter(round=of, person=OuterRef("person"), sampled_at__lt=as_of)
    return RollEntry.objects.filter(~Exists(swabs), round=of, exclusion__isnull=True)


def asked(of: Round) -> RollState | None:
    """How far the roll of a round is that was announced here; None of one whose roll came with a file."""
    return RollState.objects.filter(round=of).first()


def moves(of: Round, *, most: int = 50) -> list[RollMove]:
    """Who was put on the roll or taken off it by hand, the newest first."""
    return list(RollMove.objects.filter(round=of).select_related("person", "by").order_by("-pk")[:most])
