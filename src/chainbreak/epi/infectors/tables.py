"""The tables that follow from the parameters (参数表): delays by step, genomes by number of differences."""

from __future__ import annotations

import math

import numba
import numpy as np

from chainbreak.epi.infectors.arrays import Floats
from chainbreak.epi.infectors.density import gamma_steps, normal_steps
from chainbreak.epi.infectors.state import APART, CLOCK, KAPPAS, Model


@numba.njit(cache=True, nogil=True)
def delays_of(model: Model, theta: Floats):  # type: ignore[no-untyped-def]
    """Incubation, delay to a sample, and delay to a transmission by number of transmissions, as probabilities by step."""
    incubation = gamma_steps(theta[0], theta[1], model.longest, model.per_day)
    sampling = model.positive
    if not len(sampling):
        sampling = gamma_steps(theta[4], theta[5], model.longest * 2, model.per_day)
    if not model.from_onset:
        return incubation, sampling, model.given
    delay = np.zeros((KAPPAS, model.width))
    for kappa in range(KAPPAS):  # a further generation: incubation and transmission, taken as normal
        mean = theta[2] + kappa * (theta[0] + theta[2])
        sd = math.sqrt(theta[3] ** 2 + kappa * (theta[1] ** 2 + theta[3] ** 2))
        delay[kappa] = normal_steps(mean, sd, model.first, model.width, model.per_day)
    return incubation, sampling, delay


@numba.njit(cache=True, nogil=True)
def genomes_of(most: int, bases: float, rate: float, usual: float, outside: float):  # type: ignore[no-untyped-def]
    """Probability of a genome that differs at d positions, given the infector's, and given any earlier case's.

    A link: Γ(a + d) / Γ(a) · (rate / 3)^d · c^a / (c + rate · bases)^(a + d), a = c · transmissions: Poisson over a gamma
    time, as samples are taken sooner or later after infection. From outside: the same with the number of transmissions in
    between gamma distributed around its mean.
    """
    table = np.zeros((KAPPAS, most + 1))
    far = np.zeros(most + 1)
    for d in range(most + 1):
        for kappa in range(KAPPAS):
            shape = CLOCK * (kappa + 1)
            table[kappa, d] = math.exp(
                math.lgamma(shape + d) - math.lgamma(shape) + d * math.log(rate / 3) + shape * math.log(CLOCK)
                - (shape + d) * math.log(CLOCK + rate * bases)
            )  # fmt: skip
        far[d] = math.exp(
            math.lgamma(APART + d)
            - math.lgamma(APART)
            + d * math.log(usual / 3)
            + APART * math.log(APART / outside)
            - (APART + d) * math.log(APART / outside + usual * bases)
        )
    return table, far
