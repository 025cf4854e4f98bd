"""Who may do what, where and when (权限): answers only, nothing is refused here.

`may(user, act, area_code=..., at=...)` for one question; `standing_of(user, at=...)` for many with one query.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from ..acts import ACTS, act
from ..models import Grant, Role, Team, User

UNKNOWN_AREA = "?"
CITY_DIGITS = 4

__all__ = ["ACTS", "UNKNOWN_AREA", "Standing", "covers", "may", "prefix_of", "standing_of", "who_may"]


def prefix_of(area_code: str) -> str:
    """What every code inside an area begins with: 411100 → 4111, 000000 and an empty code → everything."""
    stem = area_code.strip().rstrip("0")
    return stem + "0" * (len(stem) % 2)


def covers(team_area: str, area_code: str) -> bool:
    """Whether a team of one area answers for another; where the area is unknown, teams of a city and above do."""
    prefix = prefix_of(team_area)
    if not area_code.isdigit():
        return len(prefix) <= CITY_DIGITS
    return area_code.startswith(prefix)


@dataclass(frozen=True)
class Standing:
    """The roles of one person at one instant: (role, area of the team, purpose, team)."""

    grants: tuple[tuple[str, str, str, int], ...]

    def may(self, code: str, area_code: str = "") -> bool:
        """Whether one of the roles allows the act there; without an area: anywhere at all."""
        return self.allowing(code, area_code) is not None

    def allowing(self, code: str, area_code: str = "") -> tuple[str, str, str, int] | None:
        """The grant that allows an act; one that needs the name for it comes first."""
        wanted = act(code)
        found = [
            grant
            for grant in self.grants
            if grant[0] in wanted.roles and (not wanted.area or not area_code or covers(grant[1], area_code))
        ]
        return min(found, key=lambda grant: grant[0] not in wanted.names, default=None)

    def acts(self) -> frozenset[str]:
        """Every act that is allowed somewhere: for menus."""
        return frozenset(code for code in ACTS if self.may(code))

    def areas(self, code: str) -> tuple[str, ...]:
        """The prefixes of the areas in which the act is allowed; an empty prefix is everywhere."""
        return tuple(sorted({prefix_of(area) for role, area, _, _ in self.grants if role in act(code).roles}))

    def within(self, rows: QuerySet, code: str, field: str) -> QuerySet:
        """Only the rows whose area (in `field`) the act covers; rows without a known area go to city teams."""
        wanted, prefixes = Q(pk__in=[]), self.areas(code)
        if "" in prefixes:
            return rows
        for prefix in prefixes:
            wanted |= Q(**{f"{field}__startswith": prefix})
        if any(len(prefix) <= CITY_DIGITS for prefix in prefixes):
            wanted |= Q(**{field: ""})
        return rows.filter(wanted)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(role for role, *_ in self.grants)

    @property
    def purposes(self) -> frozenset[str]:
        return frozenset(purpose for _, _, purpose, _ in self.grants)


def standing_of(user: User | AnonymousUser | None, *, at: datetime) -> Standing:
    """The grants of an account that hold at an instant; none for a closed account. One query.

    A page asks once: its door leaves the answer on the account it got with the request (`standing_now`).
    """
    if user is None or not user.is_authenticated or not user.is_active:
        return Standing(())
    if (asked := getattr(user, "standing_now", None)) is not None:
        return asked
    rows = Grant.objects.filter(user=user, valid_from__lte=at, valid_until__gt=at).order_by("pk")
    return Standing(tuple(rows.values_list("role", "team__area_code", "team__purpose", "team_id")))


def may(user: User | AnonymousUser | None, code: str, *, area_code: str = "", at: datetime) -> bool:
    """Whether somebody may do something in an area now.

    Raises:
        ValueError: there is no such act.
    """
    return standing_of(user, at=at).may(code, area_code)


def who_may(code: str) -> list[str]:
    """The roles that may do something, in the order of the table of roles."""
    return [role.value for role in Role if role in act(code).roles]


def teams(*, at: datetime) -> QuerySet[Team]:
    """All teams, by area and task force."""
    return Team.objects.order_by("area_code", "task_force", "pk")
