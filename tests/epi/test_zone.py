"""Zones: their level, and the three criteria for lifting one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chainbreak.epi.zone import ZoneStanding, first_screening_due_at, level, level_after_positive, lifting, may_lift

from .conftest import china

READY = ZoneStanding(
    level="lockdown",
    active_from=china("2022-03-24 12:00"),
    last_infection_at=china("2022-03-28 10:00"),
    last_contact_exposure_at=china("2022-03-27 20:00"),
    contacts_negative=True,
    round_completed_at=china("2022-04-10 12:00"),
    round_all_negative=True,
)
NOW = china("2022-04-11 10:00")


def failing(pack, zone, as_of=NOW):
    return [criterion.code for criterion in lifting(pack, zone, as_of=as_of) if not criterion.holds]


def test_a_zone_is_lifted_when_all_three_criteria_hold_and_not_before(v8):
    assert may_lift(v8, READY, as_of=NOW)
    assert failing(v8, READY, NOW - timedelta(microseconds=1)) == ["days_without_infection"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"last_infection_at": china("2022-03-29 00:00")}, "days_without_infection"),
        ({"last_contact_exposure_at": china("2022-03-28 10:00")}, "last_contact_over"),  # 14 days, but not more
        ({"contacts_negative": False}, "last_contact_over"),
        ({"round_all_negative": False}, "round_all_negative"),
        ({"round_completed_at": china("2022-04-09 09:59")}, "round_all_negative"),
        ({"round_completed_at": china("2022-04-11 10:01")}, "round_all_negative"),
        ({"round_completed_at": None}, "round_all_negative"),
    ],
)
def test_each_criterion_alone_keeps_the_zone(v8, change, code):
    assert failing(v8, READY) == []
    assert failing(v8, replace(READY, **change)) == [code]


def test_each_criterion_comes_with_its_value_and_when_it_will_hold(v8):
    quiet, contact, _ = lifting(v8, READY, as_of=china("2022-04-01 00:00"))
    assert (quiet.value, quiet.holds_from) == (READY.last_infection_at, china("2022-04-11 10:00"))
    assert contact.holds_from == china("2022-04-10 20:00")
    assert quiet.rule == "zone.lift.without_infection"


def test_a_precaution_zone_waits_for_the_stricter_ones(v8):
    zone = replace(READY, level="precaution", stricter_zones_in_county=1)
    assert failing(v8, zone) == ["stricter_zones_lifted"]
    assert may_lift(v8, replace(zone, stricter_zones_in_county=0), as_of=NOW)


def test_levels(v8):
    assert level(v8, home_of_case=True).outputs["level"] == "lockdown"
    assert level(v8, transmission_risk="high", contacts_hard_to_trace=True).outputs["level"] == "lockdown"
    assert level(v8, transmission_risk="high", contacts_hard_to_trace=False).outputs["level"] == "precaution"
    assert level(v8, transmission_risk="some", contacts_hard_to_trace=True).rule.id == "zone.control"


def test_a_positive_person_makes_a_control_zone_a_lockdown_and_never_a_laxer_one(v8):
    assert level_after_positive(v8, "control") == "lockdown"
    assert level_after_positive(v8, "lockdown") == "lockdown"
    assert level_after_positive(v8, "precaution") == "precaution"


def test_the_first_screening_is_due_in_24_or_48_hours(v8):
    start = china("2022-03-24 12:00")
    due = [first_screening_due_at(v8, level=name, active_from=start) for name in ("lockdown", "control", "precaution")]
    assert due == [china("2022-03-25 12:00"), china("2022-03-26 12:00"), None]
