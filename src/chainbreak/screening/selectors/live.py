"""A round as it goes (轮次实时): sampled by jurisdiction against the roll, pace and projected end, stages, laboratories.

Swabs from files are counted once for a state of the imports; those of the intake are summed from its batches. So the
board does not count two million swabs again for every batch that comes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Max, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chainbreak.epi.round_live import Projection, projected
from chainbreak.governance.models import ImportRun

from ..models import IntakeBatch, IntakeConflict, Result, RetestOrder, RollEntry, Round, RoundEvent, RoundState
from . import kept
from .reconciliation import Tally, tally

STATES = dict(RoundState.choices)
STRETCH = timedelta(minutes=30)
FRESH_SECONDS = 5.0


@dataclass(frozen=True)
class AreaLive:
    """One jurisdiction now."""

    area: str
    due: int
    sampled: int
    excluded: int
    per_hour: float
    last_at: datetime | None
    projection: Projection

    @property
    def left(self) -> int:
        return max(0, self.due - self.sampled)

    @property
    def share(self) -> int:
        """Hundredths done, rounded down: 100 is said when nobody is left."""
        return 100 if self.left == 0 else min(99, 100 * self.sampled // max(1, self.due))


@dataclass(frozen=True)
class LaboratoryLive:
    """One laboratory in this round: tubes with a result, turnaround from receipt in minutes."""

    name: str
    tubes: int
    median_minutes: float | None
    p90_minutes: float | None
    per_hour: float


@dataclass(frozen=True)
class Live:
    """The whole round now; the weakest jurisdiction first."""

    round: Round
    state: str
    as_of: datetime
    areas: tuple[AreaLive, ...]
    tubes: Tally
    testing: Projection
    laboratories: tuple[LaboratoryLive, ...]
    oldest_waiting_at: datetime | None
    conflicts: int
    held: int

    @property
    def due(self) -> int:
        return sum(area.due for area in self.areas)

    @property
    def sampled(self) -> int:
        return sum(area.sampled for area in self.areas)


def live(of: Round, *, at: datetime) -> Live:
    """The round as of now, at most five seconds old; of a whole city as of the last count (`as_of` says when)."""
    return kept.answer(("live", of.pk), lambda: _live(of, at), fresh=FRESH_SECONDS)


def stages(counted: Tally) -> list[tuple[str | Promise, int]]:
    """Where the tubes are now, in the order of the stations; the numbers add up to all tubes."""
    return [
        (_("open at the tables"), counted.tubes - counted.sealed),
        (_("sealed, waiting for the courier"), counted.waiting),
        (_("on the way"), counted.on_the_way),
        (_("in a laboratory, without result"), counted.testing),
        (_("with a result"), counted.resulted),
        (_("rejected"), counted.rejected),
        (_("lost"), counted.lost),
    ]


def _live(of: Round, at: datetime) -> Live:
    state = RoundEvent.objects.known_at(None).filter(round=of, at__lte=at).order_by("-at", "-pk").first()
    counted = tally(of, as_of=at, as_known=at)
    areas = _areas(of, at)
    laboratories = _laboratories(of, at)
    per_hour = sum(one.per_hour for one in laboratories)
    done = counted.resulted + counted.rejected + counted.lost
    last_at = None
    if done >= counted.tubes:
        last_at = Result.objects.known_at(None).filter(tube__round=of).aggregate(last=Max("reported_at"))["last"]
    testing = projected(
        due=counted.tubes, done=done, per_hour=per_hour, as_of=at, deadline=of.test_due_at, last_at=last_at
    )
    return Live(
        round=of, state=state.state if state else "planned", as_of=at, areas=areas, tubes=counted, testing=testing,
        laboratories=laboratories, oldest_waiting_at=_oldest(of, at),
        conflicts=IntakeConflict.objects.filter(round=of, decision="").count(),
        held=RetestOrder.objects.known_at(None).filter(tube__round=of, ended_at=None).count(),
    )  # fmt: skip


def _areas(of: Round, at: datetime) -> tuple[AreaLive, ...]:
    roll = _roll(of)
    swabs: dict[str, int] = {}
    last: dict[str, datetime] = {}
    for area, n, newest in _from_files(of):
        swabs[area], last[area] = n, newest
    pace: dict[str, int] = {}
    rows = IntakeBatch.objects.filter(round=of).values("area_code").annotate(
        n=Sum("swabs"), newest=Max("last_sampled_at"), lately=Sum("swabs", filter=Q(received_at__gt=at - STRETCH)),
    )  # fmt: skip
    for row in rows:
        area = row["area_code"][:6]
        swabs[area] = swabs.get(area, 0) + (row["n"] or 0)
        pace[area] = pace.get(area, 0) + (row["lately"] or 0)
        if row["newest"]:
            last[area] = max(last.get(area, row["newest"]), row["newest"])
    stretch = min(STRETCH, max(at - of.start_at, timedelta(minutes=1)))
    found = []
    for area in sorted({*roll, *swabs}):
        due, excluded = roll.get(area, (0, 0))
        n, per_hour = swabs.get(area, 0), pace.get(area, 0) / (stretch / timedelta(hours=1))
        end = projected(due=due, done=n, per_hour=per_hour, as_of=at, deadline=of.sample_due_at, last_at=last.get(area))
        found.append(AreaLive(area, due, n, excluded, per_hour, last.get(area), end))
    nothing = timedelta.min
    return tuple(sorted(found, key=lambda one: (one.left == 0, one.projection.slack or nothing, one.area)))


def _roll(of: Round) -> dict[str, tuple[int, int]]:
    """(due and not excluded, excluded) by area; asked again after half a minute."""

    def ask() -> dict[str, tuple[int, int]]:
        rows = (
            RollEntry.objects.filter(round=of)
            .values("area_code")
            .annotate(due=Count("pk", filter=Q(exclusion=None)), out=Count("pk", filter=~Q(exclusion=None)))
        )
        return {row["area_code"]: (row["due"], row["out"]) for row in rows}

    return kept.answer(("roll", of.pk), ask, fresh=30.0)


def _from_files(of: Round) -> list[tuple[str, int, datetime]]:
    runs = tuple(ImportRun.objects.aggregate(a=Max("pk"), b=Max("finished_at"), c=Max("undone_at")).values())

    def ask() -> list[tuple[str, int, datetime]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT left(t.area_code, 6), count(*), max(s.sampled_at) FROM screening_swab s "
                "JOIN screening_tube t ON t.id = s.tube_id WHERE s.round_id = %s AND s.purpose = 'mass_round' "
                "AND s.superseded_at IS NULL AND s.import_run_id IS NOT NULL GROUP BY 1",
                [of.pk],
            )
            return cursor.fetchall()

    return kept.answer(("files", of.pk, runs), ask, fresh=3600.0)


def _laboratories(of: Round, at: datetime) -> tuple[LaboratoryLive, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(l.laboratory, '-'), count(*), "
            "percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM r.reported_at - c.received_at) / 60), "
            "count(*) FILTER (WHERE r.reported_at > %s) "
            "FROM screening_tube t JOIN screening_result r ON r.tube_id = t.id AND r.superseded_at IS NULL "
            "LEFT JOIN screening_labrun l ON l.id = r.run_id "
            "LEFT JOIN screening_tubecustody c ON c.tube_id = t.id AND c.superseded_at IS NULL "
            "WHERE t.round_id = %s AND r.reported_at <= %s GROUP BY 1 ORDER BY 2 DESC",
            [at - STRETCH, of.pk, at],
        )
        rows = cursor.fetchall()
    hour = STRETCH / timedelta(hours=1)
    return tuple(
        LaboratoryLive(name, n, *(times or (None, None)), per_hour=lately / hour) for name, n, times, lately in rows
    )


def _oldest(of: Round, at: datetime) -> datetime | None:
    """Since when the oldest tube has been sealed that has no result and is neither lost nor rejected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(c.sealed_at) FROM screening_tube t JOIN screening_tubecustody c ON c.tube_id = t.id "
            "AND c.superseded_at IS NULL WHERE t.round_id = %s AND c.lost_at IS NULL AND c.rejected_at IS NULL "
            "AND c.sealed_at <= %s AND NOT EXISTS (SELECT FROM screening_result r WHERE r.tube_id = t.id "
            "AND r.superseded_at IS NULL)",
            [of.pk, at],
        )
        return cursor.fetchone()[0]


def forget() -> None:
    """Nothing remembered any more: for tests."""
    kept.forget()
