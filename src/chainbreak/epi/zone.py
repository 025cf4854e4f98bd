"""Zones (封控区、管控区、防范区): their level, what stands against lifting one, and the first screening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chainbreak.epi.decision import Hit, evaluate
from chainbreak.epi.rulepack import RulePack
from chainbreak.epi.transitions import moves

LEVELS = ("lockdown", "control", "precaution")  # strictest first
STATE_MOVES = moves(proposed="approved", approved="active", active="lifting_check", lifting_check="active lifted")


@dataclass(frozen=True)
class ZoneStanding:
    """What is known of a zone at an instant, for the check before lifting."""

    level: str
    active_from: datetime
    last_infection_at: datetime | None  # the last new infected person found in it
    last_contact_exposure_at: datetime | None  # the last exposure of its last close contact
    contacts_negative: bool
    round_completed_at: datetime | None  # the last round of tests of everybody
    round_all_negative: bool
    stricter_zones_in_county: int = 0  # lockdown and control zones not lifted, for a precaution zone


@dataclass(frozen=True)
class Criterion:
    """One criterion of the lifting check with its value; all of them are stored with the decision."""

    code: str
    holds: bool
    value: datetime | int | None
    holds_from: datetime | None  # when it will hold if nothing new happens; None where waiting does not help
    rule: str


def level(pack: RulePack, **facts: Any) -> Hit:
    """The level a place gets by the pack's table `zone.level`, with the rule and its reasons."""
    return evaluate(pack.table("zone.level"), facts)[0]


def level_after_positive(pack: RulePack, before: str) -> str:
    """The level of a zone in which a positive person is found: control becomes lockdown at once."""
    hit = level(pack, zone_before=before, positive_inside=True)
    found = str(hit.outputs["level"])
    return min(before, found, key=LEVELS.index) if before in LEVELS else found


def lifting(pack: RulePack, zone: ZoneStanding, *, as_of: datetime) -> tuple[Criterion, ...]:
    """The criteria for lifting a zone (解封条件), each with whether it holds; the zone may be lifted if all do."""
    if zone.level == "precaution":
        n = zone.stricter_zones_in_county
        return (Criterion("stricter_zones_lifted", n == 0, n, None, "zone.precaution"),)
    quiet_from = (zone.last_infection_at or zone.active_from) + pack.limit("zone.lift.without_infection")
    exposed = zone.last_contact_exposure_at
    contact_from = None if exposed is None else exposed + pack.limit("zone.lift.last_contact")
    tested = zone.round_completed_at
    fresh = tested is not None and as_of - pack.limit("zone.lift.round") <= tested <= as_of
    return (
        Criterion(
            "days_without_infection",
            as_of >= quiet_from,
            zone.last_infection_at,
            quiet_from,
            "zone.lift.without_infection",
        ),
        Criterion(
            "last_contact_over",
            (contact_from is None or as_of > contact_from) and zone.contacts_negative,
            exposed,
            contact_from if zone.contacts_negative else None,
            "zone.lift.last_contact",
        ),
        Criterion("round_all_negative", fresh and zone.round_all_negative, tested, None, "zone.lift.round"),
    )


def may_lift(pack: RulePack, zone: ZoneStanding, *, as_of: datetime) -> bool:
    """Whether every criterion holds."""
    return all(criterion.holds for criterion in lifting(pack, zone, as_of=as_of))


def first_screening_due_at(pack: RulePack, *, level: str, active_from: datetime) -> datetime | None:
    """Until when everybody in a new zone must have been tested; None for a precaution zone."""
    rule = f"zone.first_screening.{level}"
    return active_from + pack.limit(rule) if pack.has(rule) else None
