"""Who was missed, grid by grid (漏检名单): on the roll, not excluded, no swab; with what is known of the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection

from chainbreak.registry.models import Person
from chainbreak.registry.selectors.area import stem_of

from ..models import Round
from . import kept

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
_LIST = """
WITH shown AS MATERIALIZED (  -- down the indexes: of each grid that has missed people, until there are enough
    SELECT p.id, p.number, p.area_code, p.household_id
    FROM unnest(%(grids)s::text[]) AS grid(code) JOIN registry_person p ON p.area_code = grid.code COLLATE "C"
    WHERE (p.area_code COLLATE "C", p.id) > (%(from)s, %(after)s)
      AND (SELECT r.id FROM screening_rollentry r WHERE r.round_id = %(round)s AND r.person_id = p.id
          AND r.exclusion IS NULL) IS NOT NULL
      AND (SELECT s.id FROM screening_swab s WHERE s.person_id = p.id AND s.round_id = %(round)s
          AND s.purpose = 'mass_round' AND s.superseded_at IS NULL) IS NULL
    ORDER BY p.area_code COLLATE "C", p.id LIMIT %(most)s)
SELECT m.id, m.number, m.area_code, coalesce(h.number, ''),
    coalesce((SELECT o.series || '-' || o.number FROM screening_swab s JOIN screening_round o ON o.id = s.round_id
        WHERE s.person_id = m.id AND s.round_id <> %(round)s AND s.superseded_at IS NULL
        ORDER BY o.start_at DESC LIMIT 1), ''),
    EXISTS (SELECT FROM screening_intakeconflict c WHERE c.person_id = m.id AND c.round_id = %(round)s AND c.decision = '')
FROM shown m LEFT JOIN registry_household h ON h.id = m.household_id ORDER BY m.area_code COLLATE "C", m.id
"""
_GRIDS = f"SELECT p.area_code, count(*) {_WHERE} GROUP BY 1"


def by_part(of: Round, area: str, *, digits: int = 12) -> list[tuple[str, int]]:
    """How many were missed in each part of an area (its grids), most first.

    A township is counted each time. Of more than that, all grids of the round are counted together and kept (`kept`):
    the numbers of a city are then those of the last minute.
    """
    parts: Counter[str] = Counter()
    for code, n in _grids(of, area):
        parts[code[:digits]] += n
    return sorted(parts.items(), key=lambda part: (-part[1], part[0]))


def people(of: Round, area: str, *, after: int = 0, most: int = 100) -> list[Missed]:
    """Those missed in an area, at most 500, grid by grid and by id: those who come after the person `after`."""
    begin = Person.objects.filter(pk=after).values_list("area_code", flat=True).first() or ""
    values: dict[str, Any] = {"from": begin, "after": after, "most": min(most, MOST)}
    chosen, left = [], values["most"]
    for code, n in sorted(_grids(of, area)):
        if code >= begin and left > 0:
            chosen.append(code)
            left -= n if code > begin else 0  # of the grid of `after` some are behind us
    return [Missed(*row) for row in _ask(_LIST, of, area, grids=chosen, **values)]


def _grids(of: Round, area: str) -> list[tuple[str, int]]:
    if _is_narrow(area):
        return _ask(_GRIDS, of, area)
    stem = stem_of(area)
    all_of_it = kept.answer(("missed", of.pk), lambda: _ask(_GRIDS, of, of.area_code), fresh=0)
    return [row for row in all_of_it if row[0].startswith(stem)]


def _is_narrow(area: str) -> bool:
    return len(stem_of(area)) >= len("411122101")  # a township or less


def _ask(sql: str, of: Round, area: str, **more: Any) -> list[tuple]:
    stem = stem_of(area)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"round": of.pk, "low": stem, "high": stem + ":", **more})  # ":" comes after "9"
        return cursor.fetchall()
