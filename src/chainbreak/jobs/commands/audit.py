"""`chainbreak audit`: verify the chain of the audit, or show its newest entries (审计)."""

from __future__ import annotations

import argparse
import json

from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("verify the audit's chain, or show its newest entries")
NEEDS = "database"

WHY = {
    "changed": gettext_noop("Entry %(number)s is not as it was written."),
    "order": gettext_noop("Before entry %(number)s something was taken out or put in."),
    "cut": gettext_noop(
        "The chain fits in itself, but the hash that was kept elsewhere is not in it: "
        "entries were cut off, or the whole chain was written anew."
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deed", choices=["verify", "show"], help=_("verify the chain | show the newest entries"))
    parser.add_argument("--head", default="", metavar="HASH", help=_("a hash of the chain that was kept elsewhere"))
    parser.add_argument("--actor", default="", metavar="USER", help=_("only what this account did"))
    parser.add_argument("--act", default="", metavar="ACT", help=_("only this act, or acts that begin so: person."))
    parser.add_argument("--subject", default="", metavar="S", help=_("only about this subject, for example person:P-7"))
    parser.add_argument("--last", type=_some, default=20, metavar="N", help=_("how many entries (20)"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    return _verify(args) if args.deed == "verify" else _show(args)


def _verify(args: argparse.Namespace) -> int:
    from chainbreak.governance.services import audit

    head = args.head.strip().lower()
    audit.check_head(head)
    verdict = audit.verify(expected_head=head or None)
    whole = verdict.broken_at is None
    if args.json:
        document = {
            "whole": whole,
            "rows": verdict.rows,
            "head": verdict.head,
            "broken_at": verdict.broken_at,
            "why": verdict.why or None,
        }
        print(json.dumps(document))
    elif whole:
        print(_("%(rows)s entries, nothing was changed, taken out or put in.") % {"rows": verdict.rows})
        print(_("Head of the chain (write it down elsewhere): %(head)s") % {"head": verdict.head})
    else:
        print(_(WHY[verdict.why]) % {"number": verdict.broken_at})
        print(_("Last good hash: %(head)s") % {"head": verdict.head})
    return 0 if whole else 1


def _show(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from chainbreak.governance.selectors import audit

    wanted = audit.Wanted(actor=args.actor, act=args.act, subject=args.subject)
    entries = list(audit.entries(wanted)[: args.last])
    if args.json:
        print(json.dumps([_plain(entry) for entry in entries], ensure_ascii=False))
        return 0
    for entry in reversed(entries):
        at = timezone.localtime(entry.at)
        who = entry.actor.username if entry.actor else "-"
        print(f"{entry.pk:>8}  {at:%Y-%m-%d %H:%M:%S}  {who:<18} {entry.act:<24} {entry.subject}")
    return 0


def _plain(entry) -> dict[str, object]:
    return {
        "number": entry.pk,
        "at": entry.at.isoformat(),
        "actor": entry.actor.username if entry.actor else None,
        "act": entry.act,
        "subject": entry.subject,
        "purpose": entry.purpose,
        "detail": entry.detail,
        "hash": entry.hash,
    }


def _some(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("at least 1"))
    return number
