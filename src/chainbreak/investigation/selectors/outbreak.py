"""Outbreaks (疫情): which there are, and when the newest fact of each was true."""

from __future__ import annotations

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Greatest

from chainbreak.governance.models import Fact

from ..models import CaseClassification, CaseReport, LetterEvent, Outbreak

__all__ = ["Outbreak", "all_newest_first"]


def all_newest_first() -> tuple[Outbreak, ...]:
    """Every outbreak, the one with the newest fact first; each has its `newest_fact_at` (None: nothing yet).

    The newest fact is the report, class or letter step that was true last.
    """
    found = Outbreak.objects.annotate(
        report_at=_newest(CaseReport, "reported_at", "case__outbreak"),
        class_at=_newest(CaseClassification, "valid_from", "case__outbreak"),
        letter_at=_newest(LetterEvent, "at", "letter__outbreak"),
    ).annotate(newest_fact_at=Greatest("report_at", "class_at", "letter_at"))
    return tuple(found.order_by(F("newest_fact_at").desc(nulls_last=True), "-detected_at", "code"))


def _newest(model: type[Fact], field: str, outbreak: str) -> Subquery:
    rows = model.objects.known_at(None).filter(**{outbreak: OuterRef("pk")})
    return Subquery(rows.order_by(f"-{field}").values(field)[:1])
