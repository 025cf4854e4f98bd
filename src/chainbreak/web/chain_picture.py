"""A chain as a picture (传播链图): time from left to right, branches that do not cross, folds, colours by a choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from chainbreak.epi import chains
from chainbreak.epi.chains.fold import Folded

STEP_X, STEP_Y, LEFT, TOP = 34, 32, 40, 46
MOST_WIDE = 1800
TONES = 7  # values with a colour of their own; the rest share one


@dataclass(frozen=True)
class Node:
    """One case in the picture."""

    x: float
    y: float
    number: int
    shape: str  # of the class: circle, square, triangle
    paint: str  # class of the style sheet
    url: str
    words: str
    hidden: int  # cases folded away below it
    fold_url: str  # empty where there is nothing below it
    fold_words: str


@dataclass(frozen=True)
class Edge:
    """One link in the picture, as the path of a line."""

    path: str
    look: str
    words: str


@dataclass(frozen=True)
class Picture:
    """One chain, drawn."""

    width: int
    height: int
    nodes: list[Node]
    edges: list[Edge]
    days: list[tuple[float, str]]


@dataclass(frozen=True)
class Palette:
    """Which value of the chosen trait has which colour; `legend`: (paint, words, cases)."""

    of_case: Mapping[int, str]
    words: Mapping[int, str]
    legend: list[tuple[str, str, int]] = field(default_factory=list)


def palette(values: Mapping[int, tuple[str, str]], *, is_class: bool) -> Palette:
    """Colours for a trait: the most frequent values first, the same for the same input.

    Args:
        values: case -> (code, words); an empty code: not known.
    """
    counted = Counter(value for value in values.values() if value[0])
    ranked = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    paint = {value: value[0] if is_class else f"tone-{rank}" for rank, (value, _n) in enumerate(ranked)}
    if not is_class:
        paint |= {value: "tone-rest" for value, _n in ranked[TONES:]}
    legend = [(paint[value], value[1], n) for value, n in (ranked if is_class else ranked[:TONES])]
    if rest := sum(n for _value, n in ranked[TONES:] if not is_class):
        legend.append(("tone-rest", _("others"), rest))
    if unknown := sum(1 for value in values.values() if not value[0]):
        legend.append(("tone-none", _("not known"), unknown))
    return Palette(
        {case: paint.get(value, "tone-none") for case, value in values.items()},
        {case: value[1] for case, value in values.items()},
        legend,
    )


def draw(
    members: frozenset[int],
    forest: chains.Forest,
    folded: Folded,
    *,
    day_of: Mapping[int, date],
    shape_of: Mapping[int, str],
    painted: Palette,
    link_of: Mapping[tuple[int, int], Any],
    link_words: Callable[[Any], str],
    url: Callable[[int], str],
    fold_url: Callable[[int], str],
) -> Picture:
    """The members of one chain that are shown, with the links between them."""
    shown = sorted(members & folded.shown)
    inside = [link for link in forest.links if link[0] in members and {*link} <= folded.shown]
    days = {n: float(day_of[n].toordinal()) for n in shown if n in day_of}
    places = chains.layout(chains.forest_of(shown, inside), days)
    first, last = min(x for x, _y in places.values()), max(x for x, _y in places.values())
    step = min(STEP_X, MOST_WIDE / max(last - first, 1))
    at = {n: (round(LEFT + (x - first) * step, 1), round(TOP + y * STEP_Y, 1)) for n, (x, y) in places.items()}
    folds, unfolds = _("fold what is below case %(n)s"), _("unfold %(hidden)s below case %(n)s")
    nodes = [
        Node(
            *at[n],
            n,
            shape_of.get(n, "circle"),
            painted.of_case.get(n, "tone-none"),
            url(n),
            painted.words.get(n, ""),
            folded.hidden.get(n, 0),
            fold_url(n) if forest.out_degree[n] else "",
            (unfolds if n in folded.hidden else folds) % {"n": n, "hidden": folded.hidden.get(n, 0)},
        )
        for n in shown
    ]
    edges = []
    for source, target in inside:
        (x1, y1), (x2, y2) = at[source], at[target]
        link = link_of.get((source, target))
        look = f"edge-{link.state} basis-{link.basis} {link.confidence}" if link else ""
        said = f"{source} → {target}" + (f" · {link_words(link)}" if link else "")
        edges.append(Edge(f"M{x1} {y1}C{x1} {y2} {x1} {y2} {x2} {y2}", look.replace("_", "-"), said))
    every = max(1, round(60 / step))
    marks = range(0, int(last - first) + 1, every) if days else ()
    labels = [(round(LEFT + n * step, 1), f"{date.fromordinal(int(first) + n):%m-%d}") for n in marks]
    height = TOP + max(y for _x, y in places.values()) * STEP_Y + STEP_Y
    return Picture(int(LEFT + (last - first) * step + 80), int(height), nodes, edges, labels)
