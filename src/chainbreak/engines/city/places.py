"""Places (场所) and who belongs to them: homes, workrooms, classrooms, venues with heavy-tailed pull, buses.

A place is a number: homes first (the household's own number), then workrooms, classrooms, venues, buses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.city import parameters
from chainbreak.engines.city.land import Map
from chainbreak.engines.city.people import People

NOBODY, WORKER, PUPIL = 0, 1, 2
LEVELS = ((3, 5), (6, 11), (12, 14), (15, 17))  # kindergarten, primary, middle, high school: ages
ROOM_KINDS = ("workplace", "factory", "office")
FLAT, ROOM, CLASS, BUS = "household", "workplace", "classroom", "bus"


@dataclass(frozen=True)
class Places:
    """Every place, and what binds people to places; `kinds` are the names that `kind` counts in."""

    kinds: tuple[str, ...]
    kind: NDArray[np.int8]  # (places,)
    township: NDArray[np.int32]  # (places,)
    xy: NDArray[np.float32]  # (places, 2), km
    role: NDArray[np.int8]  # (people,)
    day_place: NDArray[np.int32]  # (people,), -1 for none
    rides: NDArray[np.bool_]  # (people,)
    first_venue: NDArray[np.int64]  # (townships + 1,), offsets into `venue_pull`
    venue_pull: NDArray[np.float64]  # (venues,), cumulative in each township, up to 1
    venues_from: int  # the place number of the first venue
    first_bus: NDArray[np.int64]  # (townships + 1,), place numbers

    @property
    def n(self) -> int:
        return len(self.kind)


def furnish(people: People, land: Map, rng: np.random.Generator) -> Places:
    """Homes, rooms, classes, venues and buses for these people, and who works, learns and rides where."""
    venues = list(parameters.value("venues"))
    kinds = (FLAT, *ROOM_KINDS, CLASS, *venues, BUS)
    role = _roles(people, rng)
    day_place = np.full(people.n, -1, np.int32)
    n_homes = people.n_households

    work_township = _drawn(land.to_work, people.township, rng)
    workers = np.flatnonzero(role == WORKER)
    pupils = np.flatnonzero(role == PUPIL)
    classes, class_township = _classes(people, pupils)
    n_classes = len(class_township)
    teachers, clerks, others = _split(workers, n_classes, rng)
    rooms, room_township = _rooms(work_township[others], rng)
    first_class = n_homes + len(room_township)
    first_venue_place = first_class + n_classes
    day_place[others] = n_homes + rooms
    day_place[pupils] = first_class + classes
    if n_classes:
        day_place[teachers] = first_class + np.arange(len(teachers)) % n_classes

    venue_kind, venue_township, first_venue, pull = _venues(people, land, venues, rng)
    inside = _in_township(first_venue, pull, work_township[clerks], rng)
    day_place[clerks] = first_venue_place + inside

    rides = (role == WORKER) & (rng.random(people.n) < parameters.value("day.bus_share"))
    riders = np.bincount(people.township[rides], minlength=land.n_townships)
    n_buses = np.maximum(1, np.round(riders / parameters.value("day.riders_per_bus"))).astype(np.int64)
    first_bus = first_venue_place + len(venue_kind) + np.concatenate([[0], np.cumsum(n_buses)])

    bus_township = np.repeat(np.arange(land.n_townships, dtype=np.int32), n_buses)
    home_township = land.village_township[people.household_village]
    room_kind = 1 + rng.choice(len(ROOM_KINDS), len(room_township), p=[0.4, 0.3, 0.3])
    kind = np.concatenate(
        [
            np.zeros(n_homes, np.int64),
            room_kind,
            np.full(n_classes, kinds.index(CLASS)),
            kinds.index(CLASS) + 1 + venue_kind,
            np.full(len(bus_township), kinds.index(BUS)),
        ]
    ).astype(np.int8)
    township = np.concatenate([home_township, room_township, class_township, venue_township, bus_township])
    xy = land.township_xy[township] + rng.normal(0, 1.5, (len(township), 2))
    xy[:n_homes] = land.village_xy[people.household_village] + rng.normal(0, 0.3, (n_homes, 2))
    return Places(
        kinds=kinds,
        kind=kind,
        township=township.astype(np.int32),
        xy=xy.astype(np.float32),
        role=role,
        day_place=day_place,
        rides=rides,
        first_venue=first_venue,
        venue_pull=pull,
        venues_from=first_venue_place,
        first_bus=first_bus,
    )


def _roles(people: People, rng: np.random.Generator) -> NDArray[np.int8]:
    age, chance = people.age, rng.random(people.n)
    works = np.select(
        [(age >= 18) & (age < 60), (age >= 60) & (age < 70)],
        [chance < parameters.value("day.employed"), chance < parameters.value("day.employed_old")],
        False,
    )
    learns = (age >= LEVELS[0][0]) & (age <= LEVELS[-1][1]) & ((age >= 6) | (chance < 0.85))
    return np.select([learns, works], [PUPIL, WORKER], NOBODY).astype(np.int8)


def _drawn(reached: NDArray[np.float64], home: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int32]:
    """A township for each person, by the row of the person's own."""
    chance = rng.random(len(home))
    found = np.zeros(len(home), np.int32)
    for township in range(len(reached)):
        here = np.flatnonzero(home == township)
        found[here] = np.searchsorted(reached[township], chance[here])
    return np.minimum(found, len(reached) - 1)


