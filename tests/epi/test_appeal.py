"""Appeals: states, when the answer is due, what stands against a decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chainbreak.epi import appeal, rulepack
from chainbreak.epi.transitions import may_move, reachable


def test_the_moves_are_those_of_the_field_and_no_appeal_waits_for_ever():
    assert may_move(appeal.MOVES, None, "submitted", first=appeal.FIRST)
    assert not may_move(appeal.MOVES, "submitted", "rejected"), "nobody rejects what nobody has looked at"
    assert not may_move(appeal.MOVES, "upheld", "escalated")
    assert all("closed" in reachable(appeal.MOVES, state) for state in appeal.MOVES if state != "closed")
    assert set(appeal.WAITING) | set(appeal.ANSWERED) == set(appeal.MOVES)


@pytest.mark.parametrize("pack", [None, *map(rulepack.load, rulepack.available())], ids=str)
def test_every_answer_is_due_within_a_day_by_a_rule_with_its_source(pack):
    due = appeal.deadline(pack)
    assert due.within == timedelta(hours=24) and due.hours == 24
    assert due.rule == "appeal.decide" and due.source
    assert bool(due.edition) == (pack is not None and pack.has(appeal.RULE))


def test_the_pack_goes_before_the_house():
    pack = rulepack.override("covid19-cn-v8", {"appeal.decide": {"limit": "6 hours"}}, source="a county's notice")
    assert appeal.deadline(pack).within == timedelta(hours=6)


@pytest.mark.parametrize(
    ("decision", "holds", "changed", "reason", "obstacle"),
    [
        ("rejected", True, False, "contact1", ""),
        ("upheld", False, True, "", ""),
        ("upheld", True, False, "contact2", "second_person"),
        ("upheld", True, True, "arrival", "facts_first"),
        ("upheld", True, False, "case", "facts_first"),
        ("partly_upheld", True, False, "contact1", "nothing_changed"),
        ("partly_upheld", True, True, "contact1", ""),
    ],
)
def test_only_rules_and_two_people_change_a_measure(decision, holds, changed, reason, obstacle):
    assert appeal.obstacle(decision, holds=holds, changed=changed, reason=reason) == obstacle


def test_no_other_decision():
    with pytest.raises(ValueError, match="decision"):
        appeal.obstacle("closed", holds=False, changed=False, reason="")
