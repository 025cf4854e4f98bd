"""Chains (传播链): pictures that fold, the figures of the chains, the table of links behind them, and all of it as files."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from chainbreak.epi import chains
from chainbreak.epi.chains import fold as folding
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import chain as chain_rows
from chainbreak.investigation.selectors import line_list

from . import asof, chain_figures, labels
from .chain_picture import Palette, Picture, draw, palette
from .door import Asked, page

MOST_SHOWN = 2500  # cases; with more the picture begins folded, and unfolds where asked
CLASSES = dict(line_list.CHOICES["classification"])
SHAPES = {"asymptomatic": "square", "suspected": "triangle"}
COLOURS = {
    "class": gettext_lazy("class of the case"),
    "setting": gettext_lazy("setting of the contact"),
    "area": gettext_lazy("area of the report"),
    "lineage": gettext_lazy("lineage"),
}
PARAMETERS = ("chain", "focus", "depth", "fold", "open", "colour")


@dataclass(frozen=True)
class Cluster:
    """One chain: its cases, generations, and its picture where it is drawn."""

    index: int
    numbers: list[int]
    generations: int
    largest: int
    shown: int
    picture: Picture | None


@dataclass(frozen=True)
class Seen:
    """Everything that the page and its files are made of."""

    cases: list[Any]
    links: list[Any]
    forest: chains.Forest
    clusters: list[Cluster]
    colours: Palette
    asked: dict[str, str]
    depth: int | None
    focus: int | None


@page("chain.read")
def chain(request: Asked, outbreak: str) -> HttpResponse:
    """The page."""
    seen = asof.read(request, outbreak=outbreak)
    found = _gather(request, seen)
    forest = found.forest
    context = {
        "seen": seen,
        "found": found,
        "figures": chain_figures.of(found.cases, found.links),
        "alone": [members[0] for members in forest.components if len(members) == 1],
        "rings": [list(ring) for ring in forest.cycles],
        "several": {case: list(sources) for case, sources in forest.several_infectors.items()},
        "may_correct": request.standing.may("fact.correct") and not seen.is_past,
        "classes": line_list.CHOICES["classification"],
        "colour_choices": COLOURS.items(),
        "keep": [(name, value) for name, value in asof.chosen(request).items() if name != "outbreak"],
        "depths": sorted({g for g in forest.generation.values() if g is not None})[:-1],
        "rows": _rows(found, asof.kept(request), seen.outbreak.code),
    }
    return render(request, "web/chain.html", context)


@page("chain.read")
def chain_file(request: Asked, outbreak: str, kind: str) -> HttpResponse:
    """The links as CSV, or the picture of one chain as SVG or PNG."""
    seen = asof.read(request, outbreak=outbreak)
    found = _gather(request, seen)
    name = f"{outbreak}-chains-{seen.day:%Y%m%d}"
    if kind == "csv":
        return _answer(_csv(found).encode("utf-8-sig"), "text/csv; charset=utf-8", f"{name}.csv")
    drawn = [one for one in found.clusters if one.picture]
    if len(drawn) != 1:
        raise Refused("choose_one_chain", chains=len(drawn))
    one = drawn[0]
    assert one.picture is not None
    legend = [(one.picture.height + 20 * n, *entry) for n, entry in enumerate(found.colours.legend)]
    height = one.picture.height + 20 * len(legend)
    svg = render_to_string("web/_chain_file.svg", {"one": one, "seen": seen, "legend": legend, "height": height})
    name = f"{name}-{one.index}"
    if kind == "svg":
        return _answer(svg.encode(), "image/svg+xml", f"{name}.svg")
    from chainbreak.exchange.charts import picture

    return _answer(picture.png(svg), "image/png", f"{name}.png")


def _gather(request: HttpRequest, seen: asof.OfOutbreak) -> Seen:
    cases, links = chain_rows.cases_and_links(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    asked = {name: request.GET[name] for name in PARAMETERS if request.GET.get(name)}
    by_number = {case.number: case for case in cases}
    forest = chains.forest_of(by_number, [(link.infector.number, link.infectee.number) for link in links])
    only, focus = _number(asked, "chain"), _number(asked, "focus")
    if focus is not None and focus not in by_number:
        raise Refused("unknown_case", number=focus, outbreak=seen.outbreak.code)
    depth = _depth(asked, forest)
    closed = folding.at_generation(forest, depth) if depth is not None else set()
    closed = (closed | _numbers(asked, "fold")) - _numbers(asked, "open")
    folded = folding.fold(forest, closed)
    near = folding.around(forest, focus) if focus is not None else None
    if near is not None:
        folded = folding.Folded(folded.shown & near | {focus}, folded.hidden)
    colour = asked.get("colour", "class")
    if colour not in COLOURS:
        raise Refused("bad_filter", name="colour", value=colour)
    colours = palette(_trait(colour, seen, cases, links), is_class=colour == "class")
    link_of = {(link.infector.number, link.infectee.number): link for link in links}
    days = {case.number: day for case in cases if (day := _day(case))}
    shapes = {case.number: SHAPES.get(case.classification_then, "circle") for case in cases}
    keep = asof.kept(request)
    clusters = []
    for index, members in enumerate(forest.chains, start=1):
        there = frozenset(members)
        show = folded.shown & there and (only is None or only == index) and (near is None or near & there)
        drawing = None
        if show:
            drawing = draw(
                there, forest, folded, day_of=days, shape_of=shapes, painted=colours, link_of=link_of,
                link_words=_link_words, url=lambda n: reverse("case_file", args=[seen.outbreak.code, n]) + keep,
                fold_url=lambda n, at=index: _toggle(request, asked, n, closed=n in closed, by_depth=depth, at=at),
            )  # fmt: skip
        generations = max((forest.generation[n] or 0 for n in members), default=0)
        largest = max(forest.out_degree[n] for n in members)
        clusters.append(Cluster(index, list(members), generations, largest, len(there & folded.shown), drawing))
    return Seen(cases, links, forest, clusters, colours, asked, depth, focus)


def _trait(colour: str, seen: asof.OfOutbreak, cases: list[Any], links: list[Any]) -> dict[int, tuple[str, str]]:
    """case -> (code, words) of what the colours show."""
    if colour == "class":
        return {
            case.number: (case.classification_then, str(CLASSES.get(case.classification_then, ""))) for case in cases
        }
    values: dict[int, str] = {}
    if colour == "setting":
        values = {link.infectee.number: link.setting for link in links if link.setting}
        words = {code: str(labels.LABELS.get("setting", {}).get(code, code)) for code in values.values()}
    elif colour == "area":
        values = {case.number: case.reported_in for case in cases if case.reported_in}
        words = chain_rows.area_names(values.values())
    else:
        values = chain_rows.lineages(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
        words = {}
    return {
        case.number: (code, words.get(code, code)) if (code := values.get(case.number, "")) else ("", "")
        for case in cases
    }


def _toggle(
    request: HttpRequest, asked: dict[str, str], number: int, *, closed: bool, by_depth: int | None, at: int
) -> str:
    """The address of this page with one case folded or unfolded."""
    fold, opened = _numbers(asked, "fold"), _numbers(asked, "open")
    if closed:
        fold, opened = fold - {number}, opened | ({number} if by_depth is not None else set())
    else:
        fold, opened = fold | {number}, opened - {number}
    query = {**{name: value for name, value in asof.chosen(request).items() if name != "outbreak"}, **asked}
    query |= {"fold": ",".join(map(str, sorted(fold))), "open": ",".join(map(str, sorted(opened)))}
    return "?" + urlencode({name: value for name, value in query.items() if value}) + f"#chain-{at}"


def _depth(asked: dict[str, str], forest: chains.Forest) -> int | None:
    if asked.get("depth") == "all":
        return None
    given = _number(asked, "depth")
    return folding.deepest_that_fits(forest, MOST_SHOWN) if given is None else given


def _number(asked: dict[str, str], name: str) -> int | None:
    text = asked.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise Refused("bad_filter", name=name, value=text)
    return int(text)


def _numbers(asked: dict[str, str], name: str) -> set[int]:
    parts = [part for part in asked.get(name, "").split(",") if part.strip()]
    if bad := [part for part in parts if not part.strip().isdecimal() or len(part) > 9]:
        raise Refused("bad_filter", name=name, value=bad[0])
    return {int(part) for part in parts}


def _link_words(link: Any) -> str:
    """State, basis, confidence and setting of a link, for the title of its line."""
    said = [link.get_state_display()]
    for name, value in (("basis", link.basis), ("confidence", link.confidence), ("setting", link.setting)):
        if value:
            said.append(str(labels.LABELS.get(name, {}).get(value, value)))
    return " · ".join(said)


@dataclass(frozen=True)
class Row:
    """A link in the table, in words."""

    link: Any
    source: int
    target: int
    source_url: str
    target_url: str
    state: str
    basis: str
    confidence: str
    setting: str


def _rows(found: Seen, keep: str, outbreak: str) -> list[Row]:
    """The table of links; each word is looked up once, for there can be thousands of rows."""
    urls = {case.number: reverse("case_file", args=[outbreak, case.number]) + keep for case in found.cases}
    known: dict[tuple[str, str], str] = {}

    def word(name: str, code: str) -> str:
        if (name, code) not in known:
            known[name, code] = str(labels.LABELS.get(name, {}).get(code, code))
        return known[name, code]

    rows = []
    for link in found.links:
        source, target = link.infector.number, link.infectee.number
        setting = " · ".join(filter(None, (word("setting", link.setting), word("relation", link.relation))))
        if ("state", link.state) not in known:
            known["state", link.state] = str(link.get_state_display())
        state, basis = known["state", link.state], word("basis", link.basis)
        confidence = word("confidence", link.confidence)
        rows.append(Row(link, source, target, urls[source], urls[target], state, basis, confidence, setting))
    return rows


def _csv(found: Seen) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["from", "to", "state", "basis", "confidence", "setting", "relation", "from_generation", "from_date", "to_date"]
    )
    day = {case.number: _day(case) or "" for case in found.cases}
    for link in found.links:
        ends = link.infector.number, link.infectee.number
        about = [link.state, link.basis, link.confidence, link.setting, link.relation]
        generation = found.forest.generation.get(ends[0])
        writer.writerow([*ends, *about, "" if generation is None else generation, day[ends[0]], day[ends[1]]])
    return out.getvalue()


def _answer(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _day(case: Any) -> date | None:
    """The day a case stands at: onset, else the first positive sample, else the report."""
    if case.onset_date:
        return case.onset_date
    at = case.first_positive_at or case.reported_at
    return timezone.localdate(at) if at else None


urlpatterns = [
    path("chains/<str:outbreak>/", chain, name="chain"),
    path("chains/<str:outbreak>/links.csv", chain_file, {"kind": "csv"}, name="chain_csv"),
    path("chains/<str:outbreak>/picture.svg", chain_file, {"kind": "svg"}, name="chain_svg"),
    path("chains/<str:outbreak>/picture.png", chain_file, {"kind": "png"}, name="chain_png"),
]
