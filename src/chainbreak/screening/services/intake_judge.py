"""Batches judged row by row against what is known (登记逐行判定); what is to be written gathers here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from chainbreak.epi import round_intake as rule
from chainbreak.epi.round_intake import ACCEPTED, CONFLICT, DUPLICATE, REFUSED, Verdict

from .intake_batch import Batch, Event
from .intake_known import Known

_KNOWN_CONFLICT, _DUPLICATE = Verdict(CONFLICT, "known"), Verdict(DUPLICATE)
_USED, _NOBODY, _OUTSIDE = (Verdict(REFUSED, why) for why in ("event_id_used", "unknown_person", "outside_area"))
_OTHER_ROUND, _TAKEN = Verdict(REFUSED, "tube_of_another_round"), Verdict(ACCEPTED)


class Kept(NamedTuple):
    """One event that is kept: with its batch, tube, person and instant by our clock."""

    event: Event
    batch: Batch
    tube: int
    person: int | None
    at: datetime
    verdict: Verdict
    other: int | None  # of one person at two tables: the tube that holds the first swab


@dataclass(slots=True)
class Count:
    """What a batch brought to one area."""

    batch: Batch
    swabs: int = 0
    seals: int = 0
    duplicates: int = 0
    conflicts: int = 0
    refused: int = 0
    last: datetime | None = None


@dataclass(slots=True)
class Judge:
    """What becomes of the rows of some batches, one after the other."""

    known: Known
    now: datetime
    kept: list[Kept] = field(default_factory=list)
    seals: dict[int, datetime] = field(default_factory=dict)
    counts: dict[tuple[int, str], Count] = field(default_factory=dict)

    def judge(self, batch: Batch) -> None:
        """Leave a verdict for each row of a batch."""
        known, verdicts = self.known, batch.verdicts
        for event in batch.events:
            held = known.tubes.get(event.barcode)
            area = held[1] if held is not None and held[2].round_id == batch.round_id else batch.area_code
            count = self.counts.get((id(batch), area))
            if count is None:
                count = self.counts[id(batch), area] = Count(batch)
            if before := known.events.get(event.event_id):
                verdict = _said_before(before, event)
            elif held is None:
                verdict = _NOBODY
            elif held[1] and not held[1].startswith(batch.stem):
                verdict = _OUTSIDE
            else:
                verdict = self._new(event, batch, held, count)
            verdicts.append(verdict)
            if verdict.outcome == REFUSED:
                count.refused += 1
            elif verdict.outcome == DUPLICATE:
                count.duplicates += 1
            elif verdict.outcome == CONFLICT:
                count.conflicts += 1

    def _new(self, event: Event, batch: Batch, held: tuple, count: Count) -> Verdict:
        known, (tube_id, _area, tube) = self.known, held
        at = batch.at(event, self.now)
        person = other = None
        if event.kind == "swab":
            person = known.persons.get(event.person)
            other = known.swabbed.get((batch.round_id, person)) if person is not None else None
            verdict = rule.judged_swab(
                tube, round_id=batch.round_id, person=person, at=at, wanted=event.position, elsewhere=other is not None,
                late=self.now - at > rule.LATE,
            )  # fmt: skip
            if verdict.outcome == ACCEPTED and person is not None:
                tube.members[verdict.position or 0] = person
                known.swabbed[batch.round_id, person] = tube_id
                count.swabs += 1
                if count.last is None or at > count.last:
                    count.last = at
        elif event.kind == "seal":
            verdict = rule.judged_seal(tube, round_id=batch.round_id, device=batch.device_id)
            if verdict.outcome == ACCEPTED:
                tube.sealed_at, tube.sealed_by = at, batch.device_id
                self.seals[tube_id] = at
                count.seals += 1
        else:
            verdict = _OTHER_ROUND if tube.round_id not in (None, batch.round_id) else _TAKEN
        if verdict.outcome in (ACCEPTED, CONFLICT):
            if verdict.outcome == ACCEPTED and event.kind != "seal" and tube_id in known.first:
                known.first[tube_id] = min(known.first[tube_id] or at, at)
            conflict = verdict.outcome == CONFLICT
            known.events[event.event_id] = (event.kind, conflict, event.barcode, event.person or None)
            self.kept.append(Kept(event, batch, tube_id, person, at, verdict, other))
        return verdict


def _said_before(before: tuple[str, bool, str, str | None], event: Event) -> Verdict:
    kind, conflict, barcode, told = before
    nobody = conflict and told is None  # its person's number was not known
    if (kind, barcode) != (event.kind, event.barcode) or not (nobody or (told or "") == event.person):
        return _USED
    return _KNOWN_CONFLICT if conflict else _DUPLICATE
