"""What a search in the lake rests on: days with too few stays, a lake being written, the merge in the background."""

from __future__ import annotations

import fcntl
import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from chainbreak.engines.lake import Lake
from chainbreak.engines.lake.errors import LakeError
from chainbreak.investigation.services import lake

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2022, 3, 24, 12, tzinfo=CHINA)
INSTANT = pa.timestamp("us", tz="+08:00")


def days(*numbers: int) -> dict[date, int]:
    return {date(2022, 3, 1) + timedelta(n): number for n, number in enumerate(numbers)}


@pytest.mark.parametrize(
    ("stays", "thin"),
    [
        ((100, 100, 100, 100, 49), {5}),  # less than half of the days before
        ((100, 100, 100, 100, 50), set()),
        ((100, 100, 100, 100, 49, 100), {5}),  # the day after it is whole
        ((100, 100, 100, 100, 0), set()),  # without any: said as missing, not as incomplete
        ((10, 100, 100, 100), {1}),  # a first day has none before it: all others are looked at
        ((100,), set()),
        ((), set()),
        ((100, 100, 100, 100, 40, 40, 40, 40, 40, 40), {5, 6, 7, 8}),  # in the end that is the usual
    ],
)
def test_a_day_with_less_than_half_of_the_days_before_is_incomplete(stays, thin):
    assert {day.day for day in lake.thin_days(days(*stays))} == thin


@pytest.fixture
def made(settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    return Lake.create(tmp_path / "lake")


def append(of: Lake, n: int) -> None:
    at = pa.array([NOW - timedelta(hours=n + 2)], INSTANT)
    of.append(pa.table({"person_id": [str(n)], "place_id": ["a"], "arrived_at": at,
                        "left_at": pa.array([NOW - timedelta(hours=n + 1)], INSTANT)}))  # fmt: skip


def clock() -> datetime:
    return NOW


def test_the_worker_merges_when_there_are_many_fresh_batches_and_not_before(made, tmp_path):
    append(made, 0)
    assert lake.merge(clock=clock) == {}
    for n in range(1, 9):
        append(made, n)
    assert lake.status()["due"]
    assert lake.merge(clock=clock)["merged"] == 9
    status = lake.status()
    assert (status["fresh"], status["due"], status["stays"]) == (0, False, 9)
    assert status["merged"]["at"] == NOW and status["merged"]["merged"] == 9
    assert lake.merge(clock=clock) == {}, "a second time there is nothing to do"


def test_while_another_writes_nothing_is_merged_and_the_page_knows(made, tmp_path):
    for n in range(9):
        append(made, n)
    assert not lake.is_being_written()
    with (tmp_path / "lake" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert lake.is_being_written() and lake.status()["writing"]
        assert lake.merge(clock=clock) == {}
    assert not lake.is_being_written()
    assert lake.merge(clock=clock)


def test_a_merge_that_fails_is_noted_and_harms_nothing(made, monkeypatch, tmp_path):
    for n in range(9):
        append(made, n)

    def fails(self, **options):
        raise LakeError("lake_damaged", file="segments/1.seg")

    monkeypatch.setattr(Lake, "merge", fails)
    assert lake.merge(clock=clock) == {}
    assert lake.status()["merged"]["trouble"] == "lake_damaged"
    (tmp_path / "lake-merged.json").write_text(json.dumps({"at": "no instant"}))
    assert lake.status()["merged"] is None


def test_without_a_lake_the_worker_does_nothing(settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    assert lake.merge(clock=clock) == {}
    assert not lake.is_being_written()
    assert not (tmp_path / "lake").exists()
