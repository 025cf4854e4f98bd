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
from typing import NamedTuple

import numba
import numpy as np

from chainbreak.epi.infectors.arrays import Flags, Floats, Whole
from chainbreak.epi.infectors.density import gamma_steps, normal_steps

KAPPAS = 3  # transmissions between a case and its nearest ancestor in the line list, at most
TRACES = 12
CLOCK = 2.0  # shape of the time for mutations in one transmission: its coefficient of variation is 0.7
APART = 2.0  # shape of the number of transmissions between an introduction and an earlier case
TINY = 1e-290


class Evidence(NamedTuple):
    """What is known, in steps from the origin; edges are the possible links, sorted by infectee."""

    onset_low: Whole  # (cases,) first step of the onset; -1 unknown
    onset_high: Whole  # (cases,) last step
    sample: Whole  # (cases,) step before which infection happened
    has_onset: Flags
    has_sample: Flags
    travelled: Whole  # (cases,) 1 noted, 0 not, -1 nobody asked
    edge_from: Whole  # (edges,)
    edge_to: Whole
    first_edge: Whole  # (cases + 1,) edges of an infectee
    child_edges: Whole  # (edges,) the same edges, by infector
    first_child: Whole  # (cases + 1,)
    snps: Whole  # (cases, cases) differences, of those with a genome
    masked: Floats  # (cases, cases) probability of the letters an infector's genome does not show
    bases: float  # compared, as a rule
    genome: Whole  # (cases,) the case whose genome it is: itself; -1 it has none
    donors: Whole  # cases with a genome: one of theirs is taken for each case without, and another tried
    donor_weight: Floats  # (cases,) one over how many have the same genome
    stray: int  # differences at which a genome is like nobody's here
    stratum: Whole  # (edges,) row of the contact table; -1 no contact evidence
    named: Whole  # (edges,) 1 named as contact
    pairs: Whole  # (strata, 2) pairs of cases not named, named
    meeting_low: Whole  # (edges,) where the meetings of the two begin and end
    meeting_high: Whole
    meeting_step: Whole  # (meetings,) sorted within a pair
    meeting_kind: Whole
    meeting_cover: Floats  # share of the step
    seen: Flags  # (edges,) stays of both are known
    stays_from: int  # first step of the stays
    stays_until: int
    chance: Floats  # (kinds + 1,) share of pair-time spent in meetings of each kind; the last: in none
    first_jump: Whole  # (cases + 1,)
    jump_step: Whole  # steps at which a case met another one
    isolated: Whole  # (cases,) step from which the case was isolated; a large number: never
    span: float  # steps during which the outside could bring cases


class Model(NamedTuple):
    """Priors and the grid."""

    per_day: int
    longest: int  # steps of the longest incubation
    first: int  # steps of the earliest transmission relative to the anchor
    width: int  # steps of the table of delays
    from_onset: bool
    given: Floats  # (KAPPAS, width) generation time and its sums by step, when not from onset
    positive: Floats  # (steps,) probability that a sample is positive by steps since infection; none: a gamma delay
    latent: Floats  # (steps,) probability that an infected person infects already, by steps since infection; then 1
    centre: Floats  # (6,) incubation mean, sd; transmission mean, sd; sampling mean, sd
    spread: Floats  # (6,)
    observed: Floats  # (2,) beta
    contact: Floats  # (4,)
    unseen: Floats  # (2,)
    kinds: Floats  # (kinds,) dirichlet
    mutation: Floats  # (2,) shape, rate per base
    outside: float
    introductions: Floats  # (2,) gamma: shape, and weight of the prior against the span of the outbreak
    travel: Floats  # (4,)
    leak: float  # of transmission after isolation


class State(NamedTuple):
    """Where the chain stands: parameters as tables, and the latent dates and genomes."""

    delay: Floats  # (KAPPAS, width)
    table: Floats  # (KAPPAS, differences) probability of a genome given the infector's
    far: Floats  # (differences,) and given an earlier case's, when it came from outside
    ratio: Floats  # (kinds + 1,) of meetings with and without transmission
    contact: Floats  # (strata, 2)
    share: Floats  # (KAPPAS,)
    infected: Whole
    onset: Whole
    genome: Whole


