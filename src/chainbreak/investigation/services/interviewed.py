"""What an interview becomes (访谈转事实): stays of the case, the people met there, an onset; nothing told is left out.

Places and people that are on file are used again: a person by number, identity number, or name with phone; whoever is
not on file gets a number. Every entry that could not become a fact is named with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import facts
from chainbreak.registry.models import Identity, Person, Place
from chainbreak.registry.services import identity

from ..models import CaseReport, Evidence, Exposure, Interview, TrajectorySegment
from . import interview as interviews

REASON = "told in an interview"


@dataclass
class Told:
    """What an interview gave: facts recorded, and entries that were known before or could not be used."""

    stays: int = 0
    exposures: int = 0
    new_persons: int = 0
    new_places: int = 0
    known: int = 0
    onset: date | None = None
    problems: list[tuple[str, str, str]] = field(default_factory=list)  # entry, code, what it is about


def record(interview: Interview, *, actor: User, at: datetime, trial: bool = False) -> Told:
    """Turn what counts of an interview into facts; all of it or, when something breaks, nothing.

    Args:
        trial: for a preview that is rolled back: nothing goes to the audit, the interview stays open.

    Raises:
        Refused("interview_closed"): it was turned into facts before.
        Refused("interview_empty"): nothing was told that could become a fact.
    """
    with transaction.atomic():
        if Interview.objects.select_for_update().get(pk=interview.pk).closed_at:
            raise Refused("interview_closed")
        told = interviews.entries(interview)
        if not any(one["kind"] in ("stay", "companion", "onset") for one in told.values()):
            raise Refused("interview_empty")
        found = Told()
        deed = _Deed(interview, actor, at, trial, found)
        for entry, says in told.items():
            if says["kind"] == "stay":
                deed.stay(entry, says)
        companions = [(entry, says) for entry, says in told.items() if says["kind"] == "companion"]
        for entry, says in sorted(companions, key=lambda one: bool(one[1]["same_as"])):  # who is new comes first
            deed.companion(entry, says, told.get(says["stay"]))
        for says in told.values():
            if says["kind"] == "onset" and says["onset_date"]:
                deed.onset(date.fromisoformat(says["onset_date"]))
        if not trial:
            interviews.close(interview, at=at)
    return found


@dataclass
class _Deed:
    interview: Interview
    actor: User
    at: datetime
    trial: bool
    found: Told
    places: dict[str, Place] = field(default_factory=dict)  # entry of a stay -> where it was
    persons: dict[str, Person] = field(default_factory=dict)  # entry of a companion -> who it was

    def stay(self, entry: str, says: dict[str, Any]) -> None:
        place = self._place(entry, says)
        if place is None:
            self.found.problems.append((entry, "unknown_place", says["place"]))
            return
        self.places[entry] = place
        arrived_at, left_at = _span(says)
        person = self.interview.case.person
        same = TrajectorySegment.objects.known_at(None).filter(person=person, place=place)
        if (before := same.filter(arrived_at=arrived_at).first()) is not None:
            self.found.known += 1
            if before.left_at != left_at:
                self.found.problems.append((entry, "other_end_on_record", place.name or place.number))
            return
        self._fact(
            TrajectorySegment, entry, person=person, place=place, arrived_at=arrived_at, left_at=left_at,
            evidence=Evidence.INTERVIEW, certainty=says["certainty"],
        )  # fmt: skip
        self.found.stays += 1

    def companion(self, entry: str, says: dict[str, Any], stay: dict[str, Any] | None) -> None:
        if stay is None:
            self.found.problems.append((entry, "stay_removed", says["name"] or says["person"]))
            return
        person = self.persons.get(says["same_as"]) or self._person(entry, says)
        case = self.interview.case
        if person is None or person.pk == case.person_id:
            code = "unknown_person_told" if person is None else "case_itself"
            self.found.problems.append((entry, code, says["person"] or says["name"]))
            return
        self.persons[entry] = person
        started_at, ended_at = _span(says)
        self._fact(
            Exposure, entry, outbreak=case.outbreak, source=case.person, person=person,
            place=self.places.get(says["stay"]), setting=says["setting"], started_at=started_at, ended_at=ended_at,
            protected=says["protected"], evidence=Evidence.INTERVIEW, note=says["note"],
        )  # fmt: skip
        self.found.exposures += 1

    def onset(self, day: date) -> None:
        report = CaseReport.objects.known_at(None).filter(case=self.interview.case).first()
        if report is None or report.onset_date == day:
            return
        facts.correct(report, at=self.at, actor=self.actor, reason=REASON, trial=self.trial, onset_date=day)
        self.found.onset = day

    def _fact(self, model: type, entry: str, **fields: Any) -> None:
        facts.record(model, key=f"interview:{entry}", known_at=self.at, actor=self.actor, trial=self.trial, **fields)

    def _place(self, entry: str, says: dict[str, Any]) -> Place | None:
        if says["place"]:
            return Place.objects.filter(number=says["place"]).first()
        area = _area(self.interview)
        same = Place.objects.filter(name=says["name"], kind=says["place_kind"], area_code=area).first()
        if same is not None:
            return same
        self.found.new_places += 1
        return Place.objects.create(
            number=f"I-{entry[:13]}", kind=says["place_kind"], name=says["name"], area_code=area
        )

    def _person(self, entry: str, says: dict[str, Any]) -> Person | None:
        if says["person"]:
            return Person.objects.filter(number=says["person"]).first()
        known = None
        if says["id_number"]:
            known = Identity.objects.filter(id_number_hash=identity.id_number_hash(says["id_number"])).first()
        if known is None and says["phone"]:
            wanted = {"phone_hash": identity.phone_hash(says["phone"]), "name_hash": identity.name_hash(says["name"])}
            known = Identity.objects.filter(**wanted).first()
        if known is not None:
            return known.person
        self.found.new_persons += 1
        person = Person.objects.create(number=f"I-{entry[:13]}", area_code=_area(self.interview))
        given = {name: says[name] for name in ("name", "phone", "id_number") if says[name]}
        identity.record(person, at=self.at, **given)
        return person


def _area(interview: Interview) -> str:
    """Where somebody or some place is looked for first: the area that reported the case."""
    report = CaseReport.objects.known_at(None).filter(case=interview.case).first()
    return (report.reported_in if report else "") or interview.case.outbreak.area_code


def _span(says: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(says["from"]), datetime.fromisoformat(says["until"])
