"""The lake's health (轨迹湖状态): days, stays, delays, rejects, size, merging, retention."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import worker
from chainbreak.investigation.services import lake

from .door import Asked, page

OUTCOMES = {
    "accepted": gettext_lazy("taken in"),
    "duplicate": gettext_lazy("known already"),
    "corrected": gettext_lazy("taken in as a correction"),
    "withdrawn": gettext_lazy("withdrawn"),
    "two_places": gettext_lazy("taken in, but at two places at once"),
    "no_length": gettext_lazy("without length, left out"),
    "value_missing": gettext_lazy("refused: a value is missing"),
    "not_an_id": gettext_lazy("refused: not an id of this lake"),
    "not_an_instant": gettext_lazy("refused: a time cannot be read"),
    "unknown_person": gettext_lazy("refused: the person is not in the register"),
    "unknown_place": gettext_lazy("refused: the place is not in the register"),
    "left_before_arrived": gettext_lazy("refused: left before arrived"),
    "too_long": gettext_lazy("refused: longer than allowed"),
    "in_the_future": gettext_lazy("refused: in the future, a clock is wrong"),
    "too_old": gettext_lazy("refused: before 2000, a clock is wrong"),
    "before_retention": gettext_lazy("refused: from before the retention day"),
    "replaced_in_batch": gettext_lazy("replaced by a later row of the file"),
    "unknown_stay": gettext_lazy("refused: no such stay to withdraw"),
}


@page("import.read")
def health(request: Asked) -> HttpResponse:
    """What the lake holds and how it is."""
    try:
        status = lake.status()
    except Refused as refused:
        if refused.code != "no_lake":
            raise
        return render(request, "web/tracing_lake.html", {"status": None})
    return render(request, "web/tracing_lake.html", _read(status) | {"worker": worker.is_alive(timezone.now())})


def _read(status: dict[str, Any]) -> dict[str, Any]:
    most = max((row["stays"] for row in status["days"]), default=0)
    by_day = {date.fromisoformat(row["day"]): int(row["stays"]) for row in status["days"]}
    few = lake.thin_days(by_day)
    return {
        "status": status,
        "days": [(day, n, round(100 * n / most) if most else 0, day in few) for day, n in by_day.items()],
        "holes": _holes(by_day),
        "megabytes": status["bytes"] / 1e6,
        "outcomes": [(OUTCOMES.get(code, code), n) for code, n in status["outcomes"].items()],
        "n_refused": sum(n for code, n in status["outcomes"].items() if code not in lake.TAKEN),
        "delays": _delays(status["delay_hours_up_to"]),
    }


def _holes(by_day: dict[date, int]) -> list[date]:
    """Days between the first and the last without any stay."""
    days = sorted(by_day)
    if not days:
        return []
    every = (date.fromordinal(n) for n in range(days[0].toordinal(), days[-1].toordinal()))
    return [day for day in every if not by_day.get(day)]


def _delays(hours: dict[str, int]) -> list[tuple[str, int, int]]:
    """How late stays came: words, stays, percent."""
    whole = sum(hours.values())
    named = [(_up_to(name), n) for name, n in hours.items()]
    return [(words, n, round(100 * n / whole)) for words, n in named if whole]


def _up_to(name: str) -> str:
    return _("within %(n)s hours") % {"n": name} if name.isdecimal() else _("later")


urlpatterns = [path("tracing/lake/", health, name="lake")]
