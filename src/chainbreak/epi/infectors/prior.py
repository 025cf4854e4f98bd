"""Priors of delays and of evidence, with their sources (先验参数): read from `profiles.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from chainbreak.epi.infectors.arrays import Floats

DELAYS = (
    "incubation_mean",
    "incubation_sd",
    "transmission_mean",
    "transmission_sd",
    "sampling_mean",
    "sampling_sd",
)
DEFAULT = "covid19-omicron"


@dataclass(frozen=True)
class Prior:
    """Centre and spread of each delay (days), and the weights of the evidence."""

    agent: str
    centre: Floats  # (6,) as DELAYS
    spread: Floats  # (6,)
    positive: Floats  # (points, 2) days since infection, probability that a sample is positive; none: a gamma delay
    latent: tuple[float, float]  # mean and sd of the time from infection until one infects
    mutations: tuple[float, float]  # substitutions in a genome for one transmission: shape and mean of a gamma prior
    evidence: Mapping[str, Mapping[str, Any]]

    def beta(self, name: str) -> tuple[float, float]:
        """The two weights of a share."""
        return float(self.evidence[name]["a"]), float(self.evidence[name]["b"])


def _pair(row: Mapping[str, Any]) -> tuple[float, float]:
    return float(row["shape"]), float(row["value"])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("chainbreak.epi.infectors").joinpath("profiles.toml").read_text(encoding="utf-8"))


def agents() -> list[str]:
    """Agents with delays of their own."""
    return [name for name in _table() if name != "evidence"]


def profile(agent: str) -> Mapping[str, Any]:
    """What stands behind an agent's priors: by name the value, its spread, its source; empty where there is no such agent."""
    return _table()["evidence"] | _table()[agent] if agent in agents() else {}


def load(agent: str = DEFAULT) -> Prior:
    """The priors of an agent.

    Raises:
        ValueError: there is no such agent.
    """
    table = _table()
    if agent not in agents():
        raise ValueError(f"agent must be one of {', '.join(agents())}; got {agent}")
    rows = [table[agent][name] for name in DELAYS]
    centre = np.array([row["value"] for row in rows], float)
    spread = np.array([row["spread"] for row in rows], float)
    positive = np.array(table[agent].get("positive", {"value": np.zeros((0, 2))})["value"], float)
    return Prior(
        agent,
        centre,
        spread,
        positive,
        (float(table[agent]["latent"]["mean"]), float(table[agent]["latent"]["sd"])),
        _pair(table[agent]["mutations"]),
        table["evidence"],
    )


def of_generation_time(prior: Prior, generation: Floats) -> Prior:
    """The priors where the generation time was given: delays to onset and sample about as long, and wide.

    So does outbreaker2 where the delay from infection to sample is not given.
    """
    lags = np.arange(len(generation))
    mean = float((lags * generation).sum())
    sd = float(np.sqrt(((lags - mean) ** 2 * generation).sum()))
    centre = prior.centre.copy()
    centre[[0, 4]] = mean
    centre[[1, 5]] = max(sd, 0.3)
    spread = np.array([0.5, 0.5, 1.0, 0.5, 0.5, 0.5])
    return Prior(
        prior.agent, centre, spread, np.zeros((0, 2)), prior.latent, _pair(prior.evidence["mutations"]), prior.evidence
    )
