"""Questions to the audit (审计日志): who did what, to whom, when; and look-ups that stand out (P-06, P-08)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from ..models import AuditEntry

MANY_A_DAY = 100  # opened records of one account within a day that an auditor should look at; a choice of this house
LOOKING = ("person.opened", "person.searched", "case.opened")


@dataclass(frozen=True)
class Wanted:
    """The filters of the audit; an act may be its beginning: `person.`."""

    actor: str = ""
    act: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(wanted: Wanted, *, before: int | None = None) -> QuerySet[AuditEntry]:
    """The entries that fit, newest first; `before` an entry's number for the next page."""
    rows = AuditEntry.objects.select_related("actor").order_by("-id")
    if wanted.actor:
        rows = rows.filter(actor__username=wanted.actor)
    if wanted.act:
        rows = rows.filter(act__startswith=wanted.act)
    if wanted.subject:
        rows = rows.filter(subject=wanted.subject)
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    return rows.filter(id__lt=before) if before is not None else rows


def acts() -> list[str]:
    """The acts on record."""
    return sorted(AuditEntry.objects.order_by().values_list("act", flat=True).distinct())


def standing_out(*, at: datetime, most: int = MANY_A_DAY) -> list[tuple[str, int]]:
    """Accounts that opened more records within the last day than is usual, and how many (P-06)."""
    rows = (
        AuditEntry.objects.filter(at__gt=at - timedelta(days=1), at__lte=at, act__in=LOOKING, actor__isnull=False)
        .values("actor__username")
        .annotate(n=Count("subject", distinct=True))
        .filter(n__gt=most)
        .order_by("-n")
    )
    return [(row["actor__username"], row["n"]) for row in rows]


def turned_away(*, at: datetime) -> int:
    """Visits that were refused within the last day (P-11)."""
    rows = AuditEntry.objects.filter(at__gt=at - timedelta(days=1), at__lte=at, act__endswith=".refused")
    return rows.count()
