"""Gap lists (缺口清单): what is due and not done, oldest knowledge first come, by page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from chainbreak.command.selectors import gap
from chainbreak.command.services import figure as figures
from chainbreak.governance.services import audit
from chainbreak.measures.selectors import appeal as appeals
from chainbreak.registry.selectors import area as areas

from . import asof, words
from .door import Asked, page
from .figure import _after as after_of
from .phones import private, told

SIZE = 50
PERSONS = {"not_located", "awaiting_transfer"}


@page("gap.read")
def gaps(request: Asked, outbreak: str, kind: str) -> HttpResponse:
    seen = asof.read(request, outbreak=outbreak)
    wanted = gap.kind_of(kind)
    now = timezone.now()
    asked = figures.context(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known, at=now)
    late_only = request.GET.get("late") == "1"
    items = gap.page(asked, wanted, after=after_of(request), size=SIZE, late_only=late_only)
    audit.record("gap.read", actor=request.user, at=now, subject=f"gap:{outbreak}:{kind}")
    limit = wanted.limit(asked)
    persons = [item.subject for item in items[:SIZE]] if wanted.subject == "person__number" else []
    phones = told(request, persons, matter_area=seen.outbreak.area_code)
    context = {
        "phones": phones if persons else None,
        "seen": seen,
        "kind": wanted,
        "title": _(wanted.title),
        "owner": gap.OWNERS[wanted.owner],
        "limit_hours": limit.total_seconds() / 3600 if limit else None,
        "rows": [(item, _detail(kind, item.detail)) for item in items[:SIZE]],
        "area_names": areas.names(item.area for item in items[:SIZE]),
        "after": items[SIZE - 1].pk if len(items) > SIZE else None,
        "first": not request.GET.get("after"),
        "late_only": late_only,
        "kinds": [(code, _(each.title)) for code, each in gap.KINDS.items()],
        "of_contacts": kind in PERSONS,
        "of_cases": kind == "unlinked_cases",
        "of_appeals": kind == "appeals_open" and request.standing.may("appeal.open"),
    }
    return private(render(request, "web/gap.html", context), phones)


def _detail(kind: str, detail: object) -> str:
    """What is behind an entry, in words: the measure that is due, the day of the test."""
    if kind == "tests_missing":
        return _("test of day %(day)s") % {"day": detail}
    if kind == "appeals_open":
        return str(dict(appeals.ABOUT).get(str(detail), detail))
    return words.word("measure", detail) if detail else ""


urlpatterns = [path("gaps/<str:outbreak>/<str:kind>/", gaps, name="gaps")]
