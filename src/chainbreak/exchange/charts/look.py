"""How marks look (图形样式): by class on a page, so that themes hold, and by fixed colours in a file."""

from __future__ import annotations

from dataclasses import dataclass

SERIES = ("#17578f", "#c2571a", "#0b6b57", "#653397", "#7a4a00", "#56626e")  # apart from one another in grey as well
PATTERNS = (None, "stripes", "dots", "cross", "lines", "grid")
DASHES = (None, "7 4", "2 4", "10 3 2 3", "4 2", "1 3")
INK = {
    "axis": 'stroke="#7d8a97" fill="none"',
    "grid": 'stroke="#dde3e8" fill="none"',
    "text": 'fill="#17212b"',
    "soft": 'fill="#4a5866"',
    "rule": 'stroke="#a3202a" fill="none" stroke-dasharray="5 4"',
    "paper": 'fill="#ffffff"',
    "area": 'fill="#17578f" stroke="#7d8a97"',
    "area0": 'fill="#eef1f4" stroke="#ffffff"',
    "cell": 'fill="#17578f"',
    "on": 'fill="#ffffff"',
}


@dataclass(frozen=True)
class Look:
    """`page`: classes of `charts.css`; `file`: the colours stand in the picture."""

    name: str = "page"

    def part(self, role: str) -> str:
        """Attributes of axes, words and rules."""
        return f'class="c-{role}"' if self.name == "page" else INK[role]

    def fill(self, series: int, chart: str) -> str:
        """Attributes of an area: the first series is plain, each other one has a pattern of its own."""
        series %= len(SERIES)
        pattern = PATTERNS[series]
        painted = f'fill="url(#{chart}-{pattern})"' if pattern else self._plain_fill(series)
        return f"{painted} {self.stroke(series)}"

    def stroke(self, series: int) -> str:
        """Attributes of an outline."""
        series %= len(SERIES)
        return f'class="c-s{series + 1}"' if self.name == "page" else f'stroke="{SERIES[series]}"'

    def line(self, series: int) -> str:
        """Attributes of a line: each series has its own dashes."""
        series %= len(SERIES)
        dash = f' stroke-dasharray="{DASHES[series]}"' if DASHES[series] else ""
        return f'{self.stroke(series)} fill="none" stroke-width="2"{dash}'

    def band(self, series: int) -> str:
        """Attributes of an interval around a line."""
        series %= len(SERIES)
        if self.name == "page":
            return f'class="c-b{series + 1}" stroke="none"'
        return f'fill="{SERIES[series]}" fill-opacity="0.2" stroke="none"'

    def dot(self, series: int) -> str:
        """Attributes of a dot."""
        series %= len(SERIES)
        return f'class="c-f{series + 1}"' if self.name == "page" else f'fill="{SERIES[series]}"'

    def patterns(self, chart: str) -> str:
        """The patterns of the areas, with ids of this chart."""
        shapes = {
            "stripes": '<path d="M-1 5 5 -1M-1 11 11 -1M5 11 11 5"/>',
            "dots": '<circle cx="3" cy="3" r="1.2"/><circle cx="8" cy="8" r="1.2"/>',
            "cross": '<path d="M0 0 10 10M10 0 0 10"/>',
            "lines": '<path d="M0 2.5H10M0 7.5H10"/>',
            "grid": '<path d="M5 0V10M0 5H10"/>',
        }
        made = []
        for series, name in enumerate(PATTERNS):
            if name:
                size = f'id="{chart}-{name}" width="10" height="10" patternUnits="userSpaceOnUse"'
                ground = f'<rect width="10" height="10" {self.part("paper")}/>'
                ink = self.stroke(series) + ' fill="none" stroke-width="1.6"'
                made.append(f"<pattern {size}>{ground}<g {ink}>{shapes[name]}</g></pattern>")
        return f"<defs>{''.join(made)}</defs>"

    def _plain_fill(self, series: int) -> str:
        return f'fill="{SERIES[series]}"' if self.name == "file" else 'data-fill="plain"'
