"""Roles given and ended (授权): by an administrator, with an end, on record (P-12)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from ..models import Grant, Role, Team, User
from ..refusal import Refused
from . import access, audit

MOST = timedelta(days=366)


def give(
    username: str, *, team_id: int, role: str, valid_from: datetime, valid_until: datetime, actor: User, at: datetime
) -> Grant:
    """Give somebody a role in a team, from when until when.

    Raises:
        Refused("not_permitted"): only administrators of the team's area give roles.
        Refused("not_oneself"): nobody gives a role to themselves.
        Refused("grant_without_end"), Refused("grant_too_long"): the end is missing, too early or too late.
        Refused("unknown_account"), Refused("account_closed"), Refused("unknown_team"), Refused("unknown_role").
    """
    access.require(actor, "grant.give", at=at)
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Refused("unknown_account", username=username)
    if not user.is_active:
        raise Refused("account_closed", username=username)
    if user.pk == actor.pk:
        raise Refused("not_oneself")
    if role not in Role.values:
        raise Refused("unknown_role", role=role, known=", ".join(Role.values))
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise Refused("unknown_team", team=team_id)
    _check_period(valid_from, valid_until, at=at)
    with transaction.atomic():
        grant = Grant.objects.create(
            user=user, team=team, role=role, valid_from=valid_from, valid_until=valid_until, granted_by=actor
        )
        detail = {"team": team.pk, "role": role, "valid_until": valid_until.isoformat()}
        audit.record("grant.given", subject=f"account:{user.username}", actor=actor, at=at, detail=detail)
    return grant


def end(grant_id: int, *, actor: User, at: datetime) -> None:
    """End a role now.

    Raises:
        Refused("not_permitted"), Refused("unknown_grant"), Refused("grant_over").
    """
    access.require(actor, "grant.end", at=at)
    with transaction.atomic():
        grant = Grant.objects.select_for_update().select_related("user").filter(pk=grant_id).first()
        if grant is None:
            raise Refused("unknown_grant")
        if grant.valid_until <= at:
            raise Refused("grant_over")
        before = grant.valid_until
        grant.valid_until = max(at, grant.valid_from + timedelta(microseconds=1))
        grant.save(update_fields=["valid_until"])
        detail = {"team": grant.team_id, "role": grant.role, "was_until": before.isoformat()}
        audit.record("grant.ended", subject=f"account:{grant.user.username}", actor=actor, at=at, detail=detail)


def _check_period(valid_from: datetime, valid_until: datetime, *, at: datetime) -> None:
    if valid_until <= max(valid_from, at):
        raise Refused("grant_without_end")
    if valid_until - valid_from > MOST:
        raise Refused("grant_too_long", most=MOST.days)
