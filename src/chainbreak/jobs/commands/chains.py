"""`chainbreak chains`: the figures of the chains of a line list with links, on files alone (传播链分析)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Any

from chainbreak.epi import rulepack
from chainbreak.epi.attack_rate import judged
from chainbreak.epi.chains import summary
from chainbreak.epi.chains.listed import Link, Listed, Problem
from chainbreak.epi.chains.problems import Bounds
from chainbreak.epi.chains.summary import Summary
from chainbreak.exchange import chains as files
from chainbreak.exchange.day_numbers import back
from chainbreak.exchange.given_days import strptime_format
from chainbreak.jobs import chain_words
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("generations, clusters, offspring and superspreading of a line list with links")
NEEDS = "files"
PACK = "covid19-cn-v8"
NAMES = tuple(dict.fromkeys((*files.CASE, *files.LINK)))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--linelist", metavar="F", help=_("cases: id, and where known onset_date, origin, infector, isolated_at …")
    )
    parser.add_argument("--contacts", metavar="F", help=_("links: from (infector), to (infectee), and setting"))
    parser.add_argument(
        "--exposures", metavar="F", help=_("exposed people for the secondary attack rate: from, to, setting, infected")
    )
    parser.add_argument(
        "--date-format", type=_format, metavar="F", help=_("form of the dates, for example dd/mm/yyyy or %%d.%%m.%%Y")
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        type=_column,
        metavar="NAME=COLUMN",
        help=_("which column is what, for example onset_date=Date1 or from=Source; may be repeated"),
    )
    parser.add_argument(
        "--imported",
        action="append",
        default=[],
        metavar="WORD",
        help=_("a word in origin that means imported; may be repeated"),
    )
    parser.add_argument(
        "--above", type=_whole, metavar="N", help=_("superspreading: more offspring than this; else by Lloyd-Smith")
    )
    parser.add_argument(
        "--pack",
        default=PACK,
        choices=rulepack.available(),
        help=_("rule pack that says which intervals are impossible"),
    )
    parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


def run(args: argparse.Namespace) -> int:
    if not args.linelist and not args.contacts:
        print(_("Give a line list (--linelist), links (--contacts), or both."), file=sys.stderr)
        return 2
    answer = answer_of(args)
    if args.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(chain_words.of(answer))
    return 0


def answer_of(args: argparse.Namespace) -> dict[str, Any]:
    """The reply to the files that `args` name."""
    links: list[Link] = []
    problems: list[Problem] = []
    columns: dict[str, dict[str, str]] = {}
    numbered = False
    if args.contacts:
        given = files.read_links(args.contacts, columns=_of(args, files.LINK), date_format=args.date_format)
        links, problems, columns["contacts"] = given.links, given.problems, given.columns
    ends = list(dict.fromkeys(end for link in links for end in (link.infector, link.infectee)))
    if args.linelist:
        table = files.read_line_list(
            args.linelist,
            columns=_of(args, files.CASE),
            date_format=args.date_format,
            ends=ends,
            imported=args.imported,
        )
        cases, numbered = table.cases, table.numbered
        if not args.contacts:
            links = table.links
        elif given.numbered != numbered:  # days without dates cannot be laid beside dates
            links = [replace(link, exposed_from=None) for link in links]
        problems, columns["linelist"] = [*table.problems, *problems], table.columns
    else:
        cases, numbered = [Listed(end) for end in ends], given.numbered
    own = {} if args.contacts else _of(args, files.LINK)
    exposures = files.read_exposures(args.exposures, columns=own) if args.exposures else []
    exposures = judged(exposures, {case.id: case.onset_date or case.sampled_date for case in cases})
    found = summary.of(cases, links, exposures=exposures, bounds=bounds_of(args.pack), above=args.above)
    if numbered:
        problems, found = (
            [_numbered(problem) for problem in problems],
            replace(found, problems=[_numbered(problem) for problem in found.problems]),
        )
    return document(found, problems, columns, n_links=len(links))


def document(
    found: Summary, before: list[Problem], columns: dict[str, dict[str, str]], *, n_links: int
) -> dict[str, Any]:
    """The reply as one document; `before` are the problems of reading."""
    forest = found.forest
    sizes = [len(component) for component in forest.components]
    problems = [*before, *found.problems]
    return {
        "cases": len(forest.cases),
        "links": len(forest.links),
        "links_given": n_links,
        "components": [size for size in sizes if size > 1],
        "isolates": sizes.count(1),
        "largest_component": max(sizes, default=0),
        "clusters_incl_isolates": len(sizes),
        "chains": [list(chain) for chain in forest.chains],
        "generations": {str(generation): n for generation, n in found.generations.items()},
        "deepest_generation": max(found.generations, default=None),
        "generation": dict(forest.generation),
        "roots": list(forest.roots),
        "out_degree": dict(forest.out_degree),
        "in_degree": _in_degree(found),
        "is_forest": forest.is_forest,
        "offspring": asdict(found.offspring) if found.offspring else None,
        "share_causing_80": found.share_causing_80,
        "expected_share_causing_80": found.expected_share_causing_80,
        "serial_interval": asdict(found.serial_interval),
        "superspreading": asdict(found.superspreading) if found.superspreading else None,
        "origins": asdict(found.origins),
        "links_by_setting": dict(found.links_by_setting),
        "attack_rates": [asdict(rate) for rate in found.attack_rates],
        "problems": [chain_words.as_json(problem) for problem in problems],
        "columns": columns,
    }


def _numbered(problem: Problem) -> Problem:
    """A problem of a file whose days are numbers, with the numbers it has."""
    return replace(problem, facts={name: back(value) for name, value in problem.facts.items()})


def _of(args: argparse.Namespace, fields: Collection[str]) -> dict[str, str]:
    """What --column says of one file."""
    return {name: column for name, column in args.column if name in fields}


def _in_degree(found: Summary) -> dict[str, int]:
    degree = dict.fromkeys(found.forest.cases, 0)
    for _infector, infectee in found.forest.links:
        degree[infectee] += 1
    return degree


def bounds_of(pack_id: str) -> Bounds:
    """What the rule pack says of the infectious window and the incubation."""
    pack = rulepack.load(pack_id)
    windows = [window for kind in ("confirmed", "asymptomatic") if (window := pack.window(kind))]
    look_back = max((int(window.look_back.days) for window in windows), default=None)
    incubation = int(pack.value("goal.incubation_days")) if pack.has("goal.incubation_days") else None
    return Bounds(look_back, incubation)


def _format(text: str) -> str:
    try:
        return strptime_format(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("a form of dates names day, month and year, as dd/mm/yyyy does; got %s") % text
        ) from None


def _column(text: str) -> tuple[str, str]:
    name, equals, column = text.partition("=")
    if not equals or not column.strip() or name.strip() not in NAMES:
        known = ", ".join(NAMES)
        raise argparse.ArgumentTypeError(
            _("must be NAME=COLUMN with one of %(known)s; got %(got)s") % {"known": known, "got": text}
        )
    return name.strip(), column.strip()


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(_("must be a whole number from 0 up; got %s") % text)
    return int(text)
