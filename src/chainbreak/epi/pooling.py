"""Pooled testing in two stages (混采、混检): tubes, retests, what is missed, and the best number of swabs in a tube.

Everybody's swab goes into a tube with others; every member of a tube that does not come out negative is tested alone.

Source: Dorfman, Annals of Mathematical Statistics 1943;14(4):436-440; the loss by dilution: Hwang, Biometrika
1976;63(3):671-673. Tests of one person are taken as independent, and the infected as spread at random over the tubes:
households in one tube make fewer tubes positive, and several days' tests of one person are more alike than here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Assay:
    """How good one test is, and what it loses in a pool.

    Args:
        sensitivity: probability that an infected person's test is positive, alone in the tube.
        specificity: probability that the test of a tube without an infected person is negative.
        dilution: Hwang's exponent: 0 nothing is lost in a pool (swabs put into one tube at sampling), 1 a pool finds
            no more than one member's test would (samples diluted without limit).

    Raises:
        ValueError: outside 0 to 1, or a test no better than a coin (sensitivity + specificity up to 1).
    """

    sensitivity: float = 1.0
    specificity: float = 1.0
    dilution: float = 0.0

    def __post_init__(self) -> None:
        for name in ("sensitivity", "specificity", "dilution"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be from 0 to 1; got {getattr(self, name)!r}")
        if self.sensitivity + self.specificity <= 1:
            raise ValueError(
                "sensitivity and specificity must sum to more than 1, else the test tells nothing; "
                f"got {self.sensitivity!r} and {self.specificity!r}"
            )


@dataclass(frozen=True)
class Round:
    """What a round of pooled testing is expected to need and to find."""

    people: int
    pool_size: int
    tubes: int  # of the first stage
    positive_tubes: float
    retests: float  # single tests of the second stage
    tests: float  # both stages
    tests_per_person: float
    infected: float
    found: float  # infected people positive in both stages
    missed: float
    false_positives: float  # people not infected who are positive in both stages


PERFECT = Assay()


def p_positive_pool(prevalence: float, pool_size: int | np.ndarray, test: Assay = PERFECT) -> float | np.ndarray:
    """The probability that a tube of `pool_size` swabs comes out positive.

        Se(n) · (1 − (1−p)^n) + (1 − Sp) · (1−p)^n,   Se(n) = Se · p / (1 − (1−p)^(n^δ))

    >>> round(float(p_positive_pool(0.01, 11)), 6)
    0.104662
    """
    none = _p_none(prevalence, pool_size)
    found = pool_sensitivity(prevalence, pool_size, test)
    return found * (1 - none) + (1 - test.specificity) * none


def pool_sensitivity(prevalence: float, pool_size: int | np.ndarray, test: Assay = PERFECT) -> float | np.ndarray:
    """The probability that a tube with at least one infected swab comes out positive (Hwang 1976).

        Se(n) = Se · p / (1 − (1−p)^(n^δ));   δ = 0 gives Se

    >>> float(pool_sensitivity(0.01, 10, Assay(sensitivity=0.95)))
    0.95
    """
    size = np.asarray(pool_size, dtype=float)
    if test.dilution == 0:
        return np.full(size.shape, test.sensitivity) if size.ndim else test.sensitivity
    if prevalence == 0:
        return test.sensitivity / size**test.dilution  # the limit for p to 0
    return test.sensitivity * prevalence / (1 - _p_none(prevalence, size**test.dilution))


def n_tests_per_person(prevalence: float, pool_size: int | np.ndarray, test: Assay = PERFECT) -> float | np.ndarray:
    """Tests of both stages for each person: 1/n + P(tube positive). A single tube (n = 1) that is positive is tested again.

    >>> round(float(n_tests_per_person(0.01, 11)), 6)
    0.195571
    """
    _check(prevalence, pool_size)
    return 1 / np.asarray(pool_size, dtype=float) + p_positive_pool(prevalence, pool_size, test)


def best_pool_size(prevalence: float, test: Assay = PERFECT, *, largest: int = 100_000) -> int:
    """The number of swabs in a tube with the fewest tests for each person; 1 where pooling saves nothing.

    The least of 1/n + P(tube positive) lies below 2/√(p·(Se+Sp−1)); a further fall at very large n, where a pool misses
    the infected, is no saving and is not looked at. At prevalence 0 the largest is best.

    >>> [best_pool_size(p) for p in (0.01, 0.05, 0.1, 0.2, 0.35)]
    [11, 5, 4, 3, 1]
    """
    _check(prevalence, largest)
    if prevalence == 0:
        return int(largest)
    useful = test.sensitivity + test.specificity - 1
    bound = largest if test.dilution else math.ceil(2 / math.sqrt(prevalence * useful)) + 2
    sizes = np.arange(2, max(2, min(largest, bound)) + 1)
    if largest < 2:
        return 1
    cost = np.asarray(n_tests_per_person(prevalence, sizes, test))
    if test.dilution:  # the first valley, not the far end where nothing is found any more
        rising = np.flatnonzero(np.diff(cost) > 0)
        cost = cost[: rising[0] + 1] if rising.size else cost
    best = int(np.argmin(cost))
    return int(sizes[best]) if cost[best] < 1 else 1


def expected_round(people: int, prevalence: float, pool_size: int, test: Assay = PERFECT) -> Round:
    """What a round over `people` is expected to need and to find.

    A last tube that is not full counts as a full one for the tubes expected positive, which is at most one tube's worth.

    Raises:
        ValueError: nobody to test, a pool under 1, a prevalence outside 0 to 1.
    """
    _check(prevalence, pool_size)
    if people < 1:
        raise ValueError(f"people must be at least 1; got {people!r}")
    tubes = math.ceil(people / pool_size)
    positive = float(p_positive_pool(prevalence, pool_size, test))
    infected = people * prevalence
    found = infected * float(pool_sensitivity(prevalence, pool_size, test)) * test.sensitivity
    others = 1 - float(_p_none(prevalence, pool_size - 1)) if pool_size > 1 else 0.0
    of_free = others * float(pool_sensitivity(prevalence, pool_size, test)) + (1 - others) * (1 - test.specificity)
    return Round(
        people=people,
        pool_size=pool_size,
        tubes=tubes,
        positive_tubes=tubes * positive,
        retests=people * positive,
        tests=tubes + people * positive,
        tests_per_person=float(n_tests_per_person(prevalence, pool_size, test)),
        infected=infected,
        found=found,
        missed=infected - found,
        false_positives=(people - infected) * of_free * (1 - test.specificity),
    )


def _p_none(prevalence: float, size: float | np.ndarray) -> float | np.ndarray:
    """(1−p)^n, exact for small p too."""
    if prevalence >= 1:
        return np.where(np.asarray(size, dtype=float) == 0, 1.0, 0.0)
    return np.exp(np.asarray(size, dtype=float) * math.log1p(-prevalence))


def _check(prevalence: float, pool_size: int | np.ndarray) -> None:
    if not 0 <= prevalence <= 1:
        raise ValueError(f"prevalence must be from 0 to 1; got {prevalence!r}")
    if np.any(np.asarray(pool_size) < 1):
        raise ValueError(f"pool_size must be at least 1; got {pool_size!r}")
