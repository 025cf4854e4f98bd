"""What the commands on a lake share: its refusals in words, and tables as it wants them."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from chainbreak.engines import tables
from chainbreak.engines.lake.errors import LakeError
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

if TYPE_CHECKING:
    from chainbreak.engines.lake import Lake

WRONG_INPUT = frozenset({"lake_missing", "lake_damaged", "lake_foreign", "rows_of_many_kinds"})
SENTENCES = {
    "lake_missing": gettext_noop("%(path)s is no lake. Make one: chainbreak lake init %(path)s"),
    "lake_exists": gettext_noop("%(path)s is not empty. Choose a new folder for the lake."),
    "lake_busy": gettext_noop("%(path)s: somebody else is writing to it. Try again when they have finished."),
    "lake_damaged": gettext_noop(
        "The lake's file %(file)s is not as it was written. Nothing is answered from it. Restore the lake from a copy, "
        "or load its stays anew; chainbreak lake check says what else is damaged."
    ),
    "lake_foreign": gettext_noop(
        "%(path)s is of the format %(found)s, this program reads %(wanted)s. Use the version that wrote it."
    ),
    "retention_later": gettext_noop("Stays before %(before)s are gone already; a lake gives none back."),
    "unknown_ids": gettext_noop("The lake has no stay of %(ids)s. Write the ids as they came in."),
}


def say(error: LakeError, *, json_wanted: bool) -> int:
    """Print the refusal; the exit status: 2 where the lake cannot be read, 1 where it says no."""
    sentence = _(SENTENCES[error.code]) % error.facts
    print(sentence, file=sys.stderr)
    if json_wanted:
        print(json.dumps({"refused": error.code, "message": sentence, "facts": error.facts}, ensure_ascii=False))
    return 2 if error.code in WRONG_INPUT else 1


def opened(args: argparse.Namespace) -> Lake:
    """The lake in the folder that was named."""
    from chainbreak.engines.lake import Lake  # with the machine code behind it

    return Lake.open(args.folder)


def places(path: str) -> pa.Table:
    """A file of places as the lake keeps them: place_id, kind."""
    source = tables.load(path, needs=("place_id", "kind"))
    return pa.table({"place_id": tables.ids(source, "place_id"), "kind": source.table["kind"].cast(pa.string())})


def controls(path: str) -> pa.Table:
    """A file of who was under control from when."""
    source = tables.load(path, needs=("person_id", "controlled_at"))
    at = tables.instants(source, "controlled_at")
    return pa.table({"person_id": tables.ids(source, "person_id"), "controlled_at": at})


def coverage(lake: Lake, cases: pa.Table) -> dict[str, Any]:
    """What the lake holds of the windows of some cases: days without stays, days with too few, whether it is written."""
    from chainbreak.engines.lake import health

    by_day = {date.fromisoformat(row["day"]): int(row["stays"]) for row in lake.status()["days"]}
    windows = zip(*(cases[name].to_pylist() for name in ("infectious_from", "infectious_until")), strict=True)
    days, few = health.days_of((begin, end) for begin, end in windows if begin and end), health.thin_days(by_day)
    return {
        "days_missing": [day.isoformat() for day in days if not by_day.get(day)],
        "days_incomplete": [day.isoformat() for day in days if day in few],
        "being_written": health.is_being_written(Path(lake.folder)),
    }


def say_coverage(summary: dict[str, Any]) -> None:
    """Nobody is cleared by a search in data that are not there: said beside the numbers."""
    if "days_missing" not in summary:
        return
    if not summary["stays"]:
        built = _(
            "The lake is being built: somebody is taking stays in, and none has come through yet. Ask again later."
        )
        print(
            built if summary["being_written"] else _("The lake is empty. Nobody is cleared by this."), file=sys.stderr
        )
        return
    if summary["days_missing"]:
        words = _("Note: the lake has no stays of %(days)s; contacts of these days are missing.")
        print(words % {"days": ", ".join(summary["days_missing"])}, file=sys.stderr)
    if summary["days_incomplete"]:
        words = _("Note: less than half of the usual stays are there of %(days)s; a part of the city is missing.")
        print(words % {"days": ", ".join(summary["days_incomplete"])}, file=sys.stderr)
    if summary["being_written"]:
        print(_("Note: somebody is taking stays in right now; what came through before was asked."), file=sys.stderr)
