"""A case file (病例档案): everything recorded about one case, and every version of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from chainbreak.epi import rulepack
from chainbreak.epi.case import InfectiousWindow, infectious_window
from chainbreak.governance.models import Correction

from ..models import (
    Case,
    CaseClassification,
    CaseReport,
    ContactPair,
    Derivation,
    LetterPerson,
    TrajectorySegment,
    TransmissionLink,
)
from .case import REPORT_FIELDS, with_standing

VERSION_FIELDS = (*REPORT_FIELDS, "hospital", "exposure_from", "exposure_until", "note")


@dataclass(frozen=True)
class Version:
    """One version of the report: what it changed, who recorded it when, why, and whether it still holds."""

    report: CaseReport
    changes: tuple[tuple[str, Any, Any], ...]
    reason: str


@dataclass(frozen=True)
class CaseFile:
    """All that a page shows of a case, as of one instant and as known at another."""

    case: Case
    window: InfectiousWindow | None
    classes: list[CaseClassification]
    versions: list[Version]
    segments: list[TrajectorySegment]
    links_in: list[TransmissionLink]
    links_out: list[TransmissionLink]
    relations: list[Any]
    sequences: list[Any]
    assessments: list[Any]
    letters: list[LetterPerson]
    contacts_by_setting: list[tuple[str, int, int]] = field(default_factory=list)


def standing_of(case: Case, *, as_of: datetime, as_known: datetime | None) -> Case:
    """The case with its class and report as of an instant; both empty where nothing was known yet."""
    return with_standing(Case.objects.filter(pk=case.pk), as_of, as_known).get()


def window_of(case: Case) -> InfectiousWindow | None:
    """The infectious window of a case as annotated by `standing_of`, by the outbreak's rule pack."""
    if case.classification_then is None or case.report_id is None:
        return None
    return infectious_window(
        rulepack.load(case.outbreak.rule_pack),
        case_class=case.classification_then,
        onset_date=case.onset_date,
        first_positive_sample_at=case.first_positive_at,
        isolated_at=case.isolated_at,
    )


def read(case: Case, derivation: Derivation | None, *, as_of: datetime, as_known: datetime | None) -> CaseFile:
    """The whole file of one case."""
    standing = standing_of(case, as_of=as_of, as_known=as_known)
    links = TransmissionLink.objects.known_at(as_known).filter(Q(infectee=case) | Q(infector=case))
    links = links.select_related("infector__outbreak", "infectee__outbreak").order_by("infectee__number", "pk")
    return CaseFile(
        case=standing,
        window=window_of(standing),
        classes=list(
            CaseClassification.objects.known_at(as_known)
            .filter(case=case, valid_from__lt=as_of)
            .select_related("recorded_by")
            .order_by("valid_from")
        ),
        versions=versions(case, as_known),
        segments=list(
            TrajectorySegment.objects.known_at(as_known)
            .filter(person=case.person_id, arrived_at__lt=as_of)
            .select_related("place")
            .order_by("arrived_at")[:500]
        ),
        links_in=[link for link in links if link.infectee_id == case.pk],
        links_out=[link for link in links if link.infector_id == case.pk],
        relations=list(case.relations.known_at(as_known).select_related("other__outbreak")),
        sequences=list(case.sequences.known_at(as_known).order_by("pk")),
        assessments=list(
            case.link_assessments.known_at(as_known).filter(valid_from__lt=as_of).select_related("outbreak")
        ),
        letters=list(
            LetterPerson.objects.known_at(as_known).filter(person=case.person_id).select_related("letter__outbreak")
        ),
        contacts_by_setting=contacts_by_setting(case, derivation, as_of) if derivation else [],
    )


def versions(case: Case, as_known: datetime | None) -> list[Version]:
    """Every version of the report, oldest first, each with what it changed and why (two clocks)."""
    rows = CaseReport.objects.filter(case=case).select_related("recorded_by", "import_run")
    if as_known is not None:
        rows = rows.filter(recorded_at__lte=as_known)
    reports = list(rows.order_by("recorded_at", "pk"))
    numbers = [report.pk for report in reports]
    notes = Correction.objects.filter(Q(new_id__in=numbers) | Q(old_id__in=numbers, new_id__isnull=True))
    reasons = {note.new_id or note.old_id: note.reason for note in notes.filter(table_name=CaseReport._meta.db_table)}
    found, before = [], None
    for report in reports:
        changes = tuple(
            (name, getattr(before, name), getattr(report, name))
            for name in VERSION_FIELDS
            if before is not None and getattr(before, name) != getattr(report, name)
        )
        found.append(Version(report, changes, reasons.get(report.pk, "")))
        before = report
    return found


def contacts_by_setting(case: Case, derivation: Derivation, as_of: datetime) -> list[tuple[str, int, int]]:
    """For each setting the numbers of persons exposed to this case: (setting, persons, of them close contacts)."""
    rows = ContactPair.objects.filter(derivation=derivation, source_case=case, valid_from__lt=as_of)
    everybody: Counter[str] = Counter()
    close: Counter[str] = Counter()
    for setting, degree, person in rows.values_list("setting", "degree", "person_id").distinct():
        del person
        everybody[setting] += 1
        close[setting] += degree == 1
    return [(setting, number, close[setting]) for setting, number in everybody.most_common()]
