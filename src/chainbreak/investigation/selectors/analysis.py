"""Cases as the analyst's desk counts them (分析台): days, route, origin, age and infectors; no names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min, Q

from chainbreak.registry.models import Area

from ..models import CaseReport, Outbreak, TransmissionLink
from .line_list import Wanted, line_list

ZONE = ZoneInfo("Asia/Shanghai")
BEFORE = timedelta(days=60)  # an onset longer before is a slip, or another outbreak's
CONTROLLED = ("facility", "home_quarantine")  # routes by which a case is found while under control (R075)


@dataclass(frozen=True)
class CaseRow:
    """One case: the days that are known of it before the instant that is asked for."""

    number: int
    onset: date | None
    reported: date
    sampled: date | None
    isolated: date | None
    exposure_from: date | None
    exposure_until: date | None
    under_control: bool | None  # when sampled; None: not known
    route: str
    origin: str
    area: str
    sex: str
    age: int | None
    infectors: tuple[int, ...]

    @property
    def is_imported(self) -> bool:
        return self.origin.startswith("imported")


def cases(outbreak: Outbreak, wanted: Wanted, *, as_of: datetime, as_known: datetime | None) -> list[CaseRow]:
    """The cases that fit, as they stood before `as_of` and were known at `as_known`."""
    found = list(line_list(outbreak, wanted, as_of=as_of, as_known=as_known))
    windows = {
        pk: (first, last)
        for pk, first, last in CaseReport.objects.filter(pk__in=[case.report_id for case in found]).values_list(
            "pk", "exposure_from", "exposure_until"
        )
    }
    infectors: dict[int, list[int]] = defaultdict(list)
    links = TransmissionLink.objects.known_at(as_known).filter(outbreak=outbreak).exclude(state="rejected")
    for infector, infectee in links.values_list("infector__number", "infectee__number"):
        infectors[infectee].append(infector)
    return [_row(case, windows.get(case.report_id, (None, None)), infectors[case.number], as_of) for case in found]


def first_day(outbreak: Outbreak) -> date:
    """The first day of an outbreak's curve: the earliest onset or report, at most sixty days before it was found."""
    found = outbreak.detected_at.astimezone(ZONE).date()
    rows = CaseReport.objects.known_at(None).filter(case__outbreak=outbreak)
    days = rows.aggregate(
        onset=Min("onset_date", filter=Q(onset_date__gte=found - BEFORE)), reported=Min("reported_at")
    )
    reported = days["reported"].astimezone(ZONE).date() if days["reported"] else None
    return min(day for day in (found, days["onset"], reported) if day is not None)


def populations(codes: Iterable[str]) -> dict[str, int]:
    """The residents of areas, where they are known."""
    rows = Area.objects.filter(pk__in=[code for code in codes if code], population__gt=0)
    return {code: people for code, people in rows.values_list("code", "population") if people}


def counties_around(codes: Iterable[str]) -> list[str]:
    """The counties and functional zones of the cities in which these areas lie, for a map."""
    cities = {code[:4] for code in codes if len(code) >= 4}
    rows = Area.objects.filter(level__in=("county", "functional_zone")).values_list("code", flat=True)
    return sorted(code for code in rows if code[:4] in cities)


def _row(case: Any, exposure: tuple[date | None, date | None], infectors: list[int], as_of: datetime) -> CaseRow:
    def before(moment: datetime | None) -> date | None:
        return moment.astimezone(ZONE).date() if moment is not None and moment < as_of else None

    reported = (case.reported_at or case.classified_at).astimezone(ZONE).date()
    controlled = case.under_control_when_sampled
    if controlled is None and case.discovery_route != "unknown":
        controlled = case.discovery_route in CONTROLLED
    born = case.person.birth_year
    onset = case.onset_date if case.onset_date and case.onset_date < as_of.astimezone(ZONE).date() else None
    return CaseRow(
        number=case.number, onset=onset, reported=reported, sampled=before(case.first_positive_at),
        isolated=before(case.isolated_at), exposure_from=exposure[0], exposure_until=exposure[1],
        under_control=controlled, route=case.discovery_route, origin=case.origin, area=case.reported_in,
        sex=case.person.sex, age=None if born is None else max(reported.year - born, 0), infectors=tuple(infectors),
    )  # fmt: skip
