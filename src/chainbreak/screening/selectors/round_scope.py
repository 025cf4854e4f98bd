"""The people a round is for (轮次范围): the areas it takes in, those it leaves out, and who lives there by area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Max

from chainbreak.governance.models import ImportRun
from chainbreak.registry.models import Person
from chainbreak.registry.selectors.area import stem_of

from ..models import Round, RoundPlan

# %(stems)s and %(without)s are arrays of patterns; an empty array of exceptions leaves nobody out
WITHIN = "p.area_code LIKE ANY(%(stems)s) AND NOT (p.area_code LIKE ANY(%(without)s))"
_BY_AREA = f"""
SELECT left(p.area_code, %(digits)s), count(*),
    count(*) FILTER (WHERE a.reason = 'in_quarantine'), count(*) FILTER (WHERE a.reason = 'hospital'),
    count(*) FILTER (WHERE a.reason IS NULL AND p.away)
FROM registry_person p LEFT JOIN unnest(%(people)s::bigint[], %(reasons)s::text[]) a(person_id, reason) ON a.person_id = p.id
WHERE {WITHIN} GROUP BY 1 ORDER BY 1
"""


MOST_KEPT = 60
_kept: dict[tuple, list[AreaPeople]] = {}  # of this process; asked for by what it rests on


@dataclass(frozen=True)
class AreaPeople:
    """Who of the register lives in an area, and how many of them a round would not ask, by reason."""

    area: str
    residents: int
    excluded: dict[str, int] = field(default_factory=dict)

    @property
    def due(self) -> int:
        return self.residents - sum(self.excluded.values())


def patterns(area_code: str, scope: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The areas of a scope as patterns of codes: the whole area, or the areas named, less those left out."""
    taken = list(scope.get("areas") or [area_code])
    return {
        "stems": [stem_of(code) + "%" for code in taken],
        "without": [stem_of(code) + "%" for code in scope.get("without") or ()],
    }


def of(round_: Round) -> dict[str, list[str]]:
    """The patterns of a round's scope as it was planned; the whole of its area where it was not."""
    kept = RoundPlan.objects.filter(round=round_).values_list("scope", flat=True).first()
    return patterns(round_.area_code, kept or {})


def digits_under(area_code: str) -> int:
    """How many digits the parts of an area have: counties of a city, townships of a county, communities of a township."""
    n = len(stem_of(area_code))
    return 6 if n < 6 else 9 if n < 9 else 12


def people(area_code: str, scope: Mapping[str, Sequence[str]], *, apart: Iterable[tuple[int, str]]) -> list[AreaPeople]:
    """Residents of a scope by its parts, and who of them is excluded; one pass over the register, once for its state.

    Args:
        apart: (person, in_quarantine | hospital) as of the beginning of the round.
    """
    alone = dict(apart)
    key = (connection.settings_dict["NAME"], area_code, repr(scope), hash(frozenset(alone.items())), _register())
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = _count(area_code, scope, alone)
    return _kept[key]


def _register() -> tuple[Any, ...]:
    """What changes when the register does: imports bring people, interviews a few."""
    runs = ImportRun.objects.aggregate(a=Max("pk"), b=Max("finished_at"), c=Max("undone_at"))
    return (*runs.values(), Person.objects.aggregate(n=Max("pk"))["n"])


def _count(area_code: str, scope: Mapping[str, Sequence[str]], alone: dict[int, str]) -> list[AreaPeople]:
    values: dict[str, Any] = {**patterns(area_code, scope), "digits": digits_under(area_code)}
    values |= {"people": list(alone), "reasons": list(alone.values())}
    with connection.cursor() as cursor:
        cursor.execute(_BY_AREA, values)
        rows = cursor.fetchall()
    names = ("in_quarantine", "hospital", "away")
    return [AreaPeople(row[0], row[1], dict(zip(names, row[2:], strict=True))) for row in rows]
