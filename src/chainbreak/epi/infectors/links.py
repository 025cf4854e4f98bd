"""How likely each case infected each other one at a moment (传播链接的似然): h_ij and h_0j of `chain`, and their sums."""

from __future__ import annotations

import math

import numba

from chainbreak.epi.infectors.arrays import Floats
from chainbreak.epi.infectors.state import KAPPAS, RATE, TINY, Evidence


@numba.njit(cache=True, nogil=True)
def meeting(seen: Evidence, ratio: Floats, e: int, t: int) -> float:
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
def link(seen, model, now, e, t, anchor, start, mother, child, out):  # type: ignore[no-untyped-def]
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
                value *= meeting(seen, now.ratio, e, t)
                if t >= seen.isolated[seen.edge_from[e]]:
                    value *= model.leak
        out[kappa] = value
        total += value
    return total


@numba.njit(cache=True, nogil=True)
def sum_of(seen, model, now, j, t, child, part):  # type: ignore[no-untyped-def]
    """All links to j without R, and how near its genome is to those of earlier cases."""
    inside = 0.0
    near = 0.0
    older = 0.0
    for e in range(seen.first_edge[j], seen.first_edge[j + 1]):
        i = seen.edge_from[e]
        if now.infected[i] >= t:
            continue
        if child >= 0:
            near += now.far[seen.snps[now.genome[i], child]]
            older += 1.0
        anchor = now.onset[i] if model.from_onset else now.infected[i]
        inside += link(seen, model, now, e, t, anchor, now.infected[i], now.genome[i], child, part)
    return inside, near, older


@numba.njit(cache=True, nogil=True)
def outside(seen, now, near, older, child):  # type: ignore[no-untyped-def]
    """Probability of a genome when it came from outside, given those of earlier cases."""
    if child < 0:
        return 1.0
    return (near + now.far[seen.stray]) / (older + 1.0)


@numba.njit(cache=True, nogil=True)
def all_sums(seen, model, now, sums):  # type: ignore[no-untyped-def]
    """Fill the sums of all cases; gives the log of their product."""
    total = 0.0
    for j in range(len(sums.all)):
        child = now.genome[j]
        sums.inside[j], sums.near[j], sums.older[j] = sum_of(seen, model, now, j, now.infected[j], child, sums.part)
        far = outside(seen, now, sums.near[j], sums.older[j], child)
        sums.all[j] = now.number[RATE] * sums.inside[j] + sums.weight[j] * far
        total += math.log(max(sums.all[j], TINY))
    return total
