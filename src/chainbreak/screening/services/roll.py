"""The roll of a round (应检名单), drawn up from the register in sets: who is due, who is excluded and why.

A roll is drawn up when its round is announced, follows the register and the measures until the round is reconciled,
and stays as it is from then on.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from chainbreak.registry.models import Person
from chainbreak.registry.selectors.area import stem_of

from ..models import RollEntry, Round, RoundEvent, RoundState

SETTLED = (RoundState.RECONCILED, RoundState.PUBLISHED)
_OWN = "coalesce(a.reason, CASE WHEN p.away THEN 'away' END)"
_RESIDENTS = "FROM registry_person p LEFT JOIN chainbreak_apart a ON a.person_id = p.id WHERE p.area_code LIKE %(stem)s"
_ADD = f"""
INSERT INTO screening_rollentry (round_id, person_id, area_code, exclusion)
SELECT %(round)s, p.id, left(p.area_code, 6), {_OWN} {_RESIDENTS}
"""
_NOT_YET = " AND NOT EXISTS (SELECT FROM screening_rollentry r WHERE r.round_id = %(round)s AND r.person_id = p.id)"
_REMOVE = """
DELETE FROM screening_rollentry r WHERE r.round_id = %(round)s
  AND NOT EXISTS (SELECT FROM registry_person p WHERE p.id = r.person_id AND p.area_code LIKE %(stem)s)
"""
_CHANGE = f"""
UPDATE screening_rollentry r SET exclusion = n.exclusion, area_code = n.area_code
FROM (SELECT p.id, left(p.area_code, 6) AS area_code, {_OWN} AS exclusion {_RESIDENTS}) n
WHERE r.round_id = %(round)s AND r.person_id = n.id AND r.exclusion IS DISTINCT FROM 'medical'
  AND (r.exclusion, r.area_code) IS DISTINCT FROM (n.exclusion, n.area_code)
"""


def residents(of: Round) -> int:
    """How many people of the register live in the area of a round."""
    return Person.objects.filter(area_code__startswith=stem_of(of.area_code)).count()


def to_draw_up() -> QuerySet[Round]:
    """The rounds whose roll is to be drawn up, or to be brought up to date: announced, and not settled with a roll."""
    steps = RoundEvent.objects.known_at(None).filter(round=OuterRef("pk"))
    settled = Exists(steps.filter(state__in=SETTLED)) & Exists(RollEntry.objects.filter(round=OuterRef("pk")))
    return Round.objects.filter(Exists(steps.filter(state=RoundState.ANNOUNCED)) & ~settled).order_by("pk")


def draw_up(of: Round, *, apart: Iterable[tuple[int, str]]) -> int:
    """Bring a roll up to the register; gives how many entries were added, changed or removed.

    Args:
        apart: (person, exclusion) of those who are in quarantine or in hospital when the round begins; an exclusion
            for a medical reason was given by people and stays.
    """
    values: dict[str, int | str] = {"round": of.pk, "stem": stem_of(of.area_code) + "%"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE chainbreak_apart (person_id bigint PRIMARY KEY, reason text) ON COMMIT DROP")
        with cursor.copy("COPY chainbreak_apart FROM STDIN") as copy:
            for row in dict(apart).items():
                copy.write_row(row)
        cursor.execute("ANALYZE chainbreak_apart")
        if RollEntry.objects.filter(round=of).exists():
            changed = 0
            for statement in (_REMOVE, _CHANGE, _ADD + _NOT_YET):
                cursor.execute(statement, values)
                changed += cursor.rowcount
        else:
            cursor.execute(_ADD, values)
            changed = cursor.rowcount
        cursor.execute("DROP TABLE chainbreak_apart")
    return changed


def drop_unannounced() -> int:
    """A round that is not announced any more, its step having been taken back, has no roll."""
    announced = RoundEvent.objects.known_at(None).filter(round=OuterRef("pk"), state=RoundState.ANNOUNCED)
    gone = Round.objects.filter(~Exists(announced), Exists(RollEntry.objects.filter(round=OuterRef("pk"))))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM screening_rollentry WHERE round_id = ANY(%s)", [list(gone.values_list("pk", flat=True))]
        )
        return cursor.rowcount
