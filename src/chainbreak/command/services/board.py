"""The board worked out once for a generation of the facts (看板)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime

from chainbreak.investigation.models import Outbreak

from ..models import FigureValue
from ..selectors import areamap, board, gap
from ..selectors.figure import Figure
from ..selectors.reconciliation import Reconciliation, reconcile
from . import figure


@dataclass(frozen=True)
class Board:
    """Everything the board shows for two clocks."""

    numbers: dict[str, list[int]]
    curve: list[tuple[date, dict[str, int]]]
    gaps: list[gap.Count]
    reconciliation: Reconciliation
    figures: list[Figure]
    areas: list[dict[str, Any]]
    edition: str


def read(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None, at: datetime) -> Board:
    """The board; from the cache unless a fact has changed since."""
    figures = figure.figures(outbreak, as_of=as_of, as_known=as_known, at=at)
    now = figure.edition()
    rows = FigureValue.objects.filter(key="board", outbreak=outbreak, as_of=as_of, as_known=as_known)
    kept = rows.filter(generation=now).values_list("value", flat=True).first()
    if kept is None or "areas" not in kept:
        context = figure.context(outbreak, as_of=as_of, as_known=as_known, at=at)
        kept = _worked_out(context)
        FigureValue.objects.update_or_create(
            key="board", outbreak=outbreak, as_of=as_of, as_known=as_known, defaults={"generation": now, "value": kept}
        )
    return Board(
        numbers=kept["numbers"],
        curve=[(parse_date(day), bars) for day, bars in kept["curve"]],
        gaps=[gap.Count(**{**row, "oldest": row["oldest"] and parse_datetime(row["oldest"])}) for row in kept["gaps"]],
        reconciliation=Reconciliation.from_json(kept["reconciliation"]),
        figures=figures,
        areas=kept["areas"],
        edition=str(now),
    )


def _worked_out(context: Any) -> dict[str, Any]:
    gaps = [
        {**vars(count), "owner": str(count.owner), "oldest": count.oldest and count.oldest.isoformat()}
        for count in gap.counts(context)
    ]
    return {
        "numbers": board.numbers(context),
        "curve": [(day.isoformat(), bars) for day, bars in board.curve(context)],
        "gaps": gaps,
        "reconciliation": reconcile(context).as_json(),
        "areas": areamap.areas(context),
    }
