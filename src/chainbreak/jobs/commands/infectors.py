"""`chainbreak infectors`: for each case the possible infectors with their probabilities, on files alone (传染关系推断)."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from chainbreak.engines.tables import TableError
from chainbreak.epi.infectors import Answer, Outbreak, infer, prior
from chainbreak.epi.infectors.inference import CHAINS, usual_iterations
from chainbreak.exchange import infectors as files
from chainbreak.jobs import infector_words
from chainbreak.jobs.commands.trace import SENTENCES
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("who infected whom: possible infectors with probabilities, from dates, genomes, contacts and stays")
NEEDS = "files"
SAME = 0.02  # difference of the chains' probabilities under which delays that the data leave open do no harm
DELAYS = ("incubation", "transmission", "sampling")
LEAST = 0.0005  # probability below which an infector is left out of the rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--linelist", required=True, metavar="F", help=_("cases: id, onset_date, sample_date"))
    parser.add_argument("--sequences", metavar="F", help=_("FASTA, aligned or not, named by the ids of the cases"))
    parser.add_argument("--contacts", metavar="F", help=_("named contacts: from, to"))
    parser.add_argument("--directed", action="store_true", help=_("contacts are named from infector to infectee"))
    parser.add_argument("--stays", metavar="F", help=_("person_id, place_id, arrived_at, left_at"))
    parser.add_argument("--places", metavar="F", help=_("place_id, kind: kinds of places pass on infection unequally"))
    parser.add_argument("--generation-time", metavar="F", help=_("lag (days), p; without it the delays of the agent"))
    parser.add_argument("--agent", choices=prior.agents(), default=prior.DEFAULT, help=_("whose delays are the priors"))
    parser.add_argument(
        "--iterations", type=_at_least(100), metavar="N", help=_("of each chain; by default what takes about a minute")
    )
    parser.add_argument("--chains", type=_at_least(1), default=CHAINS, metavar="N", help=_("independent chains"))
    parser.add_argument("--seed", type=_at_least(0), default=1, metavar="N", help=_("the same seed, the same answer"))
    parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


def run(args: argparse.Namespace) -> int:
    try:
        found = files.read_outbreak(
            args.linelist,
            sequences=args.sequences,
            contacts=args.contacts,
            stays=args.stays,
            places=args.places,
            directed=args.directed,
        )
    except TableError as error:
        print(_(SENTENCES[error.code]) % error.facts, file=sys.stderr)
        return 2
    generation = None
    if args.generation_time:
        try:
            generation = files.read_generation_time(args.generation_time)
        except ValueError as error:
            facts = {"path": args.generation_time, "total": str(error)}
            print(_(infector_words.PROBLEMS["generation_total"]) % facts, file=sys.stderr)
            return 2
    if not found.outbreak.ids:
        print(
            _("%(path)s: no case with an id and a date. Check the columns.") % {"path": args.linelist}, file=sys.stderr
        )
        return 2
    for code, facts in found.problems:
        print(_(infector_words.PROBLEMS[code]) % facts, file=sys.stderr)
    answer = infer(
        found.outbreak,
        prior=prior.load(args.agent),
        generation=generation,
        iterations=args.iterations,
        chains=args.chains,
        seed=args.seed,
        progress=_progress(),
    )
    document = document_of(answer, found, args)
    if args.json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        _show(document)
    return 0


def document_of(answer: Answer, found: files.Files, args: argparse.Namespace) -> dict[str, Any]:
    """The reply: rows (each case sums to 1), the tree, and how far to trust it."""
    outbreak = found.outbreak
    n = len(outbreak.ids)
    rows, tree = [], []
    named = _named(outbreak)
    with_genome = set(outbreak.genomes)
    for j, case in enumerate(outbreak.ids):
        chosen = [i for i in np.argsort(-answer.probability[j], kind="stable") if answer.probability[j, i] >= LEAST]
        total = sum(float(answer.probability[j, i]) for i in chosen)
        for i in chosen:
            row: dict[str, Any] = {
                "case": case,
                "infector": None if i == n else outbreak.ids[i],
                "probability": float(answer.probability[j, i]) / total,
            }
            if i < n:
                row["direct"] = float(answer.direct[j, i]) / total
                if outbreak.stays is not None:
                    row["minutes"] = round(answer.question.minutes.get((min(i, j), max(i, j)), 0.0))
                if {case, outbreak.ids[i]} <= with_genome and len(with_genome) > 1:
                    row["snps"] = int(answer.question.snps[i, j])
                if outbreak.contacts is not None:
                    row["contact"] = (i, j) in named
            rows.append(row)
        infector = int(answer.tree[j])
        tree.append(
            {
                "case": case,
                "infector": None if infector < 0 else outbreak.ids[infector],
                "probability": float(answer.probability[j, infector if infector >= 0 else n]),
                "infected": dict(
                    zip(("low", "median", "high"), (_day(x, found.dated) for x in answer.infected[j]), strict=True)
                ),
            }
        )
    return {"rows": rows, "tree": tree, "diagnostics": _diagnostics(answer, found, tree, args)}


def _diagnostics(
    answer: Answer, found: files.Files, tree: list[dict[str, Any]], args: argparse.Namespace
) -> dict[str, Any]:
    chains = answer.by_chain
    differ = float(np.abs(chains - chains.mean(axis=0)).max(axis=2).mean()) if len(chains) > 1 else 0.0
    watched = [name for name in answer.r_hat if differ > SAME or not name.startswith(DELAYS)]
    sizes = [answer.effective[name] for name in watched if math.isfinite(answer.effective[name])]
    hats = [answer.r_hat[name] for name in watched if math.isfinite(answer.r_hat[name])]
    facts: dict[str, Any] = {
        "cases": len(tree),
        "agent": args.agent if args.generation_time is None else None,
        "used": found.used,
        "missing": found.missing,
        "iterations": args.iterations or usual_iterations(len(tree)),
        "chains": args.chains,
        "seed": args.seed,
        "acceptance": dict(zip(("dates", "onsets", "delays", "genomes"), map(float, answer.acceptance), strict=True)),
        "worst_r_hat": max(hats) if hats and args.chains > 1 else None,
        "least_effective": min(sizes) if sizes else 0.0,
        "r_hat": {name: _finite(value) for name, value in answer.r_hat.items()},
        "effective_sample_size": {name: _finite(value) for name, value in answer.effective.items()},
        "chains_differ": differ,
        "prior_change": answer.sensitivity,
        "parameters": {
            name: {"mean": _finite(mean), "q025": _finite(low), "q975": _finite(high)}
            for name, (mean, low, high) in answer.parameters.items()
        },
        "sure": sum(row["probability"] >= 0.8 for row in tree),
        "expected_right": sum(row["probability"] for row in tree),
        "problems": [
            {"code": code, **facts, "message": _(infector_words.PROBLEMS[code]) % facts}
            for code, facts in found.problems
        ],
    }
    return {**facts, "words": infector_words.sentences(facts)}


def _named(outbreak: Outbreak) -> set[tuple[int, int]]:
    if outbreak.contacts is None:
        return set()
    pairs = {(int(a), int(b)) for a, b in outbreak.contacts}
    return pairs if outbreak.directed else pairs | {(b, a) for a, b in pairs}


def _day(value: float, dated: bool) -> str | float:
    from datetime import datetime, timedelta

    if not dated:
        return round(float(value), 2)
    return (datetime(1, 1, 1) + timedelta(days=float(value) - 1)).isoformat(timespec="minutes")  # noqa: DTZ001 local


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _show(document: dict[str, Any]) -> None:
    best: dict[str, list[str]] = {}
    for row in document["rows"]:
        name = row["infector"] if row["infector"] is not None else _("from outside")
        best.setdefault(row["case"], []).append(f"{name} {100 * row['probability']:.0f} %")
    for case, names in best.items():
        print(f"{case}: " + _(", ").join(names[:3]))
    print()
    print("\n".join(document["diagnostics"]["words"]))


def _progress() -> Callable[[float], None]:
    last = [-1]

    def tell(share: float) -> None:
        tenth = int(share * 10)
        if tenth > last[0]:
            last[0] = tenth
            print(_("%(share)s %% done") % {"share": 10 * tenth}, file=sys.stderr)

    return tell


def _at_least(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(_("must be a whole number from %(least)s up") % {"least": least})
        return value

    return read
