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
    import multiprocessing

    from django.core.management import call_command

    from chainbreak.engines.lake.prepare import prepare
    from chainbreak.investigation.services import lake

    if not args.once and lake.folder().exists():  # whoever asks the lake first should not wait for a compiler
        multiprocessing.get_context("spawn").Process(target=prepare, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        call_command("procrastinate", "worker", wait=not args.once)
    return 0
