"""A time line (时间线) of one case as a small drawing: where the person was, and the infectious window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from chainbreak.investigation.selectors.casefile import CaseFile

LEFT, WIDTH, TOP, ROW = 150, 760, 26, 22
MOST_PLACES, MOST_DAYS = 14, 35


@dataclass(frozen=True)
class Bar:
    """A stretch of time in one row."""

    x: float
    y: float
    width: float
    title: str


@dataclass(frozen=True)
class Drawing:
    """The parts of the drawing, in its own units."""

    width: int
    height: int
    days: list[tuple[float, str]]
    rows: list[tuple[int, str]]
    bars: list[Bar]
    window: Bar | None
    left_out: int


def of_case(file: CaseFile, as_of: datetime) -> Drawing | None:
    """The time line of a case's stays before `as_of`; None where no stay is known."""
    if not file.segments:
        return None
    end = min(max(max(one.left_at for one in file.segments), as_of - timedelta(days=1)), as_of)
    start = _midnight(max(min(one.arrived_at for one in file.segments), end - timedelta(days=MOST_DAYS)))
    length = max((end - start).total_seconds(), 3600.0)

    def x(at: datetime) -> float:
        return round(LEFT + WIDTH * min(max((at - start).total_seconds() / length, 0), 1), 1)

    places: dict[int, int] = {}
    bars = []
    for one in file.segments:
        row = places.setdefault(one.place_id, len(places))
        if row < MOST_PLACES and one.left_at > start:
            left, right = x(one.arrived_at), x(one.left_at)
            at = f"{timezone.localtime(one.arrived_at):%m-%d %H:%M}-{timezone.localtime(one.left_at):%m-%d %H:%M}"
            bars.append(Bar(left, TOP + row * ROW + 4, max(right - left, 2), f"{one.place} {at}"))
    names = {one.place_id: str(one.place) for one in file.segments}
    rows = [(TOP + row * ROW + 16, names[place][:12]) for place, row in places.items() if row < MOST_PLACES]
    days, day = [], start
    step = max(1, round(length / 86400 / 10))
    while day <= end:
        days.append((x(day), f"{timezone.localtime(day):%m-%d}"))
        day += timedelta(days=step)
    height = TOP + len(rows) * ROW + 8
    window = None
    if file.window and file.window.from_at < end and (file.window.until or end) > start:
        left, right = x(file.window.from_at), x(file.window.until or end)
        window = Bar(left, TOP - 4, max(right - left, 2), "")
    return Drawing(LEFT + WIDTH + 50, height, days, rows, bars, window, max(0, len(places) - MOST_PLACES))


def _midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
