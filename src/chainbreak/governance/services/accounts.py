"""Accounts (账号): made and reset by an administrator; the ready ones of a new installation."""

from __future__ import annotations

import os
import secrets
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from ..models import Grant, Role, TaskForce, Team, User
from ..refusal import Refused
from . import audit

# Letters and digits that nobody mistakes for others when a password is read aloud or typed on a phone.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
VALID = timedelta(days=366)

READY_TEAMS: dict[str, tuple[TaskForce, str, str]] = {
    "headquarters": (TaskForce.HEADQUARTERS, "指挥部办公室", "Headquarters"),
    "investigation": (TaskForce.INVESTIGATION, "流调溯源专班", "Investigation task force"),
    "screening": (TaskForce.SCREENING, "核酸检测专班", "Testing task force"),
    "quarantine": (TaskForce.QUARANTINE, "隔离转运专班", "Quarantine and transfer task force"),
    "community": (TaskForce.COMMUNITY, "社区防控专班", "Community task force"),
    "healthcode": (TaskForce.HEALTHCODE, "健康码专班", "Health code task force"),
    "publicity": (TaskForce.PUBLICITY, "宣传专班", "Publicity task force"),
    "oversight": (TaskForce.OVERSIGHT, "监督审计组", "Oversight"),
    "platform": (TaskForce.PLATFORM, "平台保障组", "Platform team"),
}
# username, role, team, name; two spokespersons and two of the laboratory, so that one does and the other checks.
READY_ACCOUNTS: tuple[tuple[str, Role, str, str], ...] = (
    ("commander", Role.COMMANDER, "headquarters", "指挥长"),
    ("epidemiology_lead", Role.EPIDEMIOLOGY_LEAD, "investigation", "流调负责人"),
    ("investigator", Role.INVESTIGATOR, "investigation", "流调员"),
    ("sampler", Role.SAMPLER, "screening", "采样员"),
    ("laboratory", Role.LABORATORY, "screening", "检验员"),
    ("laboratory2", Role.LABORATORY, "screening", "检验员(复核)"),
    ("facility_chief", Role.FACILITY_CHIEF, "quarantine", "隔离点点长"),
    ("transfer", Role.TRANSFER, "quarantine", "转运员"),
    ("community_worker", Role.COMMUNITY_WORKER, "community", "社区网格员"),
    ("code_officer", Role.CODE_OFFICER, "healthcode", "赋码员"),
    ("spokesperson", Role.SPOKESPERSON, "publicity", "发言人"),
    ("spokesperson2", Role.SPOKESPERSON, "publicity", "发言人(复核)"),
    ("auditor", Role.AUDITOR, "oversight", "审计员"),
    ("administrator", Role.ADMINISTRATOR, "platform", "管理员"),
)
PURPOSE = "outbreak_response"
FIRST_TEAM = {role: READY_TEAMS[team][0] for _, role, team, _ in READY_ACCOUNTS}
CITY = ("411100", "本市", "City")
ELSEWHERE = ("120000", "天津", "Tianjin")  # the second outbreak that comes along is Tianjin's of 2020
GUESTS = frozenset({"commander", "epidemiology_lead", "investigator", "spokesperson", "spokesperson2", "auditor"})


