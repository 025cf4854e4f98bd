"""Where people live (行政区划): townships and villages with realistic sizes, and how far people go.

Codes are invented: 999 is nobody's province. Distances in km on a plane; lon and lat are laid round a point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.city import parameters

CENTRE_LON, CENTRE_LAT = 114.0, 33.6
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Map:
    """Townships and villages: positions in km, wanted sizes, and the township of each village."""

    township_xy: NDArray[np.float64]  # (townships, 2)
    village_xy: NDArray[np.float64]  # (villages, 2)
    village_township: NDArray[np.int32]  # (villages,)
    village_share: NDArray[np.float64]  # (villages,), sums to 1
    to_shop: NDArray[np.float64]  # (townships, townships), rows cumulative
    to_work: NDArray[np.float64]  # (townships, townships), rows cumulative

    @property
    def n_townships(self) -> int:
        return len(self.township_xy)

    def township_code(self, township: int) -> str:
        """Nine digits, as township codes have."""
        return f"999{township // 999 + 1:03d}{township % 999 + 1:03d}"

    def village_codes(self) -> list[str]:
        """Twelve digits: the township's and a number within it."""
        seen: dict[int, int] = {}
        codes = []
        for township in self.village_township.tolist():
            seen[township] = seen.get(township, 0) + 1
            codes.append(f"{self.township_code(township)}{seen[township]:03d}")
        return codes


def lonlat(xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions in km as degrees round the centre."""
    east = xy[:, 0] / (KM_PER_DEGREE * np.cos(np.radians(CENTRE_LAT)))
    return np.round(CENTRE_LON + east, 6), np.round(CENTRE_LAT + xy[:, 1] / KM_PER_DEGREE, 6)


def draw(n_people: int, rng: np.random.Generator) -> Map:
    """A map for so many people; townships in the middle lie closer together."""
    n_townships = max(1, round(n_people / parameters.value("map.township_people")))
    n_villages = max(n_townships, round(n_people / parameters.value("map.village_people")))
    radius = float(np.sqrt(max(n_people, 500) / parameters.value("map.people_per_km2") / np.pi))
    township_xy = _disc(n_townships, radius, rng)
    township_size = rng.lognormal(0.0, parameters.value("map.township_spread"), n_townships)
    extra = rng.choice(n_townships, n_villages - n_townships, p=township_size / township_size.sum())
    village_township = np.sort(np.concatenate([np.arange(n_townships), extra])).astype(np.int32)
    own_radius = radius / np.sqrt(n_townships)
    village_xy = township_xy[village_township] + _disc(n_villages, own_radius, rng)
    weight = rng.lognormal(0.0, parameters.value("map.village_spread"), n_villages)
    people = np.bincount(village_township, weight, n_townships).astype(np.float64)
    return Map(
        township_xy=township_xy,
        village_xy=village_xy,
        village_township=village_township,
        village_share=weight / weight.sum(),
        to_shop=_gravity(township_xy, people, parameters.value("map.shopping_reach")),
        to_work=_gravity(township_xy, people, parameters.value("map.commuting_reach")),
    )


def _disc(n: int, radius: float, rng: np.random.Generator) -> NDArray[np.float64]:
    distance, angle = radius * rng.random(n) ** 0.7, 2 * np.pi * rng.random(n)
    return np.column_stack([distance * np.cos(angle), distance * np.sin(angle)])


def _gravity(xy: NDArray[np.float64], people: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """How likely somebody of one township goes to another: by its people, falling with the distance."""
    distance = np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])
    pull = people[None, :] * np.exp(-distance / reach)
    reached = np.cumsum(pull, axis=1)
    return reached / reached[:, -1:]
