"""The synthetic city (模拟城市): people and days to stays on disk, with the outbreak in them.

There is no peer that writes the same; the goal is the time of the full city.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.timing import Say, result

HELP = "a synthetic city of 260,000 people, or CHAINBREAK_BENCH_PEOPLE"
NEEDS = "files"
PEOPLE, DAYS, SEED = 260_000, 14, 1
GOAL_STAYS_PER_SECOND = 145_000_000 / 300  # the full city in five minutes
MOST_MB = 8_000


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    from chainbreak.engines.city import build

    people = int(os.environ.get("CHAINBREAK_BENCH_PEOPLE", PEOPLE))
    seconds, rates = [], []
    for turn in range((rounds or 3) + 1):
        with tempfile.TemporaryDirectory(prefix="chainbreak-city-") as folder:
            began = time.perf_counter()
            made = build.build(Path(folder), n_people=people, days=DAYS, seed=SEED, say=lambda word, numbers: None)
            took = time.perf_counter() - began
        say(f"{made['stays']:,} stays in {took:.1f} s")
        if turn:  # the first compiles
            seconds.append(took)
            rates.append(made["stays"] / took)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        result(
            f"city of {people:,} people, {DAYS} days",
            seconds,
            "s",
            peer="none",
            peer_values=[],
            goal="2.6 million people in 5 minutes, in proportion",
            met=lambda value, _ratio: made["stays"] / value >= GOAL_STAYS_PER_SECOND,
            stays=made["stays"],
        ),
        result(
            "stays written a second", rates, "stays/s", peer="none", peer_values=[], goal=">= 483,000",
            met=lambda value, _ratio: value >= GOAL_STAYS_PER_SECOND,
        ),
        result(
            "peak memory", [peak], "MB", peer="none", peer_values=[], goal="<= 8,000 MB",
            met=lambda value, _ratio: value <= MOST_MB,
        ),
    ]  # fmt: skip
