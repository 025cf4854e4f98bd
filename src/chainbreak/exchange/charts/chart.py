"""One chart (图): a frame with two axes, and marks that carry their numbers.

    chart = Chart("R over time", low=0, high=3, first=day_one, last=day_n)
    chart.band(days, lower, upper); chart.line(days, means, label="R"); chart.rule(1.0, "1")
    svg = chart.svg()

x is a date (with `first`, `last` as dates) or a number; a missing y (None) leaves a gap, never a zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape

from chainbreak.exchange.charts import scale
from chainbreak.exchange.charts.look import Look
from chainbreak.exchange.charts.scale import Scale, written

X = date | float
PAGE = Look("page")
Y = float | None
LEFT, RIGHT, TOP, BOTTOM, LEGEND = 52, 12, 14, 44, 20


@dataclass
class Chart:
    """A chart from `first` to `last` along the bottom and from `low` to at least `high` up the side."""

    title: str
    low: float
    high: float
    first: X
    last: X
    description: str = ""
    x_label: str = ""
    y_label: str = ""
    width: int = 760
    height: int = 300
    whole: bool = False  # counts: no steps between whole numbers
    look: Look = PAGE
    fixed: bool = False  # drawn as large as it is, and scrolled, not fitted to the page
    marks: list[str] = field(default_factory=list)
    legend: list[tuple[str, str]] = field(default_factory=list)  # swatch, words

    def __post_init__(self) -> None:
        self.id = "c" + hashlib.sha256(f"{self.title}{self.first}{self.last}".encode()).hexdigest()[:8]
        self.y_steps = scale.steps(self.low, self.high, whole=self.whole)
        bottom = self.height - BOTTOM
        self.y = Scale(self.y_steps[0], self.y_steps[-1], bottom, TOP + LEGEND)
        self.x_scale = Scale(_number(self.first), _number(self.last), LEFT, self.width - RIGHT)

    def x(self, value: X) -> float:
        """The place of a value along the bottom."""
        return self.x_scale(_number(value))

    def bars(
        self, xs: Sequence[X], stacks: Sequence[Sequence[float]], labels: Sequence[str], *, share: float = 0.86
    ) -> None:
        """Bars of one unit of x each, stacked: `stacks[series][place]`. A bar stands from x to x + 1."""
        ground = [0.0] * len(xs)
        for series, values in enumerate(stacks):
            for place, value in enumerate(values):
                if value:
                    left = self.x_scale(_number(xs[place]) + (1 - share) / 2)
                    wide = self.x_scale(_number(xs[place]) + (1 + share) / 2) - left
                    top, below = self.y(ground[place] + value), self.y(ground[place])
                    words = f"{_written_x(xs[place])} · {labels[series]} · {written(value)}"
                    self.marks.append(
                        f'<rect x="{left:g}" y="{top:g}" width="{max(wide, 0.5):g}" height="{below - top:g}" '
                        f"{self.look.fill(series, self.id)}><title>{escape(words)}</title></rect>"
                    )
                    ground[place] += value
            if labels[series]:
                self.legend.append(
                    (f'<rect width="12" height="12" {self.look.fill(series, self.id)}/>', labels[series])
                )

    def line(self, xs: Sequence[X], ys: Sequence[Y], *, label: str = "", series: int = 0) -> None:
        """A line through the values that are there; it breaks where one is missing."""
        for piece in _pieces(xs, ys):
            path = "L".join(f"{self.x(x):g} {self.y(y):g}" for x, y in piece)
            self.marks.append(f'<path d="M{path}" {self.look.line(series)}/>')
            if len(piece) == 1:
                self.dots([piece[0][0]], [piece[0][1]], series=series)
        if label:
            self.legend.append((f'<path d="M0 6H14" {self.look.line(series)}/>', label))

    def band(self, xs: Sequence[X], lows: Sequence[Y], highs: Sequence[Y], *, label: str = "", series: int = 0) -> None:
        """An interval around a line; what lies over the top of the chart is cut there."""
        both = [None if low is None or high is None else (low, high) for low, high in zip(lows, highs, strict=True)]
        piece: list[tuple[X, float, float]] = []
        for x, pair in [*zip(xs, both, strict=True), (None, None)]:
            if pair is not None and x is not None:
                low, high = (min(max(end, self.y_steps[0]), self.y_steps[-1]) for end in pair)
                piece.append((x, low, high))
                continue
            if piece:
                up = [f"{self.x(at):g} {self.y(high):g}" for at, _low, high in piece]
                down = [f"{self.x(at):g} {self.y(low):g}" for at, low, _high in reversed(piece)]
                self.marks.append(f'<path d="M{"L".join(up + down)}Z" {self.look.band(series)}/>')
            piece = []
        if label:
            self.legend.append((f'<rect width="14" height="12" {self.look.band(series)}/>', label))

    def whiskers(self, xs: Sequence[X], lows: Sequence[Y], highs: Sequence[Y], *, series: int = 0) -> None:
        """A thin line from the low to the high of each."""
        for x, low, high in zip(xs, lows, highs, strict=True):
            if low is not None and high is not None:
                ends = f"M{self.x(x):g} {self.y(low):g}V{self.y(min(high, self.y_steps[-1])):g}"
                self.marks.append(f'<path d="{ends}" {self.look.stroke(series)} fill="none" stroke-width="1.5"/>')

    def dots(self, xs: Sequence[X], ys: Sequence[Y], *, label: str = "", series: int = 0, radius: float = 2.5) -> None:
        """A dot for each value that is there."""
        for x, y in zip(xs, ys, strict=True):
            if y is not None:
                words = escape(f"{_written_x(x)} · {written(round(y, 3))}")
                self.marks.append(
                    f'<circle cx="{self.x(x):g}" cy="{self.y(y):g}" r="{radius:g}" {self.look.dot(series)}>'
                    f"<title>{words}</title></circle>"
                )
        if label:
            self.legend.append((f'<circle cx="7" cy="6" r="4" {self.look.dot(series)}/>', label))

    def rule(self, value: float, words: str = "") -> None:
        """A dashed line across at a value that matters."""
        y = self.y(value)
        self.marks.append(f'<path d="M{LEFT} {y:g}H{self.width - RIGHT}" {self.look.part("rule")}/>')
        if words:
            at = f'x="{self.width - RIGHT - 4}" y="{y - 4:g}" text-anchor="end"'
            self.marks.append(f"<text {at} {self.look.part('soft')}>{escape(words)}</text>")

    def svg(self) -> str:
        """The drawing: it stands alone in a file, and inside a page."""
        return self._drawn(self._axes() + "".join(self.marks) + self._legend())

    def svg_without_axes(self, *, legend: bool = False) -> str:
        """The marks alone, for drawings that place them themselves."""
        return self._drawn("".join(self.marks) + (self._legend() if legend else ""))

    def _drawn(self, content: str) -> str:
        described = f'<desc id="{self.id}-d">{escape(self.description)}</desc>' if self.description else ""
        named = f'aria-labelledby="{self.id}-t{f" {self.id}-d" if self.description else ""}"'
        size = f'viewBox="0 0 {self.width} {self.height}"'
        if self.fixed and self.look.name == "page":
            size += f' width="{self.width}" height="{self.height}"'
        if self.look.name == "file":
            size += (
                f' width="{self.width}" height="{self.height}" font-family="Noto Sans SC, sans-serif" font-size="12"'
            )
        ground = f'<rect width="{self.width}" height="{self.height}" {self.look.part("paper")}/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart{" chart-fixed" if self.fixed else ""}" role="img" {named} {size}>'
            f'<title id="{self.id}-t">{escape(self.title)}</title>{described}{self.look.patterns(self.id)}'
            f"{ground if self.look.name == 'file' else ''}{content}</svg>"
        )

    def _axes(self) -> str:
        bottom, parts = self.height - BOTTOM, []
        for value in self.y_steps:
            y = self.y(value)
            parts.append(f'<path d="M{LEFT} {y:g}H{self.width - RIGHT}" {self.look.part("grid")}/>')
            at = f'x="{LEFT - 6}" y="{y + 4:g}" text-anchor="end"'
            parts.append(f"<text {at} {self.look.part('text')}>{written(value)}</text>")
        for x, words in self._x_ticks():
            parts.append(f'<path d="M{x:g} {bottom}v5" {self.look.part("axis")}/>')
            parts.append(
                f'<text x="{x:g}" y="{bottom + 18}" text-anchor="middle" {self.look.part("text")}>{words}</text>'
            )
        parts.append(f'<path d="M{LEFT} {bottom}H{self.width - RIGHT}" {self.look.part("axis")}/>')
        if self.x_label:
            at = f'x="{self.width - RIGHT}" y="{bottom + 36}" text-anchor="end"'
            parts.append(f"<text {at} {self.look.part('soft')}>{escape(self.x_label)}</text>")
        if self.y_label:
            parts.append(f'<text x="4" y="{TOP}" {self.look.part("soft")}>{escape(self.y_label)}</text>')
        return "".join(parts)

    def _x_ticks(self) -> list[tuple[float, str]]:
        if isinstance(self.first, date) and isinstance(self.last, date):
            last = self.last - timedelta(days=1)  # the axis ends when the last day ends
            named = scale.days(self.first, max(last, self.first))
            half = (self.x(self.first + timedelta(days=1)) - self.x(self.first)) / 2
            return [(self.x(day) + half, f"{day.month}-{day.day:02d}") for day in named]
        inside = [step for step in scale.steps(_number(self.first), _number(self.last), 9)
                  if _number(self.first) <= step <= _number(self.last)]  # fmt: skip
        return [(self.x(step), written(step)) for step in inside]

    def _legend(self) -> str:
        parts, y = [], TOP - 8
        x = start = LEFT + (sum(map(_wide, self.y_label)) if self.y_label else 0)
        for swatch, words in self.legend:
            wide = 36 + sum(map(_wide, words))
            if x + wide > self.width and x > start:
                x, y = start, y + 16
            parts.append(f'<g transform="translate({x:g} {y:g})">{swatch}')
            parts.append(f'<text x="20" y="11" {self.look.part("text")}>{escape(words)}</text></g>')
            x += wide
        return "".join(parts)


def _wide(char: str) -> float:
    return 12.0 if ord(char) > 0x2E7F else 6.6


def _number(value: X) -> float:
    return float(value.toordinal()) if isinstance(value, date) else float(value)


def _written_x(value: X) -> str:
    return value.isoformat() if isinstance(value, date) else written(value)


def _pieces(xs: Sequence[X], ys: Sequence[Y]) -> list[list[tuple[X, float]]]:
    found: list[list[tuple[X, float]]] = [[]]
    for x, y in zip(xs, ys, strict=True):
        if y is None:
            found.append([])
        else:
            found[-1].append((x, y))
    return [piece for piece in found if piece]
