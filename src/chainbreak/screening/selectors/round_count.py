"""The counts of a round that are kept (轮次分类计数): by household, by site, by ten minutes; and whether they are old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.models import ImportRun

from ..models import IntakeBatch, Round, RoundCount

OLD = timedelta(minutes=2)
HOUSEHOLDS: dict[str, str | Promise] = {
    "one": _("one person"),
    "few": _("2 to 4 people"),
    "many": _("5 people or more"),
    "together": _("dormitories, homes and the like"),
    "none": _("household not on file"),
}


@dataclass(frozen=True)
class Part:
    """One part of a round: its key, people due (0 where none is said) and sampled."""

    key: str
    due: int
    sampled: int

    @property
    def left(self) -> int:
        return max(0, self.due - self.sampled)


@dataclass(frozen=True)
class Kept:
    """What was counted, and when; `counted_at` is None before the first count."""

    counted_at: datetime | None
    households: tuple[Part, ...]
    sites: tuple[Part, ...]
    progress: tuple[tuple[datetime, int], ...]  # until this instant so many were sampled


def kept(of: Round) -> Kept:
    """The counts of a round as they are kept."""
    by: dict[str, list[Part]] = {"household": [], "site": [], "time": []}
    counted_at = None
    for row in RoundCount.objects.filter(round=of).order_by("key"):
        by[row.what].append(Part(row.key, row.due, row.sampled))
        counted_at = row.counted_at
    households = sorted(by["household"], key=lambda part: list(HOUSEHOLDS).index(part.key))
    steps, total = [], 0
    for part in sorted((part for part in by["time"] if part.sampled), key=lambda part: int(part.key)):
        total += part.sampled
        steps.append((datetime.fromtimestamp(int(part.key), UTC) + timedelta(minutes=10), total))
    return Kept(counted_at, tuple(households), tuple(by["site"]), tuple(steps))


def wanted(of: Round, counted_at: datetime | None, *, at: datetime) -> bool:
    """Whether a new count would say something new: none yet, or one older than two minutes with something since."""
    if counted_at is None:
        return True
    if at - counted_at < OLD:
        return False
    newest = IntakeBatch.objects.filter(round=of, received_at__gt=counted_at - OLD).exists()
    runs = ImportRun.objects.aggregate(a=Max("finished_at"), b=Max("undone_at"))
    return newest or any(moment is not None and moment > counted_at for moment in runs.values())
