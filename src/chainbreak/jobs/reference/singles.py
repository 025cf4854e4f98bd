"""Individual tests (单采单检) of people under a measure, on the days the rules plan; and the thirteen positives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from random import Random

import pyarrow as pa

from .admissions import Admissions
from .cases import CASES
from .cast import Cast, Person
from .clock import AS_OF, HOUR, MINUTE, ZONE, on
from .rounds import CONTROLS, TIME, WELLS

MISSED = 25  # close contacts of cases 4 and 6 whose test of 28 March was not taken
BEFORE_RELEASE = on(27)  # the contacts' contacts leave only after two negative tests of the contact


@dataclass
class Single:
    """One swab in its own tube, and what came out."""

    person: Person
    sampled_at: datetime
    reported_at: datetime
    outcome: str = "negative"
    purpose: str = "quarantine"
    barcode: str = ""
    run: str = ""


class Singles:
    """Every individual test, in the order of the results."""

    def __init__(self, cast: Cast, admissions: Admissions, seed: int) -> None:
        self._random = Random(f"{seed}:singles")
        self.all: list[Single] = []
        self._missed = 0
        for person in self._under_a_measure(cast):
            self._planned(person, admissions)
        for n, person in cast.cases.items():
            self._case(person, n)
        self.all.sort(key=lambda single: (single.reported_at, single.person.number))
        self.runs = list(self._plates())
        for i, single in enumerate(sorted(self.all, key=lambda one: (one.sampled_at, one.person.number)), 1):
            single.barcode = f"Q{i:08d}"

    def _under_a_measure(self, cast: Cast) -> list[Person]:
        people = (*cast.contacts1, *cast.contacts2, *cast.zl1, *cast.zl2, *cast.arrivals, *cast.band1)
        return [person for person in people if person.fate != "referred"]

    def _planned(self, person: Person, admissions: Admissions) -> None:
        days = {test.date for measure in admissions.due(person) for test in measure.tests}
        if person.role == "contact1" and person.early:
            days.add(BEFORE_RELEASE)
        if person.role == "contact1" and self._misses(person):
            days.discard(on(28))
        for day in sorted(days):
            if day <= on(28):
                self._negative(person, day)

    def _misses(self, person: Person) -> bool:
        if person.chain not in (4, 6) or person.fate != "in_facility":
            return False
        self._missed += 1
        return self._missed <= MISSED

    def _negative(self, person: Person, day: date) -> None:
        """In the morning; on the first day when they are told or brought in."""
        pick = self._random
        first = person.notified_at or person.admitted_at
        if first is not None and first.astimezone(ZONE).date() == day:
            sampled = first + pick.randrange(8, 18) * MINUTE
        else:
            sampled = datetime(day.year, day.month, day.day, 8, tzinfo=ZONE) + pick.randrange(150) * MINUTE
        self._add(person, sampled, sampled + pick.randrange(300, 420) * MINUTE)

    def _case(self, person: Person, n: int) -> None:
        case = CASES[n]
        if case.under_control:
            sampled = case.control_at + 20 * MINUTE
            self._add(person, sampled, sampled + 5 * HOUR)
        purpose = "quarantine" if case.under_control else "case_finding"
        self._add(person, case.sampled_at, case.reported_at, "positive", purpose)

    def _add(
        self,
        person: Person,
        sampled: datetime,
        reported: datetime,
        outcome: str = "negative",
        purpose: str = "quarantine",
    ) -> None:
        if reported >= AS_OF:
            raise ValueError(f"{person.number}: every result must be known by {AS_OF}; got {reported}")
        self.all.append(Single(person, sampled, reported, outcome, purpose))

    def _plates(self) -> Iterator[dict[str, object]]:
        for day, of_day in groupby(self.all, key=lambda single: single.reported_at.astimezone(ZONE).date()):
            tests = list(of_day)
            for k in range(0, len(tests), WELLS):
                number = f"Q{day:%m%d}-{k // WELLS + 1:03d}"
                for single in tests[k : k + WELLS]:
                    single.run = number
                yield {
                    "run": number,
                    "laboratory": "样例疾控实验室",
                    "wells": len(tests[k : k + WELLS]) + CONTROLS,
                    "controls": CONTROLS,
                    "raw_file_hash": hashlib.sha256(number.encode()).hexdigest(),
                }

    def tubes(self) -> pa.Table:
        """The tubes file."""
        tests = self.all
        return pa.table(
            {
                "barcode": [one.barcode for one in tests],
                "area_code": [one.person.area[:6] if one.person.resident else "411100" for one in tests],
                "pool_limit": pa.array([1] * len(tests), pa.int16()),
                "opened_at": pa.array([one.sampled_at for one in tests], TIME),
                "sealed_at": pa.array([one.sampled_at + MINUTE for one in tests], TIME),
                "shipped_at": pa.array([one.sampled_at + 30 * MINUTE for one in tests], TIME),
                "received_at": pa.array([one.sampled_at + 55 * MINUTE for one in tests], TIME),
                "recorded_at": pa.array([one.sampled_at + 55 * MINUTE for one in tests], TIME),
            }
        )

    def swabs(self) -> pa.Table:
        """The swabs file."""
        tests = self.all
        return pa.table(
            {
                "person_id": [one.person.number for one in tests],
                "barcode": [one.barcode for one in tests],
                "position": pa.array([1] * len(tests), pa.int16()),
                "purpose": [one.purpose for one in tests],
                "sampled_at": pa.array([one.sampled_at for one in tests], TIME),
                "recorded_at": pa.array([one.sampled_at + MINUTE for one in tests], TIME),
            }
        )

    def results(self) -> pa.Table:
        """The results file."""
        tests = self.all
        ct = [json.dumps({"ORF1ab": 27.5, "N": 26.1}) if one.outcome == "positive" else None for one in tests]
        return pa.table(
            {
                "barcode": [one.barcode for one in tests],
                "run": [one.run for one in tests],
                "outcome": [one.outcome for one in tests],
                "stage": ["verified"] * len(tests),
                "reported_at": pa.array([one.reported_at for one in tests], TIME),
                "recorded_at": pa.array([one.reported_at for one in tests], TIME),
                "ct": pa.array(ct, pa.string()),
            }
        )
