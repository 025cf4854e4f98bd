"""The rule pack of the reference outbreak, and instants in its time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chainbreak.epi import rulepack

CHINA = ZoneInfo("Asia/Shanghai")


def china(text: str) -> datetime:
    """`2022-03-24 15:00` on the clocks of China."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.fixture(scope="session")
def v8():
    return rulepack.load("covid19-cn-v8")
