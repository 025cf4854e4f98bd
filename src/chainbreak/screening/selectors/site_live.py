"""Sites as they are now (采样点实时): who waits, how long, what would help; and where to go from here."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from chainbreak.epi import queueing, round_plan
from chainbreak.epi.queueing import Wait
from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors.area import stem_of

from ..models import SamplingSite, SiteLoad

STRETCH = timedelta(minutes=30)  # over which the pace of a site is counted
STALE = timedelta(hours=2)  # a count of the queue says nothing after that
SHIFT = timedelta(hours=12)  # how long a number of tables holds that staff have said
UNDERWAY = timedelta(minutes=30)  # whoever was sent has come by then, where check-ins are counted
LONGEST_WAIT, WALK_KMH = 30.0, 5.0
EARTH_KM = 6371.0088
FRESH_SECONDS = 5.0
_kept: dict[tuple, tuple[float, list[SiteLive], datetime]] = {}
AUDIENCES = SamplingSite.Audience.choices


@dataclass(frozen=True)
class SiteLive:
    """One open site: people waiting (None: nobody has said), tables, pace, wait with its error, tables that would do."""

    site: SamplingSite
    queue: int | None
    queue_error: float
    seen_at: datetime | None
    tables: int
    per_hour: float
    arrivals_per_hour: float | None
    wait: Wait | None
    tables_wanted: int
    wait_then: Wait | None

    @property
    def more_tables(self) -> int:
        return max(0, self.tables_wanted - self.tables)

    @property
    def per_table_hour(self) -> float:
        """People a table serves an hour: counted, or the planning assumption where nothing was counted lately."""
        return self.per_hour / self.tables if self.tables and self.per_hour else _usual()

    @property
    def growing(self) -> bool:
        """Whether more come than are served."""
        return self.arrivals_per_hour is not None and self.arrivals_per_hour > max(self.per_hour, 1.0)


def open_at(at: datetime, *, audience: str = "", area: str = "") -> QuerySet[SamplingSite]:
    """The sites that are open then, for an audience (all of them: empty), in an area.

    Raises:
        Refused("bad_filter"): there is no such audience.
    """
    if audience and audience not in SamplingSite.Audience.values:
        raise Refused("bad_filter", name="audience", value=audience)
    found = SamplingSite.objects.filter(
        Q(opened_at=None) | Q(opened_at__lte=at), Q(closed_at=None) | Q(closed_at__gt=at)
    )
    if audience:
        found = found.filter(audience=audience)
    return found.filter(area_code__startswith=stem_of(area)) if area else found


def sites(*, at: datetime, audience: str = "", area: str = "") -> list[SiteLive]:
    """Open sites, the longest wait first, those nobody has counted last."""
    found = list(open_at(at, audience=audience, area=area).order_by("number"))
    live = _live(found, at)
    return sorted(live, key=lambda one: -(one.wait.minutes if one.wait else -1))


def fresh(*, audience: str = "", area: str = "", at: datetime) -> tuple[list[SiteLive], datetime]:
    """The same at most five seconds old, with the instant of it: for pages that many read at once.

    Raises:
        Refused("bad_filter"): as for `sites`.
    """
    key, now = (connection.settings_dict["NAME"], audience, area), time.monotonic()
    kept = _kept.get(key)
    if kept is None or now - kept[0] > FRESH_SECONDS:
        if len(_kept) > 200:
            _kept.clear()
        kept = _kept[key] = (now, sites(at=at, audience=audience, area=area), at)
    return kept[1], kept[2]


def forget() -> None:
    """Nothing remembered any more: for tests."""
    _kept.clear()


def site(of: SamplingSite, *, at: datetime) -> SiteLive:
    """One site, open or not."""
    return _live([of], at)[0]


def route(
    latitude: float,
    longitude: float,
    *,
    audience: str,
    at: datetime,
    most: int = 3,
    among: list[SiteLive] | None = None,
) -> list[tuple[SiteLive, float]]:
    """The best sites from here for this audience: (site, kilometres), least walking and waiting first.

    Args:
        among: sites as they were read a moment ago; else they are read now.

    Raises:
        Refused("bad_filter"): no such audience, or no place on earth.
    """
    if audience not in SamplingSite.Audience.values:
        raise Refused("bad_filter", name="audience", value=audience)
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Refused("bad_filter", name="latitude, longitude", value=f"{latitude}, {longitude}")
    wanted = sites(at=at, audience=audience) if among is None else among
    there = {one.site.number: one for one in wanted if one.site.latitude is not None and one.site.longitude is not None}
    km = {
        name: kilometres(latitude, longitude, one.site.latitude or 0.0, one.site.longitude or 0.0)
        for name, one in there.items()
    }
    near = sorted(there, key=lambda name: km[name])[:50]
    walks = {name: km[name] / WALK_KMH * 60 for name in near}
    queues = {name: (there[name].queue or 0, there[name].tables, there[name].per_table_hour) for name in near}
    chosen: list[Any] = []
    while walks and len(chosen) < most:
        best = queueing.best_site(walks, queues)
        if best is None:
            break
        chosen.append((there[best], km[best]))
        del walks[best]
    return chosen


def shortest(found: Iterable[SiteLive], *, most: int = 3) -> list[SiteLive]:
    """Where the places of the sites are not known: the shortest waits; a site nobody has counted comes after those."""
    return sorted(found, key=_shortness)[:most]


def _shortness(one: SiteLive) -> tuple[bool, bool, float, str]:
    return (not one.tables, one.wait is None, one.wait.minutes if one.wait else 0.0, one.site.number)


def kilometres(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """As the crow flies."""
    one, other = math.radians(lat), math.radians(lat2)
    half = math.sin((other - one) / 2) ** 2
    half += math.cos(one) * math.cos(other) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


_SEEN = """
WITH seen AS MATERIALIZED (
    SELECT s.id, c.at AS counted_at, c.people AS counted, b.at AS before_at, b.people AS before, t.tables, t.at AS said_at,
        n.came, n.lately, n.sent, n.underway, n.first
    FROM unnest(%(sites)s::bigint[]) AS s(id)
    LEFT JOIN LATERAL (SELECT at, people FROM screening_siteload l WHERE l.site_id = s.id AND l.source = 'staff'
        AND l.at > %(stale)s AND l.at <= %(at)s ORDER BY at DESC, id DESC LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT at, people FROM screening_siteload l WHERE l.site_id = s.id AND l.source = 'staff'
        AND l.at > %(stale)s AND l.at < c.at ORDER BY at DESC, id DESC LIMIT 1) b ON true
    LEFT JOIN LATERAL (SELECT at, tables FROM screening_siteload l WHERE l.site_id = s.id AND l.tables IS NOT NULL
        AND l.at > %(shift)s AND l.at <= %(at)s ORDER BY at DESC, id DESC LIMIT 1) t ON true
    LEFT JOIN LATERAL (SELECT
        sum(people) FILTER (WHERE source = 'check_in' AND (c.at IS NULL OR l.at > c.at)) AS came,
        sum(people) FILTER (WHERE source = 'check_in' AND l.at > %(stretch)s) AS lately,
        sum(people) FILTER (WHERE source = 'sent' AND (c.at IS NULL OR l.at > c.at)) AS sent,
        sum(people) FILTER (WHERE source = 'sent' AND (c.at IS NULL OR l.at > c.at) AND l.at > %(underway)s) AS underway,
        min(at) FILTER (WHERE source = 'check_in') AS first
        FROM screening_siteload l WHERE l.site_id = s.id AND l.at > %(stale)s AND l.at <= %(at)s) n ON true)
