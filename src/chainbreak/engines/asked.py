"""What is asked of an engine (排查条件): the rule of a search, the same for all engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COUNTS = ("window", "meeting", "day")
ANSWERS = ("pairs", "persons")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The rule of a search and the kind of answer, checked.

    Args:
        minutes: the least time together.
        degrees: 1 contacts, 2 their contacts too, more for study.
        include_cases: give the pairs among the cases as well.
        thresholds: the least minutes of kinds of place that have their own (0 any overlap, None never counts).
        count: whether minutes add up over the `window`, each `meeting` counts for itself (shorter ones not at all), or
            some 24 hours (`day`) must hold enough.
        near: kinds of place where carriage and seat count (同车厢, 前后几排), with the rows apart at most; None: the
            whole carriage.
        after: minutes for which the air stays infectious after a source has left (measles: 120).
        answer: a row for each of the `pairs`, or of the `persons`.

    Raises:
        ValueError: degrees below 1, negative minutes, another way of counting or kind of answer.
    """

    minutes: float = 15
    degrees: int = 2
    include_cases: bool = False
    thresholds: Mapping[str, float | None] | None = None
    count: str = "window"
    near: Mapping[str, int | None] | None = None
    after: float = 0
    answer: str = "pairs"

    def __post_init__(self) -> None:
        if self.degrees < 1:
            raise ValueError(f"degrees must be 1 or more; got {self.degrees}")
        if self.count not in COUNTS:
            raise ValueError(f"count must be one of {', '.join(COUNTS)}; got {self.count!r}")
        if self.answer not in ANSWERS:
            raise ValueError(f"answer must be one of {', '.join(ANSWERS)}; got {self.answer!r}")
        for minutes in (self.minutes, self.after, *(one or 0 for one in (self.thresholds or {}).values())):
            if minutes < 0:
                raise ValueError(f"minutes must not be negative; got {minutes}")
        for rows in (self.near or {}).values():
            if rows is not None and not 0 <= rows < 1000:
                raise ValueError(f"rows apart must be 0 to 999; got {rows}")
