"""`chainbreak lake`: a store of stays that grows batch by batch and answers at once, on files alone (轨迹湖)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from chainbreak.engines.lake import health
from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.sweep import is_ready
from chainbreak.engines.tables import TableError
from chainbreak.epi import rulepack
from chainbreak.jobs.commands import _lake, _lake_intake, _lake_questions
from chainbreak.jobs.commands.trace import SENTENCES
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("keep a city's stays in a lake: take batches in, merge, drop old days, ask")
NEEDS = "files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The deeds and questions."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")

    def deed(name: str, work: Callable[[argparse.Namespace], int], says: str) -> argparse.ArgumentParser:
        one = deeds.add_parser(name, help=says, description=says)
        one.add_argument("folder", metavar="DIR", help=_("the folder of the lake"))
        one.add_argument("--json", action="store_true", help=_("print one JSON document"))
        one.add_argument("--lang", choices=["zh", "en"], default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        one.add_argument("--data-dir", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        one.set_defaults(work=work)
        return one

    one = deed("init", _init, _("make an empty lake"))
    one.add_argument("--longest-stay", type=float, metavar="HOURS", help=_("refuse longer stays"))
    one.add_argument("--places", metavar="F", help=_("place_id, kind: kept with the lake"))
    one = deed("append", _lake_intake.append, _("take in files of stays, late, corrected or withdrawn ones too"))
    one.add_argument("files", nargs="+", metavar="F", help=_("person_id, place_id, arrived_at, left_at"))
    one.add_argument("--persons", metavar="F", help=_("a register: refuse stays of others (person_id)"))
    one.add_argument("--places", metavar="F", help=_("a register: refuse stays elsewhere (place_id)"))
    one.add_argument("--outcomes", metavar="F", help=_("write what became of every row, as CSV"))
    one.add_argument("--no-merge", action="store_true", help=_("leave the merging to chainbreak lake merge"))
    one = deed("places", _places, _("keep a register of places with the lake"))
    one.add_argument("file", metavar="F", help=_("place_id, kind"))
    deed("status", _status, _("say what is in it"))
    one = deed("merge", _merge, _("put fresh batches together by day"))
    one.add_argument("--whole", action="store_true", help=_("make one segment of every day"))
    one.add_argument("--when-due", action="store_true", help=_("only if there are many fresh batches"))
    one = deed("drop", _drop, _("let all stays go that began before a day"))
    one.add_argument(
        "--before", required=True, type=_day, metavar="DAY", help=_("the first day that stays, 2022-03-20")
    )
    deed("check", _check, _("read everything and compare the checksums"))
    one = deed("evidence", _lake_questions.evidence, _("every meeting of two persons, with the stays it rests on"))
    one.add_argument("--person", required=True, metavar="ID")
    one.add_argument("--source", required=True, metavar="ID")
    for name, work, says in (
        ("near", _lake_questions.near, _("pairs that nearly reached the least minutes")),
        ("backward", _lake_questions.backward, _("who could have infected the cases")),
        ("shared", _lake_questions.shared, _("places where several cases were")),
        ("whatif", _lake_questions.whatif, _("who would enter and leave under another rule")),
        (
            "companions",
            _lake_questions.companions,
            _("who was in the same 800 m cell at the same time: a hint, never a contact"),
        ),
    ):
        one = deed(name, work, says)
        one.add_argument("--cases", required=True, metavar="F", help=_("as for chainbreak trace"))
        one.add_argument("--pack", choices=rulepack.available(), default="covid19-cn-v8", help=_("the rule pack"))
        one.add_argument("--out", metavar="F", help=_("the result, .parquet or .csv"))
        if name == "backward":
            one.add_argument("--days", type=float, nargs=2, default=(14.0, 1.0), metavar=("FROM", "TO"),
                             help=_("days before onset (14 1)"))  # fmt: skip
        if name == "whatif":
            one.add_argument("--minutes", type=float, metavar="N", help=_("another least time"))
            one.add_argument("--look-back", type=float, metavar="DAYS", help=_("windows begin so much earlier"))
            one.add_argument("--without", nargs="*", default=[], metavar="ID", help=_("cases left out"))
        if name == "companions":
            one.add_argument("--cells", required=True, metavar="F", help=_("place_id, x, y in metres"))


def run(args: argparse.Namespace) -> int:
    """Do it, or say why not."""
    try:
        return int(args.work(args))
    except LakeError as error:
        return _lake.say(error, json_wanted=args.json)
    except TableError as error:
        sentence = _(SENTENCES[error.code]) % error.facts
        print(sentence, file=sys.stderr)
        if args.json:
            print(json.dumps({"refused": error.code, "message": sentence, "facts": error.facts}, ensure_ascii=False))
        return 2


def _init(args: argparse.Namespace) -> int:
    from chainbreak.engines.lake import Lake

    places = _lake.places(args.places) if args.places else None
    longest = None if args.longest_stay is None else timedelta(hours=args.longest_stay)
    lake = Lake.create(args.folder, longest_stay=longest)
    number = lake.register(places) if places is not None else 0
    if not is_ready():
        from chainbreak.engines.lake.prepare import prepare

        print(_("The machine code is made ready, once for this machine; this takes about a minute."), file=sys.stderr)
        prepare()
    _tell(args, {"path": args.folder, "places": number}, _("%(path)s is an empty lake.") % {"path": args.folder})
    return 0


def _places(args: argparse.Namespace) -> int:
    number = _lake.opened(args).register(_lake.places(args.file))
    _tell(args, {"places": number}, _("%(number)s places are kept with the lake.") % {"number": number})
    return 0


def _status(args: argparse.Namespace) -> int:
    found = _lake.opened(args).status()
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    words = _("%(stays)s stays of %(days)s days, %(bytes)s bytes; %(segments)s segments, %(fresh)s of them fresh.")
    print(words % {**found, "days": len(found["days"])})
    few = health.thin_days({date.fromisoformat(line["day"]): line["stays"] for line in found["days"]})
    for line in found["days"]:
        mark = "  " + _("incomplete") if date.fromisoformat(line["day"]) in few else ""
        print(f"  {line['day']}  {line['stays']:>12,}{mark}")
    if health.is_being_written(Path(args.folder)):
        print(_("Somebody is writing to it right now."))
    for name, number in found["outcomes"].items():
        print(f"  {_(_lake_intake.OUTCOMES[name])}: {number:,}")
    if found["retention"]["floor"]:
        print(_("Stays before %(floor)s are gone.") % found["retention"])
    return 0


def _merge(args: argparse.Namespace) -> int:
    """Every ten minutes by a timer, `--when-due` costs nothing while there is nothing to do."""
    lake = _lake.opened(args)
    if args.when_due and not lake.wants_merge:
        _tell(args, {"merged": 0, "made": 0, "days": 0}, _("There is nothing to merge yet."))
        return 0
    found = lake.merge(whole=args.whole)
    _tell(args, found, _("%(merged)s segments became %(made)s, over %(days)s days.") % found)
    return 0


def _drop(args: argparse.Namespace) -> int:
    found = _lake.opened(args).drop(before=args.before, at=datetime.now(UTC))
    words = _("%(stays)s stays of %(number)s days are gone; the lake's log holds the proof %(hash)s.")
    _tell(args, found, words % {**found, "number": len(found["days"])})
    return 1 if found["left"] else 0


def _check(args: argparse.Namespace) -> int:
    problems = _lake.opened(args).check()
    if args.json:
        print(json.dumps({"problems": problems}, ensure_ascii=False))
    for problem in problems:
        block = f" #{problem['block']}" if "block" in problem else ""
        print(_("%(file)s%(block)s: %(code)s") % {**problem, "block": block}, file=sys.stderr)
    if not problems:
        print(_("Everything is as it was written."), file=sys.stderr)
    return 1 if problems else 0


def _tell(args: argparse.Namespace, document: dict[str, Any], sentence: str) -> None:
    if args.json:
        print(json.dumps(document, ensure_ascii=False, default=str))
    print(sentence, file=sys.stderr)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("must be a day such as 2022-03-20")) from None
