"""Axes of charts (坐标轴): round steps of numbers, days with a date now and then."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Scale:
    """From values to places along one side of a chart, in pixels."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return round(self.begin + (value - self.low) / span * (self.end - self.begin), 2)


LEAST = 1e-9  # of the numbers themselves: a smaller range is none


def steps(low: float, high: float, most: int = 6, *, whole: bool = False) -> list[float]:
    """Round numbers from the one at or below `low` to the one at or above `high`, at most about `most`.

    >>> steps(0, 17)
    [0.0, 5.0, 10.0, 15.0, 20.0]
    """
    span = high - low if high - low > LEAST * max(1.0, abs(low)) else 1.0
    raw = span / max(most - 1, 1)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= raw * (1 - 1e-9))
    if whole:
        step = max(1.0, float(math.ceil(step)))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def days(first: date, last: date, most: int = 8) -> list[date]:
    """Days to name on an axis: every day, every week, or so; never more than `most`."""
    n = (last - first).days + 1
    every = next((step for step in (1, 2, 3, 7, 14, 28, 56, 91, 182, 364) if -(-n // step) <= most), -(-n // most))
    return [first + timedelta(days=number) for number in range(0, n, every)]


def written(value: float) -> str:
    """A number as people write it: no trailing zeros."""
    return f"{value:,.6g}".replace(",", "\u2009") if abs(value) >= 10_000 else f"{value:.6g}"
