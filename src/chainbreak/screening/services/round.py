"""The course of a round (轮次流程): step after step; reconciled only when every tube adds up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chainbreak.epi.round import ROUND_MOVES
from chainbreak.epi.transitions import may_move
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import facts

from ..models import Round, RoundEvent, RoundState
from ..selectors.reconciliation import tally


def state_of(of: Round, *, as_of: datetime) -> str | None:
    """The state a round was in just before an instant; None before its first step."""
    step = RoundEvent.objects.known_at(None).filter(round=of, at__lt=as_of).order_by("-at", "-pk").first()
    return step.state if step else None


def move(of: Round, state: str, *, actor: User | None, at: datetime) -> RoundEvent:
    """The next step of a round.

    Raises:
        Refused("round_move"): the round cannot go there from where it is; facts `state` and `wanted`.
        Refused("tubes_do_not_add_up"): it cannot be reconciled; fact `differences` names each sum that does not hold.
    """
    with transaction.atomic():
        Round.objects.select_for_update().get(pk=of.pk)
        before = state_of(of, as_of=at)
        if not may_move(ROUND_MOVES, before, state, first=frozenset({RoundState.PLANNED})):
            raise Refused("round_move", state=before or "-", wanted=state)
        if state == RoundState.RECONCILED:
            counted = tally(of, as_of=at, as_known=at)
            if wrong := {**counted.differences(), **counted.open()}:
                said = ", ".join(f"{name}: {number:+d}" for name, number in wrong.items())
                raise Refused("tubes_do_not_add_up", differences=said)
        return facts.record(RoundEvent, known_at=at, actor=actor, round=of, state=state, at=at)
