"""A reconstruction as one document (推断结果): possible infectors of each case, the tree, and the numbers of the diagnostics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from chainbreak.epi.infectors.inference import Answer
from chainbreak.epi.infectors.outbreak import Outbreak

SAME = 0.02  # difference of the chains' probabilities under which delays that the data leave open do no harm
DELAYS = ("incubation", "transmission", "sampling")
LEAST = 0.0005  # probability below which an infector is left out of the rows


def rows(answer: Answer, outbreak: Outbreak) -> list[dict[str, Any]]:
    """The possible infectors of each case, the most probable first; `infector` None is from outside. Each sums to 1."""
    n, found = len(outbreak.ids), []
    named = _named(outbreak)
    for j, case in enumerate(outbreak.ids):
        chosen = [i for i in np.argsort(-answer.probability[j], kind="stable") if answer.probability[j, i] >= LEAST]
        total = sum(float(answer.probability[j, i]) for i in chosen)
        for i in chosen:
            row: dict[str, Any] = {
                "case": case,
                "infector": None if i == n else outbreak.ids[i],
                "probability": float(answer.probability[j, i]) / total,
            }
            if i < n:
                row["direct"] = float(answer.direct[j, i]) / total
                if outbreak.stays is not None:
                    row["minutes"] = round(answer.question.minutes.get((min(i, j), max(i, j)), 0.0))
                if {case, outbreak.ids[i]} <= set(outbreak.genomes) and len(outbreak.genomes) > 1:
                    row["snps"] = int(answer.question.snps[i, j])
                if outbreak.contacts is not None:
                    row["contact"] = (i, j) in named
            found.append(row)
    return found


def tree(answer: Answer, outbreak: Outbreak, *, dated: bool) -> list[dict[str, Any]]:
    """One infector each, with its probability and when the case was infected (2.5 %, 50 %, 97.5 %)."""
    n, found = len(outbreak.ids), []
    for j, case in enumerate(outbreak.ids):
        infector = int(answer.tree[j])
        days = (_day(value, dated) for value in answer.infected[j])
        found.append(
            {
                "case": case,
                "infector": None if infector < 0 else outbreak.ids[infector],
                "probability": float(answer.probability[j, infector if infector >= 0 else n]),
                "infected": dict(zip(("low", "median", "high"), days, strict=True)),
            }
        )
    return found


def diagnostics(answer: Answer, tree: Sequence[Mapping[str, Any]], **settings: Any) -> dict[str, Any]:
    """The numbers behind `words.sentences`; `settings` (agent, used, missing, iterations, chains, seed) come along."""
    chains = answer.by_chain
    differ = float(np.abs(chains - chains.mean(axis=0)).max(axis=2).mean()) if len(chains) > 1 else 0.0
    watched = [name for name in answer.r_hat if differ > SAME or not name.startswith(DELAYS)]
    sizes = [answer.effective[name] for name in watched if math.isfinite(answer.effective[name])]
    hats = [answer.r_hat[name] for name in watched if math.isfinite(answer.r_hat[name])]
    return {
        "cases": len(tree),
        **settings,
        "acceptance": dict(zip(("dates", "onsets", "delays", "genomes"), map(float, answer.acceptance), strict=True)),
        "worst_r_hat": max(hats) if hats and len(chains) > 1 else None,
        "least_effective": min(sizes) if sizes else 0.0,
        "r_hat": {name: finite(value) for name, value in answer.r_hat.items()},
        "effective_sample_size": {name: finite(value) for name, value in answer.effective.items()},
        "chains_differ": differ,
        "prior_change": answer.sensitivity,
        "parameters": {
            name: {"mean": finite(mean), "q025": finite(low), "q975": finite(high)}
            for name, (mean, low, high) in answer.parameters.items()
        },
        "sure": sum(row["probability"] >= 0.8 for row in tree),
        "expected_right": sum(row["probability"] for row in tree),
    }


def finite(value: float) -> float | None:
    """The number, or None where it is none: JSON knows no infinity."""
    return float(value) if math.isfinite(value) else None


def _named(outbreak: Outbreak) -> set[tuple[int, int]]:
    if outbreak.contacts is None:
        return set()
    pairs = {(int(a), int(b)) for a, b in outbreak.contacts}
    return pairs if outbreak.directed else pairs | {(b, a) for a, b in pairs}


def _day(value: float, dated: bool) -> str | float:
    if not dated:
        return round(float(value), 2)
    return (datetime(1, 1, 1) + timedelta(days=float(value) - 1)).isoformat(timespec="minutes")  # noqa: DTZ001 local
