"""Drawings of a set of genomes (基因组图): the matrix of distances, and the shortest tree with equal genomes in one circle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from chainbreak.exchange.charts.chart import Chart
from chainbreak.exchange.charts.look import Look

MOST_CELLS = 150  # genomes a side
NAMED = 60  # genomes a side with names; NUMBERED with numbers in the cells
NUMBERED = 26
LEVELS = 6
STEP, TALL, ROOM = 96, 30, 90


def matrix(
    names: Sequence[str], distances: np.ndarray, usable: np.ndarray, *, title: str, none: str, description: str = "",
    look: Look,
) -> str:  # fmt: skip
    """The distances, dark where near; a cell that compares too little is left empty and says `none`."""
    n = min(len(names), MOST_CELLS)
    left = min(150, 14 + max((_wide(name) for name in names[:n]), default=0)) if n <= NAMED else 14
    side = max(4.0, min(26.0, 700.0 / max(n, 1)))
    high = round(left + side * n + 12)
    chart = Chart(title, 0, 1, 0.0, 1.0, description, width=max(high, 260), height=high, look=look, fixed=True)
    most = max(float(distances[:n, :n][usable[:n, :n]].max(initial=0)), 1.0)
    parts = []
    for row in range(n):
        y = left + row * side
        if n <= NAMED:
            words = escape(_short(names[row], left - 14))
            parts.append(
                f'<text x="{left - 5}" y="{y + side * 0.7:g}" text-anchor="end" {look.part("text")}>{words}</text>'
            )
            at = f"translate({left + (row + 0.7) * side:g} {left - 5}) rotate(-90)"
            parts.append(f'<text transform="{at}" {look.part("text")}>{words}</text>')
        for first, last, level, value in _runs(distances[row, :n], usable[row, :n], most, single=n <= NAMED):
            x, wide = left + first * side, (last - first) * side
            said = none if level < 0 else f"{value}"
            about = f"{names[row]} – {names[first]}: {said}" if last - first == 1 else names[row]
            fill = look.part("area0") if level < 0 else f'{look.part("cell")} fill-opacity="{_shade(level):.2f}"'
            parts.append(
                f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{side:g}" {fill}><title>{escape(about)}</title></rect>'
            )
            if n <= NUMBERED and level >= 0:
                ink = look.part("on") if _shade(level) > 0.55 else look.part("text")
                parts.append(
                    f'<text x="{x + side / 2:g}" y="{y + side * 0.68:g}" text-anchor="middle" {ink}>{value}</text>'
                )
    chart.marks = parts
    return chart.svg_without_axes()


@dataclass
class _Node:
    """Genomes with nothing between them."""

    members: list[int]
    x: float = 0.0
    y: float = 0.0


def tree(
    names: Sequence[str], edges: Sequence[tuple[int, int, int]], groups: Sequence[int], labels: Sequence[str], *,
    title: str, description: str = "", look: Look,
) -> str:  # fmt: skip
    """The shortest tree from left to right; equal genomes share a circle, the number on a line is that of differing bases.

    Args:
        groups: what colours a genome (its lineage), as a number from 0; `labels` say them.
    """
    nodes, joined = _contracted(len(names), edges)
    children: dict[int, list[tuple[int, int]]] = {}
    below: set[int] = set()
    for a, b, length in joined:
        children.setdefault(a, []).append((b, length))
        below.add(b)
    row = 0.0
    stack: list[tuple[int, float, bool]] = [(at, 26.0, False) for at in range(len(nodes)) if at not in below][::-1]
    order: list[int] = []
    while stack:  # leaves take the next row, a branching stands in the middle of its branches
        at, x, seen = stack.pop()
        if seen:
            ys = [nodes[child].y for child, _length in children[at]]
            nodes[at].y = (min(ys) + max(ys)) / 2
            continue
        nodes[at].x = x
        order.append(at)
        if not children.get(at):
            nodes[at].y = 44 + row * TALL
            row += 1
            continue
        stack.append((at, x, True))
        stack += [(child, x + _length_of(length), False) for child, length in reversed(children[at])]
    wide = max((node.x for node in nodes), default=0) + ROOM * 2
    chart = Chart(
        title,
        0,
        1,
        0.0,
        1.0,
        description,
        width=max(round(wide), 320),
        height=round(60 + row * TALL),
        look=look,
        fixed=True,
    )
    parts = []
    for a, b, length in joined:
        one, other = nodes[a], nodes[b]
        parts.append(f'<path d="M{one.x:g} {one.y:g}V{other.y:g}H{other.x:g}" {look.part("axis")}/>')
        x = (one.x + other.x) / 2
        parts.append(f'<text x="{x:g}" y="{other.y - 4:g}" text-anchor="middle" {look.part("soft")}>{length}</text>')
    for node in nodes:
        size = 5 + 2.2 * math.sqrt(len(node.members) - 1)
        parts += _pie(node, size, [groups[at] for at in node.members], look)
        listed = [names[at] for at in node.members]
        shown = ", ".join(listed[:4]) + (f" +{len(listed) - 4}" if len(listed) > 4 else "")
        place = f'x="{node.x + size + 4:g}" y="{node.y + 4:g}"'
        parts.append(
            f"<text {place} {look.part('text')}>{escape(shown)}<title>{escape(', '.join(listed))}</title></text>"
        )
    chart.marks = parts
    swatch = '<circle cx="7" cy="6" r="5" {ink}/>'
    chart.legend = [(swatch.format(ink=look.dot(number)), words) for number, words in enumerate(labels) if words]
    return chart.svg_without_axes(legend=True)


def _pie(node: _Node, size: float, groups: list[int], look: Look) -> list[str]:
    """A circle; one with several groups has a ring of the second."""
    found = sorted(set(groups), key=lambda group: (-groups.count(group), group))
    parts = [f'<circle cx="{node.x:g}" cy="{node.y:g}" r="{size:g}" {look.dot(found[0])}/>']
    if len(found) > 1:
        ring = f'r="{size + 2:g}" fill="none" stroke-width="2" {look.stroke(found[1])}'
        parts.append(f'<circle cx="{node.x:g}" cy="{node.y:g}" {ring}/>')
    return parts


def _contracted(n: int, edges: Sequence[tuple[int, int, int]]) -> tuple[list[_Node], list[tuple[int, int, int]]]:
    """Equal genomes as one node; edges from the node met first."""
    home = list(range(n))

    def root(at: int) -> int:
        while home[at] != at:
            home[at] = home[home[at]]
            at = home[at]
        return at

    for a, b, length in edges:
        if length == 0:
            one, other = sorted((root(a), root(b)))
            home[other] = one
    number: dict[int, int] = {}
    nodes: list[_Node] = []
    for at in range(n):
        top = root(at)
        if top not in number:
            number[top] = len(nodes)
            nodes.append(_Node([]))
        nodes[number[top]].members.append(at)
    joined = [(number[root(a)], number[root(b)], length) for a, b, length in edges if length]
    return nodes, _directed(len(nodes), joined)


def _directed(n: int, edges: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    near: dict[int, list[tuple[int, int]]] = {}
    for a, b, length in edges:
        near.setdefault(a, []).append((b, length))
        near.setdefault(b, []).append((a, length))
    found, seen = [], set()
    for start in range(n):
        todo = [start] if start not in seen else []
        seen.add(start)
        while todo:
            at = todo.pop()
            for other, length in near.get(at, []):
                if other not in seen:
                    seen.add(other)
                    found.append((at, other, length))
                    todo.append(other)
    return found


def _length_of(bases: int) -> float:
    """Long branches are drawn shorter than they are; their number stands on them."""
    return STEP * (0.45 + 0.55 * math.log2(1 + min(bases, 63)))


def _runs(values: np.ndarray, usable: np.ndarray, most: float, *, single: bool) -> list[tuple[int, int, int, int]]:
    """(first, behind the last, level, value) of cells that look alike; one by one where `single`."""
    levels = np.where(usable, np.ceil(LEVELS * np.sqrt(values / most)).astype(int), -1)
    if single:
        return [(at, at + 1, int(levels[at]), int(values[at])) for at in range(len(values))]
    edges = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), len(values)]
    return [(a, b, int(levels[a]), int(values[a])) for a, b in pairwise(edges)]


def _shade(level: int) -> float:
    """Near is dark."""
    return 0.9 - 0.84 * level / LEVELS


def _wide(text: str) -> float:
    return sum(12.0 if ord(char) > 0x2E7F else 6.8 for char in text)


def _short(text: str, room: float) -> str:
    while len(text) > 1 and _wide(text) > room:
        text = text[:-2] + "…"
    return text
