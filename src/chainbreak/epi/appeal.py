"""Appeals (申诉): the states, when the answer is due, and which answers need a change of facts or a second person.

The states are those of the field's model, with one move more: an escalated appeal is looked at again by somebody who
has not decided it before, or else it would wait for ever.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from .rulepack import RulePack
from .transitions import moves

MOVES = moves(
    submitted="acknowledged",
    acknowledged="under_review",
    under_review="need_information upheld partly_upheld rejected",
    need_information="under_review",
    upheld="closed",
    partly_upheld="closed",
    rejected="closed escalated",
    escalated="under_review",
)
FIRST = frozenset({"submitted"})
DECISIONS = ("upheld", "partly_upheld", "rejected")
ANSWERED = (*DECISIONS, "closed")
WAITING = tuple(state for state in MOVES if state not in ANSWERED)
OURS = tuple(state for state in WAITING if state != "need_information")  # the house owes the next step
OVERRIDABLE = frozenset({"contact1", "contact2"})  # a person may judge these otherwise than the rule does
RULE = "appeal.decide"


@dataclass(frozen=True)
class Deadline:
    """How long an answer may take, by which rule, from which source."""

    within: timedelta
    rule: str
    edition: str
    source: str

    @property
    def hours(self) -> float:
        """The time in hours."""
        return self.within.total_seconds() / 3600


@cache
def settings() -> dict[str, Any]:
    """The values of `appeal.toml`."""
    return tomllib.loads((files(__package__) / "appeal.toml").read_text("utf-8"))


def deadline(pack: RulePack | None) -> Deadline:
    """When an appeal must be decided (答复时限): by the pack's `appeal.decide`, else by `appeal.toml`."""
    if pack is not None and pack.has(RULE):
        return Deadline(pack.limit(RULE), RULE, pack.edition, pack.rule(RULE).source)
    own = settings()["decide"]
    return Deadline(timedelta(hours=own["hours"]), RULE, "", own["source"])


def obstacle(decision: str, *, holds: bool, changed: bool, reason: str) -> str:
    """What stands against a decision: "" for nothing, `second_person`, `facts_first` or `nothing_changed`.

    Only rules change a measure (P-01). Upholding an appeal while the measure still follows from the facts is an
    override by two people, and only where people may judge, which is about contacts; anything else is corrected in
    its facts first. Half an appeal is upheld only when the measure has changed since.

    Args:
        holds: a measure of the appeal's outbreak still follows from the facts.
        changed: the measure is not the one that was appealed against.
        reason: why the measure holds: contact1, contact2, arrival, case; empty for none.

    Raises:
        ValueError: no such decision.
    """
    if decision not in DECISIONS:
        raise ValueError(f"decision must be one of {DECISIONS}; got {decision!r}")
    if decision == "upheld" and holds:
        return "second_person" if reason in OVERRIDABLE else "facts_first"
    if decision == "partly_upheld" and not changed:
        return "nothing_changed"
    return ""
