"""Rounds as they stand (轮次): state, deadlines, persons, tubes, who is held, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from chainbreak.screening.models import Round, RoundState
from chainbreak.screening.selectors import roll

from . import roundtally
from .context import Context
from .figure_round import rounds
from .roundtally import Tally

STATES = dict(RoundState.choices)
EXCLUSIONS = roll.LABELS


@dataclass(frozen=True)
class Standing:
    """One round as of an instant."""

    round: Round
    state: str
    persons: int
    tally: Tally


def standings(context: Context) -> list[Standing]:
    """Every round of the city that had begun by then, newest first."""
    found = []
    for one in rounds(context).order_by("-start_at", "series"):
        has_tubes = one.tubes.exists() or one.swabs.exists()  # of some rounds only the steps are on record
        tally = roundtally.tally(one, context.as_of, context.as_known) if has_tubes else Tally((), ())
        persons = roundtally.persons(one, context.as_of, context.as_known) if tally.tubes else 0
        found.append(Standing(one, one.state or "planned", persons, tally))
    return found