def _classes(people: People, pupils: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """A class for every pupil, of one township and one level, years together; and the township of every class."""
    age = people.age[pupils]
    level = np.searchsorted([low for low, _ in LEVELS], age, side="right") - 1
    group = people.township[pupils].astype(np.int64) * len(LEVELS) + level
    order = np.lexsort((age, group))
    _, first, size = np.unique(group[order], return_index=True, return_counts=True)
    n_classes = np.maximum(1, np.round(size / parameters.value("day.class_size"))).astype(np.int64)
    rank = np.arange(len(order)) - np.repeat(first, size)
    number = np.repeat(np.cumsum(n_classes) - n_classes, size) + rank * np.repeat(n_classes, size) // np.repeat(
        size, size
    )
    classes = np.empty(len(pupils), np.int64)
    classes[order] = number
    township = np.zeros(int(n_classes.sum()), np.int32)
    township[number] = people.township[pupils][order]
    return classes, township


def _split(
    workers: NDArray[np.int64], n_classes: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Workers as teachers (two for a class), those who work in venues (an eighth), and the rest."""
    mixed = rng.permutation(workers)
    n_teachers = min(2 * n_classes, len(mixed) // 4)
    n_clerks = (len(mixed) - n_teachers) // 8
    return mixed[:n_teachers], mixed[n_teachers : n_teachers + n_clerks], mixed[n_teachers + n_clerks :]


def _rooms(township: NDArray[np.int32], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """A workroom for everybody who works in these townships, and the township of every room."""
    median, spread = parameters.value("day.room_median"), parameters.value("day.room_spread")
    size = np.clip(rng.lognormal(np.log(median), spread, len(township) // 3 + 10), 1, parameters.value("day.room_most"))
    order = np.argsort(township, kind="stable")
    filled = np.searchsorted(np.cumsum(size.astype(np.int64)), np.arange(len(township)), side="right")
    key = township[order].astype(np.int64) * (len(size) + 1) + filled
    rooms_of, number = np.unique(key, return_inverse=True)
    rooms = np.empty(len(township), np.int64)
    rooms[order] = number
    return rooms, (rooms_of // (len(size) + 1)).astype(np.int32)


def _venues(
    people: People, land: Map, names: list[str], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Venues of each township: kind, township, where each township begins, and the cumulative pull in it."""
    table = parameters.value("venues")
    share, weight, spread = (np.array([table[name][i] for name in names]) for i in range(3))
    residents = np.bincount(people.township, minlength=land.n_townships)
    count = np.maximum(4, np.round(residents / parameters.value("day.people_per_venue"))).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(count)])
    township = np.repeat(np.arange(land.n_townships, dtype=np.int32), count)
    kind = rng.choice(len(names), len(township), p=share / share.sum())
    pull = weight[kind] * np.exp(rng.normal(0, 1, len(township)) * spread[kind])
    reached = np.cumsum(pull)
    before = np.concatenate([[0.0], reached])[first[:-1]]
    whole = reached[first[1:] - 1] - before
    return kind, township, first, (reached - before[township]) / whole[township]


def _in_township(
    first: NDArray[np.int64], pull: NDArray[np.float64], township: NDArray[np.int32], rng: np.random.Generator
) -> NDArray[np.int64]:
    """A venue of each of these townships, by pull."""
    found = np.searchsorted(
        pull + np.repeat(np.arange(len(first) - 1), np.diff(first)), rng.random(len(township)) + township
    )
    return np.clip(found, first[township], first[township + 1] - 1)
