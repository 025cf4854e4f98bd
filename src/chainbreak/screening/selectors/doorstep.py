"""Visits at doors (上门补采): who has no worker yet, what a worker has to do, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from chainbreak.governance.acts import act
from chainbreak.governance.models import Grant
from chainbreak.governance.selectors.access import covers
from chainbreak.registry.selectors.area import stem_of

from ..models import DoorOutcome, Round

OUTCOMES = dict(DoorOutcome.choices)
OPEN = ("", "not_found")  # nobody there: come again


@dataclass(frozen=True)
class Task:
    """One person to be visited."""

    person_id: int
    number: str
    area_code: str
    household: str
    series: str
    round_number: int
    last: str


@dataclass(frozen=True)
class Worker:
    """What one worker has to do in an area, and what came of it; the last is by code of outcome."""

    pk: int
    name: str
    tasks: int
    swabbed: int
    outcomes: dict[str, int]

    @property
    def left(self) -> int:
        """Whom nobody has met yet."""
        met = sum(n for code, n in self.outcomes.items() if code not in OPEN)
        return self.tasks - met

    @property
    def unregistered(self) -> int:
        """Swabbed at home by the worker's word, without a swab on file: the tube's table has not sent it yet."""
        return max(0, self.outcomes.get("swabbed", 0) - self.swabbed)


@dataclass(frozen=True)
class Visit:
    """The last visit at a door."""

    person_id: int
    number: str
    area_code: str
    household: str
    worker: str
    outcome: str
    barcode: str
    at: datetime | None
    swabbed: bool


_MISSED = """
FROM registry_person p JOIN screening_rollentry r ON r.round_id = %(round)s AND r.person_id = p.id AND r.exclusion IS NULL
WHERE p.area_code >= %(low)s COLLATE "C" AND p.area_code < %(high)s COLLATE "C"
  AND NOT EXISTS (SELECT FROM screening_swab s WHERE s.person_id = p.id AND s.round_id = %(round)s
      AND s.purpose = 'mass_round' AND s.superseded_at IS NULL)
"""
_WITHOUT = f"""
SELECT p.id, p.area_code {_MISSED}
  AND NOT EXISTS (SELECT FROM screening_doortask t WHERE t.round_id = %(round)s AND t.person_id = p.id
      AND t.superseded_at IS NULL)
ORDER BY p.area_code, p.household_id, p.id LIMIT %(most)s
"""
_LAST = """LATERAL (SELECT outcome, barcode, at FROM screening_doorvisit v WHERE v.round_id = t.round_id
    AND v.person_id = t.person_id AND v.superseded_at IS NULL ORDER BY v.at DESC, v.id DESC LIMIT 1)"""
_SWABBED = """EXISTS (SELECT FROM screening_swab s WHERE s.person_id = t.person_id AND s.round_id = t.round_id
    AND s.purpose = 'mass_round' AND s.superseded_at IS NULL)"""
_WITHIN = """t.superseded_at IS NULL AND t.round_id = %(round)s
    AND t.area_code >= %(low)s COLLATE "C" AND t.area_code < %(high)s COLLATE "C" """
_OF_WORKER = f"""
SELECT p.id, p.number, t.area_code, coalesce(h.number, ''), o.series, o.number, coalesce(v.outcome, '')
FROM screening_doortask t JOIN registry_person p ON p.id = t.person_id JOIN screening_round o ON o.id = t.round_id
LEFT JOIN registry_household h ON h.id = p.household_id LEFT JOIN {_LAST} v ON true
WHERE t.worker_id = %(worker)s AND t.superseded_at IS NULL AND coalesce(v.outcome, '') IN ('', 'not_found')
    AND NOT {_SWABBED}
