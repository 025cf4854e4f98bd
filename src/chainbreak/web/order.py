"""The order of a list (排序): the column in the address (`?sort=-reported`), and the key after which a page goes on.

Pages go on by the value of the column and the row's id, never by an offset, so that the millionth row is as near as
the first. Rows without a value come last, either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from chainbreak.governance.refusal import Refused

READ: Mapping[str, Callable[[str], Any]] = {
    "time": datetime.fromisoformat,
    "day": date.fromisoformat,
    "number": int,
    "text": str,
}


@dataclass(frozen=True)
class Sort:
    """A column that a list can be ordered by: the field of its query, and what its values are."""

    field: str
    kind: str = "text"
    may_lack: bool = True


@dataclass(frozen=True)
class Order:
    """What a list is ordered by; without a name its own usual order."""

    name: str = ""
    down: bool = False
    sort: Sort | None = None

    def __str__(self) -> str:
        return ("-" if self.down else "") + self.name

    def aria(self, name: str) -> str:
        """For `aria-sort` of a column's head."""
        return "" if name != self.name else "descending" if self.down else "ascending"

    def next(self, name: str) -> str:
        """What a tap on a column's head asks for: upwards, then downwards, then the usual order again."""
        return name if name != self.name else "" if self.down else f"-{name}"

    def rows(self, found: QuerySet) -> QuerySet:
        """The query in this order."""
        if self.sort is None:
            return found
        if not self.sort.may_lack:
            sign = "-" if self.down else ""
            return found.order_by(f"{sign}{self.sort.field}", f"{sign}pk")
        field = F(self.sort.field)
        return found.order_by(
            field.desc(nulls_last=True) if self.down else field.asc(nulls_last=True), "-pk" if self.down else "pk"
        )

    def key(self, row: Any) -> str:
        """The key of a row, for the address of the page after it: id, and the value unless there is none."""
        value = row
        for part in self._field.split("__"):
            value = getattr(value, part, None)
        said = value.isoformat() if isinstance(value, date) else str(value)
        return str(row.pk) if value is None else f"{row.pk}_{said}"

    def beyond(self, asked: str) -> Q:
        """The rows after a key.

        Raises:
            Refused("bad_filter"): the key in the address is not one of this list.
        """
        number, has_value, text = asked.partition("_")
        field, way = self._field, "lt" if self.down else "gt"
        try:
            value = READ[self.sort.kind](text) if has_value else None  # type: ignore[union-attr]
            row = int(number)
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError(text)
        except ValueError:
            raise Refused("bad_filter", name="after", value=asked[:60]) from None
        same = Q(**{f"pk__{way}": row})
        if not has_value:
            return Q(**{f"{field}__isnull": True}) & same
        after = Q(**{f"{field}__{way}": value}) | (Q(**{field: value}) & same)
        return after | Q(**{f"{field}__isnull": True}) if self.sort.may_lack else after  # type: ignore[union-attr]

    @property
    def _field(self) -> str:
        return self.sort.field if self.sort else "pk"


def chosen(request: HttpRequest, sorts: Mapping[str, Sort]) -> Order:
    """The order that the address asks for.

    Raises:
        Refused("bad_filter"): a column that the list cannot be ordered by.
    """
    asked = request.GET.get("sort", "")
    name = asked.removeprefix("-")
    if asked and name not in sorts:
        raise Refused("bad_filter", name="sort", value=asked[:60])
    return Order(name, asked.startswith("-"), sorts[name]) if asked else Order()
