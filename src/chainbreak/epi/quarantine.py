"""What is due to a person by the rule pack (应管控措施): measures, their ends, their tests, and when they may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from chainbreak.epi.decision import Hit, evaluate
from chainbreak.epi.rule import Measure
from chainbreak.epi.rulepack import RulePack

DAY = timedelta(days=1)


@dataclass(frozen=True)
class DueTest:
    """A test that is due on a calendar day; at release it may be two swabs (双采双检)."""

    date: date
    day: int  # day 1 is the first day of the measure as served
    n_swabs: int
    rule: str


@dataclass(frozen=True)
class DueMeasure:
    """One measure that is due to a person, from when until when, by which rule; half-open."""

    measure: str
    from_at: datetime
    until: datetime
    rule: str
    edition: str
    tests: tuple[DueTest, ...]
    double_test: bool
    extension_until: datetime | None = None  # until when it lasts if the condition for the early end fails
    condition: str | None = None  # that condition, while it is not known


@dataclass(frozen=True)
class TestDone:
    """A test with its final result, as far as a release asks for it."""

    __test__ = False  # not a class of tests, whatever a test runner thinks

    sampled_at: datetime
    outcome: str  # negative, positive, inconclusive, invalid, pending


@dataclass(frozen=True)
class AgainstRelease:
    """One reason why a person may not be released yet; the page finds the words."""

    code: str  # days_not_served, test_missing, test_not_negative, double_test_missing, retest_open
    until: datetime | None = None
    on: date | None = None


def due_measures(
    pack: RulePack,
    *,
    trigger: str,
    anchor_at: datetime,
    identified_at: datetime,
    early_release: bool | None = None,
) -> tuple[DueMeasure, ...]:
    """The measures due to a person, step after step, as the pack lays them; empty if all of it has passed.

    Args:
        trigger: contact1, contact2, discharged_case, arrival_band1 … as the pack names them.
        anchor_at: the last exposure, the arrival or the discharge.
        identified_at: when the person became known to us. Who is found late serves the remaining days only.
        early_release: whether the condition for the early end holds (for a contact of a contact: own tests and the
            first two of the contact negative); None as long as it is not known.

    Days are calendar days, day 0 is the day of the anchor. Test day 1 is the first day of the measure as served; who
    is found so late that the last planned day does not fit has the release test on the last day served.

    Raises:
        ValueError: a time without zone, or the pack knows no such trigger.
    """
    steps = pack.measures(trigger)
    if not steps:
        raise ValueError(f"pack {pack.id} has no measure for {trigger!r}")
    due: list[DueMeasure] = []
    start = anchor_at
    begin_day = last_day = pack.local_day(anchor_at)  # the day before the days to serve
    for step in steps:
        begin_day = last_day
        length = step.days
        extension: timedelta | None = None
        if step.early_release is not None and step.otherwise_days is not None:
            length = step.otherwise_days if early_release is False else step.days
            extension = step.otherwise_days if early_release is None else None
        last_day = begin_day + length
        until = _end(pack, begin_day, anchor_at, last_day)
        from_at = max(start, identified_at)
        if from_at < until:
            extended = None if extension is None else _end(pack, begin_day, anchor_at, begin_day + extension)
            due.append(_measure(pack, step, from_at, until, length, extended))
        start = until
    return tuple(due)


def home_exception(pack: RulePack, **facts: Any) -> Hit | None:
    """The exception (居家隔离情形) that lets a person due to a facility be cared for otherwise, with its reason code.

    Facts are the inputs of the pack's table `home.exceptions`; None if the pack has none or none applies.
    """
    if not pack.has("home.exceptions"):
        return None
    hits = evaluate(pack.table("home.exceptions"), facts)
    return hits[0] if hits else None


def early_release_holds(own: Sequence[TestDone], contact1: Sequence[TestDone], *, needed: int = 2) -> bool | None:
    """Whether a contact of a contact may end early: own tests and the contact's first two negative.

    None as long as results are missing; False as soon as one of them is not negative.
    """
    first = sorted(contact1, key=lambda test: test.sampled_at)[:needed]
    outcomes = [test.outcome for test in (*own, *first)]
    if "positive" in outcomes:
        return False
    if len(first) < needed or not own or any(outcome != "negative" for outcome in outcomes):
        return None
    return True


def reasons_against_release(
    pack: RulePack,
    due: DueMeasure,
    *,
    tests: Iterable[TestDone],
    open_retest: bool,
    as_of: datetime,
) -> tuple[AgainstRelease, ...]:
    """Why a person may not be released from a measure (解除条件): empty means they may.

    Days served, every planned test negative, the double test if the rule says so, no open retest order. A test counts
    for a planned day if it was sampled on that day or later, but before the next planned one.
    """
    reasons: list[AgainstRelease] = []
    if as_of < due.until:
        reasons.append(AgainstRelease("days_not_served", until=due.until))
    done = [(pack.local_day(test.sampled_at), test) for test in tests if test.sampled_at <= as_of]
    for test, following in zip(due.tests, (*due.tests[1:], None), strict=True):
        mine = [t for day, t in done if test.date <= day and (following is None or day < following.date)]
        negative = sum(t.outcome == "negative" for t in mine)
        if any(t.outcome != "negative" for t in mine):
            reasons.append(AgainstRelease("test_not_negative", on=test.date))
        elif negative == 0:
            reasons.append(AgainstRelease("test_missing", on=test.date))
        elif negative < test.n_swabs:
            reasons.append(AgainstRelease("double_test_missing", on=test.date))
    if open_retest:
        reasons.append(AgainstRelease("retest_open"))
    return tuple(reasons)


def may_release(
    pack: RulePack,
    due: DueMeasure,
    *,
    tests: Iterable[TestDone],
    open_retest: bool,
    as_of: datetime,
) -> bool:
    """Whether nothing stands against a release."""
    return not reasons_against_release(pack, due, tests=tests, open_retest=open_retest, as_of=as_of)


def transfer_due_at(pack: RulePack, *, trigger: str, identified_at: datetime) -> datetime | None:
    """Until when a person must have been brought to a facility; None if the pack sets no limit."""
    rule_id = f"transfer.{trigger}"
    return identified_at + pack.limit(rule_id) if pack.has(rule_id) else None


def _end(pack: RulePack, begin_day: date, anchor_at: datetime, last_day: date) -> datetime:
    if pack.value("quarantine.day_count") == "end_of_last_day":
        return pack.midnight(last_day + DAY)
    return anchor_at + (last_day - pack.local_day(anchor_at))


def _measure(
    pack: RulePack,
    step: Measure,
    from_at: datetime,
    until: datetime,
    length: timedelta,
    extended: datetime | None,
) -> DueMeasure:
    return DueMeasure(
        measure=step.measure,
        from_at=from_at,
        until=until,
        rule=step.id,
        edition=pack.edition,
        tests=_tests(pack, step, from_at, until, length),
        double_test=step.double_test,
        extension_until=extended,
        condition=step.early_release if extended else None,
    )


def _tests(pack: RulePack, step: Measure, from_at: datetime, until: datetime, length: timedelta) -> tuple[DueTest, ...]:
    """The planned days that fit; where a release asks for tests, the last one moves forward into what is left."""
    first = pack.local_day(from_at)
    n_days = (pack.local_day(until - timedelta(microseconds=1)) - first).days + 1
    planned = [day for day in step.test_days if day <= length.days]
    days = {day for day in planned if day <= n_days}
    if planned and (step.double_test or step.early_release is not None):
        days.add(min(n_days, planned[-1]))
    last = max(days, default=0)
    return tuple(
        DueTest(
            first + (day - 1) * DAY,
            day,
            2 if step.double_test and day == last else 1,
            step.id,
        )
        for day in sorted(days)
    )
