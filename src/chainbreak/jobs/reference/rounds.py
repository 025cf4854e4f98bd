"""Testing rounds (全员核酸): the county's four by their steps, the city's one swab by swab."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from . import areas
from .cast import Person
from .clock import HOUR, MINUTE, ROUND_START, at
from .residents import Block, numbers
from .sites import ordinary

SERIES, NUMBER = "CITY", 1
POOL = 10
WELLS, CONTROLS = 94, 2  # tubes and controls on one plate
SECONDS_A_SWAB = 25
LAST_SWAB = {  # minutes after the start at which the last swab was taken
    "411122": 357, "411121": 348, "411103": 341, "411104": 335, "411102": 329, "411171": 280, "411172": 255,
}  # fmt: skip
LAST_RESULT = {"411122": 948, "411121": 930, "411103": 915, "411104": 900, "411102": 880, "411171": 700, "411172": 640}
FIRST_RESULT = 240
STEPS = ("planned", "announced", "sampling", "sampling_closed", "testing", "complete", "reconciled", "published")
COUNTY_STARTS = {1: at(24, 14), 2: at(25, 14), 3: at(26, 8), 4: at(28, 7)}
TIME = pa.timestamp("us", tz="Asia/Shanghai")


def rounds() -> Iterator[dict[str, object]]:
    """The rounds file."""
    for number, start in COUNTY_STARTS.items():
        yield _round("LY", number, areas.LINYING, start)
    yield _round(SERIES, NUMBER, areas.CITY, ROUND_START)


def _round(series: str, number: int, area: str, start: datetime) -> dict[str, object]:
    return {
        "series": series,
        "number": number,
        "outbreak": "LY",
        "area_code": area,
        "start_at": start,
        "sample_due_at": start + 6 * HOUR,
        "test_due_at": start + 16 * HOUR,
        "pool_size": POOL,
    }


def events() -> Iterator[dict[str, object]]:
    """The round events file. The county's rounds are told from their sampling on: their rolls are not kept here."""
    for number, start in COUNTY_STARTS.items():
        hours = {"sampling": 0, "sampling_closed": 5.8, "testing": 5.9, "complete": 13, "reconciled": 14}
        if number < 4:
            hours["published"] = 20
        yield from (_event("LY", number, state, start + after * HOUR) for state, after in hours.items())
    hours = dict(zip(STEPS, (-11.5, -10, 0, 6, 6.2, 15.85, 17, 25), strict=True))
    yield from (_event(SERIES, NUMBER, state, ROUND_START + after * HOUR) for state, after in hours.items())


def _event(series: str, number: int, state: str, when: datetime) -> dict[str, object]:
    return {"series": series, "number": number, "state": state, "at": when, "recorded_at": when + MINUTE}


@dataclass(frozen=True)
class City:
    """The files of the city round."""

    tubes: pa.Table
    swabs: pa.Table
    results: pa.Table
    runs: list[dict[str, object]]


