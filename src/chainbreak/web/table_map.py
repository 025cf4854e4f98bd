"""Where tables stand, drawn without tiles (布点图): sites by size, people as rings, who has no site within reach crossed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDE, HIGH, MARGIN = 720, 460, 26
EARTH_METRES = 111_320.0  # of a degree of latitude (mean Earth radius 6,371 km)
MOST_LABELS, SLOW = 12, 0.95


@dataclass(frozen=True)
class Mark:
    """A site or a place with people."""

    x: float
    y: float
    r: float
    words: str
    kind: str  # site, slow, empty, people, unreached
    label: str = ""


@dataclass(frozen=True)
class TableMap:
    """The drawing: people first, sites over them; the bar is as long as the furthest walk."""

    people: list[Mark]
    sites: list[Mark]
    walk: float
    walk_km: float
    wide: int = WIDE
    high: int = HIGH


def draw(placement: Mapping[str, Any], given: Mapping[str, Any]) -> TableMap | None:
    """The map of a placement; None where nothing has a place."""
    points, sites = given["points"], placement["sites"]
    places = [(lat, lon) for _n, lat, lon in points] + [(one["latitude"], one["longitude"]) for one in sites]
    if not places:
        return None
    squeeze = math.cos(math.radians(sum(lat for lat, _ in places) / len(places)))
    west, east = min(lon for _, lon in places), max(lon for _, lon in places)
    south, north = min(lat for lat, _ in places), max(lat for lat, _ in places)
    degree = min(
        (WIDE - 2 * MARGIN) / max((east - west) * squeeze, 1e-4), (HIGH - 2 * MARGIN) / max(north - south, 1e-4)
    )
    left, top = (WIDE - (east - west) * squeeze * degree) / 2, (HIGH - (north - south) * degree) / 2

    def at(lat: float, lon: float) -> tuple[float, float]:
        return round(left + (lon - west) * squeeze * degree, 1), round(top + (north - lat) * degree, 1)

    unreached = set(placement["unreached"])
    most_people = max((n for n, *_ in points), default=1) or 1
    people = [
        Mark(*at(lat, lon), round(2 + 10 * math.sqrt(n / most_people), 1), f"{n:,.0f}", "unreached" if i in unreached else "people")
        for i, (n, lat, lon) in enumerate(points)
    ]  # fmt: skip
    most = max((one["tables"] for one in sites), default=1) or 1
    slowest = max((one["hours"] or 0 for one in sites), default=0)
    named = {id(one) for one in sorted(sites, key=lambda one: -one["tables"])[:MOST_LABELS] if one["tables"]}
    marks = [
        Mark(*at(one["latitude"], one["longitude"]), round(3 + 8 * math.sqrt(one["tables"] / most), 1),
             f"{one['site']}: {one['tables']}", "empty" if not one["tables"] else "slow" if (one["hours"] or 0) >= SLOW * slowest else "site",
             str(one["tables"]) if id(one) in named else "")
        for one in sites
    ]  # fmt: skip
    return TableMap(people, marks, round(given["walk_km"] * 1000 / EARTH_METRES * degree, 1), given["walk_km"])
