"""Metropolis steps of each case (逐例更新): when it was infected, its onset where nobody knows it, its genome where it has none."""

from __future__ import annotations

import math

import numba
import numpy as np

from chainbreak.epi.infectors.arrays import Whole
from chainbreak.epi.infectors.links import link, outside, sum_of
from chainbreak.epi.infectors.state import RATE, TINY

TO_AND_FRO, JUMP, ONSET, BOTH, GENOME = range(5)
DATES, ONSETS, GENOMES = 0, 1, 3  # places in the counts of moves


@numba.njit(cache=True, nogil=True)
def step_cases(seen, model, now, sums, cumulative, tried, taken):  # type: ignore[no-untyped-def]
    """All moves of all cases, one after another; the sums stay up to date."""
    for j in range(len(now.infected)):
        for move in range(5):
            t, o, g, which, change = _proposal(seen, model, now, cumulative, j, move)
            t_old, o_old = now.infected[j], now.onset[j]
            if which < 0 or (t == t_old and o == o_old and g == now.genome[j]):
                continue
            tried[which] += 1
            lag = o - t
            if lag < 0 or lag >= model.longest or t >= seen.sample[j]:
                continue
            change += math.log(max(now.incubation[lag], TINY)) - math.log(max(now.incubation[o_old - t_old], TINY))
            if not seen.has_onset[j]:
                if seen.sample[j] - t >= len(now.sampling):
                    continue
                change += math.log(max(now.sampling[seen.sample[j] - t], TINY))
                change -= math.log(max(now.sampling[seen.sample[j] - t_old], TINY))
            if _accepted(seen, model, now, sums, j, t, o, g, change):
                taken[which] += 1


@numba.njit(cache=True, nogil=True)
def _proposal(seen, model, now, cumulative, j, move):  # type: ignore[no-untyped-def]
    """Another infection, onset and genome; the kind of move (-1: there is none), and the log of the proposals' ratio."""
    t_old, o_old, g_old = now.infected[j], now.onset[j], now.genome[j]
    t, o, g, which, change = t_old, o_old, g_old, DATES, 0.0
    if move == TO_AND_FRO:
        t = t_old + np.random.randint(-model.per_day, model.per_day + 1)
    elif move == JUMP:  # to a meeting, or anywhere
        t, change, possible = _jump(seen, model, j, t_old)
        if not possible:
            which = -1
        if not seen.has_onset[j]:  # the onset goes along
            o = t + (o_old - t_old)
    elif move == ONSET:
        which = ONSETS
        if seen.has_onset[j]:
            o = np.random.randint(seen.onset_low[j], seen.onset_high[j] + 1)
        else:
            lag = np.searchsorted(cumulative, np.random.random() * cumulative[-1])
            o = t_old + min(lag, model.longest - 1)
            change -= math.log(max(now.incubation[o - t_old], TINY))
            change += math.log(max(now.incubation[o_old - t_old], TINY))
    elif move == BOTH:
        which = ONSETS
        if seen.has_onset[j]:
            which = -1
        else:
            by = np.random.randint(-model.per_day, model.per_day + 1)
            t, o = t_old + by, o_old + by
    else:
        which = GENOMES
        if seen.genome[j] >= 0 or len(seen.donors) < 2:
            which = -1
        else:
            g = seen.donors[np.random.randint(0, len(seen.donors))]
            change += math.log(seen.donor_weight[g] / seen.donor_weight[g_old])
    return t, o, g, which, change


@numba.njit(cache=True, nogil=True)
def _jump(seen, model, j, t_old):  # type: ignore[no-untyped-def]
    """A step at which the case met another one, or any before its onset or sample; log of the ratio; whether it may be."""
    low, n_jump = seen.first_jump[j], seen.first_jump[j + 1] - seen.first_jump[j]
    latest = min(seen.sample[j] - 1, seen.onset_high[j]) if seen.has_onset[j] else seen.sample[j] - 1
    if n_jump > 0 and np.random.random() < 0.6:
        t = seen.jump_step[low + np.random.randint(0, n_jump)]
    else:
        t = latest - np.random.randint(0, model.longest)
    q_old = 1.0 / model.longest if latest - model.longest < t_old <= latest else 0.0
    q_new = 1.0 / model.longest if latest - model.longest < t <= latest else 0.0
    if n_jump > 0:
        q_old, q_new = q_old * 0.4, q_new * 0.4
        if _member(seen.jump_step, low, low + n_jump, t_old):
            q_old += 0.6 / n_jump
        if _member(seen.jump_step, low, low + n_jump, t):
            q_new += 0.6 / n_jump
    if q_old == 0.0 or q_new == 0.0:
        return t_old, 0.0, False
    return t, math.log(q_old) - math.log(q_new), True


@numba.njit(cache=True, nogil=True)
def _accepted(seen, model, now, sums, j, t, o, g, change):  # type: ignore[no-untyped-def]
    """Whether j moves there; the state and the sums are then changed."""
    t_old, o_old, g_old = now.infected[j], now.onset[j], now.genome[j]
    rate = now.number[RATE]
    inside, near, older, own = sums.inside[j], sums.near[j], sums.older[j], sums.all[j]
    if t != t_old or g != g_old:
        inside, near, older = sum_of(seen, model, now, j, t, g, sums.part)
        own = rate * inside + sums.weight[j] * outside(seen, now, near, older, g)
        change += math.log(max(own, TINY)) - math.log(max(sums.all[j], TINY))
    if change < -80.0:
        return False
    old_anchor, new_anchor = (o_old, o) if model.from_onset else (t_old, t)
    for c in range(seen.first_child[j], seen.first_child[j + 1]):
        e = seen.child_edges[c]
        k = seen.edge_to[e]
        sums.child_all[c] = -1.0
        before = link(seen, model, now, e, now.infected[k], old_anchor, t_old, g_old, now.genome[k], sums.part)
        after = link(seen, model, now, e, now.infected[k], new_anchor, t, g, now.genome[k], sums.part)
        more = one_more = 0.0
        if now.genome[k] >= 0:
            if t_old < now.infected[k]:
                more -= now.far[seen.snps[g_old, now.genome[k]]]
                one_more -= 1.0
            if t < now.infected[k]:
                more += now.far[seen.snps[g, now.genome[k]]]
                one_more += 1.0
        if before != after or more != 0.0 or one_more != 0.0:
            sums.child_inside[c] = max(0.0, sums.inside[k] + (after - before))
            sums.child_near[c] = max(0.0, sums.near[k] + more)
            sums.child_older[c] = sums.older[k] + one_more
            far = outside(seen, now, sums.child_near[c], sums.child_older[c], now.genome[k])
            sums.child_all[c] = rate * sums.child_inside[c] + sums.weight[k] * far
            change += math.log(max(sums.child_all[c], TINY)) - math.log(max(sums.all[k], TINY))
    if math.log(np.random.random()) >= change:
        return False
    now.infected[j], now.onset[j], now.genome[j] = t, o, g
    sums.inside[j], sums.near[j], sums.older[j], sums.all[j] = inside, near, older, own
    for c in range(seen.first_child[j], seen.first_child[j + 1]):
        if sums.child_all[c] >= 0.0:
            k = seen.edge_to[seen.child_edges[c]]
            sums.inside[k], sums.near[k] = sums.child_inside[c], sums.child_near[c]
            sums.older[k], sums.all[k] = sums.child_older[c], sums.child_all[c]
    return True


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
