"""Rounds of mass testing (全员核酸): states, deadlines, pools, and when "all negative" may be said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chainbreak.epi.decision import Row, evaluate
from chainbreak.epi.rulepack import RulePack
from chainbreak.epi.transitions import moves

ROUND_MOVES = moves(
    planned="announced",
    announced="sampling",
    sampling="sampling_closed",
    sampling_closed="testing",
    testing="complete",
    complete="reconciled",
    reconciled="published",
)
TUBE_MOVES = moves(open="sealed", sealed="shipped", shipped="received", received="testing rejected", testing="resulted")
RESULT_MOVES = moves(preliminary="verified", verified="reported")
MEMBER_MOVES = moves(pending="negative held", held="negative positive")
OUTCOMES = ("negative", "positive", "inconclusive", "invalid")


@dataclass(frozen=True)
class Deadlines:
    """Until when a round must be sampled and tested, counted from its start."""

    sample_due_at: datetime
    test_due_at: datetime


@dataclass(frozen=True)
class TubeCounts:
    """How the tubes and members of a round stand."""

    tubes: int
    verified_negative: int
    held_members: int


def deadlines(pack: RulePack, *, start_at: datetime) -> Deadlines:
    """The two deadlines of a round."""
    return Deadlines(start_at + pack.limit("round.sampling"), start_at + pack.limit("round.testing"))


def reasons_against_all_negative(counts: TubeCounts) -> tuple[str, ...]:
    """Why "all negative" (全部阴性) may not be printed: empty means it may.

    Every tube of the round needs a verified negative result, nobody may be held, and there must be tubes at all.
    """
    reasons = []
    if counts.tubes == 0:
        reasons.append("no_tubes")
    if counts.verified_negative < counts.tubes:
        reasons.append("tubes_without_verified_negative")
    if counts.held_members:
        reasons.append("members_held")
    return tuple(reasons)


def all_negative_may_be_printed(counts: TubeCounts) -> bool:
    """Whether nothing stands against saying that all are negative."""
    return not reasons_against_all_negative(counts)


def member_state(*, tube_outcome: str | None, own_outcome: str | None, pool_size: int) -> str:
    """How one member of a tube stands: pending, held, negative or positive.

    A pool that is not negative holds its members and classifies nobody; only the person's own test does. A tube of
    one person is that person's own test.

    Raises:
        ValueError: an outcome that does not exist, or a tube without members.
    """
    for outcome in (tube_outcome, own_outcome):
        if outcome is not None and outcome not in OUTCOMES:
            raise ValueError(f"an outcome is one of {', '.join(OUTCOMES)}; got {outcome!r}")
    if pool_size < 1:
        raise ValueError(f"a tube has at least one member; got {pool_size}")
    if own_outcome is None and pool_size == 1 and tube_outcome in ("negative", "positive"):
        own_outcome = tube_outcome
    if own_outcome in ("negative", "positive"):
        return own_outcome
    if tube_outcome is None:
        return "pending"
    return "negative" if tube_outcome == "negative" and own_outcome is None else "held"


def pool_size(pack: RulePack, **facts: Any) -> int | None:
    """How many swabs may go into one tube by the pack's table `pool.size`; None if it says nothing."""
    hits = evaluate(pack.table("pool.size"), facts)
    return int(hits[0].outputs["swabs"]) if hits else None


@dataclass(frozen=True)
class Repetition:
    """When a round is due again (检测频次): every so many days by a row of the pack, or the way to the stop."""

    every_days: int
    rule: str
    quiet_rounds: int  # rounds without a finding in the community so far
    may_pause: bool  # enough of them: pause, one more round, then stop
    pause_days: int


def repetition(
    pack: RulePack, *, source_known: bool, rounds_done: int, rounds_since_case: int, days_since_case: int
) -> Repetition | None:
    """How often to repeat a round in an area, and whether it may pause, by the pack; None if it says nothing.

    Args:
        rounds_since_case: rounds completed since the last finding outside quarantine.
    """
    if not pack.has("round.repeat"):
        return None
    facts = {
        "source_known": source_known, "rounds_done": rounds_done, "rounds_since_case": rounds_since_case,
        "days_since_case": days_since_case,
    }  # fmt: skip
    hit = evaluate(pack.table("round.repeat"), facts)[0]
    wanted, pause = int(pack.value("round.stop.quiet_rounds")), int(pack.value("round.stop.pause"))
    quiet = min(rounds_done, rounds_since_case)
    return Repetition(int(hit.outputs["every_days"]), hit.rule.id, quiet, quiet >= wanted, pause)


def exclusions(pack: RulePack) -> tuple[Row, ...]:
    """Who of the residents a round does not ask, and why, as the pack writes it; empty where it says nothing."""
    return pack.table("round.exclusion").rows if pack.has("round.exclusion") else ()
