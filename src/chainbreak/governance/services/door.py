"""What every door to a record does (打开记录): ask, write the visit down, then open.

The visit stands in the audit even when the deed that follows is refused; so does a refused visit (P-08, P-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ..acts import act as act_of
from ..models import User
from ..refusal import Refused
from ..selectors import access as standings
from . import access, audit


def visit(
    kind: str,
    subject: str,
    *,
    actor: User,
    act: str,
    areas: Sequence[str],
    at: datetime,
    purpose: str = "",
    reason: str = "",
) -> bool:
    """Let somebody in, or not; whether the act shows the name to that role (P-06).

    Args:
        kind: what is opened, as the audit calls it: `person` gives `person.opened`.
        areas: the areas that may answer for the record; one is enough. An unknown area is for city teams.
        reason: why it is opened, where the page asks for it; it stands in the audit.

    Raises:
        Refused("not_permitted"): the actor may not do this in any of the areas.
        Refused("other_purpose"): the purpose is not that of one of the actor's teams (P-11).
        RuntimeError: called inside a transaction, which could take the visit back.
        ValueError: there is no such act.
    """
    standing = standings.standing_of(actor, at=at)
    wanted = [area or standings.UNKNOWN_AREA for area in areas] or [standings.UNKNOWN_AREA]
    found = [grant for area in wanted if (grant := standing.allowing(act, area))]
    refusal = None
    if not found:
        refusal = access.not_permitted(act)
    elif purpose and purpose not in standing.purposes:
        refusal = Refused("other_purpose", purpose=purpose, allowed=", ".join(sorted(standing.purposes)))
    grant = min(found, key=lambda one: one[0] not in act_of(act).names, default=None)
    detail: dict[str, object] = {"act": act, **({"reason": reason} if reason else {})}
    if refusal:
        detail["refused"] = refusal.code
    elif grant:
        detail |= {"role": grant[0], "team": grant[3]}
    with transaction.atomic(durable=True):
        audit.record(
            f"{kind}.{'refused' if refusal else 'opened'}",
            subject=subject,
            actor=actor,
            at=at,
            purpose=purpose or (grant[2] if grant else ""),
            detail=detail,
        )
    if refusal:
        raise refusal
    return grant is not None and grant[0] in act_of(act).names
