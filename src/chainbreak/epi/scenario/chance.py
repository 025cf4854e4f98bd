"""Chance, drawn for each infected person from a stream of his own (随机数): the same person draws the same in every run.

The stream of a person is named by a key made of his infector's key and his number among the infector's offspring.
So two scenarios with one seed meet the same would-be outbreak, whatever is done against it: their difference is the
effect of what differs, not of chance; and the answer does not depend on the number of processors.

The generator is SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, doi 10.1145/2660193.2660195).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
S30, S27, S31, S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
UNIT = 1.0 / (1 << 53)
FIXED, GAMMA, LOGNORMAL, WEIBULL, NORMAL, VALUES = range(6)  # as parameters.distribution.KINDS
TRIES = 1000


@njit(cache=True, nogil=True)
def mixed(z):  # type: ignore[no-untyped-def]
    """64 bits well mixed; a bijection."""
    z = (z ^ (z >> S30)) * FIRST
    z = (z ^ (z >> S27)) * SECOND
    return z ^ (z >> S31)


@njit(cache=True, nogil=True)
def key_of(parent, number):  # type: ignore[no-untyped-def]
    """The key of a person's `number`-th offspring, or of a separate stream of his."""
    return mixed(parent + GOLDEN * np.uint64(2 * number + 1)) ^ mixed(parent ^ SECOND)


@njit(cache=True, nogil=True)
def uniform(stream):  # type: ignore[no-untyped-def]
    """From 0 up to but not 1; `stream` is an array of one number, moved on."""
    stream[0] += GOLDEN
    return float(mixed(stream[0]) >> S11) * UNIT


@njit(cache=True, nogil=True)
def normal(stream):  # type: ignore[no-untyped-def]
    """Standard normal (Box-Muller)."""
    return math.sqrt(-2.0 * math.log(1.0 - uniform(stream))) * math.cos(2.0 * math.pi * uniform(stream))


@njit(cache=True, nogil=True)
def gamma(stream, shape):  # type: ignore[no-untyped-def]
    """Gamma of scale 1 (Marsaglia & Tsang, ACM TOMS 2000;26:363-372)."""
    boost = 1.0
    if shape < 1.0:
        boost = (1.0 - uniform(stream)) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(stream)
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if math.log(1.0 - uniform(stream)) < 0.5 * x * x + d - d * v + d * math.log(v):
                return boost * d * v


@njit(cache=True, nogil=True)
def poisson(stream, mean):  # type: ignore[no-untyped-def]
    """Poisson, by products of uniforms; great means in parts."""
    found = 0
    while mean > 0.0:
        part = min(mean, 30.0)
        mean -= part
        floor, product = math.exp(-part), 1.0 - uniform(stream)
        while product > floor:
            found += 1
            product *= 1.0 - uniform(stream)
    return found


@njit(cache=True, nogil=True)
def negative_binomial(stream, mean, k):  # type: ignore[no-untyped-def]
    """Counts of this mean with dispersion k; Poisson where k is infinite."""
    if mean <= 0.0:
        return 0
    return poisson(stream, mean if math.isinf(k) else gamma(stream, k) * mean / k)


@njit(cache=True, nogil=True)
def delay(stream, kind, a, b, seen):  # type: ignore[no-untyped-def]
    """Days of a delay, not below 0; `seen` holds the values of kind VALUES from place a, b of them."""
    if kind == GAMMA:
        return gamma(stream, a) * b
    if kind == LOGNORMAL:
        return math.exp(a + b * normal(stream))
    if kind == WEIBULL:
        return b * (-math.log(1.0 - uniform(stream))) ** (1.0 / a)
    if kind == NORMAL:
        return max(0.0, a + b * normal(stream))
    if kind == VALUES:
        return seen[int(a) + int(uniform(stream) * b)]
    return a


@njit(cache=True, nogil=True)
def generation_time(stream, incubation, skew, rest, width, latent):  # type: ignore[no-untyped-def]
    """Days from infection to infecting: skew normal round the own onset, from the end of the latent period on.

    Hellewell et al. 2020: location the incubation period, scale `width`; `skew` δ = sin(π(½ - share before onset)) and
    `rest` = sqrt(1 - δ²) put that share before the onset. Drawn again until it is late enough.
    """
    for _ in range(TRIES):
        found = incubation + width * (skew * abs(normal(stream)) + rest * normal(stream))
        if found >= latent:
            return found
    return latent
