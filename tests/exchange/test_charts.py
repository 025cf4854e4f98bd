"""Charts: where marks stand, what they say, gaps, both looks, and a picture with Chinese letters."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.exchange.charts import curves, picture, scale
from chainbreak.exchange.charts.chart import Chart
from chainbreak.exchange.charts.look import Look

START = date(2022, 3, 1)
DAYS = [START + timedelta(days=n) for n in range(6)]
SVG = "{http://www.w3.org/2000/svg}"


def chart(**more):
    return Chart("T", 0, 10, START, START + timedelta(days=6), look=Look("file"), **more)


def test_a_bar_is_as_high_as_its_number_and_stands_on_the_one_below():
    made = chart()
    made.bars(DAYS[:1], [[4.0], [2.0]], ["a", "b"])
    low, high = (rect for rect in ET.fromstring(made.svg()).iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None)
    assert float(low.get("height")) == pytest.approx(2 * float(high.get("height")), abs=0.05)
    assert float(high.get("y")) + float(high.get("height")) == pytest.approx(float(low.get("y")), abs=0.05)
    assert low.find(f"{SVG}title").text == "2022-03-01 · a · 4"
    assert low.get("fill") != high.get("fill")


def test_a_missing_value_is_a_gap_and_never_a_zero():
    made = chart()
    made.line(DAYS, [1.0, 2.0, None, None, 3.0, 4.0])
    lines = re.findall(r'<path d="M([^"]*)" stroke="#17578f"', "".join(made.marks))
    assert len(lines) == 2 and all(line.count("L") == 1 for line in lines)
    made.band(DAYS, [0.5, 1.0, None, 1.0, 2.0, 3.0], [1.5, 3.0, None, 99.0, 4.0, 5.0])
    bands = [mark for mark in made.marks if "fill-opacity" in mark]
    assert len(bands) == 2 and min(float(y) for y in re.findall(r" ([\d.]+)[LZ]", bands[1])) == made.y(made.y_steps[-1])


def test_words_are_escaped_and_the_drawing_has_a_title_and_a_description():
    made = chart(description="1 < 2 & so on")
    made.line(DAYS, [1.0] * 6, label="<script>")
    root = ET.fromstring(made.svg())
    assert root.find(f"{SVG}title").text == "T" and root.find(f"{SVG}desc").text == "1 < 2 & so on"
    assert root.get("role") == "img" and root.get("aria-labelledby") == f"{made.id}-t {made.id}-d"
    assert "<script>" not in made.svg()


def test_on_a_page_colours_come_from_the_style_sheet():
    made = Chart("T", 0, 10, 0.0, 6.0)
    made.bars([0.0, 1.0], [[1.0, 2.0], [3.0, 1.0]], ["a", "b"])
    made.line([0.0, 1.0], [1.0, 2.0], label="c", series=2)
    assert "#" not in re.sub(r"url\(#[^)]*\)", "", made.svg()) and "style=" not in made.svg()


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.integers(2, 12))
def test_steps_hold_the_whole_range_and_are_not_many(low, span, most):
    found = scale.steps(low, low + span, most)
    slack = 1e-8 * (found[1] - found[0]) + 1e-8  # a hair's breadth of a step does not make another step
    assert found[0] <= low + slack and found[-1] >= low + span - slack
    assert 2 <= len(found) <= most + 3


@given(st.integers(0, 3000), st.integers(2, 12))
def test_days_on_an_axis_are_never_too_many_and_begin_at_the_first(n, most):
    found = scale.days(START, START + timedelta(days=n), most)
    assert found[0] == START and len(found) <= most and found[-1] <= START + timedelta(days=n)


def test_r_is_drawn_only_where_there_is_an_estimate():
    rows = [
        {"date_end": day.isoformat(), "mean": mean, "q025": mean and mean / 2, "q975": mean and mean * 2}
        for day, mean in zip(DAYS, [None, None, 1.0, 1.2, 0.9, None], strict=True)
    ]
    drawn = curves.r_over_time(rows, title="R", label="R")
    assert "nan" not in drawn.lower() and drawn.count("fill-opacity") == 1
    assert curves.r_over_time([], title="R", label="R").startswith("<svg")


def test_a_picture_has_the_size_asked_for():
    made = picture.png(chart(width=200, height=100).svg(), ppi=72)
    assert made[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = int.from_bytes(made[16:20], "big"), int.from_bytes(made[20:24], "big")
    assert wide == pytest.approx(150, abs=60) and wide / high == pytest.approx(2, abs=0.05)
