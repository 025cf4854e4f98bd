"""Teams and people (专班和人员): who has which role where, until when; roles are given and ended here."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import access
from chainbreak.governance.selectors import team as people
from chainbreak.governance.services import access as questions
from chainbreak.governance.services import accounts, grant
from chainbreak.registry.selectors import area as areas

from .door import Asked, page
from .words import words_for


@require_GET
@page("team.read")
def teams(request: Asked) -> HttpResponse:
    """Teams with their members; accounts without a role."""
    return _shown(request)


@require_POST
@page("grant.give")
def give(request: Asked) -> HttpResponse:
    """Give somebody a role in a team; what was typed stays when it is refused."""
    now = timezone.now()
    try:
        grant.give(
            request.POST.get("account", "").strip(),
            team_id=_number(request.POST.get("team", "")),
            role=request.POST.get("role", ""),
            valid_from=now,
            valid_until=_end_of(request.POST.get("until", "")),
            actor=request.user,
            at=now,
        )
    except Refused as refused:
        return _shown(request, refused, status=409)
    messages.success(request, _("The role was given."))
    return redirect("teams")


@require_POST
@page("grant.end")
def end(request: Asked, grant_id: int) -> HttpResponse:
    """End a role now."""
    grant.end(grant_id, actor=request.user, at=timezone.now())
    messages.success(request, _("The role has ended."))
    return redirect("teams")


@require_POST
@page("account.make")
def make(request: Asked) -> HttpResponse:
    """A new account; its first password is shown once."""
    now = timezone.now()
    username = request.POST.get("username", "").strip()
    name = request.POST.get("name", "").strip()[:80]
    try:
        _user, password = accounts.make(username, display_name=name, actor=request.user, at=now)
    except Refused as refused:
        return _shown(request, refused, status=409)
    return render(request, "web/account_password.html", {"username": username, "password": password})


@require_POST
@page("account.reset")
def reset(request: Asked) -> HttpResponse:
    """A new password for an account, shown once; its lock is lifted and its second factors are off."""
    username = request.POST.get("username", "").strip()
    try:
        password = accounts.reset(username, actor=request.user, at=timezone.now())
    except Refused as refused:
        return _shown(request, refused, status=409)
    return render(request, "web/account_password.html", {"username": username, "password": password})


def _shown(request: Asked, refused: Refused | None = None, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    questions.require(request.user, "team.read", at=now)
    standing = access.standing_of(request.user, at=now)
    found = people.teams_with_members(at=now, english=(get_language() or "").startswith("en"))
    context = {
        "teams": found,
        "area_names": areas.names(one.team.area_code for one in found),
        "idle": people.without_role(at=now),
        "roles": people.ROLES,
        "refusal": words_for(refused) if refused else None,
        "typed": request.POST,
        "may_give": standing.may("grant.give"),
        "may_end": standing.may("grant.end"),
        "may_make": standing.may("account.make"),
        "default_until": (timezone.localdate(now) + timedelta(days=90)).isoformat(),
    }
    return render(request, "web/teams.html", context, status=status)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _end_of(text: str) -> datetime:
    """The end of a day."""
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None:
        raise Refused("bad_day", value=text, example="2022-06-30")
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_current_timezone())


urlpatterns = [
    path("teams/", teams, name="teams"),
    path("teams/give/", give, name="grant_give"),
    path("teams/end/<int:grant_id>/", end, name="grant_end"),
    path("teams/account/", make, name="account_make"),
    path("teams/reset/", reset, name="account_reset"),
]
