"""Chains: what hangs together, who is in which generation, and what is wrong with the links."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.epi.chains import forest_of, layout

LY = [(1, 2), (1, 3), (2, 4), (1, 5), (3, 6), (5, 7), (5, 8), (5, 9), (7, 10), (4, 11), (8, 12)]


def test_the_reference_chain():
    forest = forest_of(range(1, 14), LY)
    assert forest.is_forest
    assert forest.chains == (tuple(range(1, 13)),)
    assert forest.roots == (1, 13)
    assert [forest.generation[n] for n in (1, 2, 4, 11, 12, 13)] == [0, 1, 2, 3, 3, 0]
    assert (forest.out_degree[5], forest.out_degree[12]) == (3, 0)


def test_bad_links_are_told_apart_and_do_not_disturb_the_others():
    forest = forest_of("ABCDEF", [("A", "B"), ("A", "B"), ("C", "C"), ("D", "Z"), ("E", "F"), ("F", "E"), ("D", "B")])
    assert forest.repeated == (("A", "B"),)
    assert forest.self_links == ("C",)
    assert forest.dangling == (("D", "Z"),)
    assert forest.cycles == (("E", "F"),)
    assert forest.several_infectors == {"B": ("A", "D")}
    assert not forest.is_forest
    assert forest.components == (("A", "B", "D"), ("E", "F"), ("C",))
    assert forest.generation == {"A": 0, "B": 1, "C": 0, "D": 0, "E": None, "F": None}


def test_a_chain_of_a_hundred_thousand_is_no_matter():
    n = 100_000
    forest = forest_of(range(n), [(i, i + 1) for i in range(n - 1)])
    assert forest.generation[n - 1] == n - 1
    assert forest.is_forest
    assert layout(forest, {i: float(i) for i in range(n)})[n - 1] == (n - 1, 0.0)


def test_a_ring_of_a_hundred_thousand_is_one_ring():
    n = 100_000
    (ring,) = forest_of(range(n), [(i, (i + 1) % n) for i in range(n)]).cycles
    assert len(ring) == n


def test_the_drawing_puts_an_infector_midway_between_his_own():
    forest = forest_of(range(1, 14), LY)
    places = layout(forest, {n: float(n) for n in range(1, 14)})
    assert set(places) == set(range(1, 14))
    assert places[5] == (5.0, (places[7][1] + places[9][1]) / 2)
    leaves = [places[n][1] for n in (11, 6, 10, 12, 9, 13)]
    assert leaves == [0, 1, 2, 3, 4, 5]


def test_a_case_without_a_day_stands_one_day_after_its_infector():
    assert layout(forest_of("AB", [("A", "B")]), {"A": 3.0})["B"] == (4.0, 0.0)


nodes = st.integers(0, 12)
graphs = st.lists(st.tuples(nodes, nodes), max_size=30)


@given(graphs)
def test_every_case_has_one_component_and_one_place_and_no_two_leaves_share_a_line(links):
    forest = forest_of(range(13), links)
    assert sorted(case for component in forest.components for case in component) == list(range(13))
    places = layout(forest, {case: float(case) for case in range(13)})
    assert set(places) == set(range(13))
    leaves = [places[case][1] for case in range(13) if forest.out_degree[case] == 0]
    assert len(leaves) == len(set(leaves))


@given(graphs)
def test_rings_are_just_the_cases_that_come_back_to_themselves(links):
    forest = forest_of(range(13), links)
    reach = {case: {b for a, b in forest.links if a == case} for case in range(13)}
    for _ in range(13):
        reach = {case: found.union(*(reach[b] for b in found)) if found else found for case, found in reach.items()}
    assert {case for ring in forest.cycles for case in ring} == {case for case in range(13) if case in reach[case]}


@given(graphs)
def test_in_a_forest_everybody_is_one_generation_after_the_infector(links):
    forest = forest_of(range(13), links)
    if forest.is_forest:
        for infector, infectee in forest.links:
            assert forest.generation[infectee] == forest.generation[infector] + 1


MERS = Path(__file__).resolve().parents[3] / "shared" / "data" / "mers_korea_2015"


@pytest.mark.skipif(not MERS.is_dir(), reason="the shared data are not here")
def test_the_shape_of_a_real_outbreak_equals_the_peers():
    def rows(name):
        with (MERS / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    expected = json.loads((MERS / "expected.json").read_text("utf-8"))
    forest = forest_of([r["id"] for r in rows("linelist.csv")], [(r["from"], r["to"]) for r in rows("contacts.csv")])
    sizes = Counter(str(len(component)) for component in forest.components)
    assert sizes == expected["cluster_sizes"]
    assert {r["id"]: int(r["degree"]) for r in rows("expected_degree_out.csv")}.items() <= forest.out_degree.items()
    assert {case: len(found) for case, found in forest.several_infectors.items()} == {"SK_39": 3, "SK_107": 2}
    assert forest.cycles == ()
    assert len(forest.links) == expected["contacts"]
