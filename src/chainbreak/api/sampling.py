"""What a sampling table needs before the network goes: rounds and sites, no persons (接口:采样台)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from ninja import Router, Schema

from chainbreak.screening.selectors import round_pool, table
from chainbreak.screening.services import device as devices

from .interface import ERRORS, account

router = Router(tags=["screening"])
MOST_SITES = 500


class OpenRound(Schema):
    series: str
    number: int
    pool_size: int
    pools: dict[str, int]  # by site, where it was planned otherwise
    words: str


class Site(Schema):
    number: str
    name: str


class Table(Schema):
    area: str
    rounds: list[OpenRound]
    sites: list[Site]


@router.get("/sampling", response={200: Table, **ERRORS}, summary="Rounds and sites a table can choose")
def choices(request: HttpRequest) -> Any:
    now = timezone.now()
    area = devices.of_account(account(request), at=now).area_code
    zh = (get_language() or "").startswith("zh")
    sites = table.sites(area, at=now)[:MOST_SITES]
    return {
        "area": area,
        "rounds": [
            {
                "series": one.series,
                "number": one.number,
                "pool_size": one.pool_size,
                "pools": round_pool.by_site(one, sites),
                "words": f"{one} · {timezone.localtime(one.start_at):%Y-%m-%d %H:%M}",
            }
            for one in table.rounds(area)
        ],
        "sites": [{"number": one.number, "name": (one.name_zh if zh else one.name_en) or one.number} for one in sites],
    }
