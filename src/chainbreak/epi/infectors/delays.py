"""Metropolis steps of the delays (时延参数的 Metropolis 更新): incubation, transmission and sampling, mean and spread together."""

from __future__ import annotations

import math

import numba
import numpy as np

from chainbreak.epi.infectors.links import all_sums
from chainbreak.epi.infectors.state import TINY, State
from chainbreak.epi.infectors.tables import delays_of


@numba.njit(cache=True, nogil=True)
def step_delays(seen, model, now, sums, tried, taken):  # type: ignore[no-untyped-def]
    """One step of each delay that is not given; the sums are up to date before and after."""
    n = len(now.infected)
    log_now = all_sums(seen, model, now, sums)
    for which in range(3):
        if (which == 1 and not model.from_onset) or (which == 2 and len(model.positive)):
            continue
        trial, change = _trial(model, now.theta, which, n)
        incubation, sampling, delay = delays_of(model, trial)
        for j in range(n):
            if which == 0:
                lag = now.onset[j] - now.infected[j]
                change += math.log(max(incubation[lag], TINY)) - math.log(max(now.incubation[lag], TINY))
            elif which == 2 and not seen.has_onset[j]:
                lag = seen.sample[j] - now.infected[j]
                change += math.log(max(sampling[lag], TINY)) - math.log(max(now.sampling[lag], TINY))
        log_new = log_now
        if which < 2 and model.from_onset:
            there = State(
                trial, now.number, incubation, sampling, delay, now.table, now.far, now.ratio, now.contact, now.share,
                now.weights, now.travel, now.infected, now.onset, now.genome,
            )  # fmt: skip
            log_new = all_sums(seen, model, there, sums)
        tried[2] += 1
        if math.log(np.random.random()) < change + log_new - log_now:
            now.theta[:], now.incubation[:], now.sampling[:] = trial, incubation, sampling
            if model.from_onset:
                now.delay[:] = delay
            log_now = log_new
            taken[2] += 1
    all_sums(seen, model, now, sums)


@numba.njit(cache=True, nogil=True)
def _trial(model, theta, which, n):  # type: ignore[no-untyped-def]
    """Another mean and spread of one delay, and the change of their log prior."""
    trial = theta.copy()
    change = 0.0
    width = 1.4 / math.sqrt(n + 10.0)
    for k in (2 * which, 2 * which + 1):
        size = width if k % 2 == 0 else 1.5 * width
        if k == 2:
            trial[k] += np.random.normal() * size * theta[3] * 0.7
            change -= 0.5 * ((trial[k] - model.centre[k]) / model.spread[k]) ** 2
            change += 0.5 * ((theta[k] - model.centre[k]) / model.spread[k]) ** 2
        else:
            trial[k] *= math.exp(np.random.normal() * size)
            change -= 0.5 * (math.log(trial[k] / model.centre[k]) / model.spread[k]) ** 2
            change += 0.5 * (math.log(theta[k] / model.centre[k]) / model.spread[k]) ** 2
    return trial, change
