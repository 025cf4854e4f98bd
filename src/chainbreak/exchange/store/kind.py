"""What a kind of file holds, declared: its columns, whom it refers to, which tables it feeds (文件种类)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainbreak.exchange.store.bench import Bench


@dataclass(frozen=True)
class Column:
    """One column of a file.

    type: text, instant, day, whole, number, yesno, json, word (one of `words`), list (separated by semicolons).
    sealed: who somebody is; never kept in the clear, not even in the report of a rejected row.
    """

    name: str
    type: str = "text"
    required: bool = False
    words: tuple[str, ...] = ()
    default: str | None = None
    length: int | None = None
    sealed: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """A row names something that must be known: `columns` -> number of its row in `into`."""

    thing: str
    columns: tuple[str, ...]
    into: str
    within: str = ""  # an id already found that narrows the search, such as the outbreak of a case


@dataclass(frozen=True)
class Target:
    """One table that a kind feeds.

    match: the table's columns by which a row is known again.
    values: column of the table -> SQL over the file's typed columns.
    several: many rows of the file describe one row of the table (the steps of a letter).
    each: SQL giving several rows of the table for one row of the file (`unnest(...) AS name`).
    unique: other combinations that may stand only once; overlap: who may not be in two at a time.
    keep: columns whose blank does not replace what is known (registers: all).
    """

    model: str
    match: tuple[str, ...]
    values: dict[str, str]
    key: str | None = None
    when: str = "true"
    several: bool = False
    each: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    overlap: tuple[tuple[str, str, str], ...] = ()
    gives: str = ""  # thing that this register makes known to the targets after it

    @cached_property
    def table(self):
        from django.apps import apps

        return apps.get_model(self.model)

    @property
    def name(self) -> str:
        return self.table._meta.db_table

    @cached_property
    def is_fact(self) -> bool:
        from chainbreak.governance.models import Fact

        return issubclass(self.table, Fact)


@dataclass(frozen=True)
class Rule:
    """A row for which `broken` holds is not taken (or is flagged): SQL over the typed columns."""

    broken: str
    code: str
    column: str = ""
    severity: str = "error"
    facts: str = "{}"


@dataclass(frozen=True)
class Kind:
    """A kind of file that `chainbreak import` takes."""

    name: str
    columns: tuple[Column, ...]
    targets: tuple[Target, ...]
    references: tuple[Reference, ...] = ()
    rules: tuple[Rule, ...] = ()
    outbreak: str = ""  # "", "optional" or "required"
    prepare: Callable[[Bench], None] | None = None  # further columns, once references are found
    checks: tuple[Callable[[Bench], None], ...] = ()
    after: Callable[[Bench], None] | None = None

    @property
    def facts(self) -> bool:
        return any(target.is_fact for target in self.targets)

    def all_columns(self) -> tuple[Column, ...]:
        extra = []
        names = {column.name for column in self.columns}
        if "recorded_at" not in names:
            extra.append(Column("recorded_at", "instant"))
        if self.outbreak and "outbreak" not in names:
            extra.append(Column("outbreak"))
        return (*self.columns, *extra)
