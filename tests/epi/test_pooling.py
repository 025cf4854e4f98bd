"""Pooled testing: equal to the closed forms, and to a round that is played out."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from chainbreak.epi.pooling import Assay, best_pool_size, expected_round, n_tests_per_person, pool_sensitivity

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "pooled_testing"
here = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@here
def test_the_best_pools_of_dorfman():
    for row in rows("expected_optimal_pool.csv"):
        p = float(row["prevalence"])
        assert best_pool_size(p) == int(row["optimal_pool"])
        cost = float(n_tests_per_person(p, int(row["optimal_pool"])))
        assert cost == pytest.approx(float(row["tests_per_person"]), abs=1e-6)
        assert round(100 * cost) == int(row["relative_cost_percent"])


@here
def test_a_round_over_the_city():
    for row in rows("expected_city_round.csv"):
        test = Assay(float(row["sensitivity"]), float(row["specificity"]))
        found = expected_round(int(row["people"]), float(row["prevalence"]), int(row["pool_size"]), test)
        assert found.tubes == int(row["first_round_tubes"])
        assert found.positive_tubes == pytest.approx(float(row["expected_positive_tubes"]), abs=0.000501)
        assert found.retests == pytest.approx(float(row["expected_retests"]), abs=0.0501)
        assert found.tests == pytest.approx(float(row["expected_tests"]), abs=0.0501)
        assert found.tests / found.people == pytest.approx(float(row["tests_per_person"]), abs=5.1e-7)
        assert found.found == pytest.approx(float(row["expected_true_positives_found"]), abs=0.00501)
        assert found.missed == pytest.approx(float(row["expected_missed"]), abs=0.00501)


def test_a_round_played_out_a_thousand_times_comes_to_the_same():
    rng = np.random.default_rng(7)
    p, n, tubes, test = 0.02, 8, 200_000, Assay(0.9, 0.97)
    infected = rng.random((tubes, n)) < p
    has = infected.any(axis=1)
    positive = rng.random(tubes) < np.where(has, test.sensitivity, 1 - test.specificity)
    single = rng.random((tubes, n)) < np.where(infected, test.sensitivity, 1 - test.specificity)
    result = single & positive[:, None]
    found = expected_round(tubes * n, p, n, test)
    assert positive.sum() == pytest.approx(found.positive_tubes, rel=0.01)
    assert (result & infected).sum() == pytest.approx(found.found, rel=0.01)
    assert (result & ~infected).sum() == pytest.approx(found.false_positives, rel=0.05)


def test_the_best_pool_is_the_best_of_all_pools_tried():
    for p in (0.0003, 0.004, 0.03, 0.15, 0.29, 0.32):
        for test in (Assay(), Assay(0.9, 0.99), Assay(1, 0.95)):
            sizes = range(2, 300)
            cost = [float(n_tests_per_person(p, n, test)) for n in sizes]
            first_rise = next((i for i in range(1, len(cost)) if cost[i] > cost[i - 1]), len(cost))
            least = min(cost[:first_rise])
            wanted = sizes[cost.index(least)] if least < 1 else 1
            assert best_pool_size(p, test) == wanted


def test_pooling_stops_to_pay_at_about_three_in_ten():
    assert best_pool_size(0.30) == 3
    assert best_pool_size(0.31) == 1
    assert best_pool_size(1.0) == 1
    assert best_pool_size(0.0, largest=20) == 20
    assert best_pool_size(0.001, largest=20) == 20
    assert best_pool_size(0.001, largest=1) == 1


def test_dilution_loses_nothing_at_0_and_all_that_pooling_gives_at_1():
    sizes = np.array([1, 5, 20])
    assert pool_sensitivity(0.01, sizes, Assay(0.9)).tolist() == [0.9] * 3
    full = pool_sensitivity(0.01, sizes, Assay(0.9, dilution=1))
    assert full * (1 - 0.99**sizes) == pytest.approx(0.9 * 0.01)  # a tube finds no more than one member's test
    assert pool_sensitivity(1e-12, 20, Assay(dilution=0.5)) == pytest.approx(
        pool_sensitivity(0, 20, Assay(dilution=0.5)), rel=1e-4
    )


@pytest.mark.parametrize("wrong", [{"sensitivity": 1.2}, {"specificity": -0.1}, {"dilution": 2}])
def test_a_share_outside_0_to_1_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Assay(**wrong)


def test_misuse_says_what_was_wanted():
    with pytest.raises(ValueError, match="tells nothing"):
        Assay(0.4, 0.5)
    with pytest.raises(ValueError, match="people must be at least 1"):
        expected_round(0, 0.1, 10)
    with pytest.raises(ValueError, match="pool_size must be at least 1"):
        expected_round(10, 0.1, 0)
    with pytest.raises(ValueError, match="prevalence must be from 0 to 1"):
        best_pool_size(1.5)
