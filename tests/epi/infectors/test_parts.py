"""The parts: the tree, the meetings, the densities, the measures of mixing."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainbreak.epi.infectors.density import gamma_steps, normal_steps
from chainbreak.epi.infectors.meeting import covered, meetings_of
from chainbreak.epi.infectors.mixing import effective_size, r_hat
from chainbreak.epi.infectors.outbreak import Stays
from chainbreak.epi.infectors.tree import best_tree


def _is_tree(parents):
    for case in range(len(parents)):
        steps = 0
        while case >= 0:
            case = parents[case]
            steps += 1
            if steps > len(parents):
                return False
    return True


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(0, 10**6))
def test_the_tree_is_the_best_of_all_trees(n, seed):
    rng = np.random.default_rng(seed)
    table = rng.random((n, n + 1)) ** 3 + 1e-3
    table[np.arange(n), np.arange(n)] = 0
    table /= table.sum(axis=1, keepdims=True)
    best = max(
        (sum(np.log(max(table[j, p], 1e-300)) for j, p in enumerate(parents)), parents)
        for parents in product(range(-1, n), repeat=n)
        if _is_tree(parents)
    )
    found = best_tree(table).tolist()
    assert _is_tree(found)
    assert sum(np.log(max(table[j, p], 1e-300)) for j, p in enumerate(found)) == pytest.approx(best[0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_meetings_are_those_of_the_plain_double_loop(seed):
    rng = np.random.default_rng(seed)
    n = 30
    arrived = rng.integers(0, 20, n).astype(float)
    stays = Stays(rng.integers(0, 6, n), rng.integers(0, 3, n), arrived, arrived + rng.integers(0, 5, n), ("",),
                  np.zeros(3, np.int64))  # fmt: skip
    plain = sorted(
        (min(stays.case[a], stays.case[b]), max(stays.case[a], stays.case[b]), stays.place[a],
         max(arrived[a], arrived[b]), min(stays.left[a], stays.left[b]))
        for a in range(n) for b in range(a)
        if stays.place[a] == stays.place[b] and stays.case[a] != stays.case[b]
        and max(arrived[a], arrived[b]) < min(stays.left[a], stays.left[b])
    )  # fmt: skip
    found = meetings_of(stays)
    assert sorted(zip(*(part.tolist() for part in found), strict=True)) == plain


def test_a_meeting_covers_its_share_of_each_step():
    stays = Stays(np.array([0, 1]), np.array([0, 0]), np.array([1.25, 1.0]), np.array([2.0, 1.75]), ("home",),
                  np.array([0]))  # fmt: skip
    found = covered(meetings_of(stays), stays, 2, 1.0, 2)
    assert found.step.tolist() == [0, 1]
    assert found.cover.tolist() == [0.5, 0.5]
    assert found.pair.tolist() == [1, 1]


@pytest.mark.parametrize("per_day", [1, 2, 24])
def test_densities_sum_to_one_with_their_mean(per_day):
    steps = np.arange(40 * per_day) / per_day
    gamma = gamma_steps(5.8, 2.6, 40 * per_day, per_day)
    normal = normal_steps(2.0, 1.5, -10 * per_day, 40 * per_day, per_day)
    assert gamma.sum() == pytest.approx(1)
    assert (gamma * steps).sum() == pytest.approx(5.8, abs=0.02)
    assert (normal * (steps - 10)).sum() == pytest.approx(2.0, abs=0.02)
    assert gamma_steps(3.0, 0.001, 20, 1).argmax() == 3


def test_chains_that_agree_have_r_hat_of_one_and_others_not():
    rng = np.random.default_rng(3)
    alike = rng.normal(size=(2, 2000))
    assert r_hat(alike) == pytest.approx(1, abs=0.01)
    assert r_hat(alike + np.array([[0.0], [3.0]])) > 1.5
    assert effective_size(alike) > 3000
    slow = np.cumsum(rng.normal(size=(2, 2000)), axis=1)
    assert effective_size(slow) < 40
