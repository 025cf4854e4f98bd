"""The facts of an outbreak, laid out for the chain (证据整理): possible links, with what speaks for and against each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from chainbreak.epi.infectors.arrays import Floats, Whole
from chainbreak.epi.infectors.density import gamma_steps
from chainbreak.epi.infectors.distance import distances
from chainbreak.epi.infectors.meeting import covered, meetings_of
from chainbreak.epi.infectors.outbreak import Outbreak
from chainbreak.epi.infectors.prior import Prior
from chainbreak.epi.infectors.state import KAPPAS, Evidence, Model

LONG_HOURS = 4.0  # together in all: contacts are named more often than after a short meeting
FAR = 45.0  # log of a probability at which a link is out of the question
NEVER = np.iinfo(np.int64).max // 4


@dataclass
class Question:
    """Facts, model, and what a report needs of them."""

    seen: Evidence
    model: Model
    origin: float  # day of step 0
    snps: Whole = field(default_factory=lambda: np.zeros((0, 0), np.int64))  # (cases, cases)
    minutes: dict[tuple[int, int], float] = field(default_factory=dict)  # together, by pair of cases


def steps_per_day(outbreak: Outbreak, given: bool) -> int:
    """Hours where stays are known, half days for dates alone, days where the generation time is given in days."""
    if outbreak.stays is not None:
        return 24 if len(outbreak.ids) <= 300 else 12
    return 1 if given else 2


def question(outbreak: Outbreak, prior: Prior, generation: Floats | None) -> Question:
    """Lay out the facts.

    Args:
        generation: (lags,) probability of a generation time of 0, 1, 2 ... days; None: by agent, from the onset.
    """
    per_day = steps_per_day(outbreak, generation is not None)
    n = len(outbreak.ids)
    longest_days = float(np.ceil(max(prior.centre[0] + 5 * prior.centre[1], prior.centre[4] + 4 * prior.centre[5])))
    longest = int(longest_days * per_day)
    model = _model(prior, per_day, longest, generation)
    days = np.concatenate([outbreak.onset, outbreak.sample])
    origin = float(np.floor(np.nanmin(days)) - 2 * longest_days - 2)
    has_onset = ~np.isnan(outbreak.onset)
    has_sample = ~np.isnan(outbreak.sample)
    low = np.where(has_onset, (np.nan_to_num(outbreak.onset) - origin) * per_day, -1).astype(np.int64)
    high = np.where(has_onset, low + per_day - 1, -1)
    sample = np.where(has_sample, np.ceil((np.nan_to_num(outbreak.sample) - origin) * per_day), NEVER).astype(np.int64)
    sample = np.maximum(sample, 1)
    conflict = has_onset & (sample < low - longest + 2)
    sample = np.where(conflict, NEVER, sample)  # a sample before any possible infection tells nothing
    isolated = np.full(n, NEVER)
    if outbreak.isolated is not None:
        known = ~np.isnan(outbreak.isolated)
        isolated[known] = np.ceil((outbreak.isolated[known] - origin) * per_day).astype(np.int64)
    one, other = _links(model, low, high, sample, has_onset, longest)
    genome = distances(outbreak)
    donor = np.full(n, -1)
    donor[genome.has] = genome.has
    weight = np.zeros(n)
    if len(genome.has):
        among = genome.snps[np.ix_(genome.has, genome.has)]
        weight[genome.has] = 1.0 / (among == 0).sum(axis=1)
        step = -np.log(prior.mutations[1] / genome.bases)
        nearest = np.zeros(n)
        nearest[genome.has] = (among + np.eye(len(among), dtype=np.int64) * 10**6).min(axis=1)
        both = (donor[one] >= 0) & (donor[other] >= 0)
        stay = ~both | ((genome.snps[one, other] - nearest[other]) * step < FAR)
        one, other = one[stay], other[stay]
    order = np.lexsort((one, other))
    one, other = one[order], other[order]
    by_child = np.argsort(one, kind="stable")
    laid = _stays(outbreak, one, other, origin, per_day, n)
    named, stratum, pairs = _contacts(outbreak, one, other, laid["minutes"], laid["have"])
    span = float(max(np.nanmax(days) - np.nanmin(days) + longest_days / 2, 1) * per_day)
    seen = Evidence(
        onset_low=low,
        onset_high=high,
        sample=sample,
        has_onset=has_onset,
        has_sample=has_sample,
        travelled=np.full(n, -1) if outbreak.travelled is None else outbreak.travelled.astype(np.int64),
        edge_from=one,
        edge_to=other,
        first_edge=np.searchsorted(other, np.arange(n + 1)),
        child_edges=by_child,
        first_child=np.searchsorted(one[by_child], np.arange(n + 1)),
        snps=genome.snps,
        masked=genome.masked,
        bases=genome.bases,
        genome=donor,
        donors=genome.has,
        donor_weight=weight,
        stray=int(np.median(genome.snps[np.ix_(genome.has, genome.has)])) if len(genome.has) else 0,
        stratum=stratum,
        named=named,
        pairs=pairs,
        meeting_low=laid["low"],
        meeting_high=laid["high"],
        meeting_step=laid["step"],
        meeting_kind=laid["kind"],
        meeting_cover=laid["cover"],
        seen=laid["seen"],
        stays_from=laid["from"],
        stays_until=laid["until"],
        chance=laid["chance"],
        first_jump=laid["first_jump"],
        jump_step=laid["jump_step"],
        isolated=isolated,
        span=span,
    )
    n_kinds = len(seen.chance) - 1
    in_all = float(prior.evidence["kinds_weight"]["value"])
    shares = np.sqrt(seen.chance[:n_kinds] + 1e-12)
    model = model._replace(
        kinds=in_all * shares / shares.sum() if n_kinds else np.zeros(0),
        mutation=np.array([prior.mutations[0], prior.mutations[0] / prior.mutations[1] * max(genome.bases, 1.0)]),
    )
    return Question(seen, model, origin, genome.snps, laid["minutes"])


def _model(prior: Prior, per_day: int, longest: int, generation: Floats | None) -> Model:
    if generation is None:
        first = -min(longest, int((5 * prior.centre[3] + 3 - min(prior.centre[2], 0)) * per_day))
        generation_mean = prior.centre[0] + prior.centre[2]
        width = -first + int((KAPPAS * generation_mean + 5 * prior.centre[3] + prior.centre[1]) * per_day)
        given = np.zeros((KAPPAS, width))
    else:
        first = 0
        lags = np.arange((len(generation) + 1) * per_day)
        density = np.interp(lags / per_day, np.arange(len(generation) + 1), np.append(generation, 0.0))
        density[0] = 0.0
        density /= density.sum()
        width = KAPPAS * len(lags)
        given = np.zeros((KAPPAS, width))
        total = density
        for kappa in range(KAPPAS):
            given[kappa, : len(total)] = total[:width]
            total = np.convolve(total, density)
    evidence = prior.evidence
    positive = np.zeros(0)
    latent = np.zeros(0)
    if generation is None:
        mean, sd = prior.latent
        latent = np.cumsum(gamma_steps(mean, sd, longest, per_day))
    if generation is None and len(prior.positive):
        positive = np.interp(np.arange(2 * longest) / per_day, prior.positive[:, 0], prior.positive[:, 1])
    return Model(
        per_day=per_day,
        longest=longest,
        first=first,
        width=width,
        from_onset=generation is None,
        given=given,
        positive=positive,
        latent=latent,
        centre=prior.centre,
        spread=prior.spread,
        observed=np.array(prior.beta("observed_share")),
        contact=np.array([*prior.beta("contact_named"), *prior.beta("contact_chance")]),
        unseen=np.array(prior.beta("unseen_share")),
        kinds=np.zeros(0),
        mutation=np.ones(2),
        outside=float(evidence["outside_generations"]["value"]),
        introductions=np.array([float(evidence["introductions"][name]) for name in ("shape", "weight")]),
        travel=np.array([*prior.beta("travel_named"), *prior.beta("travel_chance")]),
        leak=float(evidence["after_isolation"]["value"]),
    )


def _links(
    model: Model, low: Whole, high: Whole, sample: Whole, has_onset: np.ndarray, longest: int
) -> tuple[Whole, Whole]:
    """Pairs whose dates allow a transmission, one of the two infectors unobserved or not."""
    latest = np.where(has_onset, np.minimum(high, sample - 1), sample - 1)
    earliest = np.where(has_onset, low - longest + 1, latest - 2 * longest)
    if model.from_onset:
        anchor_low = np.where(has_onset, low, earliest)
        anchor_high = np.where(has_onset, high, latest + longest)
    else:
        anchor_low, anchor_high = earliest, latest
    possible = (latest[None, :] >= anchor_low[:, None] + model.first) & (
        earliest[None, :] <= anchor_high[:, None] + model.first + model.width
    )
    possible &= latest[None, :] > earliest[:, None]
    np.fill_diagonal(possible, False)
    one, other = np.nonzero(possible)
    return one.astype(np.int64), other.astype(np.int64)


def _stays(outbreak: Outbreak, one: Whole, other: Whole, origin: float, per_day: int, n: int) -> dict:  # type: ignore[type-arg]
    empty = np.zeros(0, np.int64)
    edges = np.zeros(len(one), np.int64)
    stays = outbreak.stays
    if stays is None or not len(stays.case):
        return {
            "low": edges,
            "high": edges,
            "step": empty,
            "kind": empty,
            "cover": np.zeros(0),
            "seen": np.zeros(len(one), bool),
            "from": 0,
            "until": 0,
            "chance": np.ones(1),
            "first_jump": np.zeros(n + 1, np.int64),
            "jump_step": empty,
            "minutes": {},
            "have": np.zeros(n, bool),
        }
    have = np.zeros(n, bool)
    have[stays.case] = True
    found = meetings_of(stays)
    cover = covered(found, stays, n, origin, per_day)
    key = np.minimum(one, other) * n + np.maximum(one, other)
    begins = int(np.floor((stays.arrived.min() - origin) * per_day))
    until = int(np.ceil((stays.left.max() - origin) * per_day))
    n_have = int(have.sum())
    pair_time = max(n_have * (n_have - 1) / 2 * (until - begins), 1.0)
    met = np.bincount(cover.kind, weights=cover.cover, minlength=len(stays.kinds)) / pair_time
    met = np.maximum(met, 0.5 / pair_time)
    jumps = np.concatenate(
        [np.stack([cover.pair // n, cover.step], axis=1), np.stack([cover.pair % n, cover.step], axis=1)]
    )
    jumps = np.unique(jumps, axis=0)
    together = np.bincount(
        np.searchsorted(pairs := np.unique(cover.pair), cover.pair), weights=cover.cover, minlength=len(pairs)
    )
    return {
        "low": np.searchsorted(cover.pair, key, side="left"),
        "high": np.searchsorted(cover.pair, key, side="right"),
        "step": cover.step,
        "kind": cover.kind,
        "cover": cover.cover,
        "seen": have[one] & have[other],
        "from": begins,
        "until": until,
        "chance": np.append(met, max(1.0 - met.sum(), 0.05)),
        "first_jump": np.searchsorted(jumps[:, 0], np.arange(n + 1)),
        "jump_step": np.ascontiguousarray(jumps[:, 1]),
        "minutes": {
            (int(pair // n), int(pair % n)): float(value) * 1440 / per_day
            for pair, value in zip(pairs, together, strict=True)
        },
        "have": have,
    }


def _contacts(
    outbreak: Outbreak, one: Whole, other: Whole, minutes: dict[tuple[int, int], float], have: np.ndarray
) -> tuple[Whole, Whole, Whole]:
    """Which links were named as contacts, and how often that is among pairs of cases that met long, short, never."""
    n = len(outbreak.ids)
    if outbreak.contacts is None:
        return np.zeros(len(one), np.int64), np.full(len(one), -1), np.zeros((0, 2), np.int64)
    table = np.zeros((n, n), np.int64)
    pairs = outbreak.contacts
    table[pairs[:, 0], pairs[:, 1]] = 1
    if not outbreak.directed:
        table |= table.T
    strata = np.zeros((n, n), np.int64)
    for (a, b), value in minutes.items():
        strata[a, b] = strata[b, a] = 2 if value >= LONG_HOURS * 60 else 1
    strata += np.where(have[:, None] & have[None, :], 0, 0)
    counts = np.zeros((3 if minutes else 1, 2), np.int64)
    aside = ~np.eye(n, dtype=bool) if outbreak.directed else np.triu(np.ones((n, n), bool), 1)
    for stratum in range(len(counts)):
        chosen = table[aside & (strata == stratum)]
        counts[stratum] = (len(chosen) - chosen.sum(), chosen.sum())
    return table[one, other], strata[one, other], counts
