"""Secondary attack rates: who counts as exposed, who as infected."""

from __future__ import annotations

from datetime import date

import pytest

from chainbreak.epi.attack_rate import Exposed, by_setting, judged, proportion_interval


def test_a_person_counts_once_in_a_setting():
    rates = by_setting(
        [
            Exposed("A", "P1", "home", infected=False),
            Exposed("B", "P1", "home", infected=True),
            Exposed("A", "P2", "home", infected=False),
            Exposed("A", "P1", "work", infected=False),
        ]
    )
    assert [(rate.setting, rate.exposed, rate.infected) for rate in rates] == [
        (None, 2, 1),
        ("home", 2, 1),
        ("work", 1, 0),
    ]
    assert rates[1].rate == 0.5


def test_who_was_ill_before_the_source_was_not_infected_by_it():
    days = {"A": date(2022, 3, 20), "P1": date(2022, 3, 24), "P2": date(2022, 3, 18), "P3": None}
    found = judged([Exposed("A", person) for person in ("P1", "P2", "P3", "P4", "A")], days)
    assert [(one.person, one.infected) for one in found] == [("P1", True), ("P3", True), ("P4", False)]
    assert judged([Exposed("A", "P4", infected=True)], days)[0].infected


def test_the_interval_of_a_proportion_is_the_exact_one():
    assert proportion_interval(2, 10) == pytest.approx((0.02521, 0.55610), abs=1e-5)
    assert proportion_interval(0, 10) == pytest.approx((0, 0.30850), abs=1e-5)
    assert proportion_interval(10, 10) == pytest.approx((0.69150, 1), abs=1e-5)
    with pytest.raises(ValueError, match="wants 0 to 3"):
        proportion_interval(4, 3)
