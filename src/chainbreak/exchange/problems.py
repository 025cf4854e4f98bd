"""What can be wrong with a file, a column or a row, in a closed list of codes (导入问题)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chainbreak.exchange.problem_words import FACTS, PROBLEMS, UNREADABLE

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Problem:
    """One thing found in a file: where, what, how grave.

    row: the number of the record in the file, counted from 1 below the header; None for the file or a whole column.
    severity: "error" the row is not taken (it is kept word for word in the report); "warning" it is taken and
    flagged; "note" it was repaired or needs no answer.
    """

    row: int | None
    column: str | None
    code: str
    severity: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in PROBLEMS:
            raise ValueError(f"problem codes are a closed list; got {self.code!r}")
        if not self.severity:
            object.__setattr__(self, "severity", PROBLEMS[self.code][0])
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity is one of {SEVERITIES}; got {self.severity!r}")

    @property
    def message(self) -> str:
        """What is wrong, in the reader's language."""
        return _say(PROBLEMS[self.code][1], self.facts)

    @property
    def next_step(self) -> str:
        """What to do about it, in the reader's language."""
        return _say(PROBLEMS[self.code][2], self.facts)

    def as_json(self) -> dict[str, Any]:
        """The problem as one row of an import's reply."""
        return {
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "severity": self.severity,
            "message": f"{self.message} {self.next_step}".strip(),
            "facts": {name: _plain(value) for name, value in self.facts.items()},
        }


class Unreadable(Exception):
    """A file that cannot be read as a table: which, what is wrong, what to do next (无法读取)."""

    def __init__(self, path: Path | str, code: str, **facts: Any) -> None:
        if code not in UNREADABLE:
            raise ValueError(f"codes of unreadable files are a closed list; got {code!r}")
        self.path, self.code, self.facts = str(path), code, facts
        super().__init__(code)

    @property
    def what(self) -> str:
        """What is wrong, in the reader's language."""
        return _say(UNREADABLE[self.code][0], self.facts)

    @property
    def next_step(self) -> str:
        """What to do about it, in the reader's language."""
        return _say(UNREADABLE[self.code][1], self.facts)

    def said(self, translate: Callable[[str], str]) -> str:
        """What is wrong and what to do about it, in the language of `translate`."""
        facts = _Facts({name: _plain(value) for name, value in self.facts.items()})
        return " ".join(translate(words) % facts for words in UNREADABLE[self.code] if words)

    def __str__(self) -> str:
        return f"{self.path}: {self.what} {self.next_step}"


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


def _say(words: str, facts: Mapping[str, Any]) -> str:
    """The words in the reader's language, with their facts in place."""
    plain = {name: _plain(value) for name, value in facts.items()}
    for name in ("order", "reading", "epoch"):
        if plain.get(name) in FACTS:
            plain[name] = _translated(FACTS[plain[name]])
    return _translated(words) % _Facts(plain)


def _translated(words: str) -> str:
    """In the reader's language; in English where no language is set up (files alone)."""
    from django.core.exceptions import ImproperlyConfigured
    from django.utils.translation import gettext

    try:
        return gettext(words) if words else ""
    except ImproperlyConfigured:
        return words


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(_plain(one)) for one in value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
