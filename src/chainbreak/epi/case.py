"""Cases (病例): their classes, their course, and the window in which they may infect (传染期)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chainbreak.epi.rulepack import RulePack
from chainbreak.epi.transitions import moves

CLASSES = ("suspected", "confirmed", "asymptomatic", "excluded")
FIRST_CLASSES = frozenset({"suspected", "confirmed", "asymptomatic"})
CLASS_MOVES = moves(
    suspected="confirmed asymptomatic excluded",
    asymptomatic="confirmed excluded",
    confirmed="excluded",
)
DUAL_CONTROL = frozenset(
    {("asymptomatic", "excluded"), ("confirmed", "excluded")}
)  # a laboratory error takes two people
COURSE_MOVES = moves(
    reported="in_transfer",
    in_transfer="under_care",
    under_care="discharged died",
    discharged="home_monitoring",
    home_monitoring="closed",
)


@dataclass(frozen=True)
class InfectiousWindow:
    """When a case may have infected others, and by which rule; half-open, `until=None` is open."""

    from_at: datetime
    until: datetime | None
    rule: str
    edition: str
    anchor: str  # onset or sample: which one laid the beginning

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies inside."""
        return self.from_at <= at and (self.until is None or at < self.until)


def infectious_window(
    pack: RulePack,
    *,
    case_class: str,
    onset_date: date | None,
    first_positive_sample_at: datetime | None,
    isolated_at: datetime | None,
) -> InfectiousWindow | None:
    """The infectious window (传染期) of a case under a rule pack, or None if the facts or the pack lay none.

    The beginning is the first instant of the day that lies `look_back` days before the anchor's day; where the pack
    names several anchors for the class, the earliest one known counts. The end is the isolation or, if the pack says
    how long the window lasts, the end of that day, whichever comes first; without either it is open.

    Raises:
        ValueError: a sample or an isolation without time zone.
    """
    rule = pack.window(case_class)
    if rule is None:
        return None
    sampled = pack.local_day(first_positive_sample_at) if first_positive_sample_at else None
    days = {"onset": onset_date, "sample": sampled}
    known = [(day, name) for name in rule.anchors if (day := days[name]) is not None]
    if not known:
        return None
    day, anchor = min(known, key=lambda pair: pair[0])
    from_at = pack.midnight(day - rule.look_back)
    ends = [] if isolated_at is None else [isolated_at]
    if rule.lasts is not None:
        ends.append(pack.midnight(day + rule.lasts + timedelta(days=1)))
    until = max(min(ends), from_at) if ends else None
    return InfectiousWindow(from_at, until, rule.id, pack.edition, anchor)
