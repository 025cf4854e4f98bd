"""The effective reproduction number over time (有效再生数 Rt): how many each case infects, window by window.

Begin at `estimate` (one serial interval) or `estimate_uncertain` (many that may be true). Series stand in rows, so
that thousands are one multiplication. Days are counted from 1 as in the peer; windows include both their ends.

Source: Cori et al., American Journal of Epidemiology 2013;178(9):1505-1512; imported cases: Thompson et al.,
Epidemics 2019;29:100356.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv

from chainbreak.epi.serial_interval import moments

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

FEW_SERIES = 8  # up to so many are folded one by one; more are one multiplication
LEVELS = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
LEVEL_NAMES = ("q025", "q05", "q25", "median", "q75", "q95", "q975")


@dataclass(frozen=True)
class Prior:
    """What is believed of R before any case is seen: a gamma distribution by its mean and standard deviation."""

    mean: float = 5.0
    sd: float = 5.0

    def __post_init__(self) -> None:
        if not (self.mean > 0 and self.sd > 0 and math.isfinite(self.mean) and math.isfinite(self.sd)):
            raise ValueError(f"the prior's mean and sd must be over 0; got {self.mean}, {self.sd}")

    @property
    def shape(self) -> float:
        return (self.mean / self.sd) ** 2

    @property
    def scale(self) -> float:
        return self.sd**2 / self.mean


@dataclass(frozen=True)
class Estimates:
    """R for each series and window; NaN where there is no estimate.

    t_start, t_end: shape (windows,). cases, pressure: shape (series, windows), all cases in the window and the
    infection pressure (Σ Λ) on it. mean, sd: shape (series, windows). quantiles: shape (series, windows, 7), at LEVELS.
    """

    t_start: Whole
    t_end: Whole
    mean: Floats
    sd: Floats
    quantiles: Floats
    cases: Floats
    pressure: Floats


def total_infectiousness(incidence: npt.ArrayLike, serial_interval: npt.ArrayLike) -> Floats:
    """Infection pressure on each day from the cases before it (Λ).

        Λ[t] = Σ_{s=1..t} incidence[t−s] · serial_interval[s]

    Args:
        incidence: shape (…, days), cases per day, by date of onset; imported ones included.
        serial_interval: shape (lags,), probability of a lag of 0, 1, 2 … days; [0] is 0.

    Returns:
        shape (…, days), cases per day; [..., 0] is 0, for nothing came before.

    >>> total_infectiousness([10.0, 0.0, 0.0], [0.0, 0.25, 0.75])
    array([0. , 2.5, 7.5])
    """
    cases, lags = np.asarray(incidence, float), np.asarray(serial_interval, float)
    days = cases.shape[-1]
    rows = cases.reshape(-1, days)
    kernel = np.concatenate([[0.0], lags[1:days]])
    if len(rows) <= FEW_SERIES:
        found = np.stack([np.convolve(row, kernel)[:days] for row in rows])
    else:
        padded = np.zeros(days)
        padded[: len(kernel)] = kernel
        lag = np.arange(days) - np.arange(days)[:, None]  # [from, to]
        found = rows @ np.where(lag > 0, padded[np.maximum(lag, 0)], 0.0)
    pressure: Floats = found.reshape(cases.shape)
    return pressure


def first_day_imported(local: npt.ArrayLike, imported: npt.ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Local and imported cases, with those of the first day among the imported: nobody before could infect them."""
    here = np.array(local, float)
    away = np.zeros_like(here) if imported is None else np.array(imported, float)
    away[..., 0] += here[..., 0]
    here[..., 0] = 0.0
    return here, away


def sliding(days: int, window: int) -> tuple[Whole, Whole]:
    """Every window of this many days from day 2 on: first and last days, counted from 1."""
    ends = np.arange(window + 1, days + 1)
    return ends - window + 1, ends


def least_cases(prior: Prior, variation: float = 0.3) -> int:
    """The cases a window needs for a posterior whose sd is at most this share of its mean (11 by default).

    Source: Cori et al. 2013, web appendix 1: the coefficient of variation is 1/√(shape + cases).
    """
    return math.ceil(1 / variation**2 - prior.shape)


def estimate(
    local: npt.ArrayLike,
    imported: npt.ArrayLike | None,
    serial_interval: npt.ArrayLike,
    windows: tuple[npt.ArrayLike, npt.ArrayLike],
    prior: Prior | None = None,
) -> Estimates:
    """R by window where the serial interval is known: the gamma posterior of Cori et al.

        shape = a + Σ local,   1/scale = 1/b + Σ Λ       (sums over the window; a, b: shape and scale of the prior)

    Args:
        local: shape (days,) or (series, days): cases infected here, by day of onset. Those of the first day count as
            imported.
        imported: cases infected elsewhere: they infect, but nobody here infected them. None: there are none.
        serial_interval: shape (lags,): probability of a lag of 0, 1, … days; [0] is 0.
        windows: first and last days, counted from 1, both within; the earliest begins on day 2.
        prior: mean 5, sd 5 unless said otherwise.

    Returns:
        NaN for windows that end before the mean serial interval has passed: nobody can have been infected yet.

    Raises:
        ValueError: windows that begin before day 2, end after the last day, or end before they begin.
    """
    prior = prior or Prior()
    here, everyone, first, last = _prepared(local, imported, windows)
    lags = np.asarray(serial_interval, float)
    shape = prior.shape + _sums(here, first, last)
    pressure = _sums(total_infectiousness(everyone, lags), first, last)
    scale = 1 / (1 / prior.scale + pressure)
    early = last <= moments(lags)[0]
    shape[:, early] = np.nan
    quantiles = _unit_quantiles(shape, np.array(LEVELS)) * scale[..., None]
    return Estimates(
        first, last, shape * scale, np.sqrt(shape) * scale, quantiles, _sums(everyone, first, last), pressure
    )


