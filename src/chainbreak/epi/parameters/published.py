"""Published delays and offspring distributions with their articles (已发表参数): 133 entries of epiparameterDB, CC0."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from chainbreak.epi.parameters.distribution import Distribution

SHAPES = {"lnorm": "lognormal", "gamma": "gamma", "weibull": "weibull", "norm": "normal"}
PAIRS = {
    "lognormal": ("meanlog", "sdlog"),
    "gamma": ("shape", "scale"),
    "weibull": ("shape", "scale"),
    "normal": ("mean", "sd"),
}


@dataclass(frozen=True)
class Published:
    """One entry: what was measured, where, in how many, and by whom."""

    disease: str
    quantity: str
    shape: str | None  # gamma, lognormal, weibull, normal, nbinom
    parameters: dict[str, Any]
    mean: float | None
    sd: float | None
    median: float | None
    interval: tuple[float, float] | None  # of the mean
    unit: str
    region: str | None
    sample_size: int | None
    source: str
    year: int | None
    doi: str | None

    def distribution(self) -> Distribution:
        """The delay between people, by the published parameters, else by mean and sd.

        Raises:
            ValueError: the entry gives neither.
        """
        if self.shape in PAIRS:
            a, b = (self.parameters.get(name) for name in PAIRS[self.shape])
            if a is not None and b is not None:
                return Distribution(self.shape, float(a), float(b))
            if self.mean is not None and self.sd is not None:
                return Distribution.by_mean_sd(self.shape, self.mean, self.sd)
        raise ValueError(f"{self.disease}, {self.quantity} ({self.source}): neither parameters nor mean and sd")


def published(disease: str | None = None, quantity: str | None = None) -> tuple[Published, ...]:
    """The entries for a disease and a quantity, as published; all where neither is given. Upper and lower case are one."""
    return tuple(
        entry
        for entry in _entries()
        if (disease is None or entry.disease.casefold() == disease.casefold())
        and (quantity is None or entry.quantity.casefold() == quantity.casefold())
    )


@cache
def _entries() -> tuple[Published, ...]:
    text = (files("chainbreak.epi.parameters") / "published.json").read_text("utf-8")
    return tuple(_entry(raw) for raw in json.loads(text))


def _entry(raw: dict[str, Any]) -> Published:
    law, summary, about = raw["probability_distribution"], raw["summary_statistics"], raw["metadata"]
    shape = law.get("prob_distribution")
    by, limits = raw["citation"], summary.get("mean_ci_limits")
    first = by["author"][0].get("family") or by["author"][0].get("given") or ""
    return Published(
        disease=raw["disease"],
        quantity=raw["epi_name"],
        shape=SHAPES.get(shape, shape),
        parameters=law.get("parameters") or {},
        mean=summary.get("mean"),
        sd=summary.get("sd"),
        median=summary.get("median"),
        interval=(limits[0], limits[1]) if limits else None,
        unit=str(about.get("units") or ""),
        region=about.get("region"),
        sample_size=about.get("sample_size"),
        source=f"{first} et al. {by.get('year')}, {by.get('journal')}",
        year=by.get("year"),
        doi=by.get("doi"),
    )
