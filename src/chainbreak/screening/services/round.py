"""The course of a round (轮次流程): step after step; announced by a second person, reconciled only when all is explained."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chainbreak.epi.round import ROUND_MOVES
from chainbreak.epi.transitions import may_move
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, facts

from ..models import RollState, Round, RoundEvent, RoundPlan, RoundState
from ..selectors.reconciliation import unexplained

ACT = "round.move"


def state_of(of: Round, *, as_of: datetime) -> str | None:
    """The state a round was in just before an instant; None before its first step."""
    step = RoundEvent.objects.known_at(None).filter(round=of, at__lt=as_of).order_by("-at", "-pk").first()
    return step.state if step else None


def next_of(state: str | None) -> str | None:
    """The step that follows a state; None after the last."""
    if state is None:
        return RoundState.PLANNED
    return next(iter(sorted(ROUND_MOVES.get(state, ()))), None)


def move(of: Round, state: str, *, actor: User | None, at: datetime) -> RoundEvent:
    """The next step of a round.

    An announced round asks for its roll (`RollState`), which a job draws up.

    Raises:
        Refused("not_permitted"): the actor may not move rounds.
        Refused("round_move"): the round cannot go there from where it is; facts `state` and `wanted`.
        Refused("same_person"): whoever planned a round does not announce it.
        Refused("tubes_do_not_add_up"): it cannot be reconciled; fact `differences` names everything unexplained.
    """
    if actor is not None:
        access.require(actor, ACT, area_code=of.area_code, at=at)
    with transaction.atomic():
        Round.objects.select_for_update().get(pk=of.pk)
        before = state_of(of, as_of=at)
        if not may_move(ROUND_MOVES, before, state, first=frozenset({RoundState.PLANNED})):
            raise Refused("round_move", state=before or "-", wanted=state)
        if state == RoundState.ANNOUNCED:
            planned = RoundPlan.objects.filter(round=of).first()
            if actor is not None and planned is not None and planned.written_by_id == actor.pk:
                raise Refused("same_person", deed=ACT)
            RollState.objects.get_or_create(round=of, defaults={"asked_at": at})
        if state == RoundState.RECONCILED and (wrong := unexplained(of, at=at)):
            said = ", ".join(f"{name}: {number:+d}" for name, number in wrong.items())
            raise Refused("tubes_do_not_add_up", differences=said)
        return facts.record(RoundEvent, known_at=at, actor=actor, round=of, state=state, at=at)
