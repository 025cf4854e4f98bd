"""Secondary attack rate (续发率): of those exposed in one setting, how many became cases, with its interval.

Interval: Clopper & Pearson, Biometrika 1934;26(4):404-413 (exact, 95 %), which takes people as independent; members of
one household are not, so the truth may lie outside more often than said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from scipy.stats import beta


@dataclass(frozen=True)
class Exposed:
    """One person exposed to one case."""

    source: str
    person: str
    setting: str = ""
    infected: bool | None = None  # None: not said


@dataclass(frozen=True)
class AttackRate:
    """Infected of exposed in one setting; setting None: all of them."""

    setting: str | None
    exposed: int
    infected: int
    rate: float
    interval: tuple[float, float]


def proportion_interval(found: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a proportion.

    >>> [round(edge, 4) for edge in proportion_interval(2, 10)]
    [0.0252, 0.5561]

    Raises:
        ValueError: more found than there are, or none there.
    """
    if not 0 <= found <= of or of < 1:
        raise ValueError(f"wants 0 to {of} found of at least 1; got {found}")
    tail = (1 - level) / 2
    low = 0.0 if found == 0 else float(beta.ppf(tail, found, of - found + 1))
    high = 1.0 if found == of else float(beta.ppf(1 - tail, found + 1, of - found))
    return low, high


def judged(exposures: Iterable[Exposed], day_of: Mapping[str, date | None]) -> list[Exposed]:
    """The exposures with infected or not filled in, without those who were cases before their source was.

    Args:
        day_of: each case -> its day (onset, else sample), None if not known. Who is no case was not infected.
    """
    found = []
    for one in exposures:
        if one.person == one.source:
            continue
        own, source = day_of.get(one.person), day_of.get(one.source)
        if own and source and own < source:
            continue
        found.append(one if one.infected is not None else replace(one, infected=one.person in day_of))
    return found


def by_setting(exposures: Iterable[Exposed]) -> list[AttackRate]:
    """The attack rate of each setting, the most exposed first, and of all together at the top.

    A person exposed several times in one setting counts once there, and as infected if one of the rows says so.
    """
    people: dict[str | None, dict[str, bool]] = defaultdict(dict)
    for one in exposures:
        for setting in (None, one.setting):
            people[setting][one.person] = people[setting].get(one.person, False) or bool(one.infected)
    rates = [_rate(setting, found) for setting, found in people.items()]
    return sorted(rates, key=lambda rate: (rate.setting is not None, -rate.exposed, rate.setting or ""))


def _rate(setting: str | None, people: dict[str, bool]) -> AttackRate:
    exposed, infected = len(people), sum(people.values())
    return AttackRate(setting, exposed, infected, infected / exposed, proportion_interval(infected, exposed))
