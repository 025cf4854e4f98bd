"""The serial interval (系列间隔): days from the onset of an infector to the onset of the infectee, as a distribution by day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc

Floats = npt.NDArray[np.float64]

SUM_TOLERANCE = 0.01  # tables are printed with two or three decimals


def discretised(mean: npt.ArrayLike, sd: npt.ArrayLike, lags: int) -> Floats:
    """A gamma distribution shifted by one day, by whole days: the parametric serial interval.

        w[k] = k·F(k; a) + (k−2)·F(k−2; a) − 2(k−1)·F(k−1; a) + a·b·(2·F(k−1; a+1) − F(k−2; a+1) − F(k; a+1))

    F(·; a) is the distribution function of the gamma with shape a = ((mean−1)/sd)² and scale b = sd²/(mean−1): both
    onsets fall anywhere within their day, and nobody infects and falls ill on one day.

    Args:
        mean: days, over 1; any shape.
        sd: days, over 0; of the same shape.
        lags: how many days, from lag 0.

    Returns:
        shape (…, lags): the probability of each lag; [..., 0] is 0. It sums to less than 1 by what lies beyond.

    Raises:
        ValueError: a mean of 1 or less, a standard deviation of 0 or less, or no lags.

    Source: Cori et al., American Journal of Epidemiology 2013;178(9):1505-1512, web appendix 11.

    >>> discretised(2.6, 1.5, 4).round(6)
    array([0.      , 0.233172, 0.358579, 0.198111])
    """
    mu, sigma = np.broadcast_arrays(np.asarray(mean, float)[..., None], np.asarray(sd, float)[..., None])
    if lags < 1 or not (mu > 1).all() or not (sigma > 0).all():
        raise ValueError(f"mean must be over 1, sd over 0 and lags 1 or more; got {mean!r}, {sd!r}, {lags}")
    shape, scale = ((mu - 1) / sigma) ** 2, sigma**2 / (mu - 1)
    day = np.arange(-2, lags, dtype=float)  # the two days before lag 0 stand first
    reached = np.maximum(day, 0.0) / scale
    cdf, cdf_next = gammainc(shape, reached), gammainc(shape + 1, reached)
    weighted = day * cdf - shape * scale * cdf_next
    second = weighted[..., 2:] - 2 * weighted[..., 1:-1] + weighted[..., :-2]
    found: Floats = np.maximum(second, 0.0)
    found[..., 0] = 0.0
    return found


def moments(distribution: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation in days of distributions by day, over the last axis.

    As published tables do not sum to 1 exactly, neither is divided by the sum: that is how the peer counts.
    """
    lag = np.arange(distribution.shape[-1])
    mean = distribution @ lag
    return mean, np.sqrt(np.maximum(distribution @ lag**2 - mean**2, 0.0))


def checked(distribution: npt.ArrayLike) -> Floats:
    """A distribution by day as given, once it is one.

    Raises:
        ValueError: it has no lags, weight at lag 0, a negative or missing probability, or does not sum to 1 within
            0.01.
    """
    found = np.asarray(distribution, float)
    if found.ndim != 1 or not found.size or not np.isfinite(found).all():
        raise ValueError(f"the serial interval must be one row of numbers; got {distribution!r}")
    if found[0] != 0 or (found < 0).any() or abs(found.sum() - 1) > SUM_TOLERANCE:
        raise ValueError(
            f"serial_interval must start at 0 and sum to 1; got [0]={found[0]:g}, least {found.min():g}, "
            f"sum={found.sum():.4g}"
        )
    return found
