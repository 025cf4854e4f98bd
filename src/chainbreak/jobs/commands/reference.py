"""`chainbreak reference`: write the reference outbreak as files that anybody can edit and import (参考疫情文件)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("write the reference outbreak as a folder of files")
NEEDS = "files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="DIR", required=True, type=Path, help=_("the folder to write"))
    parser.add_argument("--seed", type=int, default=20220328, help=_("the number that chance starts from"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    from chainbreak.jobs.reference.outbreak import write_reference

    try:
        written = write_reference(args.out, seed=args.seed, progress=lambda name: print(name, file=sys.stderr))
    except OSError as error:
        print(
            _("%(folder)s cannot be written: %(reason)s. Choose another folder or make room.")
            % {"folder": args.out, "reason": error.strerror or error},
            file=sys.stderr,
        )
        return 2
    if args.json:
        print(json.dumps({"out": str(args.out), "files": [vars(one) for one in written]}, ensure_ascii=False))
    else:
        for one in written:
            print(f"{one.rows:>9,}  {one.kind:<18} {one.file}")
    return 0
