"""Counts that take long, kept (慢统计暂存): nobody waits for a count of the whole round that was made a moment ago.

A quick answer is asked again each time its freshness is over. A slow one is shown as it was while it is made anew beside,
in a thread of its own, so seldom that counting takes a small part of one core; what is older than `OLDEST` is waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from django.db import connection

SLOW = 0.15  # seconds from which on an answer is slow
REST = 15  # after a slow count as many times as long without one
OLDEST = 300.0  # seconds
MOST = 400
_kept: dict[tuple, _Kept] = {}
_guard = threading.Lock()


@dataclass(slots=True)
class _Kept:
    value: Any
    made: float
    took: float
    under_way: bool = False


def answer(key: tuple[Hashable, ...], ask: Callable[[], Any], *, fresh: float) -> Any:
    """The answer of `ask`, at most `fresh` seconds old if it is quick to make, else as above.

    Args:
        key: what the answer depends on, but for the facts themselves.
        fresh: 0 for what must be asked each time as long as that is quick.
    """
    key = (connection.settings_dict["NAME"], *key)
    kept, now = _kept.get(key), time.monotonic()
    if kept is None:
        return _make(key, ask)
    age, slow = now - kept.made, kept.took > SLOW
    if age <= (max(fresh, REST * kept.took) if slow else fresh):
        return kept.value
    if not slow or age > OLDEST or connection.in_atomic_block:  # another thread would not see what is not committed
        return _make(key, ask)
    with _guard:
        mine, kept.under_way = not kept.under_way, True
    if mine:
        threading.Thread(target=_beside, args=(key, ask, kept), name="kept", daemon=True).start()
    return kept.value


def forget() -> None:
    """Nothing kept any more: for tests."""
    _kept.clear()


def _make(key: tuple, ask: Callable[[], Any]) -> Any:
    began = time.monotonic()
    value = ask()
    if len(_kept) >= MOST:
        _kept.clear()
    _kept[key] = _Kept(value, began, time.monotonic() - began)
    return value


def _beside(key: tuple, ask: Callable[[], Any], before: _Kept) -> None:
    try:
        _make(key, ask)
    finally:
        before.under_way = False
        connection.close()
