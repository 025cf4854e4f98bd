"""Scenarios (情景推演): ask for one with the outbreak's own estimates, see it come, read it, compare two."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import yaml
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from chainbreak.command.selectors import scenario as scenarios
from chainbreak.command.services import scenario as asking
from chainbreak.epi.scenario import ScenarioError
from chainbreak.epi.scenario import words as said
from chainbreak.exchange.charts.chart import Chart
from chainbreak.exchange.charts.look import Look
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access

from . import asof, listing, scenario_form
from .door import Asked, page

LATE = timedelta(seconds=30)  # a worker that lives takes a scenario sooner
SERIES = {
    "cases": gettext_noop("cases found"),
    "community_cases": gettext_noop("found in the community"),
    "rooms": gettext_noop("rooms needed"),
    "transfers": gettext_noop("transfers"),
    "interviews": gettext_noop("interviews"),
    "tests": gettext_noop("tests"),
    "tubes": gettext_noop("tubes"),
}
LIMITS = {
    "rooms": gettext_noop("quarantine rooms"),
    "transfers_per_day": gettext_noop("transfers a day"),
    "tubes_per_day": gettext_noop("tubes a day"),
    "interviews_per_day": gettext_noop("interviews a day"),
}
STATES = {
    "waiting": gettext_noop("waits for the worker"),
    "running": gettext_noop("is being computed"),
    "done": gettext_noop("done"),
    "failed": gettext_noop("failed"),
}
RESERVES = {
    "open": gettext_noop("open now"),
    "response.rooms_per_10000_2021": gettext_noop("20 for 10,000 residents (2021)"),
    "response.rooms_per_10000_april_2022": gettext_noop("40 for 10,000 residents (April 2022)"),
    "response.rooms_per_10000_may_2022": gettext_noop("60 for 10,000 residents (May 2022)"),
}
PAGE = Look("page")


@page("scenario.read")
def list_of_runs(request: Asked) -> HttpResponse:
    """The scenarios of an outbreak, its goal clock, and the form for another."""
    seen = asof.read(request)
    if seen.outbreak is None:
        raise Refused("no_outbreak")
    own = scenarios.measured(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    trouble, status = "", 200
    if request.method == "POST":
        access.require(request.user, "scenario.run", at=timezone.now())
        form = scenario_form.written(request.POST, own)
        try:
            made = asking.ask(
                seen.outbreak,
                form.given,
                title=form.title,
                runs=scenario_form.whole(form.runs, "runs"),
                seed=scenario_form.whole(form.seed, "seed"),
                as_of=seen.as_of,
                actor=request.user,
                at=timezone.now(),
            )
        except ScenarioError as error:
            trouble, status = said.sentence(error, _), 422
        else:
            _defer(made.pk)
            return redirect("scenario", made.pk)
    else:
        start = scenarios.run(_number(request.GET["from"])).given if request.GET.get("from") else None
        form = scenario_form.proposed(own, start)
    context = {
        "seen": seen,
        "form": form,
        "trouble": trouble,
        "page": listing.page(request, scenarios.runs(seen.outbreak), keys=("pk",), down=True),
        "states": {code: _(words) for code, words in STATES.items()},
        "goal": scenarios.goal(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known),
        "may_run": request.standing.may("scenario.run"),
    }
    return render(request, "web/scenarios.html", context, status=status)


@page("scenario.read")
def one(request: Asked, number: int) -> HttpResponse:
    """One scenario: how far it is, or what came out."""
    made = scenarios.run(number)
    if made.state != "done":
        late = made.state == "waiting" and timezone.now() - made.written_at > LATE
        lost = made.state == "running" and timezone.now() - made.written_at > asking.LOST
        context = {"made": made, "late": late or lost, "state": _(STATES[made.state])}
        return render(request, "web/scenario_waits.html", context)
    if request.GET.get("as") == "csv":
        return _csv(made)
    if request.GET.get("as") == "yaml":
        return _yaml(made)
    return render(request, "web/scenario.html", {"made": made, **_read(made)})


@require_POST
@page("scenario.run")
def again(request: Asked, number: int) -> HttpResponse:
    """Hand a scenario to the worker once more; or, where it is done, compute it anew with the same start of chance."""
    made = scenarios.run(number)
    now = timezone.now()
    if made.state == "done":
        made = asking.ask(
            made.outbreak, made.given, title=made.title, runs=made.runs, seed=made.seed, as_of=made.as_of,
            actor=request.user, at=now,
        )  # fmt: skip
    else:
        asking.again(made, actor=request.user, at=now)
    _defer(made.pk)
    return redirect("scenario", made.pk)


@page("scenario.read")
def compare(request: Asked) -> HttpResponse:
    """Two scenarios side by side: what differs in them, and what came out."""
    chosen = [scenarios.run(_number(text)) for text in request.GET.getlist("with")[:2]]
    chosen = [made for made in chosen if made.state == "done"]
    if len(chosen) < 2:
        return render(request, "web/scenario_compare.html", {"few": True})
    answers = [made.answer or {} for made in chosen]
    lines = [
        (_(line["meaning"]), line["name"], [_assumed(answer["assumptions"][place]) for answer in answers])
        for place, line in enumerate(answers[0]["assumptions"])
    ]
    needs = [
        (_(words), [_band(answer["peak"][name]) for answer in answers])
        for name, words in SERIES.items()
        if name in answers[0]["peak"]
    ]
    context = {
        "chosen": chosen,
        "answers": answers,
        "differs": [line for line in lines if line[2][0] != line[2][1]],
        "needs": needs,
        "same_start": chosen[0].seed == chosen[1].seed and chosen[0].runs == chosen[1].runs,
        "chart": _chart([(made.title, answer["cases"]) for made, answer in zip(chosen, answers, strict=True)], "cases"),
    }
    return render(request, "web/scenario_compare.html", context)


def _read(made: Any) -> dict[str, Any]:
    """What the page of an answer shows."""
    answer = made.answer
    days = sorted({day for day in (1, 2, 3, 7, 14, 21, 28, 42, answer["days"][-1]) if day < len(answer["days"])})
    rooms = next((line["value"] for line in answer["limits"] if line["limit"] == "rooms"), None)
    ladder = [
        (_(RESERVES[name]), ready)
        for name, ready in scenarios.reserve(made.outbreak, rooms=None if rooms is None else int(rooms))
    ]
    need = [_band(answer["rooms"], day) for day in (1, 2, 3) if day < len(answer["days"])]
    first = answer["first_to_break"]
    return {
        "answer": answer,
        "zero": answer["community_zero"],
        "needs": [(day, [_band(answer[name], day) for name in SERIES]) for day in days],
        "heads": [_(words) for words in SERIES.values()],
        "charts": [
            (_(SERIES[name]), _chart([("", answer[name])], name))
            for name in ("cases", "rooms", "transfers", "interviews")
        ],
        "limits": [
            (_(LIMITS[line["limit"]]), line, str(line["day"]["median"]) if line["day"] else "–")
            for line in answer["limits"]
        ],
        "first": (_(LIMITS[first["limit"]]), first) if first else None,
        "more": [(_(LIMITS[line["limit"]]), line) for line in answer["one_more"]],
        "ladder": ladder,
        "ladder_need": need,
        "assumptions": [(_(line["meaning"]), line, _assumed(line)) for line in answer["assumptions"]],
        "notes": [_(said.NOTES[code]) for code in answer["notes"]],
    }


def _chart(lines: list[tuple[str, dict[str, list[int | None]]]], name: str) -> SafeString:
    """One or two series by day, each with its 50 and 90 % bands."""
    days = [float(day) for day in range(len(lines[0][1]["median"]))]
    known = [value for _words, bands in lines for value in bands["q95"] if value is not None]
    known += [value for _words, bands in lines for value in bands["median"] if value is not None]
    title = _(SERIES[name])
    chart = Chart(title, 0, max([*known, 1]), 0.0, max(days[-1], 1.0), x_label=_("day"), whole=True, look=PAGE)
    for series, (words, bands) in enumerate(lines):
        xs = days[: len(bands["median"])]
        chart.band(xs, bands["q05"], bands["q95"], label=_("90 %") if len(lines) == 1 else "", series=series)
        chart.band(xs, bands["q25"], bands["q75"], label=_("50 %") if len(lines) == 1 else "", series=series)
        chart.line(xs, bands["median"], label=words or _("median"), series=series)
    return mark_safe(chart.svg())  # made of numbers and escaped words


def _band(bands: dict[str, Any], day: int | None = None) -> str:
    """Median and 90 % band in one cell."""
    middle, low, high = (bands[key] if day is None else bands[key][day] for key in ("median", "q05", "q95"))
    if low is None:
        return _("over the cap")
    shown = [_("over the cap") if value is None else f"{value:,}" for value in (middle, low, high)]
    return f"{shown[0]} ({shown[1]} – {shown[2]})"


def _assumed(line: dict[str, Any]) -> str:
    """The value of one assumption with its interval."""
    value = line["value"]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("none")
    if isinstance(value, list):
        return ", ".join(f"{day:g}: {share:g}" for day, share in zip(*value, strict=True))
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    if line.get("sd"):
        text += f" ± {line['sd']:.3g}"
    if line.get("low") is not None:
        text += f" ({line['low']:.4g} – {line['high']:.4g})"
    return text


def _csv(made: Any) -> HttpResponse:
    answer = made.answer
    reply = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="scenario-{made.pk}.csv"'
    out = csv.writer(reply)
    quantiles = list(answer["cases"])
    out.writerow(["day", *(f"{name}_{quantile}" for name in SERIES for quantile in quantiles)])
    for day in answer["days"]:
        cells = (answer[name][quantile][day] for name in SERIES for quantile in quantiles)
        out.writerow([day, *("" if cell is None else cell for cell in cells)])
    return reply


def _yaml(made: Any) -> HttpResponse:
    """The scenario as a file for the command line, which gives the same answer."""
    head = f"# chainbreak scenario FILE --runs {made.runs} --seed {made.seed}\n"
    text = yaml.safe_dump(scenario_form.nested(made.given), allow_unicode=True, sort_keys=False)
    reply = HttpResponse(head + text, content_type="application/yaml; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="scenario-{made.pk}.yaml"'
    return reply


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise Refused("unknown_scenario", number=text)
    return int(text)


def _defer(number: int) -> None:
    from procrastinate.contrib.django import app

    app.configure_task("run_scenario").defer(number=number)


urlpatterns = [
    path("analysis/scenarios/", list_of_runs, name="scenarios"),
    path("analysis/scenarios/compare/", compare, name="scenario_compare"),
    path("analysis/scenarios/<int:number>/", one, name="scenario"),
    path("analysis/scenarios/<int:number>/again/", again, name="scenario_again"),
]
