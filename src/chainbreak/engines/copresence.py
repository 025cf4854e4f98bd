"""Who met whom, over tables (同时空): the rule of `epi.copresence` as SQL, run by DuckDB.

The statement is in `statement`. Every stay is cut into time slots about as long as a stay on average, so
that a crowded place costs what its meetings cost and not the square of its visitors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from chainbreak.engines.instants import instants, microseconds
from chainbreak.engines.statement import EVIDENCE, sql

MINUTE_US = 60_000_000


def trace(
    stays: pa.Table,
    cases: pa.Table,
    places: pa.Table | None = None,
    controls: pa.Table | None = None,
    *,
    minutes: float = 15,
    degrees: int = 2,
    include_cases: bool = False,
    thresholds: Mapping[str, float | None] | None = None,
    engine: str = "duckdb",
    count: str = "window",
) -> pa.Table:
    """Contacts of degree 1 and 2 out of stays, as `epi.copresence.pairs` gives them, for big tables.

    Args:
        stays: person_id, place_id, arrived_at, left_at; more columns do no harm.
        cases: person_id, infectious_from, infectious_until (an empty end is open).
        places: place_id, kind; with `thresholds` the least minutes of each kind (0 any overlap, None never counts).
        controls: person_id, controlled_at; of several rows of a person the earliest counts.
        degrees: 1 contacts, 2 their contacts too, more for study.
        engine: `duckdb`, or `sweep`, which is for millions of stays; the rows are the same.
        count: whether minutes add up over the `window`, each `meeting` counts for itself (shorter ones not at all), or
            some 24 hours (`day`) must hold enough.

    Returns:
        person_id, degree, source_person_id, first_exposure_at, last_exposure_at, minutes, meetings, place_id, ordered
        by degree, person_id, source_person_id. Times are of the kind that `stays` has.

    Raises:
        ValueError: degrees below 1, minutes are negative, a stay ends before it begins, a column is missing, another
            engine or way of counting.
    """
    if engine not in ("duckdb", "sweep"):
        raise ValueError(f"engine must be duckdb or sweep; got {engine!r}")
    work = _by_duckdb if engine == "duckdb" else _by_sweep
    return work(
        stays,
        cases,
        places,
        controls,
        minutes=minutes,
        degrees=degrees,
        include_cases=include_cases,
        thresholds=thresholds,
        count=count,
    )


def _by_sweep(*tables: pa.Table | None, **options: Any) -> pa.Table:
    from chainbreak.engines.sweep import copresence as sweep  # loads the machine code, which takes half a second

    return sweep.trace(*tables, **options)


def _by_duckdb(stays: pa.Table, *tables: pa.Table | None, **options: Any) -> pa.Table:
    asked = question(stays, *tables, **options)
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
    *,
    minutes: float = 15,
    degrees: int = 2,
    include_cases: bool = False,
    thresholds: Mapping[str, float | None] | None = None,
    count: str = "window",
) -> Question:
    """What `trace` asks of an engine that understands SQL; arguments and errors are those of `trace`."""
    if degrees < 1:
        raise ValueError(f"degrees must be 1 or more; got {degrees}")
    if count not in ("window", "meeting", "day"):
        raise ValueError(f"count must be one of window, meeting, day; got {count!r}")
    spans = _spans(stays)
    start, end, slot = _measure(spans)
    tables = {
        "stays": spans,
        "windows": _windows(cases, start, end),
        "places": _least(places, thresholds or {}, minutes, spans.schema.field("place_id").type),
        "controls": _controls(controls, spans.schema.field("person_id").type),
    }
    text = sql(
        degrees=degrees,
        include_cases=include_cases,
        least=_us(minutes),
        start=start,
        end=end,
        slot=slot,
        count=count,
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
        con.register("places", _least(places, thresholds or {}, 0, spans.schema.field("place_id").type))
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


def _least(
    places: pa.Table | None, thresholds: Mapping[str, float | None], minutes: float, id_type: pa.DataType
) -> pa.Table:
    """The least time of every place whose kind has its own; null where nothing counts."""
    own = {kind: None if least is None else _us(least) for kind, least in thresholds.items()}
    if places is None or places.num_rows == 0:
        return pa.table({"place_id": pa.array([], id_type), "least": pa.array([], pa.int64())})
    kinds = _plain(_column(places, "kind", "places")).to_pylist()
    chosen = pa.array([kind in own for kind in kinds])
    least = pa.array([own[kind] for kind in kinds if kind in own], pa.int64())
    ids = _plain(_column(places, "place_id", "places")).filter(chosen)
    return pa.table({"place_id": ids, "least": least})


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
    return pa.table(
        {
            "person_id": found["person_id"],
            "degree": found["degree"].cast(pa.int8()),
            "source_person_id": found["source_person_id"],
            "first_exposure_at": instants(found["first_us"], like),
            "last_exposure_at": instants(found["last_us"], like),
            "minutes": pc.divide(found["us"].cast(pa.float64()), float(MINUTE_US)),
            "meetings": found["meetings"].cast(pa.int64()),
            "place_id": found["place_id"],
        }
    )
