"""`chainbreak scenario`: where an outbreak is going, from a file of named parameters (疫情情景推演)."""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

from chainbreak.jobs import scenario_words
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("simulate where an outbreak is going, and what is needed by day, from a file of parameters")
NEEDS = "files"
RUNS, SEED = 1000, 1
QUIET = 1.0  # seconds before progress is shown
BANDS = ("cases", "community_cases", "infections", "rooms", "tests", "tubes", "interviews", "transfers")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", help=_("YAML with names and values; see --names"))
    parser.add_argument("--runs", type=_count, default=RUNS, metavar="N", help=_("how many runs (1000)"))
    parser.add_argument(
        "--seed", type=_seed, default=SEED, metavar="N", help=_("start of chance: the same, the same answer (1)")
    )
    parser.add_argument("--out", metavar="F", help=_("write the bands by day to this CSV"))
    parser.add_argument("--names", action="store_true", help=_("list the names a file may use, with their defaults"))
    parser.add_argument("--preset", metavar="NAME", help=_("print a preset, to start a file from"))
    parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


def run(args: argparse.Namespace) -> int:
    from chainbreak.epi import scenario
    from chainbreak.epi.scenario import words

    if args.names:
        return _names(args.json)
    if args.preset is not None:
        if args.preset not in scenario.presets():
            return _wrong(
                scenario.ScenarioError("unknown_preset", name=args.preset, known=", ".join(scenario.presets())), args
            )
        print(scenario.preset_text(args.preset), end="")
        return 0
    if args.file is None:
        print(_("Name the file of the scenario, or see --names and --preset."), file=sys.stderr)
        return 2
    try:
        text = Path(args.file).read_bytes().decode("utf-8-sig")
        said = scenario.answer(scenario.read(text), runs=args.runs, seed=args.seed, progress=_Progress())
    except UnicodeDecodeError:
        print(_("%(path)s: is not text in UTF-8. Save it as UTF-8.") % {"path": args.file}, file=sys.stderr)
        return 2
    except scenario.ScenarioError as error:
        return _wrong(error, args)
    if args.out:
        _write(Path(args.out), said)
    if args.json:
        print(json.dumps(said, ensure_ascii=False, allow_nan=False))
    else:
        print(scenario_words.of(said))
    for code in said["notes"]:
        print(_("Note: %(sentence)s") % {"sentence": _(words.NOTES[code])}, file=sys.stderr)
    return 0


class _Progress:
    """A line on standard error, from one second on."""

    def __init__(self) -> None:
        self.began = self.shown = time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self.began > QUIET and (now - self.shown > QUIET / 2 or done == of):
            self.shown = now
            print(_("%(done)s of %(of)s runs") % {"done": done, "of": of}, file=sys.stderr, flush=True)


def _names(json_wanted: bool) -> int:
    from chainbreak.epi.scenario.fields import FIELDS, REQUIRED, SETTINGS

    rows = [
        {"name": f.name, "kind": f.kind, "unit": f.unit, "meaning": _(f.meaning),
         "default": None if f.default is REQUIRED or f.default == math.inf else f.default,
         "required": f.default is REQUIRED}
        for f in FIELDS
    ]  # fmt: skip
    rows += [
        {"name": name, "kind": "setting", "unit": "", "meaning": _(meaning), "default": default, "required": False}
        for name, (meaning, default, *_bounds) in SETTINGS.items()
    ]
    if json_wanted:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        default = _("required") if row["required"] else "-" if row["default"] is None else row["default"]
        print(f"{row['name']:<28} {default!s:<32} {row['meaning']}" + (f" ({row['unit']})" if row["unit"] else ""))
    return 0


def _wrong(error: Any, args: argparse.Namespace) -> int:
    from chainbreak.epi.scenario import words

    where = f"{args.file}: " if args.file else ""
    sentence = where + words.sentence(error, _)
    print(sentence, file=sys.stderr)
    if args.json:
        facts = json.loads(json.dumps(error.facts, default=str))
        print(json.dumps({"refused": error.code, "message": sentence, "facts": facts}, ensure_ascii=False))
    return 2


def _write(path: Path, said: dict[str, Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        quantiles = list(said["cases"])
        out.writerow(["day", *(f"{name}_{quantile}" for name in BANDS for quantile in quantiles)])
        for day in said["days"]:
            cells = (said[name][quantile][day] for name in BANDS for quantile in quantiles)
            out.writerow([day, *("" if cell is None else cell for cell in cells)])


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(_("must be a whole number from 1 up; got %s") % text)
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(_("must be a whole number from 0 up; got %s") % text)
    return int(text)
