"""The offspring distribution: the likelihood, its intervals, and who causes most."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from chainbreak.epi import offspring

SHARES = Path(__file__).resolve().parents[3] / "shared" / "data" / "planning_reference" / "share_of_transmission.csv"


def deviance(fitted, numbers, mean, k):
    """Twice the fall of the likelihood from the fit, after scipy's own density."""
    top = nbinom.logpmf(numbers, fitted.k, fitted.k / (fitted.k + fitted.R)).sum()
    return 2 * (top - nbinom.logpmf(numbers, k, k / (k + mean)).sum())


def drawn(mean, k, n, seed):
    return np.random.default_rng(seed).negative_binomial(k, k / (k + mean), n)


@pytest.mark.parametrize(("mean", "k"), [(2.0, 0.16), (0.6, 0.5), (3.0, 5.0)])
def test_the_fit_finds_what_the_numbers_were_drawn_from(mean, k):
    fitted = offspring.fit(drawn(mean, k, 20_000, 3))
    assert pytest.approx(mean, rel=0.05) == fitted.R
    assert fitted.k == pytest.approx(k, rel=0.1)
    assert fitted.R_interval[0] < mean < fitted.R_interval[1]
    assert fitted.k_interval[0] < k < fitted.k_interval[1]


def test_the_intervals_end_where_the_likelihood_has_fallen_by_the_chi_square():
    numbers = drawn(1.5, 0.4, 150, 5)
    fitted = offspring.fit(numbers)
    for edge in fitted.k_interval:
        assert deviance(fitted, numbers, fitted.R, edge) == pytest.approx(3.8415, abs=0.01)
    for edge in fitted.R_interval:
        least = min(deviance(fitted, numbers, edge, k) for k in np.geomspace(0.1, 2, 1000))
        assert least == pytest.approx(3.8415, abs=0.01)


def test_nine_and_a_half_intervals_in_ten_hold_the_truth():
    held_k = held_mean = 0
    for seed in range(100):
        fitted = offspring.fit(drawn(1.2, 0.5, 120, seed))
        held_k += fitted.k_interval[0] < 0.5 < (fitted.k_interval[1] or np.inf)
        held_mean += fitted.R_interval[0] < 1.2 < fitted.R_interval[1]
    assert 90 <= held_k <= 99
    assert 90 <= held_mean <= 99


def test_zeros_are_counted():
    assert offspring.fit([2, 0, 0, 0]).R == 0.5


def test_what_the_numbers_cannot_tell_is_left_open():
    assert offspring.fit([]) is None
    nobody = offspring.fit([0, 0, 0])
    assert (nobody.R, nobody.R_interval, nobody.k) == (0.0, (0.0, None), None)
    even = offspring.fit([1, 1, 1, 1])
    assert even.k is None
    assert even.k_interval[1] is None
    assert even.R_interval == pytest.approx((0.3104, 2.4168), abs=1e-3)
    with pytest.raises(ValueError, match="from 0 up"):
        offspring.fit([1, -1])


def test_the_few_who_cause_most():
    assert offspring.share_causing([8, 2, 0, 0, 0, 0, 0, 0, 0, 0]) == 0.1
    assert offspring.share_causing([1] * 10) == 0.8
    assert offspring.share_causing([1] * 10, 1.0) == 1.0
    assert offspring.share_causing([0, 0]) is None
    assert offspring.share_causing([]) is None


@pytest.mark.skipif(not SHARES.is_file(), reason="the shared data are not here")
def test_the_expected_share_equals_the_published_closed_form():
    with SHARES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 6
    for row in rows:
        found = offspring.expected_share_causing(float(row["R"]), float(row["k"]))
        assert found == pytest.approx(float(row["prop80"]), abs=1e-6)


def test_superspreading_begins_above_what_chance_gives_one_case_in_a_hundred():
    assert offspring.superspreading_above(0.6) == 3
    assert offspring.superspreading_above(0) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_any_numbers_have_a_fit_that_lies_in_its_own_intervals(numbers):
    fitted = offspring.fit(numbers)
    assert pytest.approx(np.mean(numbers)) == fitted.R
    assert fitted.R_interval[0] <= fitted.R
    assert fitted.R_interval[1] is None or fitted.R_interval[1] >= fitted.R
    if fitted.k is not None:
        assert fitted.k_interval[0] <= fitted.k * (1 + 1e-6)
        assert fitted.k_interval[1] is None or fitted.k <= fitted.k_interval[1] * (1 + 1e-6)
