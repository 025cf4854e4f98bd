"""Accounts (账号) by number, for work that is done later in somebody's name."""

from __future__ import annotations

from ..models import User


def by_id(number: int) -> User:
    """The account of that number."""
    return User.objects.get(pk=number)


def summary(user: User, *, at: datetime) -> dict[str, object]:
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
