"""Who met whom, over tables (同时空): the rule of `epi.copresence` as SQL, run by DuckDB.

The statement is in `statement`. Every stay is cut into time slots about as long as a stay on average, so
that a crowded place costs what its meetings cost and not the square of its visitors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainbreak.engines.asked import Asked
from chainbreak.engines.instants import instants, microseconds
from chainbreak.engines.spots import ANYWHERE, CARRIAGE, as_it_counts, spots_of
from chainbreak.engines.statement import EVIDENCE, sql

MINUTE_US = 60_000_000


def trace(
    stays: pa.Table,
    cases: pa.Table,
    places: pa.Table | None = None,
    controls: pa.Table | None = None,
    *,
    engine: str = "duckdb",
    **rule: Any,
) -> pa.Table:
    """Contacts of degree 1 and 2 out of stays, as `epi.copresence` gives them, for big tables.

    Args:
        stays: person_id, place_id, arrived_at, left_at; carriage and seat where they are known; more does no harm.
        cases: person_id, infectious_from, infectious_until (an empty end is open).
        places: place_id, kind; with `thresholds` the least minutes of each kind (0 any overlap, None never counts).
        controls: person_id, controlled_at; of several rows of a person the earliest counts.
        engine: `duckdb`, or `sweep`, which is for millions of stays; the rows are the same.
        rule: minutes, degrees, include_cases, thresholds, count, near, after, answer: see `asked.Asked`.

    Returns:
        For pairs: person_id, degree, source_person_id, first_exposure_at, last_exposure_at, minutes, meetings, place_id,
        ordered by degree, person_id, source_person_id. For persons: person_id, degree, first_exposure_at,
        source_person_id, place_id, sources (of degree 1: cases met; else null), ordered by degree, person_id. Times are
        of the kind that `stays` has.

    Raises:
        ValueError: as `Asked`; a stay ends before it begins, a column is missing, another engine.
    """
    if engine not in ("duckdb", "sweep"):
        raise ValueError(f"engine must be duckdb or sweep; got {engine!r}")
    work = _by_duckdb if engine == "duckdb" else _by_sweep
    return work(stays, cases, places, controls, **rule)


def _by_sweep(*tables: pa.Table | None, **rule: Any) -> pa.Table:
    from chainbreak.engines.sweep import copresence as sweep  # loads the machine code, which takes a while

    return sweep.trace(*tables, **rule)


def _by_duckdb(stays: pa.Table, *tables: pa.Table | None, **rule: Any) -> pa.Table:
    asked = question(stays, *tables, **rule)
    con = duckdb.connect()
    try:
        con.execute("set enable_progress_bar = false")
        for name, table in asked.tables.items():
            con.register(name, table)
        return answer(con.execute(asked.text).to_arrow_table(), stays)
    finally:
        con.close()


@dataclass(frozen=True)
class Question:
    """The statement and the tables it reads, in microseconds: stays, windows, places, controls."""

    text: str
    tables: dict[str, pa.Table]


def question(
    stays: pa.Table,
    cases: pa.Table,
    places: pa.Table | None = None,
    controls: pa.Table | None = None,
    **rule: Any,
) -> Question:
    """What `trace` asks of an engine that understands SQL; arguments and errors are those of `trace`."""
    asked = Asked(**rule)
    spans = _spans(stays)
    start, end, slot = _measure(spans)
    own = _own_rule(places, asked.thresholds or {}, asked.near or {}, spans.schema.field("place_id").type)
    spot = _spots(stays, spans["place_id"], own) if asked.near else None
    tables = {
        "stays": spans.append_column("spot", pa.array(np.zeros(spans.num_rows, np.int64) if spot is None else spot)),
        "windows": _windows(cases, start, end),
        "places": own,
        "controls": _controls(controls, spans.schema.field("person_id").type),
    }
    text = sql(
        degrees=asked.degrees,
        include_cases=asked.include_cases,
        least=_us(asked.minutes),
        start=start,
        end=end,
        slot=slot,
        count=asked.count,
        after=_us(asked.after),
        seated=spot is not None,
        answer=asked.answer,
    )
    return Question(text, tables)


def meetings(
    stays: pa.Table,
    contacts: pa.Table,
    cases: pa.Table,
    controls: pa.Table | None = None,
    *,
    places: pa.Table | None = None,
    thresholds: Mapping[str, float | None] | None = None,
) -> pa.Table:
    """Every meeting behind each contact, with the two stays it rests on (密接判定依据).

    Args:
        stays: as for `trace`, with `stay_id` (int64).
        contacts: what `trace` gave for these stays.
        cases, controls, places, thresholds: as for `trace`; without places, kinds that never count are given too.

    Returns:
        person_id, degree, source_person_id, place_id, from_at, until, stay_id, source_stay_id: one row for every two
        recorded stays that overlap inside the source's window, ordered by degree, person, source, from_at, stay_id.
        Stays that were recorded twice give rows twice, so these rows are evidence and not a sum.
    """
    spans = _spans(stays).append_column("stay_id", stays["stay_id"].cast(pa.int64()))
    start, end, slot = _measure(spans)
    con = duckdb.connect()
    try:
        con.execute("set enable_progress_bar = false")
        con.register("stays", spans)
        con.register("places", _own_rule(places, thresholds or {}, {}, spans.schema.field("place_id").type))
        con.register("windows", _windows(cases, start, end))
        con.register("controls", _controls(controls, spans.schema.field("person_id").type))
        con.register("contacts", contacts.select(["person_id", "degree", "source_person_id"]))
        con.register("first", _first(contacts))
        text = EVIDENCE.format(start=start, end=end, slot=slot)
        found = con.execute(text).to_arrow_table()
    finally:
        con.close()
    like = stays.schema.field("arrived_at").type
    for name in ("from_at", "until"):
        found = found.set_column(found.schema.get_field_index(name), name, instants(found[name], like))
    return found


def _us(minutes: float) -> int:
    if minutes < 0:
        raise ValueError(f"minutes must not be negative; got {minutes}")
    return round(minutes * MINUTE_US)


def _column(table: pa.Table, name: str, what: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise ValueError(f"{what} must have the column {name}; got {', '.join(table.column_names)}")
    return table[name]


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _spans(stays: pa.Table) -> pa.Table:
    spans = pa.table(
        {
            "person_id": _plain(_column(stays, "person_id", "stays")),
            "place_id": _plain(_column(stays, "place_id", "stays")),
            "s": microseconds(_column(stays, "arrived_at", "stays")),
            "e": microseconds(_column(stays, "left_at", "stays")),
        }
    )
    backwards = pc.sum(pc.less(spans["e"], spans["s"])).as_py()
    if backwards:
        raise ValueError(f"a stay must not end before it begins; {backwards} do")
    return spans


def _measure(spans: pa.Table) -> tuple[int, int, int]:
    """Begin and end of the data, and the length of a slot: the mean stay, so that slots are at most twice the stays."""
    if spans.num_rows == 0:
        return 0, 0, 15 * MINUTE_US
    mean = int(pc.mean(pc.subtract(spans["e"], spans["s"])).as_py())
    return int(pc.min(spans["s"]).as_py()), int(pc.max(spans["e"]).as_py()), max(mean, 15 * MINUTE_US)


def _windows(cases: pa.Table, start: int, end: int) -> pa.Table:
    return pa.table(
        {
            "person_id": _plain(_column(cases, "person_id", "cases")),
            "s": pc.fill_null(microseconds(_column(cases, "infectious_from", "cases")), start),
            "e": pc.fill_null(microseconds(_column(cases, "infectious_until", "cases")), end),
        }
    )


def _own_rule(
    places: pa.Table | None,
    thresholds: Mapping[str, float | None],
    near: Mapping[str, int | None],
    id_type: pa.DataType,
) -> pa.Table:
    """The places whose kind has a rule of its own: least time (null: the common one), whether they count, rows apart."""
    own = {kind: None if least is None else _us(least) for kind, least in thresholds.items()}
    rows = {kind: CARRIAGE if apart is None else apart for kind, apart in near.items()}
    kinds, ids = [], pa.array([], id_type)
    if places is not None and places.num_rows:
        kinds = _plain(_column(places, "kind", "places")).to_pylist()
        chosen = pa.array([kind in own or kind in rows for kind in kinds])
        kinds = [kind for kind in kinds if kind in own or kind in rows]
        ids = _plain(_column(places, "place_id", "places")).filter(chosen)
    return pa.table(
        {
            "place_id": ids,
            "least": pa.array([own.get(kind) for kind in kinds], pa.int64()),
            "counts": pa.array([0 if kind in own and own[kind] is None else 1 for kind in kinds], pa.int64()),
            "apart": pa.array([rows.get(kind, ANYWHERE) for kind in kinds], pa.int64()),
        }
    )


def _spots(stays: pa.Table, place_ids: pa.ChunkedArray, own: pa.Table) -> NDArray[np.int64] | None:
    """Carriage and row of each stay where they matter; None if nothing is known of any."""
    spot = spots_of(stays, [])
    if spot is None:
        return None
    at = pc.index_in(place_ids, value_set=own["place_id"].combine_chunks())
    rows = np.append(own["apart"].to_numpy(), ANYWHERE)
    apart = rows[pc.fill_null(at, own.num_rows).to_numpy(zero_copy_only=False).astype(np.int64)]
    return as_it_counts(spot, apart).astype(np.int64)


def _controls(controls: pa.Table | None, id_type: pa.DataType) -> pa.Table:
    if controls is None:
        return pa.table({"person_id": pa.array([], id_type), "at": pa.array([], pa.int64())})
    at = pa.table(
        {
            "person_id": _plain(_column(controls, "person_id", "controls")),
            "at": microseconds(_column(controls, "controlled_at", "controls")),
        }
    )
    return at.group_by("person_id").aggregate([("at", "min")]).rename_columns(["person_id", "at"])


def _first(contacts: pa.Table) -> pa.Table:
    """When each contact of degree 1 first met a source."""
    near = contacts.filter(pc.equal(contacts["degree"], 1))
    at = pa.table({"person_id": near["person_id"], "s": microseconds(near["first_exposure_at"])})
    return at.group_by("person_id").aggregate([("s", "min")]).rename_columns(["person_id", "s"])


def answer(found: pa.Table, stays: pa.Table) -> pa.Table:
    """The rows of the statement as `trace` gives them: minutes, and times of the kind that `stays` has."""
    like = stays.schema.field("arrived_at").type
    columns = {"person_id": found["person_id"], "degree": found["degree"].cast(pa.int8())}
    first = instants(found["first_us"], like)
    if "sources" in found.column_names:
        columns |= {
            "first_exposure_at": first,
            "source_person_id": found["source_person_id"],
            "place_id": found["place_id"],
            "sources": found["sources"].cast(pa.int64()),
        }
        return pa.table(columns)
    columns |= {
        "source_person_id": found["source_person_id"],
        "first_exposure_at": first,
        "last_exposure_at": instants(found["last_us"], like),
        "minutes": pc.divide(found["us"].cast(pa.float64()), float(MINUTE_US)),
        "meetings": found["meetings"].cast(pa.int64()),
        "place_id": found["place_id"],
    }
    return pa.table(columns)
