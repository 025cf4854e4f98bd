"""A round planned over the register (轮次测算): what it takes and where it breaks first; kept as a draft; tables placed."""

from __future__ import annotations

import csv
import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chainbreak.epi import pooling, round_plan, rulepack
from chainbreak.epi.round import exclusions
from chainbreak.epi.round_plan import Part
from chainbreak.exchange import given
from chainbreak.exchange.problems import Unreadable
from chainbreak.governance.refusal import Refused
from chainbreak.measures.selectors import stay
from chainbreak.registry.selectors import area as areas
from chainbreak.screening.selectors import round_open, round_place, round_scope
from chainbreak.screening.services import round_plan as planning

from . import asof, table_map
from .door import Asked, page
from .round_plan_form import ASSUMPTIONS, PlanForm, initial
from .words import words_for

PACK = "covid19-cn-v8"
LATE = timedelta(seconds=30)  # a worker that lives takes a placement sooner
KEY = "key_class"


@page("round.plan")
def plan(request: Asked) -> HttpResponse:
    """The planner: the form, its answer, and the draft."""
    seen = asof.read(request)
    now = timezone.now()
    saved = _saved(request.GET.get("round", ""))
    area = request.GET.get("area", "").strip() or (saved.round.area_code if saved else "")
    area = area or (seen.outbreak.area_code[:4] + "00" if seen.outbreak else "")
    if area and not (area.isascii() and area.isdigit() and len(area) <= 12):
        raise Refused("bad_filter", name="area", value=area)
    pack = rulepack.load(seen.outbreak.rule_pack if seen.outbreak else PACK)
    if not pack.has("round.sampling"):
        pack = rulepack.load(PACK)
    parts = round_scope.people(area, {}, apart=stay.apart(now)) if area else []
    names = areas.names([area, *(part.area for part in parts)])
    context: dict[str, Any] = {"seen": seen, "area": area, "area_names": names, "pack": pack, "saved": saved}
    if parts:
        start = initial(pack, parts, _start(saved) if saved else _next(area, now))
        form = PlanForm(request.POST or None, pack=pack, parts=parts, initial=start)
        context |= {
            "form": form,
            "residents": sum(part.residents for part in parts),
            "due": sum(part.due for part in parts),
        }
        if request.method == "POST" and form.is_valid():
            answer = _answer(form, pack)
            context |= _shown(answer, names)
            if request.POST.get("deed") == "save":
                try:
                    made = _save(form, answer, area, seen, request, now)
                    return redirect("round_course", made.round.series, made.round.number)
                except Refused as refused:
                    context["refusal"] = words_for(refused)
    zh = (get_language() or "").startswith("zh")
    context["rules"] = [
        (row.text_zh if zh else row.text_en, row.source) for row in exclusions(pack) if row.then["exclusion"] != "due"
    ]
    status = 422 if context.get("refusal") or (parts and form.is_bound and not form.is_valid()) else 200
    return render(request, "web/round_plan.html", context, status=status)


def _next(area: str, now: datetime) -> dict[str, Any]:
    series, number = round_open.next_number(area)
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    return {"series": series, "number": number, "start_at": datetime.combine(tomorrow, time(6))}


def _start(saved: Any) -> dict[str, Any]:
    at = timezone.localtime(saved.round.start_at).replace(tzinfo=None)
    return {**saved.given, "series": saved.round.series, "number": saved.round.number, "start_at": at}


def _saved(text: str) -> Any:
    """The draft that is planned again: `?round=CITY-2`."""
    if not text:
        return None
    series, _sign, number = text.rpartition("-")
    return round_open.plan_of(round_open.of(series, int(number) if number.isdecimal() and len(number) < 7 else 0))


