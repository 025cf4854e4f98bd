"""What a search in the lake rests on (数据覆盖): days without stays, days with too few, people without any.

Nobody is cleared by a search in data that are not there; so this is said beside every answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from chainbreak.engines.lake import Lake
from chainbreak.registry.models import Person

CHINA = ZoneInfo("Asia/Shanghai")
THIN_DAY = 0.5  # a day with less than this share of the days before is said to be incomplete
DAYS_BEFORE = 7  # to which a day is compared
LEAST_DAYS = 3  # of those that must be there; with fewer, all other days are looked at


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
    few = thin_days(by_day)
    first = window.from_at.astimezone(CHINA).date()
    last = (window.until - timedelta(microseconds=1)).astimezone(CHINA).date()
    days = [first + timedelta(n) for n in range(max(0, (last - first).days) + 1)]
    there = persons_in(stays, days)
    numbers = stays.person_ids.of(stays.person_ids.as_text(pa.array(household, pa.string()))) if household else []
    silent = [one for one, number in zip(household, numbers, strict=True) if not _holds(there, int(number))]
    return Coverage(
        stays=sum(by_day.values()),
        persons=int(there.sum()),
        registered=Person.objects.count(),
        missing=[day for day in days if not by_day.get(day)],
        thin=[day for day in days if day in few],
        silent=silent,
    )


def thin_days(by_day: dict[date, int]) -> set[date]:
    """Days with less than half the stays of the days before: a part of the city is missing (缺半城)."""
    found = set()
    for day, number in by_day.items():
        before = [by_day[one] for n in range(1, DAYS_BEFORE + 1) if by_day.get(one := day - timedelta(n))]
        if len(before) < LEAST_DAYS:
            before = [count for one, count in by_day.items() if one != day and count]
        if before and 0 < number < THIN_DAY * median(before):
            found.add(day)
    return found


def persons_in(stays: Lake, days: list[date]) -> Any:
    """Which persons, by their number in the lake, have a stay that began on one of the days: bool, shape (persons,)."""
    epoch = date(1970, 1, 1)
    wanted = {(day - epoch).days for day in days}
    most = max((segment.layout.n_persons for segment in stays.segments), default=0)
    there = np.zeros(most, bool)
    for segment in stays.segments:
        if wanted & {int(day) for day in segment.entry.days}:
            keys, ptr = segment.layout.arrays["person_keys"], segment.layout.arrays["person_ptr"]
            has = np.diff(np.asarray(ptr)) > 0
            there[np.asarray(keys)[has] if len(keys) else np.flatnonzero(has)] = True
    return there


def _holds(there: Any, number: int) -> bool:
    return 0 <= number < len(there) and bool(there[number])
