"""What a chart of the analyst's desk is asked, and what it shows (分析图的问与答)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chainbreak.exchange.charts.look import Look
from chainbreak.investigation.selectors.analysis import CaseRow


@dataclass(frozen=True)
class Question:
    """What a page asks: the cases that fit its filters, what was chosen, the last day, the look of the drawing."""

    cases: Sequence[CaseRow]
    picked: dict[str, str]
    last: date
    disease: str
    look: Look
    outbreak: str


@dataclass(frozen=True)
class Shown:
    """What a page shows; without `svg` it says `instead` why there is none."""

    title: str
    sentence: str
    svg: str = ""
    instead: str = ""
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    notes: list[str] = field(default_factory=list)


def two(value: float | None) -> str:
    """A number of days to two places; a dash for none."""
    return "–" if value is None else f"{value:.2f}"
