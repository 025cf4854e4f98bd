"""All kinds of files that can be taken in, by name (文件种类一览)."""

from __future__ import annotations

from chainbreak.exchange.store import (
    command,
    contacts,
    investigation,
    linelist,
    measures,
    registry,
    screening,
    sequences,
)
from chainbreak.exchange.store.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for room in (registry, investigation, sequences, screening, measures, command)
    for kind in room.KINDS
}

# kinds that have their own reading, and the tables behind them
OF_SEVERAL: dict[str, tuple[Kind, ...]] = {
    "linelist": (linelist.CASES, linelist.PERSONS, contacts.LINKS),
    "contacts": (contacts.CONTACTS,),
}
