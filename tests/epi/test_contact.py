"""Contacts: moves, degree, exposures, and who comes first."""

from __future__ import annotations

import pytest

from chainbreak.epi.case import InfectiousWindow
from chainbreak.epi.contact import (
    CLOSED_DISPOSITIONS,
    DETERMINATION_MOVES,
    DISPOSITION_MOVES,
    highest_degree,
    is_exposure_inside,
    may_change_degree,
    priority,
    setting_rule,
)
from chainbreak.epi.transitions import may_move, reachable

from .conftest import china

WINDOW = InfectiousWindow(china("2022-03-22 00:00"), china("2022-03-24 20:00"), "r", "e", "onset")


def test_every_open_contact_may_become_a_case_and_no_closed_one_moves():
    for state, targets in DISPOSITION_MOVES.items():
        if state in CLOSED_DISPOSITIONS:
            assert not targets
        else:
            assert {"converted_to_case", "deceased"} <= targets


def test_a_returned_letter_brings_the_contact_back_and_a_lost_one_may_be_found():
    assert may_move(DISPOSITION_MOVES, "referred_out", "identified")
    assert may_move(DISPOSITION_MOVES, "lost", "located")
    assert not may_move(DISPOSITION_MOVES, "identified", "in_facility")
    assert not may_move(DISPOSITION_MOVES, "lost", "released")
    assert "released" in reachable(DISPOSITION_MOVES, "identified")


def test_a_determination_is_made_once():
    assert may_move(DETERMINATION_MOVES, "pending", "not_contact")
    assert not may_move(DETERMINATION_MOVES, "not_contact", "confirmed")


def test_degree_never_falls():
    assert [may_change_degree(*change) for change in ((2, 1), (1, 2), (1, 1), (2, 2))] == [True, False, False, False]
    assert highest_degree([2, 1, 2]) == 1
    assert highest_degree([]) is None


@pytest.mark.parametrize(
    ("from_at", "until", "inside"),
    [
        ("2022-03-21 23:00", "2022-03-22 00:00", False),  # ended as it began
        ("2022-03-21 23:00", "2022-03-22 00:01", True),
        ("2022-03-24 19:59", "2022-03-24 23:00", True),
        ("2022-03-24 20:00", "2022-03-24 23:00", False),
        ("2022-03-22 00:00", "2022-03-22 00:00", True),  # an instant
        ("2022-03-24 20:00", "2022-03-24 20:00", False),
    ],
)
def test_an_exposure_counts_if_it_touches_the_window_by_more_than_nothing(from_at, until, inside):
    assert is_exposure_inside(china(from_at), china(until), WINDOW) is inside


def test_protection_undoes_care_but_not_living_together(v8):
    assert setting_rule(v8, "care", degree=1).id == "setting.care"
    assert setting_rule(v8, "care", degree=1, protected=True) is None
    assert setting_rule(v8, "household", degree=1, protected=True).id == "setting.household"
    assert setting_rule(v8, "care", degree=2) is None


def test_households_come_first_then_the_latest_exposure(v8):
    def rank(degree, setting, day):
        return priority(v8, degree=degree, setting=setting, last_exposure_at=china(f"2022-03-{day} 12:00"))

    wanted = [
        rank(1, "household", 20),
        rank(1, "shared_meal_or_fun", 24),
        rank(1, "shared_meal_or_fun", 23),
        rank(1, None, 24),
        rank(2, "household", 24),
    ]
    assert wanted == sorted(wanted)
    assert len(set(wanted)) == 5
