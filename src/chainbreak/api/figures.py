"""Figures over the interface (通报数字接口): the same list as the command line gives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from chainbreak.command.selectors.instant import parse_as_of
from chainbreak.command.services import figure
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access

from .interface import ERRORS

router = Router(tags=["figures"])


class FigureOut(Schema):
    """One figure; without a value, `reason` says why nothing may be printed."""

    key: str
    value: int | float | str | None
    unit: str
    scope: str
    as_of: datetime
    zh: str
    en: str
    query: str
    reason: str = ""
    facts: dict[str, Any] = {}


@router.get("/figures/{outbreak}", response={200: list[FigureOut], **ERRORS}, summary="The figures of an outbreak")
def figures(request: HttpRequest, outbreak: str, as_of: str, as_known: str = "", key: str = "") -> list[dict[str, Any]]:
    """Every figure as of an instant (`as_of=2022-03-28T24:00+08:00`), as known at another or as known now."""
    now = timezone.now()
    access.require(request.user, "figure.read", at=now)
    found = figure.figures(
        figure.outbreak_of(outbreak),
        as_of=parse_as_of(as_of),
        as_known=parse_as_of(as_known, name="as_known") if as_known else None,
        at=now,
    )
    if key and key not in {one.key for one in found}:
        raise Refused("unknown_figure", key=key, outbreak=outbreak, known=", ".join(one.key for one in found))
    return [one.public() for one in found if key in ("", one.key)]
