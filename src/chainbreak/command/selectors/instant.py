"""Instants as people write them: the 24:00 of a day is the 00:00 of the next (截至时间)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chainbreak.governance.refusal import Refused

ZONE = ZoneInfo("Asia/Shanghai")
EXAMPLE = "2022-03-28T24:00+08:00"
_SHAPE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<part>\d{1,6}))?)?"
    r"\s?(?P<zone>Z|[+-]?\d{2}:?\d{2})?)?"
)


def parse_as_of(text: str, *, name: str = "as_of") -> datetime:
    """An instant: `2022-03-28T24:00+08:00`; without a zone Asia/Shanghai; a bare day is its 24:00.

    Raises:
        Refused("bad_as_of"): it is none; facts `value` and `example`.
    """
    try:
        read = _read(text.strip())
        if not 1900 <= read.year < 2200:  # beyond, sums of instants leave the calendar
            raise ValueError(text)
        return read
    except (ValueError, OverflowError):
        raise Refused("bad_as_of", name=name, value=text, example=EXAMPLE) from None


def _read(text: str) -> datetime:
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, hour, zone = found["day"], found["hour"], found["zone"]
    if hour is None:
        return _at(day, "00:00:00", "") + timedelta(days=1)
    clock = f"{found['minute']}:{found['second'] or '00'}.{(found['part'] or '').ljust(6, '0')}"
    if hour != "24":
        return _at(day, f"{hour}:{clock}", zone)
    if clock != "00:00.000000":
        raise ValueError("nothing comes after 24:00")
    return _at(day, "00:00:00", zone) + timedelta(days=1)


def _at(day: str, clock: str, zone: str | None) -> datetime:
    if zone and zone[0].isdigit():  # in an address a plus sign arrives as a blank
        zone = f"+{zone}"
    read = datetime.fromisoformat(f"{day}T{clock}{zone or ''}")
    return read if read.tzinfo else read.replace(tzinfo=ZONE)


def day_of(as_of: datetime) -> datetime:
    """The local day that ends at `as_of` or in which it lies: its 00:00."""
    local = (as_of - timedelta(microseconds=1)).astimezone(ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
