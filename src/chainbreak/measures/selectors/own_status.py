"""What holds for one person now (本人状态): measures with their reason and end, the next test, what comes after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from chainbreak.investigation.models import Derivation, Outbreak

from ..models import DueMeasure, DueTest


@dataclass(frozen=True)
class Held:
    """One outbreak's measures for a person as of an instant, the running one first; tests still to come."""

    outbreak: Outbreak
    as_of: datetime
    now: DueMeasure | None
    later: list[DueMeasure]
    tests: list[date]
    edition: str

    @property
    def days_left(self) -> int | None:
        """Whole days until the running measure ends, begun ones counted."""
        if self.now is None:
            return None
        return max(0, -(-(self.now.ends_at - self.as_of) // timedelta(days=1)))


def of_person(person_id: int, instants: dict[int, datetime]) -> list[Held]:
    """What holds in each outbreak at its instant (outbreak id → as of), by the newest snapshot that is at hand.

    A snapshot is not made here: a page that anybody may ask for must not start an hour's work.
    """
    found = []
    snapshots = Derivation.objects.filter(as_known__isnull=True, outbreak__in=instants).select_related("outbreak")
    for snapshot in snapshots:
        as_of = instants[snapshot.outbreak_id]
        rows = DueMeasure.objects.filter(derivation=snapshot, person=person_id, ends_at__gt=as_of)
        measures = list(rows.order_by("starts_at", "pk"))
        running = next((one for one in measures if one.starts_at <= as_of), None)
        later = [one for one in measures if one is not running]
        today = timezone.localdate(as_of)
        tests = DueTest.objects.filter(derivation=snapshot, person=person_id, on_date__gte=today).order_by("on_date")
        if measures:
            days = list(tests.values_list("on_date", flat=True))
            found.append(Held(snapshot.outbreak, as_of, running, later, days, snapshot.pack_edition))
    return found
