"""Stored genomes (测序序列): the list with its quality, and the distances as matrix, clusters, shortest tree and table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from chainbreak.epi.genomes.verdict import Verdict
from chainbreak.exchange.charts import genomes as drawn
from chainbreak.exchange.charts.look import Look
from chainbreak.exchange.charts.picture import png
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import genome_set
from chainbreak.investigation.selectors.genome_set import GenomeSet

from . import analysis, asof, listing
from .door import Asked, page

MOST_THRESHOLD = 50
MOST_ROWS = 2_000  # pairs in the table of the page; the file has all
POOR, FAIR = 0.5, 0.9  # coverage: of what is below the first, distances say nothing
QUALITY: dict[str, str | Promise] = {
    "good": gettext_lazy("good: 90 % or more read"),
    "fair": gettext_lazy("fair: 50 to 90 % read"),
    "poor": gettext_lazy("poor: less than 50 % read"),
}
REASONS: dict[str, str | Promise] = {
    "near": gettext_lazy("no more differing bases than the threshold"),
    "far": gettext_lazy("more differing bases than one origin explains"),
    "between": gettext_lazy("more differing bases than the threshold, but not too many for one origin"),
    "too_little_compared": gettext_lazy("too little of both was read"),
    "lineages_differ": gettext_lazy("the lineages differ"),
    "no_genome": gettext_lazy("no genome to compare with"),
}


def quality_of(coverage: float | None) -> str:
    """good, fair or poor."""
    return "poor" if coverage is None or coverage < POOR else "fair" if coverage < FAIR else "good"


def verdict_words(said: Verdict) -> str:
    """The number behind a verdict: differing bases, bases compared, and how probable so many are of one origin."""
    if said.distance is None or said.compared is None:
        return str(REASONS[said.reason])
    facts = {"why": REASONS[said.reason], "snp": said.distance, "compared": f"{said.compared:,}"}
    words = _("%(snp)s differing of %(compared)s bases compared: %(why)s") % facts
    if said.p_value is not None and said.expected_at_most is not None:
        facts = {"expected": f"{said.expected_at_most:.1f}", "p": f"{said.p_value:.2g}"}
        words += " " + _("(of one origin: about %(expected)s expected, so many or more with p = %(p)s)") % facts
    return words


@page("chain.read")
def sequences(request: Asked, outbreak: str) -> HttpResponseBase:
    """The stored genomes, each with whose it is and how good it is."""
    seen = asof.read(request, outbreak=outbreak)
    rows = genome_set.stored(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    asked = {name: request.GET.get(name, "") for name in ("lineage", "quality")}
    lineages = Counter(row.lineage for row in rows if row.case_id)
    if asked["quality"] and asked["quality"] not in QUALITY:
        raise Refused("bad_filter", name="quality", value=asked["quality"])
    if asked["lineage"] and asked["lineage"] not in {*lineages, "-"}:
        raise Refused("bad_filter", name="lineage", value=asked["lineage"])
    shown = [
        row
        for row in rows
        if (not asked["quality"] or quality_of(row.coverage) == asked["quality"])
        and (not asked["lineage"] or row.lineage == ("" if asked["lineage"] == "-" else asked["lineage"]))
    ]
    if request.GET.get("format") == "csv":
        heads = (_("Genome"), _("Case"), _("Sample"), _("Collected"), _("Laboratory"), _("Lineage"), pgettext("genome", "Letters"), _("Share of N"),
                 _("Coverage"), _("Substitutions"), pgettext("genome", "Deletions"), _("Insertions"), _("Reference genome"))  # fmt: skip
        return listing.export(request, name=f"{outbreak}-genomes", header=heads, rows=shown, cells=_cells)
    if request.GET.get("format"):
        raise Refused("bad_filter", name="format", value=request.GET["format"])
    of_cases = [row for row in rows if row.case_id]
    context = {
        "seen": seen,
        "rows": [(row, quality_of(row.coverage), len(row.substitutions.split())) for row in shown],
        "asked": asked,
        "quality": QUALITY.items(),
        "quality_words": QUALITY,
        "lineages": sorted(lineages.items(), key=lambda pair: (-pair[1], pair[0])),
        "n": len(of_cases),
        "n_cases": len({row.case_id for row in of_cases}),
        "n_poor": sum(quality_of(row.coverage) == "poor" for row in of_cases),
        "reference": next((row for row in rows if row.is_reference), None),
        "may_export": request.standing.may("export.run"),
        "may_import": request.standing.may("import.run"),
    }
    return render(request, "web/sequences.html", context)


def _cells(row: Any) -> tuple[object, ...]:
    return (row.name, row.case.number if row.case else "", row.sample, row.collected_on or "", row.laboratory, row.lineage,
            row.length, f"{row.n_share:.4f}", "" if row.coverage is None else f"{row.coverage:.4f}", row.substitutions,
            row.deletions, row.insertions, row.reference)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What the page of distances shows."""

    found: GenomeSet
    names: list[str]
    order: list[int]  # by cluster, then by nearness in the tree
    clusters: list[list[int]]
    threshold: int
    sentence: str
    matrix: str
    tree: str