@numba.njit(cache=True, nogil=True)
def _tables(model: Model, theta: Floats):  # type: ignore[no-untyped-def]
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
def _genomes(most: int, bases: float, rate: float, outside: float):  # type: ignore[no-untyped-def]
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
            + d * math.log(rate / 3)
            + APART * math.log(APART / outside)
            - (APART + d) * math.log(APART / outside + rate * bases)
        )
    return table, far


@numba.njit(cache=True, nogil=True)
def _meeting(seen: Evidence, ratio: Floats, e: int, t: int) -> float:
    """How much likelier the stays are with a transmission at t than without."""
    if not seen.seen[e] or t < seen.stays_from or t >= seen.stays_until:
        return 1.0
    low, high = seen.meeting_low[e], seen.meeting_high[e]
    end = high
    while low < high:
        middle = (low + high) // 2
        if seen.meeting_step[middle] < t:
            low = middle + 1
        else:
            high = middle
    value = 0.0
    cover = 0.0
    while low < end and seen.meeting_step[low] == t:
        value += ratio[seen.meeting_kind[low]] * seen.meeting_cover[low]
        cover += seen.meeting_cover[low]
        low += 1
    return float(value + ratio[-1] * max(0.0, 1.0 - cover))


@numba.njit(cache=True, nogil=True)
def _link(seen, model, now, e, t, anchor, start, mother, child, out):  # type: ignore[no-untyped-def]
    """h of one edge without R, by number of transmissions, into `out`; gives the sum.

    Args:
        t: infection of the infectee; anchor, start: onset (or infection) and infection of the infector.
        mother, child: whose genomes they have; -1 nobody has one.
    """
    u = t - anchor - model.first
    if t <= start or u < 0 or u >= model.width:
        return 0.0
    if child >= 0:
        d = seen.snps[mother, child]
        factor = seen.masked[mother, child]
    else:
        d, factor = 0, 1.0
    if t - start < len(model.latent):
        factor *= model.latent[t - start]
    total = 0.0
    for kappa in range(KAPPAS):
        out[kappa] = 0.0
        value = now.delay[kappa, u] * now.share[kappa] * factor
        if value > 0.0:
            if child >= 0:
                value *= now.table[kappa, d]
            if kappa == 0:
                if seen.stratum[e] >= 0:
                    value *= now.contact[seen.stratum[e], seen.named[e]]
                value *= _meeting(seen, now.ratio, e, t)
                if t >= seen.isolated[seen.edge_from[e]]:
                    value *= model.leak
        out[kappa] = value
        total += value
    return total


@numba.njit(cache=True, nogil=True)
def _sum(seen, model, now, j, t, child, part):  # type: ignore[no-untyped-def]
    """All links to j without R, and how near its genome is to those of earlier cases."""
    inside = 0.0
    near = 0.0
    for e in range(seen.first_edge[j], seen.first_edge[j + 1]):
        i = seen.edge_from[e]
        if now.infected[i] >= t:
            continue
        if child >= 0:
            near += now.far[seen.snps[now.genome[i], child]]
        anchor = now.onset[i] if model.from_onset else now.infected[i]
        inside += _link(seen, model, now, e, t, anchor, now.infected[i], now.genome[i], child, part)
    return inside, near


@numba.njit(cache=True, nogil=True)
def _outside(seen, now, near, child):  # type: ignore[no-untyped-def]
    """Probability of a genome when it came from outside, given those of earlier cases."""
    if child < 0:
        return 1.0
    return (near + now.far[seen.stray]) / len(seen.has_onset)


@numba.njit(cache=True, nogil=True)
def _all(seen, model, now, rate, weight, inside, near, sums, part):  # type: ignore[no-untyped-def]
    """Fill the sums of all cases; gives the log of their product."""
    total = 0.0
    for j in range(len(sums)):
        inside[j], near[j] = _sum(seen, model, now, j, now.infected[j], now.genome[j], part)
        sums[j] = rate * inside[j] + weight[j] * _outside(seen, now, near[j], now.genome[j])
        total += math.log(max(sums[j], TINY))
    return total


