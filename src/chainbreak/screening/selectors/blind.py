"""Blind samples against what is in them (盲样比对, P-18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..models import BlindSample, Result, Round


@dataclass(frozen=True)
class Blind:
    """One blind sample: what is in it, what a laboratory said, and whether that is wrong."""

    barcode: str
    expected: str
    laboratory: str
    run: str
    outcome: str
    stage: str
    added_at: datetime
    reported_at: datetime | None

    @property
    def wrong(self) -> bool:
        """A verified result that is not what is in the tube; one not yet verified is no verdict."""
        return bool(self.outcome) and self.stage != Result.Stage.PRELIMINARY and self.outcome != self.expected


def of(round_: Round) -> list[Blind]:
    """The blind samples of a round, wrong ones first, then in the order in which they were put in."""
    samples = list(BlindSample.objects.filter(round=round_).select_related("tube").order_by("pk"))
    results = {
        one.tube_id: one
        for one in Result.objects.known_at(None).filter(tube__in=[one.tube_id for one in samples]).select_related("run")
    }
    rows = []
    for one in samples:
        said = results.get(one.tube_id)
        run = said.run if said else None
        rows.append(
            Blind(one.tube.barcode, one.expected, run.laboratory if run else one.laboratory, run.number if run else "",
                  said.outcome if said else "", said.stage if said else "", one.added_at, said.reported_at if said else None)
        )  # fmt: skip
    return sorted(rows, key=lambda row: not row.wrong)
