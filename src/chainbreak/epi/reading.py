"""Reading the fields of a rule: every value checked, every error naming pack, rule and field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from chainbreak.epi.decision import (
    HIT_POLICIES,
    OPERATORS,
    TYPES,
    Condition,
    DecisionTable,
    Input,
    Row,
)
from chainbreak.epi.rule import MARKS, PackError

T = TypeVar("T")
_DURATION = re.compile(r"^(\d+(?:\.\d+)?) (minute|hour|day)s?$")
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


def duration(value: Any) -> timedelta:
    """A length of time with its unit: `14 days`, `12 hours`, `15 minutes`."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"wants a number with its unit, as in '14 days' or '15 minutes'; got {value!r}")
    return float(match[1]) * _UNITS[match[2]]


def days(value: Any) -> timedelta:
    """A number of whole days, not negative."""
    length = duration(value)
    if length % timedelta(days=1):
        raise ValueError(f"wants whole days; got {value!r}")
    return length


def minimum(value: Any) -> str | timedelta:
    """The least time together that counts: a duration, or any, never, default."""
    return value if value in ("any", "never", "default") else duration(value)


def text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"wants a text; got {value!r}")
    return value.strip()


def mark(value: Any) -> str:
    """One of the marks V, S, U, D."""
    if value not in MARKS:
        raise ValueError(f"wants one of {', '.join(MARKS)}; got {value!r}")
    return str(value)


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"wants true or false; got {value!r}")
    return value


def whole(value: Any) -> int:
    """A whole number of at least 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"wants a whole number from 1; got {value!r}")
    return value


def wholes(value: Any) -> tuple[int, ...]:
    """A list of whole numbers, rising."""
    if not isinstance(value, list):
        raise ValueError(f"wants a list of whole numbers; got {value!r}")
    numbers = tuple(whole(item) for item in value)
    if list(numbers) != sorted(set(numbers)):
        raise ValueError(f"wants rising numbers; got {value!r}")
    return numbers


def words(value: Any) -> tuple[str, ...]:
    """A list of words, none twice, at least one."""
    if not isinstance(value, list) or not value:
        raise ValueError(f"wants a list of words; got {value!r}")
    if len(set(map(str, value))) != len(value):
        raise ValueError(f"names something twice: {value!r}")
    return tuple(text(item) for item in value)


def scalar(value: Any) -> str | int | float | bool | None:
    """One value: a number, a word, true or false, or nothing."""
    if value is not None and not isinstance(value, str | int | float | bool):
        raise ValueError(f"wants one value; got {value!r}")
    return value


def one_of(*allowed: str) -> Callable[[Any], str]:
    """A reader for a word out of a closed list."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"wants one of {', '.join(allowed)}; got {value!r}")
        return str(value)

    return read


class Fields:
    """The fields of one rule while it is read: what is missing, wrong or left over becomes a PackError."""

    def __init__(self, where: str, raw: Any) -> None:
        if not isinstance(raw, dict):
            raise PackError(f"{where}: wants a mapping of fields; got {raw!r}")
        name = raw.get("id")
        self.where = f"{where}, rule {name}" if isinstance(name, str) else where
        self._left = dict(raw)

    def take(self, name: str, read: Callable[[Any], T]) -> T:
        """A field that must be there."""
        if name not in self._left:
            raise PackError(f"{self.where}, field {name}: is missing")
        return self._read(name, self._left.pop(name), read)

    def maybe(self, name: str, read: Callable[[Any], T], otherwise: T) -> T:
        """A field that may be left out."""
        return self._read(name, self._left.pop(name), read) if name in self._left else otherwise

    def common(self) -> dict[str, str]:
        """The five fields that every rule has."""
        return {
            "id": self.take("id", text),
            "source": self.take("source", text),
            "mark": self.take("mark", mark),
            "text_zh": self.take("text_zh", text),
            "text_en": self.take("text_en", text),
        }

    def end(self) -> None:
        """Nothing may be left over: an unknown field is most often a slip of the pen."""
        if self._left:
            raise PackError(f"{self.where}, field {min(self._left)}: is not known here")

    def _read(self, name: str, value: Any, read: Callable[[Any], T]) -> T:
        try:
            return read(value)
        except PackError:
            raise
        except ValueError as error:
            raise PackError(f"{self.where}, field {name}: {error}") from None


