"""The demo's trajectory lake (演示轨迹湖): the stays of the reference outbreak once more, for the pages that look in one."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from chainbreak.engines import tables
from chainbreak.engines.lake import Lake

NEEDED, MORE = ("person_id", "place_id", "arrived_at", "left_at"), ("stay_id", "evidence", "certainty")


def fill(home: Path, kept_files: Path, *, at: datetime) -> int:
    """Make the lake anew out of the stays on file; gives how many rows were taken in, 0 where there is nothing to do.

    A lake that the demo has not made stays as it is.
    """
    mark = home.with_name(f"{home.name}-of-the-demo")
    if not (kept_files / "stays.csv").exists() or (home.exists() and not mark.exists()):
        return 0
    shutil.rmtree(home, ignore_errors=True)
    mark.touch()
    lake = Lake.create(home)
    places = tables.load(str(kept_files / "places.csv"), needs=("place_id", "kind"))
    lake.register(places.table.select(["place_id", "kind"]))
    source = tables.load(str(kept_files / "stays.csv"), needs=NEEDED, may=MORE)
    table = source.table
    for name in ("arrived_at", "left_at"):
        table = table.set_column(table.column_names.index(name), name, tables.instants(source, name))
    for name in ("person_id", "place_id"):
        table = table.set_column(table.column_names.index(name), name, tables.ids(source, name))
    outcome = lake.append(table.select([*NEEDED, *(name for name in MORE if name in table.column_names)]), now=at)
    lake.merge()
    return sum(outcome.counts.values())
