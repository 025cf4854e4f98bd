"""Sampling sites (采样点): ordinary ones for 2,500 people each, and 39 added for people with a yellow code."""

from __future__ import annotations

from collections.abc import Iterator

from . import areas
from .clock import at

PEOPLE_PER_SITE = 2_500
PEOPLE_PER_TABLE = 700
YELLOW = {  # kind: (how many, zh, en)
    "hospital_gate": (12, "样例医院门口", "Sample hospital gate"),
    "square": (9, "样例广场", "Sample square"),
    "community_service_centre": (8, "样例社区服务中心", "Sample community service centre"),
    "township_health_centre": (10, "样例乡镇卫生院", "Sample township health centre"),
}


def ordinary() -> dict[str, list[str]]:
    """The numbers of the ordinary sites of each jurisdiction."""
    found, serial = {}, 0
    for code, people in areas.SAMPLED.items():
        count = -(-people // PEOPLE_PER_SITE)
        found[code] = [f"S{serial + i + 1:04d}" for i in range(count)]
        serial += count
    return found


def rows() -> Iterator[dict[str, object]]:
    """The sites file."""
    towns = areas.townships()
    for code, sites in ordinary().items():
        for i, site in enumerate(sites):
            yield {
                "site": site,
                "name_zh": f"样例采样点{site[1:]}",
                "name_en": f"Sample site {site[1:]}",
                "area_code": towns[code][i % len(towns[code])],
                "audience": "everybody",
                "kind": "community",
                "tables": -(-areas.SAMPLED[code] // (len(sites) * PEOPLE_PER_TABLE)),
                "added": False,
                "opened_at": at(26, 18),
                "closed_at": None,
            }
    serial = 0
    codes = list(areas.SAMPLED)
    for kind, (count, name_zh, name_en) in YELLOW.items():
        for i in range(count):
            serial += 1
            yield {
                "site": f"Y{serial:02d}",
                "name_zh": f"{name_zh}黄码采样点{i + 1}",
                "name_en": f"{name_en} {i + 1}, yellow codes",
                "area_code": codes[serial % len(codes)],
                "audience": "yellow_code",
                "kind": kind,
                "tables": 2,
                "added": True,
                "opened_at": at(27, 14) if serial % 2 else at(28, 8),
                "closed_at": None,
            }
