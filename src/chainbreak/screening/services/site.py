"""What is said of a site (采样点上报): how many wait, how many came, how many tables stand, where it is and when it is open."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors.access import covers
from chainbreak.governance.services import access, audit

from ..models import Device, SamplingSite, SiteLoad
from ..selectors import round_open

ACT = "swab.record"
KEEP = "site.keep"
MOST = 20_000
KEPT = (
    "name_zh",
    "name_en",
    "audience",
    "tables",
    "hours",
    "latitude",
    "longitude",
    "opened_at",
    "closed_at",
    "area_code",
)


def report(number: str, people: int, tables: int | None, *, actor: User, at: datetime) -> SiteLoad:
    """Record how many wait at a site now.

    Raises:
        Refused("unknown_site"), Refused("not_permitted"): no such site; not one of the actor's area.
        Refused("bad_filter"): more people or tables than can be.
    """
    site = round_open.site(number)
    access.require(actor, ACT, area_code=site.area_code, at=at)
    if not 0 <= people <= MOST or (tables is not None and not 0 <= tables <= 1000):
        raise Refused("bad_filter", name="people", value=people)
    made = SiteLoad.objects.create(
        site=site, at=at, source=SiteLoad.Source.STAFF, people=people, tables=tables, recorded_by=actor
    )
    audit.record(
        "site.reported", subject=f"site:{site.pk}", actor=actor, at=at, detail={"people": people, "tables": tables}
    )
    return made


def check_in(
    number: str,
    people: int,
    *,
    event_id: uuid.UUID | None = None,
    actor: User | None,
    device: Device | None = None,
    at: datetime,
) -> bool:
    """So many people joined the queue of a site, by the counter at its gate; False when this was told before.

    Raises:
        Refused("unknown_site"), Refused("not_permitted"), Refused("outside_area"): no such site; not one of the area.
        Refused("bad_filter"): nobody, or more than can come at once.
    """
    site = round_open.site(number)
    if device is not None and not covers(device.area_code, site.area_code):
        raise Refused("outside_area", area=site.area_code)
    if device is None:
        access.require(actor, ACT, area_code=site.area_code, at=at)
    if not 1 <= people <= MOST:
        raise Refused("bad_filter", name="people", value=people)
    _made, new = SiteLoad.objects.get_or_create(
        event_id=event_id or uuid.uuid4(),
        defaults={"site": site, "at": at, "source": SiteLoad.Source.CHECK_IN, "people": people, "recorded_by": actor},
    )
    return new


def keep(number: str, *, actor: User, at: datetime, new: bool = False, **said: Any) -> SamplingSite:
    """Change a site, or add one: names, place, audience, tables, hours, when it opens and closes.

    Raises:
        Refused("unknown_site"), Refused("site_exists"), Refused("not_permitted"): no such site, or one already; not of
            the actor's area, before or after.
        ValueError: something that is not kept of a site.
    """
    if unknown := set(said) - set(KEPT):
        raise ValueError(f"not kept of a site: {sorted(unknown)}")
    with transaction.atomic():
        if new:
            if SamplingSite.objects.filter(number=number).exists():
                raise Refused("site_exists", site=number)
            site = SamplingSite(number=number, added=True)
        else:
            site = round_open.site(number)
            access.require(actor, KEEP, area_code=site.area_code, at=at)
        changed = {name: value for name, value in said.items() if getattr(site, name) != value}
        for name, value in changed.items():
            setattr(site, name, value)
        access.require(actor, KEEP, area_code=site.area_code, at=at)
        site.save()
        audit.record(
            "site.added" if new else "site.changed", subject=f"site:{site.pk}", actor=actor, at=at,
            detail={name: str(value) for name, value in changed.items()},
        )  # fmt: skip
    return site


def sent(site: SamplingSite, *, at: datetime) -> None:
    """Somebody was sent to a site by the route: counted into its queue, so that the next one may go elsewhere."""
    SiteLoad.objects.create(site=site, at=at, source=SiteLoad.Source.SENT, people=1)
