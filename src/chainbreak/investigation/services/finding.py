"""Contacts looked for in the trajectory lake (轨迹湖排查): the answer for one case, before anybody decides.

The lake proposes, an investigator determines. What is found here are rows of the lake: who the persons are and how they
stand is read afresh each time somebody looks (`selectors.candidate`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext_noop

from chainbreak.engines.lake import Lake, companions
from chainbreak.epi import rulepack
from chainbreak.epi.rulepack import RulePack
from chainbreak.governance import words
from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Place

from ..models import Case, Outbreak
from ..selectors import casefile
from . import coverage, lake
from .coverage import Coverage, Window

words.register(
    {
        "no_window_of_case": gettext_noop(
            "Nothing says when case %(case)s was infectious. Record its onset or its first positive sample first."
        ),
        "case_is_excluded": gettext_noop("Case %(case)s is excluded; nobody is looked for because of it."),
    }
)
MOST_STAYS_FOR_COMPANIONS = 30_000_000  # the search for them reads the whole lake
NEARLY = 0.8  # of the least minutes: 12 of 15
EARTH_METRES = 111_320.0  # of a degree of latitude


def nobody() -> pa.Table:
    """An answer without persons."""
    return pa.table({"person_id": pa.array([], pa.string())})


@dataclass(frozen=True)
class Question:
    """What is asked: degrees, and on trial another least time or another look-back (days before the anchor)."""

    degrees: int = 1
    minutes: float | None = None
    look_back: int | None = None
    companions: bool = False

    @property
    def is_trial(self) -> bool:
        """Whether it is asked under another rule than the one in force, so that nobody may be taken in."""
        return self.minutes is not None or self.look_back is not None


@dataclass(frozen=True)
class Answer:
    """What the lake says: the contacts, who nearly was one, companions (None: not asked; too large), what it rests on.

    The tables are as `Lake.trace`, `Lake.near_misses`, `companions.of` give them.
    """

    window: Window
    rule: str  # that laid the window
    minutes: float
    edition: str
    coverage: Coverage
    generation: int
    case_has_stays: bool
    contacts: pa.Table = field(default_factory=nobody)
    nearly: pa.Table = field(default_factory=nobody)
    companions: pa.Table | None = None
    too_large: bool = False


def window_of(case: Case, at: datetime, *, look_back: int | None = None) -> Window:
    """The window of a case as known now; an open end is now. With `look_back`, it begins so many days before the anchor.

    Raises:
        Refused("case_is_excluded"), Refused("no_window_of_case"): nothing says when the case was infectious.
    """
    return _window(case, at, look_back)[0]


def _window(case: Case, at: datetime, look_back: int | None) -> tuple[Window, str]:
    standing = casefile.standing_of(case, as_of=at, as_known=None)
    if standing.classification_then == "excluded":
        raise Refused("case_is_excluded", case=str(case))
    found = casefile.window_of(standing)
    if found is None or found.from_at is None:
        raise Refused("no_window_of_case", case=str(case))
    begins = found.from_at
    if look_back is not None:
        rule = rulepack.load(case.outbreak.rule_pack).window(str(standing.classification_then))
        begins -= timedelta(days=look_back) - (rule.look_back if rule else timedelta())
    return Window(begins, max(found.until or at, begins)), found.rule


def steps(case: Case, question: Question, *, at: datetime) -> Iterator[tuple[str, Answer | None]]:
    """The search step by step: each begins by its name, the last one gives the answer, named `done`.

    Raises:
        Refused: as `lake.opened` and `window_of`.
    """
    yield "opening", None
    stays = lake.opened().still()
    window, rule = _window(case, at, question.look_back)
    pack = rulepack.load(case.outbreak.rule_pack)
    least = float(pack.value("contact.copresence_minutes")) if question.minutes is None else question.minutes
    household = case.person.household
    others = household.members.exclude(pk=case.person_id).order_by("number") if household else []
    with lake.in_words():
        cover = coverage.of(stays, window, household=[one.number for one in others])
    answer = Answer(window, rule, least, pack.edition, cover, stays.status()["generation"], case_has_stays=False)
    number = lake.own_id(stays, case.person.number)
    if number is not None and cover.stays:
        cases = asked([(number, window)])
        with lake.in_words():
            there = stays.shared_places(cases, at_least=1)
            answer = replace(answer, case_has_stays=there.num_rows > 0)
            if answer.case_has_stays:
                yield "contacts", None
                answer = _contacts(stays, cases, pack, answer, question)
                yield "nearly", None
                answer = replace(answer, nearly=_nearly(stays, cases, pack, answer))
                if question.companions:
                    yield "companions", None
                    answer = _companions(stays, cases, there, answer)
    yield "done", answer


def find(case: Case, question: Question, *, at: datetime) -> Answer:
    """The search in one go.

    Raises:
        Refused: as `steps`.
    """
    *_before, (_name, answer) = steps(case, question, at=at)
    assert answer is not None
    return answer


def _contacts(stays: Lake, cases: pa.Table, pack: RulePack, answer: Answer, question: Question) -> Answer:
    found = stays.trace(
        cases, minutes=answer.minutes, degrees=question.degrees, **lake.rule_of(pack, stays),
        like=lake.INSTANT,
    )  # fmt: skip
    return replace(answer, contacts=found)


def _nearly(stays: Lake, cases: pa.Table, pack: RulePack, answer: Answer) -> pa.Table:
    return stays.near_misses(
        cases, minutes=answer.minutes, at_least=NEARLY, **lake.rule_of(pack, stays),
        like=lake.INSTANT,
    )  # fmt: skip


def _companions(stays: Lake, cases: pa.Table, there: pa.Table, answer: Answer) -> Answer:
    """Companions at the places of the register that have a position, in the cells where the case was."""
    if answer.coverage.stays > MOST_STAYS_FOR_COMPANIONS:
        return replace(answer, too_large=True)
    visited = {str(one) for one in there["place_id"].to_pylist()}
    positions = _positions(visited)
    if positions.num_rows == 0:
        return replace(answer, companions=nobody())
    ids = stays.place_ids.as_text(positions["place_id"])
    positions = positions.set_column(0, "place_id", ids)
    return replace(answer, companions=companions.of(stays, cases, positions))


def _positions(visited: set[str]) -> pa.Table:
    """Registered places in the cells of those visited: place_id, x, y in metres."""
    rows = Place.objects.exclude(latitude=None).exclude(longitude=None).values_list("number", "latitude", "longitude")
    placed = [(number, *_metres(north, east)) for number, north, east in rows if north is not None and east is not None]
    cells = {_cell(x, y) for number, x, y in placed if number in visited}
    near = [one for one in placed if _cell(*one[1:]) in cells]
    numbers, x, y = zip(*near, strict=True) if near else ((), (), ())
    return pa.table({"place_id": pa.array(numbers, pa.string()), "x": pa.array(x, pa.float64()),
                     "y": pa.array(y, pa.float64())})  # fmt: skip


def _metres(latitude: float, longitude: float) -> tuple[float, float]:
    """East and north in metres, on a plane that keeps distances within a degree of latitude."""
    band = round(latitude)
    return longitude * EARTH_METRES * math.cos(math.radians(band)), latitude * EARTH_METRES


def _cell(x: float, y: float) -> tuple[int, int]:
    return math.floor(x / companions.CELL_METRES), math.floor(y / companions.CELL_METRES)


def asked(windows: list[tuple[Any, Window]]) -> pa.Table:
    """Persons, by the lake's ids, and their windows, as the lake is asked."""
    numbers, spans = [one for one, _ in windows], [span for _, span in windows]
    return pa.table(
        {
            "person_id": pa.array(numbers),
            "infectious_from": pa.array([one.from_at for one in spans], lake.INSTANT),
            "infectious_until": pa.array([one.until for one in spans], lake.INSTANT),
        }
    )


