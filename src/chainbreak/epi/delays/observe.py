"""Observed delays (观察到的间隔) and how likely a distribution makes them: windows, truncation, censoring.

Source: Reich et al., Statistics in Medicine 2009;28:2769-2784 (both events known to intervals); right truncation:
Seaman et al., Statistical Methods in Medical Research 2022;31(9):1641-1655.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chainbreak.epi.delays.family import Family, Floats

NARROWEST = 1e-3  # days (86 seconds): an instant is a window of this width
LEAST = 1e-300


@dataclass(frozen=True)
class Observations:
    """Different observations, each with how often it was made; all in days since the first event's window opened.

    width: of the first event's window. early, late: the second event fell between; `late` is infinite where it had not
    happened by `early` (censored). horizon: nobody whose second event came later could be in the data; infinite where
    anybody could.
    """

    width: Floats
    early: Floats
    late: Floats
    horizon: Floats
    times: Floats

    @property
    def n(self) -> int:
        return int(self.times.sum())

    @property
    def middle(self) -> Floats:
        """From the middle of the first window to the middle of the second; to its begin where it has no end."""
        end = np.where(np.isfinite(self.late), self.late, self.early)
        return (self.early + end - self.width) / 2


def observations(
    first: Sequence[tuple[float, float]],
    second: Sequence[tuple[float, float]],
    *,
    horizon: float | None = None,
) -> Observations:
    """Windows of the first and the second event of each person, in days on one clock.

    Args:
        first: begin and end of the window in which it happened; an instant has begin = end.
        second: likewise; an infinite end: not yet at its begin.
        horizon: the instant after which no second event could be in the data (right truncation), if any.

    Raises:
        ValueError: windows of different number, or that end before they begin; a second event that began after the
            horizon.
    """
    one = np.asarray(first, float).reshape(-1, 2)
    two = np.asarray(second, float).reshape(-1, 2)
    if len(one) != len(two):
        raise ValueError(f"as many first as second events; got {len(one)} and {len(two)}")
    if not np.isfinite(one).all() or (one[:, 1] < one[:, 0]).any() or not (two[:, 1] >= two[:, 0]).all():
        raise ValueError("windows must end no earlier than they begin")
    width = np.maximum(one[:, 1] - one[:, 0], NARROWEST)
    early = two[:, 0] - one[:, 0]
    late = np.maximum(two[:, 1] - one[:, 0], early + NARROWEST)
    left = np.full(len(one), np.inf) if horizon is None else horizon - one[:, 0]
    censored = ~np.isfinite(late)
    left = np.where(censored, np.inf, left)  # who is in the data without a second event was not left out for it
    if (early > left).any():
        raise ValueError("a second event lies after the horizon")
    table = np.round(np.column_stack([width, early, np.minimum(late, left + NARROWEST), left]), 6)
    different, times = np.unique(table, axis=0, return_counts=True)
    width, early, late, left = different.T
    return Observations(width, early, late, left, times.astype(float))


def log_likelihood(family: Family, theta: npt.ArrayLike, seen: Observations) -> Floats:
    """Log-likelihood of the observations under each θ of shape (…, 2).

        L = Π (1/w) ∫ over the first window of [F(late − p) − F(early − p)] dp / (1/w) ∫ F(horizon − p) dp

    Every point of the first event's window is taken to be as likely as any other.
    """
    many = np.asarray(theta, float)
    one, two = (part[..., None] for part in family.natural(many))
    mean = family.moments(one, two)[0]
    with np.errstate(invalid="ignore", over="ignore"):
        chance = _chance(family, one, two, mean, seen.early, seen.late, seen.width)
        logs = np.log(np.maximum(chance, LEAST))
        if np.isfinite(seen.horizon).any():
            reach = np.where(np.isfinite(seen.horizon), seen.horizon, 0.0)
            inside = family.below(reach, one, two) - family.below(reach - seen.width, one, two)
            inside = np.maximum(inside / seen.width, LEAST)
            logs = logs - np.where(np.isfinite(seen.horizon), np.log(inside), 0.0)
        total: Floats = logs @ seen.times
    return np.where(np.isfinite(total), total, -np.inf)


def _chance(
    family: Family, one: Floats, two: Floats, mean: Floats, early: Floats, late: Floats, width: Floats
) -> Floats:
    """That the delay falls into its windows: second differences of the integral that is precise there."""
    open_ended = ~np.isfinite(late)
    end = np.where(open_ended, early, late)
    above = family.above(early - width, one, two) - family.above(early, one, two)
    beyond = family.above(end - width, one, two) - family.above(end, one, two)
    long = above - np.where(open_ended, 0.0, beyond)
    short = (family.below(end, one, two) - family.below(end - width, one, two)) - (
        family.below(early, one, two) - family.below(early - width, one, two)
    )
    found: Floats = np.where(open_ended | ((early + end - width) / 2 > mean), long, short) / width
    return found
