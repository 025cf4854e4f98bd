"""The drawings of the analyst's desk (分析图): each takes the rows that its table shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from chainbreak.exchange.charts.chart import Chart, X
from chainbreak.exchange.charts.look import Look

Row = Mapping[str, Any]
FILE = Look("file")
DAY = timedelta(days=1)


def r_over_time(
    rows: Sequence[Row], *, title: str, label: str, description: str = "", x_label: str = "", look: Look = FILE
) -> str:
    """R by the last day of its window, with its interval, and the line of 1 on which growth turns."""
    dated = bool(rows) and "date_end" in rows[0]
    xs: list[X] = [date.fromisoformat(row["date_end"]) if dated else float(row["t_end"]) for row in rows]
    tops = [row["q975"] for row in rows if row["q975"] is not None]
    middle = sorted(row["mean"] for row in rows if row["mean"] is not None)
    high = min(
        max(tops, default=2.0), 4 * max(middle[len(middle) // 2] if middle else 1.0, middle[-1] if middle else 1.0)
    )
    first, last = _span(xs)
    chart = Chart(title, 0, max(high, 1.5), first, last, description, x_label=x_label, look=look)
    middles = [_middle(x) for x in xs]
    chart.band(middles, [row["q025"] for row in rows], [row["q975"] for row in rows])
    chart.line(middles, [row["mean"] for row in rows], label=label)
    chart.rule(1.0)
    return chart.svg()


def epidemic_curve(
    days: Sequence[date], stacks: Sequence[Sequence[float]], labels: Sequence[str], *, title: str,
    description: str = "", look: Look = FILE,
) -> str:  # fmt: skip
    """Cases by day, stacked by how they were found."""
    most = max((sum(values) for values in zip(*stacks, strict=True)), default=0)
    chart = Chart(title, 0, max(most, 1), days[0], days[-1] + DAY, description, whole=True, look=look)
    chart.bars(list(days), stacks, labels)
    return chart.svg()


def nowcast(
    rows: Sequence[Row], *, title: str, labels: tuple[str, str], description: str = "", look: Look = FILE
) -> str:
    """Cases reported by day of onset, those still expected above them, and the interval of the sum."""
    days = [date.fromisoformat(row["date"]) for row in rows]
    reported = [float(row["reported"]) for row in rows]
    more = [max((row["expected"] or 0.0) - row["reported"], 0.0) for row in rows]
    ends = [row["high"] for row in rows if row["high"] is not None]
    high = max([*ends, *(a + b for a, b in zip(reported, more, strict=True)), 1])
    sums = max([a + b for a, b in zip(reported, more, strict=True)] + [1.0])
    chart = Chart(title, 0, min(high, 3 * sums), days[0], days[-1] + DAY, description, whole=True, look=look)
    chart.bars(days, [reported, more], labels)
    chart.whiskers([_middle(day) for day in days], [row["low"] if row["high"] > row["low"] else None for row in rows],
                   [row["high"] for row in rows])  # fmt: skip
    return chart.svg()


def delays(
    observed: Sequence[tuple[float, float]], lines: Sequence[tuple[str, Sequence[tuple[float, float]]]], *, title: str,
    labels: tuple[str, str], description: str = "", x_label: str = "", look: Look = FILE,
) -> str:  # fmt: skip
    """Observed delays as bars of a day (day, share), and fitted densities as lines (name, (delay, share a day))."""
    places = [day for day, _ in observed] + [x for _, line in lines for x, _ in line]
    tops = [share for _, share in observed] + [y for _, line in lines for _, y in line]
    chart = Chart(title, 0, max([*tops, 0.01]), min([*places, 0.0]), max([*places, 1.0]) + 1, description,
                  x_label=x_label, look=look)  # fmt: skip
    chart.bars([day for day, _ in observed], [[share for _, share in observed]], [labels[0]])
    for number, (name, line) in enumerate(lines):
        chart.line([x for x, _ in line], [y for _, y in line], label=name, series=number + 1)
    return chart.svg()


def pyramid(
    groups: Sequence[str], left: Sequence[int], right: Sequence[int], *, title: str, labels: tuple[str, str],
    description: str = "", look: Look = FILE,
) -> str:  # fmt: skip
    """Cases by age group, women to the left and men to the right."""
    from html import escape

    most = max([*left, *right, 1])
    high, middle, step = 40 + 24 * len(groups), 380, 24
    parts = []
    chart = Chart(title, 0, 1, 0.0, 1.0, description, height=high, look=look)
    for number, group in enumerate(reversed(groups)):
        place = len(groups) - 1 - number
        y = 30 + number * step
        for series, (values, sign) in enumerate(((left, -1), (right, 1))):
            wide = 300 * values[place] / most
            x = middle + sign * 34 - (wide if sign < 0 else 0)
            words = escape(f"{group} · {labels[series]} · {values[place]}")
            parts.append(f'<rect x="{x:g}" y="{y}" width="{wide:g}" height="{step - 5}" '
                         f"{look.fill(series, chart.id)}><title>{words}</title></rect>")  # fmt: skip
            anchor, at = ("end", x - 4) if sign < 0 else ("start", x + wide + 4)
            if values[place]:
                parts.append(
                    f'<text x="{at:g}" y="{y + 14}" text-anchor="{anchor}" {look.part("soft")}>{values[place]}</text>'
                )
        parts.append(f'<text x="{middle}" y="{y + 14}" text-anchor="middle" {look.part("text")}>{escape(group)}</text>')
    for x, anchor, words in ((middle - 40, "end", labels[0]), (middle + 40, "start", labels[1])):
        parts.append(f'<text x="{x}" y="18" text-anchor="{anchor}" {look.part("text")}>{escape(words)}</text>')
    chart.marks = parts
    return chart.svg_without_axes()


def _middle(x: X) -> X:
    """The middle of a day, so that a line goes through the middles of bars."""
    return x.toordinal() + 0.5 if isinstance(x, date) else x


def _span(xs: Sequence[X]) -> tuple[X, X]:
    if not xs:
        return 0.0, 1.0
    first, last = xs[0], xs[-1]
    if isinstance(first, date) and isinstance(last, date):
        return first, last + DAY
    if isinstance(first, date) or isinstance(last, date):
        raise ValueError("the places along the bottom are dates or numbers, not both")
    return first, max(last, first + 1)
