"""A round as it goes (轮次实时): projected ends by jurisdiction, stages of the tubes, laboratories; the missed; conflicts."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit
from chainbreak.measures.selectors import missed_group
from chainbreak.registry.selectors import area as areas
from chainbreak.screening.selectors import (
    doorstep,
    laboratory_live,
    live,
    missed,
    round_conflict,
    round_count,
    round_open,
    site_live,
)
from chainbreak.screening.services import conflict

from . import round_picture
from .door import Asked, page
from .doorstep import area_of

SITES = 10  # the weakest are shown
MOST_MATCHED = 20_000  # more are not matched with other registers while somebody waits for the page


@page("round.read")
def round_live(request: Asked, series: str, number: int) -> HttpResponse:
    """The board of one round: on the desk, on the wall, and the part of it that comes again by itself."""
    of, now = round_open.of(series, number), timezone.now()
    found = live.live(of, at=now)
    counted = round_count.kept(of)
    if round_count.wanted(of, counted.counted_at, at=now):
        _defer(of.pk)
    names = areas.names([of.area_code, *(area.area for area in found.areas)])
    known = {one.site.number: one for one in site_live.fresh(area=of.area_code, at=now)[0]}
    weakest = sorted((known[part.key] for part in counted.sites if part.key in known), key=_weakness)[:SITES]
    context = {
        "live": found, "round": of, "area_names": names, "stages": live.stages(found.tubes), "states": live.STATES,
        "counted": counted, "household_words": round_count.HOUSEHOLDS, "warnings": _warnings(found, names),
        "sites": [(one, next(part.sampled for part in counted.sites if part.key == one.site.number)) for one in weakest],
        "n_sites": len(counted.sites), "picture": _picture(of, found, counted), "wall": request.GET.get("wall") == "1",
        "laboratories": laboratory_live.benches(of, found.laboratories, at=found.as_of), "may_visit": request.standing.may("door.read"),
    }  # fmt: skip
    template = "web/_round_live.html" if request.headers.get("HX-Request") else "web/round_live.html"
    return render(request, template, context)


def _picture(of: Any, found: live.Live, counted: round_count.Kept) -> round_picture.Picture | None:
    ends = [area.projection.ends_at for area in found.areas if area.left]
    return round_picture.picture(
        counted.progress, start=of.start_at, deadline=of.sample_due_at, due=found.due, now=(found.as_of, found.sampled),
        ends_at=max((end for end in ends if end), default=None) if all(ends) else None,
    )  # fmt: skip


def _warnings(found: live.Live, names: dict[str, str]) -> list[str]:
    """What will not be kept at this pace, in whole sentences, the weakest first."""
    if found.state in ("planned", "announced", "reconciled", "published"):
        return []
    said = []
    for area in found.areas:
        if not area.left or not area.projection.late:
            continue
        facts = {"area": names.get(area.area, area.area), "left": intcomma(area.left)}
        if area.projection.ends_at and area.projection.slack:
            late = -area.projection.slack
            facts |= {
                "end": _clock(area.projection.ends_at, found.as_of),
                "late": f"{late // timedelta(hours=1)}:{late % timedelta(hours=1) // timedelta(minutes=1):02d}",
            }
            said.append(
                _("%(area)s will end at %(end)s, %(late)s h after the deadline: %(left)s people are left.") % facts
            )
        else:
            said.append(_("%(area)s has not moved in the last half hour: %(left)s people are left.") % facts)
    return said


def _clock(at: datetime, now: datetime) -> str:
    """A time of day; with its day where that is not today."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localtime(now).date() else f"{local:%m-%d %H:%M}"


def _weakness(one: site_live.SiteLive) -> tuple[float, float]:
    return (-(one.wait.minutes if one.wait else -1.0), one.per_hour)


def _defer(number: int) -> None:
    """Counted in the background; asked twice, counted once."""
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task("count_round", queueing_lock=f"count_round:{number}").defer(number=number)


@page("round.read")
def round_missed(request: Asked, series: str, number: int) -> HttpResponse:
    """Whom the round has missed, part by part, with what is known of the reason; who visits, sees who they are."""
    of, now = round_open.of(series, number), timezone.now()
    area = area_of(request.GET.get("area", ""), of)
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Refused("bad_filter", name="after", value=after[:40])
    named = request.standing.may("person.visit", area)
    digits = next((n for n in (6, 9, 12, 15) if n > len(area.rstrip("0") or "0") and n > len(area) - 3), 15)
    parts = missed.by_part(of, area, digits=digits)
    rows = missed.people(of, area, after=int(after)) if named else []
    if rows:
        access.require(request.user, "person.visit", area_code=area, at=now)
        audit.record(
            "missed.listed",
            subject=f"round:{of}",
            actor=request.user,
            at=now,
            detail={"area": area, "people": len(rows)},
        )
    ids = [row.person_id for row in rows]
    groups = missed_group.of_people(of, ids, at=now) if ids else {}
    sent = doorstep.of_people(of, ids) if ids else {}
    total = sum(n for _code, n in parts)
    context = {
        "round": of, "area": area, "parts": parts, "named": named, "total": total,
        "rows": [(row, groups.get(row.person_id, []), sent.get(row.person_id)) for row in rows],
        "group_words": missed_group.GROUPS, "outcomes": doorstep.OUTCOMES, "counts": _groups(of, area, total, now),
        "area_names": areas.names([area, *(code for code, _n in parts), *(row.area_code for row in rows)]),
        "after": rows[-1].person_id if len(rows) == 100 else "", "may_doors": request.standing.may("door.read"),
    }  # fmt: skip
    return render(request, "web/round_missed.html", context)


def _groups(of: Any, area: str, total: int, now: datetime) -> list[tuple[object, int]]:
    """The easily missed groups of an area that is small enough to be matched at once."""
    if not 0 < total <= MOST_MATCHED:
        return []
    found = missed_group.counts(of, area, at=now)
    return [(words, found[code]) for code, words in missed_group.GROUPS.items()]


@page("round.read")
def round_conflicts(request: Asked, series: str, number: int) -> HttpResponse:
    of = round_open.of(series, number)
    context = {
        "round": of, "rows": round_conflict.waiting(of), "may_decide": request.standing.may(conflict.ACT),
        "decisions": conflict.Decision.choices,
    }  # fmt: skip
    return render(request, "web/round_conflicts.html", context)


@require_POST
@page(conflict.ACT)
def round_conflict_decide(request: Asked, pk: int) -> HttpResponse:
    said = {name: request.POST.get(name, "")[:2000] for name in ("decision", "reason")}
    decided = conflict.decide(pk, said["decision"], said["reason"], actor=request.user, at=timezone.now())
    return redirect("round_conflicts", decided.round.series, decided.round.number)


urlpatterns = [
    path("rounds/<str:series>/<int:number>/live/", round_live, name="round_live"),
    path("rounds/<str:series>/<int:number>/missed/", round_missed, name="round_missed"),
    path("rounds/conflicts/<int:pk>/", round_conflict_decide, name="round_conflict_decide"),
    path("rounds/<str:series>/<int:number>/conflicts/", round_conflicts, name="round_conflicts"),
]
