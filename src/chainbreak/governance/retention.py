"""How long each class of data is kept (保存期限): rules that the rooms register, with floor and ceiling (P-12, P-13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise

from .refusal import Refused


@dataclass(frozen=True)
class RetentionRule:
    """One class of data: which models, how many days after which event, and the bounds of a sensible setting.

    `ended(cutoff)` gives the rows whose event lies at or before an instant, in the order in which they are deleted.
    """

    name: str
    words: str | Promise
    anchor: str | Promise
    models: tuple[str, ...]
    days: int
    floor: int
    ceiling: int
    ended: Callable[[datetime], Iterable[QuerySet]]


_RULES: dict[str, RetentionRule] = {}
_KEPT: dict[str, str | Promise] = {}


def register(rule: RetentionRule) -> None:
    """Add a room's rule.

    Raises:
        ValueError: the name is taken, or the default lies outside its own bounds.
    """
    if _RULES.setdefault(rule.name, rule) is not rule and _RULES[rule.name].models != rule.models:
        raise ValueError(f"two retention rules called {rule.name!r}")
    if not 0 <= rule.floor <= rule.days <= rule.ceiling:
        raise ValueError(f"retention {rule.name!r}: {rule.floor} <= {rule.days} <= {rule.ceiling} does not hold")
    _RULES[rule.name] = rule


def keep(reasons: Mapping[str, str | Promise]) -> None:
    """Models that no rule deletes, each with the reason."""
    _KEPT.update(reasons)


def rules() -> list[RetentionRule]:
    """All rules; those of upper rooms first, since their rows refer to the lower ones."""
    return list(reversed(_RULES.values()))


def kept() -> dict[str, str | Promise]:
    """The models that are kept, with their reasons."""
    return dict(_KEPT)


def settings_of(text: str) -> dict[str, int]:
    """The days of each rule: the defaults, changed by a setting like `trajectories=14,audit=400`.

    Raises:
        Refused("bad_retention"): it cannot be read, or names no rule.
        Refused("retention_out_of_bounds"): a slip of the pen: below the floor or above the ceiling.
    """
    days = {rule.name: rule.days for rule in _RULES.values()}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, sign, number = (piece.strip() for piece in part.partition("="))
        if not sign or name not in _RULES or not number.isdecimal():
            raise Refused("bad_retention", part=part, known=", ".join(sorted(_RULES)))
        rule, days[name] = _RULES[name], int(number)
        if not rule.floor <= days[name] <= rule.ceiling:
            raise Refused("retention_out_of_bounds", rule=name, days=number, floor=rule.floor, ceiling=rule.ceiling)
    return days
