"""How far a round is, drawn (轮次进度图): sampled against the pace that keeps the deadline, and where it will end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone

WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 720, 240, 64, 12, 12, 28
TICKS = 4


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    words: str


@dataclass(frozen=True)
class Picture:
    """Lines as points for the template, axes, and the rows behind them."""

    done: str
    needed: str
    ahead: str
    deadline: float
    hours: tuple[Tick, ...]
    counts: tuple[Tick, ...]
    rows: tuple[tuple[datetime, int, int], ...]
    wide: int = WIDE
    high: int = HIGH
    left: int = LEFT
    bottom: int = HIGH - BOTTOM


def picture(
    steps: Sequence[tuple[datetime, int]], *, start: datetime, deadline: datetime, due: int, now: tuple[datetime, int],
    ends_at: datetime | None,
) -> Picture | None:  # fmt: skip
    """The picture; nothing while nobody is due.

    Args:
        steps: until this instant so many were sampled.
        now: the same for this moment.
        ends_at: where it will end at this pace.
    """
    if due <= 0:
        return None
    past = [(start, 0), *[(at, n) for at, n in steps if start < at < now[0]]]
    last = now if now[0] < deadline or (steps and now[1] > steps[-1][1]) else past[-1]
    if last[0] > past[-1][0] and last[0] - past[-1][0] < timedelta(days=2):
        past.append(last)
    end = max([deadline, past[-1][0], *([ends_at] if ends_at and ends_at - deadline < deadline - start else [])])
    most = max(due, past[-1][1])
    length = (end - start) / timedelta(seconds=1)

    def point(at: datetime, n: float) -> str:
        return f"{x(at):.1f},{HIGH - BOTTOM - (HIGH - BOTTOM - TOP) * n / most:.1f}"

    def x(at: datetime) -> float:
        share = min(1.0, max(0.0, (at - start) / timedelta(seconds=1) / length))
        return LEFT + (WIDE - LEFT - RIGHT) * share

    ahead = ""
    if ends_at is not None and past[-1][1] < due and ends_at > past[-1][0]:
        seen = min(ends_at, end)
        share = (seen - past[-1][0]) / (ends_at - past[-1][0])
        ahead = f"{point(*past[-1])} {point(seen, past[-1][1] + (due - past[-1][1]) * share)}"
    needed = [(min(due, round(due * ((at - start) / (deadline - start))))) for at, _n in past]
    return Picture(
        done=" ".join(point(at, n) for at, n in past), needed=f"{point(start, 0)} {point(deadline, due)}", ahead=ahead,
        deadline=round(x(deadline), 1), hours=_hours(start, end, x),
        counts=tuple(
            Tick(round(HIGH - BOTTOM - (HIGH - BOTTOM - TOP) * n / TICKS, 1), intcomma(round(most * n / TICKS)))
            for n in range(TICKS + 1)
        ),
        rows=tuple((at, n, want) for (at, n), want in zip(past, needed, strict=True)),
    )  # fmt: skip


def _hours(start: datetime, end: datetime, x: object) -> tuple[Tick, ...]:
    step = timedelta(
        hours=next(h for h in (1, 2, 4, 6, 12, 24, 48, 24 * 30) if (end - start) / timedelta(hours=h) <= 8)
    )
    at = timezone.localtime(start).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    found = []
    while at < end:
        found.append(Tick(round(x(at), 1), f"{at:%H:%M}"))  # type: ignore[operator]
        at += step
    return tuple(found)
