"""From Ct values to an outcome (判读): two targets, an internal control, and the controls of the plate (P-18).

Both targets positive: positive. One of them: inconclusive, the person or pool is tested again. None, and the internal
control came up: negative. Else the well says nothing: invalid. Where a control of the plate fails, no well counts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

INTERNAL = frozenset({"IC", "RNASEP", "RNP", "RP", "IPC", "INTERNAL"})
Cts = Mapping[str, float | None]


@cache
def limits() -> Mapping[str, float]:
    """The limits in cycles and hours."""
    said = tomllib.loads((Path(__file__).parent / "round_assay.toml").read_text(encoding="utf-8"))
    return {name: one["value"] for name, one in said.items()}


def is_internal(target: str) -> bool:
    """Whether a target is the internal control."""
    return target.upper().replace(" ", "").replace("-", "").replace("_", "") in INTERNAL


def called(cts: Cts) -> str:
    """The outcome of one well by the Ct of each target; None where nothing came up.

    >>> called({"ORF1ab": 24.1, "N": 25.0, "IC": 27.0})
    'positive'
    >>> called({"ORF1ab": None, "N": 37.0, "IC": 27.0})
    'inconclusive'
    >>> called({"ORF1ab": None, "N": None, "IC": None})
    'invalid'
    """
    most, internal = limits()["ct_positive"], limits()["ct_internal"]
    targets = [ct for name, ct in cts.items() if not is_internal(name)]
    controls = [ct for name, ct in cts.items() if is_internal(name)]
    up = sum(ct is not None and ct <= most for ct in targets)
    if not targets:
        return "invalid"
    if up == len(targets):
        return "positive"
    if up:
        return "inconclusive"
    if controls and not any(ct is not None and ct <= internal for ct in controls):
        return "invalid"
    return "negative"


def controls_fail(wells: Iterable[tuple[str, Cts]]) -> tuple[str, ...]:
    """Why a plate does not count: its (kind, Ct by target) of control wells; empty when it does."""
    most = limits()["ct_positive"]
    kinds, why = set(), []
    for kind, cts in wells:
        kinds.add(kind)
        up = [ct is not None and ct <= most for name, ct in cts.items() if not is_internal(name)]
        if kind == "negative_control" and any(up):
            why.append("negative_control_amplified")
        if kind == "positive_control" and not (up and all(up)):
            why.append("positive_control_failed")
    why += [f"{kind}_missing" for kind in ("negative_control", "positive_control") if kind not in kinds]
    return tuple(sorted(set(why)))
