"""Where each case of a chain stands in a drawing (传播链图布局): time from left to right, branches that do not cross."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from .forest import Forest, Id


def layout(forest: Forest, day: Mapping[Id, float]) -> dict[Id, tuple[float, float]]:
    """Where each case stands in a drawing: x its day, y so that branches do not cross; the same for the same input.

    Leaves are numbered from the top, an infector stands midway between his first and his last. A case with several
    infectors hangs under the one of the earliest day; a ring is opened at its earliest case. A case without a day
    stands one day after its infector, or at the earliest day of all.
    """
    start = min(day.values(), default=0.0)

    def order(case: Id) -> tuple[float, Id]:
        return (day.get(case, start), case)

    parent: dict[Id, Id] = {}
    for infector, infectee in forest.links:
        if infectee not in parent or order(infector) < order(parent[infectee]):
            parent[infectee] = infector
    children: dict[Id, list[Id]] = defaultdict(list)
    for infectee, infector in parent.items():
        children[infector].append(infectee)
    places: dict[Id, tuple[float, float]] = {}
    n_leaves = 0
    tops = sorted((case for case in forest.cases if case not in parent), key=order)
    left = sorted((case for case in forest.cases if case in parent), key=order)
    for top in (*tops, *left):
        if top not in places:
            n_leaves = _place(top, children, day, start, places, n_leaves)
    return places


def _place(
    top: Id,
    children: Mapping[Id, list[Id]],
    day: Mapping[Id, float],
    start: float,
    places: dict[Id, tuple[float, float]],
    n_leaves: int,
) -> int:
    """Place one tree below the leaves already placed; gives the number of leaves so far."""
    x: dict[Id, float] = {top: day.get(top, start)}
    below: dict[Id, list[Id]] = {}
    stack: list[tuple[Id, bool]] = [(top, False)]
    while stack:
        case, done = stack.pop()
        if done:
            if below[case]:
                ys = [places[child][1] for child in below[case]]
                places[case] = (x[case], (ys[0] + ys[-1]) / 2)
            else:
                places[case] = (x[case], float(n_leaves))
                n_leaves += 1
            continue
        new = [child for child in children.get(case, ()) if child not in x and child not in places]
        for child in new:
            x[child] = day.get(child, x[case] + 1)
        below[case] = sorted(new, key=lambda child: (x[child], child))
        stack.append((case, True))
        stack.extend((child, False) for child in reversed(below[case]))
    return n_leaves
