"""The days of the reference outbreak: March 2022, Shanghai time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant of March 2022; days before the first and after the last run on.

    >>> at(28, 24).isoformat()
    '2022-03-29T00:00:00+08:00'
    """
    return datetime(2022, 3, 1, tzinfo=ZONE) + timedelta(days=day - 1, hours=hour, minutes=minute)


def on(day: int) -> date:
    """A day of March 2022."""
    return at(day).date()


def march_day(when: datetime) -> int:
    """The day of March 2022 on which an instant lies."""
    return (when.astimezone(ZONE).date() - date(2022, 3, 1)).days + 1


AS_OF = at(28, 24)
DETECTED = at(24)
ROUND_START = at(27, 6)
