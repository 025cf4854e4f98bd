"""One day of everybody (一日轨迹): who leaves home when, goes where, and stays how long.

Chance is counted, not drawn in turn: each number is a hash of seed, person, day and place in the day. So any part of the
city can be made again alone and in any order, and comes out the same. Times in seconds since the first midnight.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

MOST = 16  # stays of a person that can end in one day
DAY, HOUR, MINUTE = 86_400, 3_600, 60


class Habits(NamedTuple):
    """What the day of a person follows from; arrays by person unless said otherwise."""

    home: NDArray[np.int32]
    day_place: NDArray[np.int32]
    role: NDArray[np.int8]
    rides: NDArray[np.bool_]
    township: NDArray[np.int32]
    village: NDArray[np.int32]
    outings: NDArray[np.float32]  # mean a day
    village_homes: NDArray[np.int32]  # (villages + 1,)
    to_shop: NDArray[np.float64]  # (townships, townships), rows cumulative
    first_venue: NDArray[np.int64]  # (townships + 1,)
    venue_pull: NDArray[np.float64]  # (venues,)
    venue_minutes: NDArray[np.float64]  # (venues, 2): median and sigma of the logarithm
    venues_from: int
    first_bus: NDArray[np.int64]  # (townships + 1,)
    attendance: float
    weekend_work: float
    visits: float


@njit(cache=True, nogil=True, inline="always")
def _mixed(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True, inline="always")
def _chance(state: Any) -> float:
    """The next number of [0, 1) of a stream (SplitMix64)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    return float(_mixed(state[0]) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True, inline="always")
def _between(state: Any, low: float, high: float) -> int:
    return int(low + (high - low) * _chance(state))


@njit(cache=True, nogil=True)
def _minutes(state: Any, median: float, sigma: float) -> int:
    """Seconds of a visit: log-normal, from two minutes to five hours."""
    u, v = max(_chance(state), 1e-12), _chance(state)
    normal = np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v)
    return int(min(max(median * np.exp(sigma * normal), 2.0), 300.0) * MINUTE)


@njit(cache=True, nogil=True)
def _number(state: Any, mean: float) -> int:
    """A Poisson number, at most five."""
    left, term, k = _chance(state), np.exp(-mean), 0
    while left > term and k < 5:
        left -= term
        k += 1
        term *= mean / k
    return k


@njit(cache=True, nogil=True)
def _venue(state: Any, habits: Habits, township: int) -> int:
    row = habits.to_shop[township]
    there = min(int(np.searchsorted(row, _chance(state))), len(row) - 1)
    low, high = int(habits.first_venue[there]), int(habits.first_venue[there + 1])
    return low + min(int(np.searchsorted(habits.venue_pull[low:high], _chance(state))), high - low - 1)


