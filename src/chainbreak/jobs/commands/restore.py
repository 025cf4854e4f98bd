"""`chainbreak restore FILE`: put a backup into the database, all of it or nothing (恢复)."""

from __future__ import annotations

import argparse
from pathlib import Path

from chainbreak.jobs import dump
from chainbreak.jobs.commands import migrate
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("put a backup into the database, all of it or nothing")
NEEDS = "server"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--replace", action="store_true", help=_("replace the data that are there"))


def run(args: argparse.Namespace) -> int:
    manifest = dump.load(args.file, replace=args.replace)
    migrate.bring_up()
    print(_("Restored what was backed up at %(at)s.") % {"at": manifest["made_at"]})
    return 0
