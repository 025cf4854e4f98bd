"""A city from a seed (模拟城市): people, places, day after day of stays with an outbreak in them, streamed to files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.city import files, land, outbreak, parameters, people, places
from chainbreak.engines.city.day import DAY, MOST, Habits, live
from chainbreak.engines.city.outbreak import NEVER, Outbreak

CHUNK = 65_536  # persons
START = date(2022, 3, 14)  # a Monday
Rows = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
Say = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class City:
    """The city before its days begin."""

    seed: int
    start: date
    land: land.Map
    people: people.People
    places: places.Places


def build(
    out: Path, *, n_people: int, days: int, seed: int, start: date = START, index_cases: int | None = None, say: Say
) -> dict[str, Any]:
    """Make the city and write it to a folder; the same arguments give the same bytes of stays.

    Args:
        index_cases: how many people bring the infection in; None for one to each million, at least two.
        say: told of every step: a word, and its numbers.

    Returns:
        The numbers that `city.json` holds too.

    Raises:
        ValueError: fewer than one person or day, more than 60 million persons or 3,650 days, more index cases than people.
        OSError: the folder cannot be written.
    """
    if not 1 <= n_people <= 60_000_000 or not 1 <= days <= 3_650:
        raise ValueError(f"a city has 1 to 60 million people and 1 to 3,650 days; got {n_people}, {days}")
    n_index = index_cases if index_cases is not None else min(n_people, max(2, round(n_people / 1_000_000)))
    if not 0 <= n_index <= n_people:
        raise ValueError(f"index cases must be between 0 and the people; got {n_index}")
    began = time.perf_counter()
    city = _plan(seed, n_people, start)
    say("planned", {"people": n_people, "households": city.people.n_households, "places": city.places.n})
    files.begin(out)
    files.write_places(out, city)
    files.write_people(out, city)
    spread = _outbreak(city, n_index)
    n_stays = 0
    with files.StayFile(out, start) as stays:
        for day, rows in _days(city, days, spread):
            stays.write(rows)
            n_stays += len(rows[0])
            if day is not None:
                n_infected = len(spread.infections)
                say("day", {"day": day + 1, "of": days, "stays": n_stays, "infected": n_infected})
    say("writing", {"stays": n_stays})
    numbers = {"stays": n_stays, "days": days, "start": start.isoformat(), "seed": seed, "index_cases": n_index}
    cases = np.array(sorted(p for p, i in spread.infections.items() if i.reported_at < days * DAY), np.int32)
    summary = files.write_outbreak(out, city, spread, lives_of(city, cases, days, spread.gone_at), days, numbers)
    summary["seconds"] = round(time.perf_counter() - began, 1)
    return summary


def _plan(seed: int, n_people: int, start: date) -> City:
    rng = np.random.default_rng([seed, 1])
    ground = land.draw(n_people, rng)
    who = people.settle(n_people, ground, rng)
    return City(seed, start, ground, who, places.furnish(who, ground, rng))


def habits(city: City) -> Habits:
    """What everybody's days follow from."""
    rng = np.random.default_rng([city.seed, 2])
    shape, mean = parameters.value("day.outings_shape"), parameters.value("day.outings")
    outings = rng.gamma(shape, mean / shape, city.people.n)
    outings *= np.select([city.people.age < 6, city.people.age > 75], [0.5, 0.5], 1.0)
    table = parameters.value("venues")
    first_kind = city.places.kinds.index(places.CLASS) + 1
    minutes = np.array([table[kind][3:5] for kind in city.places.kinds[first_kind:-1]])
    venues = slice(city.places.venues_from, int(city.places.first_bus[0]))
    return Habits(
        home=city.people.household,
        day_place=city.places.day_place,
        role=city.places.role,
        rides=city.places.rides,
        township=city.people.township,
        village=city.people.village,
        outings=outings.astype(np.float32),
        village_homes=city.people.village_homes,
        to_shop=city.land.to_shop,
        first_venue=city.places.first_venue,
        venue_pull=city.places.venue_pull,
        venue_minutes=minutes[city.places.kind[venues] - first_kind],
        venues_from=city.places.venues_from,
        first_bus=city.places.first_bus,
        attendance=float(parameters.value("day.attendance")),
        weekend_work=float(parameters.value("day.weekend_work")),
        visits=float(parameters.value("day.visits")),
    )


