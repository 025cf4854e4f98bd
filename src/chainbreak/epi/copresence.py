"""Who met whom (同时空): contacts of degree 1 and 2 out of stays at places, in plain Python.

This is the reading of the rule that every engine must equal; it takes time for small data only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

Id = Any  # an int or a str, the same throughout
Span = tuple[datetime, datetime]  # half-open

NOTHING = timedelta(0)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(hours=24)
COUNTS = ("window", "meeting", "day")


@dataclass(frozen=True)
class Stay:
    """One stay of a person at a place; half-open."""

    person_id: Id
    place_id: Id
    arrived_at: datetime
    left_at: datetime


@dataclass(frozen=True)
class CaseWindow:
    """A case and a window in which it may infect; None is open. Several rows of one case add up to one set of times."""

    person_id: Id
    from_at: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Meeting:
    """Two persons at one place at one time: the overlap of their stays, cut to the window of the source."""

    person_id: Id
    source_person_id: Id
    place_id: Id
    from_at: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long they were together."""
        return self.until - self.from_at


@dataclass(frozen=True)
class Pair:
    """A contact and one source: everything between the two that counts, added up."""

    person_id: Id
    degree: int
    source_person_id: Id
    first_exposure_at: datetime
    last_exposure_at: datetime
    together: timedelta
    meetings: int
    place_id: Id  # of the longest meeting; of equal ones the first, then the smallest

    @property
    def minutes(self) -> float:
        """Minutes together."""
        return self.together / timedelta(minutes=1)


def least_time(minutes: float) -> timedelta:
    """A threshold as exact time, rounded to the microsecond."""
    if minutes < 0:
        raise ValueError(f"minutes must not be negative; got {minutes}")
    return round(minutes * 60_000_000) * MICROSECOND


def one_stay(stays: Iterable[Stay]) -> list[Stay]:
    """Overlapping or touching stays of one person at one place, made one; stays without length are dropped.

    Raises:
        ValueError: a stay ends before it begins.
    """
    spans: dict[tuple[Id, Id], list[Span]] = defaultdict(list)
    for stay in stays:
        if stay.left_at < stay.arrived_at:
            raise ValueError(f"a stay must not end before it begins; got {stay.arrived_at} to {stay.left_at}")
        spans[stay.person_id, stay.place_id].append((stay.arrived_at, stay.left_at))
    return [Stay(*key, *span) for key, mine in spans.items() for span in union(mine)]


def union(spans: Iterable[Span]) -> list[Span]:
    """The times covered by any of the spans, as spans that neither overlap nor touch, in order."""
    covered: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(covered[-1][1], end))
        else:
            covered.append((start, end))
    return covered


def meetings(stays: Iterable[Stay], windows: Mapping[Id, Sequence[Span]]) -> list[Meeting]:
    """Every meeting of anybody with one of the persons in `windows`, inside that person's times.

    Two persons meet where their stays at one place overlap by more than nothing. Stays must be as `one_stay` gives
    them, and the spans of one person as `union` gives them.
    """
    here: dict[Id, list[Stay]] = defaultdict(list)
    for stay in stays:
        here[stay.place_id].append(stay)
    met = []
    for place_id, all_stays in here.items():
        sources = [(stay, span) for stay in all_stays for span in windows.get(stay.person_id, ())]
        for source, (window_from, window_until) in sources:
            for stay in all_stays:
                start = max(stay.arrived_at, source.arrived_at, window_from)
                end = min(stay.left_at, source.left_at, window_until)
                if start < end and stay.person_id != source.person_id:
                    met.append(Meeting(stay.person_id, source.person_id, place_id, start, end))
    return met