@page("chain.read")
def distances(request: Asked, outbreak: str) -> HttpResponse:
    """Differing bases between all genomes: picture, clusters at a threshold, shortest tree, table."""
    seen = asof.read(request, outbreak=outbreak)
    threshold = _threshold(request.GET.get("threshold", ""))
    found = genome_set.genome_set(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    form = request.GET.get("format", "")
    shown = _shown(found, threshold, Look("file" if form else "page"))
    if form:
        return _file(request, shown, f"{outbreak}-distances-{seen.day:%Y%m%d}")
    pairs = _pairs(shown)
    context = {
        "seen": seen,
        "shown": shown,
        "matrix": mark_safe(shown.matrix),  # made of numbers and escaped names
        "tree": mark_safe(shown.tree),
        "groups": [
            (
                number,
                len(group),
                ", ".join(shown.names[at] for at in group),
                _span(found, group),
                _lineages(found, group),
            )
            for number, group in enumerate(shown.clusters, start=1)
            if len(group) > 1
        ],
        "alone": [shown.names[group[0]] for group in shown.clusters if len(group) == 1],
        "lineages": Counter(row.lineage or _("not called") for row in found.rows).most_common(),
        "pairs": pairs[:MOST_ROWS],
        "left_out": max(0, len(pairs) - MOST_ROWS),
        "not_drawn": max(0, len(found.rows) - drawn.MOST_CELLS),
        "most": MOST_THRESHOLD,
        "slider": analysis.asof_slider(seen),
    }
    return render(request, "web/distances.html", context)


def names_of(found: GenomeSet) -> list[str]:
    """Each genome by the number of its case; by its own name too where the case has several."""
    times = Counter(row.case_id for row in found.rows)
    return [
        str(row.case.number) + (f" {row.name}" if times[row.case_id] > 1 else "") if row.case else row.name
        for row in found.rows
    ]


def _threshold(text: str) -> int:
    if not text:
        return genome_set.usual_threshold()
    if not text.isdecimal() or not 0 <= int(text[:9]) <= MOST_THRESHOLD:
        raise Refused("bad_filter", name="threshold", value=text)
    return int(text)


def _shown(found: GenomeSet, threshold: int, look: Look) -> Shown:
    groups = found.clusters(threshold)
    tree = found.tree()
    names = names_of(found)
    order = [at for group in groups for at in group]
    several = [group for group in groups if len(group) > 1]
    facts = {"n": len(found.rows), "threshold": threshold, "clusters": sum(map(len, several)), "largest": len(groups[0]) if groups else 0,
             "alone": len(groups) - len(several)}  # fmt: skip
    if len(found.rows) > 1:
        sentence = _(
            "%(n)s genomes. Joined up to %(threshold)s differing bases: %(clusters)s in clusters of two or more (the largest has "
            "%(largest)s); %(alone)s alone."
        )
        sentence %= facts
    else:
        sentence = _("One genome is stored.") if found.rows else _("No genome of a case is stored yet.")
    if len(found.rows) < 2:
        return Shown(found, names, order, groups, threshold, sentence, "", "")
    matrix = drawn.matrix(
        [names[at] for at in order], found.distances[order][:, order], found.usable[order][:, order],
        title=_("Differing bases between genomes"), none=_("too little read to compare"), description=sentence, look=look,
    )  # fmt: skip
    labels = [name for name, _n in Counter(row.lineage for row in found.rows).most_common()]
    colours = [labels.index(row.lineage) for row in found.rows]
    picture = drawn.tree(
        names, tree, colours, [name or _("not called") for name in labels], title=_("Shortest tree over all genomes"),
        description=sentence, look=look,
    )  # fmt: skip
    return Shown(found, names, order, groups, threshold, sentence, matrix, picture)


def _pairs(shown: Shown) -> list[tuple[str, str, int, int, bool]]:
    """Every pair, the nearest first: two names, differing bases, bases compared, whether enough to mean anything."""
    found = shown.found
    usable = found.usable
    pairs = [
        (a, b, int(found.distances[a, b]), int(found.compared[a, b]), bool(usable[a, b]))
        for at, a in enumerate(shown.order)
        for b in shown.order[at + 1 :]
    ]
    pairs.sort(key=lambda pair: (not pair[4], pair[2]))
    return [(shown.names[a], shown.names[b], *rest) for a, b, *rest in pairs]  # type: ignore[misc]


def _span(found: GenomeSet, group: list[int]) -> str:
    days = sorted(row.collected_on for at in group if (row := found.rows[at]).collected_on)
    return "–" if not days else f"{days[0]:%m-%d} – {days[-1]:%m-%d}" if days[0] < days[-1] else f"{days[0]:%m-%d}"


def _lineages(found: GenomeSet, group: list[int]) -> str:
    return ", ".join(name for name, _n in Counter(found.rows[at].lineage for at in group).most_common() if name) or "–"


def _file(request: Asked, shown: Shown, name: str) -> HttpResponse:
    form, what = request.GET["format"], request.GET.get("picture", "matrix")
    picture = {"matrix": shown.matrix, "tree": shown.tree}.get(what)
    if form == "csv" and shown.found.rows:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(
            [_("Case or genome"), _("Other"), _("Differing bases"), _("Bases compared"), _("Enough compared")]
        )
        writer.writerows(
            [a, b, snp, compared, _("yes") if enough else _("no")] for a, b, snp, compared, enough in _pairs(shown)
        )
        content: str | bytes = "\ufeff" + text.getvalue()
        kind = "text/csv; charset=utf-8"
    elif form in ("svg", "png") and picture:
        name += f"-{what}"
        content, kind = (picture, "image/svg+xml; charset=utf-8") if form == "svg" else (png(picture), "image/png")
    else:
        raise Refused("bad_filter", name="format", value=form)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


urlpatterns = [
    path("genomes/<str:outbreak>/sequences/", sequences, name="sequences"),
    path("genomes/<str:outbreak>/distances/", distances, name="genome_distances"),
]