def _answer(form: PlanForm, pack: rulepack.RulePack) -> dict[str, Any]:
    said, chosen = form.cleaned_data, form.chosen()
    key = said["key_people"] or 0
    due = sum(part.due for part in chosen)
    parts = []
    for part in chosen:  # key people are taken out of each part by its share
        alone = round(key * part.due / due) if due else 0
        if part.due - alone > 0:
            limits = (said[f"samplers-{part.area}"], said[f"tables-{part.area}"])
            parts.append(Part(part.area, part.due - alone, form.pool_of(part.area), *limits))
    if key:
        parts.append(Part(KEY, key, 1))
    test = pooling.Assay(said["sensitivity"] / 100, said["specificity"] / 100, said["dilution"])
    return planning.work_out(
        parts, laboratories=form.laboratories(), prevalence=said["prevalence"] / 100_000, test=test,
        sample_hours=said["sample_hours"], test_hours=said["test_hours"],
        largest_pool=int(pack.value("pool.largest")) if pack.has("pool.largest") else 20, changed=form.assumed(),
    )  # fmt: skip


def _save(form: PlanForm, answer: dict[str, Any], area: str, seen: asof.AsOf, request: Asked, now: datetime) -> Any:
    said = form.cleaned_data
    without = [part.area for part in form.parts if part not in form.chosen()]
    sizes = {part.area: form.pool_of(part.area) for part in form.chosen()}
    wanted = planning.Wanted(
        series=said["series"], number=said["number"], area_code=area, start_at=said["start_at"],
        sample_hours=said["sample_hours"], test_hours=said["test_hours"], pool_size=said["pool"],
        outbreak_code=seen.outbreak.code if seen.outbreak else "",
        scope={"without": without} if without else {},
        pool_sizes={"areas": {code: n for code, n in sizes.items() if n != said["pool"]}, "audiences": {KEY: 1}},
    )  # fmt: skip
    kept = {name: value for name, value in said.items() if name not in ("series", "number", "start_at")}
    return planning.save(wanted, kept, answer, actor=request.user, at=now)


