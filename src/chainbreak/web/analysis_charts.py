"""The charts of the analyst's desk (分析图): for each its sentence, its drawing, the numbers behind it.

Small numbers say so instead of drawing a curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chainbreak.command.selectors import areamap as layers
from chainbreak.epi import parameters
from chainbreak.epi.rt import Prior, least_cases
from chainbreak.exchange.charts import curves
from chainbreak.exchange.charts.look import Look
from chainbreak.investigation.selectors import analysis as cases_of
from chainbreak.investigation.selectors.analysis import CaseRow
from chainbreak.investigation.services import analysis as answers
from chainbreak.investigation.services.analysis import Delay, Interval
from chainbreak.registry.selectors import area as areas

from . import areamap

BY_WORDS: dict[str, str | Promise] = {
    "onset": gettext_lazy("onset"),
    "report": gettext_lazy("report"),
    "sample": gettext_lazy("first positive sample"),
}
FOUND_WORDS: dict[str, str | Promise] = {
    "under_control": gettext_lazy("found while under control"),
    "community": gettext_lazy("found in the community"),
    "unknown": gettext_lazy("how found is not known"),
}
DELAY_WORDS: dict[str, str | Promise] = {
    "incubation": gettext_lazy("incubation period"),
    "onset_to_report": gettext_lazy("onset to report"),
    "report_to_isolation": gettext_lazy("report to isolation"),
    "serial_interval": gettext_lazy("serial interval"),
}
LAYER_WORDS: dict[str, str | Promise] = {
    "cases": gettext_lazy("all cases"),
    "recent": gettext_lazy("cases of the last days"),
    "rate": gettext_lazy("cases for 100,000 residents"),
}
FAMILY_WORDS: dict[str, str | Promise] = {
    "gamma": gettext_lazy("gamma"),
    "lognormal": gettext_lazy("lognormal"),
    "weibull": gettext_lazy("Weibull"),
    "normal": gettext_lazy("normal (Gauss)"),
}
FEWEST_ON_A_CURVE = 5  # cases
FEW_FOR_A_RATE = 5  # cases


@dataclass(frozen=True)
class Question:
    """What a page asks: the cases that fit its filters, what was chosen, the last day, the look of the drawing."""

    cases: Sequence[CaseRow]
    picked: dict[str, str]
    last: date
    disease: str
    look: Look
    outbreak: str


@dataclass(frozen=True)
class Shown:
    """What a page shows; without `svg` it says `instead` why there is none."""

    title: str
    sentence: str
    svg: str = ""
    instead: str = ""
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    notes: list[str] = field(default_factory=list)


def interval_words(name: str) -> str:
    """A published serial interval: its value and population."""
    one = parameters.named(name)
    return _("%(value)s days: %(population)s") % {"value": f"{one.value:g}", "population": one.population}


def curve(asked: Question) -> Shown:
    """Cases by day, stacked by whether they were found under control or in the community (R075)."""
    by = asked.picked["by"]
    found = answers.epidemic_curve(asked.cases, by, asked.last)
    title = _("Cases by day of %(what)s") % {"what": BY_WORDS[by]}
    n = sum(map(sum, found.counts.values()))
    if not n:
        return Shown(title, _("No case with this day is known by then."), instead=_("Nothing to draw."))
    community, unknown = sum(found.counts["community"]), sum(found.counts["unknown"])
    peak = max(range(len(found.days)), key=lambda place: sum(counts[place] for counts in found.counts.values()))
    facts = {"n": n, "community": community, "day": found.days[peak].isoformat(),
             "most": sum(counts[peak] for counts in found.counts.values())}  # fmt: skip
    if unknown == n:
        sentence = _("%(n)s cases; how they were found is not known. Most in one day: %(most)s on %(day)s.") % facts
    else:
        sentence = (
            _("%(n)s cases, %(community)s of them found in the community. Most in one day: %(most)s on %(day)s.")
            % facts
        )
    notes = []
    if found.without_day:
        notes.append(_("%(count)s cases without this day are not in the curve.") % {"count": found.without_day})
    if 0 < unknown < n:
        notes.append(_("Of %(count)s it is not known how they were found.") % {"count": unknown})
    if by != "report":
        notes.append(_("The newest days will still rise: people are reported some days after they fell ill."))
    groups = [group for group, counts in found.counts.items() if sum(counts)]
    labels = [str(FOUND_WORDS[group]) for group in groups]
    stacks = [[float(value) for value in found.counts[group]] for group in groups]
    svg = curves.epidemic_curve(found.days, stacks, labels, title=title, description=sentence, look=asked.look)
    rows = [
        [
            day.isoformat(),
            *(found.counts[group][place] for group in groups),
            sum(found.counts[group][place] for group in groups),
        ]
        for place, day in enumerate(found.days)
    ]
    return Shown(title, sentence, svg, "", [_("Date"), *labels, _("All")], rows, notes)


def reproduction(asked: Question) -> Shown:
    """R over time with its interval, on cases by onset, imported ones apart, the newest days by a nowcast."""
    title = _("R over time")
    chosen = asked.picked["si"]
    interval = answers.interval_of(asked.cases, asked.disease, asked.last, chosen="" if chosen == "auto" else chosen)
    found = answers.r_over_time(asked.cases, interval, asked.last, window=int(asked.picked["window"]))
    least = least_cases(Prior())
    dated = sum(1 for case in asked.cases if case.onset)
    if found is None:
        facts = {"n": dated, "least": least}
        instead = _(
            "%(n)s cases with a day of onset are too few, or lie too close together, for a curve of R: a window needs %(least)s."
        )
        return Shown(title, _("How many each case infects cannot be told yet."), instead=instead % facts)
    rows = []
    for place, (start, end) in enumerate(zip(found.estimates.t_start, found.estimates.t_end, strict=True)):
        days = [(found.first + timedelta(days=int(day) - 1)).isoformat() for day in (start, end)]
        values = found.estimates.quantiles[0, place]
        known = bool(np.isfinite(found.estimates.mean[0, place])) and found.estimates.cases[0, place] >= least
        row: dict[str, Any] = {
            "date_start": days[0],
            "date_end": days[1],
            "cases": float(found.estimates.cases[0, place]),
        }
        row["mean"] = float(found.estimates.mean[0, place]) if known else None
        row |= {"q025": float(values[0]) if known else None, "q975": float(values[6]) if known else None}
        rows.append(row)
    notes = _r_notes(found, interval, least)
    table = [
        [
            row["date_start"],
            row["date_end"],
            f"{row['cases']:.0f}",
            *(_two(row[key]) for key in ("mean", "q025", "q975")),
        ]
        for row in rows
    ]
    heads = [_("From"), _("To"), _("Cases"), "R", "2.5 %", "97.5 %"]
    shown = [row for row in rows if row["mean"] is not None]
    if not shown:
        instead = _("No window has %(least)s cases: R would say little, and is not drawn.") % {"least": least}
        return Shown(title, _("How many each case infects cannot be told yet."), "", instead, heads, table, notes)
    newest = shown[-1]
    said = {
        "day": newest["date_end"],
        "r": _two(newest["mean"]),
        "low": _two(newest["q025"]),
        "high": _two(newest["q975"]),
    }
    sentence = (
        _("In the window up to %(day)s each case infected %(r)s others (95 %% interval %(low)s to %(high)s).") % said
    )
    if newest["q975"] < 1:
        sentence += " " + _("The outbreak was shrinking.")
    elif newest["q025"] > 1:
        sentence += " " + _("The outbreak was growing.")
    else:
        sentence += " " + _("Whether it grew or shrank cannot be told.")
    svg = curves.r_over_time(
        rows, title=title, label=_("R, mean and 95 % interval"), description=sentence, look=asked.look
    )
    return Shown(title, sentence, svg, "", heads, table, notes)


def delays(asked: Question) -> Shown:
    """One delay: observed values and the families that fit."""
    kind = asked.picked["delay"]
    title = str(DELAY_WORDS[kind]).capitalize()
    found = answers.delay(asked.cases, kind, asked.last)
    nothing = _("This delay is not known of any case by then.")
    if found is None:
        return Shown(title, nothing, instead=_("Nothing to draw."))
    heads = [_("Days"), _("Cases")]
    values = np.array(found.values)
    counted = {day: int((np.floor(values) == day).sum()) for day in sorted({int(np.floor(value)) for value in values})}
    table: list[list[Any]] = [[day, n] for day, n in counted.items()]
    notes = _delay_notes(found)
    if not found.fits:
        if not len(values):
            return Shown(title, nothing, instead=_("Nothing to draw."), notes=notes)
        facts = {"n": len(values), "median": f"{np.median(values):g}"}
        sentence = ngettext(
            "%(n)s delay is known: %(median)s days.",
            "%(n)s delays are known; half took at most %(median)s days.",
            len(values),
        )
        instead = _("Too few for a distribution; the values stand below.")
        return Shown(title, sentence % facts, "", instead, heads, table, notes)
    best = found.fits[0]
    facts = {"mean": _two(best.mean.value), "low": _two(best.mean.low), "high": _two(best.mean.high),
             "p95": _two(best.quantile(0.95).value), "n": found.n}  # fmt: skip
    sentence = (
        _(
            "On average %(mean)s days (95 %% interval %(low)s to %(high)s); 95 %% within %(p95)s days. Rests on %(n)s pairs of dates."
        )
        % facts
    )
    xs = np.linspace(min(0.0, float(values.min())), float(values.max()) + 1, 120)
    lines = []
    for one in found.fits:
        cdf = one.family.cdf(np.stack([xs - 0.5, xs + 0.5]), *one.family.natural(one.theta))
        points = list(zip((xs + 0.5).tolist(), (cdf[1] - cdf[0]).tolist(), strict=True))
        lines.append((str(FAMILY_WORDS[one.family.name]), points))
    bars = [(float(day), n / len(values)) for day, n in counted.items()]
    svg = curves.delays(bars, lines, title=title, labels=(_("observed"), _("fitted")), description=sentence,
                        x_label=_("days"), look=asked.look)  # fmt: skip
    for one in found.fits:
        facts = {
            "name": FAMILY_WORDS[one.family.name],
            "aic": f"{one.aic:.1f}",
            "mean": _two(one.mean.value),
            "sd": _two(one.sd.value),
        }
        notes.append(_("%(name)s: mean %(mean)s, sd %(sd)s days, AIC %(aic)s.") % facts)
    return Shown(title, sentence, svg, "", heads, table, notes)


def ages(asked: Question) -> Shown:
    """Cases by age group and sex."""
    title = _("Cases by age and sex")
    found = answers.pyramid(asked.cases)
    women, men = sum(found.women), sum(found.men)
    if women + men < FEWEST_ON_A_CURVE:
        instead = _("Age and sex are known of %(n)s cases: too few to draw without pointing at people.") % {
            "n": women + men
        }
        return Shown(title, _("Too few cases."), instead=instead)
    old = sum(found.women[6:]) + sum(found.men[6:])
    facts = {"n": women + men, "women": women, "men": men, "old": old}
    sentence = _("%(n)s cases: %(women)s women and girls, %(men)s men and boys; %(old)s are 60 or older.") % facts
    notes = [_("Of %(count)s age or sex is not known.") % {"count": found.unknown}] if found.unknown else []
    labels = (_("women and girls"), _("men and boys"))
    svg = curves.pyramid(
        found.groups, found.women, found.men, title=title, labels=labels, description=sentence, look=asked.look
    )
    rows = [[group, *pair, sum(pair)] for group, *pair in zip(found.groups, found.women, found.men, strict=True)]
    return Shown(title, sentence, svg, "", [_("Age"), *labels, _("All")], rows, notes)


def by_area(asked: Question) -> Shown:
    """Cases by the area that reported them: all, of the last days, or for 100,000 residents; on a map where outlines are known."""
    title = _("Cases by area")
    n_days = int(asked.picked["days"])
    counted = answers.by_area(asked.cases)
    if not counted:
        return Shown(title, _("No case is known by then."), instead=_("Nothing to draw."))
    around = sorted({*filter(None, counted), *cases_of.counties_around(counted)})
    names, people = areas.names(around), cases_of.populations(around)
    recent = answers.by_area(asked.cases, since=asked.last - timedelta(days=n_days - 1))
    rates = {code: 1e5 * counted[code] / people[code] for code in counted if code in people}
    rows = [
        [names.get(code) or code or _("not known"), n, recent[code], people.get(code, "–"), _one(rates.get(code))]
        for code, n in counted.most_common()
    ]
    layer = asked.picked["layer"]
    values: dict[str, float] = {"cases": counted, "recent": recent, "rate": rates}[layer]  # type: ignore[assignment]
    facts = {"n": sum(counted.values()), "areas": len(counted), "most": rows[0][0], "there": rows[0][1]}
    sentence = _("%(n)s cases in %(areas)s areas; most in %(most)s (%(there)s).") % facts
    said = {"n": sum(recent.values()), "days": n_days}
    sentence += " " + _("Of them %(n)s were reported in the last %(days)s days.") % said
    outlines = layers.outlines(around)
    shown = values if layer == "rate" else {code: areamap.rolled(values, code, outlines) for code in outlines}
    drawn = areamap.draw(outlines, shown, names)
    instead = "" if drawn else _("The outlines of these areas are not known here: import them to see a map.")
    notes = [_("Cases count for the area that reported them, which need not be where people were infected.")]
    if layer == "rate":
        few = sum(1 for code in rates if counted[code] < FEW_FOR_A_RATE)
        if few:
            notes.append(_("In %(n)s areas the rate rests on fewer than %(least)s cases: one case more changes it a lot.")
                         % {"n": few, "least": FEW_FOR_A_RATE})  # fmt: skip
        if missing := sum(1 for code in counted if code not in people):
            notes.append(_("Of %(n)s areas the number of residents is not known.") % {"n": missing})
    heads = [_("Area"), _("Cases"), _("Last %(n)s days") % {"n": n_days}, _("Residents"), _("For 100,000")]
    words = f"{title}: {LAYER_WORDS[layer]}" + (f" ({n_days})" if layer == "recent" else "")
    return Shown(title, sentence, _map(drawn, words, asked.look) if drawn else "", instead, heads, rows, notes)


def _map(drawn: areamap.AreaMap, title: str, look: Look) -> str:
    parts = []
    ink = 'class="c-area"' if look.name == "page" else 'fill="#17578f" stroke="#7d8a97"'
    for shape in drawn.shapes:
        title_of = escape(f"{shape.name or shape.code} · {_plain(shape.value)}")
        fill = f'{ink} fill-opacity="{_opacity(shape.shade)}"'
        parts.append(f'<path d="{shape.path}" {fill}><title>{title_of}</title></path>')
        at = f'x="{shape.x}" y="{shape.y}" text-anchor="middle"'
        value = _plain(shape.value) if shape.value else ""
        parts.append(f"<text {at} {look.part('text')}>{escape(shape.name)} {value}</text>")
    steps = areamap.steps(drawn)
    for place, (shade, low, high) in enumerate(steps):
        x, y = 10 + place * 68, drawn.high + 8
        parts.append(f'<rect x="{x}" y="{y}" width="16" height="12" {ink} fill-opacity="{_opacity(shade)}"/>')
        words = _plain(high) if low == high else f"{_plain(low)} – {_plain(high)}"
        parts.append(f'<text x="{x + 20}" y="{y + 11}" {look.part("text")}>{words}</text>')
    high = drawn.high + (28 if steps else 0)
    size = f'viewBox="0 0 {drawn.wide} {high}"'
    if look.name == "file":
        size += f' width="{drawn.wide}" height="{high}" font-family="Noto Sans SC, sans-serif" font-size="12"'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="chart chart-map" role="img" {size}><title>{escape(title)}</title>'
            f"{''.join(parts)}</svg>")  # fmt: skip


def _opacity(shade: int) -> str:
    return f"{0.04 + 0.11 * shade:.2f}"


def _plain(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or value >= 10 else f"{value:.1f}"


def _one(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _r_notes(found: answers.Reproduction, interval: Interval, least: int) -> list[str]:
    facts: dict[str, Any] = {"mean": _two(interval.mean), "sd": _two(interval.sd), "pairs": interval.pairs}
    if interval.source == "own":
        notes = [
            _(
                "Serial interval of this outbreak: mean %(mean)s, sd %(sd)s days, from %(pairs)s pairs; its uncertainty is in the band."
            )
            % facts
        ]
    else:
        one = parameters.named(interval.source)
        notes = [
            _("Serial interval: mean %(mean)s, sd %(sd)s days (%(population)s; %(source)s).")
            % {**facts, "population": one.population, "source": one.source}
        ]
        if one.sd is None:
            notes.append(_("The source gives no standard deviation; half the mean is taken."))
    if found.nowcast is not None:
        seen, late = int(found.nowcast.reported.sum()), float(found.nowcast.draws.sum(axis=1).mean())
        notes.append(
            _("Cases not yet reported are reckoned with: %(seen)s local cases reported, %(late)s expected in all.")
            % {"seen": seen, "late": f"{late:.0f}"}
        )
    else:
        notes.append(_("Too few delays to reckon with cases not yet reported: the newest days read too low."))
    if found.left_out_days:
        notes.append(
            _("The newest %(days)s days are left out: less than half of their cases is reported.")
            % {"days": found.left_out_days}
        )
    if found.without_onset:
        notes.append(
            _("%(count)s cases without a day of onset (asymptomatic ones among them) are not in it.")
            % {"count": found.without_onset}
        )
    notes.append(
        _("Windows with fewer than %(least)s cases are not drawn. Method: Cori et al. 2013, imported cases apart.")
        % {"least": least}
    )
    return notes


def _delay_notes(found: Delay) -> list[str]:
    notes = []
    if found.kind in ("onset_to_report", "serial_interval", "incubation"):
        notes.append(_("Corrected for delays too long to have ended by then (right truncation)."))
    if found.censored:
        notes.append(
            _("%(count)s still waited at the end and count as longer than they have waited.")
            % {"count": found.censored}
        )
    if found.missing:
        notes.append(_("Of %(count)s one of the two days is not known.") % {"count": found.missing})
    if any(value < 0 for value in found.values):
        notes.append(_("Some are negative, so only the normal distribution was fitted: look at these pairs."))
    return notes


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
