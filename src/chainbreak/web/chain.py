"""Chains (传播链) as a picture made here: x is the day, y the order of the leaves; the table is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone

from chainbreak.epi import chains
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import chain as chain_rows
from chainbreak.investigation.selectors import line_list

from . import asof
from .door import Asked, page

STEP_X, STEP_Y, LEFT, TOP = 34, 32, 40, 46
MOST_WIDE = 1800
OPEN = 12  # chains drawn at once; the others are opened one by one
MOST_DRAWN = 2500
CLASSES = dict(line_list.CHOICES["classification"])


@dataclass(frozen=True)
class Node:
    """One case in the picture."""

    x: float
    y: float
    number: int
    classification: str
    url: str
    words: str


@dataclass(frozen=True)
class Edge:
    """One link in the picture, as the path of a line."""

    path: str
    state: str


@dataclass(frozen=True)
class Picture:
    """One chain, drawn."""

    width: int
    height: int
    nodes: list[Node]
    edges: list[Edge]
    days: list[tuple[float, str]]


@dataclass(frozen=True)
class Cluster:
    """One chain: its cases, generations, and its picture where it is drawn."""

    index: int
    numbers: list[int]
    generations: int
    largest: int
    picture: Picture | None


@page("chain.read")
def chain(request: Asked, outbreak: str) -> HttpResponse:
    seen = asof.read(request, outbreak=outbreak)
    cases, links = chain_rows.cases_and_links(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    only = request.GET.get("chain", "")
    if only and not only.isdecimal():
        raise Refused("bad_filter", name="chain", value=only)
    by_number = {case.number: case for case in cases}
    forest = chains.forest_of(by_number, [(link.infector.number, link.infectee.number) for link in links])
    states = {(link.infector.number, link.infectee.number): link.state for link in links}
    keep = asof.kept(request)
    clusters, drawn = [], 0
    for index, members in enumerate(forest.chains, start=1):
        show = int(only) == index if only else index <= OPEN and drawn + len(members) <= MOST_DRAWN
        picture = _draw(members, by_number, forest, states, keep) if show else None
        drawn += len(members) if picture else 0
        depth = max((forest.generation[n] or 0 for n in members), default=0)
        clusters.append(Cluster(index, list(members), depth, max(forest.out_degree[n] for n in members), picture))
    context = {
        "seen": seen,
        "n_cases": len(cases),
        "links": links,
        "clusters": clusters,
        "only": int(only) if only else None,
        "alone": [members[0] for members in forest.components if len(members) == 1],
        "rings": [list(ring) for ring in forest.cycles],
        "several": {case: list(sources) for case, sources in forest.several_infectors.items()},
        "may_correct": request.standing.may("fact.correct") and not seen.is_past,
        "classes": line_list.CHOICES["classification"],
    }
    return render(request, "web/chain.html", context)


def _draw(members: Any, by_number: Any, forest: chains.Forest, states: Any, keep: str) -> Picture:
    words = CLASSES
    there = set(members)
    days = {n: day.toordinal() for n in members if (day := _day(by_number[n]))}
    inside = [link for link in forest.links if link[0] in there]
    places = chains.layout(chains.forest_of(members, inside), days)
    xs = [x for x, _ in places.values()]
    first, last = min(xs), max(xs)
    step = min(STEP_X, MOST_WIDE / max(last - first, 1))

    def at(number: int) -> tuple[float, float]:
        x, y = places[number]
        return round(LEFT + (x - first) * step, 1), round(TOP + y * STEP_Y, 1)

    nodes = []
    for number in members:
        case, (x, y) = by_number[number], at(number)
        url = reverse("case_file", args=[case.outbreak.code, number]) + keep
        nodes.append(Node(x, y, number, case.classification_then, url, str(words.get(case.classification_then, ""))))
    edges = []
    for source, target in inside:
        (x1, y1), (x2, y2) = at(source), at(target)
        edges.append(Edge(f"M{x1} {y1}C{x1} {y2} {x1} {y2} {x2} {y2}", states.get((source, target), "")))
    every = max(1, round(60 / step))
    marks = range(0, int(last - first) + 1, every) if days else ()
    labels = [(round(LEFT + n * step, 1), f"{date.fromordinal(int(first) + n):%m-%d}") for n in marks]
    height = TOP + max(y for _, y in places.values()) * STEP_Y + STEP_Y
    return Picture(int(LEFT + (last - first) * step + 60), int(height), nodes, edges, labels)


def _day(case: Any) -> date | None:
    """The day a case stands at: onset, else the first positive sample, else the report."""
    if case.onset_date:
        return case.onset_date
    at = case.first_positive_at or case.reported_at
    return timezone.localdate(at) if at else None


urlpatterns = [path("chains/<str:outbreak>/", chain, name="chain")]
