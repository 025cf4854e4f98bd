"""Rolls of rounds that are under way follow what an import says of people, measures and rounds (应检名单随动)."""

from __future__ import annotations

from chainbreak.exchange.store import rebuild
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Kind

TABLE = "screening_rollentry"
RESTS_ON = {"screening.RoundEvent", "measures.Stay", "registry.Person"}


def rests_on(kind: Kind) -> bool:
    """Whether rolls change with a kind of file."""
    return any(target.model in RESTS_ON for target in kind.targets)


def follow(bench: Bench) -> None:
    """Draws up the roll of every round that is announced; those of settled rounds stay."""
    from chainbreak.measures.selectors import stay
    from chainbreak.screening.services import roll

    for one in roll.to_draw_up():
        bench.progress(TABLE)
        with rebuild.around(bench, TABLE, roll.residents(one)):
            roll.draw_up(one, apart=stay.apart(one.start_at))
