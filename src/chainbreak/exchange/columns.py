"""The columns of each kind of table, and the names people give them (字段与列名).

A field's type says how its cells are read: see `cells.py`.
"""

import re
import unicodedata
from dataclasses import dataclass
from importlib import resources

import yaml


@dataclass(frozen=True)
class Field:
    """One thing a record says: its name, how it is read, what senders call it."""

    name: str
    type: str
    aliases: tuple[str, ...] = ()
    required: bool = False


def _load() -> dict[str, tuple[Field, ...]]:
    text = (resources.files("chainbreak.exchange") / "words" / "columns.yaml").read_text("utf-8")
    return {
        kind: tuple(
            Field(name, one["type"], (name, *map(str, one.get("names", ()))), one.get("required", False))
            for name, one in fields.items()
        )
        for kind, fields in yaml.safe_load(text).items()
    }


KINDS = _load()


def fold_column(name: str) -> str:
    """A column's name without case, blanks, punctuation and camel humps."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return re.sub(r"[^\w]|_", "", text.casefold())


def _without_brackets(name: str) -> str:
    return re.sub(r"[(\[].*?[)\]]", "", unicodedata.normalize("NFKC", name))


def guess_mapping(columns: list[str], kind: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """column -> field for the columns whose names are known, and (column, used column, field) where two compete.

    The field's first alias wins; among equals the column further left.
    """
    ranks: dict[str, tuple[int, str]] = {}
    fields = KINDS[kind]
    known: dict[str, tuple[int, str]] = {}
    for one in fields:
        for rank, alias in enumerate(one.aliases):
            known.setdefault(fold_column(alias), (rank, one.name))
    for column in columns:
        leaf = column.rsplit(" / ", 1)[-1]
        for form in (column, leaf, _without_brackets(leaf)):
            if found := known.get(fold_column(form)):
                ranks[column] = found
                break
        else:
            if found := _part_of(fold_column(leaf), known):
                ranks[column] = found
    chosen: dict[str, str] = {}
    rivals = []
    for column, (_rank, name) in ranks.items():
        others = [other for other, (_, same) in ranks.items() if same == name]
        best = min(others, key=lambda other: (ranks[other][0], columns.index(other)))
        if best == column:
            chosen[column] = name
        else:
            rivals.append((column, best, name))
    return chosen, rivals


def _part_of(folded: str, known: dict[str, tuple[int, str]]) -> tuple[int, str] | None:
    """The longest known name that makes up most of a longer one: 患者的出生日期, dateofsymptomonset2."""
    parts = [alias for alias in known if len(alias) >= 3 and alias in folded and 2 * len(alias) > len(folded)]
    if any(ord(char) < 128 for char in folded):
        parts = [alias for alias in parts if len(alias) >= 8 or not alias.isascii()]
    parts = [alias for alias in parts if folded.endswith("id") <= alias.endswith("id")]  # a place's id is no place
    if not parts:
        return None
    rank, name = known[max(parts, key=len)]
    return rank + 100, name
