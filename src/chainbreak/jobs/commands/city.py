"""`chainbreak city`: a synthetic city with a known outbreak in it, the truth beside it (模拟城市)."""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from chainbreak.governance import words as _words
from chainbreak.governance.refusal import Refused
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("make a synthetic city with a known outbreak in it")
NEEDS = "files"
MOST_PEOPLE, MOST_DAYS = 60_000_000, 3_650
BYTES_PER_STAY, STAYS_PER_DAY = 13, 4.3

_words.register(
    {
        "city_too_late": gettext_noop(
            "With --start %(start)s and --days %(days)s the city would outlive the year 9999."
        ),
        "city_too_few": gettext_noop("%(wanted)s index cases are more than the %(people)s people of the city."),
        "city_not_a_folder": gettext_noop("%(path)s is a file. Give a folder, which is made if it is not there."),
        "city_no_room": gettext_noop(
            "%(path)s: about %(wanted)s MB are needed and %(free)s MB are free. Choose another folder or a smaller city."
        ),
    }
)
SAID = {
    "planned": gettext_noop("%(people)s people in %(households)s households, %(places)s places"),
    "day": gettext_noop("day %(day)s of %(of)s: %(stays)s stays, %(infected)s infected"),
    "writing": gettext_noop("writing cases, interviews and the truth"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The contract of `city`."""
    people, days, seeds = _whole(1, MOST_PEOPLE), _whole(1, MOST_DAYS), _whole(0, 2**63 - 1)
    parser.add_argument("--people", required=True, type=people, metavar="N", help=_("how many people"))
    parser.add_argument("--days", default=14, type=days, metavar="D", help=_("how many days (14)"))
    parser.add_argument("--seed", default=1, type=seeds, metavar="S", help=_("the same seed gives the same city (1)"))
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help=_("the folder for the files"))
    parser.add_argument(
        "--start", default=date(2022, 3, 14), type=_date, metavar="DATE", help=_("the first day (2022-03-14)")
    )
    parser.add_argument(
        "--index-cases",
        type=_whole(0, MOST_PEOPLE),
        metavar="K",
        help=_("how many bring the infection in (one to a million people, two at least)"),
    )
    parser.add_argument("--json", action="store_true", help=_("print a summary as JSON"))


def run(args: argparse.Namespace) -> int:
    """Make it, say how far it is, and what came of it."""
    if args.index_cases is not None and args.index_cases > args.people:
        raise Refused("city_too_few", people=args.people, wanted=args.index_cases)
    try:
        args.start + timedelta(days=args.days + 400)
    except OverflowError:
        raise Refused("city_too_late", start=args.start.isoformat(), days=args.days) from None
    _room(args.out, args.people * args.days)
    from chainbreak.engines.city import build

    began = time.monotonic()

    def say(word: str, numbers: dict[str, Any]) -> None:
        line = _(SAID[word]) % {name: f"{value:,}" for name, value in numbers.items()}
        print(f"{time.monotonic() - began:6.1f} s  {line}", file=sys.stderr, flush=True)

    summary = build.build(
        args.out,
        n_people=args.people,
        days=args.days,
        seed=args.seed,
        start=args.start,
        index_cases=args.index_cases,
        say=say,
    )
    summary["out"] = str(args.out)
    summary["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(
        _("%(stays)s stays; %(infected)s infected, %(cases)s of them found. %(out)s is ready (%(seconds)s s).")
        % {**summary, "stays": f"{summary['stays']:,}"},
        file=sys.stderr,
    )
    if args.json:
        print(json.dumps(summary, ensure_ascii=False))
    return 0


def _whole(low: int, high: int) -> Callable[[str], int]:
    """How a whole number between two is read from the command line."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                _("must be a whole number from %(low)s to %(high)s") % {"low": f"{low:,}", "high": f"{high:,}"}
            )
        return value

    return read


def _date(text: str) -> date:
    try:
        start = date.fromisoformat(text)
    except ValueError:
        start = date.min
    if start.year < 1900:
        raise argparse.ArgumentTypeError(_("must be a date like 2022-03-14"))
    return start


def _room(out: Path, person_days: int) -> None:
    """Whether the folder can be one, and holds what will come."""
    if out.exists() and not out.is_dir():
        raise Refused("city_not_a_folder", path=str(out))
    there = next((folder for folder in (out, *out.absolute().parents) if folder.is_dir()), Path("/"))
    wanted, free = person_days * STAYS_PER_DAY * BYTES_PER_STAY, shutil.disk_usage(there).free
    if wanted > free:
        raise Refused("city_no_room", path=str(out), wanted=round(wanted / 1e6), free=round(free / 1e6))