def estimate_uncertain(
    local: npt.ArrayLike,
    imported: npt.ArrayLike | None,
    serial_intervals: npt.ArrayLike,
    windows: tuple[npt.ArrayLike, npt.ArrayLike],
    prior: Prior | None = None,
    *,
    means: npt.ArrayLike | None = None,
    n_within: int = 50,
) -> Estimates:
    """R by window where many serial intervals may be true: the mixture of their posteriors, each of one weight.

    Mean and sd are those of the mixture exactly; its quantiles are of `n_within` evenly spaced quantiles of each
    posterior, so that nothing is left to chance.

    Args:
        serial_intervals: shape (n, lags).
        means: shape (n,), days: a window counts under a serial interval only if it ends after this mean as well.
    """
    prior = prior or Prior()
    here, everyone, first, last = _prepared(local, imported, windows)
    many = np.asarray(serial_intervals, float)
    at_least = moments(many)[0] if means is None else np.maximum(moments(many)[0], np.asarray(means, float))
    counts = prior.shape + _sums(here, first, last)
    pressures = np.stack([_sums(total_infectiousness(everyone, lags), first, last) for lags in many])
    pressures[np.broadcast_to((last <= at_least[:, None])[:, None, :], pressures.shape)] = np.nan
    mixed = [
        _mixed(np.broadcast_to(counts[one], pressures[:, one].shape), pressures[:, one], prior, n_within)
        for one in range(len(counts))
    ]
    mean, sd, quantiles, pressure = (np.stack([found[part] for found in mixed]) for part in range(4))
    return Estimates(first, last, mean, sd, quantiles, _sums(everyone, first, last), pressure)


def estimate_drawn(
    draws: npt.ArrayLike,
    serial_interval: npt.ArrayLike,
    windows: tuple[npt.ArrayLike, npt.ArrayLike],
    prior: Prior | None = None,
    *,
    imported: npt.ArrayLike | None = None,
    n_within: int = 25,
) -> Estimates:
    """R of one series of which many versions may be true (a nowcast): the mixture of their posteriors.

    Args:
        draws: shape (n, days), cases infected here by day, each version of one weight.
        serial_interval: shape (lags,), or (n, lags) with one for each version.
        imported: shape (days,), the same in all versions.
    """
    prior = prior or Prior()
    shape = np.shape(draws)
    away = None if imported is None else np.broadcast_to(np.asarray(imported, float), shape)
    here, everyone, first, last = _prepared(draws, away, windows)
    lags = np.asarray(serial_interval, float)
    if lags.ndim == 1:
        daily = total_infectiousness(everyone, lags)
    else:
        daily = np.stack([total_infectiousness(one, own) for one, own in zip(everyone, lags, strict=True)])
    pressures = _sums(daily, first, last)
    pressures[:, last <= np.mean(moments(lags)[0])] = np.nan
    mean, sd, quantiles, pressure = _mixed(prior.shape + _sums(here, first, last), pressures, prior, n_within)
    cases = _sums(everyone, first, last).mean(axis=0)
    return Estimates(first, last, mean[None], sd[None], quantiles[None], cases[None], pressure[None])


def _mixed(shapes: Floats, pressures: Floats, prior: Prior, n_within: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, sd, quantiles and mean pressure of gamma posteriors of one weight each, shape (n, windows); NaN: not one."""
    scales = 1 / (1 / prior.scale + pressures)
    n = np.isfinite(scales).sum(axis=0)
    shown = np.where(n > 0, n, np.nan)
    mean = np.nansum(shapes * scales, axis=0) / shown
    square = np.nansum((shapes + shapes**2) * scales**2, axis=0) / shown
    unit = _unit_quantiles(shapes, (np.arange(n_within) + 0.5) / n_within)
    quantiles = np.full((len(n), len(LEVELS)), np.nan)
    for window in np.flatnonzero(n):
        valid = np.isfinite(scales[:, window])
        quantiles[window] = np.quantile(unit[valid, window] * scales[valid, window, None], LEVELS)
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0)), quantiles, np.nansum(pressures, axis=0) / shown


def _prepared(
    local: npt.ArrayLike, imported: npt.ArrayLike | None, windows: tuple[npt.ArrayLike, npt.ArrayLike]
) -> tuple[Floats, Floats, Whole, Whole]:
    here, away = first_day_imported(np.atleast_2d(local), None if imported is None else np.atleast_2d(imported))
    first, last = (np.atleast_1d(np.asarray(one)).astype(np.int64) for one in windows)
    days = here.shape[-1]
    if len(first) != len(last) or (first < 2).any() or (last > days).any() or (last < first).any():
        raise ValueError(f"windows must lie between day 2 and day {days} and end no earlier than they begin")
    return here, here + away, first, last


def _sums(daily: Floats, first: Whole, last: Whole) -> Floats:
    """Sums over windows, both ends included: (series, windows)."""
    summed = np.concatenate([np.zeros((len(daily), 1)), np.cumsum(daily, axis=1)], axis=1)
    found: Floats = summed[:, last] - summed[:, first - 1]
    return found


def _unit_quantiles(shapes: Floats, levels: Floats) -> Floats:
    """Quantiles of the gamma with scale 1, computed once for each shape there is: counts repeat a great deal."""
    different, where = np.unique(shapes, return_inverse=True)
    found: Floats = gammaincinv(different[:, None], levels)[where.reshape(shapes.shape)]
    return found
