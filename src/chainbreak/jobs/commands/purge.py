"""`chainbreak purge`: delete what has reached the end of its retention (到期删除)."""

from __future__ import annotations

import argparse
import json
import sys

from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("delete what has reached the end of its retention")
NEEDS = "database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help=_("only say what would be deleted"))
    parser.add_argument("--witness", default="", metavar="NAME", help=_("who is present when it is deleted"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from chainbreak.governance.services import retention

    now = timezone.now()
    if args.dry_run:
        found = retention.due(at=now)
    else:
        found = retention.purge(actor=None, at=now, witness=args.witness.strip())
    if args.json:
        print(json.dumps({"dry_run": args.dry_run, "rules": [_plain(one) for one in found]}, ensure_ascii=False))
        return 0
    for one in found:
        print(
            f"{one.rule.name:<13} {one.rows:>10}  < {timezone.localtime(one.before):%Y-%m-%d %H:%M}  {one.certificate}"
        )
    if not any(one.rows for one in found):
        print(_("Nothing has reached its end."), file=sys.stderr)
    elif args.dry_run:
        print(_("Nothing was deleted. Without --dry-run these rows are deleted for good."), file=sys.stderr)
    return 0


def _plain(one) -> dict[str, object]:
    return {
        "rule": one.rule.name,
        "days": one.days,
        "before": one.before.isoformat(),
        "rows": one.rows,
        "tables": one.tables,
        "certificate": one.certificate or None,
    }
