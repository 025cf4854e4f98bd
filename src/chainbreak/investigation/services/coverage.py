"""What a search in the lake rests on (数据覆盖): days without stays, days with too few, people without any.

Nobody is cleared by a search in data that are not there; so this is said beside every answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from chainbreak.engines.lake import Lake, health, rows
from chainbreak.engines.lake.batch import day_of
from chainbreak.registry.models import Person


@dataclass(frozen=True)
class Window:
    """In which time the case may have infected others."""

    from_at: datetime
    until: datetime


@dataclass(frozen=True)
class Coverage:
    """What the lake holds of a window.

    stays: in the whole lake; persons: how many of the lake's have a stay in these days; registered: in the register.
    missing, thin: days of the window without stays, with too few.
    silent: people of the case's household without any stay in these days.
    """

    stays: int
    persons: int
    registered: int
    missing: list[date]
    thin: list[date]
    silent: list[str]

    @property
    def share(self) -> float | None:
        """Which part of the registered persons has a stay, in percent; None without a register."""
        return 100 * min(1.0, self.persons / self.registered) if self.registered else None


def of(stays: Lake, window: Window, *, household: list[str]) -> Coverage:
    """What the lake holds of the days of a window."""
    by_day = {date.fromisoformat(row["day"]): int(row["stays"]) for row in stays.status()["days"]}
    few, days = health.thin_days(by_day), health.days_of([(window.from_at, window.until)])
    there = persons_in(stays, days)
    numbers: Iterable[int] = (
        stays.person_ids.of(stays.person_ids.as_text(pa.array(household, pa.string()))) if household else []
    )
    silent = [one for one, number in zip(household, numbers, strict=True) if not _holds(there, int(number))]
    return Coverage(
        stays=sum(by_day.values()),
        persons=int(there.sum()),
        registered=Person.objects.count(),
        missing=[day for day in days if not by_day.get(day)],
        thin=[day for day in days if day in few],
        silent=silent,
    )


def persons_in(stays: Lake, days: list[date]) -> Any:
    """Which persons, by their number in the lake, have a stay that began on one of the days: bool, shape (persons,)."""
    epoch = date(1970, 1, 1)
    wanted = {(day - epoch).days for day in days}
    most = max((segment.layout.n_persons for segment in stays.segments), default=0)
    there = np.zeros(most, bool)
    for segment in stays.segments:
        if not wanted & {int(day) for day in segment.entry.days}:
            continue
        if segment.entry.is_fresh:  # one batch, of any days
            held = rows.alive(segment)
            there[held.person[np.isin(day_of(held.start), list(wanted))]] = True
            continue
        keys, ptr = segment.layout.arrays["person_keys"], segment.layout.arrays["person_ptr"]
        has = np.diff(np.asarray(ptr)) > 0
        there[np.asarray(keys)[has] if len(keys) else np.flatnonzero(has)] = True
    return there


def _holds(there: Any, number: int) -> bool:
    return 0 <= number < len(there) and bool(there[number])
