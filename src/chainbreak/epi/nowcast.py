"""Nowcast (实时补报估计): how many fell ill on each recent day, those not yet reported included.

Source: Lawless, Canadian Journal of Statistics 1994;22(1):15-31 (reverse-time hazards of right-truncated delays);
Höhle & an der Heiden, Biometrics 2014;70(4):993-1002 (its use in an outbreak).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from chainbreak.epi.rt import Floats, Whole

N_DRAWS = 2_000
FEW = 10  # delays of a length that can have been seen: below this its share rests on the prior


@dataclass(frozen=True)
class Nowcast:
    """For each day, shape (days,): reported so far, expected in all, its 95 % interval, and the share reported by now.

    draws: shape (n, days), counts in all that may be true. reported_by: shape (delays,), the share of cases reported
    within 0, 1, 2 … days.
    """

    reported: Whole
    expected: Floats
    low: Floats
    high: Floats
    share: Floats
    reported_by: Floats
    draws: Floats = field(repr=False)


def nowcast(
    event_day: npt.ArrayLike, delay: npt.ArrayLike, last_day: int, *, longest: int | None = None, seed: int = 1
) -> Nowcast:
    """Cases in all by day of the event (onset, say), out of the events and delays reported so far.

        g(d) = n(d) / N(d)      n(d): delays of d days; N(d): delays up to d days of events at least d days old
        F(d) = Π_{s > d} (1 − g(s)),     expected(t) = n(t) / F(last_day − t)

    Intervals: g(d) drawn from Beta(n + ½, N − n + ½), and the unseen of day t from the negative binomial that n(t) seen
    at a chance F leave (its number of successes n + ½).

    Args:
        event_day: shape (cases,), whole days from 0.
        delay: shape (cases,), whole days from the event to its report, from 0.
        last_day: the last day on which reports are in, in the same count; reports beyond are left out.
        longest: delays beyond this many days do not happen; otherwise the longest one seen.

    Raises:
        ValueError: negative days or delays, or no report by the last day.
    """
    days, delays = np.asarray(event_day, int), np.asarray(delay, int)
    if days.shape != delays.shape or (days < 0).any() or (delays < 0).any():
        raise ValueError("events and delays must be whole numbers from 0 up, as many of one as of the other")
    known = days + delays <= last_day
    days, delays = days[known], delays[known]
    if not len(days):
        raise ValueError("no report by the last day")
    most = int(delays.max()) if longest is None else longest
    delays = np.minimum(delays, most)
    table = np.zeros((last_day + 1, most + 1))
    np.add.at(table, (days, delays), 1)
    n, at_risk = _reverse_time(table, last_day, most)
    age = np.minimum(last_day - np.arange(last_day + 1), most)
    hazard = np.divide(n, at_risk, out=np.zeros(most + 1), where=at_risk > 0)
    reported_by = _cumulative(hazard)
    reported = table.sum(axis=1)
    share = reported_by[age]
    chance = np.random.default_rng(seed)
    drawn = chance.beta(n + 0.5, np.maximum(at_risk - n, 0) + 0.5, (N_DRAWS, most + 1))
    drawn[:, 0] = 0.0
    drawn_share = np.clip(_cumulative(drawn)[:, age], 1e-6, 1.0)
    unseen = chance.negative_binomial(reported + 0.5, drawn_share)
    draws = reported + np.where(age == most, 0, unseen)
    low, high = np.quantile(draws, (0.025, 0.975), axis=0)
    expected: Floats = np.divide(reported, share, out=np.full(last_day + 1, np.nan), where=share > 0)
    return Nowcast(reported.astype(np.int64), expected, low, high, share, reported_by, draws)


def _reverse_time(table: Floats, last_day: int, most: int) -> tuple[Floats, Floats]:
    """Delays of each length, and delays up to it, both of events old enough for it to have been seen."""
    n, at_risk = np.zeros(most + 1), np.zeros(most + 1)
    for d in range(most + 1):
        old = table[: max(last_day - d + 1, 0)]
        n[d], at_risk[d] = old[:, d].sum(), old[:, : d + 1].sum()
    return n, at_risk


def _cumulative(hazard: Floats) -> Floats:
    """F(d) = Π_{s > d} (1 − g(s)), over the last axis."""
    stays = 1 - hazard[..., 1:]
    later = np.cumprod(stays[..., ::-1], axis=-1)[..., ::-1]
    found: Floats = np.concatenate([later, np.ones((*later.shape[:-1], 1))], axis=-1)
    return found
