"""The audit (审计日志): every look and every change, newest first; and the check of its chain."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import audit as entries
from chainbreak.governance.services import audit as chain

from .door import Asked, page
from .listing import Page

SIZE = 50


@require_GET
@page("audit.read")
def audit(request: Asked) -> HttpResponse:
    """The entries that fit the filters in the address, by key."""
    return render(request, "web/audit.html", _shown(request))


@require_POST
@page("audit.verify")
def verify(request: Asked) -> HttpResponse:
    """Compute every hash again, against the head that was kept elsewhere if one is given."""
    head = request.POST.get("head", "").strip().lower()
    chain.check_head(head)
    verdict = chain.verify(expected_head=head or None)
    chain.note_verification(verdict, actor=request.user, at=timezone.now())
    return render(request, "web/audit_verdict.html", {"verdict": verdict, "head": head})


def _shown(request: Asked) -> dict[str, object]:
    now = timezone.now()
    wanted = entries.Wanted(
        actor=request.GET.get("actor", "").strip(),
        act=request.GET.get("act", "").strip(),
        subject=request.GET.get("subject", "").strip(),
        since=_day(request, "since", timedelta()),
        until=_day(request, "until", timedelta(days=1)),
    )
    after = request.GET.get("after", "")
    if after and not (after.isdecimal() and len(after) < 19):
        raise Refused("bad_filter", name="after", value=after)
    rows = list(entries.entries(wanted, before=int(after) if after else None)[: SIZE + 1])
    following = str(rows[SIZE - 1].pk) if len(rows) > SIZE else ""
    return {
        "wanted": wanted,
        "since": request.GET.get("since", ""),
        "until": request.GET.get("until", ""),
        "page": Page(rows[:SIZE], following, not after, len(rows[:SIZE]), not following and not after),
        "acts": entries.acts(),
        "standing_out": entries.standing_out(at=now),
        "many": entries.MANY_A_DAY,
        "turned_away": entries.turned_away(at=now),
    }


def _day(request: Asked, name: str, later: timedelta) -> datetime | None:
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Refused("bad_day", value=text, example="2022-03-28")
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone()) + later


urlpatterns = [path("audit/", audit, name="audit"), path("audit/verify/", verify, name="audit_verify")]
