"""Who infected whom (谁传染了谁): several chains, their mean, the tree, and how far to trust it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainbreak.epi.infectors import prior as priors
from chainbreak.epi.infectors.arrays import Floats, Whole
from chainbreak.epi.infectors.chain import TRACES, run
from chainbreak.epi.infectors.evidence import Question, question
from chainbreak.epi.infectors.mixing import effective_size, r_hat
from chainbreak.epi.infectors.outbreak import Outbreak
from chainbreak.epi.infectors.prior import Prior
from chainbreak.epi.infectors.tree import best_tree

MOST, LEAST, CHAINS = 6000, 250, 2
WORK = 2.5e8  # iterations times pairs of cases that end within a minute
LARGE = 300  # cases above which the run with wider priors is left out
BURN = 0.25  # share of the iterations that are left out
WIDER = 1.5  # spread of the priors in the run that shows what they do
WATCHED = {
    "incubation_mean": 0,
    "incubation_sd": 1,
    "transmission_mean": 2,
    "transmission_sd": 3,
    "introductions": 6,
    "observed_share": 7,
    "mutations": 8,
    "unseen_share": 9,
    "reproduction": 11,
}


@dataclass(frozen=True)
class Answer:
    """Probabilities of the infectors, and what stands behind them.

    Args:
        probability: (cases, cases + 1), row the infectee, column the nearest ancestor in the line list, last column
            from outside; each row sums to 1.
        direct: (cases, cases) probability that the ancestor is the infector itself, with nobody in between.
        tree: (cases,) infector, -1 from outside.
        infected: (cases, 3) day of infection: 2.5 %, 50 %, 97.5 %.
        parameters: name -> (mean, 2.5 %, 97.5 %).
        by_chain: (chains, cases, cases + 1)
    """

    probability: Floats
    direct: Floats
    tree: Whole
    infected: Floats
    parameters: dict[str, tuple[float, float, float]]
    by_chain: Floats
    acceptance: Floats  # (4,) dates, onsets, delays, genomes
    r_hat: dict[str, float]
    effective: dict[str, float]
    sensitivity: float | None  # mean change of the tree's probabilities with wider priors
    question: Question


def infer(
    outbreak: Outbreak,
    *,
    prior: Prior | None = None,
    generation: Floats | None = None,
    iterations: int | None = None,
    chains: int = CHAINS,
    seed: int = 1,
    sensitivity: bool | None = None,
    progress: Callable[[float], None] | None = None,
) -> Answer:
    """The joint posterior of infection dates and infectors.

    Args:
        iterations: of each chain; None: `usual_iterations`.
        sensitivity: also run with wider priors; None: where that does not take long.
        generation: (lags,) probability of a generation time of 0, 1, 2 ... days; None: the agent's delays.
        progress: told the share done, now and then.

    Raises:
        ValueError: fewer than one case, chain or 100 iterations; a generation time that does not sum to 1.
    """
    iterations = usual_iterations(len(outbreak.ids)) if iterations is None else iterations
    sensitivity = len(outbreak.ids) <= LARGE if sensitivity is None else sensitivity
    if iterations < 100 or chains < 1 or not outbreak.ids:
        raise ValueError(f"wanted cases, chains and at least 100 iterations; got {iterations}, {chains}")
    prior = prior or priors.load()
    if generation is not None:
        if abs(float(generation.sum()) - 1) > 1e-6 or generation[0] > 0 or (generation < 0).any():
            raise ValueError(f"generation must start at 0 and sum to 1; got {generation[0]}, {generation.sum()}")
        prior = priors.of_generation_time(prior, generation)
    asked = question(outbreak, prior, generation)
    wider = question(outbreak, replace(prior, spread=prior.spread * WIDER), generation) if sensitivity else None
    jobs = [(asked, iterations, seed + number) for number in range(chains)]
    if wider is not None:
        jobs.append((wider, max(100, iterations // 2), seed))
    results = _walks(jobs, progress)
    n = len(outbreak.ids)
    by_chain = np.stack([_probability(asked, found, n) for found in results[:chains]])
    probability = by_chain.mean(axis=0)
    direct = np.zeros((n, n))
    for found in results[:chains]:
        direct[asked.seen.edge_to, asked.seen.edge_from] += found[1] / chains
    tree = best_tree(probability)
    change = None
    if wider is not None:
        other = _probability(wider, results[-1], n)
        rows = np.arange(n)
        column = np.where(tree < 0, n, tree)
        change = float(np.abs(other[rows, column] - probability[rows, column]).mean())
    traces = np.stack([found[3] for found in results[:chains]])
    posterior = np.stack([found[4] for found in results[:chains]])
    steps = np.concatenate([found[5] for found in results[:chains]])
    days = np.quantile(steps, (0.025, 0.5, 0.975), axis=0).T / asked.model.per_day + asked.origin
    watched = {name: traces[:, :, column] for name, column in WATCHED.items() if column < TRACES}
    watched["log_posterior"] = posterior
    watched = {name: draws for name, draws in watched.items() if (draws != draws[:, :1]).any()}  # fixed ones aside
    return Answer(
        probability=probability,
        direct=direct,
        tree=tree,
        infected=days,
        parameters={name: _said(draws) for name, draws in watched.items()},
        by_chain=by_chain,
        acceptance=np.mean([found[6] for found in results[:chains]], axis=0),
        r_hat={name: r_hat(draws) for name, draws in watched.items()},
        effective={name: effective_size(draws) for name, draws in watched.items()},
        sensitivity=change,
        question=asked,
    )


def usual_iterations(n_cases: int) -> int:
    """As many as end within about a minute on two cores: the work grows with the square of the cases.

    >>> usual_iterations(60), usual_iterations(1000)
    (6000, 250)
    """
    return int(min(MOST, max(LEAST, WORK / max(1, n_cases) ** 2)))


def _said(draws: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(draws.mean()), float(low), float(high)


def _probability(asked: Question, found: Any, n: int) -> Floats:
    table = np.zeros((n, n + 1))
    table[asked.seen.edge_to, asked.seen.edge_from] = found[0].mean(axis=0)
    table[:, n] = found[2]
    total: Floats = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
    return total


def _walks(jobs: list[tuple[Question, int, int]], progress: Callable[[float], None] | None) -> list[Any]:
    """All chains, two at a time; the machine code lets go of the interpreter."""
    done = [np.zeros(1, np.int64) for _ in jobs]
    total = sum(job[1] for job in jobs)
    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [
            pool.submit(run, asked.seen, asked.model, iterations, int(iterations * BURN), seed, mark)
            for (asked, iterations, seed), mark in zip(jobs, done, strict=True)
        ]
        stop = threading.Event()
        while progress is not None and not all(future.done() for future in futures):
            progress(sum(int(mark[0]) for mark in done) / total)
            stop.wait(0.5)
        return [future.result() for future in futures]
