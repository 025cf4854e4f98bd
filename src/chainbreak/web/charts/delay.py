"""Delays observed and fitted (时间间隔)."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chainbreak.exchange.charts import curves
from chainbreak.investigation.services import analysis as answers
from chainbreak.investigation.services.analysis import Delay

from .question import Question, Shown, two

DELAY_WORDS: dict[str, str | Promise] = {
    "incubation": gettext_lazy("incubation period"),
    "onset_to_report": gettext_lazy("onset to report"),
    "report_to_isolation": gettext_lazy("report to isolation"),
    "serial_interval": gettext_lazy("serial interval"),
}


FAMILY_WORDS: dict[str, str | Promise] = {
    "gamma": gettext_lazy("gamma"),
    "lognormal": gettext_lazy("lognormal"),
    "weibull": gettext_lazy("Weibull"),
    "normal": gettext_lazy("normal (Gauss)"),
}


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
    facts = {"mean": two(best.mean.value), "low": two(best.mean.low), "high": two(best.mean.high),
             "p95": two(best.quantile(0.95).value), "n": found.n}  # fmt: skip
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
            "mean": two(one.mean.value),
            "sd": two(one.sd.value),
        }
        notes.append(_("%(name)s: mean %(mean)s, sd %(sd)s days, AIC %(aic)s.") % facts)
    return Shown(title, sentence, svg, "", heads, table, notes)


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
