"""Densities of delays on a grid of steps (时延密度), as the chain needs them again and again."""

from __future__ import annotations

import math

import numba
import numpy as np

from chainbreak.epi.infectors.arrays import Floats

POINTS = 8  # of the midpoint rule within a step


@numba.njit(cache=True, nogil=True)
def gamma_steps(mean: float, sd: float, n_steps: int, per_day: int) -> Floats:
    """Gamma density of a delay from 0 steps up, in probability per step; sums to 1.

    Args:
        mean, sd: in days.
        per_day: steps in a day.
    """
    shape = (mean / sd) ** 2
    scale = sd * sd / mean
    found = np.zeros(n_steps)
    constant = -math.lgamma(shape) - shape * math.log(scale)
    for step in range(n_steps):
        for point in range(POINTS):
            day = (step - 0.5 + (point + 0.5) / POINTS) / per_day
            if day > 0:
                found[step] += math.exp(constant + (shape - 1) * math.log(day) - day / scale)
    total = found.sum()
    if total <= 0:  # narrower than a step
        found[min(n_steps - 1, max(0, round(mean * per_day)))] = 1.0
        total = 1.0
    shares: Floats = found / total
    return shares


@numba.njit(cache=True, nogil=True)
def normal_steps(mean: float, sd: float, first: int, n_steps: int, per_day: int) -> Floats:
    """Normal density of a delay that may be negative, from step `first` on; sums to 1."""
    found = np.zeros(n_steps)
    for step in range(n_steps):
        for point in range(POINTS):
            day = (first + step - 0.5 + (point + 0.5) / POINTS) / per_day
            found[step] += math.exp(-0.5 * ((day - mean) / sd) ** 2)
    total = found.sum()
    if total <= 0:
        found[min(n_steps - 1, max(0, round(mean * per_day) - first))] = 1.0
        total = 1.0
    shares: Floats = found / total
    return shares


@numba.njit(cache=True, nogil=True)
def convolved(left: Floats, right: Floats, n_steps: int) -> Floats:
    """Sum of two delays, the first `n_steps` of it."""
    found = np.zeros(n_steps)
    for i in range(len(left)):
        if left[i] > 1e-9:
            for j in range(min(len(right), n_steps - i)):
                found[i + j] += left[i] * right[j]
    return found
