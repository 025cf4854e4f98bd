"""The cohort reproduction number (队列再生数): how many those who fell ill in a window went on to infect.

Source: Wallinga & Teunis, American Journal of Epidemiology 2004;160(6):509-516. What later cases may still add to the
newest windows: Cauchemez et al., American Journal of Epidemiology 2006;164(6):591-597.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from chainbreak.epi.rt import LEVELS, Floats, Whole

EXACT = 1_000.0  # infections by one window up to which their distribution is convolved


@dataclass(frozen=True)
class Cohorts:
    """R for each window; NaN where nobody fell ill in it.

    t_start, t_end, cases, mean, sd: shape (windows,). quantiles: shape (windows, 7), at `rt.LEVELS`.
    seen: shape (windows,), the share of their secondary cases that can have fallen ill by the last day of the series;
    the mean divided by it is what R will be once all are seen.
    """

    t_start: Whole
    t_end: Whole
    cases: Floats
    mean: Floats
    sd: Floats
    quantiles: Floats
    seen: Floats


def cohort_r(
    incidence: npt.ArrayLike, serial_interval: npt.ArrayLike, windows: tuple[npt.ArrayLike, npt.ArrayLike]
) -> Cohorts:
    """R of those who fell ill in each window, out of dates and the serial interval alone.

        p[i, j] = w[i−j] · I[j] / Σ_k w[i−k] · I[k]      that a case of day i was infected by those of day j
        R[j]    = Σ_i p[i, j] · I[i] / I[j]

    Infectors are drawn for each case on its own, so that the number of infections by a window is a sum of independent
    yes-or-no draws: its sd and quantiles are computed exactly, where the peer simulates them. (Quantiles of more than
    1,000 infections come from the first three cumulants, right to about one infection.)

    Args:
        incidence: shape (days,), whole cases per day, imported ones included.
        serial_interval: shape (lags,); [0] is 0.
        windows: first and last days, counted from 1, both within.

    Raises:
        ValueError: cases that are no whole numbers, or windows outside the series.
    """
    cases = np.asarray(incidence, float)
    if cases.ndim != 1 or (cases < 0).any() or (cases % 1).any():
        raise ValueError("incidence must be one row of whole numbers from 0 up")
    first, last = (np.atleast_1d(np.asarray(one)).astype(np.int64) for one in windows)
    days = len(cases)
    if len(first) != len(last) or (first < 1).any() or (last > days).any() or (last < first).any():
        raise ValueError(f"windows must lie between day 1 and day {days} and end no earlier than they begin")
    lags = np.zeros(days)
    given = np.asarray(serial_interval, float)[:days]
    lags[: len(given)] = given
    lag = np.arange(days)[:, None] - np.arange(days)  # [infectee, infector]
    weight = np.where(lag >= 0, lags[np.maximum(lag, 0)], 0.0) * cases
    total = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    reached = np.cumsum(np.concatenate([np.zeros((days, 1)), share], axis=1), axis=1)
    inside = np.clip(reached[:, last] - reached[:, first - 1], 0.0, 1.0)  # (infectee, windows)
    summed = np.concatenate([[0.0], np.cumsum(cases)])
    ill = summed[last] - summed[first - 1]
    counted = np.where(ill > 0, ill, np.nan)
    sd = np.sqrt(cases @ (inside * (1 - inside))) / counted
    quantiles = np.stack([_infections(inside[:, one], cases) for one in range(len(first))]) / counted[:, None]
    return Cohorts(first, last, ill, (cases @ inside) / counted, sd, quantiles, _seen(cases, lags, given, first, last))


def _infections(chance: Floats, cases: Floats) -> Floats:
    """Quantiles of the number of cases infected by a window (a Poisson binomial distribution, by convolution)."""
    if cases @ chance > EXACT:
        return _cornish_fisher(chance, cases)
    density = np.ones(1)
    for p, n in zip(chance, cases.astype(int), strict=True):
        if n and p > 0:
            density = np.convolve(density, _binomial(n, p))
            density = density[: np.searchsorted(np.cumsum(density), 1 - 1e-12) + 1]  # what lies beyond is nothing
    return np.searchsorted(np.cumsum(density), LEVELS).astype(float)


def _cornish_fisher(chance: Floats, cases: Floats) -> Floats:
    variance = cases @ (chance * (1 - chance))
    z, sd = ndtri(LEVELS), np.sqrt(variance)
    skewness = cases @ (chance * (1 - chance) * (1 - 2 * chance)) / max(float(variance * sd), 1e-300)
    found: Floats = np.round(cases @ chance + sd * (z + skewness * (z**2 - 1) / 6))
    return found


def _binomial(n: int, p: float) -> Floats:
    if p >= 1:
        certain: Floats = np.eye(1, n + 1, n)[0]
        return certain
    k = np.arange(1, n + 1)
    log = np.concatenate([[0.0], np.cumsum(np.log((n - k + 1) / k))]) + np.arange(n + 1) * np.log(p)
    density: Floats = np.exp(log + (n - np.arange(n + 1)) * np.log1p(-p))
    return density


def _seen(cases: Floats, lags: Floats, given: Floats, first: Whole, last: Whole) -> Floats:
    """Over the cases of each window, the mean share of the serial interval that has passed by the last day."""
    passed = np.cumsum(lags)[::-1] / max(float(given.sum()), 1e-300)
    weighted = np.concatenate([[0.0], np.cumsum(cases * np.minimum(passed, 1.0))])
    summed = np.concatenate([[0.0], np.cumsum(cases)])
    ill = summed[last] - summed[first - 1]
    found: Floats = (weighted[last] - weighted[first - 1]) / np.where(ill > 0, ill, np.nan)
    return found
