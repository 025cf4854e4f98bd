"""`chainbreak infectors`: for each case the possible infectors with their probabilities, on files alone (传染关系推断)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from chainbreak.engines.tables import TableError
from chainbreak.epi.infectors import Answer, infer, prior, reply
from chainbreak.epi.infectors.inference import CHAINS, usual_iterations
from chainbreak.exchange import infectors as files
from chainbreak.jobs import infector_words
from chainbreak.jobs.commands.trace import SENTENCES
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("who infected whom: possible infectors with probabilities, from dates, genomes, contacts and stays")
NEEDS = "files"


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
    tree = reply.tree(answer, found.outbreak, dated=found.dated)
    facts = reply.diagnostics(
        answer, tree, agent=args.agent if args.generation_time is None else None, used=found.used, missing=found.missing,
        iterations=args.iterations or usual_iterations(len(tree)), chains=args.chains, seed=args.seed,
    )  # fmt: skip
    facts["problems"] = [
        {"code": code, **about, "message": _(infector_words.PROBLEMS[code]) % about} for code, about in found.problems
    ]
    diagnostics = {**facts, "words": infector_words.sentences(facts)}
    return {"rows": reply.rows(answer, found.outbreak), "tree": tree, "diagnostics": diagnostics}


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
