"""When stays, transfers and arrivals end, and what was derived for an outbreak (管控数据的期限)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.retention import RetentionRule, keep, register
from chainbreak.investigation.models import Contact, ContactPair, Derivation, Disposition
from chainbreak.investigation.retention import over

from .models import (
    Appeal,
    AppealStep,
    Arrival,
    DueMeasure,
    DueTest,
    FollowUp,
    SiteDuty,
    Stay,
    SymptomReport,
    Transfer,
    TransferPerson,
)

DERIVED = (DueTest, DueMeasure, Disposition, ContactPair, Contact)


def _snapshots(cutoff: datetime) -> Iterable[QuerySet]:
    snapshots = Derivation.objects.filter(outbreak__in=over(cutoff).values("pk")).values("pk")
    for model in DERIVED:
        yield model.objects.filter(derivation__in=snapshots)
    yield Derivation.objects.filter(pk__in=snapshots)


def _stays(cutoff: datetime) -> Iterable[QuerySet]:
    """What ended by then, and versions that were superseded by then."""
    old = Q(superseded_at__lte=cutoff)
    yield Stay.objects.filter(old | Q(ended_at__lte=cutoff))
    for told in (FollowUp, SymptomReport):
        yield told.objects.filter(old | Q(at__lte=cutoff))
    yield SiteDuty.objects.filter(old | Q(ends_at__lte=cutoff))
    yield TransferPerson.objects.filter(old | Q(recorded_at__lte=cutoff))
    yield Transfer.objects.filter(old | Q(recorded_at__lte=cutoff))
    yield Arrival.objects.filter(old | Q(arrived_at__lte=cutoff))


def _appeals(cutoff: datetime) -> Iterable[QuerySet]:
    """Appeals whose last step lies so far back, answered or not: the measure ended long before."""
    old = Appeal.objects.filter(at__lte=cutoff).exclude(
        pk__in=AppealStep.objects.filter(at__gt=cutoff).values("appeal")
    )  # fmt: skip
    yield AppealStep.objects.filter(appeal__in=old.values("pk"))
    yield old


def register_all() -> None:
    """The rules of measures."""
    register(
        RetentionRule(
            "appeals",
            _("appeals and their answers"),
            _("the last step of the appeal"),
            (Appeal._meta.label, AppealStep._meta.label),
            days=366,
            floor=60,
            ceiling=1096,
            ended=_appeals,
        )
    )
    register(
        RetentionRule(
            "stays",
            _("stays, follow-ups, transfers, arrivals, duties"),
            _("the end of the stay, the transfer, the arrival"),
            tuple(
                model._meta.label
                for model in (Stay, FollowUp, SymptomReport, SiteDuty, Transfer, TransferPerson, Arrival)
            ),
            days=366,
            floor=60,
            ceiling=732,
            ended=_stays,
        )
    )
    register(
        RetentionRule(
            "snapshots",
            _("what was derived: contacts, their evidence, measures and tests due"),
            _("the close of the outbreak"),
            tuple(model._meta.label for model in (*DERIVED, Derivation)),
            days=30,
            floor=7,
            ceiling=90,
            ended=_snapshots,
        )
    )
    sites = _("facilities, rooms and beds, no persons")
    keep(dict.fromkeys(["measures.Facility", "measures.FacilityEvent", "measures.Room", "measures.Bed"], sites))
