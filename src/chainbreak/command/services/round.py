"""Rounds worked out once for a generation of the facts (轮次)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.dateparse import parse_datetime

from chainbreak.governance.models import ImportRun
from chainbreak.governance.selectors import generation
from chainbreak.investigation.models import CaseReport, Outbreak
from chainbreak.measures.models import Stay
from chainbreak.screening.models import Round, RoundEvent, Swab
from chainbreak.screening.selectors import kept, roll

from ..models import FigureValue
from ..selectors import round as rounds
from ..selectors.context import Context
from . import figure

TIMES = ("start_at", "sample_due_at", "test_due_at", "last_swab", "last_result")


def read(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None, at: datetime) -> list[dict[str, Any]]:
    """Each round of the city by its numbers, newest first, with its jurisdictions."""
    now = figure.edition()
    values: dict[str, Any] = {"key": "rounds", "outbreak": outbreak, "as_of": as_of, "as_known": as_known}
    found = FigureValue.objects.filter(**values, generation=now).values_list("value", flat=True).first()
    if found is None:

        def count() -> list[dict[str, Any]]:
            context = figure.context(outbreak, as_of=as_of, as_known=as_known, at=at)
            rows = [{**_row(one), "roll": _roll(context, one.round)} for one in rounds.standings(context)]
            FigureValue.objects.update_or_create(**values, defaults={"generation": now, "value": rows})
            return rows

        found = kept.answer(("rounds", outbreak.pk, as_of, as_known), count, fresh=0)  # a city's: of the last minute
    return [_times(row) for row in found]


def _row(one: rounds.Standing) -> dict[str, Any]:
    return {
        "series": one.round.series,
        "number": one.round.number,
        "area_code": one.round.area_code,
        "state": one.state,
        "persons": one.persons,
        "tubes": one.tally.tubes,
        "without_result": one.tally.without_result,
        "held": one.tally.held,
        "positive": one.tally.positive,
        **{name: _iso(getattr(one.round, name)) for name in TIMES[:3]},
        **{name: _iso(getattr(one.tally, name)) for name in TIMES[3:]},
        "areas": [
            {**vars(area), "last_swab": _iso(area.last_swab), "last_result": _iso(area.last_result)}
            for area in one.tally.areas
        ],
    }


def _roll(context: Context, one: Round) -> list[dict[str, Any]]:
    """The roll of a round by jurisdiction; counted again only when swabs, steps or the roll itself have changed."""
    runs = ImportRun.objects.aggregate(last=Max("pk"), undone=Max("undone_at"))
    now = hashlib.sha256(f"{generation.current((Swab, RoundEvent, Stay))}|{runs}".encode()).hexdigest()
    mine: dict[str, Any] = {
        "key": f"roll.{one.pk}",
        "outbreak": context.outbreak,
        "as_of": context.as_of,
        "as_known": context.as_known,
    }
    found = FigureValue.objects.filter(**mine, generation=now).values_list("value", flat=True).first()
    if found is None:
        counted = roll.counts(one, as_of=context.as_of, as_known=context.as_known)
        found = [{**vars(area), "due": area.due, "excluded_in_all": area.excluded_in_all} for area in counted]
        FigureValue.objects.update_or_create(**mine, defaults={"generation": now, "value": found})
    return found


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _times(row: dict[str, Any]) -> dict[str, Any]:
    read = {name: value and parse_datetime(value) for name, value in row.items() if name in TIMES}
    areas = [_times(area) for area in row.get("areas", [])]
    return {**row, **read, **({"areas": areas} if areas or "areas" in row else {})}


def since_case(of: Round, outbreak: Outbreak) -> dict[str, Any]:
    """What the rule of repetition asks of an area: rounds done, rounds and days since the last case found outside control."""
    done = Round.objects.filter(area_code=of.area_code, start_at__lte=of.start_at).order_by("-start_at")
    reports = CaseReport.objects.known_at(None).filter(case__outbreak=outbreak, reported_at__lt=of.test_due_at)
    reports = reports.exclude(under_control_when_sampled=True)
    last = reports.aggregate(last=Max("reported_at"))["last"]
    unknown = reports.filter(source_status="unknown").exists()
    return {
        "source_known": not unknown,
        "rounds_done": done.count(),
        "rounds_since_case": done.filter(start_at__gt=last).count() if last else done.count(),
        "days_since_case": max(0, (of.test_due_at - last).days) if last else 999,
    }