@numba.njit(cache=True, nogil=True)
def run(seen: Evidence, model: Model, sweeps: int, burn: int, seed: int, progress: Whole):  # type: ignore[no-untyped-def]
    """Walk; gives mean probabilities of edges and of the outside, infection steps, parameters, acceptance.

    Returns:
        probability of each edge (2, edges: by half of the chain), of each edge as the direct one, of the outside by
        case, traces (kept, TRACES), log posterior trace, infection steps (kept, cases), share of accepted moves (4,).
    """
    np.random.seed(seed)
    n = len(seen.has_onset)
    n_edges = len(seen.edge_from)
    n_kinds = len(model.kinds)
    n_strata = len(seen.pairs)
    theta = model.centre.copy()
    for k in range(6):
        if k == 2:
            theta[k] += np.random.normal() * model.spread[k] * 0.5
        else:
            theta[k] *= math.exp(np.random.normal() * model.spread[k] * 0.5)
    incubation, sampling, delay = _tables(model, theta)
    observed = model.observed[0] / model.observed.sum()
    rate, eta = 0.9, 1.0 / max(seen.span, 1.0)
    mutation = model.mutation[0] / model.mutation[1]
    most = seen.snps.max()
    table, far = _genomes(max(most, seen.stray), seen.bases, mutation, model.outside)
    now = State(
        delay, table, far, np.ones(n_kinds + 1), np.ones((max(n_strata, 1), 2)), np.zeros(KAPPAS),
        np.zeros(n, np.int64), np.zeros(n, np.int64), seen.genome.copy(),
    )  # fmt: skip
    for k in range(KAPPAS):
        now.share[k] = observed * (1 - observed) ** k
    weights = model.kinds / max(model.kinds.sum(), 1e-9)
    unseen = model.unseen[0] / model.unseen.sum()
    for k in range(n_kinds):
        now.ratio[k] = (1 - unseen) * weights[k] / seen.chance[k]
    now.ratio[n_kinds] = unseen / seen.chance[n_kinds]
    for k in range(n_strata):
        yes = model.contact[0] / (model.contact[0] + model.contact[1])
        no = model.contact[2] / (model.contact[2] + model.contact[3])
        now.contact[k, 1], now.contact[k, 0] = yes / no, (1 - yes) / (1 - no)
    travel = np.ones(2)
    infected, onset, genome = now.infected, now.onset, now.genome
    for j in range(n):
        if seen.has_onset[j]:
            onset[j] = np.random.randint(seen.onset_low[j], seen.onset_high[j] + 1)
            infected[j] = min(onset[j], seen.sample[j] - 1) - np.random.randint(0, max(1, model.longest // 3))
            infected[j] = max(infected[j], onset[j] - model.longest + 1)
        else:
            infected[j] = seen.sample[j] - 1 - np.random.randint(0, max(1, model.longest // 2))
            onset[j] = infected[j] + np.random.randint(1, max(2, model.longest // 3))
        if genome[j] < 0 and len(seen.donors):
            genome[j] = seen.donors[np.random.randint(0, len(seen.donors))]
    inside, near, sums, weight = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    part = np.zeros(KAPPAS)
    cumulative = np.cumsum(incubation)
    kept = sweeps - burn
    edge_sum, edge_direct, out_sum = np.zeros((2, n_edges)), np.zeros(n_edges), np.zeros(n)
    traces, posterior = np.zeros((kept, TRACES)), np.zeros(kept)
    steps = np.zeros((kept, n), np.int32)
    tried, taken = np.zeros(4), np.zeros(4)
    child_inside, child_near, child_sum = np.zeros(n_edges), np.zeros(n_edges), np.zeros(n_edges)
    for sweep in range(sweeps):
        # --- draw infectors, then each parameter of the evidence from its own posterior
        for j in range(n):
            weight[j] = eta * (travel[seen.travelled[j]] if seen.travelled[j] >= 0 else 1.0)
        _all(seen, model, now, rate, weight, inside, near, sums, part)
        n_out = n_in = n_links = 0
        n_snps = n_bases = 0.0
        kind_count = np.zeros(n_kinds + 1)
        named_count = np.zeros((max(n_strata, 1), 2))
        travel_count = np.zeros((2, 2))
        for j in range(n):
            draw = np.random.random() * sums[j] / rate
            chosen = -1
            kappa = 0
            if draw < inside[j]:
                for e in range(seen.first_edge[j], seen.first_edge[j + 1]):
                    i = seen.edge_from[e]
                    anchor = onset[i] if model.from_onset else infected[i]
                    value = _link(
                        seen, model, now, e, infected[j], anchor, infected[i], genome[i], genome[j], part
                    )  # fmt: skip
                    if value <= 0.0:
                        continue
                    chosen = e
                    if draw > value:
                        draw -= value
                        continue
                    while kappa < KAPPAS - 1 and draw > part[kappa]:
                        draw -= part[kappa]
                        kappa += 1
                    break
            if seen.travelled[j] >= 0:
                travel_count[1 if chosen < 0 else 0, seen.travelled[j]] += 1
            if chosen < 0:
                n_out += 1
                continue
            n_in += 1
            n_links += kappa
            e = chosen
            if genome[j] >= 0 and seen.genome[j] >= 0:
                n_snps += seen.snps[genome[seen.edge_from[e]], genome[j]]
                n_bases += (kappa + 1) * seen.bases
            if kappa == 0:
                if seen.stratum[e] >= 0:
                    named_count[seen.stratum[e], seen.named[e]] += 1
                t = infected[j]
                if seen.seen[e] and seen.stays_from <= t < seen.stays_until:
                    draw = np.random.random() * _meeting(seen, now.ratio, e, t)
                    kind = n_kinds
                    for m in range(seen.meeting_low[e], seen.meeting_high[e]):
                        if seen.meeting_step[m] == t:
                            draw -= now.ratio[seen.meeting_kind[m]] * seen.meeting_cover[m]
                            if draw <= 0:
                                kind = seen.meeting_kind[m]
                                break
                    kind_count[kind] += 1
        rate = np.random.gamma(1.0 + n_in) / (1.0 + n)
        eta = np.random.gamma(model.introductions[0] + n_out) / (seen.span * (1.0 + model.introductions[1]))
        observed = np.random.beta(model.observed[0] + n_in, model.observed[1] + n_links)
        for k in range(KAPPAS):
            now.share[k] = observed * (1 - observed) ** k
        mutation = np.random.gamma(model.mutation[0] + n_snps) / (model.mutation[1] + n_bases)
        mutation = min(max(mutation, 1e-9), 0.1)
        table, far = _genomes(max(most, seen.stray), seen.bases, mutation, model.outside)
        now.table[:] = table
        now.far[:] = far
        unseen = np.random.beta(model.unseen[0] + kind_count[n_kinds], model.unseen[1] + kind_count[:n_kinds].sum())
        total = 0.0
        for k in range(n_kinds):
            weights[k] = np.random.gamma(model.kinds[k] + kind_count[k])
            total += weights[k]
        for k in range(n_kinds):
            now.ratio[k] = (1 - unseen) * weights[k] / total / seen.chance[k]
        now.ratio[n_kinds] = unseen / seen.chance[n_kinds]
        for k in range(n_strata):
            yes = np.random.beta(model.contact[0] + named_count[k, 1], model.contact[1] + named_count[k, 0])
            no = np.random.beta(
                model.contact[2] + max(0.0, seen.pairs[k, 1] - named_count[k, 1]),
                model.contact[3] + max(0.0, seen.pairs[k, 0] - named_count[k, 0]),
            )
            now.contact[k, 1], now.contact[k, 0] = yes / no, (1 - yes) / (1 - no)
        yes = np.random.beta(model.travel[0] + travel_count[1, 1], model.travel[1] + travel_count[1, 0])
        no = np.random.beta(model.travel[2] + travel_count[0, 1], model.travel[3] + travel_count[0, 0])
        travel[0], travel[1] = (1 - yes) / (1 - no), yes / no
        # --- delays: Metropolis on the log scale
        for j in range(n):
            weight[j] = eta * (travel[seen.travelled[j]] if seen.travelled[j] >= 0 else 1.0)
        log_now = _all(seen, model, now, rate, weight, inside, near, sums, part)
        for which in range(3):
            if (which == 1 and not model.from_onset) or (which == 2 and len(model.positive)):
                continue
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
            new_incubation, new_sampling, new_delay = _tables(model, trial)
            for j in range(n):
                if which == 0:
                    lag = onset[j] - infected[j]
                    change += math.log(max(new_incubation[lag], TINY)) - math.log(max(incubation[lag], TINY))
                elif which == 2 and not seen.has_onset[j]:
                    lag = seen.sample[j] - infected[j]
                    change += math.log(max(new_sampling[lag], TINY)) - math.log(max(sampling[lag], TINY))
            log_new = log_now
            if which < 2 and model.from_onset:
                there = State(
                    new_delay, now.table, now.far, now.ratio, now.contact, now.share, infected, onset, genome
                )  # fmt: skip
                log_new = _all(seen, model, there, rate, weight, inside, near, sums, part)
            tried[2] += 1
            if math.log(np.random.random()) < change + log_new - log_now:
                theta, incubation, sampling = trial, new_incubation, new_sampling
                cumulative = np.cumsum(incubation)
                if model.from_onset:
                    now.delay[:] = new_delay
                log_now = log_new
                taken[2] += 1
        _all(seen, model, now, rate, weight, inside, near, sums, part)
        # --- dates and genomes
        for j in range(n):
            for move in range(5):
                t_old, o_old, g_old = infected[j], onset[j], genome[j]
                t_new, o_new, g_new = t_old, o_old, g_old
                change = 0.0
                which = 0
                if move == 0:  # a little to and fro
                    t_new = t_old + np.random.randint(-model.per_day, model.per_day + 1)
                elif move == 1:  # to a meeting, or anywhere
                    low, n_jump = seen.first_jump[j], seen.first_jump[j + 1] - seen.first_jump[j]
                    latest = min(seen.sample[j] - 1, seen.onset_high[j]) if seen.has_onset[j] else seen.sample[j] - 1
                    if n_jump > 0 and np.random.random() < 0.6:
                        t_new = seen.jump_step[low + np.random.randint(0, n_jump)]
                    else:
                        t_new = latest - np.random.randint(0, model.longest)
                    q_old = 1.0 / model.longest if latest - model.longest < t_old <= latest else 0.0
                    q_new = 1.0 / model.longest if latest - model.longest < t_new <= latest else 0.0
                    if n_jump > 0:
                        q_old, q_new = q_old * 0.4, q_new * 0.4
                        if _member(seen.jump_step, low, low + n_jump, t_old):
                            q_old += 0.6 / n_jump
                        if _member(seen.jump_step, low, low + n_jump, t_new):
                            q_new += 0.6 / n_jump
                    if q_old == 0.0 or q_new == 0.0:
                        continue
                    change += math.log(q_old) - math.log(q_new)
                    if not seen.has_onset[j]:  # the onset goes along
                        o_new = t_new + (o_old - t_old)
                elif move == 2:  # another onset
                    which = 1
                    if seen.has_onset[j]:
                        o_new = np.random.randint(seen.onset_low[j], seen.onset_high[j] + 1)
                    else:
                        lag = np.searchsorted(cumulative, np.random.random() * cumulative[-1])
                        o_new = t_old + min(lag, model.longest - 1)
                        change -= math.log(max(incubation[o_new - t_old], TINY))
                        change += math.log(max(incubation[o_old - t_old], TINY))
                elif move == 3:  # infection and onset together
                    which = 1
                    if seen.has_onset[j]:
                        continue
                    by = np.random.randint(-model.per_day, model.per_day + 1)
                    t_new, o_new = t_old + by, o_old + by
                else:  # another genome
                    which = 3
                    if seen.genome[j] >= 0 or len(seen.donors) < 2:
                        continue
                    g_new = seen.donors[np.random.randint(0, len(seen.donors))]
                    change += math.log(seen.donor_weight[g_new] / seen.donor_weight[g_old])
                if t_new == t_old and o_new == o_old and g_new == g_old:
                    continue
                tried[which] += 1
                lag = o_new - t_new
                if lag < 0 or lag >= model.longest or t_new >= seen.sample[j]:
                    continue
                change += math.log(max(incubation[lag], TINY)) - math.log(max(incubation[o_old - t_old], TINY))
                if not seen.has_onset[j]:
                    if seen.sample[j] - t_new >= len(sampling):
                        continue
                    change += math.log(max(sampling[seen.sample[j] - t_new], TINY))
                    change -= math.log(max(sampling[seen.sample[j] - t_old], TINY))
                own_inside, own_near, own = inside[j], near[j], sums[j]
                if t_new != t_old or g_new != g_old:
                    own_inside, own_near = _sum(seen, model, now, j, t_new, g_new, part)
                    own = rate * own_inside + weight[j] * _outside(seen, now, own_near, g_new)
                    change += math.log(max(own, TINY)) - math.log(max(sums[j], TINY))
                if change < -80.0:
                    continue
                old_anchor = o_old if model.from_onset else t_old
                new_anchor = o_new if model.from_onset else t_new
                for c in range(seen.first_child[j], seen.first_child[j + 1]):
                    e = seen.child_edges[c]
                    k = seen.edge_to[e]
                    child_sum[c] = -1.0
                    before = _link(seen, model, now, e, infected[k], old_anchor, t_old, g_old, genome[k], part)
                    after = _link(seen, model, now, e, infected[k], new_anchor, t_new, g_new, genome[k], part)
                    more = 0.0
                    if genome[k] >= 0:
                        if t_old < infected[k]:
                            more -= now.far[seen.snps[g_old, genome[k]]]
                        if t_new < infected[k]:
                            more += now.far[seen.snps[g_new, genome[k]]]
                    if before != after or more != 0.0:
                        child_inside[c] = max(0.0, inside[k] + (after - before))
                        child_near[c] = max(0.0, near[k] + more)
                        child_sum[c] = rate * child_inside[c] + weight[k] * _outside(
                            seen, now, child_near[c], genome[k]
                        )  # fmt: skip
                        change += math.log(max(child_sum[c], TINY)) - math.log(max(sums[k], TINY))
                if math.log(np.random.random()) < change:
                    taken[which] += 1
                    infected[j], onset[j], genome[j] = t_new, o_new, g_new
                    inside[j], near[j], sums[j] = own_inside, own_near, own
                    for c in range(seen.first_child[j], seen.first_child[j + 1]):
                        if child_sum[c] >= 0.0:
                            k = seen.edge_to[seen.child_edges[c]]
                            inside[k], near[k], sums[k] = child_inside[c], child_near[c], child_sum[c]
        progress[0] = sweep + 1
        if sweep < burn:
            continue
        # --- keep
        row = sweep - burn
        half = 0 if row < kept // 2 else 1
        density = _all(seen, model, now, rate, weight, inside, near, sums, part)
        for j in range(n):
            total = max(sums[j], TINY)
            out_sum[j] += max(0.0, 1.0 - rate * inside[j] / total)
            for e in range(seen.first_edge[j], seen.first_edge[j + 1]):
                i = seen.edge_from[e]
                if infected[i] >= infected[j]:
                    continue
                anchor = onset[i] if model.from_onset else infected[i]
                value = _link(seen, model, now, e, infected[j], anchor, infected[i], genome[i], genome[j], part)
                if value > 0.0:
                    edge_sum[half, e] += rate * value / total
                    edge_direct[e] += rate * part[0] / total
            density += math.log(max(incubation[onset[j] - infected[j]], TINY))
            if not seen.has_onset[j]:
                density += math.log(max(sampling[seen.sample[j] - infected[j]], TINY))
            steps[row, j] = infected[j]
        posterior[row] = density
        traces[row, :6] = theta
        traces[row, 6] = n_out
        traces[row, 7] = observed
        traces[row, 8] = mutation * seen.bases
        traces[row, 9] = unseen
        traces[row, 10] = now.contact[0, 1]
        traces[row, 11] = rate
    edge_sum[0] /= max(1, kept // 2)
    edge_sum[1] /= max(1, kept - kept // 2)
    return edge_sum, edge_direct / kept, out_sum / kept, traces, posterior, steps, taken / np.maximum(tried, 1)


@numba.njit(cache=True, nogil=True)
def _member(steps: Whole, low: int, high: int, t: int) -> bool:
    while low < high:
        middle = (low + high) // 2
        if steps[middle] == t:
            return True
        if steps[middle] < t:
            low = middle + 1
        else:
            high = middle
    return False
