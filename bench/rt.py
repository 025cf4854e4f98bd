"""R over time (有效再生数): a weekly R with its interval, against EpiEstim in the same run, and thousands of series at once.

The peer runs in one R process that is started once: its start is not counted. Where there is no Rscript with EpiEstim,
that line is skipped and says so.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from bench.timing import Say, result, seconds

HELP = "R by window against EpiEstim; 3,000 series of a year"
NEEDS = "files"
DAYS, SERIES, YEAR, ROUNDS, REPEATS, SEED = 365, 3_000, 365, 9, 5, 20220324
MEAN, SD = 2.6, 1.5
PEER = """
suppressWarnings(suppressMessages(library(EpiEstim)))
cat("ready\\n"); flush(stdout())
input <- file("stdin", "r")
incidence <- as.integer(strsplit(readLines(input, 1), ",")[[1]])
config <- suppressMessages(make_config(list(mean_si = %(mean)s, std_si = %(sd)s), incid = incidence))
repeat {
  line <- readLines(input, 1)
  if (length(line) == 0 || line == "stop") break
  times <- as.integer(line)
  took <- system.time(for (turn in seq_len(times)) found <- suppressMessages(suppressWarnings(
    estimate_R(incidence, method = "parametric_si", config = config))))[["elapsed"]] / times
  cat(took, paste(format(found$R[["Mean(R)"]], digits = 15), collapse = ","), "\\n"); flush(stdout())
}
"""


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    rounds = rounds or ROUNDS
    cases = np.random.default_rng(SEED).poisson(20, DAYS).astype(float)
    answers: list[np.ndarray] = []

    def ours() -> None:
        answers[:] = [_estimate(cases[None])]

    ours()
    peer = _Peer.start(cases)
    if peer is None:
        say("no Rscript with EpiEstim here: its line is skipped")
    ours_s, peer_s = [], []
    for _turn in range(rounds):
        ours_s.append(seconds(lambda: [ours() for _ in range(REPEATS)]) / REPEATS)
        if peer is not None:
            took, means = peer.once()
            peer_s.append(took)
            if np.nanmax(np.abs(means - answers[0])) > 1e-6:
                raise ValueError("the answers must be equal")
    if peer is not None:
        peer.stop()
    lines = [
        result(
            f"one series of {DAYS} days, weekly R with 7 quantiles",
            ours_s,
            "s",
            peer="EpiEstim, equal answers" if peer_s else "EpiEstim: not on this machine",
            peer_values=peer_s,
            goal="at most 1/100 of EpiEstim's time",
            met=(lambda _value, ratio: ratio is not None and ratio <= 0.01) if peer_s else None,
        )
    ]
    many = np.random.default_rng(SEED).poisson(20, (SERIES, YEAR)).astype(float)
    _estimate(many[:10])
    took = [seconds(lambda: _estimate(many)) for _turn in range(max(rounds // 2, 1))]
    lines.append(
        result(
            f"{SERIES} series of {YEAR} days, weekly R with 7 quantiles",
            took,
            "s",
            peer=f"EpiEstim, one series times {SERIES}" if peer_s else "EpiEstim: not on this machine",
            peer_values=[took * SERIES for took in peer_s],
            goal="at most 5 s",
            met=lambda value, _ratio: value <= 5,
        )
    )
    return lines


def _estimate(cases: np.ndarray) -> np.ndarray:
    """The whole work a user waits for: the serial interval by day, R and its quantiles by window."""
    from chainbreak.epi import rt, serial_interval

    days = cases.shape[-1]
    found = rt.estimate(cases, None, serial_interval.discretised(MEAN, SD, days), rt.sliding(days, 7))
    return found.mean[0]


class _Peer:
    """An R process that has EpiEstim loaded and answers one question at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    @classmethod
    def start(cls, cases: np.ndarray) -> _Peer | None:
        program = shutil.which("Rscript")
        if program is None:
            return None
        code = PEER % {"mean": MEAN, "sd": SD}
        process = subprocess.Popen(
            [str(Path(program)), "-e", code],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            process.kill()
            process.wait()
            return None
        peer = cls(process)
        peer._tell(",".join(str(int(one)) for one in cases))
        return peer

    def once(self) -> tuple[float, np.ndarray]:
        """Seconds of one estimate by R's own clock, over several for it counts in milliseconds; and the means."""
        self._tell(str(REPEATS))
        assert self.process.stdout is not None
        took, means = self.process.stdout.readline().split(None, 1)
        return float(took), np.array([np.nan if one.strip() == "NA" else float(one) for one in means.split(",")])

    def stop(self) -> None:
        self._tell("stop")
        self.process.communicate()

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
