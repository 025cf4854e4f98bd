"""Families of delay distributions (间隔分布): gamma, lognormal, weibull, and normal where delays may be negative.

Each works on two unbounded numbers θ, so that a search and a draw need no bounds. All functions take θ of shape (…, 2)
and delays that broadcast against θ[..., 0], in days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gamma as gamma_function
from scipy.special import gammainc, gammaincc, gammaincinv, ndtr, ndtri

Floats = npt.NDArray[np.float64]
Pair = tuple[Floats, Floats]
OfDelay = Callable[[Floats, Floats, Floats], Floats]


@dataclass(frozen=True)
class Family:
    """One family. `below` and `above` are integrals of the distribution: ∫₋∞ˣ F and ∫ₓ^∞ (1−F), in days.

    The double integral over the windows of both events is a second difference of either; `above` is precise where the
    delay is long, `below` where it is short.
    """

    name: str
    parameters: tuple[str, str]
    positive: bool
    natural: Callable[[Floats], Pair]  # θ -> the two parameters
    start: Callable[[float, float], tuple[float, float]]  # mean, sd -> θ
    cdf: OfDelay
    below: OfDelay
    above: OfDelay
    inverse: OfDelay  # probability -> delay
    moments: Callable[[Floats, Floats], Pair]  # mean, sd

    def quantile(self, theta: Floats, level: float | Floats) -> Floats:
        """The delay below which this share lies."""
        return self.inverse(np.asarray(level, float), *self.natural(theta))


def _logs(theta: Floats) -> Pair:
    return np.exp(theta[..., 0]), np.exp(theta[..., 1])


def _second_log(theta: Floats) -> Pair:
    return theta[..., 0], np.exp(theta[..., 1])


def _gamma_start(mean: float, sd: float) -> tuple[float, float]:
    return 2 * np.log(mean / sd), np.log(sd**2 / mean)


def _gamma_below(x: Floats, shape: Floats, scale: Floats) -> Floats:
    x = np.maximum(x, 0.0)
    found: Floats = x * gammainc(shape, x / scale) - shape * scale * gammainc(shape + 1, x / scale)
    return found


def _gamma_above(x: Floats, shape: Floats, scale: Floats) -> Floats:
    over = np.maximum(x, 0.0) / scale
    found: Floats = shape * scale * gammaincc(shape + 1, over) - x * gammaincc(shape, over)
    return found


def _lognormal_start(mean: float, sd: float) -> tuple[float, float]:
    variance = np.log(1 + (sd / mean) ** 2)
    return np.log(mean) - variance / 2, np.log(variance) / 2


def _standard(x: Floats, meanlog: Floats, sdlog: Floats) -> Floats:
    found: Floats = (np.log(np.maximum(x, 1e-300)) - meanlog) / sdlog
    return found


def _lognormal_below(x: Floats, meanlog: Floats, sdlog: Floats) -> Floats:
    z = _standard(x, meanlog, sdlog)
    found: Floats = np.maximum(x, 0.0) * ndtr(z) - np.exp(meanlog + sdlog**2 / 2) * ndtr(z - sdlog)
    return found


def _lognormal_above(x: Floats, meanlog: Floats, sdlog: Floats) -> Floats:
    z = _standard(x, meanlog, sdlog)
    found: Floats = np.exp(meanlog + sdlog**2 / 2) * ndtr(sdlog - z) - x * ndtr(-z)
    return found


def _lognormal_moments(meanlog: Floats, sdlog: Floats) -> Pair:
    with np.errstate(over="ignore"):  # what few data leave open may reach beyond all numbers: infinite then
        mean = np.exp(meanlog + sdlog**2 / 2)
        return mean, mean * np.sqrt(np.expm1(sdlog**2))


def _weibull_start(mean: float, sd: float) -> tuple[float, float]:
    shape = (mean / sd) ** 1.086  # within 2 % between shapes of 0.7 and 10 (Justus et al. 1978); a search goes on
    return np.log(shape), np.log(mean / gamma_function(1 + 1 / shape))


def _weibull_below(x: Floats, shape: Floats, scale: Floats) -> Floats:
    x = np.maximum(x, 0.0)
    power = (x / scale) ** shape
    mean = scale * gamma_function(1 + 1 / shape)
    found: Floats = x * -np.expm1(-power) - mean * gammainc(1 + 1 / shape, power)
    return found


def _weibull_above(x: Floats, shape: Floats, scale: Floats) -> Floats:
    power = (np.maximum(x, 0.0) / scale) ** shape
    mean = scale * gamma_function(1 + 1 / shape)
    found: Floats = mean * gammaincc(1 + 1 / shape, power) - x * np.exp(-power)
    return found


def _weibull_moments(shape: Floats, scale: Floats) -> Pair:
    mean = scale * gamma_function(1 + 1 / shape)
    square = scale**2 * gamma_function(1 + 2 / shape)
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0))


def _bell(z: Floats) -> Floats:
    found: Floats = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return found


def _normal_below(x: Floats, mean: Floats, sd: Floats) -> Floats:
    z = (x - mean) / sd
    found: Floats = (x - mean) * ndtr(z) + sd * _bell(z)
    return found


def _normal_above(x: Floats, mean: Floats, sd: Floats) -> Floats:
    z = (x - mean) / sd
    found: Floats = sd * _bell(z) - (x - mean) * ndtr(-z)
    return found


GAMMA = Family(
    "gamma",
    ("shape", "scale"),
    True,
    _logs,
    _gamma_start,
    lambda x, shape, scale: gammainc(shape, np.maximum(x, 0.0) / scale),
    _gamma_below,
    _gamma_above,
    lambda p, shape, scale: gammaincinv(shape, p) * scale,
    lambda shape, scale: (shape * scale, np.sqrt(shape) * scale),
)
LOGNORMAL = Family(
    "lognormal",
    ("meanlog", "sdlog"),
    True,
    _second_log,
    _lognormal_start,
    lambda x, meanlog, sdlog: ndtr(_standard(x, meanlog, sdlog)),
    _lognormal_below,
    _lognormal_above,
    lambda p, meanlog, sdlog: np.exp(meanlog + sdlog * ndtri(p)),
    _lognormal_moments,
)
WEIBULL = Family(
    "weibull",
    ("shape", "scale"),
    True,
    _logs,
    _weibull_start,
    lambda x, shape, scale: -np.expm1(-((np.maximum(x, 0.0) / scale) ** shape)),
    _weibull_below,
    _weibull_above,
    lambda p, shape, scale: scale * (-np.log1p(-p)) ** (1 / shape),
    _weibull_moments,
)
NORMAL = Family(
    "normal",
    ("mean", "sd"),
    False,
    _second_log,
    lambda mean, sd: (mean, np.log(sd)),
    lambda x, mean, sd: ndtr((x - mean) / sd),
    _normal_below,
    _normal_above,
    lambda p, mean, sd: mean + sd * ndtri(p),
    lambda mean, sd: (mean, sd),
)
FAMILIES = {family.name: family for family in (GAMMA, LOGNORMAL, WEIBULL, NORMAL)}
