"""Where the people of a round and its possible sites are (布点底数): from the register and the list of sites, with coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from chainbreak.registry.models import Area
from chainbreak.registry.selectors.area import stem_of

from ..models import Round, RoundPlan, SamplingSite
from . import round_scope

MOST_TABLES = 20  # at one site where nothing is said


@dataclass(frozen=True)
class Demand:
    """(people, latitude, longitude) and (site, latitude, longitude, most tables); and how many have no coordinates."""

    points: list[tuple[float, float, float]]
    sites: list[tuple[str, float, float, int]]
    people_without: int
    sites_without: int


_PEOPLE = f"""
SELECT left(p.area_code, 9), count(*) FROM registry_person p WHERE {round_scope.WITHIN} AND NOT p.away GROUP BY 1 ORDER BY 1
"""


def demand(of: Round, plan: RoundPlan | None) -> Demand:
    """People by township at the middle of its shape, and the open sites of the round's area for everybody."""
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, round_scope.patterns(of.area_code, plan.scope if plan else {}))
        counted = dict(cursor.fetchall())
    shapes = dict(Area.objects.filter(code__in=list(counted)).exclude(geometry=None).values_list("code", "geometry"))
    points, without = [], 0
    for code, n in counted.items():
        middle = centre(shapes.get(code))
        if middle is None:
            without += n
        else:
            points.append((float(n), *middle))
    rows = SamplingSite.objects.filter(
        area_code__startswith=stem_of(of.area_code), audience="everybody", closed_at=None
    )
    placed = rows.exclude(latitude=None).exclude(longitude=None).order_by("number")
    sites = [
        (number, latitude, longitude, MOST_TABLES)
        for number, latitude, longitude in placed.values_list("number", "latitude", "longitude")
        if latitude is not None and longitude is not None
    ]
    return Demand(points, sites, without, rows.count() - len(sites))


def centre(geometry: Any) -> tuple[float, float] | None:
    """The middle (latitude, longitude) of a GeoJSON point, polygon or several polygons; None of anything else."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "Point":
        longitude, latitude = geometry["coordinates"][:2]
        return float(latitude), float(longitude)
    rings = {"Polygon": lambda c: [c[0]], "MultiPolygon": lambda c: [part[0] for part in c]}.get(str(kind))
    if rings is None:
        return None
    corners = [corner for ring in rings(geometry["coordinates"]) for corner in ring]
    if not corners:
        return None
    return sum(float(y) for _x, y in corners) / len(corners), sum(float(x) for x, _y in corners) / len(corners)
