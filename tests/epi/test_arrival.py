"""The band of an arrival moves with the day of detection."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.epi import rulepack
from chainbreak.epi.arrival import band_of, bands, due_measures
from chainbreak.epi.rulepack import MEASURES

from .conftest import CHINA, china

DETECTED = china("2022-03-24 09:30")


@pytest.mark.parametrize(
    ("arrived", "band"),
    [
        ("2022-03-09 23:59", None),
        ("2022-03-10 00:00", 1),
        ("2022-03-16 23:59", 1),
        ("2022-03-17 00:00", 2),
        ("2022-03-23 23:59", 2),
        ("2022-03-24 00:00", 3),
        ("2022-03-27 12:00", 3),
    ],
)
def test_the_latest_matching_band_wins(v8, arrived, band):
    found = band_of(v8, arrived_at=china(arrived), detected_at=DETECTED)
    assert (found.number if found else None) == band


def test_moving_the_detection_moves_the_bands(v8):
    later = DETECTED + timedelta(days=3)
    assert [b.from_date.day for b in bands(v8, detected_at=DETECTED)] == [10, 17, 24]
    assert [b.from_date.day for b in bands(v8, detected_at=later)] == [13, 20, 27]
    assert band_of(v8, arrived_at=china("2022-03-17 12:00"), detected_at=later).number == 1
    assert band_of(rulepack.load("ebola"), arrived_at=DETECTED, detected_at=DETECTED) is None


def plan(pack, arrived, risk=None):
    at = china(arrived)
    found = due_measures(pack, arrived_at=at, identified_at=at, detected_at=DETECTED, origin_risk=risk)
    return [(m.measure, m.rule, len(m.tests)) for m in found]


def test_bands_lead_to_monitoring_with_daily_tests_then_to_a_facility(v8):
    assert plan(v8, "2022-03-12 12:00") == [("home_monitoring", "quarantine.arrival_band1.1", 14)]
    assert plan(v8, "2022-03-18 12:00") == [("facility_quarantine", "quarantine.arrival_band2.1", 4)]
    assert plan(v8, "2022-03-25 12:00") == [("facility_quarantine", "quarantine.arrival_band3.1", 4)]
    assert band_of(v8, arrived_at=china("2022-03-25 12:00"), detected_at=DETECTED).investigate


def test_the_stricter_of_band_and_origin_holds(v8):
    assert plan(v8, "2022-03-12 12:00", "high") == [("facility_quarantine", "quarantine.arrival_risk_county.1", 5)]
    assert plan(v8, "2022-03-18 12:00", "city_with_risk")[0][1] == "quarantine.arrival_band2.1"
    assert plan(v8, "2022-03-01 12:00", "city_with_risk")[0][0] == "home_monitoring"
    assert plan(v8, "2022-03-01 12:00", "low") == []


moments = st.datetimes(datetime(2022, 2, 20), datetime(2022, 4, 10)).map(lambda at: at.replace(tzinfo=CHINA))  # noqa: DTZ001


@given(moments, st.sampled_from([None, "low", "city_with_risk", "medium", "high"]))
def test_what_is_due_is_at_least_as_strict_as_the_band_alone(arrived, risk):
    pack = rulepack.load("covid19-cn-v8")

    def strictest(origin_risk):
        found = due_measures(
            pack, arrived_at=arrived, identified_at=arrived, detected_at=DETECTED, origin_risk=origin_risk
        )
        return min((MEASURES.index(m.measure) for m in found), default=len(MEASURES))

    assert strictest(risk) <= strictest(None)