@njit(cache=True, nogil=True)
def live(
    habits: Habits,
    seed: int,
    day: int,
    is_weekend: bool,
    first: int,
    last: int,
    at_home_since: Any,
    out_person: Any,
    out_place: Any,
    out_from: Any,
    out_until: Any,
) -> int:
    """The stays of the persons first … last-1 that end on this day, into the four arrays; gives how many.

    `at_home_since` (people,) is when each came home last; it is read and moved on.
    """
    n = 0
    state = np.zeros(1, np.uint64)
    for person in range(first, last):
        state[0] = _mixed(
            _mixed(np.uint64(seed) + np.uint64(person) * np.uint64(0xD1342543DE82EF95)) + np.uint64(day + 1)
        )
        home, role, begin = habits.home[person], habits.role[person], day * DAY
        presence = habits.attendance
        if is_weekend:
            presence = habits.weekend_work if role == 1 else 0.0
        attends = role > 0 and habits.day_place[person] >= 0 and _chance(state) < presence
        n_out = _number(state, habits.outings[person] * (1.25 if is_weekend else 1.0) * (0.6 if attends else 1.0))
        if not attends and n_out == 0:
            continue  # at home all day: the stay at home goes on
        if not attends:
            t = begin + _between(state, 7.5 * HOUR, 15 * HOUR)
        elif role == 2:
            t = begin + _between(state, 6.9 * HOUR, 7.5 * HOUR)
        else:
            t = begin + _between(state, 6.6 * HOUR, 8.7 * HOUR)
        n = _stay(n, person, home, at_home_since[person], t, out_person, out_place, out_from, out_until)
        if attends:
            riding = habits.rides[person]
            low = habits.first_bus[habits.township[person]]
            n_buses = habits.first_bus[habits.township[person] + 1] - low
            if riding:
                t += _between(state, 3 * MINUTE, 10 * MINUTE)
                end = t + _between(state, 8 * MINUTE, 40 * MINUTE)
                bus = low + int(_chance(state) * n_buses)
                n = _stay(n, person, bus, t, end, out_person, out_place, out_from, out_until)
                t = end
            t += _between(state, 3 * MINUTE, (12 if role == 2 else 30) * MINUTE)
            there = habits.day_place[person]
            if role == 2:
                noon = begin + _between(state, 11.5 * HOUR, 12 * HOUR)
                n = _stay(n, person, there, t, noon, out_person, out_place, out_from, out_until)
                if _chance(state) < 0.5:
                    again = noon + _between(state, 70 * MINUTE, 110 * MINUTE)
                    back = noon + _between(state, 6 * MINUTE, 20 * MINUTE)
                    leave = again - _between(state, 6 * MINUTE, 20 * MINUTE)
                    n = _stay(n, person, home, back, leave, out_person, out_place, out_from, out_until)
                else:
                    again = noon
                t = begin + _between(state, 16.2 * HOUR, 17.8 * HOUR)
                n = _stay(n, person, there, again, t, out_person, out_place, out_from, out_until)
            else:
                end = t + _between(state, 7.5 * HOUR, 9.5 * HOUR)
                if _chance(state) < 0.3:
                    noon = begin + _between(state, 11.6 * HOUR, 12.6 * HOUR)
                    venue = _venue(state, habits, habits.township[person])
                    low_m, sigma = habits.venue_minutes[venue, 0], habits.venue_minutes[venue, 1]
                    sit = min(_minutes(state, low_m, sigma), 70 * MINUTE)
                    n = _stay(n, person, there, t, noon, out_person, out_place, out_from, out_until)
                    come = noon + _between(state, 3 * MINUTE, 8 * MINUTE)
                    place = habits.venues_from + venue
                    n = _stay(n, person, place, come, come + sit, out_person, out_place, out_from, out_until)
                    t = come + sit + _between(state, 3 * MINUTE, 8 * MINUTE)
                n = _stay(n, person, there, t, max(end, t + HOUR), out_person, out_place, out_from, out_until)
                t = max(end, t + HOUR)
            if riding:
                t += _between(state, 3 * MINUTE, 12 * MINUTE)
                end = t + _between(state, 8 * MINUTE, 40 * MINUTE)
                bus = low + int(_chance(state) * n_buses)
                n = _stay(n, person, bus, t, end, out_person, out_place, out_from, out_until)
                t = end
        for k in range(n_out):
            if t > begin + 21.2 * HOUR or (attends and k == 3):
                break
            t += _between(state, 4 * MINUTE, 25 * MINUTE)
            if _chance(state) < habits.visits:
                a = habits.village_homes[habits.village[person]]
                b = habits.village_homes[habits.village[person] + 1]
                place = a + int(_chance(state) * (b - a))
                end = t + _minutes(state, 55.0, 0.7)
                if place == home:
                    continue
            else:
                venue = _venue(state, habits, habits.township[person])
                place = habits.venues_from + venue
                end = t + _minutes(state, habits.venue_minutes[venue, 0], habits.venue_minutes[venue, 1])
            n = _stay(n, person, place, t, end, out_person, out_place, out_from, out_until)
            t = end
            if k + 1 < n_out and t < begin + 19 * HOUR and _chance(state) < 0.75:
                t += _between(state, 4 * MINUTE, 25 * MINUTE)
                end = t + _between(state, 20 * MINUTE, 170 * MINUTE)
                n = _stay(n, person, home, t, end, out_person, out_place, out_from, out_until)
                t = end
        at_home_since[person] = t + _between(state, 4 * MINUTE, 30 * MINUTE)
    return n


@njit(cache=True, nogil=True, inline="always")
def _stay(
    n: int,
    person: int,
    place: int,
    begin: int,
    end: int,
    out_person: Any,
    out_place: Any,
    out_from: Any,
    out_until: Any,
) -> int:
    if begin >= end:
        return n
    out_person[n], out_place[n], out_from[n], out_until[n] = person, place, begin, end
    return n + 1
