"""Tables sent from one sampling site to another (采样力量调配), and sent back: each a deed of somebody, on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, facts

from ..models import SamplingSite, TableMove
from ..selectors import round_open, site_live

ACT = "table.move"


def move(giver: str, taker: str, tables: int, *, actor: User, at: datetime) -> TableMove:
    """So many tables with their staff go to another site, from now on.

    Raises:
        Refused("unknown_site"), Refused("not_permitted"): no such site; not both of the actor's area.
        Refused("no_table_left"): the site has not so many tables any more; fact `left`.
        Refused("bad_filter"): no table, or to the same site.
    """
    with transaction.atomic():
        one, other = round_open.site(giver), round_open.site(taker)
        if tables < 1 or one.pk == other.pk:
            raise Refused("bad_filter", name="tables", value=tables)
        for site in (one, other):
            access.require(actor, ACT, area_code=site.area_code, at=at)
        # one after the other: two people must not send the same table away
        list(SamplingSite.objects.select_for_update().filter(pk__in=[one.pk, other.pk]).order_by("pk"))
        left = site_live.site(one, at=at).tables
        if tables > left:
            raise Refused("no_table_left", site=one.number, left=left, tables=tables)
        return facts.record(TableMove, known_at=at, actor=actor, from_site=one, to_site=other, tables=tables, at=at)


def move_all(wanted: Sequence[tuple[str, str, int]], *, actor: User, at: datetime) -> list[TableMove]:
    """Several moves at once: all of them, or none.

    Raises:
        Refused: as for `move`.
    """
    with transaction.atomic():
        return [move(giver, taker, n, actor=actor, at=at) for giver, taker, n in wanted]


def take_back(pk: int, *, actor: User, at: datetime, reason: str) -> TableMove:
    """The tables go back where they came from.

    Raises:
        Refused("unknown_move"): there is none, or it was taken back before.
        Refused("not_permitted"), Refused("no_table_left"): as for `move`.
    """
    with transaction.atomic():
        found = TableMove.objects.known_at(None).filter(pk=pk).select_related("from_site", "to_site").first()
        if found is None:
            raise Refused("unknown_move")
        for site in (found.from_site, found.to_site):
            access.require(actor, ACT, area_code=site.area_code, at=at)
        facts.withdraw(found, at=at, actor=actor, reason=reason)
    return found
