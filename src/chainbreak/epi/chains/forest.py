"""Chains of transmission (传播链) out of links between cases: components, generations, what is wrong with the links.

Works for graphs of any size and depth; nothing is recursive. Ids of one call are of one type that sorts.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Id = Any


@dataclass(frozen=True)
class Forest:
    """The links between known cases, and everything that keeps them from being a forest."""

    cases: tuple[Id, ...]
    links: tuple[tuple[Id, Id], ...]  # (infector, infectee): each once, between two different known cases
    self_links: tuple[Id, ...]
    dangling: tuple[tuple[Id, Id], ...]  # one end is not a known case
    repeated: tuple[tuple[Id, Id], ...]  # links given more than once
    several_infectors: Mapping[Id, tuple[Id, ...]]
    cycles: tuple[tuple[Id, ...], ...]  # each a set of cases that infect one another in a ring
    components: tuple[tuple[Id, ...], ...]  # cases that hang together, the largest first; a single case is one too
    roots: tuple[Id, ...]  # cases without a known infector
    generation: Mapping[Id, int | None]  # 0 for roots; the shortest way; None if only a ring leads there
    out_degree: Mapping[Id, int]

    @property
    def is_forest(self) -> bool:
        """Whether everybody has at most one infector and nobody infected an ancestor or himself."""
        return not (self.self_links or self.several_infectors or self.cycles)

    @property
    def chains(self) -> tuple[tuple[Id, ...], ...]:
        """The components of two or more cases."""
        return tuple(component for component in self.components if len(component) > 1)


def forest_of(cases: Iterable[Id], links: Iterable[tuple[Id, Id]]) -> Forest:
    """The chains that the links (infector, infectee) make among the cases."""
    known = dict.fromkeys(cases)
    seen: dict[tuple[Id, Id], int] = defaultdict(int)
    for link in links:
        seen[link] += 1
    inside = [link for link in seen if link[0] in known and link[1] in known]
    proper = sorted(link for link in inside if link[0] != link[1])
    children: dict[Id, list[Id]] = {case: [] for case in known}
    parents: dict[Id, list[Id]] = {case: [] for case in known}
    for infector, infectee in proper:
        children[infector].append(infectee)
        parents[infectee].append(infector)
    roots = tuple(sorted(case for case in known if not parents[case]))
    return Forest(
        cases=tuple(known),
        links=tuple(proper),
        self_links=tuple(sorted(link[0] for link in inside if link[0] == link[1])),
        dangling=tuple(link for link in seen if link[0] not in known or link[1] not in known),
        repeated=tuple(link for link, times in seen.items() if times > 1),
        several_infectors={case: tuple(found) for case, found in parents.items() if len(found) > 1},
        cycles=_rings(known, children),
        components=_components(known, children, parents),
        roots=roots,
        generation=_generations(known, children, roots),
        out_degree={case: len(found) for case, found in children.items()},
    )


def _components(
    known: Iterable[Id], children: Mapping[Id, list[Id]], parents: Mapping[Id, list[Id]]
) -> tuple[tuple[Id, ...], ...]:
    found = []
    seen: set[Id] = set()
    for case in known:
        if case in seen:
            continue
        seen.add(case)
        members, queue = [case], [case]
        while queue:
            here = queue.pop()
            for other in (*children[here], *parents[here]):
                if other not in seen:
                    seen.add(other)
                    members.append(other)
                    queue.append(other)
        found.append(tuple(sorted(members)))
    return tuple(sorted(found, key=lambda members: (-len(members), members)))


def _generations(known: Iterable[Id], children: Mapping[Id, list[Id]], roots: Iterable[Id]) -> dict[Id, int | None]:
    generation: dict[Id, int | None] = dict.fromkeys(known)
    queue = deque((root, 0) for root in roots)
    generation.update((root, 0) for root in roots)
    while queue:
        case, number = queue.popleft()
        for child in children[case]:
            if generation[child] is None:
                generation[child] = number + 1
                queue.append((child, number + 1))
    return generation


def _rings(known: Iterable[Id], children: Mapping[Id, list[Id]]) -> tuple[tuple[Id, ...], ...]:
    """Sets of cases that reach one another (strongly connected components of two or more; Tarjan 1972)."""
    index: dict[Id, int] = {}
    low: dict[Id, int] = {}
    waiting: list[Id] = []
    on_waiting: set[Id] = set()
    rings = []
    for start in known:
        if start in index:
            continue
        work = [(start, iter(children[start]))]
        index[start] = low[start] = len(index)
        waiting.append(start)
        on_waiting.add(start)
        while work:
            case, rest = work[-1]
            child = next(rest, None)
            if child is not None and child not in index:
                index[child] = low[child] = len(index)
                waiting.append(child)
                on_waiting.add(child)
                work.append((child, iter(children[child])))
            elif child is not None:
                if child in on_waiting:
                    low[case] = min(low[case], index[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[case])
                if low[case] == index[case]:
                    ring = []
                    while True:
                        member = waiting.pop()
                        on_waiting.discard(member)
                        ring.append(member)
                        if member == case:
                            break
                    if len(ring) > 1:
                        rings.append(tuple(sorted(ring)))
    return tuple(sorted(rings))
