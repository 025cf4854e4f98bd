"""Registrations that contradict each other and wait for a decision (登记冲突)."""

from __future__ import annotations

from django.db.models import QuerySet

from ..models import IntakeConflict, Round


def waiting(of: Round) -> QuerySet[IntakeConflict]:
    """The conflicts of a round nobody has decided, oldest first, with both tubes."""
    rows = IntakeConflict.objects.filter(round=of, decision="")
    return rows.select_related("tube", "other_tube", "person", "device").order_by("recorded_at", "pk")[:200]
