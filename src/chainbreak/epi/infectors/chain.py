"""One chain of the reconstruction (马尔可夫链): latent infection dates and onsets, with the infectors summed out.

Given the dates and the parameters, case j was infected by i with probability h_ij / Σ h_ij, and from outside with
h_0j / Σ, where

    h_ij = R · Σ_k p_k · E_k(T_j - A_i) · G_k(i, j) · C_k(i, j, T_j)        h_0j = η · G_0(j)

k counts the transmissions between them (k - 1 cases nobody found), E_k is the density of the delay from the infector's
anchor A (its onset, or its infection where a generation time was given), G_k the probability of j's genome given i's,
C_1 the ratio of how likely contact and meeting evidence is with and without a transmission there and then.
As T_j > T_i in every link there are no cycles. Before the end of the latent period nobody infects. The chain walks over dates and parameters only, with Metropolis steps;
the probabilities of the infectors are averages of h_ij / Σ (Rao-Blackwell), not counts.

Source: the likelihood parts follow Jombart et al., PLoS Comput Biol 2014;10:e1003457 and Campbell et al., PLoS Comput
Biol 2019;15:e1006930 (outbreaker2); the point process with rate R and introductions η as in Hawkes processes.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from chainbreak.epi.infectors.arrays import Whole
from chainbreak.epi.infectors.delays import step_delays
from chainbreak.epi.infectors.draws import draw
from chainbreak.epi.infectors.links import all_sums, link
from chainbreak.epi.infectors.moves import step_cases
from chainbreak.epi.infectors.start import begin, room
from chainbreak.epi.infectors.state import MUTATION, OBSERVED, OUTSIDE, RATE, TINY, UNSEEN, Evidence, Model

TRACES = 12


@numba.njit(cache=True, nogil=True)
def run(seen: Evidence, model: Model, sweeps: int, burn: int, seed: int, progress: Whole):  # type: ignore[no-untyped-def]
    """Walk; gives mean probabilities of edges and of the outside, infection steps, parameters, acceptance.

    Returns:
        probability of each edge (2, edges: by half of the chain), of each edge as the direct one, of the outside by
        case, traces (kept, TRACES), log posterior trace, infection steps (kept, cases), share of accepted moves (4,).
    """
    np.random.seed(seed)
    n, n_edges, kept = len(seen.has_onset), len(seen.edge_from), sweeps - burn
    now, sums = begin(seen, model), room(n, n_edges)
    edge_sum, edge_direct, out_sum = np.zeros((2, n_edges)), np.zeros(n_edges), np.zeros(n)
    traces, posterior = np.zeros((kept, TRACES)), np.zeros(kept)
    steps = np.zeros((kept, n), np.int32)
    tried, taken = np.zeros(4), np.zeros(4)
    for sweep in range(sweeps):
        _weigh(seen, now, sums)
        all_sums(seen, model, now, sums)
        n_out = draw(seen, model, now, sums)
        _weigh(seen, now, sums)
        step_delays(seen, model, now, sums, tried, taken)
        step_cases(seen, model, now, sums, np.cumsum(now.incubation), tried, taken)
        progress[0] = sweep + 1
        if sweep < burn:
            continue
        row = sweep - burn
        half = 0 if row < kept // 2 else 1
        posterior[row] = _keep(seen, model, now, sums, edge_sum[half], edge_direct, out_sum)
        steps[row] = now.infected
        traces[row, :6] = now.theta
        traces[row, 6] = n_out
        traces[row, 7] = now.number[OBSERVED]
        traces[row, 8] = now.number[MUTATION] * seen.bases
        traces[row, 9] = now.number[UNSEEN]
        traces[row, 10] = now.contact[0, 1]
        traces[row, 11] = now.number[RATE]
    edge_sum[0] /= max(1, kept // 2)
    edge_sum[1] /= max(1, kept - kept // 2)
    return edge_sum, edge_direct / kept, out_sum / kept, traces, posterior, steps, taken / np.maximum(tried, 1)


@numba.njit(cache=True, nogil=True)
def _weigh(seen, now, sums):  # type: ignore[no-untyped-def]
    """The weight of the outside for each case, by what is noted of its travels."""
    for j in range(len(sums.weight)):
        noted = seen.travelled[j]
        sums.weight[j] = now.number[OUTSIDE] * (now.travel[noted] if noted >= 0 else 1.0)


@numba.njit(cache=True, nogil=True)
def _keep(seen, model, now, sums, edge_sum, edge_direct, out_sum):  # type: ignore[no-untyped-def]
    """Add the probabilities of all infectors as things stand; gives the log density."""
    density = all_sums(seen, model, now, sums)
    rate = now.number[RATE]
    for j in range(len(out_sum)):
        total = max(sums.all[j], TINY)
        out_sum[j] += max(0.0, 1.0 - rate * sums.inside[j] / total)
        for e in range(seen.first_edge[j], seen.first_edge[j + 1]):
            i = seen.edge_from[e]
            if now.infected[i] >= now.infected[j]:
                continue
            anchor = now.onset[i] if model.from_onset else now.infected[i]
            value = link(
                seen, model, now, e, now.infected[j], anchor, now.infected[i], now.genome[i], now.genome[j], sums.part
            )
            if value > 0.0:
                edge_sum[e] += rate * value / total
                edge_direct[e] += rate * sums.part[0] / total
        density += math.log(max(now.incubation[now.onset[j] - now.infected[j]], TINY))
        if not seen.has_onset[j]:
            density += math.log(max(now.sampling[seen.sample[j] - now.infected[j]], TINY))
    return density