def new_password() -> str:
    """A password of 80 bits, in four groups that can be read aloud."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def make(
    username: str, *, display_name: str = "", language: str = "zh-hans", actor: User | None, at: datetime
) -> tuple[User, str]:
    """A new account and its first password; it may do nothing until it is given a role.

    Raises:
        Refused("account_exists"), Refused("bad_account_name").
    """
    if not 0 < len(username) <= 150 or not all(one.isalnum() or one in "@.+-_" for one in username):
        raise Refused("bad_account_name", username=username)
    password = new_password()
    with transaction.atomic():
        if User.objects.filter(username=username).exists():
            raise Refused("account_exists", username=username)
        user = User.objects.create_user(username, password=password, display_name=display_name, language=language)
        audit.record("account.made", subject=f"account:{username}", actor=actor, at=at)
    return user, password


def make_with_role(
    username: str, *, display_name: str, role: str, area_code: str, until: datetime, at: datetime
) -> str:
    """A new account from the command line, with a first role if one is named: how an installation begins.

    Raises:
        Refused("account_exists"), Refused("bad_account_name"), Refused("unknown_role").
    """
    if role and role not in Role.values:
        raise Refused("unknown_role", role=role, known=", ".join(Role.values))
    with transaction.atomic():
        user, password = make(username, display_name=display_name, actor=None, at=at)
        if role:
            task_force = FIRST_TEAM[Role(role)]
            words = next(
                {"name_zh": zh, "name_en": en} for force, zh, en in READY_TEAMS.values() if force == task_force
            )
            team = Team.objects.get_or_create(
                task_force=task_force, area_code=area_code, purpose=PURPOSE, defaults=words
            )[0]
            Grant.objects.create(user=user, team=team, role=role, valid_from=at, valid_until=until)
            detail = {"team": team.pk, "role": role, "valid_until": until.isoformat()}
            audit.record("grant.given", subject=f"account:{username}", actor=None, at=at, detail=detail)
    return password


def reset(username: str, *, actor: User | None, at: datetime) -> str:
    """A new password for an account; every session of it ends, second factors are taken off, locks are lifted.

    Raises:
        Refused("unknown_account").
    """
    from allauth.mfa.models import Authenticator
    from axes.utils import reset as lift_lock

    user = _account(username)
    password = new_password()
    with transaction.atomic():
        user.set_password(password)
        user.is_active = True
        user.save(update_fields=["password", "is_active"])
        taken, _ = Authenticator.objects.filter(user=user).delete()
        lift_lock(username=username)
        ended = _end_sessions(user, at=at)
        detail = {"second_factors_taken_off": taken, "sessions_ended": ended}
        audit.record("account.reset", subject=f"account:{username}", actor=actor, at=at, detail=detail)
    return password


def close(username: str, *, actor: User | None, at: datetime) -> None:
    """Close an account: it cannot sign in any more, its sessions end; what it did stays on record.

    Raises:
        Refused("unknown_account"), Refused("account_closed").
    """
    user = _account(username)
    if not user.is_active:
        raise Refused("account_closed", username=username)
    with transaction.atomic():
        user.is_active = False
        user.save(update_fields=["is_active"])
        ended = _end_sessions(user, at=at)
        detail = {"sessions_ended": ended}
        audit.record("account.closed", subject=f"account:{username}", actor=actor, at=at, detail=detail)


def ready_accounts(at: datetime, *, kept_in: Path | None = None) -> list[tuple[str, str, str]]:
    """One account a role (two spokespersons) with its teams: (role, username, password).

    An account whose password is still the one that is kept keeps it, any other gets a new one: a second run
    changes nothing, and every password that is given back works.

    Args:
        kept_in: the file of the passwords, readable by its owner only; `accounts.txt` of the installation.
    """
    path = kept_in or Path(settings.CHAINBREAK_DATA) / "accounts.txt"
    known, given = _kept(path), []
    with transaction.atomic():
        for area_code, area_zh, area_en in (CITY, ELSEWHERE):
            teams = {name: _ready_team(name, area_code, area_zh, area_en) for name in READY_TEAMS}
            for username, role, team, display_name in READY_ACCOUNTS:
                if area_code == ELSEWHERE[0] and username not in GUESTS:
                    continue
                user = User.objects.filter(username=username).first()
                if user is None:
                    user, known[username] = make(username, display_name=display_name, actor=None, at=at)
                elif not known.get(username) or not user.check_password(known[username]):
                    known[username] = reset(username, actor=None, at=at)
                _ready_grant(user, teams[team], role, at=at)
    for username, role, _, _ in READY_ACCOUNTS:
        given.append((role.value, username, known[username]))
    _keep(path, given)
    return given


def _kept(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return {words[1]: words[2] for line in path.read_text().splitlines() if len(words := line.split("\t")) == 3}


def _keep(path: Path, accounts: list[tuple[str, str, str]]) -> None:
    text = "".join("\t".join(account) + "\n" for account in accounts)
    if path.exists() and path.read_text() == text:
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".accounts-")  # mode 600
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(name, path)


def _ready_team(name: str, area_code: str, area_zh: str, area_en: str) -> Team:
    task_force, name_zh, name_en = READY_TEAMS[name]
    return Team.objects.get_or_create(
        task_force=task_force,
        area_code=area_code,
        purpose=PURPOSE,
        defaults={"name_zh": f"{area_zh}{name_zh}", "name_en": f"{area_en}: {name_en}"},
    )[0]


def _ready_grant(user: User, team: Team, role: Role, *, at: datetime) -> None:
    if Grant.objects.filter(user=user, team=team, role=role, valid_from__lte=at, valid_until__gt=at).exists():
        return
    Grant.objects.create(user=user, team=team, role=role, valid_from=at, valid_until=at + VALID)
    detail = {"team": team.pk, "role": role.value, "valid_until": (at + VALID).isoformat()}
    audit.record("grant.given", subject=f"account:{user.username}", actor=None, at=at, detail=detail)


def _account(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Refused("unknown_account", username=username)
    return user


def _end_sessions(user: User, *, at: datetime) -> int:
    mine = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=at)
        if session.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    return Session.objects.filter(pk__in=mine).delete()[0]


def speak(user: User, language: str) -> None:
    """Keep the language in which somebody reads the pages."""
    User.objects.filter(pk=user.pk).update(language=language)
