"""Decision tables: each hit policy, each comparison, and what is refused."""

from __future__ import annotations

import pytest

from chainbreak.epi import reading
from chainbreak.epi.decision import OverlapError, evaluate
from chainbreak.epi.rule import PackError

COMMON = {"source": "a source", "mark": "D", "text_zh": "规则", "text_en": "a rule"}


def table(policy, rows, **more):
    raw = {
        "id": "t",
        **COMMON,
        "hit_policy": policy,
        "inputs": {"age": "integer", "kind": ["cat", "dog"], "ill": "boolean"},
        "outputs": ["colour"],
        "rows": [
            {"id": f"row{n}", **COMMON, "when": when, "then": {"colour": colour}}
            for n, (when, colour) in enumerate(rows, start=1)
        ],
        **more,
    }
    return reading.table("pack test", raw)


OVERLAPPING = [({"age": {"ge": 3}}, "yellow"), ({"kind": "cat"}, "red"), ({}, "green")]


def hits(policy, rows, inputs, **more):
    return [hit.rule.id for hit in evaluate(table(policy, rows, **more), inputs)]


def test_each_hit_policy_chooses_its_own_way():
    cat = {"age": 5, "kind": "cat"}
    assert hits("FIRST", OVERLAPPING, cat) == ["row1"]
    assert hits("COLLECT", OVERLAPPING, cat) == ["row1", "row2", "row3"]
    assert hits("PRIORITY", OVERLAPPING, cat, priority={"colour": ["red", "yellow", "green"]}) == ["row2"]
    with pytest.raises(OverlapError, match="row1"):
        hits("UNIQUE", OVERLAPPING, cat)


def test_unique_gives_the_one_that_fits_or_none():
    rows = [({"age": {"lt": 3}}, "green"), ({"age": {"from": 3, "until": 9}}, "red")]
    assert [hits("UNIQUE", rows, {"age": age}) for age in (2, 3, 8, 9)] == [["row1"], ["row2"], ["row2"], []]


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        (5, [5]),
        ([4, 6], [4, 6]),
        ({"ne": 5}, [4, 6]),
        ({"lt": 5}, [4]),
        ({"le": 5}, [4, 5]),
        ({"gt": 5}, [6]),
        ({"ge": 5}, [5, 6]),
        ({"from": 4, "until": 6}, [4, 5]),
        ({"not_in": [4, 5]}, [6]),
    ],
)
def test_each_comparison_at_its_edge(condition, fits):
    rows = [({"age": condition}, "red")]
    assert [age for age in (4, 5, 6) if hits("FIRST", rows, {"age": age})] == fits


def test_what_is_not_known_meets_no_condition_but_null():
    rows = [({"age": {"ne": 5}}, "red"), ({"age": None}, "green")]
    assert hits("FIRST", rows, {"age": None}) == ["row2"]
    assert hits("FIRST", rows, {}) == ["row2"]


def test_a_hit_says_which_conditions_held_for_which_values():
    (hit,) = evaluate(table("FIRST", [({"age": {"ge": 3}, "kind": "cat"}, "red")]), {"age": 5, "kind": "cat"})
    assert [(r.input, r.condition, r.value) for r in hit.reasons] == [
        ("age", "age ge 3", 5),
        ("kind", "kind eq cat", "cat"),
    ]
    assert hit.outputs == {"colour": "red"}
    assert hit.rule.source == "a source"


@pytest.mark.parametrize("inputs", [{"size": 3}, {"age": "5"}, {"age": True}, {"kind": "cow"}, {"ill": 1}])
def test_wrong_inputs_are_misuse(inputs):
    with pytest.raises(ValueError, match="table t"):
        evaluate(table("FIRST", OVERLAPPING), inputs)


def test_priority_must_order_every_outcome():
    with pytest.raises(PackError, match="row3, field then"):
        table("PRIORITY", OVERLAPPING, priority={"colour": ["red", "yellow"]})
    with pytest.raises(PackError, match="field priority"):
        table("PRIORITY", OVERLAPPING)
