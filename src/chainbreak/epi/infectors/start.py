"""Where a chain begins (初始状态): parameters near their priors, dates that the evidence allows."""

from __future__ import annotations

import math

import numba
import numpy as np

from chainbreak.epi.infectors.state import KAPPAS, MUTATION, OBSERVED, OUTSIDE, RATE, UNSEEN, State, Sums
from chainbreak.epi.infectors.tables import delays_of, genomes_of


@numba.njit(cache=True, nogil=True)
def begin(seen, model):  # type: ignore[no-untyped-def]
    """A state to walk from, drawn."""
    n = len(seen.has_onset)
    n_kinds, n_strata = len(model.kinds), len(seen.pairs)
    theta = model.centre.copy()
    for k in range(6):
        if k == 2:
            theta[k] += np.random.normal() * model.spread[k] * 0.5
        else:
            theta[k] *= math.exp(np.random.normal() * model.spread[k] * 0.5)
    incubation, sampling, delay = delays_of(model, theta)
    number = np.zeros(5)
    number[RATE], number[OUTSIDE] = 0.9, 1.0 / max(seen.span, 1.0)
    number[OBSERVED] = model.observed[0] / model.observed.sum()
    number[UNSEEN] = model.unseen[0] / model.unseen.sum()
    usual = number[MUTATION] = model.mutation[0] / model.mutation[1]
    most = max(seen.snps.max(), 1)
    table, far = genomes_of(max(most, seen.stray), seen.bases, usual, usual, model.outside)
    now = State(
        theta, number, incubation.copy(), sampling.copy(), delay.copy(), table, far, np.ones(n_kinds + 1),
        np.ones((max(n_strata, 1), 2)), np.zeros(KAPPAS),
        model.kinds / max(model.kinds.sum(), 1e-9), np.ones(2),
        np.zeros(n, np.int64), np.zeros(n, np.int64), seen.genome.copy(),
    )  # fmt: skip
    for k in range(KAPPAS):
        now.share[k] = number[OBSERVED] * (1 - number[OBSERVED]) ** k
    for k in range(n_kinds):
        now.ratio[k] = (1 - number[UNSEEN]) * now.weights[k] / seen.chance[k]
    now.ratio[n_kinds] = number[UNSEEN] / seen.chance[n_kinds]
    for k in range(n_strata):
        yes = model.contact[0] / (model.contact[0] + model.contact[1])
        no = model.contact[2] / (model.contact[2] + model.contact[3])
        now.contact[k, 1], now.contact[k, 0] = yes / no, (1 - yes) / (1 - no)
    _dates(seen, model, now)
    return now


@numba.njit(cache=True, nogil=True)
def _dates(seen, model, now):  # type: ignore[no-untyped-def]
    for j in range(len(now.infected)):
        if seen.has_onset[j]:
            now.onset[j] = np.random.randint(seen.onset_low[j], seen.onset_high[j] + 1)
            latest = min(now.onset[j], seen.sample[j] - 1)
            now.infected[j] = latest - np.random.randint(0, max(1, model.longest // 3))
            now.infected[j] = max(now.infected[j], now.onset[j] - model.longest + 1)
        else:
            now.infected[j] = seen.sample[j] - 1 - np.random.randint(0, max(1, model.longest // 2))
            now.onset[j] = now.infected[j] + np.random.randint(1, max(2, model.longest // 3))
        if now.genome[j] < 0 and len(seen.donors):
            now.genome[j] = seen.donors[np.random.randint(0, len(seen.donors))]


@numba.njit(cache=True, nogil=True)
def room(n, n_edges):  # type: ignore[no-untyped-def]
    """Sums, still empty."""
    return Sums(
        np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(KAPPAS),
        np.zeros(n_edges), np.zeros(n_edges), np.zeros(n_edges), np.zeros(n_edges),
    )  # fmt: skip