def asked_of(outbreak: Outbreak, stays: Lake, at: datetime) -> tuple[pa.Table | None, dict[Any, int]]:
    """All cases of an outbreak with a window, as a question; and their numbers by the lake's id."""
    rows, numbers = [], {}
    for case in Case.objects.filter(outbreak=outbreak).select_related("person", "outbreak"):
        number = lake.own_id(stays, case.person.number)
        try:
            window = window_of(case, at)
        except Refused:
            continue
        if number is not None:
            rows.append((number, window))
            numbers[number] = case.number
    return (asked(rows) if rows else None), numbers


def evidence(case: Case, number: str, *, at: datetime, window: Window | None = None) -> list[dict[str, Any]]:
    """Every meeting of the case and a person inside the case's window: place, from, until, minutes, what each rests on.

    Raises:
        Refused: as `lake.opened` and `window_of`.
    """
    stays, window = lake.opened(), window or window_of(case, at)
    mine, other = lake.own_id(stays, case.person.number), lake.own_id(stays, number)
    if mine is None or other is None:
        return []
    with lake.in_words():
        rows = stays.evidence(other, mine, since=window.from_at, until=window.until).to_pylist()
    return lake.placed(rows)


def whereabouts(case: Case, window: Window) -> list[dict[str, Any]]:
    """The places where the case was in its window, as the lake tells.

    Raises:
        Refused: as `lake.opened`.
    """
    stays = lake.opened()
    number = lake.own_id(stays, case.person.number)
    if number is None:
        return []
    with lake.in_words():
        return lake.placed(stays.shared_places(asked([(number, window)]), at_least=1).to_pylist())


def rests_on(case: Case, numbers: Sequence[str], window: Window) -> dict[str, tuple[str, ...]]:
    """For each person, the kinds of evidence of both stays of the meetings with the case, each kind once.

    Raises:
        Refused: as `lake.opened`.
    """
    stays = lake.opened()
    mine, found = lake.own_id(stays, case.person.number), {}
    with lake.in_words():
        stays = stays.still()
        for number in numbers:
            other = lake.own_id(stays, number)
            if mine is None or other is None:
                continue
            table = stays.evidence(other, mine, since=window.from_at, until=window.until)
            kinds = {one for name in ("person_evidence", "source_evidence") for one in table[name].to_pylist() if one}
            found[number] = tuple(sorted(kinds))
    return found
