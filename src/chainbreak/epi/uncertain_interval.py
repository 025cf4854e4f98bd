"""Serial intervals that may be true (不确定的系列间隔): from a mean and sd known to a range, or from observed pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from chainbreak.epi.delays.fit import Fit
from chainbreak.epi.serial_interval import Floats, discretised

STEP = 0.7548776662466927  # of a lattice that fills a square evenly (the plastic number's inverse)


@dataclass(frozen=True)
class Spread:
    """A bell curve cut at both ends: what is known of a mean or a standard deviation, in days."""

    value: float
    sd: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (self.sd > 0 and self.low <= self.value <= self.high and self.low < self.high):
            raise ValueError(f"sd must be over 0 and the value within its range; got {self}")

    def at(self, share: npt.NDArray[Any]) -> Floats:
        """The values below which these shares of the cut curve lie."""
        low, high = ndtr((self.low - self.value) / self.sd), ndtr((self.high - self.value) / self.sd)
        found: Floats = self.value + self.sd * ndtri(low + share * (high - low))
        return found


def of_spreads(mean: Spread, sd: Spread, n: int, lags: int) -> tuple[Floats, Floats]:
    """n shifted-gamma serial intervals, shape (n, lags), and their means: evenly spread over what mean and sd may be.

    Source: the "uncertain serial interval" of Cori et al. 2013 (both cut normal distributions, apart from each other);
    evenly spread points instead of random ones, so that the answer is the same each time.
    """
    step = np.arange(n) + 0.5
    means, sds = mean.at(step / n), sd.at((step * STEP) % 1)
    return discretised(np.maximum(means, 1 + 1e-9), sds, lags), means


def of_fit(fit: Fit, n: int, lags: int) -> Floats:
    """n serial intervals by day, shape (n, lags), out of what observed pairs leave open.

        w[k] = F(k + ½) − F(k − ½) for k = 1, 2, …; w[0] = 0; made to sum to 1

    Source: `coarse2estim` of EpiEstim 2.2 (Thompson et al. 2019).
    """
    chosen = fit.draws[np.linspace(0, len(fit.draws) - 1, n).astype(int)]
    one, two = (part[:, None] for part in fit.family.natural(chosen))
    edges: Floats = np.arange(lags, dtype=np.float64) + 0.5
    weight = np.diff(fit.family.cdf(edges, one, two), prepend=0.0, axis=1)
    weight[:, 0] = 0.0
    found: Floats = weight / weight.sum(axis=1, keepdims=True)
    return found
