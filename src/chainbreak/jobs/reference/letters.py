"""Letters of co-operation (协查函): seventeen, to twelve jurisdictions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .areas import LINYING
from .cast import ELSEWHERE, Cast, Person
from .clock import HOUR, MINUTE

UNANSWERED = (4, 9, 15)


class Letters:
    """Who is covered by which letter: the contacts of case 3 apart from the others.

    Where that makes two letters to one jurisdiction, close contacts and their contacts are apart, so that a letter
    of one close contact alone can be returned.
    """

    def __init__(self, cast: Cast) -> None:
        groups: dict[tuple[bool, str], list[Person]] = defaultdict(list)
        for person in (*cast.contacts1, *cast.contacts2):
            if person.fate == "referred":
                groups[person.source is cast.cases[3], person.area].append(person)
        for area in [area for of_case_3, area in groups if of_case_3 and (False, area) in groups]:
            mine = groups[False, area]
            groups[True, area] += [person for person in mine if person not in cast.contacts1]
            groups[False, area] = [person for person in mine if person in cast.contacts1]
        order = sorted(groups, key=lambda key: (key[0], ELSEWHERE.index(key[1])))
        self.letters = {f"LY-XC-{i:02d}": groups[key] for i, key in enumerate(order, 1)}

    def rows(self) -> Iterator[dict[str, object]]:
        """The letters file: one row for each step."""
        for i, (number, people) in enumerate(self.letters.items(), 1):
            known = max(person.identified_at for person in people if person.identified_at)
            steps = ["draft", "approved", "sent"] + ([] if i in UNANSWERED else ["acknowledged"])
            for step, hours in zip(steps, (0.5, 1, 1.5, 4), strict=False):
                when = known + hours * HOUR + i * MINUTE
                yield {
                    "letter": number,
                    "from_area": LINYING,
                    "to_area": people[0].area,
                    "reason": "contacts_there",
                    "state": step,
                    "at": when,
                    "due_at": when + 24 * HOUR if step == "sent" else None,
                    "outbreak": "LY",
                    "recorded_at": when + MINUTE,
                }

    def persons(self) -> Iterator[dict[str, object]]:
        """The persons covered, one row each."""
        for number, people in self.letters.items():
            for person in people:
                yield {
                    "letter": number,
                    "person_id": person.number,
                    "feedback": "",
                    "feedback_at": None,
                    "outbreak": "LY",
                    "recorded_at": person.identified_at + 30 * MINUTE if person.identified_at else None,
                }
