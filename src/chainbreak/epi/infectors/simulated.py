"""Outbreaks made up, with the truth beside them (模拟疫情): to see whether probabilities are what they say.

The delays are drawn from the priors of an agent, the rest (contacts, meetings, sequencing) from the arguments, so that
calibration is judged on outbreaks nothing was fitted to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainbreak.epi.infectors.arrays import Floats, Whole
from chainbreak.epi.infectors.outbreak import Outbreak, Stays
from chainbreak.epi.infectors.prior import Prior, load

KINDS = ("home", "workplace", "restaurant")
HOURS = (10.0, 4.0, 1.0)  # of a meeting
SHARES = (0.35, 0.4, 0.25)  # of the transmissions


@dataclass(frozen=True)
class Truth:
    """An outbreak and who infected whom in it: `infector` is -1 for those from outside; `infected` in days."""

    outbreak: Outbreak
    infector: Whole
    infected: Floats


def outbreak(
    n_cases: int,
    seed: int,
    *,
    genomes: bool = True,
    contacts: bool = True,
    stays: bool = False,
    reproduction: float = 1.6,
    dispersion: float = 0.5,
    introductions: int = 2,
    with_onset: float = 0.65,
    sequenced: float = 0.9,
    named: float = 0.6,
    bases: int = 3000,
    prior: Prior | None = None,
) -> Truth:
    """A branching outbreak, its cases in the order of their samples.

    Args:
        dispersion: k of the negative binomial number of offspring.
        introductions: cases from outside, the first on day 0, the others within three weeks.
        with_onset, sequenced, named: share of cases with an onset, with a genome; of links named as contact.
    """
    prior = prior or load()
    rng = np.random.default_rng(seed)
    inc_mean, inc_sd, tr_mean, tr_sd = prior.centre[:4]
    shape = (inc_mean / inc_sd) ** 2
    begins = [0.0, *sorted(rng.uniform(1, 21, introductions - 1))]
    waiting: list[tuple[float, int]] = [(day, -1) for day in begins]
    infected: list[float] = []
    infector: list[int] = []
    onset: list[float] = []
    letters: list[np.ndarray] = []
    root = rng.integers(0, 4, bases)
    while len(infected) < n_cases:
        if not waiting:  # died out: one more from outside
            waiting.append((max(infected) + rng.uniform(0, 3), -1))
        waiting.sort()
        day, parent = waiting.pop(0)
        number = len(infected)
        infected.append(day)
        infector.append(parent)
        onset.append(day + rng.gamma(shape, inc_sd**2 / inc_mean))
        away = rng.poisson(10) if parent < 0 else rng.poisson(prior.mutations[1])
        genome = (root if parent < 0 else letters[parent]).copy()
        for place in rng.integers(0, bases, away):
            genome[place] = (genome[place] + rng.integers(1, 4)) % 4
        letters.append(genome)
        children = rng.poisson(rng.gamma(dispersion, reproduction / dispersion))
        for _ in range(children):
            for _attempt in range(50):
                when = onset[number] + rng.normal(tr_mean, tr_sd)
                lag = when - day
                if lag > 0 and rng.random() < _infects(prior, lag):
                    waiting.append((when, number))
                    break
    sample = np.array([o + rng.uniform(0.2, 4) for o in onset])
    known = rng.random(n_cases) < with_onset
    late = np.array([day + rng.uniform(3, 10) for day in infected])
    sample = np.where(known, sample, late)
    order = np.argsort(sample, kind="stable")
    place_of = np.empty(n_cases, np.int64)
    place_of[order] = np.arange(n_cases)
    parents = np.array([place_of[infector[i]] if infector[i] >= 0 else -1 for i in order])
    times = np.array(infected)[order]
    ids = [f"C{number:04d}" for number in range(n_cases)]
    day_of_onset = np.where(known, np.floor(np.array(onset)), np.nan)[order]
    texts = {
        ids[place_of[i]]: "".join("ACGT"[letter] for letter in letters[i])
        for i in range(n_cases)
        if rng.random() < sequenced
    }
    pairs = [(int(p), j) for j, p in enumerate(parents) if p >= 0 and rng.random() < named]
    chance = rng.integers(0, n_cases, (n_cases // 2, 2))
    pairs += [(int(a), int(b)) for a, b in chance if a != b]
    found = Outbreak(
        ids=ids,
        onset=day_of_onset,
        sample=sample[order],
        genomes=texts if genomes else {},
        contacts=np.array(sorted(set(pairs)), np.int64).reshape(-1, 2) if contacts else None,
        stays=_stays(rng, parents, times) if stays else None,
    )
    return Truth(found, parents, times)


def _infects(prior: Prior, lag: float) -> float:
    """Share of the infected who infect already, by a gamma latent period, roughly (Wilson and Hilferty)."""
    mean, sd = prior.latent
    k = (mean / sd) ** 2
    z = ((lag / mean) ** (1 / 3) - (1 - 1 / (9 * k))) * np.sqrt(9 * k)
    return float(1 / (1 + np.exp(-1.702 * z)))


def _stays(rng: np.random.Generator, parents: Whole, times: Floats) -> Stays:
    """Every link's meeting, the same pairs on other days, and meetings of pairs that mean nothing."""
    n = len(parents)
    rows: list[tuple[int, int, float, float]] = []
    kinds: list[int] = []

    def meet(a: int, b: int, kind: int, day: float) -> None:
        begins = day - rng.uniform(0, HOURS[kind] / 24)
        for case in (a, b):
            rows.append((case, len(kinds), begins, begins + HOURS[kind] / 24))
        kinds.append(kind)

    for j, parent in enumerate(parents):
        if parent >= 0 and rng.random() < 0.95:
            kind = int(rng.choice(len(KINDS), p=SHARES))
            meet(int(parent), j, kind, times[j])
            if kind < 2:
                for away in range(1, 8):
                    meet(int(parent), j, kind, times[j] + away)
                    meet(int(parent), j, kind, times[j] - away)
    for _ in range(2 * n):
        a, b = rng.integers(0, n, 2)
        if a != b:
            kind = int(rng.choice(len(KINDS), p=(0.1, 0.3, 0.6)))
            meet(int(a), int(b), kind, rng.uniform(times.min(), times.max()))
    table = np.array(rows)
    return Stays(
        case=table[:, 0].astype(np.int64),
        place=table[:, 1].astype(np.int64),
        arrived=table[:, 2],
        left=table[:, 3],
        kinds=KINDS,
        kind_of_place=np.array(kinds),
    )
