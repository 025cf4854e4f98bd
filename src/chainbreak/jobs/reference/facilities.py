"""Quarantine facilities (集中隔离点): fifteen open ones, one that closed, four that never opened; who lies where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from random import Random

from .cases import ZL
from .clock import HOUR, MINUTE, at

OPEN_NOW = [
    412,
    388,
    356,
    330,
    310,
    296,
    280,
    262,
    250,
    236,
    214,
    190,
    160,
    117,
    90,
]  # people at the bulletin's instant
OPENED = [at(14, 9)] * 2 + [at(24, 9)] * 8 + [at(25, 8)] * 3 + [at(26, 8), at(27, 8)]
CLOSED_NUMBER, CLOSED_FROM, CLOSED_UNTIL = 16, at(24, 9), at(26, 18)
MOVED_AT, MOVED = at(26, 15), 20
NEVER_OPEN = {17: "ready", 18: "converting", 19: "surveyed", 20: "candidate"}
FOR_ZL = 8
AREAS = ["411122"] * 9 + ["411104", "411103", "411102", "411121", "411171", "411122"]
COURSE = ["candidate", "surveyed", "converting", "ready", "open", "closing", "disinfected", "closed"]
ROLES = ["chief", "deputy", "infection_control", "medic", "security", "logistics", "counsellor"]


def number(index: int) -> str:
    """A facility's number.

    >>> number(3)
    'F03'
    """
    return f"F{index:02d}"


@dataclass
class Bed:
    """A bed, by its room."""

    room: str
    bed: int


@dataclass
class Lying:
    """One stay that needs a bed: from when until when; `facility` and `bed` are found here."""

    person: object
    chain: int | None
    start: datetime
    end: datetime | None
    facility: int = 0
    bed: Bed | None = None


@dataclass
class House:
    """A facility's rooms as they are handed out."""

    index: int
    beds: int = 0
    free: list[tuple[datetime, int]] = field(default_factory=list)


def place(now: list[Lying], gone: list[Lying], seed: int) -> None:
    """Give every stay a facility, so that those still there make up the sizes; then a bed each.

    Args:
        now: stays counted at the bulletin's instant; gone: stays over before it.
    """
    pick = Random(f"{seed}:facilities")
    rest = sorted(now, key=lambda lying: lying.start)
    for lying in [one for one in rest if one.chain == ZL]:
        lying.facility = FOR_ZL
    taken = {FOR_ZL: sum(one.chain == ZL for one in rest)}
    rest = [one for one in rest if one.chain != ZL]
    for index in range(len(OPEN_NOW), 0, -1):
        fits = [one for one in rest if one.start >= OPENED[index - 1] + HOUR]
        chosen = {id(one) for one in pick.sample(fits, OPEN_NOW[index - 1] - taken.get(index, 0))}
        for one in rest:
            if id(one) in chosen:
                one.facility = index
        rest = [one for one in rest if id(one) not in chosen]
    if rest:
        raise ValueError(f"the facilities' sizes must hold everybody; {len(rest)} left over")
    for one in gone:
        if not one.facility:
            open_then = [i for i, opened in enumerate(OPENED, 1) if 3 <= i <= 13 and one.start >= opened + HOUR]
            one.facility = pick.choice(open_then or [1, 2])
    _beds(now + gone)


def _beds(stays: list[Lying]) -> None:
    houses: dict[int, House] = {}
    for lying in sorted(stays, key=lambda one: (one.start, one.facility)):
        house = houses.setdefault(lying.facility, House(lying.facility))
        if house.free and house.free[0][0] <= lying.start:
            _, at_bed = heappop(house.free)
        else:
            at_bed = house.beds
            house.beds += 1
        lying.bed = Bed(*_room(at_bed))
        if lying.end is not None:
            heappush(house.free, (lying.end, at_bed))


def _room(index: int) -> tuple[str, int]:
    """Forty rooms a floor: singles, but the last four of a floor are family rooms of three beds, 48 beds in all."""
    floor, on_floor = divmod(index, 48)
    room, bed = (on_floor, 0) if on_floor < 36 else (36 + (on_floor - 36) // 3, (on_floor - 36) % 3)
    return f"{floor + 1}{room + 1:02d}", bed + 1


def rooms(stays: list[Lying]) -> Iterator[dict[str, object]]:
    """The rooms file: whole floors, enough for everybody who ever lay there and some to spare."""
    most: dict[int, int] = defaultdict(int)
    for lying in stays:
        if lying.bed is not None:
            most[lying.facility] = max(most[lying.facility], int(lying.bed.room[:-2]))
    most.update(dict.fromkeys(NEVER_OPEN, 3))
    for index, floors in sorted(most.items()):
        for floor in range(1, floors + 2):
            for room in range(1, 41):
                kind = "family" if room > 36 else "barrier_free" if room == 1 else "single"
                yield {
                    "facility": number(index),
                    "room": f"{floor}{room:02d}",
                    "floor": floor,
                    "kind": kind,
                    "beds": 3 if kind == "family" else 1,
                }


def events() -> Iterator[dict[str, object]]:
    """The facilities file: one row for each step in a facility's course."""
    last = {i: ("open", opened) for i, opened in enumerate(OPENED, 1)}
    last[CLOSED_NUMBER] = ("open", CLOSED_FROM)
    last.update({i: (state, at(27, 10)) for i, state in NEVER_OPEN.items()})
    for index, (state, when) in last.items():
        steps = COURSE[: COURSE.index(state) + 1]
        for i, step in enumerate(steps):
            yield _event(index, step, when - (len(steps) - 1 - i) * 6 * HOUR)
    for i, step in enumerate(("closing", "disinfected", "closed")):
        yield _event(CLOSED_NUMBER, step, CLOSED_UNTIL + i * 4 * HOUR)


def _event(index: int, state: str, when: datetime) -> dict[str, object]:
    ok = state in ("ready", "open", "closing", "disinfected", "closed")
    return {
        "facility": number(index),
        "name_zh": f"样例隔离点{index:02d}",
        "name_en": f"Sample quarantine site {index:02d}",
        "area_code": AREAS[(index - 1) % len(AREAS)],
        "kind": "hotel" if index % 5 else "public_housing",
        "state": state,
        "layout_ok": ok,
        "safety_ok": ok,
        "at": when,
        "recorded_at": when + 5 * MINUTE,
    }


def duties() -> Iterator[dict[str, object]]:
    """The duties file: a chief from the opening on, and the groups of a site."""
    opened = dict(enumerate(OPENED, 1)) | {CLOSED_NUMBER: CLOSED_FROM}
    for index, when in opened.items():
        for role in ROLES:
            yield {
                "facility": number(index),
                "role": role,
                "worker": f"样例{role}{index:02d}",
                "starts_at": when - HOUR,
                "ends_at": CLOSED_UNTIL + 8 * HOUR if index == CLOSED_NUMBER else None,
                "recorded_at": when - HOUR,
            }
