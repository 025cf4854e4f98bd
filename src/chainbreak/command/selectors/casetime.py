"""Everything that happened to one case on one line of time (病例时间线): symptoms, tests, stays, moves, decisions, and who said so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from chainbreak.investigation.models import Exposure
from chainbreak.investigation.selectors.casefile import CaseFile
from chainbreak.measures.models import Stay, TransferPerson
from chainbreak.screening.models import Result, Swab

from .instant import ZONE


@dataclass(frozen=True)
class Event:
    """One thing that happened: its kind, when, what (by the names of its words), and the fact it is read from."""

    kind: str
    at: datetime
    until: datetime | None = None
    day_only: bool = False
    what: dict[str, Any] = field(default_factory=dict)
    fact: Any = None


KINDS = (
    "onset", "swab", "result", "report", "class", "isolated", "stay", "exposure", "admission", "admission_end",
    "transfer", "link", "assessment", "letter", "answer",
)  # fmt: skip


def events(file: CaseFile, *, as_of: datetime, as_known: datetime | None) -> list[Event]:
    """All events of a case before `as_of` as known at `as_known`, oldest first."""
    found = [
        *_of_report(file),
        *_of_investigation(file, as_known),
        *_of_tests(file, as_known),
        *_of_measures(file, as_known),
    ]
    swabbed = {one.at for one in found if one.kind == "swab" and "tube" in one.what}
    found = [one for one in found if not (one.kind == "swab" and "tube" not in one.what and one.at in swabbed)]
    order = {kind: number for number, kind in enumerate(KINDS)}
    return sorted((one for one in found if one.at < as_of), key=lambda one: (one.at, order[one.kind]))


def _of_report(file: CaseFile) -> Iterator[Event]:
    case = file.case
    report = next((one.report for one in reversed(file.versions) if one.report.pk == case.report_id), None)
    if report is None:
        return
    if report.onset_date:
        yield Event("onset", datetime.combine(report.onset_date, time.min, ZONE), day_only=True, fact=report)
    if report.first_positive_at:
        yield Event("swab", report.first_positive_at, what={"outcome": "positive"}, fact=report)
    if report.reported_at:
        yield Event("report", report.reported_at, what={"area": report.reported_in}, fact=report)
    if report.isolated_at:
        yield Event("isolated", report.isolated_at, fact=report)
    for one in file.classes:
        yield Event("class", one.valid_from, what={"class": one.classification}, fact=one)


def _of_investigation(file: CaseFile, as_known: datetime | None) -> Iterator[Event]:
    for one in file.segments:
        what = {"place": one.place, "evidence": one.get_evidence_display(), "certainty": one.certainty}
        yield Event("stay", one.arrived_at, one.left_at, what=what, fact=one)
    known = Exposure.objects.known_at(as_known).filter(source=file.case.person_id, outbreak=file.case.outbreak_id)
    for one in known.select_related("person", "place").order_by("started_at")[:500]:
        what = {"person": one.person.number, "setting": one.setting, "place": one.place}
        yield Event("exposure", one.started_at, one.ended_at, what=what, fact=one)
    for link in (*file.links_in, *file.links_out):
        other = link.infector if link.infectee_id == file.case.pk else link.infectee
        what = {"other": other.number, "inward": link.infectee_id == file.case.pk, "state": link.state}
        yield Event("link", link.valid_from or link.recorded_at, what=what, fact=link)
    for one in file.assessments:
        yield Event("assessment", one.valid_from, what={"result": one.get_result_display()}, fact=one)
    for named in file.letters:
        if named.feedback_at:
            yield Event("answer", named.feedback_at, what={"letter": named.letter.number}, fact=named)


def _of_tests(file: CaseFile, as_known: datetime | None) -> Iterator[Event]:
    mine = Swab.objects.filter(person=file.case.person_id).select_related("tube")
    taken = list(mine.known_at(as_known).filter(round__isnull=True).order_by("sampled_at")[:500])
    of_rounds = mine.filter(round__isnull=False, superseded_at__isnull=True)  # by the index of one swab a round
    taken += list(of_rounds if as_known is None else of_rounds.filter(recorded_at__lte=as_known))
    for one in taken:
        yield Event("swab", one.sampled_at, what={"tube": one.tube.barcode, "purpose": one.purpose}, fact=one)
    results = Result.objects.known_at(as_known).filter(tube__in=[one.tube_id for one in taken]).select_related("tube")
    for one in results:
        what = {"tube": one.tube.barcode, "outcome": one.outcome, "stage": one.stage}
        yield Event("result", one.reported_at, what=what, fact=one)


def _of_measures(file: CaseFile, as_known: datetime | None) -> Iterator[Event]:
    stays = Stay.objects.known_at(as_known).filter(person=file.case.person_id).select_related("facility", "bed__room")
    for one in stays:
        yield Event(
            "admission", one.admitted_at, one.ended_at, what={"kind": one.kind, "facility": one.facility}, fact=one
        )
    moved = TransferPerson.objects.known_at(as_known).filter(person=file.case.person_id, handed_over_at__isnull=False)
    for one in moved:
        yield Event("transfer", one.handed_over_at, what={"batch": one.batch}, fact=one)
