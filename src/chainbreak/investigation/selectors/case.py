"""Cases as they stood at an instant, as known at another (病例)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from ..models import Case, CaseClassification, CaseReport, Outbreak

REPORT_FIELDS = (
    "reported_at", "reported_in", "onset_date", "first_positive_at", "discovery_route", "under_control_when_sampled",
    "origin", "source_status", "trajectory_status", "isolated_at", "outcome", "died_date",
)  # fmt: skip


def cases(
    as_of: datetime, as_known: datetime | None = None, *, outbreak: Outbreak | None = None, area: str = ""
) -> QuerySet[Case]:
    """Cases with a class true before `as_of`, by what was known at `as_known`; excluded ones are left out.

    Annotated with `classification_then`, `classified_at`, and the fields of the report (`REPORT_FIELDS`).
    """
    found = with_standing(Case.objects.all(), as_of, as_known)
    found = found.filter(classification_then__isnull=False, report_id__isnull=False).exclude(
        classification_then="excluded"
    )
    if outbreak is not None:
        found = found.filter(outbreak=outbreak)
    return found.filter(reported_in__startswith=area) if area else found


def with_standing(found: QuerySet[Case], as_of: datetime, as_known: datetime | None) -> QuerySet[Case]:
    """The same cases, annotated with class and report as of an instant, as known at another."""
    reports = CaseReport.objects.known_at(as_known).filter(case=OuterRef("pk")).order_by("-recorded_at", "-pk")
    classes = (
        CaseClassification.objects.known_at(as_known)
        .filter(case=OuterRef("pk"), valid_from__lt=as_of)
        .order_by("-valid_from", "-pk")
    )
    fields = {name: Subquery(reports.values(name)[:1]) for name in REPORT_FIELDS}
    return found.annotate(
        classification_then=Subquery(classes.values("classification")[:1]),
        classified_at=Subquery(classes.values("valid_from")[:1]),
        report_id=Subquery(reports.values("pk")[:1]),
        **fields,
    ).select_related("person", "outbreak")
