"""The question at every door (把关): may this be done? A "no" names who may."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from ..acts import act as act_of
from ..models import User
from ..refusal import Refused
from ..selectors import access


def require(user: User | AnonymousUser | None, act: str, *, area_code: str = "", at: datetime) -> access.Standing:
    """The actor's standing, if it allows the act in the area.

    Raises:
        Refused("not_permitted"): facts `act`, `who` (roles that may), `deed` in words.
        ValueError: there is no such act.
    """
    standing = access.standing_of(user, at=at)
    if not standing.may(act, area_code):
        raise not_permitted(act)
    return standing


def not_permitted(act: str) -> Refused:
    """The refusal of an act, with the roles that may do it."""
    who = access.who_may(act)
    return Refused("not_permitted", act=act, who=who, deed=act_of(act).words)


def require_second(first: User, second: User, act: str, *, area_code: str = "", at: datetime) -> None:
    """The second of two people from different units (P-04): may do the act, is another person, of another team.

    Raises:
        Refused("not_permitted"), Refused("same_person"), Refused("same_unit").
    """
    standing = require(second, act, area_code=area_code, at=at)
    if first.pk == second.pk:
        raise Refused("same_person", deed=act_of(act).words)
    others = {team for *_, team in access.standing_of(first, at=at).grants}
    if {team for *_, team in standing.grants} <= others:
        raise Refused("same_unit", deed=act_of(act).words)
