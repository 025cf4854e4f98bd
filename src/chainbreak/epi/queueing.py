"""Queues at sampling sites (排队): how long somebody waits, how sure that is, and how many tables would do.

Waiting behind n people at c tables that each serve at rate μ is the sum of n exponential times of rate c·μ: Gamma with
mean n/(cμ) and variance n/(cμ)². The rate itself was counted: k people seen give a relative error of 1/√k.
Source: Erlang's delay formula as in Kleinrock, Queueing Systems I (1975), 3.5; Gamma sums are elementary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

EYE = 0.1  # how far a count of a queue by eye is off, as a share of it: our own estimate


@dataclass(frozen=True)
class Wait:
    """Minutes of waiting: expected, and the ends of a 90 % interval."""

    minutes: float
    low: float
    high: float


@dataclass(frozen=True)
class Queue:
    """People who wait now, and the standard error of that number."""

    people: int
    error: float = 0.0


def queue_now(
    counted: int, *, hours: float, served: int, came: int | None = None, per_hour: float = 0.0, sent: int = 0
) -> Queue:
    """The queue now (排队人数), from the last count by staff: those who came since are added, those swabbed since leave.

    Args:
        counted: people whom staff saw waiting.
        hours: since that count.
        served: swabs since.
        came: people who checked in since; None where nobody counts them: then `per_hour` · `hours` are believed.
        per_hour: arrivals an hour, believed where nobody counts them.
        sent: people sent there who have not checked in yet.

    The error is that of Poisson counts: 10 % of the eye's count, √ of arrivals that are believed only, √ of those on the way.

    >>> queue_now(100, hours=0.5, served=60, came=30).people
    70
    """
    arrived = per_hour * hours if came is None else came
    believed = arrived if came is None else 0.0
    people = counted + arrived + sent - served
    error = math.sqrt((EYE * counted) ** 2 + believed + sent)
    return Queue(max(0, round(people)), error)


def arrivals_per_hour(first: int, second: int, *, hours: float, served: int) -> float | None:
    """Who came between two counts of a queue, an hour: what the queue grew by and what was served meanwhile.

    None for counts less than three minutes apart: two slips of the eye would make a crowd.

    >>> arrivals_per_hour(40, 60, hours=0.5, served=30)
    100.0
    """
    if hours < 0.05:
        return None
    return max(0.0, (second - first + served) / hours)


def wait_behind(queue: int, *, tables: int, per_table_hour: float, counted: int = 0, error: float = 0.0) -> Wait | None:
    """The wait of whoever joins a queue now; None where nobody serves.

    Args:
        counted: people served in the count behind the rate; 0 when the rate is only assumed (then ±30 %).
        error: standard error of `queue` in people.

    >>> wait_behind(60, tables=2, per_table_hour=60, counted=400).minutes
    30.0
    """
    if queue < 0:
        raise ValueError(f"a queue has 0 people or more; got {queue}")
    if tables <= 0 or per_table_hour <= 0:
        return None
    rate = tables * per_table_hour / 60
    mean = queue / rate
    relative = math.sqrt((1 / queue + (error / queue) ** 2 if queue else 0.0) + (1 / counted if counted else 0.3**2))
    spread = 1.645 * (mean * relative if queue else error / rate)
    return Wait(mean, max(0.0, mean - spread), mean + spread)


def erlang_c(tables: int, offered: float) -> float:
    """The probability that somebody who comes has to wait at all, `offered` = arrivals / service rate (in tables).

    >>> round(erlang_c(2, 1.0), 6)
    0.333333
    """
    if tables < 1 or offered < 0:
        raise ValueError(f"tables >= 1 and offered >= 0 are wanted; got {tables}, {offered}")
    if offered >= tables:
        return 1.0
    blocked = 1.0  # Erlang B by its recursion
    for n in range(1, tables + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked / (1 - offered / tables * (1 - blocked))


def mean_wait_minutes(*, arrivals_per_hour: float, tables: int, per_table_hour: float) -> float:
    """The mean wait when people come evenly for long: C/(cμ − λ); infinite when more come than are served."""
    offered = arrivals_per_hour / per_table_hour
    if offered >= tables:
        return math.inf
    return 60 * erlang_c(tables, offered) / (tables * per_table_hour - arrivals_per_hour)


def tables_wanted(queue: int, *, arrivals_per_hour: float, per_table_hour: float, minutes: float) -> int:
    """The fewest tables that bring the queue's wait to `minutes`, and keep up with those who come."""
    if per_table_hour <= 0 or minutes <= 0:
        raise ValueError(f"a rate and minutes above 0 are wanted; got {per_table_hour}, {minutes}")
    now = math.ceil(queue / (per_table_hour / 60 * minutes))
    steady = math.ceil(arrivals_per_hour / per_table_hour)
    return max(1, now, steady)


def best_site(walks: dict[str, float], queues: dict[str, tuple[int, int, float]]) -> str | None:
    """Where walking and waiting together are least; those sent before are in the queues already, so nobody herds.

    Args:
        walks: minutes on foot to each site.
        queues: people waiting or on their way, tables, people a table serves an hour.
    """
    costs = {}
    for site, walk in walks.items():
        wait = wait_behind(queues[site][0], tables=queues[site][1], per_table_hour=queues[site][2])
        if wait is not None:
            costs[site] = walk + max(0.0, wait.minutes - walk)  # the queue moves on while one walks
            costs[site] += wait.minutes * 1e-6
    return min(sorted(costs), key=lambda site: (costs[site], walks[site]), default=None)
