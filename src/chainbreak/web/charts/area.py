"""Cases by area, on a map where outlines are known (辖区分布)."""

from __future__ import annotations

from datetime import timedelta

from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.command.selectors import areamap as layers
from chainbreak.exchange.charts.look import Look
from chainbreak.investigation.selectors import analysis as cases_of
from chainbreak.investigation.services import analysis as answers
from chainbreak.registry.selectors import area as areas

from .. import areamap
from .question import Question, Shown

LAYER_WORDS: dict[str, str | Promise] = {
    "cases": gettext_lazy("all cases"),
    "recent": gettext_lazy("cases of the last days"),
    "rate": gettext_lazy("cases for 100,000 residents"),
}


FEW_FOR_A_RATE = 5  # cases


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
