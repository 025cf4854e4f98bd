"""The map of areas: outlines in proportion, numbers in the middle, shades that grow with the number."""

from __future__ import annotations

import pytest

from chainbreak.web import areamap


def square(west: float, south: float, side: float) -> dict:
    east, north = west + side, south + side
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def test_an_area_is_drawn_in_proportion_with_its_number_in_the_middle():
    found = areamap.draw({"A": square(110, 0, 1), "B": square(111, 0, 1)}, {"A": 4, "B": 1}, {"A": "Aa"})
    first, second = found.shapes
    half = (areamap.WIDE - 2 * areamap.MARGIN) / 4
    assert (first.x, second.x) == pytest.approx((areamap.MARGIN + half, areamap.MARGIN + 3 * half), abs=0.2)
    assert first.y == pytest.approx(found.high / 2, abs=0.6)
    assert found.high == pytest.approx(2 * areamap.MARGIN + 2 * half, abs=1.5)
    assert (first.value, first.shade, second.shade) == (4, 5, 3)
    assert first.name == "Aa"


def test_a_name_without_room_is_left_to_the_table():
    found = areamap.draw(
        {"A": square(110, 30, 1), "B": square(111, 30, 0.05)}, {}, {"B": "A long name of a small zone"}
    )
    assert [shape.name for shape in found.shapes] == ["A", ""]


@pytest.mark.parametrize(("value", "most", "shade"), [(0, 9, 0), (1, 100, 1), (25, 100, 3), (100, 100, 5), (0, 0, 0)])
def test_shades(value, most, shade):
    assert areamap.shade(value, most) == shade


def test_areas_of_several_parts_and_odd_geometries_are_survived():
    parts = {"type": "MultiPolygon", "coordinates": [square(0, 0, 1)["coordinates"], square(5, 5, 1)["coordinates"]]}
    found = areamap.draw({"A": parts, "B": {"type": "Point", "coordinates": [1, 1]}} | {"C": square(2, 2, 1)}, {}, {})
    assert found.shapes[0].path.count("M") == 2
    assert areamap.draw({"B": None}, {}, {}) is None
