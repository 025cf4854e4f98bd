"""Columns of a list that the reader chose (列的选择): they stand in the address, and an export has the same.

`components/heads.html` shows their heads, with a way to order the list by those that can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils.functional import Promise

from chainbreak.governance.refusal import Refused

from . import order


@dataclass(frozen=True)
class Columns:
    """All columns of a list with their words, which are shown, in the order of the list, and what it is ordered by.

    `first` is the column that is always there, with its words.
    """

    words: Mapping[str, str | Promise]
    shown: tuple[str, ...]
    first: tuple[str, str | Promise] = ("", "")
    sorts: Mapping[str, order.Sort] = field(default_factory=dict)
    order: order.Order = field(default_factory=order.Order)

    def __contains__(self, name: object) -> bool:
        return name in self.shown

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Each column that can be chosen, its words, and whether it is shown."""
        return [(name, str(words), name in self.shown) for name, words in self.words.items()]

    @property
    def heads(self) -> list[tuple[str, str, str, str | None]]:
        """Of each column that is shown, the first one too: name, words, `aria-sort`, and the order that a tap asks for.

        The last is None where the list cannot be ordered by the column.
        """
        first = [self.first] if self.first[0] else []
        return [
            (name, str(words), self.order.aria(name), self.order.next(name) if name in self.sorts else None)
            for name, words in [*first, *((name, self.words[name]) for name in self.shown)]
        ]

    @property
    def orders(self) -> list[tuple[str, str, bool]]:
        """Every order that can be chosen, for phones, where heads are not seen: its code, words, whether it is chosen."""
        words = {self.first[0]: self.first[1], **self.words}
        return [
            (sign + name, f"{words[name]} {arrow}", str(self.order) == sign + name)
            for name in self.sorts
            for sign, arrow in (("", "↑"), ("-", "↓"))
        ]

    def header(self) -> list[str]:
        """The words of the columns that are shown, the first one too."""
        return [words for _name, words, _aria, _next in self.heads]

    def cells(self, values: Mapping[str, object]) -> list[object]:
        """The values of one row in the order of the header."""
        return [values[name] for name in self.shown]


def chosen(
    request: HttpRequest,
    words: Mapping[str, str | Promise],
    *,
    usual: Sequence[str],
    first: tuple[str, str | Promise],
    sorts: Mapping[str, order.Sort],
) -> Columns:
    """The columns that the address asks for (`?col=area&col=onset`), without any the usual ones; and the order.

    Raises:
        Refused("bad_filter"): a column that the list has not.
    """
    asked = request.GET.getlist("col")
    for name in asked:
        if name not in words:
            raise Refused("bad_filter", name="col", value=name)
    wanted = set(asked or usual)
    shown = tuple(name for name in words if name in wanted)
    return Columns(words, shown, first, sorts, order.chosen(request, sorts))