def _outbreak(city: City, n_index: int) -> Outbreak:
    rng = np.random.default_rng([city.seed, 3])
    household = city.people.household
    spread = Outbreak(
        kind_group=outbreak.groups(city.places.kinds),
        kind=city.places.kind,
        household=household,
        household_first=np.searchsorted(household, np.arange(city.people.n_households + 1)),
        rng=rng,
        gone_at=np.full(city.people.n, NEVER, np.int32),
    )
    busy = np.flatnonzero(city.places.role == places.WORKER)
    pool = busy if len(busy) >= n_index else np.arange(city.people.n)
    spread.bring_in(rng.choice(pool, n_index, replace=False))
    return spread


def lives_of(city: City, persons: NDArray[np.int32], days: int, gone_at: NDArray[np.int32]) -> Rows:
    """All stays of a few persons, lived again; what they were before comes out the same."""
    lives, since = habits(city), np.zeros(city.people.n, np.int32)
    parts = []
    for person in persons.tolist():
        for day in range(days):
            parts.append(_live(lives, city, days, day, person, person + 1, since, gone_at))
        end = min(int(gone_at[person]), days * DAY)
        if since[person] < end:
            last = (person, city.people.household[person], since[person], end)
            parts.append(tuple(np.array([v], np.int32) for v in last))  # type: ignore[arg-type]
    return _joined(parts)


def _days(city: City, days: int, spread: Outbreak) -> Iterator[tuple[int | None, Rows]]:
    """The stays chunk by chunk; with the last chunk of a day comes its number."""
    lives = habits(city)
    at_home_since = np.zeros(city.people.n, np.int32)
    with ThreadPoolExecutor(2) as pool:
        for day in range(days):

            def one(first: int, day: int = day) -> Rows:
                last = min(first + CHUNK, city.people.n)
                return _live(lives, city, days, day, first, last, at_home_since, spread.gone_at)

            firsts = list(range(0, city.people.n, CHUNK))
            marked = _where(spread.sources(day), lives, city, days, day, at_home_since, spread.gone_at)
            seen: list[Rows] = []
            for number, rows in enumerate(_in_order(pool, one, firsts)):
                seen.append(_only(rows, marked[rows[1]]))
                yield (day if number == len(firsts) - 1 else None), rows
            spread.spread(day, _joined(seen))
            spread.respond(day)
        end = days * DAY
        for first in range(0, city.people.n, CHUNK):
            who = np.arange(first, min(first + CHUNK, city.people.n), dtype=np.int32)
            until = np.minimum(spread.gone_at[who], end).astype(np.int32)
            rows = (who, city.people.household[who], at_home_since[who], until)
            yield None, _only(rows, rows[2] < rows[3])


def _live(
    lives: Habits,
    city: City,
    days: int,
    day: int,
    first: int,
    last: int,
    since: NDArray[np.int32],
    gone_at: NDArray[np.int32],
) -> Rows:
    """The stays of some persons that end on a day, cut where each left the city's life."""
    weekend = (city.start.weekday() + day) % 7 >= 5
    out = [np.empty((last - first) * MOST, np.int32) for _ in range(4)]
    n = live(lives, city.seed, day, weekend, first, last, since, *out)
    person, place, begin, end = (column[:n] for column in out)
    end = np.minimum(end, np.minimum(gone_at[person], days * DAY))
    return _only((person, place, begin, end), begin < end)


def _where(
    sources: list[int],
    lives: Habits,
    city: City,
    days: int,
    day: int,
    since: NDArray[np.int32],
    gone_at: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """The places where a source is on this day: lived ahead for the sources alone."""
    marked = np.zeros(city.places.n, np.bool_)
    for person in sources:
        before = since[person]
        marked[_live(lives, city, days, day, person, person + 1, since, gone_at)[1]] = True
        since[person] = before
    return marked


def _in_order(pool: ThreadPoolExecutor, one: Callable[[int], Rows], firsts: list[int]) -> Iterator[Rows]:
    """The chunks in their order, two ahead of whoever takes them."""
    waiting: list[Future[Rows]] = [pool.submit(one, first) for first in firsts[:3]]
    for upcoming in range(3, len(firsts) + 3):
        if not waiting:
            return
        yield waiting.pop(0).result()
        if upcoming < len(firsts):
            waiting.append(pool.submit(one, firsts[upcoming]))


def _only(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    return (rows[0][chosen], rows[1][chosen], rows[2][chosen], rows[3][chosen])


def _joined(parts: list[Rows]) -> Rows:
    if not parts:
        return tuple(np.empty(0, np.int32) for _ in range(4))  # type: ignore[return-value]
    return tuple(np.concatenate([part[i] for part in parts]) for i in range(4))  # type: ignore[return-value]
