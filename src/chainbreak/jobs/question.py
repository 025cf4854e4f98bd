"""A question put to files alone (数据提问): what cannot be answered is wrong usage, in words and in JSON alike."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from chainbreak.exchange.given_days import strptime_format
from chainbreak.governance.refusal import Refused
from chainbreak.jobs import words
from chainbreak.jobs.words import gettext as _


def answer(deed: Callable[[], dict[str, Any]], show: Callable[[dict[str, Any]], str], *, json_wanted: bool) -> int:
    """Print the answer of a deed as one document or in words; gives the exit status."""
    try:
        found = deed()
    except Refused as refused:
        sentence = words.of(refused)
        print(sentence, file=sys.stderr)
        if json_wanted:
            print(
                json.dumps({"refused": refused.code, "message": sentence, "facts": refused.facts}, ensure_ascii=False)
            )
        return 2
    for note in found.get("warnings", ()):
        print(_("Note: %(sentence)s") % {"sentence": note["message"]}, file=sys.stderr)
    print(json.dumps(found, ensure_ascii=False, allow_nan=False) if json_wanted else show(found))
    return 0


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Columns of text, each as wide as its widest cell; a Chinese character is two wide."""
    cells = [[str(head) for head in heads], *([_cell(value) for value in row] for row in rows)]
    wide = [max(_width(row[place]) for row in cells) for place in range(len(cells[0]))]
    lines = ("  ".join(" " * (wide[place] - _width(cell)) + cell for place, cell in enumerate(row)) for row in cells)
    return "\n".join(lines)


def date_format(text: str) -> str:
    """The form of dates that an option names, as strptime has it: dd/mm/yyyy, dmy, %d/%m/%Y."""
    try:
        return strptime_format(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("a form of dates names day, month and year, as dd/mm/yyyy does; got %s") % text
        ) from None


def day(text: str) -> date:
    """The day that an option names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("must be a day like 2022-03-28; got %s") % text) from None


def plain(value: float) -> float | None:
    """A number as JSON has it; None where there is none."""
    number = float(value)
    return number if number == number and abs(number) != float("inf") else None


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
