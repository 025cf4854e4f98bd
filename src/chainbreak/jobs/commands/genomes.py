"""`chainbreak genomes`: genomes of an outbreak aligned, compared, clustered and named, on files alone (基因组分析)."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from chainbreak.epi.chains.listed import Problem
from chainbreak.epi.genomes import analysis, verdict
from chainbreak.epi.genomes.alignment import Reference
from chainbreak.epi.genomes.analysis import Analysis, Genome
from chainbreak.epi.genomes.sites import genome as of_the_pathogen
from chainbreak.exchange import genomes as files
from chainbreak.exchange.given_days import strptime_format
from chainbreak.exchange.problems import Unreadable
from chainbreak.jobs import chain_words
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("distances, clusters, lineages and verdicts of genomes in a FASTA file")
NEEDS = "files"
MOST_PAIRS = 130_000  # in the reply itself; more go to a file only


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sequences", required=True, metavar="F", help=_("FASTA, aligned or not; may be packed (.gz)"))
    parser.add_argument(
        "--reference",
        metavar="F",
        help=_("FASTA with the reference genome; without it the best genome gives the places"),
    )
    parser.add_argument("--metadata", metavar="F", help=_("table with id, date and case of the genomes"))
    parser.add_argument(
        "--lineages",
        metavar="F",
        help=_("defining mutations (definition, site …), or the report of Pangolin or Nextclade"),
    )
    parser.add_argument(
        "--threshold",
        required=True,
        type=_whole,
        metavar="N",
        help=_("differing bases up to which genomes are of one cluster"),
    )
    parser.add_argument("--out", metavar="F", help=_("writes all distances here (CSV: a, b, snp, compared_bases)"))
    parser.add_argument(
        "--pair",
        action="append",
        default=[],
        type=_pair,
        metavar="A,B",
        help=_("says what the genomes A and B mean for a chain; may be repeated"),
    )
    parser.add_argument(
        "--since", type=_day, metavar="DAY", help=_("first day of the outbreak; else the earliest date")
    )
    parser.add_argument(
        "--date-format", type=_format, metavar="F", help=_("form of the dates, for example dd/mm/yyyy or %%d.%%m.%%Y")
    )
    parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


def run(args: argparse.Namespace) -> int:
    if args.out and not Path(args.out).resolve().parent.is_dir():
        print(_("%(path)s: the folder is not there. Make it, or choose another.") % {"path": args.out}, file=sys.stderr)
        return 2
    answer, found = answer_of(args)
    if args.out:
        _write(found, Path(args.out))
    print(json.dumps(answer, ensure_ascii=False) if args.json else _words(answer))
    return 0


def answer_of(args: argparse.Namespace) -> tuple[dict[str, Any], Analysis]:
    """The reply to the files that `args` name, and the analysis behind it."""
    given = files.read_genomes(args.sequences)
    reference = _reference(args.reference) if args.reference else None
    lineages = files.read_lineages(args.lineages) if args.lineages else files.Lineages()
    about = None
    if args.metadata:
        about = files.read_metadata(args.metadata, ids=given.sequences, date_format=args.date_format)
    found = analysis.of(
        given.sequences,
        reference=reference,
        definitions=lineages.definitions,
        threshold=args.threshold,
        say=lambda what: print(_(SAID[what]) % {"number": len(given.sequences)}, file=sys.stderr),
    )
    names = _lineages(found, lineages, about)
    problems = [*given.problems, *(about.problems if about else ()), *_problems(found, lineages, about)]
    return document(found, names, problems, args, about), found


SAID = {
    "aligning": gettext_noop("aligning %(number)s genomes …"),
    "reading": gettext_noop("reading %(number)s aligned genomes …"),
    "comparing": gettext_noop("comparing %(number)s genomes …"),
}


def document(
    found: Analysis,
    lineages: dict[str, str],
    problems: list[Problem],
    args: argparse.Namespace,
    about: files.Metadata | None,
) -> dict[str, Any]:
    """The reply as one document."""
    n = len(found.names)
    days = about.days if about else {}
    inline = not args.out and n * (n - 1) // 2 <= MOST_PAIRS
    cluster_of = {name: number for number, group in enumerate(found.clusters, start=1) for name in group}
    return {
        "reference": found.reference.name,
        "reference_length": len(found.reference.sequence),
        "reference_chosen": found.reference_chosen,
        "aligned": found.aligned,
        "threshold": args.threshold,
        "sequences": [
            _sequence(one, lineages.get(one.id), cluster_of.get(one.id), days.get(one.id)) for one in found.genomes
        ],
        "lineages": dict(Counter(lineages.get(one.id) or "" for one in found.genomes).most_common()),
        "clusters": [list(group) for group in found.clusters],
        "cluster_sizes": [len(group) for group in found.clusters],
        "tree": [{"a": a, "b": b, "snp": d} for a, b, d in found.tree],
        "distances": args.out or (list(_pairs(found)) if inline else None),
        "verdicts": [_verdict(found, pair, lineages, args, days) for pair in args.pair],
        "problems": [chain_words.as_json(problem) for problem in problems],
    }


def _sequence(one: Genome, lineage: str | None, cluster: int | None, day: date | None) -> dict[str, Any]:
    calls, score = one.calls, one.lineage.score if one.lineage else None
    return {
        "id": one.id,
        "date": day.isoformat() if day else None,
        "length": one.quality.length,
        "n_share": round(one.quality.n_share, 6),
        "ambiguous": one.quality.ambiguous,
        "coverage": None if one.quality.coverage is None else round(one.quality.coverage, 6),
        "substitutions": list(calls.substitutions) if calls else None,
        "n_substitutions": len(calls.substitutions) if calls else None,
        "deletions": [f"del:{start}:{length}" for start, length in calls.deletions] if calls else None,
        "insertions": [f"ins:{place}:{letters}" for place, letters in calls.insertions] if calls else None,
        "lineage": lineage,
        "lineage_score": {"alt": score.alt, "ref": score.ref, "sites": score.sites} if score else None,
        "cluster": cluster,
    }


def _lineages(found: Analysis, given: files.Lineages, about: files.Metadata | None) -> dict[str, str]:
    """id -> lineage: called here, else as the given report says, else as the metadata say."""
    names = dict(about.lineages) if about else {}
    names.update(given.called)
    names.update({one.id: one.lineage.lineage for one in found.genomes if one.lineage and one.lineage.lineage})
    return names


def _problems(found: Analysis, lineages: files.Lineages, about: files.Metadata | None) -> list[Problem]:
    there = {one.id for one in found.genomes}
    problems = [
        Problem("genome_not_alignable", (one.id,), (), {"reference": found.reference.name})
        for one in found.genomes
        if one.index is None
    ]
    coverage = {one.id: one.quality.coverage or 0 for one in found.genomes}
    problems += [
        Problem("genome_poor", (name,), (), {"coverage": f"{100 * coverage[name]:.0f}"}) for name in found.apart
    ]
    for code, ids in (
        ("metadata_without_genome", {*about.days, *about.cases} if about else set()),
        ("lineage_without_genome", set(lineages.called)),
    ):
        if missing := sorted(ids - there):
            problems.append(Problem(code, tuple(missing[:20]), (), {"number": len(missing)}))
    return problems


def _verdict(
    found: Analysis, pair: tuple[str, str], lineages: dict[str, str], args: argparse.Namespace, days: dict[str, date]
) -> dict[str, Any]:
    rows = {name: row for row, name in enumerate(found.names)}
    if missing := [name for name in pair if name not in rows]:
        raise Unreadable(args.sequences, "genome_absent", id=missing[0])
    a, b = (rows[name] for name in pair)
    since = args.since or min(days.values(), default=None)
    branch = None
    if since is not None and all(name in days for name in pair):
        branch = float(sum(max((days[name] - since).days, 0) for name in pair))
    said = verdict.of_pair(
        int(found.distances[a, b]),
        int(found.compared[a, b]),
        length=len(found.reference.sequence),
        threshold=args.threshold,
        days=branch,
        rate=float(of_the_pathogen()["rate"]["value"]),
        lineages=(lineages.get(pair[0]), lineages.get(pair[1])),
    )
    return {
        "a": pair[0],
        "b": pair[1],
        "conclusion": said.conclusion.value,
        "reason": said.reason,
        "snp": said.distance,
        "compared_bases": said.compared,
        "expected_if_one_origin": said.expected_at_most,
        "p_value": said.p_value,
    }


def _pairs(found: Analysis) -> Any:
    first, second = np.triu_indices(len(found.names), 1)
    for a, b, d, n in zip(
        first.tolist(), second.tolist(), found.distances[first, second].tolist(), found.compared[first, second].tolist(),
        strict=True,
    ):  # fmt: skip
        yield {"a": found.names[a], "b": found.names[b], "snp": d, "compared_bases": n}


def _write(found: Analysis, out: Path) -> None:
    """All pairs; the whole file or none of it."""
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        with open(part, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["a", "b", "snp", "compared_bases"])
            for a, name in enumerate(found.names):
                rest = range(a + 1, len(found.names))
                near, compared = found.distances[a].tolist(), found.compared[a].tolist()
                writer.writerows((name, found.names[b], near[b], compared[b]) for b in rest)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


CONCLUSIONS = {
    "same_chain": gettext_noop("same chain"),
    "other": gettext_noop("another chain"),
    "inconclusive": gettext_noop("cannot be told"),
}


def _words(answer: dict[str, Any]) -> str:
    sizes = answer["cluster_sizes"]
    lines = [
        _("%(number)s genomes, laid on %(reference)s (%(length)s bases).")
        % {"number": len(answer["sequences"]), "reference": answer["reference"], "length": answer["reference_length"]}
    ]
    if answer["reference_chosen"]:
        lines.append(_("No reference was given: the genome with most certain bases gives the places."))
    words = _("Up to %(threshold)s differing bases: %(clusters)s clusters of two or more (%(sizes)s), %(alone)s alone.")
    several = [size for size in sizes if size > 1]
    facts = {"threshold": answer["threshold"], "clusters": len(several), "alone": sizes.count(1)}
    lines.append(words % (facts | {"sizes": ", ".join(map(str, several)) or "-"}))
    if any(answer["lineages"]):
        by = ", ".join(f"{name or _('not called')}: {n}" for name, n in answer["lineages"].items())
        lines.append(_("Lineages: %(by)s.") % {"by": by})
    for one in answer["verdicts"]:
        words = _("%(a)s and %(b)s: %(conclusion)s (%(snp)s differing of %(compared)s bases compared).")
        facts = {"a": one["a"], "b": one["b"], "snp": one["snp"], "compared": one["compared_bases"]}
        lines.append(words % (facts | {"conclusion": _(CONCLUSIONS[one["conclusion"]])}))
    return "\n".join([*lines, *chain_words.of_problems(answer["problems"])])


def _reference(path: str) -> Reference:
    name, letters = next(iter(files.read_genomes(path).sequences.items()))
    return Reference(name, letters)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(_("must be a whole number from 0 up; got %s") % text)
    return int(text)


def _pair(text: str) -> tuple[str, str]:
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names):
        raise argparse.ArgumentTypeError(_("must be two ids with a comma between; got %s") % text)
    return names[0], names[1]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("must be a day like 2022-03-24; got %s") % text) from None


def _format(text: str) -> str:
    try:
        return strptime_format(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("a form of dates names day, month and year, as dd/mm/yyyy does; got %s") % text
        ) from None
