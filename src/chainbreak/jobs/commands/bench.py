"""`chainbreak bench`: the benchmarks of the checkout, each against its peer in the same run (性能测量)."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import sys
from pathlib import Path
from types import ModuleType

from chainbreak.governance import words as _words
from chainbreak.governance.refusal import Refused
from chainbreak.jobs import cli, installation
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("run a benchmark of this checkout")
NEEDS = "files"
NOT_BENCHMARKS = frozenset({"__init__", "timing"})

_words.register(
    {
        "no_checkout": gettext_noop(
            "Benchmarks run from a checkout of the source, which has the folder bench; this program is installed elsewhere."
        ),
        "unknown_benchmark": gettext_noop("There is no benchmark %(name)s. There are: %(known)s, all."),
        "bench_needs_demo": gettext_noop(
            "This benchmark reads the reference outbreak. Build it first: chainbreak demo --no-serve"
        ),
    }
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("a module of the folder bench, or all"))
    parser.add_argument("--rounds", type=int, metavar="N", help=_("how many times each is measured"))
    parser.add_argument(
        "--size", choices=("tiny", "small", "full"), default="small", help=_("of benchmarks that have sizes")
    )
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    if args.rounds is not None and args.rounds < 1:
        raise Refused("bad_setting", name="--rounds", value=args.rounds, wanted="1-")
    root = installation.checkout()
    if root is None or not (root / "bench" / "timing.py").is_file():
        raise Refused("no_checkout")
    known = _names(root / "bench")
    if args.name != "all" and args.name not in known:
        raise Refused("unknown_benchmark", name=args.name, known=", ".join(known))
    found = []
    for name in known if args.name == "all" else [args.name]:
        module = _module(root, name)
        with cli.prepared(module.NEEDS):
            sized = {"size": args.size} if "size" in inspect.signature(module.run).parameters else {}
            found += module.run(args.rounds, _say, **sized)
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _table(found)
    return 0 if all(line["met"] is not False for line in found) else 1


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem not in NOT_BENCHMARKS)


def _module(root: Path, name: str) -> ModuleType:
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module(f"bench.{name}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _table(found: list[dict]) -> None:
    wide = max((len(line["what"]) for line in found), default=0)
    load = os.getloadavg()[0]
    for line in found:
        spread = f"{line['p10']:g}-{line['p90']:g}"
        peer = f"{line['peer']}: {line['peer_value']:g} ({line['ratio']:g}x)" if line["peer_value"] else line["peer"]
        met = {True: _("met"), False: _("missed"), None: ""}[line["met"]]
        print(
            f"{line['what']:<{wide}}  {line['value']:>9g} {line['unit']:<8} [{spread}]  {peer}  {line['goal']}  {met}"
        )
    print(_("%(cores)s cores, load %(load)s") % {"cores": os.cpu_count(), "load": f"{load:.1f}"})
