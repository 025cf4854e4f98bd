"""Scenarios (情景推演): runs a second of Hellewell's model, and whether they say what closed forms say.

The peer is the R package ringbp. Where `Rscript` and ringbp are here it is run in the same turns (never yet done: no machine of
ours has R 4.4 and a mirror of CRAN; a stand-in for `Rscript` proves the branch in the tests); else the stored figure stands in: 3.2 runs/s on two cores of the same kind of machine (R 4.2.2, ringbp sourced at commit e024efd, 200 runs of
R0 2.5, k 0.16, 20 initial cases, 60 % traced, 15 % before onset, 10 % without symptoms, cap 5,000 cases, 365 days).
"""

from __future__ import annotations

import math
import shutil
import statistics
import subprocess
import time
from typing import Any

from bench.timing import Say, result

HELP = "runs a second of a scenario, against ringbp"
NEEDS = "files"
RUNS, ROUNDS, STORED = 600, 3, 3.2
PEER_RUNS = 20
SCRIPT = """
suppressMessages(library(ringbp)); set.seed(1)
t <- system.time(r <- scenario_sim(n = {n}, initial_cases = 20,
  offspring = offspring_opts(community = \\(n) rnbinom(n, mu = 2.5, size = .16), isolated = \\(n) rnbinom(n, mu = 0, size = 1)),
  delays = delay_opts(incubation_period = \\(n) rweibull(n, 2.322737, 6.492272),
                      onset_to_isolation = \\(n) rweibull(n, 1.651524, 4.287786)),
  event_probs = event_prob_opts(asymptomatic = .1, presymptomatic_transmission = .15, symptomatic_traced = .6),
  interventions = intervention_opts(quarantine = FALSE), sim = sim_opts(cap_max_days = 365, cap_cases = 5000)))
cat({n} / t[[3]])
"""


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    from chainbreak.epi import branching, scenario

    of = scenario.preset("hellewell", r0=2.5, traced=0.6, asymptomatic=0.1)
    scenario.simulate(of, runs=4, seed=1)  # compiles
    ours, of_cpu, peers = [], [], []
    for turn in range(rounds or ROUNDS):
        began, busy = time.perf_counter(), time.process_time()
        found = scenario.simulate(of, runs=RUNS, seed=turn)
        ours.append(RUNS / (time.perf_counter() - began))
        of_cpu.append(RUNS / (time.process_time() - busy))
        say(
            f"{ours[-1]:.0f} runs/s, {of_cpu[-1]:.0f} a second of one core, {found.n_cases.sum() * ours[-1] / RUNS / 1e6:.2f} million cases/s"
        )
        if (peer := _ringbp()) is not None:
            peers.append(peer)
    lines = [
        result(
            "runs of Hellewell's model, 20 initial cases, cap 5,000, 365 days",
            ours,
            "runs/s",
            peer="ringbp, same run" if peers else "ringbp, stored figure (R or ringbp is not here)",
            peer_values=peers or [STORED],
            goal="at least 50 times ringbp",
            met=lambda _value, ratio: ratio is not None and ratio >= 50,
            runs_per_cpu_second=round(statistics.median(of_cpu), 1),
        )
    ]
    bare = {"initial_cases": 5, "asymptomatic": 1, "presymptomatic": 0.15, "incubation": 5, "days": 730}
    for r0, k in ((1.5, 0.16), (2.5, 0.16)):
        runs = 4000
        cut = scenario.build({**bare, "r0": r0, "k": k, "cap_cases": 1000})
        p = scenario.simulate(cut, runs=runs, seed=9).extinct.mean()
        exact = branching.extinction_probability(r0, k, 5)
        error = math.sqrt(exact * (1 - exact) / runs)
        lines.append(
            result(
                f"extinction with nothing done, R {r0}, k {k}, 5 cases, {runs} runs",
                [float(p)],
                "share",
                peer="closed form",
                peer_values=[exact],
                goal="within 3 standard errors",
                met=lambda value, _ratio, exact=exact, error=error: abs(value - exact) <= 3 * error,
            )
        )
    under = scenario.build({**bare, "r0": 0.7, "k": 0.5, "cap_cases": 1000})
    sizes = scenario.simulate(under, runs=10_000, seed=9).n_cases
    error = float(sizes.std()) / math.sqrt(len(sizes))
    exact = branching.mean_chain_size(0.7, 5)
    lines.append(
        result(
            "mean final size under the threshold, R 0.7, 5 cases, 10,000 runs",
            [float(sizes.mean())],
            "cases",
            peer="closed form",
            peer_values=[exact],
            goal="within 3 standard errors",
            met=lambda value, _ratio: abs(value - exact) <= 3 * error,
        )
    )
    return lines


def _ringbp() -> float | None:
    """Runs a second of ringbp; None where it is not here."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    done = subprocess.run(
        [rscript, "-e", SCRIPT.format(n=PEER_RUNS)], capture_output=True, text=True, check=False, timeout=600
    )
    return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else None
