"""What staff say of a site (采样点上报): how many wait, how many tables stand; and people sent there by the route."""

from __future__ import annotations

from datetime import datetime

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit

from ..models import SamplingSite, SiteLoad
from ..selectors import round_open

ACT = "swab.record"
MOST = 20_000


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


def sent(site: SamplingSite, *, at: datetime) -> None:
    """Somebody was sent to a site by the route: counted into its queue, so that the next one may go elsewhere."""
    SiteLoad.objects.create(site=site, at=at, source=SiteLoad.Source.SENT, people=1)
