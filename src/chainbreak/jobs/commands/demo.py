"""`chainbreak demo`: the reference outbreak, built through the real imports and derivations, and served (演示)."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from chainbreak.jobs.commands import migrate, serve
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("build the reference outbreak and serve it")
NEEDS = "server"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-serve", action="store_true", help=_("build it and stop"))
    parser.add_argument("--files", type=Path, metavar="DIR", help=_("take the facts from this folder instead"))
    parser.add_argument("--port", type=int, help=_("the port, instead of CHAINBREAK_PORT"))


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    from chainbreak.governance.services import accounts
    from chainbreak.jobs import demonstration

    port = args.port or settings.CHAINBREAK_PORT
    if not args.no_serve:
        serve.check_port(settings.CHAINBREAK_HOST, port)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {line}", file=sys.stderr, flush=True)

    migrate.bring_up()
    now = datetime.now(UTC)
    ready = accounts.ready_accounts(now)
    if demonstration.build(args.files or settings.CHAINBREAK_DATA / "reference", at=now, say=say):
        say(_("The reference outbreak is ready."))
    else:
        say(_("The reference outbreak is there already."))
    if args.no_serve:
        return 0

    def announce(address: str) -> None:
        print(_("Chainbreak is at %(address)s  (Ctrl-C stops it)") % {"address": address})
        print(_("Ready accounts (role, name, password):"))
        for role, username, password in ready:
            print(f"  {role:<20} {username:<20} {password}")
        sys.stdout.flush()

    return serve.until_stopped(port=port, ready=announce)
