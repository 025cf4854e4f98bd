"""`chainbreak import`: take files in, try them, take an import back (导入)."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chainbreak.governance.refusal import Refused
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("take in a file of facts, a folder of them, or take an import back")
NEEDS = "database"
SHOWN = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help=_("kind of file; or: folder, undo"))
    parser.add_argument("file", metavar="FILE", help=_("the file; the folder; the number of the run to take back"))
    parser.add_argument("--outbreak", metavar="CODE", help=_("the outbreak that the rows belong to"))
    parser.add_argument("--mapping", metavar="M", help=_("which column is which: a ready mapping's name or a file"))
    parser.add_argument("--sheet", metavar="S", help=_("the sheet of a workbook"))
    parser.add_argument(
        "--metadata",
        metavar="F",
        help=_("kind sequences: the table about the genomes of a FASTA file (id, case_id, date)"),
    )
    parser.add_argument("--dry-run", action="store_true", help=_("the same checks and report, but nothing stays"))
    parser.add_argument("--recorded-at", metavar="T", help=_("when the rows became known, where they do not say so"))
    parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))
    parser.add_argument(
        "--new-outbreak", action="store_true", help=_("make the outbreak if there is none of that code")
    )
    parser.add_argument("--disease", help=_("disease of a new outbreak"))
    parser.add_argument("--rule-pack", help=_("rule pack of a new outbreak"))
    parser.add_argument("--detected-at", metavar="T", help=_("when the new outbreak was detected"))
    parser.add_argument("--area", metavar="CODE", help=_("area of the new outbreak"))


def run(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from chainbreak.exchange.problems import Unreadable

    at = timezone.now()
    try:
        if args.kind == "undo":
            return _undo(args, at)
        reports = list(_folder(args, at) if args.kind == "folder" else _one(args, at))
    except Unreadable as unreadable:
        print(str(unreadable), file=sys.stderr)
        if args.json:
            facts = {name: str(value) for name, value in unreadable.facts.items()}
            _json({"unreadable": unreadable.code, "message": str(unreadable), "file": unreadable.path, "facts": facts})
        return 2
    if args.json:
        _json(reports[0].as_json() if args.kind != "folder" else {"files": [report.as_json() for report in reports]})
    return 1 if any(report.rejected for report in reports) else 0


def _one(args: argparse.Namespace, at: datetime):
    if not args.metadata:
        yield from _take(args, Path(args.file), at)
        return
    if args.kind != "sequences":
        raise Refused("metadata_of_sequences_only", kind=args.kind)
    import tempfile

    from chainbreak.exchange import sequences

    with tempfile.TemporaryDirectory(prefix="sequences-") as folder:
        files = Path(args.file), Path(args.metadata)
        yield from _take(args, sequences.packed(*files, Path(folder) / f"{files[0].name}+{files[1].name}.zip"), at)


def _take(args: argparse.Namespace, path: Path, at: datetime):
    from django.db import transaction

    from chainbreak.exchange import imports

    with transaction.atomic():
        if args.new_outbreak:
            _new_outbreak(args, at)
        report = imports.import_file(
            args.kind, path, at=at, outbreak=args.outbreak, mapping=args.mapping, sheet=args.sheet,
            known_at=_instant(args.recorded_at), dry_run=args.dry_run, progress=_progress,
        )  # fmt: skip
        if args.dry_run:
            transaction.set_rollback(True)
    _show(report, args)
    imports.after_import(report, at=at)
    yield report


def _folder(args: argparse.Namespace, at: datetime):
    from chainbreak.exchange import folder, imports

    last = None
    given = {"at": at, "dry_run": args.dry_run, "known_at": _instant(args.recorded_at), "progress": _progress}
    for last in folder.import_folder(Path(args.file), **given):
        _show(last, args)
        yield last
    if last:
        imports.after_import(last, at=at, always=True)


def _undo(args: argparse.Namespace, at: datetime) -> int:
    from chainbreak.exchange import imports, undo

    if not args.file.isdecimal():
        raise Refused("no_import", run=args.file)
    done = undo.undo(int(args.file), at=at)
    imports.derive_again(at=at)
    if args.json:
        _json(vars(done))
    else:
        words = _(
            "Import %(run)s is taken back: %(withdrawn)s facts withdrawn, %(restored)s restored, %(removed)s removed."
        )
        print(words % vars(done))
        for table, count in done.kept.items():
            print(
                _("%(count)s rows of %(table)s stay, for other records refer to them.")
                % {"count": count, "table": table}
            )
    return 0


def _new_outbreak(args: argparse.Namespace, at: datetime) -> None:
    from chainbreak.exchange import imports, mapping

    document: dict[str, Any] = mapping.load(args.mapping) if args.mapping else {}
    given = {
        "code": args.outbreak, "disease": args.disease, "rule_pack": args.rule_pack, "area": args.area,
        "detected_at": _instant(args.detected_at),
    }  # fmt: skip
    made = imports.make_outbreak(document, at=at, **given)
    args.outbreak = made.code


def _instant(text: str | None) -> datetime | None:
    """A time of the command line; without an offset it is the city's."""
    if not text:
        return None
    try:
        midnight = text.replace("T24:00", "T00:00").replace(" 24:00", " 00:00")
        found = datetime.fromisoformat(midnight)
    except ValueError:
        raise Refused("bad_time", value=text) from None
    from datetime import timedelta

    found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return found + timedelta(days=1) if midnight != text else found


def _progress(words: str) -> None:
    print(f"  {words}", file=sys.stderr)


def _show(report: Any, args: argparse.Namespace) -> None:
    out = sys.stderr if args.json else sys.stdout
    words = _(
        "%(file)s: %(rows)s rows, %(created)s created, %(updated)s updated, %(duplicate)s known already, "
        "%(rejected)s rejected"
    )
    print(words % vars(report) + (" " + _("(dry run, nothing stays)") if report.dry_run else ""), file=out)
    if args.json:
        return
    listed = [problem for problem in report.problems if problem.severity != "note"]
    for problem in listed[:SHOWN]:
        where = " ".join(filter(None, (_("row %s") % problem.row if problem.row else "", problem.column)))
        print(f"  {where or '-'}: {problem.message} {problem.next_step}".rstrip())
    if len(listed) > SHOWN:
        print(
            "  " + _("… and %(count)s more; see Imports, or --json.") % {"count": len(listed) - SHOWN + report.left_out}
        )
    if report.run:
        print("  " + _("Run %(run)s; chainbreak import undo %(run)s takes it back.") % {"run": report.run})


def _json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, default=str))
