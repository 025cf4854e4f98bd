"""Closed forms of branching processes, against a peer's answers, published values and one another."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from chainbreak.epi import branching

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "planning_reference"
with_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the shared data are not here")


def rows(name):
    """The rows of a file of the reference, as numbers."""
    with (REFERENCE / name).open() as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


@with_reference
def test_extinction_is_the_peers():
    for row in rows("extinction_probability.csv"):
        found = branching.extinction_probability(row["R"], row["k"], int(row["initial_cases"]))
        assert found == pytest.approx(row["p_extinct"], abs=1e-6)


@with_reference
def test_containment_is_the_peers_as_far_as_the_peer_looks():
    for row in rows("containment_probability.csv"):
        for by in ("individual", "population"):
            found = branching.extinction_probability(
                row["R"], row["k"], int(row["initial_cases"]), **{f"{by}_control": row["control"]}, at_most=0.999
            )
            assert found == pytest.approx(row[f"p_contain_{by}_control"], abs=1e-6)


@with_reference
def test_containment_is_as_in_the_peers_own_tests():
    for row in rows("containment_peer_unit_tests.csv"):
        found = branching.containment_probability(
            row["R"], row["k"], int(row["init"]), individual=row["ind"], population=row["pop"]
        )
        assert found == pytest.approx(row["contain"], abs=1e-6)


@with_reference
def test_who_causes_how_much_is_the_peers():
    for row in rows("share_of_transmission.csv"):
        assert branching.share_of_cases(row["R"], row["k"]) == pytest.approx(row["prop80"], abs=1e-6)
        assert branching.share_of_transmission(row["R"], row["k"]) == pytest.approx(row["top20"], abs=1e-5)


def test_an_outbreak_under_the_threshold_dies_out_for_certain():
    assert branching.extinction_probability(1.0, 0.16, 40) == 1
    assert branching.extinction_probability(3.0, 0.16, 40, individual_control=0.7) == 1
    assert branching.extinction_probability(1.5, 0.16, 5, population_control=0.5) == 1


def test_just_above_the_threshold_extinction_is_nearly_but_not_certain():
    assert 0.99 < branching.extinction_probability(1.0 + 1e-6, 1.0) < 1


def test_with_geometric_offspring_extinction_is_one_over_r():
    assert branching.extinction_probability(4.0, 1.0, 3) == pytest.approx(1 / 64)


@pytest.mark.parametrize(("r", "k"), [(1.5, 0.16), (0.7, 1.0), (2.0, math.inf)])
def test_sizes_of_chains_sum_to_the_probability_of_extinction(r, k):
    sizes = np.arange(1, 100_000)
    found = branching.chain_size_probability(sizes, r, k, 3)
    assert found.sum() == pytest.approx(branching.extinction_probability(r, k, 3), abs=1e-9)
    if r < 1:
        assert (sizes * found).sum() == pytest.approx(branching.mean_chain_size(r, 3), rel=1e-6)


def test_counted_shares_are_those_of_drawn_offspring():
    drawn = np.sort(np.random.default_rng(3).negative_binomial(0.5, 0.5 / 2.0, 2_000_000))[::-1]
    running = np.cumsum(drawn) / drawn.sum()
    assert branching.share_of_transmission(1.5, 0.5, counted=True) == pytest.approx(running[400_000], abs=2e-3)
    assert branching.share_of_cases(1.5, 0.5) == pytest.approx(np.searchsorted(running, 0.8) / 2e6, abs=2e-3)


def test_the_dispersion_of_a_share_gives_that_share_back():
    k = branching.dispersion_of_share(2.5, 0.09)
    assert branching.share_of_cases(2.5, k) == pytest.approx(0.09, abs=1e-9)


@pytest.mark.parametrize("r", [1.2, 2.0, 9.5])
def test_the_final_size_solves_its_equation(r):
    z = branching.final_size(r)
    assert z == pytest.approx(1 - math.exp(-r * z)) and z > 0.1
    assert branching.final_size(0.9) == 0
    assert branching.final_size(r, 0.3) < z


@pytest.mark.parametrize("wrong", [(-1.0, 1.0), (math.inf, 1.0), (1.5, 0.0), (math.nan, 1.0)])
def test_impossible_numbers_are_refused(wrong):
    with pytest.raises(ValueError):
        branching.extinction_probability(*wrong)
