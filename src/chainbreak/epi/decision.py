"""Decision tables (决策表) with the hit policies of DMN, and the reasons for every hit.

A condition is a value (equals), a list (one of), or a mapping of `eq ne lt le gt ge in not_in from until`
(`from`/`until` are a half-open range). An input that a row does not name may be anything. An input whose value is
None (not known) meets no condition but `eq: null`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from chainbreak.epi.rule import Rule

HIT_POLICIES = ("UNIQUE", "FIRST", "PRIORITY", "COLLECT")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (date,),
    "instant": (datetime,),
    "duration": (timedelta,),
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "in": lambda value, wanted: value in wanted,
    "not_in": lambda value, wanted: value not in wanted,
    "from": operator.ge,
    "until": operator.lt,
}
OPERATORS = tuple(_COMPARE)


class OverlapError(ValueError):
    """More than one row of a UNIQUE table fits the same inputs: the table is wrong, not the person."""


@dataclass(frozen=True)
class Condition:
    """What one input must be for a row to fit: every comparison in it must hold."""

    name: str
    tests: tuple[tuple[str, Any], ...]

    def holds(self, value: Any) -> bool:
        """Whether the value meets every comparison."""
        if value is None:
            return self.tests == (("eq", None),)
        return all(wanted is not None and _COMPARE[op](value, wanted) for op, wanted in self.tests)

    def __str__(self) -> str:
        """The condition as a person writes it: `age_years lt 15`."""
        return " and ".join(f"{self.name} {op} {wanted}" for op, wanted in self.tests)


@dataclass(frozen=True, kw_only=True)
class Row(Rule):
    """One row of a decision table: a rule of its own, with its conditions and what follows."""

    when: tuple[Condition, ...]
    then: Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """A named input of a table, with its type and, for words, the closed list of them."""

    name: str
    type: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DecisionTable(Rule):
    """A decision table: inputs, outputs, rows, and what to do when several rows fit."""

    hit_policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]
    priority: tuple[str, tuple[Any, ...]] | None = None  # (output, its values from the strongest down)
    _inputs: dict[str, Input] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        """Index the inputs by name."""
        object.__setattr__(self, "_inputs", {i.name: i for i in self.inputs})

    def input(self, name: str) -> Input:
        """The input of that name; ValueError if the table has none."""
        if name not in self._inputs:
            raise ValueError(f"table {self.id} has no input {name!r}; it has {sorted(self._inputs)}")
        return self._inputs[name]


@dataclass(frozen=True)
class Reason:
    """One condition that held, with the value it held for."""

    input: str
    condition: str
    value: Any


@dataclass(frozen=True)
class Hit:
    """A row that fits: what follows, by which rule, and why."""

    table: str
    rule: Row
    outputs: Mapping[str, Any]
    reasons: tuple[Reason, ...]


def evaluate(table: DecisionTable, inputs: Mapping[str, Any]) -> list[Hit]:
    """The rows that apply to these inputs under the table's hit policy, with reasons.

    UNIQUE, FIRST and PRIORITY give at most one hit, COLLECT every one in the order of the table. An input left out is
    not known, which is the same as None.

    Raises:
        ValueError: an input the table does not have, of another type, or outside the closed list.
        OverlapError: two rows of a UNIQUE table fit.
    """
    for name, value in inputs.items():
        _check(table, table.input(name), value)
    hits = [hit for row in table.rows if (hit := _hit(table, row, inputs)) is not None]
    if table.hit_policy == "COLLECT" or not hits:
        return hits
    if table.hit_policy == "UNIQUE" and len(hits) > 1:
        raise OverlapError(f"table {table.id} is UNIQUE, but {[h.rule.id for h in hits]} fit {dict(inputs)}")
    if table.hit_policy == "PRIORITY":
        if table.priority is None:
            raise ValueError(f"table {table.id} is PRIORITY but names no order of outputs")
        name, order = table.priority
        return [min(hits, key=lambda hit: order.index(hit.outputs[name]))]
    return hits[:1]


def _hit(table: DecisionTable, row: Row, inputs: Mapping[str, Any]) -> Hit | None:
    if not all(condition.holds(inputs.get(condition.name)) for condition in row.when):
        return None
    reasons = tuple(Reason(c.name, str(c), inputs.get(c.name)) for c in row.when)
    return Hit(table=table.id, rule=row, outputs=row.then, reasons=reasons)


def _check(table: DecisionTable, wanted: Input, value: Any) -> None:
    if value is None:
        return
    right = isinstance(value, TYPES[wanted.type])
    if isinstance(value, bool) and wanted.type != "boolean":
        right = False
    if isinstance(value, datetime) and wanted.type == "date":
        right = False
    if not right:
        raise ValueError(f"table {table.id}: {wanted.name} must be {wanted.type}; got {value!r}")
    if wanted.values and value not in wanted.values:
        raise ValueError(f"table {table.id}: {wanted.name} must be one of {wanted.values}; got {value!r}")