def city(home: dict[str, list[Person]], made: list[Block]) -> City:
    """Everybody at home, ten to a tube, neighbours together; every tube negative."""
    tubes, swabs, results, runs = [], [], [], []
    first = 0
    for code, sites in ordinary().items():
        people = _people(code, home[code], made)
        n_tubes = -(-len(people) // POOL)
        serials = pa.array(range(first, first + n_tubes), pa.int32())
        barcodes = pc.binary_join_element_wise("C", pc.utf8_lpad(pc.cast(serials, pa.string()), 8, "0"), "")
        opened = _opened(code, n_tubes, len(sites))
        swabs.append(_swabs(people, barcodes, opened))
        tubes.append(_tubes(code, barcodes, opened, sites))
        plates = _plates(code, n_tubes, len(runs))
        results.append(_results(barcodes, plates))
        runs.extend(run for run, _ in plates)
        first += n_tubes
    return City(pa.concat_tables(tubes), pa.concat_tables(swabs), pa.concat_tables(results), runs)


def _people(code: str, known: list[Person], made: list[Block]) -> pa.Array:
    mine = [pa.array([int(person.number[1:]) for person in known], pa.int32())]
    for block in made:
        if block.town[:6] == code and not block.away:
            mine.append(pa.array(range(block.first, block.first + block.count), pa.int32()))
    return pa.concat_arrays(mine)


def _opened(code: str, n_tubes: int, n_sites: int) -> pa.Array:
    """When each tube was opened, in microseconds: one after the other at every site, the last one just in time."""
    start = int(ROUND_START.timestamp()) + 60
    last = int(ROUND_START.timestamp()) + 60 * LAST_SWAB[code] - POOL * SECONDS_A_SWAB
    ranks = max(1, (n_tubes - 1) // n_sites)
    return pa.array(
        [(start + (last - start) * (k // n_sites) // ranks) * 1_000_000 for k in range(n_tubes)], pa.int64()
    )


def _swabs(people: pa.Array, barcodes: pa.Array, opened: pa.Array) -> pa.Table:
    order = pa.array(range(len(people)), pa.int32())
    tube = pc.divide(order, POOL)
    position = pc.subtract(order, pc.multiply(tube, POOL))
    seconds = pc.multiply(pc.cast(position, pa.int64()), SECONDS_A_SWAB * 1_000_000)
    sampled = pc.cast(pc.add(opened.take(tube), seconds), TIME)
    n = len(people)
    return pa.table(
        {
            "person_id": numbers(people),
            "barcode": barcodes.take(tube),
            "position": pc.cast(pc.add(position, 1), pa.int16()),
            "series": pa.repeat(pa.scalar(SERIES), n),
            "number": pa.repeat(pa.scalar(NUMBER, pa.int32()), n),
            "purpose": pa.repeat(pa.scalar("mass_round"), n),
            "sampled_at": sampled,
            "recorded_at": sampled,
        }
    )


def _tubes(code: str, barcodes: pa.Array, opened: pa.Array, sites: list[str]) -> pa.Table:
    n = len(barcodes)
    return pa.table(
        {
            "barcode": barcodes,
            "series": pa.repeat(pa.scalar(SERIES), n),
            "number": pa.repeat(pa.scalar(NUMBER, pa.int32()), n),
            "area_code": pa.repeat(pa.scalar(code), n),
            "site": pa.array([sites[k % len(sites)] for k in range(n)]),
            "pool_limit": pa.repeat(pa.scalar(POOL, pa.int16()), n),
            "opened_at": _after(opened, 0),
            "sealed_at": _after(opened, POOL * SECONDS_A_SWAB),
            "shipped_at": _after(opened, 40 * 60),
            "received_at": _after(opened, 85 * 60),
            "recorded_at": _after(opened, 85 * 60),
        }
    )


def _after(opened: pa.Array, seconds: int) -> pa.Array:
    return pc.cast(pc.add(opened, seconds * 1_000_000), TIME)


def _plates(code: str, n_tubes: int, before: int) -> list[tuple[dict[str, object], tuple[int, datetime]]]:
    """The plates of a jurisdiction: (row of the runs file, (tubes on it, when reported))."""
    n_plates = -(-n_tubes // WELLS)
    made = []
    for k in range(n_plates):
        on_it = min(WELLS, n_tubes - k * WELLS)
        number = f"R{before + k + 1:05d}"
        minutes = FIRST_RESULT + (LAST_RESULT[code] - FIRST_RESULT) * k / max(1, n_plates - 1)
        run = {
            "run": number,
            "laboratory": f"样例实验室{1 + k % 12:02d}",
            "wells": on_it + CONTROLS,
            "controls": CONTROLS,
            "raw_file_hash": hashlib.sha256(number.encode()).hexdigest(),
        }
        made.append((run, (on_it, ROUND_START + round(minutes * 60) * MINUTE / 60)))
    return made


def _results(barcodes: pa.Array, plates: list[tuple[dict[str, object], tuple[int, datetime]]]) -> pa.Table:
    runs, reported = [], []
    for run, (count, when) in plates:
        runs += [run["run"]] * count
        reported += [when] * count
    n = len(barcodes)
    times = pa.array(reported, TIME)
    return pa.table(
        {
            "barcode": barcodes,
            "run": pa.array(runs, pa.string()),
            "outcome": pa.repeat(pa.scalar("negative"), n),
            "stage": pa.repeat(pa.scalar("verified"), n),
            "reported_at": times,
            "recorded_at": times,
        }
    )
