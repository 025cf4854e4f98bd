"""Timing (计时): ours and the peer in turns in one run, medians and spread, and the form of a result."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

Say = Callable[[str], None]


def seconds(deed: Callable[[], Any]) -> float:
    """How long one call takes by the wall clock."""
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def interleaved(ours: Callable[[], Any], peer: Callable[[], Any], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of both, called in turns, so that whatever else the machine does meets both alike."""
    gc.collect()
    pairs = []
    for turn in range(rounds):
        first, second = (ours, peer) if turn % 2 == 0 else (peer, ours)
        one, other = seconds(first), seconds(second)
        pairs.append((one, other) if turn % 2 == 0 else (other, one))
    return [one for one, _ in pairs], [other for _, other in pairs]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies, in between two by proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def result(
    what: str,
    values: Sequence[float],
    unit: str,
    *,
    peer: str,
    peer_values: Sequence[float],
    goal: str,
    met: Callable[[float, float | None], bool] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One line of a benchmark: medians, their ratio (ours / peer), the goal and whether it is met, the spread.

    Args:
        met: of the median and the ratio (None without a peer); None when there is no goal.
    """
    value = statistics.median(values)
    peer_value = statistics.median(peer_values) if peer_values else None
    ratio = value / peer_value if peer_value else None
    return {
        "what": what,
        "value": _rounded(value),
        "unit": unit,
        "peer": peer,
        "peer_value": _rounded(peer_value),
        "ratio": _rounded(ratio),
        "goal": goal,
        "met": met(value, ratio) if met else None,
        "n": len(values),
        "p10": _rounded(percentile(values, 0.1)),
        "p90": _rounded(percentile(values, 0.9)),
        "load": _rounded(os.getloadavg()[0]),
        **more,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
