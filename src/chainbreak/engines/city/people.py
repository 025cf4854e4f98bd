"""Who lives there (人口、家庭): households by size and kind, ages, sexes, villages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.city import parameters
from chainbreak.engines.city.land import Map

SINGLE, PARTNER, CHILD, ELDER = 0, 1, 2, 3
# size of the household: (how likely, who lives in it)
KINDS: tuple[tuple[int, float, tuple[int, ...]], ...] = (
    (1, 0.45, (SINGLE,)),
    (1, 0.55, (ELDER,)),
    (2, 0.40, (PARTNER, PARTNER)),
    (2, 0.45, (ELDER, ELDER)),
    (2, 0.15, (PARTNER, CHILD)),
    (3, 0.75, (PARTNER, PARTNER, CHILD)),
    (3, 0.25, (PARTNER, PARTNER, ELDER)),
    (4, 0.60, (PARTNER, PARTNER, CHILD, CHILD)),
    (4, 0.40, (PARTNER, PARTNER, CHILD, ELDER)),
    (5, 0.55, (PARTNER, PARTNER, CHILD, CHILD, ELDER)),
    (5, 0.45, (PARTNER, PARTNER, CHILD, ELDER, ELDER)),
    (6, 1.00, (PARTNER, PARTNER, CHILD, CHILD, ELDER, ELDER)),
)


@dataclass(frozen=True)
class People:
    """Everybody, household by household: shape (people,) unless said otherwise. Household and home are one number."""

    household: NDArray[np.int32]
    age: NDArray[np.int16]
    is_man: NDArray[np.bool_]
    village: NDArray[np.int32]
    township: NDArray[np.int32]
    household_village: NDArray[np.int32]  # (households,), ascending: homes of a village stand together
    village_homes: NDArray[np.int32]  # (villages + 1,): the first home of each village

    @property
    def n(self) -> int:
        return len(self.age)

    @property
    def n_households(self) -> int:
        return len(self.household_village)


def settle(n_people: int, land: Map, rng: np.random.Generator) -> People:
    """So many people in households, and the households in villages."""
    shares = np.asarray(parameters.value("household.size_shares"))
    mean = float((shares * np.arange(1, len(shares) + 1)).sum())
    sizes = rng.choice(np.arange(1, len(shares) + 1), size=int(n_people / mean * 1.05) + 10, p=shares / shares.sum())
    n_households = int(np.searchsorted(np.cumsum(sizes), n_people)) + 1
    kind = _kinds(sizes[:n_households], rng)
    roles = np.full((len(KINDS), 6), -1, np.int8)
    for number, (_, _, who) in enumerate(KINDS):
        roles[number, : len(who)] = who
    all_roles = roles[kind]
    lives = all_roles >= 0
    household = np.repeat(np.arange(n_households, dtype=np.int32), lives.sum(1))[:n_people]
    place = np.broadcast_to(np.arange(6), lives.shape)[lives][:n_people]
    role = all_roles[lives][:n_people]
    n_villages = len(land.village_share)
    village_of = np.sort(rng.choice(n_villages, n_households, p=land.village_share)).astype(np.int32)
    return People(
        household=household,
        age=_ages(role, household, n_households, rng),
        is_man=np.where(role == PARTNER, place % 2 == 0, rng.random(n_people) < 0.5),
        village=village_of[household],
        township=land.village_township[village_of[household]],
        household_village=village_of,
        village_homes=np.searchsorted(village_of, np.arange(n_villages + 1)).astype(np.int32),
    )


def _kinds(sizes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    kind = np.zeros(len(sizes), np.int64)
    for size in range(1, 7):
        of_size = [number for number, (n, _, _) in enumerate(KINDS) if n == size]
        chosen = np.flatnonzero(sizes == size)
        kind[chosen] = rng.choice(of_size, len(chosen), p=[KINDS[number][1] for number in of_size])
    return kind


def _ages(
    role: NDArray[np.int8], household: NDArray[np.int32], n_households: int, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Partners are about of an age; children and elders are a generation apart from them."""
    n = len(role)
    base = np.clip(rng.normal(41, 10, n_households), 23, 60)[household]
    age = np.select(
        [role == PARTNER, role == CHILD, role == ELDER],
        [base + rng.normal(0, 2, n), rng.random(n) * np.clip(base - 21, 1, 23), base + rng.uniform(21, 33, n)],
        rng.uniform(19, 57, n),
    )
    whole: NDArray[np.int16] = np.clip(age, 0, 99).astype(np.int16)
    return whole