ORDER BY t.area_code, h.number, p.id LIMIT %(most)s
"""
_WORKERS = f"""
SELECT t.worker_id, u.username, coalesce(v.outcome, ''), {_SWABBED} AS swabbed, count(*)
FROM screening_doortask t JOIN governance_user u ON u.id = t.worker_id LEFT JOIN {_LAST} v ON true
WHERE {_WITHIN} GROUP BY 1, 2, 3, 4 ORDER BY 2
"""
_OPEN = f"""
SELECT t.id FROM screening_doortask t LEFT JOIN {_LAST} v ON true
WHERE {_WITHIN} AND t.worker_id = %(worker)s AND coalesce(v.outcome, '') IN ('', 'not_found') AND NOT {_SWABBED}
"""
_VISITS = f"""
SELECT p.id, p.number, t.area_code, coalesce(h.number, ''), u.username, coalesce(v.outcome, ''), coalesce(v.barcode, ''), v.at, {_SWABBED}
FROM screening_doortask t JOIN registry_person p ON p.id = t.person_id JOIN governance_user u ON u.id = t.worker_id
LEFT JOIN registry_household h ON h.id = p.household_id LEFT JOIN {_LAST} v ON true
WHERE {_WITHIN} AND (%(worker)s::bigint IS NULL OR t.worker_id = %(worker)s)
ORDER BY t.area_code, h.number, p.number LIMIT %(most)s
"""
_OF_PEOPLE = f"""
SELECT t.person_id, u.username, coalesce(v.outcome, '') FROM screening_doortask t JOIN governance_user u ON u.id = t.worker_id
LEFT JOIN {_LAST} v ON true WHERE t.round_id = %(round)s AND t.superseded_at IS NULL AND t.person_id = ANY(%(people)s::bigint[])
"""


def without_worker(of: Round, area: str, *, most: int) -> list[tuple[int, str]]:
    """(id, area) of missed people of an area whom nobody is sent to, grid by grid, households together."""
    return _ask(_WITHOUT, of, area, most=most)


def of_worker(worker: int, *, most: int = 500) -> list[Task]:
    """The visits that a worker still has to make, in all rounds."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_WORKER, {"worker": worker, "most": most})
        return [Task(*row) for row in cursor.fetchall()]


def workers(of: Round, area: str) -> list[Worker]:
    """Who goes to doors in an area, with what came of it."""
    found: dict[int, Any] = {}
    for pk, name, outcome, swabbed, n in _ask(_WORKERS, of, area):
        _name, tasks, done, outcomes = found.get(pk, (name, 0, 0, {}))
        code = outcome or ("swabbed" if swabbed else "")
        outcomes[code] = outcomes.get(code, 0) + n
        found[pk] = (name, tasks + n, done + (n if swabbed else 0), outcomes)
    return [Worker(pk, *rest) for pk, rest in found.items()]


def open_tasks(of: Round, *, area: str, worker: int) -> list[int]:
    """The keys of a worker's visits in an area that were not made yet."""
    return [row[0] for row in _ask(_OPEN, of, area, worker=worker)]


def visits(of: Round, area: str, *, worker: int | None = None, most: int = 1000) -> list[Visit]:
    """The people of an area whom somebody is sent to, grid by grid, households together, with the last visit."""
    return [Visit(*row) for row in _ask(_VISITS, of, area, worker=worker, most=most)]


def of_people(of: Round, people: list[int]) -> dict[int, tuple[str, str]]:
    """Person's id → (worker, last outcome), for those somebody is sent to."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_PEOPLE, {"round": of.pk, "people": people})
        return {pk: (worker, outcome) for pk, worker, outcome in cursor.fetchall()}


def fit(area: str, *, at: datetime) -> list[str]:
    """The accounts that may knock on doors in an area now, by name."""
    grants = Grant.objects.filter(
        role__in=act("door.visit").roles, valid_from__lte=at, valid_until__gt=at, user__is_active=True
    )
    rows = grants.values_list("user__username", "team__area_code").order_by("user__username")
    return list(dict.fromkeys(name for name, team_area in rows if covers(team_area, area)))


def _ask(sql: str, of: Round, area: str, **more: Any) -> list[tuple]:
    stem = stem_of(area)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"round": of.pk, "low": stem, "high": stem + ":", **more})  # ":" comes after "9"
        return cursor.fetchall()
