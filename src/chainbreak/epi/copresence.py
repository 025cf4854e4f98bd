"""Who met whom (同时空): contacts of degree 1 and 2 out of stays at places, in plain Python.

This is the reading of the rule that every engine must equal; it takes time for small data only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

Id = Any  # an int or a str, the same throughout
Span = tuple[datetime, datetime]  # half-open

NOTHING = timedelta(0)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(hours=24)
Met = Sequence["Meeting"]  # of one pair
COUNTS = ("window", "meeting", "day")


@dataclass(frozen=True)
class Stay:
    """One stay of a person at a place; half-open."""

    person_id: Id
    place_id: Id
    arrived_at: datetime
    left_at: datetime
    carriage: str | None = None  # of a train or bus, where it is known
    seat: str | None = None  # 12A: row 12, where it is known


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
    source_from: datetime = field(compare=False)  # the source's stay, cut to his window
    source_until: datetime = field(compare=False)

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


@dataclass(frozen=True)
class Person:
    """A contact, once: his degree, whom he met first and how many sources he met long enough.

    Of several sources at one instant, who had been there first; then who stayed longest; then the smallest id.
    """

    person_id: Id
    degree: int
    first_exposure_at: datetime
    source_person_id: Id
    place_id: Id  # where he met that source first
    sources: int | None  # cases met; not counted for higher degrees


def least_time(minutes: float) -> timedelta:
    """A threshold as exact time, rounded to the microsecond."""
    if minutes < 0:
        raise ValueError(f"minutes must not be negative; got {minutes}")
    return round(minutes * 60_000_000) * MICROSECOND


def one_stay(stays: Iterable[Stay]) -> list[Stay]:
    """Overlapping or touching stays of one person at one place (and seat), made one; those without length are dropped.

    Raises:
        ValueError: a stay ends before it begins.
    """
    spans: dict[tuple[Id, Id, str | None, str | None], list[Span]] = defaultdict(list)
    for stay in stays:
        if stay.left_at < stay.arrived_at:
            raise ValueError(f"a stay must not end before it begins; got {stay.arrived_at} to {stay.left_at}")
        spans[stay.person_id, stay.place_id, stay.carriage, stay.seat].append((stay.arrived_at, stay.left_at))
    return [
        Stay(person_id, place_id, *span, carriage, seat)
        for (person_id, place_id, carriage, seat), mine in spans.items()
        for span in union(mine)
    ]


def row_of(seat: str | None) -> int | None:
    """The row of a seat such as 12A; None where it cannot be told."""
    digits = re.match(r"0*([1-9][0-9]{0,3})(?![0-9])", seat or "")
    return int(digits[1]) if digits else None


def _seat_as_it_counts(stay: Stay, seated: Mapping[Id, int | None]) -> Stay:
    """Without carriage and seat where they do not matter; else with the row of the seat only."""
    if stay.place_id not in seated:
        return replace(stay, carriage=None, seat=None)
    row = None if seated[stay.place_id] is None else row_of(stay.seat)
    return replace(stay, carriage=(stay.carriage or "").strip() or None, seat=None if row is None else str(row))


def are_near(one: Stay, other: Stay, rows: int | None) -> bool:
    """Whether two stays in a vehicle were near each other (同车厢, 前后几排): where it is not known, they were.

    Args:
        rows: rows apart at most, in one carriage; None: the whole carriage.
    """
    if one.carriage is not None and other.carriage is not None and one.carriage != other.carriage:
        return False
    row, other_row = row_of(one.seat), row_of(other.seat)
    return rows is None or row is None or other_row is None or abs(row - other_row) <= rows


def union(spans: Iterable[Span]) -> list[Span]:
    """The times covered by any of the spans, as spans that neither overlap nor touch, in order."""
    covered: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(covered[-1][1], end))
        else:
            covered.append((start, end))
    return covered


def meetings(
    stays: Iterable[Stay],
    windows: Mapping[Id, Sequence[Span]],
    *,
    near: Mapping[Id, int | None] | None = None,
    after: timedelta = NOTHING,
) -> list[Meeting]:
    """Every meeting of anybody with one of the persons in `windows`, inside that person's times.

    Two persons meet where their stays at one place overlap by more than nothing. Stays must be as `one_stay` gives
    them, and the spans of one person as `union` gives them.

    Args:
        near: places where carriage and seat count, with the rows apart at most; see `are_near`.
        after: how long the air at a place stays infectious after the source has left.
    """
    here: dict[Id, list[Stay]] = defaultdict(list)
    for stay in stays:
        here[stay.place_id].append(stay)
    met = []
    for place_id, all_stays in here.items():
        seats_count = near is not None and place_id in near
        for source in _presences(all_stays, windows, after):
            for stay in all_stays:
                start, end = max(stay.arrived_at, source.arrived_at), min(stay.left_at, source.left_at)
                if start >= end or stay.person_id == source.person_id:
                    continue
                if seats_count and near is not None and not are_near(stay, source, near[place_id]):
                    continue
                met.append(
                    Meeting(
                        stay.person_id, source.person_id, place_id, start, end, source.arrived_at, source.left_at
                    )
                )  # fmt: skip
    return _joined(met)


def _presences(stays: Sequence[Stay], windows: Mapping[Id, Sequence[Span]], after: timedelta) -> list[Stay]:
    """The sources' stays at a place, cut to their windows and then prolonged by `after`."""
    found = []
    for stay in stays:
        for begin, until in windows.get(stay.person_id, ()):
            start, end = max(stay.arrived_at, begin), min(stay.left_at, until)
            if start < end:
                found.append(replace(stay, arrived_at=start, left_at=end + after))
    return one_stay(found)


