"""Columns of a list that the reader chose (列的选择): they stand in the address, and an export has the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from chainbreak.governance.refusal import Refused


@dataclass(frozen=True)
class Columns:
    """All columns of a list with their words, and which are shown, in the order of the list."""

    words: Mapping[str, str | Promise]
    shown: tuple[str, ...]

    def __contains__(self, name: object) -> bool:
        return name in self.shown

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Each column that can be chosen, its words, and whether it is shown."""
        return [(name, str(words), name in self.shown) for name, words in self.words.items()]

    def header(self) -> list[str]:
        """The words of the columns that are shown."""
        return [str(self.words[name]) for name in self.shown]

    def cells(self, values: Mapping[str, object]) -> list[object]:
        """The values of one row in the order of the header."""
        return [values[name] for name in self.shown]


def chosen(request: HttpRequest, words: Mapping[str, str | Promise], *, usual: Sequence[str]) -> Columns:
    """The columns that the address asks for (`?col=area&col=onset`); without any, the usual ones.

    Raises:
        Refused("bad_filter"): a column that the list has not.
    """
    asked = request.GET.getlist("col")
    for name in asked:
        if name not in words:
            raise Refused("bad_filter", name="col", value=name)
    wanted = set(asked or usual)
    return Columns(words, tuple(name for name in words if name in wanted))
