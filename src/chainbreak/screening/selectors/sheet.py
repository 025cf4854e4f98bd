"""Who stands on one sheet of a round's roll (纸质名单人员): those due in an area, by number, part by part."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from chainbreak.registry.selectors.area import stem_of

from ..models import Round

_PEOPLE = """
SELECT p.id, p.number FROM screening_rollentry l JOIN registry_person p ON p.id = l.person_id
WHERE l.round_id = %s AND l.exclusion IS NULL AND p.area_code LIKE %s AND p.number > %s ORDER BY p.number LIMIT %s
"""


@dataclass(frozen=True)
class Sheet:
    """The people of one sheet, (id, number), and the number after which the next sheet begins (empty: the last)."""

    people: list[tuple[int, str]]
    after: str


def sheet(of: Round, *, area: str, after: str = "", most: int) -> Sheet:
    """The next `most` people of a round who live in an area and are due.

    Args:
        area: an area's code; its zeros at the end mean the whole of it.
        after: the last number of the sheet before.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [of.pk, stem_of(area).replace("%", "") + "%", after, most + 1])
        found = cursor.fetchall()
    return Sheet(found[:most], found[most - 1][1] if len(found) > most else "")
