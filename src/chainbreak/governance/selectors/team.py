"""Teams and their people (专班和人员)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from ..models import Grant, Role, Team, User

ROLES = Role.choices


@dataclass(frozen=True)
class Members:
    """A team with the roles that hold in it."""

    team: Team
    name: str
    grants: list[Grant]


def teams_with_members(*, at: datetime, english: bool) -> list[Members]:
    """All teams by area and task force, each with who is in it at an instant. Two queries."""
    grants: dict[int, list[Grant]] = {}
    holding = Grant.objects.filter(valid_from__lte=at, valid_until__gt=at, user__is_active=True)
    for grant in holding.select_related("user").order_by("role", "user__username"):
        grants.setdefault(grant.team_id, []).append(grant)
    return [
        Members(team, team.name_en if english else team.name_zh, grants.get(team.pk, []))
        for team in Team.objects.order_by("area_code", "task_force", "pk")
    ]


def without_role(*, at: datetime) -> QuerySet[User]:
    """Accounts that are open and may do nothing."""
    holding = Grant.objects.filter(user=OuterRef("pk"), valid_from__lte=at, valid_until__gt=at)
    return User.objects.filter(~Exists(holding), is_active=True).order_by("username")
