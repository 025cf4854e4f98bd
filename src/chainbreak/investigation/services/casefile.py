"""The only door to a case file (病例档案): asks, writes the visit down, opens. It shows numbers, never names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, door

from ..models import Case, CaseReport, Outbreak


@dataclass(frozen=True)
class CaseFile:
    """A case as opened for one act: the case with its person's number, its outbreak, the report known now."""

    case: Case
    outbreak: Outbreak
    report: CaseReport | None


def open_record(
    outbreak_code: str, case_number: int, *, actor: User, act: str, at: datetime, purpose: str = ""
) -> CaseFile:
    """Open one case file for an act; the visit stays in the audit whatever follows.

    Raises:
        Refused("unknown_outbreak"), Refused("unknown_case"): there is none.
        Refused("not_permitted"), Refused("other_purpose"): see `door.visit`.
    """
    access.require(actor, act, at=at)
    outbreak = Outbreak.objects.filter(code=outbreak_code).first()
    if outbreak is None:
        raise Refused("unknown_outbreak", outbreak=outbreak_code, known=", ".join(known_outbreaks()))
    case = Case.objects.filter(outbreak=outbreak, number=case_number).select_related("person", "outbreak").first()
    if case is None:
        raise Refused("unknown_case", outbreak=outbreak_code, number=case_number)
    report = CaseReport.objects.filter(case=case, superseded_at__isnull=True).first()
    areas = list(dict.fromkeys([report.reported_in if report else "", case.person.area_code, outbreak.area_code]))
    door.visit("case", f"case:{case}", actor=actor, act=act, areas=_known(areas), at=at, purpose=purpose)
    return CaseFile(case, outbreak, report)


def known_outbreaks() -> list[str]:
    """The codes of the outbreaks there are."""
    return list(Outbreak.objects.order_by("code").values_list("code", flat=True))


def _known(areas: list[str]) -> list[str]:
    """Areas with a code; where none has one, the area is unknown."""
    return [area for area in areas if area.isdigit()] or [""]
