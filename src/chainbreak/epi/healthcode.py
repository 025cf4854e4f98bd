"""Health codes (健康码): the colour a person's facts give, the reasons, and until when each of them holds.

The rule sees facts (a test, an exposure, an arrival, a measure), never lists of names. Every reason has an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from chainbreak.epi.decision import evaluate
from chainbreak.epi.rulepack import RulePack


class Colour(IntEnum):
    """Colours, the stricter the higher."""

    GREEN = 0
    YELLOW = 1
    RED = 2


@dataclass(frozen=True)
class Trigger:
    """A fact that may colour a code: what, since when, and the measure it led to, if that has an end."""

    kind: str  # an input of the pack's table code.colour: positive, contact1, arrival_other_province …
    anchor_at: datetime  # last exposure, arrival; for a positive the end of treatment or isolation, once it is known
    under_measure: bool = False  # a measure or a treatment was begun for it
    measure_until: datetime | None = None  # its end, not included; None while no end is known
    negative_tests: tuple[datetime, ...] = ()  # when the person's negative swabs were taken
    record: str = ""  # the number of the record behind it, for the answer to "why?"


@dataclass(frozen=True)
class Standing:
    """What is known of one person at one instant."""

    as_of: datetime
    triggers: tuple[Trigger, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a code is not green: by which rule, which record, and until when; the page finds the words."""

    code: str  # the kind of trigger
    colour: Colour
    ends_at: datetime  # never open: everyone is told the way back to green
    rule: str
    edition: str
    record: str


def reasons_against_green(pack: RulePack, standing: Standing) -> tuple[Reason, ...]:
    """Every reason that holds now, the strictest and longest first; empty means green.

    At the very instant a reason ends it no longer holds. A phase that follows (yellow after red) is a reason of its
    own when its time comes. A pack without a table of colours colours nobody.
    """
    if not pack.has("code.colour"):
        return ()
    found = [reason for t in standing.triggers if (reason := _reason(pack, t, standing.as_of)) is not None]
    return tuple(sorted(found, key=lambda r: (-r.colour, -r.ends_at.timestamp(), r.rule, r.record)))


def colour(pack: RulePack, standing: Standing) -> Colour:
    """The colour of a person's code: that of the strictest reason, green without any."""
    return max((reason.colour for reason in reasons_against_green(pack, standing)), default=Colour.GREEN)


def green_at(pack: RulePack, standing: Standing) -> datetime:
    """When the code turns green if nothing new happens; `as_of` itself if it is green."""
    at = standing.as_of
    while reasons := reasons_against_green(pack, Standing(at, standing.triggers)):
        at = min(reason.ends_at for reason in reasons)
    return at


def two_in_three(pack: RulePack, *, arrived_at: datetime, negative_tests: Sequence[datetime], as_of: datetime) -> bool:
    """Whether two negative tests in three days are done (三天两检), as the pack spaces them.

    The first within 24 hours of arrival, the second at least 24 hours after it and within 72 hours of arrival.
    """
    first_by = arrived_at + pack.limit("code.two_in_three.first")
    gap, all_by = pack.limit("code.two_in_three.gap"), arrived_at + pack.limit("code.two_in_three.all")
    taken = sorted(at for at in negative_tests if arrived_at <= at <= min(all_by, as_of))
    return bool(taken) and taken[0] <= first_by and taken[-1] - taken[0] >= gap


def _reason(pack: RulePack, trigger: Trigger, as_of: datetime) -> Reason | None:
    if as_of < trigger.anchor_at and not trigger.under_measure:
        return None  # not yet true
    limit = trigger.anchor_at + pack.limit("code.open_measure")
    until = min(trigger.measure_until or limit, limit)
    under_measure = trigger.under_measure and as_of < until
    anchor = trigger.anchor_at
    if trigger.kind == "positive" and trigger.under_measure:
        anchor = until  # the days after treatment count from its end
    hits = evaluate(
        pack.table("code.colour"),
        {
            "trigger": trigger.kind,
            "under_measure": under_measure,
            "days": (pack.local_day(as_of) - pack.local_day(anchor)).days,
            "two_in_three": two_in_three(
                pack, arrived_at=trigger.anchor_at, negative_tests=trigger.negative_tests, as_of=as_of
            ),
        },
    )
    if not hits:
        return None
    last_day = hits[0].outputs["ends_on_day"]
    ends_at = until if last_day is None else pack.midnight(pack.local_day(anchor) + timedelta(days=int(last_day)))
    colour = Colour[str(hits[0].outputs["colour"]).upper()]
    return Reason(trigger.kind, colour, ends_at, hits[0].rule.id, pack.edition, trigger.record)
