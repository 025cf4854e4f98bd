"""Questions about accounts: their roles, their acts on record, whom to ask (账号)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ..models import AuditEntry, Grant, Role, User


def by_id(number: int) -> User:
    """The account of that number, for work that is done later in somebody's name."""
    return User.objects.get(pk=number)


def grants_of(user: User, *, at: datetime, language: str | None = None) -> list[Grant]:
    """The roles that hold, with the team's name in a language, by their end."""
    grants = list(
        Grant.objects.filter(user=user, valid_from__lte=at, valid_until__gt=at)
        .select_related("team")
        .order_by("valid_until", "pk")
    )
    for grant in grants:
        english = (language or "").startswith("en")
        grant.team_name = grant.team.name_en if english else grant.team.name_zh  # type: ignore[attr-defined]
    return grants


def acts_of(user: User, *, most: int) -> QuerySet[AuditEntry]:
    """The newest acts of an account."""
    return AuditEntry.objects.filter(actor=user).order_by("-id")[:most]


def administrators(*, at: datetime) -> list[str]:
    """The names of those who administer accounts now."""
    grants = Grant.objects.filter(role=Role.ADMINISTRATOR, valid_from__lte=at, valid_until__gt=at, user__is_active=True)
    return sorted({str(grant.user) for grant in grants.select_related("user")})


def people(*, at: datetime) -> QuerySet[User]:
    """All accounts with their roles, by name."""
    return User.objects.order_by("username").prefetch_related("grants__team")


def summary(user: User, *, at: datetime) -> dict[str, Any]:
    """An account with the roles that hold, in plain values."""
    grants = [grant for grant in user.grants.all() if grant.valid_from <= at < grant.valid_until]
    return {
        "account": user.username,
        "name": user.display_name,
        "active": user.is_active,
        "grants": [
            {"role": grant.role, "area": grant.team.area_code, "until": grant.valid_until.isoformat()}
            for grant in grants
        ],
    }
