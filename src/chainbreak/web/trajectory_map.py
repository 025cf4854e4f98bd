"""A trajectory on a map without tiles (无底图轨迹图): numbered places in the order of the first visit, with a scale; drawn here."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WIDE, HIGH, MARGIN, MOST = 520, 360, 34, 60
EARTH_METRES = 111_320.0  # of a degree of latitude (mean Earth radius 6,371 km)
LEAST_SPAN = 200.0  # metres: nearer places are not torn apart


@dataclass(frozen=True)
class Stop:
    """One place: where it is drawn, its number in the order of the first visit, how often it was visited."""

    x: float
    y: float
    number: int
    name: str
    visits: int
    kind: str


@dataclass(frozen=True)
class TrajectoryMap:
    """The drawing: places, the way between them, a bar of the scale; `n_unknown` places have no position."""

    stops: list[Stop]
    way: str
    scale_width: float
    scale_words: str
    n_unknown: int
    wide: int = WIDE
    high: int = HIGH


def draw(segments: Iterable[Any]) -> TrajectoryMap | None:
    """The map of some stays in order of time; None where no place has a position."""
    stays = list(segments)
    placed = [one for one in stays if _known(one.place)]
    unknown = len({one.place_id for one in stays} - {one.place_id for one in placed})
    if not placed:
        return None
    latitude = sum(one.place.latitude for one in placed) / len(placed)
    squeeze = math.cos(math.radians(latitude))
    metres = {
        one.place_id: (one.place.longitude * squeeze * EARTH_METRES, one.place.latitude * EARTH_METRES)
        for one in placed
    }
    west, east = min(x for x, _ in metres.values()), max(x for x, _ in metres.values())
    south, north = min(y for _, y in metres.values()), max(y for _, y in metres.values())
    scale = min(
        (WIDE - 2 * MARGIN) / max(east - west, LEAST_SPAN), (HIGH - 2 * MARGIN) / max(north - south, LEAST_SPAN)
    )
    left = (WIDE - (east - west) * scale) / 2
    top = (HIGH - (north - south) * scale) / 2

    def at(place: int) -> tuple[float, float]:
        x, y = metres[place]
        return round(left + (x - west) * scale, 1), round(top + (north - y) * scale, 1)

    visits: dict[int, int] = {}
    first: dict[int, Any] = {}
    for one in placed:
        visits[one.place_id] = visits.get(one.place_id, 0) + 1
        first.setdefault(one.place_id, one.place)
    stops = [
        Stop(*at(key), number, str(place), visits[key], place.kind)
        for number, (key, place) in enumerate(list(first.items())[:MOST], start=1)
    ]
    order = [one.place_id for one in placed]
    steps = [key for number, key in enumerate(order) if number == 0 or key != order[number - 1]]
    way = "M" + "L".join(f"{x} {y}" for x, y in map(at, steps)) if len(steps) > 1 else ""
    length, words = _bar(scale)
    return TrajectoryMap(stops, way, length, words, unknown)


def _known(place: Any) -> bool:
    return place is not None and place.latitude is not None and place.longitude is not None


def _bar(scale: float) -> tuple[float, str]:
    """A round length of at most a quarter of the width: its length in the drawing, its words."""
    most = WIDE / 4 / scale
    step = 10 ** math.floor(math.log10(most))
    length = max(n * step for n in (1, 2, 5) if n * step <= most)
    return round(length * scale, 1), f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
