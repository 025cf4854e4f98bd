"""One rule of a rule pack (规则): what every rule carries, and the kinds of rule there are.

A rule without a source and a mark is refused by the loader, so whatever is derived can say where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MARKS = (
    "V",
    "S",
    "U",
    "D",
)  # wording seen | seen paraphrased | not found, to be confirmed | our own choice

Scalar = str | int | float | bool | None


class PackError(ValueError):
    """A rule pack that cannot be used; the message names pack, rule and field."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What every rule carries: its name, its source, how sure the source is, its words."""

    id: str
    source: str
    mark: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, kw_only=True)
class Window(Rule):
    """How the infectious window (传染期) of some classes of case is laid."""

    classes: tuple[str, ...]
    anchors: tuple[str, ...]  # onset, sample: the earliest one known counts
    look_back: timedelta  # whole calendar days before the anchor's day
    lasts: timedelta | None  # whole days after the anchor's day; None: until isolation only


@dataclass(frozen=True, kw_only=True)
class Setting(Rule):
    """A way of being near a case that makes a contact (接触方式); priority 1 is looked for first."""

    setting: str
    priority: int
    degrees: tuple[int, ...]
    protected_excluded: bool


@dataclass(frozen=True, kw_only=True)
class PlaceKind(Rule):
    """What a meeting at a kind of place counts for in the search by co-presence (同时空)."""

    kinds: tuple[str, ...]  # the first is the name, the others are the same under other names
    setting: str
    minutes: str | timedelta  # "any" (any overlap), "never" (does not count), "default", or its own minimum
    ask: bool  # co-presence alone is not enough: the contact stays pending until somebody has asked
    near: int | str | None = (
        None  # rows apart at most in one "carriage"; "carriage": all of it; None: seats do not matter
    )


@dataclass(frozen=True, kw_only=True)
class Measure(Rule):
    """One step of what is due to a kind of person (管控措施)."""

    trigger: str
    step: int
    measure: str
    days: timedelta
    anchor: str  # last_exposure, arrival, discharge, or previous: the end of the step before
    test_days: tuple[int, ...]  # day 1 is the first day of the measure
    double_test: bool
    early_release: str | None  # the condition under which the measure ends here
    otherwise_days: timedelta | None  # how long it is if that condition fails


@dataclass(frozen=True, kw_only=True)
class Limit(Rule):
    """A time limit (时限) for one step of the work."""

    limit: timedelta


@dataclass(frozen=True, kw_only=True)
class Parameter(Rule):
    """A number, switch or word of the pack that is none of the above."""

    value: Scalar
    unit: str
