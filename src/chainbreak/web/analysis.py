"""The analyst's desk (分析台): one frame for all its charts.

A page has the outbreak and the two clocks, its filters, one sentence that says what the chart shows and how sure it is,
the chart, the numbers behind it, and all of it as CSV, SVG and PNG. `charts` makes what is shown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.exchange.charts.look import Look
from chainbreak.exchange.charts.picture import png
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import analysis as cases_of
from chainbreak.investigation.selectors import line_list
from chainbreak.investigation.services import analysis as answers
from chainbreak.registry.selectors import area as areas

from . import asof
from .charts import age, area, curve, delay, reproduction
from .charts.question import Question, Shown
from .door import Asked, page

Draw = Callable[[Question], Shown]
ANY = gettext_lazy("all")


@dataclass(frozen=True)
class Choice:
    """One filter of the form."""

    name: str
    words: str | Promise
    value: str
    options: Sequence[tuple[str, Any]]


def _page(draw: Draw, name: str, own: Callable[[asof.OfOutbreak], list[Choice]]) -> Callable[..., HttpResponseBase]:
    """The view of one chart: the same frame, its own filters."""

    @page("analysis.read")
    def view(request: Asked, outbreak: str) -> HttpResponse:
        seen = asof.read(request, outbreak=outbreak)
        choices = [_asked(request, choice) for choice in [*own(seen), *_everywhere(seen)]]
        picked = {choice.name: choice.value for choice in choices}
        wanted = line_list.Wanted(
            classification=picked["class"], area=picked["area"], route=picked["route"], origin=picked["origin"]
        )
        cases = cases_of.cases(seen.outbreak, wanted, as_of=seen.as_of, as_known=seen.as_known)
        form = request.GET.get("format", "")
        look = Look("file" if form else "page")
        shown = draw(Question(cases, picked, seen.day, seen.outbreak.disease, look, str(seen.outbreak)))
        if form:
            return _file(shown, form, f"{outbreak}-{name}-{seen.day:%Y%m%d}")
        drawn = mark_safe(shown.svg)
        context = {"seen": seen, "shown": shown, "choices": choices, "slider": asof_slider(seen)}
        context["shown"] = Shown(**{**vars(shown), "svg": drawn if shown.svg else ""})
        return render(request, "web/analysis.html", context)

    return view


def asof_slider(seen: asof.OfOutbreak) -> dict[str, str]:
    """First, last and chosen day of the slider over the outbreak's days; nothing where there is one day only."""
    newest = asof.usual(seen.outbreak, timezone.now()) - timedelta(microseconds=1)
    first, last = cases_of.first_day(seen.outbreak), timezone.localtime(newest).date()
    day = min(max(seen.day, first), last)
    if last <= first:
        return {}
    return {name: value.isoformat() for name, value in (("first", first), ("last", last), ("day", day))}


def _file(shown: Shown, form: str, name: str) -> HttpResponse:
    """The table or the chart as a file."""
    if form == "csv" and shown.rows:
        text = io.StringIO()
        csv.writer(text).writerows([[str(head) for head in shown.heads], *shown.rows])
        content: str | bytes = "\ufeff" + text.getvalue()
        kind = "text/csv; charset=utf-8"
    elif form == "svg" and shown.svg:
        content, kind = shown.svg, "image/svg+xml; charset=utf-8"
    elif form == "png" and shown.svg:
        content, kind = png(shown.svg), "image/png"
    else:
        raise Refused("bad_filter", name="format", value=form)
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    )


def _asked(request: Asked, choice: Choice) -> Choice:
    """The choice with what the address asks for; an unknown value is refused."""
    value = request.GET.get(choice.name, "") or choice.value
    if value not in {code for code, _words in choice.options}:
        raise Refused("bad_filter", name=choice.name, value=value)
    return Choice(choice.name, choice.words, value, choice.options)


def _everywhere(seen: asof.OfOutbreak) -> list[Choice]:
    """The filters that every chart has."""
    codes = line_list.areas(seen.outbreak)
    names = areas.names(codes)
    there = [(code, names.get(code) or code) for code in codes]
    found = [("area", gettext_lazy("Area"), there)]
    words = {
        "classification": gettext_lazy("Class"),
        "route": gettext_lazy("How found"),
        "origin": gettext_lazy("Origin"),
    }
    for kind, options in line_list.CHOICES.items():
        name = "class" if kind == "classification" else kind
        found.append((name, words[kind], [one for one in options if one[0] != "excluded"]))  # type: ignore[misc]
    return [Choice(name, label, "", [("", ANY), *options]) for name, label, options in found]


def _by_day(seen: asof.OfOutbreak) -> list[Choice]:
    words = {code: curve.BY_WORDS[code] for code in answers.BY}
    return [Choice("by", gettext_lazy("By day of"), "onset", list(words.items()))]


def _of_r(seen: asof.OfOutbreak) -> list[Choice]:
    published = [(name, reproduction.interval_words(name)) for name in answers.intervals(seen.outbreak.disease)]
    options = [
        ("auto", gettext_lazy("own pairs if 20 or more")),
        ("own", gettext_lazy("this outbreak's own pairs")),
        *published,
    ]
    days = [(str(n), _("%(n)s days") % {"n": n}) for n in (3, 5, 7, 14)]
    return [
        Choice("si", gettext_lazy("Serial interval"), "auto", options),
        Choice("window", gettext_lazy("Window"), "7", days),
    ]


def _of_delays(seen: asof.OfOutbreak) -> list[Choice]:
    options = [(kind, delay.DELAY_WORDS[kind]) for kind in answers.DELAYS]
    return [Choice("delay", gettext_lazy("Delay"), "onset_to_report", options)]


def _of_areas(seen: asof.OfOutbreak) -> list[Choice]:
    days = [(str(n), _("%(n)s days") % {"n": n}) for n in (3, 7, 14)]
    return [
        Choice("layer", gettext_lazy("Shading"), "cases", list(area.LAYER_WORDS.items())),
        Choice("days", gettext_lazy("The last"), "7", days),
    ]


def _none(seen: asof.OfOutbreak) -> list[Choice]:
    return []


PAGES: list[tuple[str, Draw, Callable[[asof.OfOutbreak], list[Choice]]]] = [
    ("curve", curve.curve, _by_day),
    ("r", reproduction.reproduction, _of_r),
    ("delays", delay.delays, _of_delays),
    ("ages", age.ages, _none),
    ("areas", area.by_area, _of_areas),
]
urlpatterns = [
    path(f"analysis/<str:outbreak>/{name}/", _page(draw, name, own), name=f"analysis_{name}")
    for name, draw, own in PAGES
]
