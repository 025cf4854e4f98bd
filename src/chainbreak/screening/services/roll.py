"""The roll of a round (应检名单), drawn up from the register in sets: who is due, who is excluded and why.

A roll is drawn up when its round is announced, follows the register and the measures until the round is reconciled,
and stays as it is from then on. Whoever is put on it or taken off by hand, with a reason, stays so (`move`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit
from chainbreak.registry.models import Person

from ..models import RollEntry, RollMove, RollState, Round, RoundEvent, RoundState
from ..selectors import round_scope
from ..selectors.round_scope import WITHIN

ACT = "roll.move"
SETTLED = (RoundState.RECONCILED, RoundState.PUBLISHED)
_OWN = "coalesce(a.reason, CASE WHEN p.away THEN 'away' END)"
_RESIDENTS = f"FROM registry_person p LEFT JOIN chainbreak_apart a ON a.person_id = p.id WHERE {WITHIN}"
_BY_HAND = """ NOT EXISTS (SELECT FROM (SELECT way FROM screening_rollmove m WHERE m.round_id = %(round)s AND m.person_id = {0}
    ORDER BY m.id DESC LIMIT 1) newest WHERE newest.way IN {1})"""
_NOT_TAKEN_OFF = " AND" + _BY_HAND.format("p.id", "('off')")
_ADD = f"""
INSERT INTO screening_rollentry (round_id, person_id, area_code, exclusion)
SELECT %(round)s, p.id, left(p.area_code, 6), {_OWN} {_RESIDENTS}{_NOT_TAKEN_OFF}
"""
_NOT_YET = " AND NOT EXISTS (SELECT FROM screening_rollentry r WHERE r.round_id = %(round)s AND r.person_id = p.id)"
_REMOVE = f"""
DELETE FROM screening_rollentry r WHERE r.round_id = %(round)s
  AND NOT EXISTS (SELECT FROM registry_person p WHERE p.id = r.person_id AND {WITHIN})
  AND {_BY_HAND.format("r.person_id", "('on', 'due', 'excluded')")}
"""
_CHANGE = f"""
UPDATE screening_rollentry r SET exclusion = n.exclusion, area_code = n.area_code
FROM (SELECT p.id, left(p.area_code, 6) AS area_code, {_OWN} AS exclusion {_RESIDENTS}) n
WHERE r.round_id = %(round)s AND r.person_id = n.id AND r.exclusion IS DISTINCT FROM 'medical'
  AND {_BY_HAND.format("r.person_id", "('on', 'due', 'excluded')")}
  AND (r.exclusion, r.area_code) IS DISTINCT FROM (n.exclusion, n.area_code)
"""


def residents(of: Round) -> int:
    """How many people of the register live in the scope of a round."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM registry_person p WHERE {WITHIN}", round_scope.of(of))
        return cursor.fetchone()[0]


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
    values: dict[str, Any] = {"round": of.pk, **round_scope.of(of)}
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


def draw_up_asked(of: Round, *, apart: Iterable[tuple[int, str]], at: datetime) -> int:
    """Draw up the roll that an announcement asked for; how many entries there are stands in `RollState`."""
    changed = draw_up(of, apart=apart)
    RollState.objects.update_or_create(round=of, defaults={"drawn_at": at, "changed": changed}, create_defaults={
        "asked_at": at, "drawn_at": at, "changed": changed})  # fmt: skip
    return changed


def move(of: Round, number: str, way: str, reason: str, *, actor: User, at: datetime) -> RollMove:
    """Put one person on a roll by hand, take one off, exclude one for a medical reason, or make one due again (名单增减).

    Raises:
        Refused("unknown_person"), Refused("not_permitted"): nobody has this number; not one of the actor's area.
        Refused("basis_missing"): a reason is wanted.
        Refused("bad_filter"): no such way.
        Refused("roll_settled"): the round is reconciled, or not announced yet; its roll does not move.
        Refused("nothing_changes"): the roll says so already.
    """
    if way not in RollMove.Way.values:
        raise Refused("bad_filter", name="way", value=way[:20])
    if not reason.strip():
        raise Refused("basis_missing")
    person = Person.objects.filter(number=number.strip()).first() if "\0" not in number else None
    if person is None:
        raise Refused("unknown_person", number=number[:40])
    access.require(actor, ACT, area_code=person.area_code, at=at)
    with transaction.atomic():
        Round.objects.select_for_update().get(pk=of.pk)
        states = set(RoundEvent.objects.known_at(None).filter(round=of).values_list("state", flat=True))
        if RoundState.ANNOUNCED not in states or states & set(SETTLED):
            raise Refused("roll_settled", round=str(of))
        entry = RollEntry.objects.filter(round=of, person=person).first()
        wanted = None if way == RollMove.Way.OFF else ("medical" if way == RollMove.Way.EXCLUDED else "due")
        if wanted == (None if entry is None else entry.exclusion or "due"):
            raise Refused("nothing_changes")
        if wanted is None:
            RollEntry.objects.filter(round=of, person=person).delete()
        else:
            RollEntry.objects.update_or_create(
                round=of, person=person,
                defaults={"exclusion": None if wanted == "due" else wanted, "area_code": person.area_code[:6] or of.area_code},
            )  # fmt: skip
        made = RollMove.objects.create(round=of, person=person, way=way, reason=reason.strip()[:200], at=at, by=actor)
        audit.record(
            "roll.moved", subject=f"person:{person.number}", actor=actor, at=at, detail={"round": str(of), "way": way}
        )
    return made
