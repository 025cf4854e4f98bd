"""Sites with their waits for everybody (采样点开放数据): JSON and GeoJSON without a login, and the route to the shortest way.

Counts only: no person is in it, and nobody is asked who they are.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.security import HttpBearer, SessionAuth

from chainbreak.governance.refusal import Refused
from chainbreak.screening.selectors import site_live
from chainbreak.screening.selectors.site_live import SiteLive
from chainbreak.screening.services import device as devices
from chainbreak.screening.services import site as deeds
from chainbreak.screening.services.device import Device

from .interface import ERRORS, account

router = Router(tags=["screening"])


class CheckIn(Schema):
    """So many people joined the queue; the event's id makes telling it twice harmless."""

    event_id: uuid.UUID
    people: int


class Token(HttpBearer):
    """A device's token, as for swabs."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        try:
            return devices.of_token(token, at=timezone.now())
        except Refused:
            return None


class WaitOut(Schema):
    minutes: float
    low: float
    high: float


class SiteOut(Schema):
    """One open site; `wait` is missing while nobody has counted the queue in the last two hours."""

    site: str
    name_zh: str
    name_en: str
    area_code: str
    audience: str
    hours: str
    tables: int
    latitude: float | None
    longitude: float | None
    queue: int | None
    counted_at: datetime | None
    wait: WaitOut | None


class SitesOut(Schema):
    as_of: datetime
    sites: list[SiteOut]


class RouteOut(SiteOut):
    kilometres: float
    walk_minutes: float


@router.get("/sites", auth=None, response={200: SitesOut, **ERRORS}, summary="Open sites with their waits")
def all_sites(request: HttpRequest, audience: str = "", area: str = "") -> Any:
    found, at = _sites(audience, area)
    return {"as_of": at, "sites": [_row(one) for one in found]}


@router.get("/sites.geojson", auth=None, response={200: dict[str, Any], **ERRORS}, summary="Open sites as GeoJSON")
def geojson(request: HttpRequest, audience: str = "", area: str = "") -> Any:
    found, at = _sites(audience, area)
    features = []
    for one in found:
        row = _row(one)
        lat, lon = row.pop("latitude"), row.pop("longitude")
        place = None if lat is None or lon is None else {"type": "Point", "coordinates": [lon, lat]}
        features.append({"type": "Feature", "id": row["site"], "geometry": place, "properties": row})
    return {"type": "FeatureCollection", "as_of": at.isoformat(), "features": features}


@router.get(
    "/sites/route",
    auth=None,
    response={200: list[RouteOut], **ERRORS},
    summary="The way with least walking and waiting",
)
def route(
    request: HttpRequest, latitude: float, longitude: float, audience: Literal["everybody", "yellow_code", "key_class"] = "everybody",
    going: bool = False,
) -> Any:  # fmt: skip
    """At most three sites, best first; with `going=true` one person is counted on the way to the first of them."""
    at = timezone.now()
    among = None if going else site_live.fresh(audience=audience, at=at)[0]
    found = site_live.route(latitude, longitude, audience=audience, at=at, among=among)
    if going and found:
        deeds.sent(found[0][0].site, at=at)
    return [
        {**_row(one), "kilometres": round(km, 2), "walk_minutes": round(km / site_live.WALK_KMH * 60, 1)}
        for one, km in found
    ]


@router.post(
    "/sites/{number}/check-ins",
    auth=[Token(), SessionAuth()],
    response={200: dict[str, Any], **ERRORS},
    summary="People who joined the queue of a site",
)
def check_in(request: HttpRequest, number: str, told: CheckIn) -> Any:
    """From a counter at the gate, with a device's token or signed in; `new` is false when it was told before."""
    device = request.auth if isinstance(request.auth, Device) else None  # type: ignore[attr-defined]
    actor = None if device else account(request)
    at = timezone.now()
    return {"new": deeds.check_in(number, told.people, event_id=told.event_id, actor=actor, device=device, at=at)}


def _sites(audience: str, area: str) -> tuple[list[SiteLive], datetime]:
    return site_live.fresh(audience=audience[:20], area=area[:15] if area.isdigit() else "", at=timezone.now())


def _row(one: SiteLive) -> dict[str, Any]:
    site, wait = one.site, one.wait
    return {
        "site": site.number, "name_zh": site.name_zh, "name_en": site.name_en, "area_code": site.area_code,
        "audience": site.audience, "hours": site.hours, "tables": one.tables, "latitude": site.latitude,
        "longitude": site.longitude, "queue": one.queue, "counted_at": one.seen_at.isoformat() if one.seen_at else None,
        "wait": {name: round(getattr(wait, name), 1) for name in ("minutes", "low", "high")} if wait else None,
    }  # fmt: skip
