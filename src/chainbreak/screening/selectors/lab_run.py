"""Runs of the laboratories (上机批次): lists, one run's plate with Ct and results, and a file before it is taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import Count, F, Q, QuerySet

from chainbreak.epi import round_assay
from chainbreak.governance.refusal import Refused

from ..models import LabRun, Result, Tube, TubeCustody, Well

STATES = ("all", "preliminary", "wrong")
ROWS = "ABCDEFGH"
KNOWN = Q(results__superseded_at__isnull=True, results__isnull=False)


def runs(*, state: str = "all") -> QuerySet[LabRun]:
    """Runs with `n_results` and `n_preliminary`, newest first.

    Raises:
        Refused("bad_filter"): no such state.
    """
    if state not in STATES:
        raise Refused("bad_filter", name="state", value=state)
    rows = LabRun.objects.annotate(
        n_results=Count("results", filter=KNOWN),
        n_preliminary=Count("results", filter=KNOWN & Q(results__stage="preliminary")),
    )
    if state == "preliminary":
        rows = rows.filter(n_preliminary__gt=0)
    elif state == "wrong":
        rows = rows.exclude(wells=F("controls") + F("n_results"))
    return rows.order_by("-pk")


def run(number: str) -> LabRun:
    """One run by its number.

    Raises:
        Refused("unknown_lab_run"): there is none.
    """
    found = runs().filter(number=number[:40]).first() if "\0" not in number else None
    if found is None:
        raise Refused("unknown_lab_run", number=number[:40])
    return found


@dataclass(frozen=True)
class WellSeen:
    """One well as a page shows it: what is in it, its Ct by target, the outcome, and how far the result is."""

    position: str
    kind: str
    sample: str
    ct: Mapping[str, float | None] = field(default_factory=dict)
    outcome: str = ""
    stage: str = ""
    problem: str = ""


def wells(of: LabRun) -> list[WellSeen]:
    """The wells of a run by position; of a run from a file of results alone, its tubes without positions."""
    results = {one.tube_id: one for one in Result.objects.known_at(None).filter(run=of).select_related("tube")}
    rows = []
    for well in Well.objects.filter(run=of).select_related("tube"):
        said = results.pop(well.tube_id, None) if well.tube_id else None
        outcome = said.outcome if said else well.outcome or round_assay.called(well.ct) if well.kind == "sample" else ""
        rows.append(
            WellSeen(well.position, well.kind, well.sample, well.ct, outcome, said.stage if said else "",
                     "" if well.kind != "sample" or well.tube_id else "unknown_tube")
        )  # fmt: skip
    rows += [WellSeen("", "sample", one.tube.barcode, one.ct or {}, one.outcome, one.stage) for one in results.values()]
    return sorted(
        rows,
        key=lambda one: (one.position[:1], int(one.position[1:]) if one.position[1:].isdecimal() else 0, one.sample),
    )


def controls(of: LabRun) -> tuple[str, ...]:
    """Why the plate of a run does not count; empty where it does, and where no plate is on record."""
    kinds = [(well.kind, well.ct) for well in Well.objects.filter(run=of).exclude(kind="sample")]
    return round_assay.controls_fail(kinds) if Well.objects.filter(run=of).exists() and kinds else ()


class Read(Protocol):
    """A run as it was read from a file (`services.plate.Plate`)."""

    @property
    def number(self) -> str: ...
    @property
    def whole(self) -> bool: ...
    @property
    def wells(self) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Preview:
    """What a file would do: its wells with the outcome as called, why the plate fails, how many tubes change, known before."""

    wells: list[WellSeen]
    controls: tuple[str, ...]
    counts: Mapping[str, int]
    new: int
    changed: int
    same_file: bool


def preview(plate: Read, fingerprint: str) -> Preview:
    """A file looked at: nothing is written."""
    fails = round_assay.controls_fail((w.kind, w.ct) for w in plate.wells if w.kind != "sample") if plate.whole else ()
    barcodes = [well.sample for well in plate.wells if well.kind == "sample"]
    tubes = dict(Tube.objects.filter(barcode__in=barcodes).values_list("barcode", "pk"))
    received = set(
        TubeCustody.objects.known_at(None)
        .filter(tube__in=tubes.values(), received_at__isnull=False, rejected_at=None)
        .values_list("tube_id", flat=True)
    )
    known = {one.tube_id: one for one in Result.objects.known_at(None).filter(tube__in=tubes.values())}
    rows, new, changed = [], 0, 0
    counts: dict[str, int] = {}
    for well in plate.wells:
        if well.kind != "sample":
            rows.append(WellSeen(well.position, well.kind, well.sample, well.ct))
            continue
        tube = tubes.get(well.sample)
        outcome = "invalid" if fails else well.outcome or round_assay.called(well.ct)
        before = known.get(tube) if tube else None
        new += tube is not None and before is None
        changed += before is not None and before.outcome != outcome
        counts[outcome] = counts.get(outcome, 0) + 1
        problem = "unknown_tube" if tube is None else "" if tube in received else "not_received"
        rows.append(WellSeen(well.position, "sample", well.sample, well.ct, outcome, "", problem))
    same = LabRun.objects.filter(number=plate.number, raw_file_hash=fingerprint).exists()
    return Preview(rows, tuple(fails), counts, new, changed, same)


@dataclass(frozen=True)
class Cell:
    """One hole of the drawn plate."""

    position: str
    x: int
    y: int
    kind: str
    words: str


@dataclass(frozen=True)
class Drawing:
    """A plate of 96 or 384 holes."""

    cells: list[Cell]
    columns: list[tuple[int, int]]
    rows: list[tuple[str, int]]
    wide: int
    high: int


STEP, EDGE = 30, 34


def drawn(seen: Sequence[WellSeen]) -> Drawing | None:
    """The plate as it lies in the instrument; None where no well has a position."""
    placed = {
        one.position: one
        for one in seen
        if one.position[:1].isalpha() and one.position[1:].isdecimal() and not one.position.startswith("M")
    }
    if not placed:
        return None
    large = any(position[0] > "H" or int(position[1:]) > 12 for position in placed)
    letters, n = ("ABCDEFGHIJKLMNOP", 24) if large else (ROWS, 12)
    step = STEP if not large else STEP // 2
    cells = []
    for row, letter in enumerate(letters):
        for column in range(1, n + 1):
            one = placed.get(f"{letter}{column:02d}") or placed.get(f"{letter}{column}")
            kind = "none" if one is None else one.kind if one.kind != "sample" else one.outcome or "sample"
            words = f"{letter}{column}" + (f" {one.sample}" if one and one.sample else "")
            cells.append(
                Cell(
                    f"{letter}{column}",
                    EDGE + step * (column - 1) + step // 2,
                    EDGE + step * row + step // 2,
                    kind,
                    words,
                )
            )
    columns = [(column, EDGE + step * (column - 1) + step // 2) for column in range(1, n + 1, 2 if large else 1)]
    rows = [(letter, EDGE + step * row + step // 2 + 4) for row, letter in enumerate(letters)]
    return Drawing(cells, columns, rows, EDGE + step * n + 6, EDGE + step * len(letters) + 6)
