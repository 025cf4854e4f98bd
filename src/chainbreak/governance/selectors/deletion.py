"""What was deleted (删除记录): the certificates, newest first."""

from __future__ import annotations

from django.db.models import QuerySet

from ..models import DeletionRun


def runs(*, most: int) -> QuerySet[DeletionRun]:
    """The newest deletions."""
    return DeletionRun.objects.select_related("by").order_by("-id")[:most]
