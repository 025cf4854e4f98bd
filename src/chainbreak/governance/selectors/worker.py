"""Whether a worker does the background jobs now (后台进程)."""

from __future__ import annotations

from datetime import datetime, timedelta

SILENT = timedelta(seconds=30)  # a worker that lives says so every ten seconds


def is_alive(at: datetime) -> bool:
    """Whether a worker has been heard of in the last half minute."""
    from procrastinate.contrib.django.models import ProcrastinateWorker

    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=at - SILENT).exists()
