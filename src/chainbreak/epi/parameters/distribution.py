"""Distributions of delays (时间间隔分布): gamma, lognormal, Weibull, normal, by parameters, mean and sd, or values seen.

An analyst's names are kept: a gamma has shape and scale, a lognormal the mean and sd of its logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

KINDS = ("fixed", "gamma", "lognormal", "weibull", "normal", "values")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Distribution:
    """How long something takes, between people, in days.

    `a`, `b`: fixed (value, -), gamma (shape, scale), lognormal (mean and sd of the logarithm), weibull (shape, scale),
    normal (mean, sd); `seen`: the values of kind "values", each as likely as another.

    >>> Distribution.by_mean_sd("gamma", 4.0, 2.0)
    Distribution(kind='gamma', a=4.0, b=1.0, seen=())
    """

    kind: str
    a: float = 0.0
    b: float = 0.0
    seen: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind of a distribution must be one of {', '.join(KINDS)}; got {self.kind!r}")
        if self.kind in ("gamma", "weibull") and not (self.a > 0 and self.b > 0):
            raise ValueError(f"{self.kind} wants shape and scale above 0; got {self.a}, {self.b}")
        if self.kind in ("lognormal", "normal") and not self.b > 0:
            raise ValueError(f"{self.kind} wants a sd above 0; got {self.b}")
        if self.kind == "values" and not self.seen:
            raise ValueError("values wants at least one value")
        if not all(math.isfinite(value) for value in (self.a, self.b, *self.seen)):
            raise ValueError(f"{self.kind} wants finite numbers")

    @classmethod
    def fixed(cls, value: float) -> Distribution:
        """The same for everybody."""
        return cls("fixed", float(value))

    @classmethod
    def of_values(cls, seen: Sequence[float]) -> Distribution:
        """As measured: each value as likely as another."""
        return cls("values", seen=tuple(float(value) for value in seen))

    @classmethod
    def by_mean_sd(cls, kind: str, mean: float, sd: float) -> Distribution:
        """The distribution of this kind with this mean and standard deviation; `fixed` where sd is 0.

        Weibull: the shape solves Γ(1+2/k)/Γ(1+1/k)² = 1 + (sd/mean)².

        Raises:
            ValueError: mean not above 0 (save for normal), or sd below 0.
        """
        if kind not in KINDS:
            raise ValueError(f"kind of a distribution must be one of {', '.join(KINDS)}; got {kind!r}")
        if sd < 0 or (mean <= 0 and kind != "normal"):
            raise ValueError(f"wants a mean above 0 and a sd from 0; got {mean}, {sd}")
        if sd == 0 or kind == "fixed":
            return cls.fixed(mean)
        share = (sd / mean) ** 2 if mean else math.inf
        if kind == "gamma":
            return cls("gamma", 1 / share, mean * share)
        if kind == "lognormal":
            return cls("lognormal", math.log(mean) - math.log1p(share) / 2, math.sqrt(math.log1p(share)))
        if kind == "weibull":
            shape = float(optimize.brentq(lambda k: _weibull_spread(k) - math.log1p(share), 0.05, 500.0))
            return cls("weibull", shape, mean / math.gamma(1 + 1 / shape))
        if kind == "normal":
            return cls("normal", mean, sd)
        raise ValueError(f"{kind} has no form by mean and sd")

    @property
    def mean(self) -> float:
        """Days, on the average."""
        if self.kind == "fixed":
            return self.a
        return float(np.mean(self.seen)) if self.kind == "values" else float(self._frozen().mean())

    @property
    def sd(self) -> float:
        """Days, the standard deviation between people."""
        if self.kind == "fixed":
            return 0.0
        return float(np.std(self.seen)) if self.kind == "values" else float(self._frozen().std())

    def cdf(self, days: Any) -> Floats:
        """The share that has taken at most so many days; the shape of `days`."""
        at = np.asarray(days, dtype=float)
        if self.kind == "fixed":
            return np.asarray(at >= self.a, dtype=float)
        if self.kind == "values":
            return np.asarray(np.searchsorted(np.sort(self.seen), at, side="right") / len(self.seen), dtype=float)
        return np.asarray(self._frozen().cdf(at), dtype=float)

    def pdf(self, days: Any) -> Floats:
        """The density at so many days; ValueError for kinds without one."""
        if self.kind in ("fixed", "values"):
            raise ValueError(f"{self.kind} has no density")
        return np.asarray(self._frozen().pdf(np.asarray(days, dtype=float)), dtype=float)

    def quantile(self, share: Any) -> Floats:
        """The days by which this share has happened; the shape of `share`."""
        at = np.asarray(share, dtype=float)
        if self.kind == "fixed":
            return np.full(at.shape, self.a)
        if self.kind == "values":
            return np.asarray(np.quantile(self.seen, at, method="inverted_cdf"), dtype=float)
        return np.asarray(self._frozen().ppf(at), dtype=float)

    def sample(self, size: int, rng: np.random.Generator) -> Floats:
        """`size` independent draws, days."""
        return self.quantile(rng.random(size))

    def by_day(self, lags: int) -> Floats:
        """The probability of each whole day 0 … lags-1 (up to half a day either side), summing to 1; shape (lags,)."""
        edges = self.cdf(np.arange(lags + 1) - 0.5)
        edges[0] = 0.0
        mass = np.diff(edges)
        if not mass.sum() > 0:
            raise ValueError(f"nothing of the distribution falls on {lags} days")
        return np.asarray(mass / mass.sum(), dtype=float)

    def _frozen(self) -> Any:
        if self.kind == "gamma":
            return stats.gamma(self.a, scale=self.b)
        if self.kind == "lognormal":
            return stats.lognorm(self.b, scale=math.exp(self.a))
        if self.kind == "weibull":
            return stats.weibull_min(self.a, scale=self.b)
        return stats.norm(self.a, self.b)


def _weibull_spread(shape: float) -> float:
    """log(1 + (sd/mean)²) of a Weibull of this shape."""
    return float(special.gammaln(1 + 2 / shape) - 2 * special.gammaln(1 + 1 / shape))
