"""One round counted (轮次统计): persons, tubes, last swab, last result, what is missing and who is held (E3 16, 19).

A tube is settled when its verified result is negative, or when it is an individual tube with a verified positive,
or when every member has a verified result of his or her own re-test. Until then its members are held: a test taken
for another purpose releases nobody, and one that is positive counts whatever it was taken for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from chainbreak.screening.models import Round

from .screened import remembered

_KNOWN = "({0}.superseded_at IS NULL)"
_KNOWN_THEN = "({0}.recorded_at <= %(as_known)s AND ({0}.superseded_at IS NULL OR {0}.superseded_at > %(as_known)s))"

PERSONS = """
SELECT count(DISTINCT s.person_id) FROM screening_swab s
WHERE s.round_id = %(round)s AND {known_s} AND s.sampled_at < %(as_of)s
"""

BY_AREA = """
WITH member AS MATERIALIZED (
    SELECT s.tube_id, max(s.sampled_at) FILTER (WHERE s.purpose = 'mass_round') AS sampled_at, count(*) AS n
    FROM screening_swab s
    WHERE s.round_id = %(round)s AND {known_s} AND s.sampled_at < %(as_of)s
    GROUP BY s.tube_id
)
SELECT coalesce(nullif(t.area_code, ''), '?') AS area,
       coalesce(sum(m.n), 0)::bigint AS swabs,
       count(*) AS tubes,
       max(m.sampled_at) AS last_swab,
       max(r.reported_at) FILTER (WHERE r.stage <> 'preliminary' AND m.sampled_at IS NOT NULL) AS last_result,
       count(*) FILTER (WHERE r.outcome = 'negative' AND r.stage <> 'preliminary') AS negative,
       count(*) FILTER (WHERE r.id IS NULL OR r.stage = 'preliminary') AS without_result
FROM screening_tube t
LEFT JOIN member m ON m.tube_id = t.id
LEFT JOIN screening_result r ON r.tube_id = t.id AND {known_r} AND r.reported_at < %(as_of)s
WHERE t.round_id = %(round)s OR m.tube_id IS NOT NULL
GROUP BY 1 ORDER BY 1
"""

NOT_NEGATIVE = """
WITH doubtful AS (
    SELECT t.id, t.barcode, t.pool_limit, t.area_code, r.outcome, r.stage, r.reported_at
    FROM screening_tube t
    LEFT JOIN screening_result r ON r.tube_id = t.id AND {known_r} AND r.reported_at < %(as_of)s
    WHERE (t.round_id = %(round)s OR EXISTS (
            SELECT FROM screening_swab s WHERE s.tube_id = t.id AND s.round_id = %(round)s AND {known_s}))
      AND NOT (r.id IS NOT NULL AND r.outcome = 'negative' AND r.stage <> 'preliminary')
), member AS (
    SELECT d.id AS tube_id, d.barcode, d.pool_limit, d.area_code, d.outcome, d.stage, d.reported_at,
           s.person_id, s.sampled_at,
           (SELECT own_r.outcome
            FROM screening_swab own
            JOIN screening_tube own_t ON own_t.id = own.tube_id AND own_t.pool_limit = 1 AND own_t.id <> d.id
            JOIN screening_result own_r ON own_r.tube_id = own_t.id AND {known_own_r}
                 AND own_r.reported_at < %(as_of)s AND own_r.stage <> 'preliminary'
                 AND own_r.outcome IN ('negative', 'positive')
            WHERE own.person_id = s.person_id AND {known_own} AND own.sampled_at > s.sampled_at
                  AND (own.purpose = 'retest' OR own_r.outcome = 'positive')
            ORDER BY own.sampled_at DESC LIMIT 1) AS own_outcome
    FROM doubtful d
    LEFT JOIN screening_swab s ON s.tube_id = d.id AND {known_s} AND s.sampled_at < %(as_of)s
)
SELECT m.tube_id, m.barcode, m.area_code, m.outcome, m.stage, m.reported_at, m.person_id, p.number, m.sampled_at,
       CASE WHEN m.own_outcome IS NOT NULL THEN m.own_outcome
            WHEN m.pool_limit = 1 AND m.outcome = 'positive' AND m.stage <> 'preliminary' THEN 'positive'
            ELSE 'held' END AS standing
FROM member m LEFT JOIN registry_person p ON p.id = m.person_id
ORDER BY m.barcode, m.person_id
LIMIT 20001
"""


@dataclass(frozen=True)
class AreaTally:
    """One jurisdiction's part of a round."""

    area: str
    swabs: int
    tubes: int
    last_swab: datetime | None
    last_result: datetime | None
    negative: int
    without_result: int


@dataclass(frozen=True)
class Member:
    """One person in a tube that is not negative: `standing` is held, negative or positive."""

    tube: str
    area: str
    outcome: str | None
    stage: str | None
    reported_at: datetime | None
    person: str | None
    sampled_at: datetime | None
    standing: str


@dataclass(frozen=True)
class Tally:
    """A round as of an instant."""

    areas: tuple[AreaTally, ...]
    doubtful: tuple[Member, ...]

    @property
    def tubes(self) -> int:
        return sum(area.tubes for area in self.areas)

    @property
    def without_result(self) -> int:
        return sum(area.without_result for area in self.areas)

    @property
    def last_swab(self) -> datetime | None:
        return max((area.last_swab for area in self.areas if area.last_swab), default=None)

    @property
    def last_result(self) -> datetime | None:
        return max((area.last_result for area in self.areas if area.last_result), default=None)

    @property
    def held(self) -> int:
        """Persons whose tube is not settled."""
        return len({member.person for member in self.doubtful if member.standing == "held" and member.person})

    @property
    def positive(self) -> int:
        """Persons with an individual positive result."""
        return len({member.person for member in self.doubtful if member.standing == "positive" and member.person})

    @property
    def unsettled(self) -> int:
        """Tubes that are not settled."""
        return len({member.tube for member in self.doubtful if member.standing == "held"})


def persons(round_: Round, as_of: datetime, as_known: datetime | None) -> int:
    """Distinct persons with a swab in the round."""
    return _ask(PERSONS, round_, as_of, as_known)[0][0]


def tally(round_: Round, as_of: datetime, as_known: datetime | None) -> Tally:
    """The round by jurisdiction, and every tube that is not negative with its members."""
    areas = tuple(AreaTally(*row) for row in _ask(BY_AREA, round_, as_of, as_known))
    if sum(area.tubes - area.negative for area in areas) == 0:
        return Tally(areas, ())
    rows = _ask(NOT_NEGATIVE, round_, as_of, as_known)
    return Tally(areas, tuple(Member(*row[1:6], *row[7:10]) for row in rows))


def text(sql: str, as_known: datetime | None = None) -> str:
    """The question in SQL, as of now or as of a state of knowledge."""
    pattern = _KNOWN if as_known is None else _KNOWN_THEN
    aliases = ("s", "r", "own", "own_r")
    return sql.format(**{f"known_{alias}": pattern.format(alias) for alias in aliases})


def _ask(sql: str, round_: Round, as_of: datetime, as_known: datetime | None) -> list[tuple]:
    def ask() -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(text(sql, as_known), {"round": round_.pk, "as_of": as_of, "as_known": as_known})
            return cursor.fetchall()

    return remembered(sql, (round_.pk, as_of, as_known), ask)
