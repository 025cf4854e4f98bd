"""Long lists (列表): one page at a time by key, never by offset; and the same rows as a file for those who may."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit

from .door import Asked
from .order import Order

SIZE = 50
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Page:
    """Some rows of a list, the key after which the next page begins, and how many there are."""

    rows: list[Any]
    after: str
    first: bool
    count: int
    counted_all: bool


def page(
    request: HttpRequest,
    found: Any,
    *,
    keys: Sequence[str] = ("pk",),
    size: int = SIZE,
    down: bool = False,
    order: Order = Order(),  # noqa: B008  frozen
) -> Page:
    """The page that the address asks for (`?after=…`) of a query ordered by whole-number `keys`, upwards or `down`.

    Args:
        order: the column that the reader chose; it goes before the keys.

    Raises:
        Refused("bad_filter"): the key in the address is not one of this list.
    """
    asked = request.GET.get("after", "")
    rows = order.rows(found)
    if asked and order.name:
        rows = rows.filter(order.beyond(asked))
    elif asked:
        parts = asked.split(".")
        if len(parts) != len(keys) or not all(part.isdecimal() and len(part) < 19 for part in parts):
            raise Refused("bad_filter", name="after", value=asked)
        rows = rows.filter(_beyond(keys, [int(part) for part in parts], "lt" if down else "gt"))
    if order.name:  # the keys alone first: a hundred thousand rows are put in order without what is joined to them
        keys_in_order = list(rows.values_list("pk", flat=True)[: size + 1])
        by_key = {row.pk: row for row in found.filter(pk__in=keys_in_order)}
        got = [by_key[key] for key in keys_in_order]
    else:
        got = list(rows[: size + 1])
    after = ""
    if len(got) > size:
        last = got[size - 1]
        after = order.key(last) if order.name else ".".join(str(getattr(last, key)) for key in keys)
    count = found.order_by()[: MOST_COUNTED + 1].count() if asked or after else len(got)
    return Page(got[:size], after, not asked, min(count, MOST_COUNTED), count <= MOST_COUNTED)


def _beyond(keys: Sequence[str], values: Sequence[int], way: str) -> Q:
    beyond = Q(**{f"{keys[-1]}__{way}": values[-1]})
    for key, value in zip(reversed(keys[:-1]), reversed(values[:-1]), strict=True):
        beyond = Q(**{f"{key}__{way}": value}) | (Q(**{key: value}) & beyond)
    return beyond


def export(
    request: Asked,
    *,
    name: str,
    header: Sequence[object],
    rows: Iterable[Any],
    cells: Callable[[Any], Sequence[object]],
) -> StreamingHttpResponse:
    """The rows as CSV for a spreadsheet; every row says who took it out and when (水印). The export is on record.

    Raises:
        Refused("not_permitted"): the account may not take lists out.
    """
    now = timezone.now()
    access.require(request.user, "export.run", at=now)
    audit.record("list.exported", actor=request.user, at=now, subject=name, detail={"address": request.get_full_path()})
    mark = f"{request.user.get_username()} {timezone.localtime(now):%Y-%m-%d %H:%M:%S}"

    def lines() -> Iterator[str]:
        yield "\ufeff" + _line([*(str(cell) for cell in header), _("taken out by")])
        for row in rows:
            yield _line([*(_plain(cell) for cell in cells(row)), mark])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localtime(now):%Y%m%d-%H%M}.csv"'
    return response


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _plain(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return "'" + text if text[:1] in "=+-@\t\r" else text  # a spreadsheet must not take a value for a formula
