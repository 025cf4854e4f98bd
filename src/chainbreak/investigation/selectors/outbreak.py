"""Outbreaks (疫情): which there are, and when the newest fact of one was true."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from ..models import CaseClassification, CaseReport, LetterEvent, Outbreak

__all__ = ["Outbreak", "all_newest_first", "newest_fact_at"]


def all_newest_first() -> tuple[Outbreak, ...]:
    """Every outbreak, the one found last first."""
    return tuple(Outbreak.objects.order_by("-detected_at", "code"))


def newest_fact_at(outbreak: Outbreak) -> datetime | None:
    """When the newest report, class or letter step of an outbreak was true; None where there is nothing yet."""
    found = [
        CaseReport.objects.known_at(None).filter(case__outbreak=outbreak).aggregate(at=Max("reported_at"))["at"],
        CaseClassification.objects.known_at(None).filter(case__outbreak=outbreak).aggregate(at=Max("valid_from"))["at"],
        LetterEvent.objects.known_at(None).filter(letter__outbreak=outbreak).aggregate(at=Max("at"))["at"],
    ]
    return max((at for at in found if at), default=None)
