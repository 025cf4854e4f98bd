"""Bars and small lines as SVG made here: the numbers behind them stand in a table (图形)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDE, HIGH, LEFT, BOTTOM = 720, 220, 34, 34


@dataclass(frozen=True)
class Bar:
    """One rectangle of the curve."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    words: str


@dataclass(frozen=True)
class Curve:
    """The epidemic curve, ready for the template."""

    bars: tuple[Bar, ...]
    days: tuple[Tick, ...]
    counts: tuple[Tick, ...]
    wide: int = WIDE
    high: int = HIGH


def curve(rows: Sequence[tuple[date, dict[str, int]]], words: dict[str, str]) -> Curve:
    """Stacked bars by day and by how found."""
    most = max((sum(bars.values()) for _, bars in rows), default=0) or 1
    step, tall = (WIDE - LEFT - 8) / max(len(rows), 1), HIGH - BOTTOM - 12
    bars, days = [], []
    every = max(1, -(-len(rows) // 12))
    for number, (day, counted) in enumerate(rows):
        x, y = LEFT + number * step, float(HIGH - BOTTOM)
        for kind, n in counted.items():
            if n:
                height = tall * n / most
                y -= height
                title = f"{day:%Y-%m-%d} · {words.get(kind, kind)} · {n}"
                bars.append(
                    Bar(round(x + step * 0.1, 1), round(y, 1), round(step * 0.8, 1), round(height, 1), kind, title)
                )
        if number % every == 0:
            days.append(Tick(round(x + step / 2, 1), f"{day.month}-{day.day:02d}"))
    gap = max(1, -(-most // 4))
    counts = tuple(Tick(round(HIGH - BOTTOM - tall * n / most, 1), str(n)) for n in range(0, most + 1, gap))
    return Curve(tuple(bars), tuple(days), counts)


def spark(values: Sequence[int], *, wide: int = 84, high: int = 22) -> str:
    """The points of a small line."""
    low, most = min(values, default=0), max(values, default=0)
    span = (most - low) or 1
    step = (wide - 4) / max(len(values) - 1, 1)
    return " ".join(
        f"{2 + n * step:.1f},{high - 3 - (high - 6) * (value - low) / span:.1f}" for n, value in enumerate(values)
    )
