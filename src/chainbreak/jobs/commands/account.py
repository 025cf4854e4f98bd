"""`chainbreak account`: list, make, reset and close accounts (账号)."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta

from chainbreak.governance.refusal import Refused
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("list, make, reset and close accounts")
NEEDS = "database"
DAYS = 180


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deed", choices=["list", "make", "reset", "close"], help=_("list | make | reset | close"))
    parser.add_argument("user", nargs="?", default="", metavar="USER", help=_("the account's name"))
    parser.add_argument("--name", default="", metavar="NAME", help=_("make: the name that others see"))
    parser.add_argument("--role", default="", metavar="ROLE", help=_("make: the first role, for example administrator"))
    parser.add_argument(
        "--area", default="", metavar="CODE", help=_("make: the area of that role; without it, everywhere")
    )
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    from django.utils import timezone

    now = timezone.now()
    if args.deed == "list":
        return _list(args, now)
    if not args.user:
        raise Refused("unknown_account", username="")
    password = _do(args, now)
    if args.json:
        print(json.dumps({"account": args.user, "deed": args.deed, "password": password}, ensure_ascii=False))
    elif password:
        print(_("%(user)s has the password %(password)s") % {"user": args.user, "password": password})
    else:
        print(_("%(user)s is closed and cannot log in any more.") % {"user": args.user})
    return 0


def _do(args: argparse.Namespace, now) -> str | None:
    from chainbreak.governance.services import accounts

    if args.deed == "make":
        until = now + timedelta(days=DAYS)
        return accounts.make_with_role(
            args.user, display_name=args.name, role=args.role, area_code=args.area, until=until, at=now
        )
    if args.deed == "reset":
        return accounts.reset(args.user, actor=None, at=now)
    accounts.close(args.user, actor=None, at=now)
    return None


def _list(args: argparse.Namespace, now) -> int:
    from chainbreak.governance.selectors import account

    found = [account.summary(user, at=now) for user in account.people(at=now)]
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for one in found:
        state = "" if one["active"] else _("closed")
        roles = ", ".join(f"{grant['role']}@{grant['area'] or '*'}" for grant in one["grants"])
        print(f"{one['account']:<20} {one['name']:<16} {state:<8} {roles}")
    return 0
