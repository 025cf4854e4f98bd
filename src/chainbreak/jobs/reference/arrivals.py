"""Arrivals and returnees (来返人员); the band is for the rules to compute."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import ZL
from .cast import Cast
from .clock import HOUR, MINUTE, at

TRANSPORT = ("high_speed_rail", "motorway", "coach")
CHECKPOINT = {"high_speed_rail": "样例高铁站", "motorway": "样例高速出口", "coach": "样例汽车站"}
ORIGINS = ("320000", "340000", "310000", "370000")


def rows(cast: Cast) -> Iterator[dict[str, object]]:
    """The arrivals file."""
    people = [*cast.band1, *cast.arrivals, cast.cases[ZL]]
    for i, person in enumerate(people):
        transport = TRANSPORT[i % len(TRANSPORT)]
        arrived = person.identified_at or at(25, 11)
        yield {
            "person_id": person.number,
            "arrived_at": arrived,
            "origin_area": ORIGINS[i % len(ORIGINS)],
            "origin_risk": "medium" if person.fate == "arrival_band2" else "low",
            "transport": "motorway" if person.case else transport,
            "checkpoint": CHECKPOINT["motorway" if person.case else transport],
            "declared_at": arrived - 20 * HOUR,
            "outbreak": "LY",
            "recorded_at": arrived + 15 * MINUTE,
        }
