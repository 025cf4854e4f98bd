"""When the records of an investigation end (流调数据的期限): after the close of the outbreak, raw trajectories first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.retention import RetentionRule, keep, register
from chainbreak.registry.models import CareNeed, DuplicateFlag, Identity

from .models import (
    Case,
    CaseClassification,
    CaseRelation,
    CaseReport,
    ContactEvent,
    Determination,
    Exposure,
    Genome,
    InfectorRun,
    Interview,
    InterviewEntry,
    Letter,
    LetterEvent,
    LetterPerson,
    LinkAssessment,
    Outbreak,
    Sequence,
    TrajectorySegment,
    TransmissionLink,
)

BEFORE = timedelta(days=60)  # stays before the detection of an outbreak that may still belong to it


def over(cutoff: datetime) -> QuerySet[Outbreak]:
    """The outbreaks that were closed at or before an instant."""
    return Outbreak.objects.filter(closed_at__lte=cutoff)


def going_on(cutoff: datetime) -> QuerySet[Outbreak]:
    """The outbreaks that were not closed by then."""
    return Outbreak.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=cutoff))


def _trajectories(cutoff: datetime) -> Iterable[QuerySet]:
    """Stays up to the close of an outbreak that is over, unless one that goes on may still need them."""
    needed = going_on(cutoff).annotate(since=F("detected_at") - BEFORE).filter(since__lte=OuterRef("left_at"))
    yield TrajectorySegment.objects.filter(
        Exists(over(cutoff).filter(closed_at__gte=OuterRef("left_at"))), ~Exists(needed)
    )


def _identities(cutoff: datetime) -> Iterable[QuerySet]:
    """Identities of people who belong to outbreaks that are over only; all of them once no outbreak goes on."""
    if not over(cutoff).exists():
        return
    for model in (Identity, CareNeed, DuplicateFlag):
        rows = model.objects.all()
        if going_on(cutoff).exists():
            rows = rows.filter(_involved(over(cutoff)), ~_involved(going_on(cutoff)))
        yield rows


def _involved(outbreaks: QuerySet[Outbreak]) -> Q:
    """Whether a person has a part in one of the outbreaks: a condition on rows with a `person`."""
    mine = {"person": OuterRef("person_id"), "outbreak__in": outbreaks}
    found = Q(Exists(Case.objects.filter(**mine)))
    for model in (Exposure, Determination, ContactEvent):
        found |= Q(Exists(model.objects.filter(**mine)))
    found |= Q(Exists(Exposure.objects.filter(source=OuterRef("person_id"), outbreak__in=outbreaks)))
    return found | Q(Exists(LetterPerson.objects.filter(person=OuterRef("person_id"), letter__outbreak__in=outbreaks)))


def _contacts(cutoff: datetime) -> Iterable[QuerySet]:
    outbreaks = over(cutoff).values("pk")
    yield LetterPerson.objects.filter(letter__outbreak__in=outbreaks)
    yield LetterEvent.objects.filter(letter__outbreak__in=outbreaks)
    for model in (Letter, Determination, ContactEvent, Exposure):
        yield model.objects.filter(outbreak__in=outbreaks)


def _cases(cutoff: datetime) -> Iterable[QuerySet]:
    outbreaks = over(cutoff).values("pk")
    for model in (CaseReport, CaseClassification, Sequence):
        yield model.objects.filter(case__outbreak__in=outbreaks)
    yield CaseRelation.objects.filter(Q(case__outbreak__in=outbreaks) | Q(other__outbreak__in=outbreaks))
    yield LinkAssessment.objects.filter(Q(case__outbreak__in=outbreaks) | Q(outbreak__in=outbreaks))
    for of_outbreak in (TransmissionLink, Genome, InfectorRun):
        yield of_outbreak.objects.filter(outbreak__in=outbreaks)
    yield Case.objects.filter(outbreak__in=outbreaks)


def _interviews(cutoff: datetime) -> Iterable[QuerySet]:
    done = Interview.objects.filter(case__outbreak__in=over(cutoff).values("pk"))
    yield InterviewEntry.objects.filter(interview__in=done.values("pk"))
    yield done


def _labels(*models) -> tuple[str, ...]:
    return tuple(model._meta.label for model in models)


def register_all() -> None:
    """The rules of investigation; raw trajectories end first, then identities, contacts, cases."""
    closed = _("the close of the outbreak")
    register(
        RetentionRule(
            "cases",
            _("cases, their reports, classes, links and genomes"),
            closed,
            _labels(
                Case,
                CaseReport,
                CaseClassification,
                CaseRelation,
                Sequence,
                LinkAssessment,
                TransmissionLink,
                Genome,
                InfectorRun,
            ),
            days=1096,
            floor=180,
            ceiling=3653,
            ended=_cases,
        )
    )
    register(
        RetentionRule(
            "contacts",
            _("exposures, determinations, letters"),
            closed,
            _labels(Exposure, Determination, ContactEvent, Letter, LetterEvent, LetterPerson),
            days=180,
            floor=30,
            ceiling=366,
            ended=_contacts,
        )
    )
    register(
        RetentionRule(
            "identities",
            _("identities: names, id numbers, phones, addresses"),
            closed,
            _labels(Identity, CareNeed, DuplicateFlag),
            days=0,
            floor=0,
            ceiling=90,
            ended=_identities,
        )
    )
    register(
        RetentionRule(
            "interviews",
            _("what was written down in interviews"),
            closed,
            _labels(Interview, InterviewEntry),
            days=0,
            floor=0,
            ceiling=90,
            ended=_interviews,
        )
    )
    register(
        RetentionRule(
            "trajectories",
            _("raw trajectories"),
            closed,
            _labels(TrajectorySegment),
            days=30,
            floor=7,
            ceiling=90,
            ended=_trajectories,
        )
    )
    keep({"investigation.Outbreak": _("the outbreak itself, no persons")})
