"""Indicators (指标): completion with its rounding stated, ceilings with a margin, zeros that are kept (E3 36)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

Number = int | str | Decimal
DIRECTIONS = ("higher", "ceiling", "keep_zero")


@dataclass(frozen=True)
class Reading:
    """How an indicator stands: a completion, a margin below its ceiling, or neither; and its words."""

    reached: bool
    completion: Decimal | None
    margin: Decimal | None
    zh: str
    en: str


def read(direction: str, *, target: Number, actual: Number, places: int = 1) -> Reading:
    """An indicator against its target.

        higher     completion % = actual / target, rounded half up to `places`
        ceiling    margin = target − actual; no completion, for less is better
        keep_zero  reached while it is zero

    Raises:
        ValueError: the direction is not one of DIRECTIONS, or a target to be reached is not above zero.

    >>> read("higher", target=9000, actual=12204).en
    '135.6 %'
    >>> read("ceiling", target="4.5", actual="3.17").en
    'below the control target'
    """
    wanted, got = Decimal(str(target)), Decimal(str(actual))
    if direction == "higher":
        if wanted <= 0:
            raise ValueError(f"a target to be reached must be above 0; got {target}")
        done = (got / wanted * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        return Reading(got >= wanted, done, None, f"{done}%", f"{done} %")
    if direction == "ceiling":
        below = got < wanted
        zh, en = ("低于控制目标", "below the control target") if below else ("超出控制目标", "above the control target")
        if got == wanted:
            zh, en = "达到控制目标上限", "at the control target"
        return Reading(got <= wanted, None, wanted - got, zh, en)
    if direction == "keep_zero":
        zh, en = ("动态为零", "kept at zero") if got == 0 else (f"未清零：{got}", f"not at zero: {got}")
        return Reading(got == 0, None, None, zh, en)
    raise ValueError(f"direction must be one of {DIRECTIONS}; got {direction!r}")


def tiers(counts: Iterable[int]) -> int:
    """The total of the tiers of a target: 12 + 7 items are 19."""
    return sum(counts)


def countdown(*, today: date, event: date) -> int:
    """Days that are left to an event; 0 on its day, negative after it."""
    return (event - today).days


def event_on(*, today: date, days_left: int) -> date:
    """The day of an event that is so many days away."""
    return today + timedelta(days=days_left)
