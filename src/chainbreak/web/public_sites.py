"""Sampling sites for residents (公众采样点): where the wait is short, for my code, from where I am. No account, no script.

A place is posted and not kept; whoever says "I am going there" is counted into the wait of that site, and is not asked who
they are. One address is counted a few times an hour only, so that nobody empties a site by pressing the button.
"""

from __future__ import annotations

import math
import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors import area as areas
from chainbreak.screening.selectors import round_open, site_live
from chainbreak.screening.services import site as deeds

from .ratelimit import RateLimit

GOING = RateLimit(6, 60 * 60)
SIZE = 60


@require_http_methods(["GET", "POST"])
def sites(request: HttpRequest) -> HttpResponse:
    """Open sites, the best three first: by walking and waiting where places are known, else by waiting."""
    asked = request.POST if request.method == "POST" else request.GET
    audience = asked.get("audience", "") or "everybody"
    area = asked.get("area", "").strip()
    if area and not (area.isascii() and area.isdigit() and len(area) <= 15):
        raise Refused("bad_filter", name="area", value=area[:40])
    now = timezone.now()
    everywhere, now = site_live.fresh(audience=audience, at=now)
    stem = areas.stem_of(area) if area else ""
    found = site_live.shortest((one for one in everywhere if one.site.area_code.startswith(stem)), most=len(everywhere))
    from_here = _place(request.POST) if request.method == "POST" else None
    centre = from_here or (_centre(found) if area else None)
    best: list[tuple[site_live.SiteLive, float | None]] = []
    if centre is not None:
        best.extend(site_live.route(*centre, audience=audience, at=now, among=everywhere))
    elif area:
        best.extend((one, None) for one in found[:3])
    first = _first(asked.get("from", "0"))
    codes = {one.site.area_code for one in everywhere}
    names = areas.names(codes | {code[:6] for code in codes})
    answer = {
        "best": [_way(one, km, exact=from_here is not None) for one, km in best], "at": now,
        "sites": found[first : first + SIZE], "total": len(found), "next": first + SIZE if first + SIZE < len(found) else None,
        "audience": audience, "audiences": site_live.AUDIENCES, "area": area, "areas": _choices(codes, names),
        "area_names": names, "here": from_here is not None,
    }  # fmt: skip
    response = render(request, "web/public/sites.html", answer)
    if from_here:
        response["Cache-Control"] = "no-store, private"
    return response


@require_POST
def going(request: HttpRequest) -> HttpResponse:
    """Somebody goes to a site: counted into its wait, so that the next one may be sent elsewhere."""
    number = request.POST.get("site", "")[:40]
    site = round_open.site(number)
    key, now = request.META.get("REMOTE_ADDR", ""), timezone.now()
    counted = not GOING.wait(key, time.monotonic())
    if counted:
        deeds.sent(site, at=now)
        GOING.failed(key, time.monotonic())
    one = site_live.site(site, at=now)
    answer = {"one": one, "counted": counted, "area_names": areas.names([site.area_code]), "at": now}
    return render(request, "web/public/going.html", answer)


def _way(one: site_live.SiteLive, km: float | None, *, exact: bool) -> dict[str, object]:
    walk = None if km is None else math.ceil(km / site_live.WALK_KMH * 60)
    wait = one.wait.minutes if one.wait else None
    return {
        "one": one,
        "km": km,
        "walk": walk,
        "exact": exact,
        "in_all": None if walk is None or wait is None else round(max(walk, wait)),
    }


def _place(given: object) -> tuple[float, float] | None:
    """Latitude and longitude that were posted; nothing where they are no place on earth."""
    try:
        latitude, longitude = (float(given.get(name, "")) for name in ("latitude", "longitude"))  # type: ignore[attr-defined]
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _centre(found: list[site_live.SiteLive]) -> tuple[float, float] | None:
    """The middle of an area's sites, where most places are known."""
    known = [(one.site.latitude, one.site.longitude) for one in found if one.site.latitude is not None]
    if not known or len(known) * 2 < len(found):
        return None
    return sum(lat or 0.0 for lat, _lon in known) / len(known), sum(lon or 0.0 for _lat, lon in known) / len(known)


def _choices(codes: set[str], names: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Counties with their townships that have sites, for a list to choose from."""
    counties: dict[str, list[tuple[str, str]]] = {}
    for code in sorted(codes):
        counties.setdefault(code[:6], []).append((code, names[code]))
    return [
        (names[county], [(county, names[county]), *[one for one in parts if one[0] != county]])
        for county, parts in counties.items()
    ]


def _first(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Refused("bad_filter", name="from", value=text[:40])
    return int(text)


urlpatterns = [
    path("public/sites/", sites, name="public_sites"),
    path("public/sites/going/", going, name="public_going"),
]
