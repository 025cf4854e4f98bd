"""Curves of growth as SVG (增长曲线图): one small panel a series, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDE, HIGH, LEFT, BELOW, TOP = 300, 230, 52, 40, 26


def growth(rows: Sequence[tuple[str, float, int, float]]) -> str:
    """Series, x, people reached, milliseconds: a panel for each series, with the power it grows by."""
    names = list(dict.fromkeys(row[0] for row in rows))
    panels = [_panel(name, [(row[1], row[3]) for row in rows if row[0] == name], k) for k, name in enumerate(names)]
    height = HIGH * math.ceil(len(names) / 2)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDE} {height}" font-family="sans-serif" '
        f'font-size="11" role="img"><title>Processor time of tracing as it grows</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


def _panel(name: str, points: list[tuple[float, float]], number: int) -> str:
    x0, y0 = WIDE * (number % 2), HIGH * (number // 2)
    low_x, high_x = (math.log10(f(x for x, _ in points)) for f in (min, max))
    low_y, high_y = math.floor(math.log10(min(y for _, y in points))), math.ceil(math.log10(max(y for _, y in points)))
    high_y = max(high_y, low_y + 1)

    def at(x: float, y: float) -> tuple[float, float]:
        share_x = (math.log10(x) - low_x) / ((high_x - low_x) or 1)
        share_y = (math.log10(y) - low_y) / (high_y - low_y)
        return x0 + LEFT + share_x * (WIDE - LEFT - 24), y0 + HIGH - BELOW - share_y * (HIGH - BELOW - TOP)

    bottom = y0 + HIGH - BELOW
    parts = [f'<text x="{x0 + LEFT}" y="{y0 + 15}" font-weight="bold">ms, against {escape(name)}</text>']
    for power in range(low_y, high_y + 1):
        _, y = at(10**low_x, 10**power)
        parts.append(
            f'<path d="M{x0 + LEFT} {y:.1f}H{x0 + WIDE - 24}" stroke="#ddd"/>'
            f'<text x="{x0 + LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
        )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>')
    named: list[float] = [at(*points[-1])[0]]  # where names stand: the last for sure, others where there is room
    for x, y in points:
        cx, cy = at(x, y)
        parts.append(
            f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="3" fill="#1f5fa8"><title>{x:g}: {y:.3g} ms</title></circle>'
        )
        if cx == named[0] or all(abs(cx - other) > 38 for other in named):
            named.append(cx)
            parts.append(f'<text x="{cx:.1f}" y="{bottom + 15}" text-anchor="middle">{_short(x)}</text>')
    return "".join(parts)


def _short(x: float) -> str:
    for size, name in ((1e6, " M"), (1e3, " k")):
        if x >= size:
            return f"{x / size:.3g}{name}"
    return f"{x:g}"