SELECT s.*, coalesce(sum(i.swabs) FILTER (WHERE i.received_at > coalesce(s.counted_at, %(stale)s)), 0),
    coalesce(sum(i.swabs) FILTER (WHERE i.received_at > s.before_at AND i.received_at <= s.counted_at), 0),
    coalesce(sum(i.swabs) FILTER (WHERE i.received_at > %(stretch)s), 0)
FROM seen s LEFT JOIN screening_intakebatch i
    ON i.site_id = s.id AND i.received_at > %(stale)s AND i.received_at <= %(at)s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
"""
_MOVED = """
SELECT s.id, m.at, CASE WHEN m.to_site_id = s.id THEN m.tables ELSE -m.tables END
FROM unnest(%(sites)s::bigint[]) AS s(id)
JOIN screening_tablemove m ON s.id IN (m.to_site_id, m.from_site_id)
WHERE m.superseded_at IS NULL AND m.at > %(shift)s AND m.at <= %(at)s
"""


def _live(found: list[SamplingSite], at: datetime) -> list[SiteLive]:
    facts: dict[str, Any] = {
        "sites": [one.pk for one in found], "at": at, "stale": at - STALE, "shift": at - SHIFT,
        "stretch": at - STRETCH, "underway": at - UNDERWAY,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, facts)
        seen = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_MOVED, facts)
        moved: dict[int, list[tuple[datetime, int]]] = {}
        for pk, moved_at, n in cursor.fetchall():
            moved.setdefault(pk, []).append((moved_at, n))
    return [_one(one, seen[one.pk], moved.get(one.pk, ()), at) for one in found]


def _one(site: SamplingSite, row: tuple, moved: Iterable[tuple[datetime, int]], at: datetime) -> SiteLive:
    (counted_at, counted, before_at, before, said, said_at, came, came_lately, sent, underway, first, served,
     served_between, lately) = row  # fmt: skip
    tables = site.tables if said is None else said
    tables = max(0, tables + sum(n for moved_at, n in moved if said_at is None or moved_at > said_at))
    gate = first is not None  # somebody counts those who come
    arrivals = None
    if gate:
        arrivals = (came_lately or 0) / (STRETCH / timedelta(hours=1))
    elif before_at is not None:
        hours = (counted_at - before_at) / timedelta(hours=1)
        arrivals = queueing.arrivals_per_hour(before, counted, hours=hours, served=served_between)
    queue = None
    if counted_at is not None or gate or sent:
        hours = (at - counted_at) / timedelta(hours=1) if counted_at else 0.0
        queue = queueing.queue_now(
            counted or 0, hours=hours, served=served, came=(came or 0) if gate else None, per_hour=arrivals or 0.0,
            sent=(underway if gate else sent) or 0,
        )  # fmt: skip
    return _with_wait(site, queue, counted_at or first, tables, lately, arrivals)


def _with_wait(
    site: SamplingSite, queue: queueing.Queue | None, seen_at: datetime | None, tables: int, lately: int,
    arrivals: float | None,
) -> SiteLive:  # fmt: skip
    per_hour = lately / (STRETCH / timedelta(hours=1))
    rate = per_hour / tables if tables and per_hour else _usual()
    if queue is None:
        return SiteLive(site, None, 0.0, seen_at, tables, per_hour, arrivals, None, tables, None)

    def wait(with_tables: int) -> Wait | None:
        return queueing.wait_behind(
            queue.people, tables=with_tables, per_table_hour=rate, counted=lately, error=queue.error
        )

    wanted = queueing.tables_wanted(
        queue.people, arrivals_per_hour=arrivals or 0.0, per_table_hour=rate, minutes=LONGEST_WAIT
    )
    then = wait(wanted) if wanted > tables else None
    return SiteLive(site, queue.people, queue.error, seen_at, tables, per_hour, arrivals, wait(tables), wanted, then)


def _usual() -> float:
    return float(round_plan.assumptions()["per_table_hour"].value)


def told(of: SamplingSite, *, at: datetime, most: int = 12) -> QuerySet[SiteLoad]:
    """What was said of a site in the last shift, newest first; who was sent there is counted, not listed."""
    found = SiteLoad.objects.filter(site=of, at__gt=at - SHIFT, at__lte=at).exclude(source=SiteLoad.Source.SENT)
    return found.select_related("recorded_by").order_by("-at", "-pk")[:most]
