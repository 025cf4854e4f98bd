"""Moves of tables against every possible way of moving them, and against a queue that is played through."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from chainbreak.epi import queueing
from chainbreak.epi.table_move import Load, propose


def _best(sites, reach, goal):
    """(longest wait, fewest tables moved) over every way to give the tables out again."""
    total = sum(one.tables for one in sites)
    found = []
    for tables in itertools.product(*(range(one.least, total + 1) for one in sites)):
        if sum(tables) != total:
            continue
        gives = {i: one.tables - n for i, (one, n) in enumerate(zip(sites, tables, strict=True)) if n < one.tables}
        takes = {i: n - one.tables for i, (one, n) in enumerate(zip(sites, tables, strict=True)) if n > one.tables}
        # Hall: whoever takes must be reached by enough who give
        if any(
            sum(takes[j] for j in some) > sum(n for i, n in gives.items() if any(reach[i, j] for j in some))
            for size in range(1, len(takes) + 1)
            for some in itertools.combinations(takes, size)
        ):
            continue
        longest = max(one.minutes(n) for one, n in zip(sites, tables, strict=True))
        found.append((max(goal, round(longest, 6)), sum(takes.values())))
    return min(found)


def test_no_way_of_moving_is_better():
    draw = np.random.default_rng(7)
    moved = 0
    for _ in range(60):
        sites = [Load(float(draw.integers(0, 300)), int(draw.integers(1, 4)), 60.0) for _ in range(4)]
        km = draw.uniform(0, 10, (4, 4))
        km = (km + km.T) / 2
        found = propose(sites, km, farthest_km=6, goal=30)
        longest, tables = _best(sites, km <= 6, 30)
        assert max(30, found.after) == pytest.approx(longest, abs=0.06)
        assert found.tables <= tables
        moved += found.tables
        assert found.after <= found.before
    assert moved > 20  # else nothing was asked


def test_nobody_is_moved_for_a_goal_that_is_kept_and_only_the_fewest_for_one_that_can_be():
    km = np.ones((3, 3))
    kept = propose([Load(30, 2, 60), Load(0, 2, 60), Load(0, 9, 60)], km, farthest_km=5, goal=30)
    assert (kept.moves, kept.after) == ((), 15)
    sites = [Load(120, 2, 60), Load(0, 2, 60), Load(0, 9, 60)]
    assert propose(sites, km, farthest_km=5, goal=30).tables == 2
    near = np.array([[0, 1, 4], [1, 0, 9], [4, 9, 0.0]])
    first = propose(sites, near, farthest_km=5, goal=30)
    assert dict.fromkeys(giver for giver, _taker, _n in first.moves) == {
        1: None,
        2: None,
    }  # one table keeps the gate open
    assert propose(sites, near, farthest_km=0.5, goal=30).moves == ()
    assert propose([Load(60, 0, 60), Load(0, 3, 60)], np.ones((2, 2)), farthest_km=5).moves == ((1, 0, 2),)


def test_distances_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="shape"):
        propose([Load(1, 1, 60)], np.ones((2, 2)), farthest_km=1)
    with pytest.raises(ValueError, match="rate"):
        propose([Load(1, 1, 0)], np.ones((1, 1)), farthest_km=1)


def test_nine_waits_in_ten_lie_within_the_interval_that_was_said():
    """A queue is played through: people come at random, staff count by eye, somebody joins; how long does it take?"""
    draw = np.random.default_rng(11)
    inside = trials = 0
    for _ in range(1500):
        tables, rate = int(draw.integers(1, 6)), float(draw.uniform(40, 80))
        true = int(draw.integers(30, 400))
        seen = max(0, round(true * (1 + queueing.EYE * draw.standard_normal())))
        served_lately = int(draw.poisson(tables * rate * 0.5))
        arrivals, hours = float(draw.uniform(0, 200)), float(draw.uniform(0, 0.5))
        served = min(true, int(draw.poisson(tables * rate * hours)))
        there = true + int(draw.poisson(arrivals * hours)) - served
        if there < 5 or served_lately == 0:
            continue
        queue = queueing.queue_now(seen, hours=hours, served=served, per_hour=arrivals)
        said = queueing.wait_behind(
            queue.people, tables=tables, per_table_hour=served_lately / 0.5 / tables, counted=served_lately,
            error=queue.error,
        )  # fmt: skip
        took = draw.gamma(there, 60 / (tables * rate))
        trials += 1
        inside += said.low <= took <= said.high
    assert trials > 1000
    assert 0.86 < inside / trials < 0.95


def test_arrivals_are_what_the_queue_grew_by_and_what_was_served():
    assert queueing.arrivals_per_hour(40, 60, hours=0.5, served=30) == 100
    assert queueing.arrivals_per_hour(40, 0, hours=0.5, served=10) == 0
    assert queueing.arrivals_per_hour(40, 60, hours=0.01, served=3) is None
    assert math.isclose(queueing.queue_now(50, hours=1, served=80, came=60, sent=4).people, 34)
    assert queueing.queue_now(5, hours=1, served=80).people == 0
