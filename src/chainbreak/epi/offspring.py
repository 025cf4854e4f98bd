"""How many each case infects (续发人数): the negative binomial distribution, superspreading, who causes most of it.

Source: Lloyd-Smith et al., Nature 2005;438:355-359 (offspring negative binomial with mean R and dispersion k; the smaller
k, the more unequal; superspreading event: more than the 99th percentile of a Poisson of mean R); intervals by profile
likelihood (Venzon & Moolgavkar, Applied Statistics 1988;37(1):87-94), 95 %.

When not to use it: where links of the later cases are still unknown R comes out too low; where only cases with a known
infector are listed, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln, xlog1py, xlogy
from scipy.stats import chi2, nbinom, poisson

LOG_K = (math.log(1e-7), math.log(1e7))  # k between here and there; beyond, a Poisson cannot be told from it
DROP = float(chi2.ppf(0.95, 1)) / 2
Interval = tuple[float | None, float | None]  # None: the data set no bound


@dataclass(frozen=True)
class Fit:
    """The offspring distribution fitted; k None: no more unequal than chance (Poisson), or not to be told."""

    n: int
    R: float
    R_interval: Interval
    k: float | None
    k_interval: Interval


def fit(offspring: Iterable[int]) -> Fit | None:
    """Mean R and dispersion k by maximum likelihood, with 95 % profile intervals; None without cases.

        P(Z=z) = Γ(k+z) / (z! Γ(k)) · (k/(k+R))^k · (R/(R+k))^z

    Args:
        offspring: for each case how many it infected, zeros too.

    Raises:
        ValueError: a number below zero.
    """
    values, times = _counted(offspring)
    if not values.size:
        return None
    n = int(times.sum())
    mean = float((values * times).sum()) / n
    if mean == 0:  # k to 0 fits any R as well
        return Fit(n, 0.0, (0.0, None), None, (None, None))
    best = _best_log_k(values, times, mean)
    top = _likelihood(values, times, mean, best)
    floor = top - DROP

    def of_k(log_k: float) -> float:
        return _likelihood(values, times, mean, log_k) - floor

    def of_mean(log_mean: float) -> float:
        other = math.exp(log_mean)
        return _likelihood(values, times, other, _best_log_k(values, times, other)) - floor

    at = math.log(mean)
    k_low, k_high = _crossing(of_k, best, LOG_K[0]), _crossing(of_k, best, LOG_K[1])
    r_low, r_high = _crossing(of_mean, at, at - 15), _crossing(of_mean, at, at + 15)
    k = None if best >= LOG_K[1] - 0.1 else math.exp(best)
    return Fit(n, mean, (0.0 if r_low is None else r_low, r_high), k, (0.0 if k_low is None else k_low, k_high))


def share_causing(offspring: Iterable[int], share: float = 0.8) -> float | None:
    """The smallest share of the cases that together infected `share` of all; None where nobody infected anybody."""
    given = np.sort(np.fromiter(offspring, dtype=np.int64))[::-1]
    total = int(given.sum())
    if not total:
        return None
    needed = np.searchsorted(np.cumsum(given), share * total - 1e-9) + 1
    return float(needed) / given.size


def expected_share_causing(mean: float, k: float, share: float = 0.8) -> float:
    """The share of cases expected to cause `share` of all infections under the distribution, by realised offspring.

    The cases with most offspring are taken first; of those with the last number only as many as are needed.
    Source: as in Endo et al., Wellcome Open Research 2020;5:67.

    >>> round(expected_share_causing(1.5, 0.1), 4)
    0.0902
    """
    chance = k / (k + mean)
    top = max(20, int(nbinom.isf(1e-13, k, chance)) + 1)
    z = np.arange(top, 0, -1)
    p = nbinom.pmf(z, k, chance)
    caused = np.cumsum(z * p) / mean
    last = min(int(np.searchsorted(caused, share)), z.size - 1)
    before = caused[last - 1] if last else 0.0
    return float(p[:last].sum() + (share - before) * mean / z[last])


def superspreading_above(mean: float) -> int:
    """The number of offspring above which a case is a superspreading event: the 99th percentile of a Poisson of mean R.

    >>> superspreading_above(0.6), superspreading_above(2.5)
    (3, 7)
    """
    return int(poisson.ppf(0.99, mean))


def _counted(offspring: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    given = np.fromiter(offspring, dtype=np.int64)
    if given.size and given.min() < 0:
        raise ValueError(f"offspring must be numbers from 0 up; got {given.min()}")
    values, times = np.unique(given, return_counts=True)
    return values.astype(float), times


def _likelihood(values: np.ndarray, times: np.ndarray, mean: float, log_k: float) -> float:
    k = math.exp(log_k)
    if log_k > 14:  # differences of large gammas drown: the series of ln Γ(k+z)/Γ(k) − z ln k
        rising = values * (values - 1) / (2 * k)
    else:
        rising = gammaln(k + values) - gammaln(k) - values * log_k
    each = rising - gammaln(values + 1) + xlogy(values, mean) - xlog1py(values, mean / k) - xlog1py(k, mean / k)
    return float((times * each).sum())


def _best_log_k(values: np.ndarray, times: np.ndarray, mean: float) -> float:
    """The k that fits best for this mean; at the edge where it has none."""
    grid = np.linspace(*LOG_K, 33)
    heights = [_likelihood(values, times, mean, x) for x in grid]
    top = int(np.argmax(heights))
    low, high = grid[max(top - 1, 0)], grid[min(top + 1, grid.size - 1)]
    found = minimize_scalar(lambda x: -_likelihood(values, times, mean, x), bounds=(low, high), method="bounded")
    return float(found.x if -found.fun >= heights[top] else grid[top])


def _crossing(height: object, inside: float, edge: float) -> float | None:
    """Where the profile falls under the floor on the way from the top to the edge; None where it does not."""
    assert callable(height)
    if height(edge) >= 0:
        return None
    return math.exp(float(brentq(height, *sorted((inside, edge)), xtol=1e-6)))
