"""Positive people without a case (阳性未立案): investigation asks the laboratories' verified individual results.

Nobody is missed and a rerun does no harm: who has a case is not in the list. A pool never is (E3 16).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors.area import stem_of
from chainbreak.screening.models import Result, RetestOrder, Swab

from ..models import Case, CaseClassification, Outbreak

VERIFIED = (Result.Stage.VERIFIED, Result.Stage.REPORTED)


@dataclass(frozen=True)
class Positive:
    """One verified positive individual test: the evidence that a case would rest on."""

    swab: Swab
    result: Result
    order: RetestOrder | None  # whose pool made the person be tested alone

    @property
    def round(self) -> str:
        of = self.order.tube.round if self.order else self.swab.round
        return str(of) if of else ""


def tests(outbreak: Outbreak) -> QuerySet[Result]:
    """Verified positive tests of single tubes since the outbreak was found."""
    return (
        Result.objects.known_at(None)
        .filter(outcome="positive", stage__in=VERIFIED, tube__pool_limit=1, reported_at__gte=outbreak.detected_at)
        .select_related("tube", "run")
        .order_by("reported_at", "pk")
    )


def without_case(outbreak: Outbreak, *, most: int = 500) -> list[Positive]:
    """Verified positive people of the outbreak's area, and of no known area, who have no case yet; the oldest result first."""
    cases = Case.objects.filter(person=OuterRef("person"))
    stem = stem_of(outbreak.area_code)[:4]
    found: dict[int, Positive] = {}
    results = {one.tube_id: one for one in tests(outbreak)}
    swabs = (
        Swab.objects.known_at(None)
        .filter(~Exists(cases), tube__in=list(results))
        .select_related("person", "round", "tube")
    )
    for swab in swabs:
        if swab.person.area_code and not swab.person.area_code.startswith(stem):
            continue
        one = Positive(swab, results[swab.tube_id], _order(swab))
        before = found.get(swab.person_id)
        if before is None or one.result.reported_at < before.result.reported_at:
            found[swab.person_id] = one
    return sorted(found.values(), key=lambda one: (one.result.reported_at, one.swab.pk))[:most]


def of_swab(barcode: str) -> Positive:
    """The verified positive test in a single tube.

    Raises:
        Refused("not_a_positive"): there is no such tube, it is a pool, or its result is not a verified positive (any more).
    """
    swab = (
        Swab.objects.known_at(None).filter(tube__barcode=barcode[:40], tube__pool_limit=1).select_related("person", "round", "tube").first()
        if "\0" not in barcode
        else None
    )  # fmt: skip
    result = Result.objects.known_at(None).filter(tube=swab.tube).select_related("run").first() if swab else None
    if swab is None or result is None or result.outcome != "positive" or result.stage not in VERIFIED:
        raise Refused("not_a_positive", tube=barcode[:40])
    return Positive(swab, result, _order(swab))


def shaken(outbreak: Outbreak) -> list[tuple[Case, str, datetime]]:
    """Cases opened on a swab whose result was corrected since (依据已更正): the case, the tube, when it became known."""
    rows = CaseClassification.objects.known_at(None).filter(case__outbreak=outbreak, basis__startswith="swab ")
    found = []
    for row in rows.select_related("case", "case__outbreak"):
        barcode = row.basis.removeprefix("swab ").split(",")[0]
        now = Result.objects.known_at(None).filter(tube__barcode=barcode).first()
        if now is not None and now.outcome != "positive":
            found.append((row.case, barcode, now.recorded_at))
    return found


def _order(swab: Swab) -> RetestOrder | None:
    rows = RetestOrder.objects.known_at(None).filter(person=swab.person, own_tube=swab.tube)
    return rows.select_related("tube", "tube__round").first()
