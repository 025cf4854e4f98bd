"""Figures by key (通报数字): what each counts, its words in both languages, and the records behind it.

A definition is a key template, a unit, a scope and one function from a `Context` to an `Answer`.
Each group of figures registers its own: see `figure_case.py`, `figure_contact.py`, ….
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from .context import Context, settings_edition

Value = int | float | str | None


@dataclass(frozen=True)
class Records:
    """The list behind a number: a query, the columns to show (field, heading), the column to page by."""

    query: QuerySet | None
    columns: tuple[tuple[str, str], ...]
    order: str = "pk"
    rows: tuple[dict[str, Any], ...] | None = None  # instead of a query, where the list is short and summed up
    sql: str = ""  # the question behind `rows`

    def text(self) -> str:
        """The question in SQL, without the values put in."""
        if self.query is None:
            return self.sql
        try:
            return self.query.query.sql_with_params()[0]
        except EmptyResultSet:
            return ""


@dataclass(frozen=True)
class Answer:
    """A figure's value and sentences. Without a value, `reason` says why nothing may be printed."""

    value: Value
    zh: str
    en: str
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    counted: int | None = None


def nothing(reason: str, zh: str = "", en: str = "", **facts: Any) -> Answer:
    """No value, and why: `no_facts`, `not_printable`, `not_yet` …"""
    return Answer(None, zh, en, reason, facts)


@dataclass(frozen=True)
class Definition:
    """One figure: a template such as `contact.d1.cum.{outbreak}`."""

    template: str
    unit: str
    scope: str
    answer: Callable[[Context], Answer]
    records: Callable[[Context], Records]
    subject: str = ""  # what stands in for {subject}

    def key(self, context: Context) -> str:
        return self.template.format(outbreak=context.outbreak.code, subject=self.subject)

    def query(self, context: Context) -> str:
        """A hash of the definition: what is asked, the settings, the edition of the rule pack (E3 32)."""
        text = self.records(replace(context, as_known=None)).text()
        asked = f"{self.template}|{self.subject}|{self.unit}|{self.scope}|{text}"
        return hashlib.sha256(f"{asked}|{settings_edition()}|{context.pack.edition}".encode()).hexdigest()


@dataclass(frozen=True)
class Figure:
    """A figure worked out: what a bulletin prints and an interface gives."""

    key: str
    value: Value
    unit: str
    scope: str
    as_of: datetime
    zh: str
    en: str
    query: str
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def public(self) -> dict[str, Any]:
        """The figure as other programs get it."""
        found = {
            "key": self.key, "value": self.value, "unit": self.unit, "scope": self.scope,
            "as_of": self.as_of.isoformat(), "zh": self.zh, "en": self.en, "query": self.query,
        }  # fmt: skip
        return {**found, "reason": self.reason, "facts": self.facts} if self.reason else found


Maker = Callable[[Context], Iterable[Definition]]
_MAKERS: list[tuple[int, Maker]] = []


def register(position: int) -> Callable[[Maker], Maker]:
    """Adds a group of figures at its place in the bulletin."""

    def add(make: Maker) -> Maker:
        _MAKERS.append((position, make))
        _MAKERS.sort(key=lambda pair: pair[0])
        return make

    return add


def definitions(context: Context) -> list[Definition]:
    """Every figure of an outbreak, in the order of the bulletin."""
    from . import (  # noqa: F401  (each registers its figures)
        figure_assessment,
        figure_case,
        figure_contact,
        figure_genome,
        figure_round,
        figure_stay,
    )

    return [definition for _, make in list(_MAKERS) for definition in make(context)]


def definition(context: Context, key: str) -> Definition | None:
    """The figure of that key, if this outbreak has it."""
    return next((one for one in definitions(context) if one.key(context) == key), None)


def work_out(one: Definition, context: Context) -> Figure:
    """The figure from the facts, never from the cache."""
    answer = one.answer(context)
    return Figure(
        key=one.key(context), value=answer.value, unit=one.unit, scope=one.scope, as_of=context.as_of,
        zh=answer.zh, en=answer.en, query=one.query(context), reason=answer.reason, facts=answer.facts,
    )  # fmt: skip
