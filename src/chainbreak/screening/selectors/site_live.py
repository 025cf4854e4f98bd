"""Sites as they are now (采样点实时): who waits, how long, what would help; and where to go from here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, Sum

from chainbreak.epi import queueing, round_plan
from chainbreak.epi.queueing import Wait
from chainbreak.governance.refusal import Refused

from ..models import IntakeBatch, SamplingSite, SiteLoad

STRETCH = timedelta(minutes=30)
STALE = timedelta(hours=2)
LONGEST_WAIT, WALK_KMH = 30.0, 5.0
EARTH_KM = 6371.0088


@dataclass(frozen=True)
class SiteLive:
    """One open site: people waiting (None: nobody has said), served an hour, wait with its error, tables that would do."""

    site: SamplingSite
    queue: int | None
    seen_at: datetime | None
    tables: int
    per_hour: float
    wait: Wait | None
    tables_wanted: int

    @property
    def more_tables(self) -> int:
        return max(0, self.tables_wanted - self.tables)


def sites(*, at: datetime, audience: str = "", area: str = "") -> list[SiteLive]:
    """Open sites, the longest wait first."""
    found = SamplingSite.objects.filter(
        Q(opened_at=None) | Q(opened_at__lte=at), Q(closed_at=None) | Q(closed_at__gt=at)
    )
    if audience:
        found = found.filter(audience=audience)
    if area:
        found = found.filter(area_code__startswith=area.rstrip("0") if len(area) == 6 and area.endswith("00") else area)
    seen = _newest(at)
    served = _served(at)
    live = [_live(site, seen.get(site.pk), served.get(site.pk, 0), at) for site in found.order_by("number")]
    return sorted(live, key=lambda one: -(one.wait.minutes if one.wait else -1))


def route(
    latitude: float, longitude: float, *, audience: str, at: datetime, most: int = 3
) -> list[tuple[SiteLive, float]]:
    """The best sites from here for this audience: (site, kilometres), least walking and waiting first.

    Raises:
        Refused("bad_filter"): no such audience, or no place on earth.
    """
    if audience not in SamplingSite.Audience.values:
        raise Refused("bad_filter", name="audience", value=audience)
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Refused("bad_filter", name="latitude, longitude", value=f"{latitude}, {longitude}")
    there = {one.site.number: one for one in sites(at=at, audience=audience) if one.site.latitude is not None}
    km = {
        name: _km(latitude, longitude, one.site.latitude or 0.0, one.site.longitude or 0.0)
        for name, one in there.items()
    }
    near = sorted(there, key=lambda name: km[name])[:50]
    walks = {name: km[name] / WALK_KMH * 60 for name in near}
    rate = round_plan.assumptions()["per_table_hour"].value
    queues = {
        name: (there[name].queue or 0, there[name].tables, there[name].per_hour / max(1, there[name].tables) or rate)
        for name in near
    }
    chosen: list[Any] = []
    while walks and len(chosen) < most:
        best = queueing.best_site(walks, queues)
        if best is None:
            break
        chosen.append((there[best], km[best]))
        del walks[best]
    return chosen


def _live(site: SamplingSite, seen: tuple | None, served: int, at: datetime) -> SiteLive:
    usual = round_plan.assumptions()["per_table_hour"].value
    tables = (seen[2] if seen and seen[2] is not None else None) or site.tables
    per_hour = served / (STRETCH / timedelta(hours=1))
    per_table = per_hour / tables if tables and per_hour else usual
    queue = None
    if seen is not None:
        queue = max(0, seen[1])
    wait = (
        None if queue is None else queueing.wait_behind(queue, tables=tables, per_table_hour=per_table, counted=served)
    )
    wanted = tables if queue is None else queueing.tables_wanted(
        queue, arrivals_per_hour=0, per_table_hour=per_table, minutes=LONGEST_WAIT
    )  # fmt: skip
    return SiteLive(site, queue, seen[0] if seen else None, tables, per_hour, wait, wanted)


def _newest(at: datetime) -> dict[int, tuple[datetime, int, int | None]]:
    """Of each site: when it was last counted, people there now (counted, less served since, more sent since), tables."""
    loads = SiteLoad.objects.filter(at__gt=at - STALE, at__lte=at)
    counted = loads.exclude(source=SiteLoad.Source.SENT).order_by("site_id", "-at", "-pk").distinct("site_id")
    found = {}
    for load in counted:
        served = IntakeBatch.objects.filter(site=load.site_id, received_at__gt=load.at, received_at__lte=at)
        sent = loads.filter(site=load.site_id, source=SiteLoad.Source.SENT, at__gt=load.at)
        less = served.aggregate(n=Sum("swabs"))["n"] or 0
        more = sent.aggregate(n=Sum("people"))["n"] or 0
        found[load.site_id] = (load.at, load.people - less + more, load.tables)
    only_sent = loads.filter(source=SiteLoad.Source.SENT).exclude(site__in=found).values("site_id")
    for row in only_sent.annotate(n=Sum("people"), newest=Max("at")):
        found[row["site_id"]] = (row["newest"], row["n"], None)
    return found


def _served(at: datetime) -> dict[int, int]:
    rows = IntakeBatch.objects.filter(received_at__gt=at - STRETCH, received_at__lte=at, site__isnull=False)
    return dict(rows.values("site_id").annotate(n=Sum("swabs")).values_list("site_id", "n"))


def _km(lat: float, lon: float, lat2: float, lon2: float) -> float:
    one, other = math.radians(lat), math.radians(lat2)
    half = math.sin((other - one) / 2) ** 2
    half += math.cos(one) * math.cos(other) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
