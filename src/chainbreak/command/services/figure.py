"""Figures for any two clocks (通报数字), worked out once for a generation of the facts and then kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from chainbreak.governance.models import ImportRun
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import generation
from chainbreak.investigation.models import Derivation, Outbreak
from chainbreak.measures.services import derive

from ..models import FigureValue
from ..selectors import figure
from ..selectors.context import Context, settings_edition
from ..selectors.figure import Figure

RECIPE = 1  # counts up when a definition changes without its query changing


def outbreak_of(code: str) -> Outbreak:
    """The outbreak of that code.

    Raises:
        Refused("unknown_outbreak"): there is none; fact `known` lists those there are.
    """
    found = Outbreak.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(Outbreak.objects.order_by("code").values_list("code", flat=True)) or "-"
        raise Refused("unknown_outbreak", outbreak=code, known=known)
    return found


def context(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None, at: datetime) -> Context:
    """What figures are asked about; snapshots are made when somebody looks at them."""
    made: dict[int, Derivation] = {}

    def snapshot(wanted: Outbreak) -> Derivation:
        if wanted.pk not in made:
            made[wanted.pk] = derive.snapshot(wanted, as_known=as_known, at=at)
        return made[wanted.pk]

    return Context(outbreak, as_of, as_known, snapshot)


def figures(
    outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None = None, at: datetime, fresh: bool = False
) -> list[Figure]:
    """Every figure of an outbreak, in the order of the bulletin.

    Raises:
        ValueError: an instant has no time zone.
    """
    if as_of.tzinfo is None or (as_known and as_known.tzinfo is None):
        raise ValueError(f"as_of and as_known need a time zone; got {as_of}, {as_known}")
    now = edition()
    kept = {} if fresh else _kept(outbreak, as_of, as_known, now)
    if kept and (order := kept.get("*")):
        return [_from_cache(kept[key], as_of) for key in order if key in kept]
    asked = context(outbreak, as_of=as_of, as_known=as_known, at=at)
    found = [figure.work_out(one, asked) for one in figure.definitions(asked)]
    # making a snapshot is no change of facts: `now` still holds
    _keep(outbreak, as_of, as_known, now, found)
    return found


def values(found: Iterable[Figure]) -> dict[str, Any]:
    """The values by key."""
    return {one.key: one.value for one in found}


def edition() -> str:
    """What the figures rest on: facts, imports of registers, settings and recipe. Two queries."""
    runs = ImportRun.objects.aggregate(n=Count("pk"), last=Max("undone_at"), done=Max("finished_at"))
    text = f"{generation.current()}|{runs}|{settings_edition()}|{RECIPE}"
    return hashlib.sha256(text.encode()).hexdigest()


def _kept(outbreak: Outbreak, as_of: datetime, as_known: datetime | None, now: str) -> dict[str, Any]:
    rows = FigureValue.objects.filter(outbreak=outbreak, as_of=as_of, as_known=as_known, generation=now)
    return dict(rows.values_list("key", "value"))


def _keep(outbreak: Outbreak, as_of: datetime, as_known: datetime | None, now: str, found: list[Figure]) -> None:
    rows = [("*", [one.key for one in found])]
    rows += [(one.key, {**one.public(), "reason": one.reason, "facts": one.facts}) for one in found]
    FigureValue.objects.bulk_create(
        [
            FigureValue(outbreak=outbreak, as_of=as_of, as_known=as_known, generation=now, key=key, value=value)
            for key, value in rows
        ],
        update_conflicts=True,
        unique_fields=["key", "outbreak", "as_of", "as_known"],
        update_fields=["generation", "value"],
    )


def _from_cache(kept: dict[str, Any], as_of: datetime) -> Figure:
    return Figure(**{**kept, "as_of": as_of})
