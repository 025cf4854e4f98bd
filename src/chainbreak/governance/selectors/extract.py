"""The extracts that were asked for (数据提取记录), the newest first."""

from __future__ import annotations

from ..models import Extract

MOST = 100


def newest() -> list[Extract]:
    """The newest extracts with who asked and who allowed."""
    return list(Extract.objects.select_related("requested_by", "allowed_by").order_by("-requested_at", "-pk")[:MOST])
