"""R over time with what it rests on (有效再生数)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from chainbreak.epi import parameters
from chainbreak.epi.rt import Prior, least_cases
from chainbreak.exchange.charts import curves
from chainbreak.investigation.services import analysis as answers
from chainbreak.investigation.services.analysis import Interval

from .question import Question, Shown, two


def interval_words(name: str) -> str:
    """A published serial interval: its value and population."""
    one = parameters.named(name)
    return _("%(value)s days: %(population)s") % {"value": f"{one.value:g}", "population": one.population}


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
            *(two(row[key]) for key in ("mean", "q025", "q975")),
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
        "r": two(newest["mean"]),
        "low": two(newest["q025"]),
        "high": two(newest["q975"]),
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


def _r_notes(found: answers.Reproduction, interval: Interval, least: int) -> list[str]:
    facts: dict[str, Any] = {"mean": two(interval.mean), "sd": two(interval.sd), "pairs": interval.pairs}
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
