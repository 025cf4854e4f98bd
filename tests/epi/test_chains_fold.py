"""Folding chains: what is shown, what is counted as hidden, and where to begin with very many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chainbreak.epi.chains import forest_of
from chainbreak.epi.chains.fold import around, at_generation, deepest_that_fits, fold

TREE = forest_of(range(1, 9), [(1, 2), (1, 3), (3, 4), (3, 5), (5, 6), (7, 8)])


def test_below_a_folded_case_nothing_is_shown_and_the_hidden_are_counted():
    found = fold(TREE, {3})
    assert found.shown == {1, 2, 3, 7, 8}
    assert found.hidden == {3: 3}
    assert fold(TREE, set()).shown == set(range(1, 9))
    assert fold(TREE, {6, 99}).hidden == {}


def test_a_case_with_another_way_to_it_stays():
    double = forest_of("ABCD", [("A", "B"), ("A", "C"), ("B", "D"), ("C", "D")])
    assert fold(double, {"B"}).shown == set("ABCD")
    assert fold(double, {"B", "C"}).shown == set("ABC")


def test_a_ring_is_shown_and_can_be_folded():
    ring = forest_of("ABC", [("A", "B"), ("B", "C"), ("C", "A")])
    assert fold(ring, set()).shown == set("ABC")
    assert fold(ring, {"A"}).shown == {"A"}
    assert fold(ring, {"A"}).hidden == {"A": 2}


def test_generations_are_folded_together():
    assert at_generation(TREE, 0) == {1, 7}
    assert at_generation(TREE, 1) == {3}
    assert fold(TREE, at_generation(TREE, 1)).shown == {1, 2, 3, 7, 8}


def test_with_very_many_the_drawing_begins_at_the_generation_that_fits():
    assert deepest_that_fits(TREE, 8) is None
    assert deepest_that_fits(TREE, 5) == 1
    assert deepest_that_fits(TREE, 1) == 0
    wide = forest_of(range(5000), [(0, n) for n in range(1, 5000)])
    assert len(fold(wide, at_generation(wide, deepest_that_fits(wide, 2500))).shown) == 1


def test_around_a_case_are_those_before_and_after_it_only():
    assert around(TREE, 5) == {1, 3, 5, 6}
    assert around(TREE, 8) == {7, 8}


nodes = st.integers(0, 10)


@given(st.lists(st.tuples(nodes, nodes), max_size=25), st.sets(nodes))
def test_nothing_is_lost_each_case_is_shown_or_below_a_folded_one(links, closed):
    forest = forest_of(range(11), links)
    found = fold(forest, closed)
    below = set()
    for case in closed & found.shown:
        below |= around(forest, case)
    assert set(range(11)) == found.shown | below
    assert set(forest.roots) <= found.shown
