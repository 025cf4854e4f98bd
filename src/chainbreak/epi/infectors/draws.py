"""Parameters of the evidence, each drawn from its own posterior (吉布斯抽样), given infectors drawn for the purpose."""

from __future__ import annotations

import numba
import numpy as np

from chainbreak.epi.infectors.links import link, meeting
from chainbreak.epi.infectors.state import CLOCK, KAPPAS, MUTATION, OBSERVED, OUTSIDE, RATE, UNSEEN
from chainbreak.epi.infectors.tables import genomes_of


@numba.njit(cache=True, nogil=True)
def draw(seen, model, now, sums):  # type: ignore[no-untyped-def]
    """Draw infectors, then the parameters; gives how many cases came from outside. The sums must be up to date."""
    n = len(now.infected)
    n_kinds, n_strata = len(model.kinds), len(seen.pairs)
    n_out = n_in = n_links = 0
    n_snps = n_bases = 0.0
    kind_count = np.zeros(n_kinds + 1)
    named_count = np.zeros((max(n_strata, 1), 2))
    travel_count = np.zeros((2, 2))
    for j in range(n):
        e, kappa = _infector(seen, model, now, sums, j)
        if seen.travelled[j] >= 0:
            travel_count[1 if e < 0 else 0, seen.travelled[j]] += 1
        if e < 0:
            n_out += 1
            continue
        n_in += 1
        n_links += kappa
        if now.genome[j] >= 0 and seen.genome[j] >= 0:
            mother = now.genome[seen.edge_from[e]]
            d = seen.snps[mother, now.genome[j]]
            clock = np.random.gamma(CLOCK * (kappa + 1) + d) / (CLOCK + now.number[MUTATION] * seen.bases)
            n_snps += d
            n_bases += clock * seen.bases
        if kappa == 0:
            if seen.stratum[e] >= 0:
                named_count[seen.stratum[e], seen.named[e]] += 1
            t = now.infected[j]
            if seen.seen[e] and seen.stays_from <= t < seen.stays_until:
                kind_count[_kind(seen, now, e, t)] += 1
    now.number[RATE] = np.random.gamma(1.0 + n_in) / (1.0 + n)
    now.number[OUTSIDE] = np.random.gamma(model.introductions[0] + n_out) / (
        seen.span * (1.0 + model.introductions[1])
    )  # fmt: skip
    observed = np.random.beta(model.observed[0] + n_in, model.observed[1] + n_links)
    now.number[OBSERVED] = observed
    for k in range(KAPPAS):
        now.share[k] = observed * (1 - observed) ** k
    mutation = np.random.gamma(model.mutation[0] + n_snps) / (model.mutation[1] + n_bases)
    now.number[MUTATION] = min(max(mutation, 1e-9), 0.1)
    usual = model.mutation[0] / model.mutation[1]
    table, far = genomes_of(len(now.far) - 1, seen.bases, now.number[MUTATION], usual, model.outside)
    now.table[:] = table
    now.far[:] = far
    _meetings(seen, model, now, kind_count)
    _contacts(seen, model, now, named_count)
    yes = np.random.beta(model.travel[0] + travel_count[1, 1], model.travel[1] + travel_count[1, 0])
    no = np.random.beta(model.travel[2] + travel_count[0, 1], model.travel[3] + travel_count[0, 0])
    now.travel[0], now.travel[1] = (1 - yes) / (1 - no), yes / no
    return n_out


@numba.njit(cache=True, nogil=True)
def _infector(seen, model, now, sums, j):  # type: ignore[no-untyped-def]
    """The link by which j was infected, drawn, and the number of unobserved cases in it; -1 from outside."""
    draw = np.random.random() * sums.all[j] / now.number[RATE]
    chosen, kappa = -1, 0
    if draw >= sums.inside[j]:
        return chosen, kappa
    for e in range(seen.first_edge[j], seen.first_edge[j + 1]):
        i = seen.edge_from[e]
        anchor = now.onset[i] if model.from_onset else now.infected[i]
        value = link(
            seen, model, now, e, now.infected[j], anchor, now.infected[i], now.genome[i], now.genome[j], sums.part
        )
        if value <= 0.0:
            continue
        chosen = e
        if draw > value:
            draw -= value
            continue
        while kappa < KAPPAS - 1 and draw > sums.part[kappa]:
            draw -= sums.part[kappa]
            kappa += 1
        break
    return chosen, kappa


@numba.njit(cache=True, nogil=True)
def _kind(seen, now, e, t):  # type: ignore[no-untyped-def]
    """The kind of place of the meeting at which a transmission happened, drawn; the last: at none that was seen."""
    draw = np.random.random() * meeting(seen, now.ratio, e, t)
    for m in range(seen.meeting_low[e], seen.meeting_high[e]):
        if seen.meeting_step[m] == t:
            draw -= now.ratio[seen.meeting_kind[m]] * seen.meeting_cover[m]
            if draw <= 0:
                return seen.meeting_kind[m]
    return len(now.weights)


@numba.njit(cache=True, nogil=True)
def _meetings(seen, model, now, count):  # type: ignore[no-untyped-def]
    """What a meeting at each kind of place means."""
    n_kinds = len(model.kinds)
    unseen = np.random.beta(model.unseen[0] + count[n_kinds], model.unseen[1] + count[:n_kinds].sum())
    now.number[UNSEEN] = unseen
    total = 0.0
    for k in range(n_kinds):
        now.weights[k] = np.random.gamma(model.kinds[k] + count[k])
        total += now.weights[k]
    for k in range(n_kinds):
        now.ratio[k] = (1 - unseen) * now.weights[k] / total / seen.chance[k]
    now.ratio[n_kinds] = unseen / seen.chance[n_kinds]


@numba.njit(cache=True, nogil=True)
def _contacts(seen, model, now, count):  # type: ignore[no-untyped-def]
    """What it means to be named as a contact, by how long the two met."""
    for k in range(len(seen.pairs)):
        yes = np.random.beta(model.contact[0] + count[k, 1], model.contact[1] + count[k, 0])
        no = np.random.beta(
            model.contact[2] + max(0.0, seen.pairs[k, 1] - count[k, 1]),
            model.contact[3] + max(0.0, seen.pairs[k, 0] - count[k, 0]),
        )
        now.contact[k, 1], now.contact[k, 0] = yes / no, (1 - yes) / (1 - no)
