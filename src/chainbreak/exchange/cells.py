"""One cell read as its field wants it, with what is to be said about it (单元格)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chainbreak.exchange import vocabulary
from chainbreak.exchange.date_shapes import is_missing
from chainbreak.exchange.dates import DateRule, resolve
from chainbreak.exchange.header import cell_text
from chainbreak.exchange.identity import read_id_number
from chainbreak.exchange.values import (
    Reading,
    has_full_width,
    is_rounded_number,
    plain,
    read_age,
    read_count,
    read_ct,
    read_number,
)

_BLANKS = " \t\r\n\u3000\xa0\u200b\ufeff"
_NUMBERS: dict[str, Callable[[Any], Reading]] = {
    "number": read_number,
    "count": read_count,
    "ct": read_ct,
    "age": read_age,
}
DATES = ("date", "birth", "when")


@dataclass
class CellReading:
    """A cell's value, the codes (with facts) of what was found, and whether its text must be kept aside."""

    value: Any = None
    found: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def keep_text(self) -> bool:
        """The value could not be told: its text stays beside the record."""
        return self.value is None and bool(self.found)


def read_cell(
    cell: Any, type_: str, name: str, *, words: Mapping[str, Any] | None = None, rule: DateRule | None = None
) -> CellReading:
    """The cell as a value of the type.

    Args:
        type_: text, id, name, date, birth, when, number, count, age, ct, id_number, or word:KIND.
        words: what the mapping says that certain words mean.
        rule: of the date column; needed for dates.
    """
    reading = CellReading()
    if isinstance(cell, str):
        stripped = cell.strip(_BLANKS)
        if stripped != cell:
            if stripped:
                reading.found.append(("blanks_trimmed", {}))
            cell = stripped
    if words and (meaning := _meaning(cell, words)) is not None:
        cell = meaning[0]
    if cell is None or cell == "":
        reading.found.clear()
        return reading
    if type_ not in ("text", "name") and has_full_width(cell):
        reading.found.append(("full_width", {}))
    for code, facts in _read(cell, type_, name, rule or DateRule(), reading):
        reading.found.append((code, facts))
    return reading


def _meaning(cell: Any, words: Mapping[str, Any]) -> tuple[Any] | None:
    """The mapped meaning of a word, in a tuple, because it may be None (not given)."""
    text = plain(cell)
    for word, meaning in words.items():
        if text == word or text.casefold() == word.casefold():
            return (meaning,)
    return None


def _read(
    cell: Any, type_: str, name: str, rule: DateRule, reading: CellReading
) -> Iterator[tuple[str, dict[str, Any]]]:
    if type_ in DATES:
        found = resolve(cell, rule)
        value = found.value
        if type_ != "when" and isinstance(value, datetime):
            value = value.astimezone(rule.zone).date()
        reading.value = value
        if found.code:
            yield found.code, found.facts
        elif value is not None:
            yield from _implausible(value, type_, rule)
    elif type_ in _NUMBERS:
        number = _NUMBERS[type_](cell)
        reading.value = number.value
        if number.code:
            yield number.code, number.facts
    elif type_.startswith("word:"):
        kind = type_.removeprefix("word:")
        word = vocabulary.find(kind, cell_text(cell))
        if word is None and not is_missing(cell):
            yield ("sex_unknown" if kind == "sex" else "word_unknown"), {"value": cell_text(cell), "field": name}
        reading.value = word == "yes" if kind == "yes_no" and word else word
    elif type_ == "id_number":
        yield from _id_number(cell, reading)
    elif type_ == "id":
        if is_rounded_number(cell):
            yield "number_truncated", {}
        text = plain(cell)
        text = text[:-2] if re.fullmatch(r"\d+\.0", text) else text
        reading.value = None if is_missing(text) else text
    else:
        reading.value = cell_text(cell)
        if type_ == "name" and is_missing(cell):
            reading.value = None


def _implausible(value: date | datetime, type_: str, rule: DateRule) -> Iterator[tuple[str, dict[str, Any]]]:
    day = value.astimezone(rule.zone).date() if isinstance(value, datetime) else value
    if rule.today and day > rule.today:
        yield "date_in_future", {"value": day}
    elif (
        type_ != "birth"
        and (
            (rule.earliest and day < rule.earliest)
            or (rule.latest and day > rule.latest)
            or (rule.anchor and abs((day - rule.anchor).days) > 731)
        )
    ) or day.year < 1880:
        yield "date_out_of_period", {"value": day}


def _id_number(cell: Any, reading: CellReading) -> Iterator[tuple[str, dict[str, Any]]]:
    if is_missing(cell):
        return
    if is_rounded_number(cell):
        yield "number_truncated", {}  # not a number of anybody any more
        return
    found = read_id_number(cell)
    reading.value = found.number
    if plain(cell).endswith("x"):
        yield "id_lower_case_x", {}
    if found.code:
        yield found.code, {}
