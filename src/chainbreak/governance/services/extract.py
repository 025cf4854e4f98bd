"""Extracts asked for, allowed by a second person from another unit, fetched until they end (数据提取审批)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from ..models import Extract, User
from ..refusal import Refused
from . import access, audit

LIFE = timedelta(days=7)  # from the request on


def ask(
    *, outbreak_code: str, tables: Sequence[str], purpose: str, as_of: datetime, actor: User, at: datetime
) -> Extract:
    """Ask for an extract.

    Raises:
        Refused("not_permitted"): the account may not take lists out.
        Refused("purpose_missing"): nobody can allow what has no purpose.
        Refused("no_table"): none was chosen.
    """
    access.require(actor, "export.run", at=at)
    if len(purpose.strip()) < 10:
        raise Refused("purpose_missing")
    if not tables:
        raise Refused("no_table")
    with transaction.atomic():
        made = Extract.objects.create(
            outbreak_code=outbreak_code, tables=sorted(tables), purpose=purpose.strip()[:300], as_of=as_of,
            requested_by=actor, requested_at=at, expires_at=at + LIFE,
        )  # fmt: skip
        said = {"tables": made.tables, "purpose": made.purpose}
        audit.record("extract.asked", subject=f"extract:{made.pk}", actor=actor, at=at, detail=said)
    return made


def allow(number: int, *, actor: User, at: datetime) -> Extract:
    """A second person, from another unit, allows it.

    Raises:
        Refused("unknown_extract"), Refused("extract_ended"): there is none, or its time is over.
        Refused("not_permitted"), Refused("same_person"), Refused("same_unit"): see `access.require_second`.
    """
    with transaction.atomic():
        found = Extract.objects.select_for_update().filter(pk=number).first()
        if found is None:
            raise Refused("unknown_extract", number=number)
        if at >= found.expires_at:
            raise Refused("extract_ended", number=number)
        access.require_second(found.requested_by, actor, "export.approve", at=at)
        if found.allowed_at is None:
            found.allowed_by, found.allowed_at = actor, at
            found.save(update_fields=["allowed_by", "allowed_at"])
            audit.record("extract.allowed", subject=f"extract:{number}", actor=actor, at=at)
    return found


def fetch(number: int, *, actor: User, at: datetime) -> Extract:
    """Whoever asked for it may have the files, as long as it runs; each fetch is on record.

    Raises:
        Refused("unknown_extract"): the actor has asked for none with this number.
        Refused("extract_not_allowed"): nobody has allowed it yet.
        Refused("extract_ended"): its time is over.
        Refused("not_permitted"): the account may not take lists out any more.
    """
    access.require(actor, "export.run", at=at)
    found = Extract.objects.filter(pk=number, requested_by=actor).first()
    if found is None:
        raise Refused("unknown_extract", number=number)
    if at >= found.expires_at:
        raise Refused("extract_ended", number=number)
    if found.allowed_at is None:
        raise Refused("extract_not_allowed", number=number)
    audit.record("extract.fetched", subject=f"extract:{number}", actor=actor, at=at)
    return found
