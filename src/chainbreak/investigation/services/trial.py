"""What if (假如): who would be a contact under another threshold, another look-back, or without one case.

Two questions to the lake and the difference of the two sets. Nothing is recorded, and nobody is taken in from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from chainbreak.epi import rulepack
from chainbreak.governance.refusal import Refused

from ..models import Case, Outbreak
from . import finding, lake


@dataclass(frozen=True)
class Other:
    """What is changed: another least time, windows that begin so many days before the anchor, cases left out."""

    minutes: float | None = None
    look_back: int | None = None
    without: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return self.minutes is None and self.look_back is None and not self.without


@dataclass(frozen=True)
class Difference:
    """Who enters and who leaves under the other rule, who goes from one degree to another, and how many stay.

    Rows are as `Lake.trace` gives them, one for each person, with `place` and `kind` as people know them.
    """

    enter: list[dict[str, Any]]
    leave: list[dict[str, Any]]
    moved: list[tuple[dict[str, Any], int]]  # as it would be, and the degree before
    stay: int
    minutes: float
    n_cases: int
    edition: str


def compare(
    outbreak: Outbreak, other: Other, *, at: datetime, only: Case | None = None, degrees: int = 1
) -> Difference:
    """The contacts of all cases of an outbreak, or of one, by the rules in force and by another rule.

    Raises:
        Refused: as `lake.opened`; "no_window_of_case": no case that is asked about has a window;
            "unknown_case": a case to be left out is none of this outbreak.
    """
    stays, pack = lake.opened().still(), rulepack.load(outbreak.rule_pack)
    cases = Case.objects.filter(outbreak=outbreak).select_related("person", "outbreak")
    known = set(cases.values_list("number", flat=True))
    for number in other.without:
        if number not in known:
            raise Refused("unknown_case", outbreak=outbreak.code, number=number)
    if only is not None:
        cases = cases.filter(pk=only.pk)
    now, then = [], []
    for case in cases:
        number = lake.own_id(stays, case.person.number)
        try:
            spans = finding.window_of(case, at), finding.window_of(case, at, look_back=other.look_back)
        except Refused:
            continue
        if number is None:
            continue
        now.append((number, spans[0]))
        if case.number not in other.without:
            then.append((number, spans[1]))
    if not now:
        raise Refused("no_window_of_case", case=str(only or outbreak))
    least = float(pack.value("contact.copresence_minutes"))
    rule = {"degrees": degrees, "like": lake.INSTANT, **lake.rule_of(pack, stays)}
    with lake.in_words():
        before = stays.trace(finding.asked(now), minutes=least, **rule)
        minutes = least if other.minutes is None else other.minutes
        after = stays.trace(finding.asked(then), minutes=minutes, **rule) if then else before.slice(0, 0)
    first, second = _by_person(before), _by_person(after)
    left_out = {lake.own_id(stays, case.person.number) for case in cases if case.number in other.without}
    return Difference(
        enter=lake.placed([row for key, row in second.items() if key not in first and key not in left_out]),
        leave=lake.placed([row for key, row in first.items() if key not in second]),
        moved=[
            (row, first[key]["degree"])
            for key, row in second.items()
            if key in first and first[key]["degree"] != row["degree"]
        ],
        stay=sum(key in first and first[key]["degree"] == row["degree"] for key, row in second.items()),
        minutes=minutes,
        n_cases=len(now),
        edition=pack.edition,
    )


def _by_person(table: pa.Table) -> dict[Any, dict[str, Any]]:
    """One row for each person: of the highest degree, the longest together."""
    found: dict[Any, dict[str, Any]] = {}
    for row in _ordered(table.to_pylist()):
        found.setdefault(row["person_id"], row)
    return found


def _ordered(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["degree"], -row["minutes"], str(row["person_id"])))