def table(where: str, raw: Any) -> DecisionTable:
    """A decision table with its rows, every condition and outcome checked against the declared inputs and outputs."""
    fields = Fields(where, raw)
    common = fields.common()
    policy = fields.take("hit_policy", one_of(*HIT_POLICIES))
    inputs = fields.take("inputs", _inputs)
    outputs = fields.take("outputs", words)
    priority = fields.maybe("priority", _priority, None)
    rows = fields.take("rows", _list)
    fields.end()
    if (policy == "PRIORITY") != (priority is not None) or (priority and priority[0] not in outputs):
        raise PackError(
            f"{fields.where}, field priority: wants an output and its values, with hit policy PRIORITY only"
        )
    read = tuple(_row(fields.where, row, {i.name: i for i in inputs}, outputs) for row in rows)
    if priority is not None:
        for row in read:
            if row.then[priority[0]] not in priority[1]:
                raise PackError(f"{fields.where}, rule {row.id}, field then: {priority[0]} has no place in priority")
    return DecisionTable(
        **common,
        hit_policy=policy,
        inputs=inputs,
        outputs=outputs,
        rows=read,
        priority=priority,
    )


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("wants a list with at least one entry")
    return value


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"wants a mapping; got {value!r}")
    return value


def _inputs(value: Any) -> tuple[Input, ...]:
    read = []
    for name, kind in _mapping(value).items():
        if isinstance(kind, list):
            read.append(Input(name, "string", words(kind)))
        elif kind in TYPES:
            read.append(Input(name, kind))
        else:
            raise ValueError(f"{name} wants a list of words or one of {', '.join(TYPES)}; got {kind!r}")
    return tuple(read)


def _priority(value: Any) -> tuple[str, tuple[Any, ...]]:
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"wants one output with its values, strongest first; got {value!r}")
    name, order = next(iter(value.items()))
    return str(name), tuple(_list(order))


def _row(where: str, raw: Any, inputs: Mapping[str, Input], outputs: tuple[str, ...]) -> Row:
    fields = Fields(where, raw)
    common = fields.common()
    when = fields.take("when", lambda value: _conditions(_mapping(value), inputs))
    then = fields.take("then", _mapping)
    fields.end()
    if set(then) != set(outputs):
        raise PackError(f"{fields.where}, field then: wants exactly {', '.join(outputs)}; got {', '.join(then)}")
    return Row(**common, when=when, then=then)


def _conditions(raw: Mapping[str, Any], inputs: Mapping[str, Input]) -> tuple[Condition, ...]:
    read = []
    for name, value in raw.items():
        if name not in inputs:
            raise ValueError(f"{name} is not an input of the table; the inputs are {', '.join(inputs)}")
        given = value if isinstance(value, dict) else {"in" if isinstance(value, list) else "eq": value}
        read.append(Condition(name, tuple((op, _operand(inputs[name], op, given[op])) for op in given)))
    return tuple(read)


def _operand(wanted: Input, op: str, value: Any) -> Any:
    if op not in OPERATORS:
        raise ValueError(f"{wanted.name}: {op!r} is not a comparison; there are {', '.join(OPERATORS)}")
    if op in ("in", "not_in"):
        return tuple(_operand(wanted, "eq", item) for item in _list(value))
    if value is None and op == "eq":
        return None
    if wanted.type == "duration":
        return duration(value)
    right = isinstance(value, TYPES[wanted.type]) and isinstance(value, bool) == (wanted.type == "boolean")
    if not right or (wanted.type == "date" and isinstance(value, datetime)):
        raise ValueError(f"{wanted.name} is {wanted.type}; got {value!r}")
    if wanted.values and value not in wanted.values:
        raise ValueError(f"{wanted.name} must be one of {', '.join(wanted.values)}; got {value!r}")
    return value


def day(value: Any) -> date:
    """A calendar day, as YAML reads 2022-03-24."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"wants a day, as in 2022-03-24; got {value!r}")
    return value