def _shown(answer: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """An answer as the page shows it."""
    weak = answer["weakest"]
    return {
        "answer": answer,
        "weak_area": place_words(weak["area"], names),
        "rows": [(place_words(row["area"], names), row) for row in answer["areas"]],
        "assumptions": [(ASSUMPTIONS[name], one) for name, one in answer["assumptions"].items()],
        "samplers": sum(row["samplers_wanted"] for row in answer["areas"]),
        "sites": [sum(row["sites_wanted"][end] for row in answer["areas"]) for end in (0, 1)],
        "tables": [sum(row["tables_wanted"][end] for row in answer["areas"]) for end in (0, 1)],
        "infected": sum(row["expected"]["infected"] for row in answer["areas"]),
    }


def place_words(area: str, names: dict[str, str]) -> str:
    """The name of a part of a plan."""
    return _("Key people") if area == KEY else names.get(area, area) or _("All")


@page("round.read")
def tables(request: Asked, series: str, number: int) -> HttpResponse:
    """Where the tables of a planned round should stand: asked for, computed by the worker, drawn and listed."""
    of = round_open.of(series, number)
    kept = round_open.plan_of(of)
    if kept is None:
        raise Refused("unknown_plan", round=str(of))
    context: dict[str, Any] = {"round": of, "plan": kept, "may_plan": request.standing.may(planning.ACT, of.area_code)}
    if request.GET.get("as") == "csv" and kept.placement_state == "done":
        return _csv(of, kept)
    if request.method == "POST":
        try:
            _ask(request, kept)
            return redirect("round_tables", series, number)
        except Refused as refused:
            context["refusal"] = words_for(refused)
        except Unreadable as wrong:
            context["unreadable"] = wrong
    known = round_place.demand(of, kept)
    context |= {
        "known": known,
        "tables_at_hand": request.POST.get("tables") or _tables(kept),
        "walk": request.POST.get("walk_km") or "1.25",
    }
    patience = {"waiting": LATE, "running": planning.LOST}.get(kept.placement_state)
    context["late"] = bool(patience and kept.placement_at and timezone.now() - kept.placement_at > patience)
    if kept.placement_state == "done" and kept.placement:
        sites = [one for one in kept.placement["sites"] if one["tables"]]
        context |= {
            "drawing": table_map.draw(kept.placement, kept.placement_given),
            "sites": sorted(sites, key=lambda one: -(one["hours"] or 0)),
            "placed": sum(one["tables"] for one in sites),
        }
    status = 422 if context.get("refusal") or context.get("unreadable") else 200
    return render(request, "web/round_tables.html", context, status=status)


def _tables(kept: Any) -> int:
    return sum(row["tables_wanted"][0] for row in kept.answer.get("areas", ())) or 1


def _ask(request: Asked, kept: Any) -> None:
    known = round_place.demand(kept.round, kept)
    points = _file(request, "points", ["people", "latitude", "longitude"]) or known.points
    sites = _file(request, "sites", ["site", "latitude", "longitude"]) or known.sites
    per_hour = (
        kept.answer.get("assumptions", {}).get("per_table_hour", {}).get("value")
        or round_plan.assumptions()["per_table_hour"].value
    )
    planning.ask_placement(
        kept, points, sites, tables=int(_typed(request, "tables")), walk_km=_typed(request, "walk_km"),
        per_table_hour=per_hour, actor=request.user, at=timezone.now(),
    )  # fmt: skip
    _defer(kept.pk)


def _typed(request: Asked, name: str) -> float:
    text = request.POST.get(name, "").strip()
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e6:  # also what is no number
        raise Refused("bad_filter", name=name, value=text[:20])
    return value


def _file(request: Asked, name: str, columns: list[str]) -> list[Any]:
    """A table of places that was sent with the form; empty where none was.

    Raises:
        Unreadable: no table, a column missing, a row that is no place; names row and column.
    """
    sent = request.FILES.get(name)
    if sent is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / (Path(sent.name or "points.csv").name or "points.csv")
        kept.write_bytes(sent.read(20_000_000))
        table = given.read(kept, required=columns, optional=["most_tables"])
        first, latitudes, longitudes = (
            table.texts(columns[0], needed=True) if name == "sites" else table.numbers(columns[0], needed=True, least=0),
            table.numbers("latitude", needed=True, least=-90), table.numbers("longitude", needed=True, least=-180),
        )  # fmt: skip
        most = table.numbers("most_tables", whole=True, least=0) if table.has("most_tables") else [None] * len(table)
    rows = zip(first, latitudes, longitudes, most, strict=True)
    if name == "sites":
        return [(text, lat, lon, round_place.MOST_TABLES if n is None else n) for text, lat, lon, n in rows]
    return [(n, lat, lon) for n, lat, lon, _most in rows]


def _csv(of: Any, kept: Any) -> HttpResponse:
    reply = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="tables-{of.series}-{of.number}.csv"'.encode(
        "ascii", "ignore"
    ).decode()
    out = csv.writer(reply)
    out.writerow(["site", "latitude", "longitude", "tables", "people", "hours"])
    for one in kept.placement["sites"]:
        out.writerow([one["site"], one["latitude"], one["longitude"], one["tables"], one["people"], one["hours"] or ""])
    return reply


@require_POST
@page(planning.ACT)
def again(request: Asked, series: str, number: int) -> HttpResponse:
    """Hand a placement that nobody took, or that was killed, to the worker once more."""
    kept = round_open.plan_of(round_open.of(series, number))
    if kept is not None:
        planning.again(kept, actor=request.user, at=timezone.now())
        _defer(kept.pk)
    return redirect("round_tables", series, number)


def _defer(number: int) -> None:
    from procrastinate.contrib.django import app

    app.configure_task("place_tables").defer(number=number)


urlpatterns = [
    path("rounds/plan/", plan, name="round_plan"),
    path("rounds/<str:series>/<int:number>/tables/", tables, name="round_tables"),
    path("rounds/<str:series>/<int:number>/tables/again/", again, name="round_tables_again"),
]
