"""The tree of a reconstruction (传播树图): each case from its infection to its onset, below its infector, sure links dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from chainbreak.exchange.charts.chart import BOTTOM, LEFT, TOP, Chart
from chainbreak.exchange.charts.look import Look

ROW, DAY_WIDE, HEAD = 22, 30, 26
ROOM = 4  # days to the right, for the words of the last
LIKELY = 0.5


@dataclass(frozen=True)
class Infected:
    """One case of the tree; days as numbers (ordinals and parts of the day)."""

    number: int
    infector: int | None
    probability: float
    low: float
    median: float
    high: float
    onset: float | None


def tree(cases: Sequence[Infected], *, title: str, words: Mapping[str, str], description: str = "", look: Look) -> str:
    """Time from left to right. A dot is the infection, the pale bar its 95 % interval, the diamond the onset.

    Args:
        words: `outside`, `infected`, `onset`, `likely`, `unlikely`, in the reader's language.
    """
    by_number = {case.number: case for case in cases}
    rows = {number: place for place, number in enumerate(_order(cases))}
    first = date.fromordinal(int(min(min(case.low, case.median) for case in cases))) - timedelta(days=1)
    ends = [case.high for case in cases] + [case.onset for case in cases if case.onset is not None]
    last = date.fromordinal(int(max(ends)) + 2 + ROOM)
    wide = LEFT + 40 + max(12, (last - first).days) * DAY_WIDE
    chart = Chart(title, 0, 1, first, last, description, width=min(wide, 2400), height=TOP + HEAD + ROW * len(rows) + BOTTOM,
                  look=look, fixed=True)  # fmt: skip
    chart.y_steps = []

    def y(number: int) -> float:
        return TOP + HEAD + ROW * (rows[number] + 0.5)

    for case in cases:
        at, x = y(case.number), chart.x_scale(case.median)
        low, high = chart.x_scale(case.low), chart.x_scale(case.high)
        chart.marks.append(
            f'<rect x="{low:g}" y="{at - 5:g}" width="{max(high - low, 1):g}" height="10" {look.band(0)}/>'
        )
        said = f"{case.number} ← {case.infector if case.infector is not None else words['outside']}: {100 * case.probability:.0f} %"
        dashed = "" if case.probability >= LIKELY else ' stroke-dasharray="4 4"'
        if case.infector in by_number:
            above = y(case.infector)
            line = f'fill="none" stroke-width="{1 + 2 * case.probability:.1f}" {look.stroke(0)}{dashed}'
            chart.marks.append(f'<path d="M{x:g} {above:g}V{at:g}" {line}><title>{escape(said)}</title></path>')
        if case.onset is not None:
            o = chart.x_scale(case.onset + 0.5)
            chart.marks.append(f'<path d="M{x:g} {at:g}H{o:g}" {look.part("axis")}/>')
            chart.marks.append(f'<path d="M{o - 4:g} {at:g}l4 -4 4 4 -4 4z" {look.dot(1)}/>')
        chart.marks.append(f'<circle cx="{x:g}" cy="{at:g}" r="4" {look.dot(0)}><title>{escape(said)}</title></circle>')
        beyond = max(high, chart.x_scale(case.onset + 0.5) + 4 if case.onset is not None else high)
        share = f" · {100 * case.probability:.0f} %" + ("" if case.infector is not None else f" {words['outside']}")
        chart.marks.append(
            f'<text x="{beyond + 5:g}" y="{at + 4:g}" {look.part("text")}>{case.number}{escape(share)}</text>'
        )
    likely, unlikely = (
        f'<path d="M7 0V12" fill="none" stroke-width="2" {look.stroke(0)}{more}/>'
        for more in ("", ' stroke-dasharray="4 4"')
    )
    chart.legend = [
        (f'<circle cx="7" cy="6" r="4" {look.dot(0)}/>', words["infected"]),
        (f'<path d="M3 6l4 -4 4 4 -4 4z" {look.dot(1)}/>', words["onset"]),
        (likely, words["likely"]),
        (unlikely, words["unlikely"]),
    ]
    return chart.svg()


def _order(cases: Sequence[Infected]) -> list[int]:
    """Rows from above: who came from outside, with all below him, by the day of infection."""
    there = {case.number for case in cases}
    below: dict[int | None, list[Infected]] = {}
    for case in sorted(cases, key=lambda case: (case.median, case.number)):
        below.setdefault(case.infector if case.infector in there else None, []).append(case)
    order: list[int] = []
    todo = below.get(None, [])[::-1]
    while todo:
        case = todo.pop()
        order.append(case.number)
        todo += below.get(case.number, [])[::-1]
    return order
