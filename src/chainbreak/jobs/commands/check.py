"""`chainbreak check`: is this installation in order (自检)."""

from __future__ import annotations

import argparse
import json
import sys

from chainbreak.jobs.commands import migrate
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("say whether this installation is in order")
NEEDS = "database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--deploy", action="store_true", help=_("also ask what a public installation needs"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    found = [*_settings(args.deploy), *_migrations()]
    if not any(problem["code"] == "migrations_missing" for problem in found):
        found += _audit()
    if args.json:
        print(json.dumps({"problems": found}, ensure_ascii=False))
    else:
        for problem in found:
            print(f"{problem['code']}: {problem['message']}", file=sys.stderr)
        if not found:
            print(_("Everything is in order."))
    return 1 if found else 0


def _settings(deploy: bool) -> list[dict[str, str]]:
    """What Django's own checks find, warnings too."""
    from django.core.checks import WARNING, run_checks

    return [
        {"code": str(message.id), "message": str(message.msg)}
        for message in run_checks(include_deployment_checks=deploy, databases=["default"])
        if message.level >= WARNING
    ]


def _migrations() -> list[dict[str, str]]:
    missing = migrate.behind()
    if not missing:
        return []
    sentence = _("The database is behind the program. Run: chainbreak migrate")
    return [{"code": "migrations_missing", "message": f"{sentence} ({', '.join(missing)})"}]


def _audit() -> list[dict[str, str]]:
    """The audit's chain, row by row."""
    from chainbreak.governance.services import audit

    verdict = audit.verify()
    if verdict.broken_at is None:
        return []
    return [
        {"code": "audit_broken", "message": _("The audit chain is broken at row %(row)s.") % {"row": verdict.broken_at}}
    ]
