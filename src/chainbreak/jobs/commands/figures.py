"""`chainbreak figures`: the figures of an outbreak as of an instant (通报数字)."""

from __future__ import annotations

import argparse
import json
from datetime import datetime

from chainbreak.command import words as _command_words  # noqa: F401  (the words of its refusals)
from chainbreak.command.selectors.instant import EXAMPLE, parse_as_of
from chainbreak.governance.refusal import Refused
from chainbreak.jobs import words
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("the figures of an outbreak as of an instant")
NEEDS = "database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--outbreak", required=True, metavar="CODE", help=_("the outbreak's code, for example LY"))
    parser.add_argument(
        "--as-of", required=True, type=_instant, metavar="T", help=_("as of when, for example %(at)s") % {"at": EXAMPLE}
    )
    parser.add_argument(
        "--as-known", type=_instant, metavar="T", help=_("as it was known at that instant; without it, as known now")
    )
    parser.add_argument(
        "--key", action="append", default=[], metavar="KEY", help=_("only this figure; may be repeated")
    )
    parser.add_argument("--fresh", action="store_true", help=_("work every figure out again"))
    parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


def run(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from chainbreak.command.services import figure

    outbreak = figure.outbreak_of(args.outbreak)
    found = figure.figures(outbreak, as_of=args.as_of, as_known=args.as_known, at=timezone.now(), fresh=args.fresh)
    keys = {one.key for one in found}
    if missing := [key for key in args.key if key not in keys]:
        raise Refused("unknown_figure", key=missing[0], outbreak=outbreak.code, known=", ".join(sorted(keys)))
    found = [one for one in found if not args.key or one.key in args.key]
    if args.json:
        print(json.dumps([one.public() for one in found], ensure_ascii=False, indent=1))
        return 0
    chinese = words.language() == "zh-hans"
    wide = max((len(one.key) for one in found), default=0)
    for one in found:
        value = "-" if one.value is None else f"{one.value:,}" if isinstance(one.value, int) else str(one.value)
        sentence = (one.zh if chinese else one.en) or f"({one.reason})"
        print(f"{one.key:<{wide}}  {value:>22}  {sentence}")
    return 0


def _instant(text: str) -> datetime:
    try:
        return parse_as_of(text)
    except Refused as refused:
        raise argparse.ArgumentTypeError(words.of(refused)) from None
