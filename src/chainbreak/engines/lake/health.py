"""How a lake is (湖况): days with too few stays, days without any, whether somebody is writing to it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
THIN_DAY = 0.5  # a day with less than this share of the days before is incomplete
DAYS_BEFORE = 7  # to which a day is compared
LEAST_DAYS = 3  # of those that must be there; with fewer, all other days are looked at


def thin_days(by_day: Mapping[date, int]) -> set[date]:
    """Days with less than half the stays of the days before: a part of the city is missing (缺半城)."""
    found = set()
    for day, number in by_day.items():
        before = [by_day[one] for n in range(1, DAYS_BEFORE + 1) if by_day.get(one := day - timedelta(n))]
        if len(before) < LEAST_DAYS:
            before = [count for one, count in by_day.items() if one != day and count]
        if before and 0 < number < THIN_DAY * median(before):
            found.add(day)
    return found


def days_of(windows: Iterable[tuple[datetime, datetime]]) -> list[date]:
    """The days in China that some half-open windows touch, each once."""
    found: set[date] = set()
    for from_at, until in windows:
        first = from_at.astimezone(CHINA).date()
        last = (until - timedelta(microseconds=1)).astimezone(CHINA).date()
        found.update(first + timedelta(n) for n in range(max(0, (last - first).days) + 1))
    return sorted(found)


def is_being_written(folder: Path) -> bool:
    """Whether somebody is taking stays in, merging or dropping at this moment; questions are answered meanwhile."""
    try:
        with (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
