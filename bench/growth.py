"""Growth of tracing (耗时增长): against people reached, days of data, the city's size and a crowd at one place.

Writes `docs/pictures/tracing-growth.csv` and `.svg`, and gives the exponent of each. Processor time of this process is
measured, the least of several, so that other work on the machine matters little. Towns that `bench tracing` has left in the
folder CHAINBREAK_BENCH are taken from there.
"""

from __future__ import annotations

import csv
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bench.timing import Say, result
from bench.town import people, plot

HELP = "what tracing costs as cities, days, contacts and crowds grow"
NEEDS = "files"
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
GOAL = 1.2  # a question must not cost more than this power of what it grows with
CASES = 13
Row = tuple[str, float, int, float]  # series, x, people reached, milliseconds


def run(rounds: int | None, say: Say, size: str = "small") -> list[dict[str, Any]]:
    rounds = rounds or 5
    largest = {"tiny": 26_000, "small": 260_000, "full": 2_600_000}[size]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="chainbreak-growth-") as made:
        folder = Path(made)
        base = min(largest, 260_000)
        rows += _people(_lake(folder, base, 14, say), base, rounds)
        rows += [_asked("days", days, _lake(folder, base, days, say), base, days, rounds) for days in (7, 14, 28)]
        sizes = [n for n in (26_000, 260_000, 2_600_000) if n <= largest]
        rows += [_asked("people in the city", n, _lake(folder, n, 14, say), n, 14, rounds) for n in sizes]
    rows += [_crowd(n, rounds) for n in (10_000, 100_000, 1_000_000, 10_000_000) if n <= largest * 4]
    for series, x, reached, cost in rows:
        say(f"{series} {x:,.0f}: {reached:,} reached, {cost:.1f} ms")
    if size != "tiny":
        PICTURES.mkdir(exist_ok=True)
        with (PICTURES / "tracing-growth.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["series", "x", "reached", "milliseconds"])
            writer.writerows(rows)
        (PICTURES / "tracing-growth.svg").write_text(plot.growth(rows), encoding="utf-8")
    return [
        _line(series, [row for row in rows if row[0] == series]) for series in dict.fromkeys(row[0] for row in rows)
    ]


def exponent(rows: list[Row]) -> float:
    """The slope of the straight line through the points in logarithms."""
    x, y = (np.log([row[k] for row in rows]) for k in (1, 3))
    return float(np.polyfit(x, y, 1)[0])


def _line(series: str, rows: list[Row]) -> dict[str, Any]:
    return result(
        f"exponent against {series}", [exponent(rows)], "", peer="none", peer_values=[], goal=f"<= {GOAL:g}",
        met=lambda value, _ratio: value <= GOAL,
    )  # fmt: skip


def _lake(folder: Path, n: int, days: int, say: Say) -> Any:
    from chainbreak.engines.lake import Lake, bulk

    size = {260_000: "small", 2_600_000: "full"}.get(n)
    kept = Path(os.environ.get("CHAINBREAK_BENCH", "")) / (size or "") / "lake"
    if size and days == 14 and "CHAINBREAK_BENCH" in os.environ and kept.exists():
        return Lake.open(kept)
    path = folder / f"{n}-{days}"
    if not path.exists():
        lake = Lake.create(path)
        bulk.load(lake, (people.table(day) for day in people.days(n, days, 7)), name="all")
        say(f"a town of {n} people and {days} days is laid out")
    return Lake.open(path)


def _people(lake: Any, n: int, rounds: int) -> list[Row]:
    found = []
    for number in (1, 4, 13, 40, 100):
        cost, reached = _least(lambda number=number: _ask(lake, people.cases(number, n, 14)), rounds)
        found.append(("people reached", float(reached), reached, cost))
    return found


def _asked(series: str, x: float, lake: Any, n: int, days: int, rounds: int) -> Row:
    """The same cases' days, whatever the data hold: windows that end on day 6 or 7, traced to the end of the data."""
    cost, reached = _least(lambda: _ask(lake, people.cases(CASES, n, min(days, 7))), rounds)
    return series, float(x), reached, cost


def _ask(lake: Any, cases: pa.Table) -> int:
    return int(lake.trace(cases, count="meeting", answer="persons").num_rows)


def _crowd(n: int, rounds: int) -> Row:
    """A station: n stays of ten minutes in a day, and thirteen cases among them."""
    from chainbreak.engines.asked import Asked
    from chainbreak.engines.sweep import layout, persons
    from chainbreak.engines.sweep.rule import rule_of, windows_of

    start = np.sort(np.random.default_rng(n).integers(0, 86_400, n)) * 1_000_000
    laid, _ = layout.lay(np.zeros(n, np.uint32), np.arange(n, dtype=np.uint32), start, start + 600_000_000)
    cases = np.linspace(0, n - 1, CASES + 2).astype(np.int64)[1:-1]
    windows = windows_of(cases, np.full(CASES, -(2**61)), np.full(CASES, 2**61))
    rule = rule_of(Asked(minutes=5, degrees=2, count="meeting"))
    cost, reached = _least(
        lambda: len(persons.trace([laid], windows, cases, rule, n_persons=n).person), 1 if n > 1_000_000 else rounds
    )
    return "stays at one place", float(n), reached, cost


def _least(ask: Callable[[], int], rounds: int) -> tuple[float, int]:
    """Milliseconds of processor time, the least of several, and how many were reached."""
    reached, costs = ask(), []
    for _ in range(rounds):
        began = time.process_time()
        ask()
        costs.append(time.process_time() - began)
    return min(costs) * 1000, reached
