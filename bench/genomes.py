"""Genomes (基因组): laid on a reference, and compared pair by pair, against what an analyst would write in Python.

The genomes are made here: a reference of 29,900 random bases, mutations along a random tree, missing stretches of N, a
deletion in every tenth. The peer lays each on the reference with edlib alone, and counts differing bases of each pair with
NumPy, one pair after another (the fastest plain way; letter by letter is some hundred times slower); both answers are equal.
"""

from __future__ import annotations

import random
import statistics
from typing import Any

import edlib
import numpy as np

from bench.timing import Say, interleaved, result, seconds

HELP = "500 genomes laid on a reference and compared; 5,000 compared"
NEEDS = "files"
LENGTH, GENOMES, MANY, PEER_ALIGNED, SEED, ROUNDS = 29_900, 500, 5_000, 25, 20220324, 3
WILD = [("N", base) for base in "ACGT"]


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    from chainbreak.epi.genomes import distance
    from chainbreak.epi.genomes.alignment import Reference, align

    reference, letters = _genomes(GENOMES)
    laid_on = Reference("reference", reference)
    _ = laid_on.words, laid_on.codes
    answers: dict[str, Any] = {}
    few = letters[:PEER_ALIGNED]

    def ours_align() -> None:
        answers["laid"] = [align(one, laid_on).codes for one in few]

    def peer_align() -> None:
        answers["peer"] = [
            edlib.align(one, reference, mode="HW", task="path", additionalEqualities=WILD)["editDistance"]
            for one in few
        ]

    say(f"{PEER_ALIGNED} genomes of {LENGTH} bases laid on a reference")
    values, peer_values = interleaved(ours_align, peer_align, rounds or ROUNDS)
    aligned = result(
        "one genome laid on the reference",
        [value / PEER_ALIGNED for value in values],
        "s",
        peer="edlib over the whole genome",
        peer_values=[value / PEER_ALIGNED for value in peer_values],
        goal="no slower than edlib",
        met=lambda _value, ratio: ratio is not None and ratio <= 1,
    )
    codes = np.stack([align(one, laid_on).codes for one in letters])

    def ours() -> None:
        answers["ours"] = distance.differences(codes), distance.compared(codes)

    def peer() -> None:
        answers["pairs"] = _pairwise(codes)

    say(f"{GENOMES} x {GENOMES} genomes")
    values, peer_values = interleaved(ours, peer, rounds or ROUNDS)
    if not (answers["ours"][0] == answers["pairs"]).all():
        raise ValueError("the distances must be equal to those counted pair by pair")
    compared = result(
        f"differing and compared bases of {GENOMES} x {GENOMES} genomes",
        values,
        "s",
        peer="NumPy, pair by pair, equal answers",
        peer_values=peer_values,
        goal="at most 3 s",
        met=lambda value, _ratio: value <= 3,
    )
    many = np.concatenate([_drift(codes, n) for n in range(MANY // GENOMES)])
    say(f"{MANY} x {MANY} genomes")
    times = [seconds(lambda: (distance.differences(many), distance.compared(many))) for _ in range(1)]
    large = result(
        f"differing and compared bases of {MANY} x {MANY} genomes",
        times,
        "s",
        peer="the peer's time for 500 x 500, times 100",
        peer_values=[100 * statistics.median(peer_values)],
        goal="possible in 4 GB",
    )
    return [aligned, compared, large]


def _pairwise(codes: np.ndarray) -> np.ndarray:
    n = len(codes)
    found = np.zeros((n, n), dtype=np.int32)
    for i in range(n):
        for j in range(i + 1, n):
            a, b = codes[i], codes[j]
            found[i, j] = found[j, i] = int(((a != b) & (a < 4) & (b < 4)).sum())
    return found


def _drift(codes: np.ndarray, seed: int) -> np.ndarray:
    """The same genomes with five further mutations each."""
    rng = np.random.default_rng(seed)
    changed = codes.copy()
    for row in changed:
        row[rng.integers(0, LENGTH, 5)] = rng.integers(0, 4, 5)
    return changed


def _genomes(n: int) -> tuple[str, list[str]]:
    rng = random.Random(SEED)
    reference = "".join(rng.choices("ACGT", k=LENGTH))
    found: list[list[str]] = []
    for _ in range(n):
        letters = list(rng.choice(found) if found else reference)
        for _ in range(rng.randint(0, 2)):
            letters[rng.randrange(LENGTH)] = rng.choice("ACGT")
        found.append(letters)
    out = []
    for number, letters in enumerate(found):
        own = list(letters)
        for _ in range(rng.randint(0, 5)):
            start = rng.randrange(LENGTH - 400)
            own[start : start + 300] = "N" * 300
        if number % 10 == 0:
            del own[15_000:15_009]
        out.append("".join(own))
    return reference, out
