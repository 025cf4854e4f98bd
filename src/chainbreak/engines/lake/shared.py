"""Places that several cases share (共同暴露场所): where they were inside their windows, whether they met or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chainbreak.engines.instants import instants
from chainbreak.engines.lake.ids import Ids
from chainbreak.engines.sweep.found import Found
from chainbreak.engines.sweep.rule import Kinds

Array = NDArray[Any]


def places(
    found: Found, persons: Array, person_ids: Ids, place_ids: Ids, kinds: Kinds | None, at_least: int, like: pa.DataType
) -> pa.Table:
    """One row for each place where at least so many cases were, most cases first, then most minutes."""
    order = np.lexsort((found.source, found.place))
    place, source = found.place[order], found.source[order]
    begin, end = found.begin[order], found.end[order]
    edges = np.flatnonzero(np.r_[True, place[1:] != place[:-1]]) if len(place) else np.empty(0, int)
    rows: list[dict[str, Any]] = []
    for a, b in zip(edges, np.r_[edges[1:], len(place)] if len(edges) else edges, strict=True):
        who = np.unique(source[a:b])
        if len(who) < at_least:
            continue
        rows.append(
            {
                "place": int(place[a]), "cases": len(who), "visits": int(b - a),
                "minutes": float((end[a:b] - begin[a:b]).sum()) / 60_000_000, "first": int(begin[a:b].min()),
                "last": int(end[a:b].max()), "who": person_ids.back(persons[who]).to_pylist(),
            }
        )  # fmt: skip
    ids = place_ids.back(np.array([row["place"] for row in rows], np.int64)).to_pylist()
    ordered = sorted(range(len(rows)), key=lambda i: (-rows[i]["cases"], -rows[i]["minutes"], ids[i]))
    rows, ids = [rows[i] for i in ordered], [ids[i] for i in ordered]
    named: dict[int, str | None] = {}
    if kinds is not None and rows:
        wanted = np.isin(kinds.numbers, [row["place"] for row in rows])
        for number, code in zip(kinds.numbers[wanted].tolist(), kinds.codes[wanted].tolist(), strict=True):
            named[number] = kinds.names[code]

    def column(name: str, kind: pa.DataType) -> pa.Array:
        return pa.array([row[name] for row in rows], kind)

    return pa.table(
        {
            "place_id": pa.array(ids, place_ids.outside),
            "kind": pa.array([named.get(row["place"]) for row in rows], pa.string()),
            "cases": column("cases", pa.int64()),
            "visits": column("visits", pa.int64()),
            "minutes": column("minutes", pa.float64()),
            "first_at": instants(column("first", pa.int64()), like),
            "last_at": instants(column("last", pa.int64()), like),
            "case_ids": column("who", pa.list_(person_ids.outside)),
        }
    )
