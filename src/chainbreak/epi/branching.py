"""Branching processes in closed form (分支过程): extinction, containment, who causes how much, final size.

Each case infects a negative binomial number of others with mean R and dispersion k (small k: superspreading, 超级传播),
independently of everything else. These answers need no simulation; `scenario` simulates what they leave out.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats


def offspring_pgf(s: float, r: float, k: float) -> float:
    """The generating function of the offspring: (1 + R/k · (1 - s))^-k; k = ∞ is Poisson."""
    return math.exp(-r * (1 - s)) if math.isinf(k) else (1 + r / k * (1 - s)) ** -k


def extinction_probability(
    r: float,
    k: float,
    initial_cases: int = 1,
    *,
    individual_control: float = 0.0,
    population_control: float = 0.0,
    at_most: float = 1.0,
) -> float:
    """The probability that an outbreak from `initial_cases` cases dies out by itself.

        q = c + (1 - c) · g(q),  g of mean (1 - p) · R;  the answer is q^initial_cases, q the smallest root

    Args:
        individual_control: c, the share of cases that infect nobody because they are found in time.
        population_control: p, by how much everybody's R is lowered.
        at_most: no root above this is looked for. The R package superspreading looks up to 0.999 only, so that it
            answers 0.999^n where control makes extinction certain; 0.999 here reproduces that.

    Raises:
        ValueError: r below 0, k not above 0, shares outside 0 to 1, initial_cases below 0.

    Source: Lloyd-Smith et al., Nature 2005;438:355-359.

    >>> round(extinction_probability(1.5, 1.0), 6)
    0.666667
    """
    _check(r, k)
    if initial_cases < 0:
        raise ValueError(f"initial_cases must be from 0; got {initial_cases}")
    for name, share in (("individual_control", individual_control), ("population_control", population_control)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} must be from 0 to 1; got {share}")
    mean = (1 - population_control) * r
    one = 1.0
    if mean * (1 - individual_control) > 1:

        def gap(q: float) -> float:
            return individual_control + (1 - individual_control) * offspring_pgf(q, mean, k) - q

        # the slope of `gap` at 1 is above 0, so that it is below 0 just under 1 and has one root on the way from 0
        under = 1 - 1e-3
        while gap(under) >= 0 and under < 1 - 1e-15:
            under = 1 - (1 - under) / 4
        one = float(optimize.brentq(gap, 0.0, under, xtol=1e-15)) if gap(under) < 0 else 1.0
    return float(min(one, at_most) ** initial_cases)


def containment_probability(
    r: float, k: float, initial_cases: int = 1, *, individual: float, population: float
) -> float:
    """The probability that control contains the outbreak: that it dies out (see `extinction_probability`)."""
    return extinction_probability(r, k, initial_cases, individual_control=individual, population_control=population)


def share_of_cases(r: float, k: float, transmission: float = 0.8) -> float:
    """The smallest share of cases that causes this share of all transmission (0.8: 占 80 % 传播的病例比例).

    Cases in order of their offspring x; transmission falls on x with weight x, which is NB(k+1) shifted by one.

    Source: Endo et al., Wellcome Open Research 2020;5:67, doi 10.12688/wellcomeopenres.15842.3.

    >>> round(share_of_cases(1.5, 0.16), 4)
    0.1286
    """
    _check(r, k)
    if not 0 <= transmission <= 1:
        raise ValueError(f"transmission must be from 0 to 1; got {transmission}")
    if r == 0 or transmission == 0:
        return 0.0
    of_cases, of_infections = _laws(r, k)
    last = int(of_infections.ppf(1 - transmission))  # offspring less one of the last case that is needed
    left = (1 - transmission - of_infections.cdf(last - 1)) / of_infections.pmf(last)
    return float(of_cases.sf(last) - of_cases.pmf(last + 1) * left)


def share_of_transmission(r: float, k: float, cases: float = 0.2, *, counted: bool = False) -> float:
    """The share of all transmission that the most infectious `cases` cause (0.2: 前 20 % 病例造成的传播比例).

    Args:
        counted: of infections as they fall out, instead of what was to be expected of everybody (his own mean, gamma
            with shape k, whatever r is); more, since chance adds to the spread.

    Source: Lloyd-Smith et al., Nature 2005;438:355-359 (expected); Endo et al. 2020 (counted).
    """
    _check(r, k)
    if not 0 <= cases <= 1:
        raise ValueError(f"cases must be from 0 to 1; got {cases}")
    if not counted:
        if math.isinf(k):
            return cases
        return float(special.gammaincc(k + 1, special.gammainccinv(k, cases)))
    if r == 0 or cases == 0:
        return 0.0
    of_cases, of_infections = _laws(r, k)
    last = int(of_cases.isf(cases))  # offspring of the last case that counts, in part
    if last == 0:
        return 1.0
    part = (cases - of_cases.sf(last)) / of_cases.pmf(last)
    return float(of_infections.sf(last - 1) + part * of_infections.pmf(last - 1))


def dispersion_of_share(r: float, share: float, transmission: float = 0.8) -> float:
    """The k at which this share of cases causes this share of transmission; the inverse of `share_of_cases`.

    Raises:
        ValueError: no k gives that share at this r.
    """

    def gap(log_k: float) -> float:
        return share_of_cases(r, math.exp(log_k), transmission) - share

    low, high = math.log(1e-3), math.log(1e3)
    if gap(low) > 0 or gap(high) < 0:
        raise ValueError(f"no dispersion makes {share} of the cases cause {transmission} at R {r}")
    return float(math.exp(optimize.brentq(gap, low, high, xtol=1e-12)))


def chain_size_probability(sizes: NDArray[np.int64], r: float, k: float, initial_cases: int = 1) -> NDArray[np.float64]:
    """The probability that a chain from `initial_cases` ends with exactly so many cases (they included).

        P(j) = n/j · C(kj + j - n - 1, j - n) · (R/k)^(j-n) · (1 + R/k)^-(kj + j - n)

    Sums to the probability of extinction. Source: Blumberg & Lloyd-Smith, PLoS Computational Biology 2013;9:e1002993.
    """
    _check(r, k)
    j, n = np.asarray(sizes, dtype=float), float(initial_cases)
    with np.errstate(divide="ignore", invalid="ignore"):
        if math.isinf(k):  # Borel-Tanner
            log_p = np.log(n / j) + (j - n) * np.log(r * j) - r * j - special.gammaln(j - n + 1)
        else:
            log_p = (
                np.log(n / j)
                + special.gammaln(k * j + j - n)
                - special.gammaln(k * j)
                - special.gammaln(j - n + 1)
                + special.xlogy(j - n, r / k)
                - (k * j + j - n) * math.log1p(r / k)
            )
    return np.where(j >= n, np.exp(log_p), 0.0)


def mean_chain_size(r: float, initial_cases: int = 1) -> float:
    """The average number of cases of an outbreak below the threshold: n / (1 - R); infinite from R = 1 on."""
    return initial_cases / (1 - r) if r < 1 else math.inf


def final_size(r: float, infected_before: float = 0.0) -> float:
    """The share of a well-mixed population that a great outbreak infects in the end (最终规模).

        z = (1 - v) · (1 - exp(-R z)),  v the share that was immune before

    Source: Kermack & McKendrick, Proceedings of the Royal Society A 1927;115:700-721.

    >>> round(final_size(2.0), 4)
    0.7968
    """
    if r < 0 or not 0 <= infected_before <= 1:
        raise ValueError(f"wants r from 0 and a share before; got {r}, {infected_before}")
    susceptible = 1 - infected_before
    if r * susceptible <= 1:
        return 0.0
    return float(susceptible + special.lambertw(-susceptible * r * math.exp(-r * susceptible)).real / r)


def _check(r: float, k: float) -> None:
    if not 0 <= r < math.inf:
        raise ValueError(f"r must be from 0 and finite; got {r}")
    if not k > 0:
        raise ValueError(f"k must be above 0; got {k}")


def _laws(r: float, k: float) -> tuple[stats.rv_frozen, stats.rv_frozen]:
    """The offspring of a case, and the offspring less one of a case weighted with its offspring."""
    if math.isinf(k):
        return stats.poisson(r), stats.poisson(r)
    return stats.nbinom(k, k / (k + r)), stats.nbinom(k + 1, k / (k + r))
