"""Interviews that forget (流行病学调查): which stays a case tells of, whom it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.city import parameters

GROUPS = {
    "household": "household",
    "workplace": "workplace",
    "factory": "workplace",
    "office": "workplace",
    "classroom": "classroom",
    "bus": "bus",
    "restaurant": "restaurant",
    "clinic": "care",
    "hospital": "care",
    "barber": "care",
    "card_room": "entertainment",
    "karaoke": "entertainment",
    "gym": "entertainment",
    "cinema": "entertainment",
    "worship": "entertainment",
    "market": "crowd",
    "supermarket": "crowd",
    "mall": "crowd",
    "station": "crowd",
    "restroom_park": "crowd",
}
ASKED = 15 * 60  # seconds together with somebody in all: less nobody is asked about


def group_of(kind: str) -> str:
    """The group a kind of place belongs to; what has none is like a shop."""
    return GROUPS.get(kind, "shop")


@dataclass(frozen=True)
class Named:
    """Somebody a case named: since when, until when they met, mostly where."""

    case: int
    person: int
    relation: str
    first_at: int
    last_at: int
    place: int


@dataclass
class Interview:
    """All interviews so far."""

    named: list[Named] = field(default_factory=list)

    def ask(
        self,
        case: int,
        members: NDArray[np.int64],
        met: Sequence[Any],
        since: int,
        kind: NDArray[np.int8],
        kind_group: list[str],
        rng: np.random.Generator,
    ) -> list[int]:
        """Whom this case names of those it lived with and met since then; people met for long are remembered best."""
        memory = parameters.value("memory")
        together: dict[int, list[tuple[int, int, int]]] = {}
        for day in met:
            for person, place, begin, end in zip(
                day.person.tolist(), day.place.tolist(), day.begin.tolist(), day.end.tolist(), strict=True
            ):
                if end > since:
                    together.setdefault(person, []).append((max(begin, since), end, place))
        living = set(members.tolist()) - {case}
        named = []
        for person in sorted(together.keys() | living):
            times = together.get(person, [])
            seconds = sum(end - begin for begin, end, _ in times)
            group = "household" if person in living else kind_group[kind[max(times, key=lambda t: t[1] - t[0])[2]]]
            chance = rng.random()
            if person not in living and seconds < ASKED:
                continue
            if chance >= memory[group][0]:
                continue
            longest = max(times, key=lambda t: t[1] - t[0]) if times else (since, since, -1)
            first, last = (min(t[0] for t in times), max(t[1] for t in times)) if times else (since, since)
            self.named.append(Named(case, person, group, first, last, longest[2]))
            named.append(person)
        return named


def told(groups: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which of a case's stays it tells of, by the group of each place."""
    memory = parameters.value("memory")
    likely = np.array([memory[group][1] for group in groups])
    kept: NDArray[np.bool_] = rng.random(len(groups)) < likely
    return kept
