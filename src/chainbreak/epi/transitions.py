"""States and their allowed moves (状态迁移): a dict of moves, asked in one way everywhere."""

from __future__ import annotations

from collections.abc import Mapping

Moves = Mapping[str, frozenset[str]]


def moves(**allowed: str) -> dict[str, frozenset[str]]:
    """A table of moves written as `suspected="confirmed excluded"`; every target becomes a state too.

    >>> moves(planned="announced", announced="sampling")["sampling"]
    frozenset()
    """
    table = {state: frozenset(targets.split()) for state, targets in allowed.items()}
    for targets in list(table.values()):
        for target in targets:
            table.setdefault(target, frozenset())
    return table


def may_move(table: Moves, before: str | None, after: str, *, first: frozenset[str] = frozenset()) -> bool:
    """Whether a thing may go from one state to the next; `before=None` asks whether it may begin there.

    Raises:
        ValueError: a state the table does not know.
    """
    for state in (before, after):
        if state is not None and state not in table:
            raise ValueError(f"unknown state {state!r}; the states are {sorted(table)}")
    return after in first if before is None else after in table[before]


def reachable(table: Moves, start: str) -> frozenset[str]:
    """Every state that can still come after this one."""
    seen: set[str] = set()
    queue = [start]
    while queue:
        for state in table[queue.pop()] - seen:
            seen.add(state)
            queue.append(state)
    return frozenset(seen)
