"""Who was missed, grid by grid (漏检名单): on the roll, not excluded, no swab; with what is known of the reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from chainbreak.registry.selectors.area import stem_of

from ..models import Round

MOST = 500


@dataclass(frozen=True)
class Missed:
    """One person to be visited: never a penalty, a knock on the door."""

    person_id: int
    number: str
    area_code: str
    household: str
    last_round: str  # the newest earlier round in which the person was swabbed
    conflict: bool  # a registration of this round waits for a decision


_WHERE = """
FROM registry_person p JOIN screening_rollentry r ON r.round_id = %(round)s AND r.person_id = p.id AND r.exclusion IS NULL
WHERE p.area_code >= %(low)s COLLATE "C" AND p.area_code < %(high)s COLLATE "C"
  AND NOT EXISTS (SELECT FROM screening_swab s WHERE s.person_id = p.id AND s.round_id = %(round)s
      AND s.purpose = 'mass_round' AND s.superseded_at IS NULL)
"""
_LIST = f"""
WITH missed AS MATERIALIZED (
    SELECT p.id, p.number, p.area_code, p.household_id {_WHERE} AND p.id > %(after)s
), shown AS MATERIALIZED (SELECT * FROM missed ORDER BY id LIMIT %(most)s)  -- else the whole register is walked by id
SELECT m.id, m.number, m.area_code, coalesce(h.number, ''),
    coalesce((SELECT o.series || '-' || o.number FROM screening_swab s JOIN screening_round o ON o.id = s.round_id
        WHERE s.person_id = m.id AND s.round_id <> %(round)s AND s.superseded_at IS NULL
        ORDER BY o.start_at DESC LIMIT 1), ''),
    EXISTS (SELECT FROM screening_intakeconflict c WHERE c.person_id = m.id AND c.round_id = %(round)s AND c.decision = '')
FROM shown m LEFT JOIN registry_household h ON h.id = m.household_id ORDER BY m.id
"""
_GRIDS = f"SELECT left(p.area_code, %(digits)s), count(*) {_WHERE} GROUP BY 1 ORDER BY 2 DESC, 1"


def by_part(of: Round, area: str, *, digits: int = 12) -> list[tuple[str, int]]:
    """How many were missed in each part of an area (its grids), most first."""
    return [tuple(row) for row in _ask(_GRIDS, of, area, digits=digits)]


def people(of: Round, area: str, *, after: int = 0, most: int = 100) -> list[Missed]:
    """Those missed in an area, by id after `after`, at most 500."""
    return [Missed(*row) for row in _ask(_LIST, of, area, after=after, most=min(most, MOST))]


def _ask(sql: str, of: Round, area: str, **more: int) -> list[tuple]:
    stem = stem_of(area)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"round": of.pk, "low": stem, "high": stem + ":", **more})  # ":" comes after "9"
        return cursor.fetchall()
