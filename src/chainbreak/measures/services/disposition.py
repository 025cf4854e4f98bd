"""Dispositions (转归): a contact's course out of what was done, at every instant exactly one state.

States follow the events in the order in which they happened; nobody types them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chainbreak.investigation.models import ContactEvent, LetterEvent, LetterPerson, Outbreak
from chainbreak.investigation.services.tracing import CaseFacts, Found

from ..models import Stay, StayKind

LOCKED = ("converted_to_case", "deceased")
OF_STAY = {
    StayKind.FACILITY_QUARANTINE: "in_facility",
    StayKind.HOME_QUARANTINE: "at_home",
    StayKind.HOME_MONITORING: "home_monitoring",
}
OF_LETTER = {
    LetterEvent.State.SENT: "referred_out",
    LetterEvent.State.RETURNED: "identified",
    LetterEvent.State.FEEDBACK_COMPLETE: "closed_elsewhere",
    LetterEvent.State.CLOSED: "closed_elsewhere",
}
OF_EVENT = {
    ContactEvent.Kind.LOCATED: "located",
    ContactEvent.Kind.LOST: "lost",
    ContactEvent.Kind.NOTIFIED: "awaiting_transfer",
}


@dataclass(frozen=True)
class Step:
    """A fact that puts a contact into a state from an instant on."""

    at: datetime
    state: str
    reason: str
    evidence: tuple[str, int]


@dataclass(frozen=True)
class Period:
    """One state from an instant until the next one; the last is open."""

    state: str
    valid_from: datetime
    valid_until: datetime | None
    reason: str
    evidence: tuple[tuple[str, int], ...]


def periods(found: Found, steps: Iterable[Step]) -> list[Period]:
    """The course of one contact from the instant it became one: `identified`, then step after step.

    What happened before counts from that instant on; a case stays a case.
    """
    start = found.valid_from
    course: list[tuple[datetime, str, str, tuple[tuple[str, int], ...]]] = [(start, "identified", found.rule, ())]
    begins = set(OF_STAY.values())  # at one instant a stay ends before the next begins
    for step in sorted(steps, key=lambda s: (s.at, s.state in LOCKED, s.state in begins)):
        if course[-1][1] in LOCKED:
            break
        course.append((max(step.at, start), step.state, step.reason, (step.evidence,)))
    result = []
    for (at, state, reason, evidence), later in zip(course, [*course[1:], None], strict=True):
        until = later[0] if later else None
        if until is None or at < until:
            result.append(Period(state, at, until, reason, evidence))
    return result


def steps_of(outbreak: Outbreak, cases: Iterable[CaseFacts], *, as_known: datetime | None) -> dict[int, list[Step]]:
    """Every step of every person, by the facts known at `as_known`."""
    steps: dict[int, list[Step]] = defaultdict(list)
    events = ContactEvent.objects.known_at(as_known).filter(outbreak=outbreak)
    for number, person, kind, at in events.values_list("pk", "person_id", "kind", "at"):
        steps[person].append(Step(at, OF_EVENT[kind], kind, ("contact_event", number)))
    for person, number, state, at in _letters(outbreak, as_known):
        steps[person].append(Step(at, OF_LETTER[LetterEvent.State(state)], state, ("letter_event", number)))
    stays = Stay.objects.known_at(as_known).exclude(kind=StayKind.HOSPITAL)
    for number, person, kind, admitted_at, ended_at, outcome in stays.values_list(
        "pk", "person_id", "kind", "admitted_at", "ended_at", "outcome"
    ):
        evidence = ("admission", number)
        steps[person].append(Step(admitted_at, OF_STAY[kind], kind, evidence))
        if ended_at is not None:
            state = "released" if outcome == "released" else "located"
            steps[person].append(Step(ended_at, state, outcome or "ended", evidence))
    for case in cases:
        steps[case.person].append(Step(case.found_at, "converted_to_case", "case", ("case", case.id)))
    return steps


def _letters(outbreak: Outbreak, as_known: datetime | None) -> Iterable[tuple[int, int, str, datetime]]:
    """(person, event, state, instant) for every step of a letter and every person it covers."""
    persons: dict[int, list[int]] = defaultdict(list)
    covered = LetterPerson.objects.known_at(as_known).filter(letter__outbreak=outbreak)
    for letter, person in covered.values_list("letter_id", "person_id"):
        persons[letter].append(person)
    events = LetterEvent.objects.known_at(as_known).filter(letter__outbreak=outbreak, state__in=OF_LETTER)
    for letter, number, state, at in events.values_list("letter_id", "pk", "state", "at"):
        for person in persons[letter]:
            yield person, number, state, at