def _joined(met: Iterable[Meeting]) -> list[Meeting]:
    """Meetings of a pair at one place that overlap or touch, made one."""
    found: list[Meeting] = []
    for one in sorted(met, key=lambda m: (m.place_id, m.person_id, m.source_person_id, *_earliest(m))):
        last = found[-1] if found else None
        if (
            last is not None
            and (last.place_id, last.person_id, last.source_person_id)
            == (one.place_id, one.person_id, one.source_person_id)
            and one.from_at <= last.until
        ):
            found[-1] = replace(last, until=max(last.until, one.until))
        else:
            found.append(one)
    return found


def _earliest(m: Meeting) -> tuple[datetime, datetime, timedelta]:
    return m.from_at, m.source_from, m.source_from - m.source_until


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
    near: Mapping[str, int | None] | None = None,
    after: float = 0,
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
        near: for kinds of place where carriage and seat count, the rows apart at most (None: the whole carriage).
        after: minutes for which the air stays infectious after a source has left (measles: 120); who comes then has
            met him.

    A pair that met under several thresholds qualifies if, for one of them, the time at places with that or a lower
    threshold reaches it: ten minutes at a stricter place are ten minutes at a laxer one too.

    Degree 2 counts from the earliest first exposure of the degree-1 contact over all pairs that qualified. A case is
    not a source of degree 2: what it passed on lies in its own window.

    Raises:
        ValueError: degrees below 1, another way of counting, minutes are negative, a stay ends before it begins.
    """
    found = _search(
        stays, cases, minutes, degrees, include_cases, controls or {}, kinds or {}, thresholds or {}, count, near or {},
        after,
    )  # fmt: skip
    listed = [_pair(mine, degree) for degree, mine in found]
    return sorted(listed, key=lambda pair: (pair.degree, pair.person_id, pair.source_person_id))


def persons(
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
    near: Mapping[str, int | None] | None = None,
    after: float = 0,
) -> list[Person]:
    """Contacts, each once, in order of degree and id; arguments and errors as of `pairs`."""
    found = _search(
        stays, cases, minutes, degrees, include_cases, controls or {}, kinds or {}, thresholds or {}, count, near or {},
        after,
    )  # fmt: skip
    by_person: dict[tuple[int, Id], list[Met]] = defaultdict(list)
    for degree, mine in found:
        by_person[degree, mine[0].person_id].append(mine)
    listed = []
    for (degree, person_id), every in by_person.items():
        first = min((m for mine in every for m in mine), key=lambda m: (*_earliest(m), m.source_person_id, m.place_id))
        n = len(every) if degree == 1 else None
        listed.append(Person(person_id, degree, first.from_at, first.source_person_id, first.place_id, n))
    return sorted(listed, key=lambda person: (person.degree, person.person_id))


def _search(
    stays: Iterable[Stay],
    cases: Iterable[CaseWindow],
    minutes: float,
    degrees: int,
    include_cases: bool,
    controls: Mapping[Id, datetime],
    kinds: Mapping[Id, str],
    thresholds: Mapping[str, float | None],
    count: str,
    near: Mapping[str, int | None],
    after: float,
) -> list[tuple[int, Met]]:
    """Degree by degree, the meetings of every pair that is listed."""
    if degrees < 1:
        raise ValueError(f"degrees must be 1 or more; got {degrees}")
    if count not in COUNTS:
        raise ValueError(f"count must be one of {', '.join(COUNTS)}; got {count!r}")
    known = list(cases)
    case_ids = {case.person_id for case in known}
    least, stays_on = _Least(minutes, kinds, thresholds), least_time(after)
    seated = {place_id: near[kind] for place_id, kind in kinds.items() if kind in near}
    plain = one_stay(_seat_as_it_counts(stay, seated) for stay in stays)
    counting = [stay for stay in plain if least(stay.place_id) is not None]
    if not counting:
        return []
    earliest, latest = min(stay.arrived_at for stay in counting), max(stay.left_at for stay in counting)

    def found(windows: Mapping[Id, Sequence[Span]]) -> list[Met]:
        return _enough(meetings(counting, windows, near=seated, after=stays_on), least, count)

    windows: dict[Id, list[Span]] = defaultdict(list)
    for case in known:
        windows[case.person_id].append((case.from_at or earliest, case.until or latest))
    everybody = found({p: union(spans) for p, spans in windows.items()})
    newest = [mine for mine in everybody if mine[0].person_id not in case_ids]
    listed = [(1, mine) for mine in (everybody if include_cases else newest)]
    nearer = set(case_ids)
    for degree in range(2, degrees + 1):
        began: dict[Id, datetime] = {}
        for mine in newest:
            first = min(m.from_at for m in mine)
            began[mine[0].person_id] = min(first, began.get(mine[0].person_id, first))
        nearer |= set(began)
        later = found({p: union([(at, controls.get(p) or latest)]) for p, at in began.items()})
        newest = [mine for mine in later if mine[0].person_id not in nearer]
        listed += [(degree, mine) for mine in newest]
    return listed


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


def _enough(met: Iterable[Meeting], least: _Least, count: str) -> list[Met]:
    """The meetings of each pair that was together long enough."""
    together: dict[tuple[Id, Id], list[Meeting]] = defaultdict(list)
    for meeting in met:
        if count == "meeting" and not _qualifies([meeting], least):
            continue
        together[meeting.person_id, meeting.source_person_id].append(meeting)
    enough = _qualifies_in_a_day if count == "day" else _qualifies
    return [mine for mine in together.values() if enough(mine, least)]


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
