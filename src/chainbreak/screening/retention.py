"""When swabs, tubes and rolls end (检测数据的期限): counts of a round stay, who was in which tube does not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.retention import RetentionRule, keep, register

from .models import Result, RollEntry, Round, Swab, Tube, TubeCustody


def _ended(cutoff: datetime) -> Iterable[QuerySet]:
    rounds = Round.objects.filter(test_due_at__lte=cutoff).values("pk")
    members = Swab.objects.filter(tube=OuterRef("pk"))
    single = Q(round__isnull=True) & Exists(members) & ~Exists(members.filter(sampled_at__gt=cutoff))
    tubes = Tube.objects.filter(Q(round__in=rounds) | single).values("pk")
    yield RollEntry.objects.filter(round__in=rounds)
    yield Result.objects.filter(tube__in=tubes)
    yield TubeCustody.objects.filter(tube__in=tubes)
    yield Tube.objects.filter(pk__in=tubes)
    gone = ~Exists(Tube.objects.filter(pk=OuterRef("tube_id")))
    yield Swab.objects.filter(Q(round__in=rounds) | (Q(round__isnull=True, sampled_at__lte=cutoff) & gone))


def register_all() -> None:
    """The rules of screening."""
    register(
        RetentionRule(
            "swabs",
            _("swabs, tubes, results and rolls"),
            _("the round's last deadline, or the swab"),
            ("screening.Swab", "screening.Tube", "screening.TubeCustody", "screening.Result", "screening.RollEntry"),
            days=180,
            floor=30,
            ceiling=366,
            ended=_ended,
        )
    )
    counts = _("rounds, sites and laboratory runs, no persons")
    keep(
        dict.fromkeys(["screening.Round", "screening.RoundEvent", "screening.SamplingSite", "screening.LabRun"], counts)
    )
