"""Where tables should go now (采样力量调配): the proposal, and the moves that were decided."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Q, QuerySet

from chainbreak.epi import table_move
from chainbreak.registry.selectors.area import stem_of

from ..models import TableMove
from . import site_live
from .site_live import SiteLive

FARTHEST_KM = 15.0
UNKNOWN_KM = 7.5  # believed between two sites of one county whose places are not on file
AHEAD = timedelta(minutes=30)  # whoever comes while tables are on their way waits for them too
COUNTY_DIGITS = 6


@dataclass(frozen=True)
class Move:
    """Tables from one site to another, with the minutes of waiting at both before and after."""

    giver: SiteLive
    taker: SiteLive
    tables: int
    giver_minutes: tuple[float, float]
    taker_minutes: tuple[float, float]
    kilometres: float | None


@dataclass(frozen=True)
class Proposal:
    """What to move; the longest wait of all sites that were counted, before and after, in minutes."""

    moves: tuple[Move, ...]
    before: float
    after: float
    counted: int
    uncounted: int

    @property
    def tables(self) -> int:
        return sum(move.tables for move in self.moves)


def proposal(
    *, at: datetime, area: str = "", audience: str = "everybody", farthest_km: float = FARTHEST_KM
) -> Proposal:
    """The moves that make the longest wait in an area shortest, or bring it to half an hour with the fewest tables.

    Sites nobody has counted in the last two hours neither give nor take. Where the place of a site is not on file, its
    tables stay within the county. A wait counts those who will come within half an hour.

    Raises:
        Refused("bad_filter"): no such audience.
    """
    everybody = site_live.sites(at=at, audience=audience, area=area)
    found = [one for one in everybody if one.queue is not None and one.seen_at is not None]
    loads = [_load(one) for one in found]
    km, known = _distances(found)
    planned = table_move.propose(loads, km, farthest_km=farthest_km, goal=site_live.LONGEST_WAIT)
    then = [one.tables for one in loads]
    for giver, taker, n in planned.moves:
        then[giver] -= n
        then[taker] += n

    def minutes(place: int) -> tuple[float, float]:
        return loads[place].minutes(loads[place].tables), loads[place].minutes(then[place])

    moves = tuple(
        Move(found[i], found[j], n, minutes(i), minutes(j), float(km[i, j]) if known[i, j] else None)
        for i, j, n in planned.moves
    )
    return Proposal(moves, planned.before, planned.after, len(found), len(everybody) - len(found))


def decided(*, at: datetime, area: str = "", since: timedelta = site_live.SHIFT) -> QuerySet[TableMove]:
    """The moves of the last shift, those taken back too, newest first."""
    found = TableMove.objects.filter(at__gt=at - since, at__lte=at)
    if area:
        stem = stem_of(area)
        found = found.filter(Q(from_site__area_code__startswith=stem) | Q(to_site__area_code__startswith=stem))
    return found.select_related("from_site", "to_site", "recorded_by").order_by("-at", "-pk")


def _load(one: SiteLive) -> table_move.Load:
    coming = (one.arrivals_per_hour or 0.0) * (AHEAD / timedelta(hours=1))
    return table_move.Load((one.queue or 0) + coming, one.tables, one.per_table_hour, least=min(1, one.tables))


def _distances(found: list[SiteLive]) -> tuple[np.ndarray, np.ndarray]:
    """Kilometres between sites (NaN: not to be moved over), and whether they are known or believed."""
    n = len(found)
    places = [(one.site.latitude, one.site.longitude) for one in found]
    lat = np.radians(np.array([math.nan if place[0] is None else place[0] for place in places], dtype=float))
    lon = np.radians(np.array([math.nan if place[1] is None else place[1] for place in places], dtype=float))
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    km = 2 * site_live.EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    known = ~np.isnan(km)
    counties = np.array([one.site.area_code[:COUNTY_DIGITS] for one in found], dtype=object)
    same = counties[:, None] == counties if n else np.zeros((0, 0), dtype=bool)
    return np.where(known, km, np.where(same, UNKNOWN_KM, np.nan)).reshape(n, n), known.reshape(n, n)
