"""A map of areas without tiles (辖区图): outlines shaded by a number, drawn on the server; the table stands beside it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

WIDE, MARGIN, SHADES = 420, 10, 5


@dataclass(frozen=True)
class Shape:
    """One area: its outline as an SVG path, the middle of it for the number, its shade 0 … 5; `name` where it has room."""

    code: str
    name: str
    path: str
    x: float
    y: float
    value: float
    shade: int


@dataclass(frozen=True)
class AreaMap:
    """The drawing in its own units."""

    shapes: list[Shape]
    wide: int
    high: int


def draw(outlines: Mapping[str, Any], values: Mapping[str, float], names: Mapping[str, str]) -> AreaMap | None:
    """The map of some areas; None where no outline is known.

    Degrees are drawn as on the plane at the middle latitude: x = longitude · cos(latitude), y = latitude.
    """
    rings = {code: parts for code, shape in outlines.items() if (parts := list(_rings(shape)))}
    points = [point for parts in rings.values() for part in parts for point in part]
    if not points:
        return None
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (WIDE - 2 * MARGIN) / max((east - west) * squeeze, 1e-9)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return (
            round(MARGIN + (point[0] - west) * squeeze * scale, 1),
            round(MARGIN + (north - point[1]) * scale, 1),
        )

    most = max((values.get(code, 0) for code in rings), default=0)
    shapes = []
    for code, parts in rings.items():
        drawn = [[at(point) for point in part] for part in parts]
        largest = max(drawn, key=_area)
        x, y = _middle(largest)
        room = max(px for px, _ in largest) - min(px for px, _ in largest)
        name = names.get(code, code)
        name = name if _width(name) < room else ""
        path = "".join("M" + "L".join(f"{px} {py}" for px, py in part) + "z" for part in drawn)
        shapes.append(Shape(code, name, path, x, y, values.get(code, 0), shade(values.get(code, 0), most)))
    return AreaMap(shapes, WIDE, round((north - south) * scale + 2 * MARGIN))


def _width(text: str) -> float:
    """About how wide a text is in the letters of the map."""
    return sum(13 if ord(letter) > 0x2E7F else 8 for letter in text)


def shade(value: float, most: float) -> int:
    """The step of the shading: 0 for nothing, else 1 … 5 by the square root, so that small numbers are seen too."""
    return 0 if value <= 0 or most <= 0 else max(1, math.ceil(SHADES * math.sqrt(value / most)))


def steps(drawn: AreaMap) -> list[tuple[int, float, float]]:
    """The shades on the map, each with the least and the most of the values that have it."""
    values: dict[int, list[float]] = {}
    for shape in drawn.shapes:
        values.setdefault(shape.shade, []).append(shape.value)
    return [(number, min(found), max(found)) for number, found in sorted(values.items())]


def rolled(values: Mapping[str, float], code: str, there: Collection[str]) -> float:
    """The value of an area with those of narrower ones inside it that are not drawn themselves."""
    stem = _stem(code)
    total = float(values.get(code, 0))
    for other, value in values.items():
        if other and other != code and other not in there and _stem(other).startswith(stem):
            total += value
    return total


def _stem(code: str) -> str:
    stem = code.rstrip("0")
    return stem + "0" * (len(stem) % 2)


def _rings(geometry: Any) -> Iterator[list[tuple[float, float]]]:
    """The outer rings of a GeoJSON polygon or of several; other kinds have none."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    parts = (
        [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"] if kind == "MultiPolygon" else []
    )
    for part in parts:
        if part and len(part[0]) > 3:
            yield [(float(point[0]), float(point[1])) for point in part[0]]


def _area(ring: list[tuple[float, float]]) -> float:
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(ring))) / 2


def _middle(ring: list[tuple[float, float]]) -> tuple[float, float]:
    """The centroid of a ring; the mean of its points where it has no area."""
    sides = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in pairwise(ring)]
    whole = sum(side for *_ends, side in sides) * 3
    if abs(whole) < 1e-9:
        return round(sum(x for x, _ in ring) / len(ring), 1), round(sum(y for _, y in ring) / len(ring), 1)
    x = sum((a[0] + b[0]) * side for a, b, side in sides) / whole
    y = sum((a[1] + b[1]) * side for a, b, side in sides) / whole
    return round(x, 1), round(y, 1)
