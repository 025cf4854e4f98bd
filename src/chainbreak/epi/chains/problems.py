"""What is wrong with the links and dates of a line list (数据疑点), each thing named with its cases and rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from .forest import Forest
from .listed import IMPORTED, Link, Listed, Problem


@dataclass(frozen=True)
class Bounds:
    """What the disease allows, in days; None: not asked.

    look_back_days: a case infects from so many days before onset on (the rule pack's window).
    incubation_days: nobody falls ill later than this after the infection.
    """

    look_back_days: int | None = None
    incubation_days: int | None = None


def of_links(links: Sequence[Link], forest: Forest) -> Iterator[Problem]:
    """Links that lead nowhere, back to themselves, in a ring, or were said more than once."""
    known = set(forest.cases)
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    times: dict[tuple[str, str], int] = defaultdict(int)
    for link in links:
        pair = (link.infector, link.infectee)
        times[pair] += 1
        if link.row is not None:
            rows[pair].append(link.row)
    for pair in times:
        missing = tuple(end for end in dict.fromkeys(pair) if end not in known)
        if missing:
            yield Problem("dangling_link", pair, tuple(rows[pair]), {"missing": missing})
        elif pair[0] == pair[1]:
            yield Problem("self_link", pair[:1], tuple(rows[pair]))
    for pair, number in times.items():
        if number > 1:
            yield Problem("repeated_link", pair, tuple(rows[pair]), {"times": number})
    for case, infectors in forest.several_infectors.items():
        where = tuple(sorted(row for infector in infectors for row in rows[infector, case]))
        yield Problem("several_infectors", (case,), where, {"infectors": infectors})
    ring_of = {case: ring for ring in forest.cycles for case in ring}
    in_ring: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for infector, infectee in forest.links:
        ring = ring_of.get(infector)
        if ring is not None and ring_of.get(infectee) is ring:
            in_ring[ring] += rows[infector, infectee]
    for ring in forest.cycles:
        yield Problem("cycle", ring, tuple(sorted(in_ring[ring])))


def of_intervals(links: Iterable[Link], cases: dict[str, Listed], bounds: Bounds) -> Iterator[Problem]:
    """Links whose dates do not fit: the infectee ill before the infector could infect, or infected after isolation."""
    for link in links:
        source, target = cases[link.infector], cases[link.infectee]
        where = () if link.row is None else (link.row,)
        pair = (link.infector, link.infectee)
        days = _days(source.onset_date, target.onset_date)
        if days is not None and link.interval_days is not None and days != link.interval_days:
            yield Problem("interval_differs", pair, where, {"days": days, "said": link.interval_days})
        if days is not None and days < 0:
            impossible = bounds.look_back_days is not None and days < -bounds.look_back_days
            code = "interval_impossible" if impossible else "interval_negative"
            facts = {"days": days, "infector_onset": source.onset_date, "infectee_onset": target.onset_date}
            yield Problem(code, pair, where, facts | ({"look_back": bounds.look_back_days} if impossible else {}))
        after = _days(source.isolated_date, target.onset_date)
        if after is not None and bounds.incubation_days is not None and after > bounds.incubation_days:
            facts = {"days": after, "isolated": source.isolated_date, "infectee_onset": target.onset_date}
            yield Problem("isolated_before_infection", pair, where, facts | {"incubation": bounds.incubation_days})
        if link.exposed_from and target.onset_date and link.exposed_from > target.onset_date:
            yield Problem(
                "link_after_onset", pair, where, {"exposed": link.exposed_from, "infectee_onset": target.onset_date}
            )
        if target.origin == IMPORTED:
            yield Problem("imported_with_infector", (link.infectee, link.infector), where)


ORDER = (  # code, the date that should come first, the later one
    ("exposure_reversed", "exposed_from", "exposed_until"),
    ("exposure_after_onset", "exposed_from", "onset_date"),
    ("death_before_onset", "onset_date", "died_date"),
    ("report_before_onset", "onset_date", "reported_date"),
    ("sample_before_onset", "onset_date", "sampled_date"),
)


def of_cases(cases: Iterable[Listed]) -> Iterator[Problem]:
    """Dates of one case that stand in the wrong order. A sample or report before onset can be right: it is a note."""
    for case in cases:
        for code, first, later in ORDER:
            days = _days(getattr(case, first), getattr(case, later))
            if days is not None and days < 0:
                facts = {"first": getattr(case, first), "later": getattr(case, later)}
                yield Problem(code, (case.id,), () if case.row is None else (case.row,), facts)


def _days(first: date | None, later: date | None) -> int | None:
    return (later - first).days if first and later else None
