"""The rows behind a number (计入的记录), one page at a time, with codes in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from chainbreak.investigation.models import (
    Classification,
    DiscoveryRoute,
    DispositionState,
    LinkAssessment,
    Origin,
    Sequence,
)
from chainbreak.measures.models import FacilityState, Stay, StayReason
from chainbreak.screening.models import Result

from .figure import Records

SIZE = 50
LABELS: dict[str, dict[str, str | Promise]] = {
    "classification_then": dict(Classification.choices),
    "origin": dict(Origin.choices),
    "discovery_route": dict(DiscoveryRoute.choices),
    "home_reason": dict(Stay.HomeReason.choices),
    "reason": dict(StayReason.choices),
    "state": {**dict(FacilityState.choices), **dict(DispositionState.choices)},
    "conclusion": dict(Sequence.Conclusion.choices),
    "result": dict(LinkAssessment.Result.choices),
    "outcome": dict(Result.Outcome.choices),
    "stage": dict(Result.Stage.choices),
}


@dataclass(frozen=True)
class Page:
    """Some rows; `after` begins the next page, None on the last one. `names` are the fields of the columns."""

    names: tuple[str, ...]
    headings: tuple[str, ...]
    rows: list[dict[str, Any]]
    after: int | None


def page(records: Records, *, after: int = 0, size: int = SIZE) -> Page:
    """Up to `size` rows after a key."""
    names, headings = tuple(name for name, _ in records.columns), tuple(heading for _, heading in records.columns)
    if records.query is None:
        rows = list(records.rows or ())
        got = rows[after : after + size]
        return Page(names, headings, got, after + size if len(rows) > after + size else None)
    order = records.order
    found = records.query.filter(**{f"{order}__gt": after}).order_by(order)
    got = list(found.values(*dict.fromkeys([order, *names]))[: size + 1])
    return Page(names, headings, got[:size], got[size - 1][order] if len(got) > size else None)


def cells(found: Page) -> list[list[Any]]:
    """The rows as lists in the order of the columns, codes in words."""
    return [[LABELS.get(name, {}).get(row[name], row[name]) for name in found.names] for row in found.rows]