def pairs(
    stays: Iterable[Stay],
    cases: Iterable[CaseWindow],
    *,
    minutes: float = 15,
    degrees: int = 2,
    include_cases: bool = False,
    controls: Mapping[Id, datetime] | None = None,
    kinds: Mapping[Id, str] | None = None,
    thresholds: Mapping[str, float | None] | None = None,
    count: str = "window",
) -> list[Pair]:
    """Contacts of degree 1 and 2 (and more, for study): one row for each person and source, of the person's highest degree.

    Args:
        minutes: the least time together, added up over all meetings of the pair; exactly that long is in.
        degrees: 1 for close contacts only, 2 for their contacts too, 3 for theirs in turn.
        include_cases: give the pairs among the cases as well (of degree 1; a case is never of degree 2).
        controls: from when a contact was under control, which ends what he can pass on.
        kinds: the kind of each place; a place without one has the least time `minutes`.
        thresholds: for kinds of place, their own least minutes: 0 for any overlap, None for a kind that never counts.
        count: `window` adds minutes up over the whole window. `meeting`: a meeting counts if it is long enough by
            itself; shorter ones do not count at all. `day`: some 24 hours must hold enough; the row tells of all.

    A pair that met under several thresholds qualifies if, for one of them, the time at places with that or a lower
    threshold reaches it: ten minutes at a stricter place are ten minutes at a laxer one too.

    Degree 2 counts from the earliest first exposure of the degree-1 contact over all pairs that qualified. A case is
    not a source of degree 2: what it passed on lies in its own window.

    Raises:
        ValueError: degrees below 1, another way of counting, minutes are negative, a stay ends before it begins.
    """
    if degrees < 1:
        raise ValueError(f"degrees must be 1 or more; got {degrees}")
    if count not in COUNTS:
        raise ValueError(f"count must be one of {', '.join(COUNTS)}; got {count!r}")
    known = list(cases)
    case_ids = {case.person_id for case in known}
    least = _Least(minutes, kinds or {}, thresholds or {})
    counting = [stay for stay in one_stay(stays) if least(stay.place_id) is not None]
    if not counting:
        return []
    earliest, latest = min(stay.arrived_at for stay in counting), max(stay.left_at for stay in counting)

    windows: dict[Id, list[Span]] = defaultdict(list)
    for case in known:
        windows[case.person_id].append((case.from_at or earliest, case.until or latest))
    near = _add_up(meetings(counting, {p: union(spans) for p, spans in windows.items()}), 1, least, count)
    newest = [pair for pair in near if pair.person_id not in case_ids]
    listed = near if include_cases else newest
    nearer = set(case_ids)
    for degree in range(2, degrees + 1):
        began: dict[Id, datetime] = {}
        for pair in newest:
            began[pair.person_id] = min(
                pair.first_exposure_at,
                began.get(pair.person_id, pair.first_exposure_at),
            )
        ends = controls or {}
        later = {p: union([(at, ends.get(p) or latest)]) for p, at in began.items()}
        nearer |= set(began)
        found = _add_up(meetings(counting, later), degree, least, count)
        newest = [pair for pair in found if pair.person_id not in nearer]
        listed = listed + newest
    return sorted(listed, key=lambda pair: (pair.degree, pair.person_id, pair.source_person_id))


class _Least:
    """The least time together that counts at a place; None where nothing counts."""

    def __init__(
        self,
        minutes: float,
        kinds: Mapping[Id, str],
        thresholds: Mapping[str, float | None],
    ) -> None:
        self._default = least_time(minutes)
        self._kinds = kinds
        self._of = {kind: None if least is None else least_time(least) for kind, least in thresholds.items()}

    def __call__(self, place_id: Id) -> timedelta | None:
        return self._of.get(self._kinds.get(place_id, ""), self._default)


def _add_up(met: Iterable[Meeting], degree: int, least: _Least, count: str) -> list[Pair]:
    together: dict[tuple[Id, Id], list[Meeting]] = defaultdict(list)
    for meeting in met:
        if count == "meeting" and not _qualifies([meeting], least):
            continue
        together[meeting.person_id, meeting.source_person_id].append(meeting)
    enough = _qualifies_in_a_day if count == "day" else _qualifies
    return [_pair(mine, degree) for mine in together.values() if enough(mine, least)]


def _qualifies_in_a_day(mine: Sequence[Meeting], least: _Least) -> bool:
    """Some 24 hours hold enough; the fullest begin where a meeting begins, or end where one ends."""
    begins = {m.from_at for m in mine} | {m.until - DAY for m in mine}
    for begin in begins:
        inside = [replace(m, from_at=max(m.from_at, begin), until=min(m.until, begin + DAY)) for m in mine]
        if _qualifies([m for m in inside if m.from_at < m.until], least):
            return True
    return False


def _qualifies(mine: Sequence[Meeting], least: _Least) -> bool:
    by_threshold: dict[timedelta, timedelta] = defaultdict(timedelta)
    for meeting in mine:
        threshold = least(meeting.place_id)
        if threshold is not None:
            by_threshold[threshold] += meeting.length
    total = NOTHING
    for threshold in sorted(by_threshold):
        total += by_threshold[threshold]
        if total >= threshold:
            return True
    return False


def _pair(mine: Sequence[Meeting], degree: int) -> Pair:
    longest = min(mine, key=lambda m: (-m.length, m.from_at, m.place_id))
    return Pair(
        person_id=longest.person_id,
        degree=degree,
        source_person_id=longest.source_person_id,
        first_exposure_at=min(m.from_at for m in mine),
        last_exposure_at=max(m.until for m in mine),
        together=sum((m.length for m in mine), NOTHING),
        meetings=len(mine),
        place_id=longest.place_id,
    )
