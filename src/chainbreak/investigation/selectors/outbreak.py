"""Outbreaks (疫情): which there are, and when the newest fact of one was true."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, Subquery

from chainbreak.governance.models import Fact

from ..models import CaseClassification, CaseReport, LetterEvent, Outbreak

__all__ = ["Outbreak", "all_newest_first", "newest_fact_at"]


def all_newest_first() -> tuple[Outbreak, ...]:
    """Every outbreak, the one found last first."""
    return tuple(Outbreak.objects.order_by("-detected_at", "code"))


def newest_fact_at(outbreak: Outbreak) -> datetime | None:
    """When the newest report, class or letter step of an outbreak was true; None where there is nothing yet."""
    found = Outbreak.objects.filter(pk=outbreak.pk).values_list(
        _newest(CaseReport, "reported_at", "case__outbreak"),
        _newest(CaseClassification, "valid_from", "case__outbreak"),
        _newest(LetterEvent, "at", "letter__outbreak"),
    )
    return max((at for row in found for at in row if at), default=None)


def _newest(model: type[Fact], field: str, outbreak: str) -> Subquery:
    rows = model.objects.known_at(None).filter(**{outbreak: OuterRef("pk")})
    return Subquery(rows.order_by(f"-{field}").values(field)[:1])
