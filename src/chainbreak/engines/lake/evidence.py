"""Evidence of a pair (判定依据): the recorded stays of two persons that overlap, out of the layout by person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chainbreak.engines.instants import instants
from chainbreak.engines.lake.ids import Ids
from chainbreak.engines.lake.segment import Segment
from chainbreak.engines.sweep import search
from chainbreak.engines.sweep.rule import NO_LEVELS, Windows

Array = NDArray[Any]
SIDES = ("person", "source")


def of_pair(segments: Sequence[Segment], person: int, source: int, span: tuple[int, int]) -> list[dict[str, Any]]:
    """Two recorded stays each, with the time both last: place, from, until (microseconds), and both stays' records."""
    layouts = [segment.layout for segment in segments]
    one = np.array([span[0]]), np.array([span[1]])
    mine, theirs = (
        search.stays_of(layouts, Windows(np.array([who], np.uint32), *one), np.zeros(1, np.uint32), NO_LEVELS)
        for who in (person, source)
    )
    rows = []
    by_place: dict[int, list[int]] = {}
    for j, place in enumerate(theirs.place.tolist()):
        by_place.setdefault(place, []).append(j)
    for i, place in enumerate(mine.place.tolist()):
        for j in by_place.get(place, ()):
            begin = max(int(mine.begin[i]), int(theirs.begin[j]))
            end = min(int(mine.end[i]), int(theirs.end[j]))
            if begin < end:
                record: dict[str, Any] = {"place": place, "from": begin, "until": end}
                for side, found, row in zip(SIDES, (mine, theirs), (i, j), strict=True):
                    held, position = segments[int(found.layout[row])], int(found.position[row])
                    record[f"{side}_stay_id"] = held.stay_id(position)
                    record[f"{side}_evidence"] = held.code("evidence", position)
                    record[f"{side}_certainty"] = held.code("certainty", position)
                rows.append(record)
    return sorted(rows, key=lambda row: (row["from"], row["place"], row["until"]))


def table(rows: list[dict[str, Any]], places: Ids, like: pa.DataType) -> pa.Table:
    """The rows as a table, ids as outside."""
    begin = pa.array([row["from"] for row in rows], pa.int64())
    end = pa.array([row["until"] for row in rows], pa.int64())
    columns: dict[str, Any] = {
        "place_id": places.back(np.array([row["place"] for row in rows], np.int64)),
        "from_at": instants(begin, like),
        "until": instants(end, like),
        "minutes": pa.array([(row["until"] - row["from"]) / 60_000_000 for row in rows], pa.float64()),
    }
    for side in SIDES:
        for name in ("stay_id", "evidence", "certainty"):
            columns[f"{side}_{name}"] = pa.array([row[f"{side}_{name}"] for row in rows], pa.string())
    return pa.table(columns)
