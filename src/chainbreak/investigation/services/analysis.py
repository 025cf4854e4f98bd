"""What the analyst's desk shows (分析台), worked out from cases: curve, R over time, delays, age and sex, areas.

Nothing is read or written here; each answer says how many cases it rests on, and is None where there are too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from chainbreak.epi import parameters, rt, serial_interval, uncertain_interval
from chainbreak.epi.delays import fit
from chainbreak.epi.delays.fit import Fit
from chainbreak.epi.delays.observe import observations
from chainbreak.epi.nowcast import Nowcast, nowcast
from chainbreak.epi.rt import Estimates

from ..selectors.analysis import CaseRow

DAY = timedelta(days=1)
BY: dict[str, Callable[[CaseRow], date | None]] = {
    "onset": lambda case: case.onset,
    "report": lambda case: case.reported,
    "sample": lambda case: case.sampled,
}
KEPT = 64  # answers, each as long as its cases stay the same
FOUND = {True: "under_control", False: "community", None: "unknown"}
FEW_DELAYS, FEW_PAIRS, FEW_REPORTS = 5, 20, 20
N_DRAWS = 1_000  # a page waits for them
LEAST_REPORTED = 0.5  # of the cases of a day: newer days are left out even with a nowcast
DELAYS = ("incubation", "onset_to_report", "report_to_isolation", "serial_interval")
USUAL_INTERVAL = {
    "covid19": "omicron.serial_interval",
    "mers": "mers.serial_interval",
    "ebola": "ebola.serial_interval",
}


@dataclass(frozen=True)
class Curve:
    """Cases by day and how found: `counts[group]` has one number for each of `days`; `without_day` are left out."""

    days: tuple[date, ...]
    counts: dict[str, list[int]]
    without_day: int


def epidemic_curve(cases: Sequence[CaseRow], by: str, last: date) -> Curve:
    """The curve by day of onset, report or first positive sample, up to the last day; days without cases too."""
    day_of = BY[by]
    dated = [(day, FOUND[case.under_control]) for case in cases if (day := day_of(case)) and day <= last]
    if not dated:
        return Curve((), {group: [] for group in FOUND.values()}, len(cases))
    first = min(day for day, _group in dated)
    days = tuple(first + DAY * number for number in range((last - first).days + 1))
    counted = Counter(dated)
    counts = {group: [counted[day, group] for day in days] for group in FOUND.values()}
    return Curve(days, counts, len(cases) - len(dated))


@dataclass(frozen=True)
class Interval:
    """The serial interval that R rests on: `pairs` of this outbreak, or a published one."""

    source: str  # "own" or the name of the parameter
    mean: float
    sd: float
    pairs: int
    lags: np.ndarray  # (lags,), or (n, lags) of which each may be true


@dataclass(frozen=True)
class Reproduction:
    """R over time: windows end on `days`; the newest days lean on a nowcast where there was enough to make one."""

    first: date
    estimates: Estimates
    interval: Interval
    nowcast: Nowcast | None
    without_onset: int
    left_out_days: int


def r_over_time(cases: Sequence[CaseRow], interval: Interval, last: date, *, window: int = 7) -> Reproduction | None:
    """R by day of onset; None where fewer than 11 cases or fewer days than a window are known.

    Cases of day 1 and imported ones infect, but nobody here infected them.
    """
    dated = [case for case in cases if case.onset and case.onset <= last]
    if len(dated) < rt.least_cases(rt.Prior()):
        return None
    first = min(case.onset for case in dated if case.onset)
    days = (last - first).days + 1
    local, imported = np.zeros(days), np.zeros(days)
    for case in dated:
        (imported if case.is_imported else local)[(case.onset - first).days] += 1  # type: ignore[operator]
    late = _nowcast([case for case in dated if not case.is_imported], first, last)
    usable = days if late is None else int(np.flatnonzero(late.share >= LEAST_REPORTED).max(initial=-1)) + 1
    if usable < window + 1:
        return None
    windows = rt.sliding(usable, window)
    if late is None:
        one = interval.lags if interval.lags.ndim == 1 else interval.lags.mean(axis=0)
        found = rt.estimate(local[:usable], imported[:usable], one, windows)
    else:
        draws = late.draws[::4, :usable]
        many = interval.lags[np.arange(len(draws)) % len(interval.lags)] if interval.lags.ndim == 2 else interval.lags
        found = rt.estimate_drawn(draws, many, windows, imported=imported[:usable])
    return Reproduction(first, found, interval, late, len(cases) - len(dated), days - usable)


def _nowcast(cases: Sequence[CaseRow], first: date, last: date) -> Nowcast | None:
    pairs = [((case.onset - first).days, (case.reported - case.onset).days) for case in cases
             if case.onset and case.onset <= case.reported <= last]  # fmt: skip
    if len(pairs) < FEW_REPORTS:
        return None
    return nowcast([day for day, _ in pairs], [delay for _, delay in pairs], (last - first).days)


def intervals(disease: str) -> list[str]:
    """The published serial intervals that may be chosen, the usual one of the disease first."""
    usual = USUAL_INTERVAL.get(disease)
    there = [name for name in parameters.names() if name.endswith(".serial_interval")]
    return sorted(there, key=lambda name: (name != usual, name))


def interval_of(cases: Sequence[CaseRow], disease: str, last: date, *, chosen: str = "") -> Interval:
    """The serial interval to reckon with: as chosen; else this outbreak's own, if 20 pairs or more tell it."""
    if chosen in ("", "own"):
        found = delay(cases, "serial_interval", last)
        if found is not None and found.fits and (chosen or found.n >= FEW_PAIRS) and found.fits[0].family.positive:
            best = found.fits[0]
            lags = uncertain_interval.of_fit(best, 200, int(best.quantile(0.999).high) + 3)
            return Interval("own", best.mean.value, best.sd.value, found.n, lags)
    name = chosen if chosen in intervals(disease) else intervals(disease)[0]
    one = parameters.named(name)
    sd = one.sd or one.value / 2
    lags = serial_interval.discretised(max(one.value, 1.05), sd, int(one.value + 8 * sd) + 2)
    return Interval(name, one.value, sd, 0, lags)


