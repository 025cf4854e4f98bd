"""When swabs, tubes and rolls end (检测数据的期限): counts of a round stay, who was in which tube does not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.retention import RetentionRule, keep, register

from .models import (
    DoorTask,
    DoorVisit,
    IntakeConflict,
    Result,
    RetestOrder,
    RollEntry,
    RollMove,
    Round,
    ShipmentTube,
    Swab,
    SwabEvent,
    Tube,
    TubeCustody,
    Well,
)


def _ended(cutoff: datetime) -> Iterable[QuerySet]:
    rounds = list(Round.objects.filter(test_due_at__lte=cutoff).values_list("pk", flat=True))  # few; tubes are many

    def ended(tube: str, key: str) -> Q:
        """Tubes of those rounds, and tubes of no round whose last swab lies before."""
        members = Swab.objects.filter(tube=OuterRef(key))
        old = Swab.objects.filter(round__isnull=True, sampled_at__lte=cutoff).values("tube")
        had = Q(**{f"{key}__in": old}) | Exists(members.filter(round__in=rounds))
        single = Q(**{f"{tube}round__isnull": True}) & had & ~Exists(members.filter(sampled_at__gt=cutoff))
        return Q(**{f"{tube}round__in": rounds}) | single

    yield RollEntry.objects.filter(round__in=rounds)
    yield DoorVisit.objects.filter(round__in=rounds)
    yield DoorTask.objects.filter(round__in=rounds)
    yield RollMove.objects.filter(round__in=rounds)
    yield SwabEvent.objects.filter(received_at__lte=cutoff, at__lte=cutoff)
    yield IntakeConflict.objects.filter(round__in=rounds)
    yield RetestOrder.objects.filter(ended("tube__", "tube") | ended("own_tube__", "own_tube"))
    yield ShipmentTube.objects.filter(ended("tube__", "tube"))
    yield Well.objects.filter(ended("tube__", "tube"))
    yield Result.objects.filter(ended("tube__", "tube"))
    yield TubeCustody.objects.filter(ended("tube__", "tube"))
    yield Tube.objects.filter(ended("", "pk"))
    gone = ~Exists(Tube.objects.filter(pk=OuterRef("tube_id")))
    yield Swab.objects.filter(Q(round__in=rounds) | (Q(round__isnull=True, sampled_at__lte=cutoff) & gone))


def register_all() -> None:
    """The rules of screening."""
    register(
        RetentionRule(
            "swabs",
            _("swabs, tubes, results and rolls"),
            _("the round's last deadline, or the swab"),
            (
                "screening.Swab",
                "screening.Tube",
                "screening.TubeCustody",
                "screening.Result",
                "screening.RollEntry",
                "screening.RollMove",
                "screening.SwabEvent",
                "screening.IntakeConflict",
                "screening.DoorTask",
                "screening.DoorVisit",
                "screening.RetestOrder",
                "screening.ShipmentTube",
                "screening.Well",
            ),
            days=180,
            floor=30,
            ceiling=366,
            ended=_ended,
        )
    )
    counts = _("rounds, sites and laboratory runs, no persons")
    counted = ["Round", "RoundEvent", "SamplingSite", "SiteLoad", "LabRun", "Shipment", "IntakeBatch", "Device"]
    counted += ["RoundPlan", "RollState", "BlindSample", "TableMove", "RoundCount"]
    keep(dict.fromkeys([f"screening.{name}" for name in counted], counts))
