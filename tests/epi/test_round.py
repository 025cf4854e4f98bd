"""Rounds: deadlines, members of pools, and when "all negative" may be printed."""

from __future__ import annotations

import pytest

from chainbreak.epi.round import (
    MEMBER_MOVES,
    TubeCounts,
    all_negative_may_be_printed,
    deadlines,
    member_state,
    pool_size,
    reasons_against_all_negative,
)

from .conftest import china


def test_sampling_takes_6_hours_and_testing_16_from_the_start(v8):
    found = deadlines(v8, start_at=china("2022-03-27 06:00"))
    assert (found.sample_due_at, found.test_due_at) == (china("2022-03-27 12:00"), china("2022-03-27 22:00"))


def test_all_negative_needs_every_tube_verified_and_nobody_held():
    assert all_negative_may_be_printed(TubeCounts(tubes=187_822, verified_negative=187_822, held_members=0))
    assert reasons_against_all_negative(TubeCounts(187_822, 187_821, 10)) == (
        "tubes_without_verified_negative",
        "members_held",
    )
    assert reasons_against_all_negative(TubeCounts(0, 0, 0)) == ("no_tubes",)


@pytest.mark.parametrize(
    ("tube", "own", "pool", "state"),
    [
        (None, None, 10, "pending"),
        ("negative", None, 10, "negative"),
        ("positive", None, 10, "held"),
        ("inconclusive", None, 10, "held"),
        ("invalid", None, 10, "held"),
        ("positive", "negative", 10, "negative"),
        ("positive", "positive", 10, "positive"),
        ("positive", "inconclusive", 10, "held"),
        ("negative", "inconclusive", 10, "held"),
        ("positive", None, 1, "positive"),
        ("inconclusive", None, 1, "held"),
        ("negative", None, 1, "negative"),
    ],
)
def test_only_the_own_test_classifies_a_member_of_a_pool(tube, own, pool, state):
    assert member_state(tube_outcome=tube, own_outcome=own, pool_size=pool) == state


def test_a_held_member_can_still_turn_either_way_and_a_negative_one_cannot():
    assert MEMBER_MOVES["held"] == {"negative", "positive"}
    assert MEMBER_MOVES["negative"] == frozenset()
    assert "positive" not in MEMBER_MOVES["pending"]


def test_an_outcome_that_does_not_exist_is_misuse():
    with pytest.raises(ValueError, match="an outcome is one of"):
        member_state(tube_outcome="weak", own_outcome=None, pool_size=10)


def test_patients_and_key_people_are_never_pooled(v8):
    assert pool_size(v8, area_risk="low") == 10
    assert pool_size(v8, area_risk="medium") == 5
    assert pool_size(v8, area_risk="low", patient=True) == 1
    assert pool_size(v8, area_risk="medium", key_person=True) == 1
    assert pool_size(v8) is None
