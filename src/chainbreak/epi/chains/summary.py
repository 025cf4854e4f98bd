"""The figures of the chains of an outbreak (传播链汇总): sizes, generations, offspring, intervals, superspreading."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chainbreak.epi import offspring
from chainbreak.epi.attack_rate import AttackRate, Exposed, by_setting

from . import problems
from .forest import Forest, forest_of
from .listed import IMPORTED, LOCAL, Link, Listed, Problem
from .problems import Bounds


@dataclass(frozen=True)
class Spread:
    """A sample of days: how many, mean, standard deviation (n − 1), median, ends, how many below zero."""

    n: int
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    least: int | None = None
    most: int | None = None
    negative: int = 0


@dataclass(frozen=True)
class Superspreading:
    """Cases with more offspring than chance gives, and their share of all links."""

    above: int
    cases: tuple[tuple[str, int], ...]  # id, offspring; the most first
    share_of_links: float | None
    events: tuple[tuple[str, str, int], ...]  # infector, setting, offspring there: more than `above` in one setting


@dataclass(frozen=True)
class Origins:
    """Cases by where they were infected, and how many each kind infected on average."""

    imported: int
    local: int
    unknown: int
    offspring_of_imported: float | None
    offspring_of_local: float | None  # of all that are not known to be imported


@dataclass(frozen=True)
class Summary:
    """All figures of the chains of a line list. Cases of rings have no generation."""

    forest: Forest
    generations: Mapping[int, int]  # generation -> cases
    offspring: offspring.Fit | None
    share_causing_80: float | None  # of the cases seen
    expected_share_causing_80: float | None  # under the fitted distribution
    serial_interval: Spread
    superspreading: Superspreading | None
    origins: Origins
    links_by_setting: Mapping[str, int]
    attack_rates: Sequence[AttackRate]
    problems: Sequence[Problem] = field(default=())


def of(
    cases: Iterable[Listed],
    links: Iterable[Link],
    *,
    exposures: Iterable[Exposed] = (),
    bounds: Bounds | None = None,
    above: int | None = None,
) -> Summary:
    """The figures of these cases and links.

    Args:
        above: a superspreading event has more offspring than this; without it, the 99th percentile of a Poisson of
            mean R (Lloyd-Smith et al. 2005).

    Raises:
        ValueError: two cases of one id.
    """
    by_id: dict[str, Listed] = {}
    for case in cases:
        if case.id in by_id:
            raise ValueError(f"cases must have different ids; got {case.id!r} twice")
        by_id[case.id] = case
    links = list(links)
    forest = forest_of(by_id, [(link.infector, link.infectee) for link in links])
    first: dict[tuple[str, str], Link] = {}
    for link in links:
        first.setdefault((link.infector, link.infectee), link)
    used = [first[pair] for pair in forest.links]
    fitted = offspring.fit(forest.out_degree.values())
    found = [*problems.of_links(links, forest), *problems.of_intervals(used, by_id, bounds or Bounds())]
    return Summary(
        forest=forest,
        generations=dict(sorted(Counter(g for g in forest.generation.values() if g is not None).items())),
        offspring=fitted,
        share_causing_80=offspring.share_causing(forest.out_degree.values()) if by_id else None,
        expected_share_causing_80=offspring.expected_share_causing(fitted.R, fitted.k)
        if fitted and fitted.k and fitted.R
        else None,
        serial_interval=spread(serial_intervals(used, by_id)),
        superspreading=_superspreading(forest, used, fitted, above),
        origins=_origins(by_id, forest),
        links_by_setting=dict(Counter(link.setting for link in used if link.setting).most_common()),
        attack_rates=by_setting(exposures),
        problems=[*found, *problems.of_cases(by_id.values())],
    )


def serial_intervals(links: Iterable[Link], cases: Mapping[str, Listed]) -> list[int]:
    """Days from the infector's onset to the infectee's, for the links where both (or the link itself) say it."""
    days = []
    for link in links:
        first, later = cases[link.infector].onset_date, cases[link.infectee].onset_date
        if first and later:
            days.append((later - first).days)
        elif link.interval_days is not None:
            days.append(link.interval_days)
    return days


def spread(days: Sequence[int]) -> Spread:
    """Mean, standard deviation and median of a sample; None where it is too small for them."""
    if not days:
        return Spread(0)
    return Spread(
        n=len(days),
        mean=statistics.fmean(days),
        sd=statistics.stdev(days) if len(days) > 1 else None,
        median=float(statistics.median(days)),
        least=min(days),
        most=max(days),
        negative=sum(1 for one in days if one < 0),
    )


def _superspreading(
    forest: Forest, links: Sequence[Link], fitted: offspring.Fit | None, above: int | None
) -> Superspreading | None:
    if fitted is None:
        return None
    above = offspring.superspreading_above(fitted.R) if above is None else above
    ranked = sorted(
        ((n, case) for case, n in forest.out_degree.items() if n > above), key=lambda one: (-one[0], one[1])
    )
    total = sum(forest.out_degree.values())
    there: Counter[tuple[str, str]] = Counter((link.infector, link.setting) for link in links if link.setting)
    events = sorted(((-n, *where) for where, n in there.items() if n > above))
    return Superspreading(
        above=above,
        cases=tuple((case, n) for n, case in ranked),
        share_of_links=sum(n for n, _ in ranked) / total if total else None,
        events=tuple((case, setting, -n) for n, case, setting in events),
    )


def _origins(cases: Mapping[str, Listed], forest: Forest) -> Origins:
    degrees: dict[bool, list[int]] = defaultdict(list)
    for case in cases.values():
        degrees[case.origin == IMPORTED].append(forest.out_degree[case.id])
    known = Counter(case.origin for case in cases.values())
    return Origins(
        imported=known[IMPORTED],
        local=known[LOCAL],
        unknown=len(cases) - known[IMPORTED] - known[LOCAL],
        offspring_of_imported=statistics.fmean(degrees[True]) if degrees[True] else None,
        offspring_of_local=statistics.fmean(degrees[False]) if known[IMPORTED] and degrees[False] else None,
    )
