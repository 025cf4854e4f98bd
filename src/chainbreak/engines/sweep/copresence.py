"""Who met whom, by the sweep (同时空): `engines.copresence.trace` with machine code in place of SQL, row by row the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainbreak.engines.asked import Asked
from chainbreak.engines.instants import instants, microseconds
from chainbreak.engines.spots import spots_of
from chainbreak.engines.sweep import layout, persons, search
from chainbreak.engines.sweep.numbers import Array, Numbering, numbered
from chainbreak.engines.sweep.persons import Persons
from chainbreak.engines.sweep.rule import AGES_US, MINUTE_US, Kinds, Windows, rule_of, windows_of
from chainbreak.engines.sweep.search import Pairs


def trace(
    stays: pa.Table,
    cases: pa.Table,
    places: pa.Table | None = None,
    controls: pa.Table | None = None,
    **rule: Any,
) -> pa.Table:
    """Contacts out of stays; arguments, result and errors as of `engines.copresence.trace`."""
    asked = Asked(**rule)
    numbers, person = numbered(column_of(stays, "person_id", "stays"))
    at, place = numbered(column_of(stays, "place_id", "stays"))
    start, end = instants_of(stays, "arrived_at", "stays"), instants_of(stays, "left_at", "stays")
    backwards = int((end < start).sum())
    if backwards:
        raise ValueError(f"a stay must not end before it begins; {backwards} do")
    known = kinds_of(places, at) if places is not None and (asked.thresholds or asked.near) else None
    integers = rule_of(asked, known, at.n)
    case_ids, windows = cases_of(cases, numbers)
    ends = None if controls is None else controls_of(controls, numbers)
    spot = spots_of(stays, []) if len(integers.apart) else None
    keep = start < end
    if not keep.all():
        person, place, start, end = person[keep], place[keep], start[keep], end[keep]
        spot = None if spot is None else spot[keep]
    laid, came = layout.lay(place, person, start, end, origin=spot is not None)
    if spot is not None:
        laid = replace(laid, spot=spot[came])
    if asked.answer == "persons":
        single = persons.trace([laid], windows, case_ids, integers, n_persons=numbers.n, controls=ends)
        return rows_of_persons(single, numbers, at, stays.schema.field("arrived_at").type)
    found = search.trace([laid], windows, case_ids, integers, n_persons=numbers.n, controls=ends)
    return contacts(in_order(found), numbers, at, stays.schema.field("arrived_at").type)


def column_of(table: pa.Table, name: str, what: str) -> pa.ChunkedArray:
    """A column of a table; ValueError if it is not there."""
    if name not in table.column_names:
        raise ValueError(f"{what} must have the column {name}; got {', '.join(table.column_names)}")
    return table[name]


def instants_of(table: pa.Table, name: str, what: str) -> Array:
    """A column of instants as int64 microseconds UTC; ValueError if one is missing."""
    found = microseconds(column_of(table, name, what))
    if found.null_count:
        raise ValueError(f"{what}: {name} must not be missing; {found.null_count} are")
    return np.asarray(found.to_numpy()) if len(found) else np.empty(0, np.int64)


def kinds_of(places: pa.Table, numbers: Numbering) -> Kinds:
    """The places that are known, by number, with their kinds; of several rows of a place the last counts."""
    found = numbers.of(column_of(places, "place_id", "places"))
    kinds = column_of(places, "kind", "places").cast(pa.string()).combine_chunks()
    coded = pc.dictionary_encode(kinds, null_encoding="encode")
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    rows = np.flatnonzero(found >= 0)
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)[rows]
    return Kinds(found[rows], codes, coded.dictionary.to_pylist())


def cases_of(cases: pa.Table, numbers: Numbering) -> tuple[Array, Windows]:
    """The cases who have stays, by number, and their windows; an empty end is open."""
    found = numbers.of(column_of(cases, "person_id", "cases"))
    begin = pc.fill_null(microseconds(column_of(cases, "infectious_from", "cases")), -AGES_US)
    until = pc.fill_null(microseconds(column_of(cases, "infectious_until", "cases")), AGES_US)
    rows = found >= 0
    froms, untils = _numpy(begin)[rows], _numpy(until)[rows]
    return found[rows], windows_of(found[rows], froms, untils)


def controls_of(controls: pa.Table, numbers: Numbering) -> tuple[Array, Array]:
    """Persons by number and from when each was under control: of several rows the earliest."""
    found = numbers.of(column_of(controls, "person_id", "controls"))
    at = _numpy(pc.fill_null(microseconds(column_of(controls, "controlled_at", "controls")), AGES_US))
    rows = np.flatnonzero(found >= 0)
    rows = rows[np.lexsort((at[rows], found[rows]))]
    persons, first = np.unique(found[rows], return_index=True)
    return persons, at[rows][first]


def in_order(found: Pairs, rank: Array | None = None) -> Pairs:
    """By degree, person, source, each in the order of ids; `rank` gives it where the numbers do not."""
    person = found.person if rank is None else rank[found.person]
    source = found.source if rank is None else rank[found.source]
    parts = []
    begin = 0
    for degree in np.unique(found.degree):  # degrees come one after another
        end = begin + int((found.degree == degree).sum())
        order = np.arange(begin, end)
        for key in (source, person):
            if (key[order][1:] < key[order][:-1]).any():
                for part in (key[order] & 0xFFFF, None):  # two steps of 16 bits, which numpy sorts by counting
                    half = (key[order] >> 16) if part is None else part
                    order = order[np.argsort(half.astype(np.uint16), kind="stable")]
        parts.append(order)
        begin = end
    return found.take(np.concatenate(parts)) if parts else found


def contacts(found: Pairs, persons: Numbering, places: Numbering, like: pa.DataType) -> pa.Table:
    """The table of contacts: ids as outside, times of the kind `like`."""
    return pa.table(
        {
            "person_id": persons.back(found.person),
            "degree": pa.array(found.degree, pa.int8()),
            "source_person_id": persons.back(found.source),
            "first_exposure_at": instants(pa.array(found.first), like),
            "last_exposure_at": instants(pa.array(found.last), like),
            "minutes": pa.array(found.us / float(MINUTE_US), pa.float64()),
            "meetings": pa.array(found.meetings, pa.int64()),
            "place_id": places.back(found.place),
        }
    )


def rows_of_persons(found: Persons, numbers: Numbering, places: Numbering, like: pa.DataType) -> pa.Table:
    """The table of persons: ids as outside, times of the kind `like`."""
    return pa.table(
        {
            "person_id": numbers.back(found.person),
            "degree": pa.array(found.degree, pa.int8()),
            "first_exposure_at": instants(pa.array(found.first), like),
            "source_person_id": numbers.back(found.source),
            "place_id": places.back(found.place),
            "sources": pa.array(found.sources, pa.int64(), mask=found.sources < 0),
        }
    )


def _numpy(column: pa.Array | pa.ChunkedArray) -> Array:
    return np.asarray(column.to_numpy(zero_copy_only=False)) if len(column) else np.empty(0, np.int64)
