"""Arrivals (来返人员): the band of an arrival, and what is due by it and by the risk of the origin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chainbreak.epi import quarantine
from chainbreak.epi.decision import evaluate
from chainbreak.epi.quarantine import DueMeasure
from chainbreak.epi.rulepack import MEASURES, RulePack


@dataclass(frozen=True)
class Band:
    """The band an arrival falls into (时段): computed, never edited by hand."""

    number: int
    trigger: str  # the pack's measures for it
    investigate: bool
    rule: str
    edition: str


@dataclass(frozen=True)
class BandStart:
    """From which day on a band holds, until a later one takes over."""

    number: int
    from_date: date
    until_date: date | None


def band_of(pack: RulePack, *, arrived_at: datetime, detected_at: datetime) -> Band | None:
    """The band of an arrival against the day of detection; the latest matching band wins; None before the first.

    >>> from chainbreak.epi.rulepack import load
    >>> pack = load("covid19-cn-v8")
    >>> band = band_of(
    ...     pack, arrived_at=pack.midnight(date(2022, 3, 17)), detected_at=pack.midnight(date(2022, 3, 24))
    ... )
    >>> band.number, band.rule
    (2, 'arrival.band2')
    """
    if not pack.has("arrival.bands"):
        return None
    offset = (pack.local_day(arrived_at) - pack.local_day(detected_at)).days
    hits = evaluate(pack.table("arrival.bands"), {"days_from_detection": offset})
    if not hits:
        return None
    out = hits[0].outputs
    return Band(
        int(out["band"]),
        str(out["trigger"]),
        bool(out["investigate"]),
        hits[0].rule.id,
        pack.edition,
    )


def bands(pack: RulePack, *, detected_at: datetime) -> tuple[BandStart, ...]:
    """The days of every band for a day of detection, for the notice to the public and the manual."""
    detected = pack.local_day(detected_at)
    starts: list[tuple[int, date]] = []
    before: int | None = None
    for offset in range(-60, 61):
        day = detected + timedelta(days=offset)
        band = band_of(pack, arrived_at=pack.midnight(day), detected_at=detected_at)
        number = band.number if band else None
        if number is not None and number != before:
            starts.append((number, day))
        before = number
    ends = [day for _, day in starts[1:]] + [None]
    return tuple(BandStart(number, day, end) for (number, day), end in zip(starts, ends, strict=True))


def origin_trigger(pack: RulePack, *, origin_risk: str | None) -> tuple[str, str] | None:
    """What the risk of the origin at departure makes of an arrival: (trigger, rule), or None."""
    if origin_risk is None or not pack.has("arrival.origin"):
        return None
    hits = evaluate(pack.table("arrival.origin"), {"origin_risk": origin_risk})
    return (str(hits[0].outputs["trigger"]), hits[0].rule.id) if hits else None


def due_measures(
    pack: RulePack,
    *,
    arrived_at: datetime,
    identified_at: datetime,
    detected_at: datetime,
    origin_risk: str | None,
) -> tuple[DueMeasure, ...]:
    """What is due to an arrival: by the band or by the origin's risk, whichever is stricter.

    A facility is stricter than home quarantine, that than home monitoring; of equal ones the longer counts.
    """
    triggers = []
    band = band_of(pack, arrived_at=arrived_at, detected_at=detected_at)
    if band is not None:
        triggers.append(band.trigger)
    origin = origin_trigger(pack, origin_risk=origin_risk)
    if origin is not None:
        triggers.append(origin[0])
    plans = [
        quarantine.due_measures(pack, trigger=trigger, anchor_at=arrived_at, identified_at=identified_at)
        for trigger in triggers
    ]
    return max((plan for plan in plans if plan), key=_strictness, default=())


def _strictness(plan: tuple[DueMeasure, ...]) -> tuple[int, datetime]:
    strictest = max(-MEASURES.index(due.measure) for due in plan)
    return strictest, max(due.until for due in plan if -MEASURES.index(due.measure) == strictest)
