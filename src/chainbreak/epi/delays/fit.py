"""Distributions fitted to observed delays and compared (分布拟合与比较): maximum likelihood, AIC, credible intervals.

Intervals come from the likelihood itself (flat in θ): draws from a bell curve around its top, weighted by what the
likelihood says of them, so that they are right where it is skewed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize

from chainbreak.epi.delays.family import FAMILIES, Family, Floats
from chainbreak.epi.delays.observe import Observations, log_likelihood

N_DRAWS = 4_000
SHOWN = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
HEAVY = 5  # degrees of freedom of the draws: their tails cover those of the likelihood


@dataclass(frozen=True)
class Value:
    """A quantity with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Fit:
    """One family, fitted. `draws`: shape (n, 2), θ from the posterior; `effective`: how many draws they are worth."""

    family: Family
    theta: Floats
    log_likelihood: float
    draws: Floats = field(repr=False)
    effective: float = 0.0

    @property
    def aic(self) -> float:
        return 4 - 2 * self.log_likelihood

    @property
    def mean(self) -> Value:
        return self._value(self.family.moments(*self.family.natural(self.draws))[0], 0)

    @property
    def sd(self) -> Value:
        return self._value(self.family.moments(*self.family.natural(self.draws))[1], 1)

    @property
    def parameters(self) -> dict[str, Value]:
        best, drawn = self.family.natural(self.theta), self.family.natural(self.draws)
        return {
            name: Value(float(best[place]), *_interval(drawn[place]))
            for place, name in enumerate(self.family.parameters)
        }

    def quantile(self, level: float) -> Value:
        """The delay below which this share of people lies."""
        return Value(
            float(self.family.quantile(self.theta, level)), *_interval(self.family.quantile(self.draws, level))
        )

    def _value(self, drawn: Floats, place: int) -> Value:
        best = self.family.moments(*self.family.natural(self.theta))[place]
        return Value(float(best), *_interval(drawn))


def _interval(drawn: Floats) -> tuple[float, float]:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def compare(
    seen: Observations,
    names: Iterable[str] = ("gamma", "lognormal", "weibull"),
    *,
    seed: int = 1,
    n_draws: int = N_DRAWS,
) -> list[Fit]:
    """The families fitted, the best (least AIC) first, with `n_draws` of what the data leave open.

    Raises:
        ValueError: fewer than two different observations, an unknown family, or delays that cannot be positive for
            families that only hold for positive ones (fit `normal` then).
    """
    if len(seen.times) < 2:
        raise ValueError("at least two different delays are needed to fit two parameters")
    fits = [fit(FAMILIES[name], seen, seed=seed, n_draws=n_draws) for name in names]
    return sorted(fits, key=lambda one: one.aic)


def fit(family: Family, seen: Observations, *, seed: int = 1, n_draws: int = N_DRAWS) -> Fit:
    """One family by maximum likelihood, with draws of what the data leave open."""
    if family.positive and (seen.late <= 0).any():
        raise ValueError(f"{family.name} holds for positive delays only; {int((seen.late <= 0).sum())} are negative")

    def cost(theta: Floats) -> float:
        found = float(log_likelihood(family, theta, seen))
        return -found if np.isfinite(found) else 1e12

    top = minimize(cost, _start(family, seen), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    top = minimize(cost, top.x, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    theta = np.asarray(top.x, float)
    draws, effective = _draws(family, theta, seen, seed, n_draws)
    return Fit(family, theta, -float(top.fun), draws, effective)


def _start(family: Family, seen: Observations) -> Floats:
    middle = seen.middle if not family.positive else np.maximum(seen.middle, 0.25)
    mean = float(np.average(middle, weights=seen.times))
    sd = float(np.sqrt(np.average((middle - mean) ** 2, weights=seen.times)))
    return np.asarray(family.start(mean, max(sd, 0.2 * abs(mean), 0.1)), float)


def _draws(family: Family, theta: Floats, seen: Observations, seed: int, n: int) -> tuple[Floats, float]:
    """Draws from the posterior by importance: a heavy-tailed bell around the top, weighted and drawn again."""
    spread = np.linalg.cholesky(_covariance(family, theta, seen))
    chance = np.random.default_rng(seed)
    bell = chance.standard_normal((n, 2))
    shrink = np.sqrt(chance.chisquare(HEAVY, (n, 1)) / HEAVY)
    raw = bell / shrink
    tried = theta + raw @ spread.T
    log_proposal = -(HEAVY + 2) / 2 * np.log1p((raw**2).sum(axis=1) / HEAVY)
    log_weight = log_likelihood(family, tried, seen) - log_proposal
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    steps = (np.arange(n) + 0.5) / n
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), steps), n - 1)
    return tried[chosen], float(1 / (weight**2).sum())


def _covariance(family: Family, theta: Floats, seen: Observations) -> Floats:
    """The inverse of the curvature at the top, by differences; made positive where the top is flat."""
    step = 1e-3
    moves = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]]) * step
    f = -log_likelihood(family, theta + moves, seen)
    across = (f[5] + f[6] - f[7] - f[8]) / (4 * step**2)
    curvature = np.array([[(f[1] + f[2] - 2 * f[0]) / step**2, across], [across, (f[3] + f[4] - 2 * f[0]) / step**2]])
    values, vectors = np.linalg.eigh(np.where(np.isfinite(curvature), curvature, 0.0))
    found: Floats = vectors @ np.diag(1 / np.maximum(values, 0.05)) @ vectors.T
    return found
