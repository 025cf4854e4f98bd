"""`chainbreak device issue`: a token for a device that registers swabs (采样终端授权); shown once, kept as a hash."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta

from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("give a device a token to register swabs with")
NEEDS = "database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deed", choices=["issue"], help=_("make a new token"))
    parser.add_argument("--name", required=True, help=_("what the device is called"))
    parser.add_argument("--area", required=True, metavar="CODE", help=_("the area it works in"))
    parser.add_argument("--days", type=int, default=2, metavar="N", help=_("how long it may (2)"))
    parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


def run(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from chainbreak.screening.services import device as devices

    at = timezone.now()
    until = at + timedelta(days=max(-1, min(args.days, 10_000)))
    made, token = devices.issue(args.name, area_code=args.area, until=until, actor=None, at=at)
    if args.json:
        print(json.dumps({"device": made.pk, "token": token, "until": until.isoformat()}))
    else:
        print(token)
    return 0
