"""`chainbreak worker`: do the background jobs (后台作业)."""

from __future__ import annotations

import argparse

from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("do the background jobs until stopped")
NEEDS = "database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help=_("end when no job is waiting"))


def run(args: argparse.Namespace) -> int:
    import contextlib

    from django.core.management import call_command

    with contextlib.suppress(KeyboardInterrupt):
        call_command("procrastinate", "worker", wait=not args.once)
    return 0
