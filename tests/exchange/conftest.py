"""Where the samples and, if they are there, the real data sets lie."""

import csv
from pathlib import Path

import pytest

from chainbreak.exchange.address import AreaTable

SAMPLES = Path(__file__).parent / "samples"
SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def shared():
    """Path of a data set of the shared folder; skips where it is absent."""

    def find(name):
        if not (SHARED / name).is_dir():
            pytest.skip(f"no data set {name}")
        return SHARED / name

    return find


@pytest.fixture
def luohe_areas(shared):
    folder = shared("luohe_admin")
    rows = []
    for name, column in (
        ("china_divisions", "code"),
        ("luohe_counties", "adcode"),
        ("luohe_townships", "code"),
        ("luohe_villages", "code"),
    ):
        with open(folder / f"{name}.csv", encoding="utf-8") as file:
            rows += [(row[column], row["name"]) for row in csv.DictReader(file)]
    return AreaTable(rows)
