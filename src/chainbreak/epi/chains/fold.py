"""Part of a drawing of chains (折叠与聚焦): below which cases nothing is shown, or one case with those before and after."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .forest import Forest, Id


@dataclass(frozen=True)
class Folded:
    """What is shown: the cases, and of each folded one how many cases are hidden below it."""

    shown: frozenset[Id]
    hidden: Mapping[Id, int]


def fold(forest: Forest, folded: Collection[Id]) -> Folded:
    """The cases that can be reached without passing a folded one; a ring is entered at its first case."""
    children = _children(forest)
    closed = set(folded)
    shown: set[Id] = set()
    reached: set[Id] = set()  # with folds open, so that a hidden case is not taken for a root
    for start in (*forest.roots, *forest.cases):
        if start in reached:
            continue
        _reach((start,), children, reached, stop=())
        _reach((start,), children, shown, stop=closed)
    hidden = {}
    for case in closed & shown:
        below: set[Id] = set()
        _reach(children.get(case, ()), children, below, stop=())
        if count := len(below - shown - {case}):
            hidden[case] = count
    return Folded(frozenset(shown), hidden)


def at_generation(forest: Forest, generation: int) -> set[Id]:
    """The cases of a generation that infected somebody: to fold everything below it."""
    return {case for case, number in forest.generation.items() if number == generation and forest.out_degree[case]}


def deepest_that_fits(forest: Forest, most: int) -> int | None:
    """The generation below which to fold so that at most about `most` cases are shown; None: nothing needs folding."""
    if len(forest.cases) <= most:
        return None
    counts: dict[int, int] = defaultdict(int)
    for number in forest.generation.values():
        counts[number or 0] += 1
    total = 0
    for generation in sorted(counts):
        total += counts[generation]
        if total > most:
            return max(generation - 1, 0)
    return None


def around(forest: Forest, case: Id) -> frozenset[Id]:
    """A case with all that could have led to it and all that came from it."""
    children = _children(forest)
    parents: dict[Id, list[Id]] = defaultdict(list)
    for infector, infectee in forest.links:
        parents[infectee].append(infector)
    found: set[Id] = set()
    for ways in (children, parents):
        reached: set[Id] = set()
        _reach((case,), ways, reached, stop=())
        found |= reached
    return frozenset(found)


def _children(forest: Forest) -> dict[Id, list[Id]]:
    children: dict[Id, list[Id]] = defaultdict(list)
    for infector, infectee in forest.links:
        children[infector].append(infectee)
    return children


def _reach(starts: Collection[Id], ways: Mapping[Id, list[Id]], reached: set[Id], stop: Collection[Id]) -> None:
    queue = deque(starts)
    while queue:
        case = queue.popleft()
        if case in reached:
            continue
        reached.add(case)
        if case not in stop:
            queue.extend(ways.get(case, ()))