@dataclass(frozen=True)
class Delay:
    """One delay: its values in days, the families that fit (the best first), and how many had no end or no begin."""

    kind: str
    n: int
    censored: int
    missing: int
    values: tuple[float, ...]
    fits: tuple[Fit, ...]


def delay(cases: Sequence[CaseRow], kind: str, last: date) -> Delay | None:
    """One of DELAYS as seen by the end of the last day; None where nothing is known.

    Whose second event came later is not seen (truncated), except isolation: who waits for it is (censored).
    Kept for the same cases: a fit takes tenths of a second, and a night's question comes from several people.
    """
    return _delay(tuple(cases), kind, last)


@lru_cache(maxsize=KEPT)
def _delay(cases: tuple[CaseRow, ...], kind: str, last: date) -> Delay | None:
    pairs, missing = _pairs(cases, kind, last)
    if not pairs:
        return None
    end = last.toordinal() + 1.0
    ones = [one for one, _two in pairs]
    twos = [two for _one, two in pairs]
    waiting = kind == "report_to_isolation"
    seen = observations(ones, twos, horizon=None if waiting else end)
    values = tuple((two[0] + two[1] - one[0] - one[1]) / 2 for one, two in pairs if np.isfinite(two[1]))
    fits: tuple[Fit, ...] = ()
    if len(values) >= FEW_DELAYS and len(set(values)) > 1:
        names = ("normal",) if (seen.late <= 0).any() else ("gamma", "lognormal", "weibull")
        fits = tuple(fit.compare(seen, names, n_draws=N_DRAWS))
    return Delay(kind, len(pairs), len(pairs) - len(values), missing, values, fits)


Window = tuple[float, float]


def _pairs(cases: Sequence[CaseRow], kind: str, last: date) -> tuple[list[tuple[Window, Window]], int]:
    """Windows of the two events, and how many cases lack one of them."""
    found: list[tuple[Window, Window]] = []
    missing = 0
    onsets = {case.number: case.onset for case in cases}
    for case in cases:
        if kind == "serial_interval":
            known = [onset for number in case.infectors if (onset := onsets.get(number))]
            if case.onset and case.onset <= last:
                found += [(_day(onset), _day(case.onset)) for onset in known]
            missing += len(case.infectors) - (len(known) if case.onset else 0)
            continue
        one, two = _of_case(case, kind, last)
        if one is None or two is None or one[1] < one[0]:
            missing += 1
        else:
            found.append((one, two))
    return found, missing


def _of_case(case: CaseRow, kind: str, last: date) -> tuple[Window | None, Window | None]:
    end = last.toordinal() + 1.0
    if kind == "incubation":
        if not (case.exposure_from and case.exposure_until and case.onset) or case.onset > last:
            return None, None
        until = min(case.exposure_until, case.onset)
        return (float(case.exposure_from.toordinal()), until.toordinal() + 1.0), _day(case.onset)
    if kind == "onset_to_report":
        known = case.onset is not None and case.reported <= last
        return (_day(case.onset), _day(case.reported)) if known and case.onset else (None, None)
    if case.reported > last:
        return None, None
    if case.isolated and case.isolated <= last:
        return _day(case.reported), _day(max(case.isolated, case.reported))
    return _day(case.reported), (max(end, case.reported.toordinal() + 1.0), float("inf"))


def _day(day: date) -> Window:
    return float(day.toordinal()), day.toordinal() + 1.0


@dataclass(frozen=True)
class Pyramid:
    """Cases by age group and sex; `unknown` have no age or no sex."""

    groups: tuple[str, ...]
    women: list[int]
    men: list[int]
    unknown: int


def pyramid(cases: Sequence[CaseRow], *, width: int = 10, top: int = 80) -> Pyramid:
    """Age groups of ten years, the last one open."""
    groups = tuple(f"{low}-{low + width - 1}" for low in range(0, top, width)) + (f"{top}+",)
    women, men, unknown = [0] * len(groups), [0] * len(groups), 0
    for case in cases:
        counted = {"F": women, "M": men}.get(case.sex)
        if counted is None or case.age is None:
            unknown += 1
        else:
            counted[min(case.age // width, len(groups) - 1)] += 1
    return Pyramid(groups, women, men, unknown)


def by_area(cases: Sequence[CaseRow], *, since: date | None = None) -> Counter[str]:
    """Cases by the area that reported them; of reports from `since` on."""
    return Counter(case.area for case in cases if since is None or case.reported >= since)
