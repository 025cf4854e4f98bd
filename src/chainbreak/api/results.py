"""Results of laboratories over the interface (检测结果接口): a run's file or message as it is, read by what it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from chainbreak.exchange.lab import reading
from chainbreak.governance.refusal import Refused
from chainbreak.screening.services import laboratory
from chainbreak.screening.services.plate import Wrong

from .interface import ERRORS, account

router = Router(tags=["screening"])


class Problem(Schema):
    well: str
    code: str
    value: str


class RunOut(Schema):
    """What became of a run: new results, corrected and unchanged ones; why its controls fail; people newly held."""

    run: str
    wells: int
    recorded: int
    corrected: int
    unchanged: int
    held: int
    controls: list[str]
    problems: list[Problem]


@router.post(
    "/results", response={200: RunOut, **ERRORS}, summary="A laboratory's run: instrument CSV, FHIR R4B or HL7 v2"
)
def take(request: HttpRequest, laboratory_name: str = "", run: str = "") -> Any:
    """The body is the file as it is. The same file again changes nothing; a corrected one supersedes. `run` names a run
    whose file does not."""
    try:
        plate, fingerprint = reading.read(request.body)
    except Wrong as wrong:
        raise Refused(
            "laboratory_file", why=wrong.code, where=", ".join(f"{k} {v}" for k, v in wrong.facts.items())
        ) from None
    if run or not plate.number:
        plate = type(plate)(**{**vars(plate), "number": run[:40]})
    taken = laboratory.take_run(
        plate, laboratory=laboratory_name[:80], fingerprint=fingerprint, actor=account(request), at=timezone.now()
    )
    return {
        "run": taken.run.number, "wells": len(plate.wells), "recorded": taken.recorded, "corrected": taken.corrected,
        "unchanged": taken.unchanged, "held": taken.held, "controls": list(taken.controls), "problems": taken.problems,
    }  # fmt: skip
