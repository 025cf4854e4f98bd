"""`chainbreak backup FILE`: the whole database in one file, with a manifest beside it (备份)."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from chainbreak.jobs import dump
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("write the whole database into one file, with its checksum beside it")
NEEDS = "database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--replace", action="store_true", help=_("overwrite the file if it is there"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    import json

    manifest = dump.write(args.file, at=datetime.now(UTC), replace=args.replace)
    if args.json:
        print(json.dumps({"file": str(args.file), **manifest}))
    else:
        facts = {"path": args.file, "bytes": manifest["bytes"], "manifest": dump.manifest_of(args.file).name}
        print(_("%(path)s: %(bytes)s bytes; its checksum is in %(manifest)s.") % facts)
    print(_("The identity key is not in it: keep identity.key in another safe place."), file=sys.stderr)
    return 0
