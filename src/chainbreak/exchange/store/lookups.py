"""What a row refers to, found for all rows at once (引用)."""

from __future__ import annotations

from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Kind, Reference

FEW = 20_000  # fewer distinct numbers than this are asked for by name; more, and the whole table comes

# thing -> (query of the database, its key columns; the last column is the id)
THINGS: dict[str, tuple[str, dict[str, str]]] = {
    "person": ("SELECT number, id FROM registry_person", {"number": "VARCHAR"}),
    "place": ("SELECT number, id FROM registry_place", {"number": "VARCHAR"}),
    "household": ("SELECT number, id FROM registry_household", {"number": "VARCHAR"}),
    "outbreak": ("SELECT code, id FROM investigation_outbreak", {"code": "VARCHAR"}),
    "facility": ("SELECT number, id FROM measures_facility", {"number": "VARCHAR"}),
    "site": ("SELECT number, id FROM screening_samplingsite", {"number": "VARCHAR"}),
    "run": ("SELECT number, id FROM screening_labrun", {"number": "VARCHAR"}),
    "tube": ("SELECT barcode, id FROM screening_tube", {"barcode": "VARCHAR"}),
    "letter": ("SELECT number, id FROM investigation_letter", {"number": "VARCHAR"}),
    "fund": ("SELECT name_zh, id FROM command_fund", {"name_zh": "VARCHAR"}),
    "case": (
        "SELECT outbreak_id, external_id, id FROM investigation_case",
        {"outbreak_id": "BIGINT", "external_id": "VARCHAR"},
    ),
    "round": ("SELECT series, number, id FROM screening_round", {"series": "VARCHAR", "number": "BIGINT"}),
    "room": ("SELECT facility_id, number, id FROM measures_room", {"facility_id": "BIGINT", "number": "VARCHAR"}),
    "bed": ("SELECT room_id, number, id FROM measures_bed", {"room_id": "BIGINT", "number": "BIGINT"}),
}


def resolve(bench: Bench, kind: Kind, *, making: set[str]) -> None:
    """Adds the ids to `t`; an unknown name is a problem of its row, unless the kind itself makes the thing."""
    for reference in kind.references:
        if reference.thing not in making:
            find(bench, reference)
            complain(bench, reference)


def find(bench: Bench, reference: Reference, table: str = "t") -> None:
    """One reference: joins `table` with what is known and adds the column `into`."""
    given = (*((reference.within,) if reference.within else ()), *reference.columns)
    know(bench, reference.thing, table, given)
    keys = list(THINGS[reference.thing][1])
    joined = " AND ".join(f"{table}.{mine} = k.{key}" for mine, key in zip(given, keys, strict=True))
    if reference.into not in bench.columns(table):
        bench.do(f"ALTER TABLE {table} ADD COLUMN {reference.into} BIGINT")
    bench.do(f"UPDATE {table} SET {reference.into} = k.id FROM known_{reference.thing} k WHERE {joined}")


def know(bench: Bench, thing: str, table: str, given: tuple[str, ...]) -> None:
    """Brings the rows of `thing` that `table` names onto the bench as `known_<thing>`."""
    sql, keys = THINGS[thing]
    last, key = given[-1], list(keys)[-1]
    wanted = [
        row[0] for row in bench.rows(f"SELECT DISTINCT {last} FROM {table} WHERE {last} IS NOT NULL LIMIT {FEW + 1}")
    ]
    types = {**keys, "id": "BIGINT"}
    if len(wanted) > FEW:
        bench.fetch(f"known_{thing}", sql, types)
    else:
        bench.fetch(f"known_{thing}", f"{sql} WHERE {key} = ANY(%s)", types, [wanted])


def complain(bench: Bench, reference: Reference) -> None:
    """A problem for each row that names something unknown."""
    named = " AND ".join(f"{column} IS NOT NULL" for column in reference.columns)
    value = " || ' ' || ".join(f"CAST({column} AS VARCHAR)" for column in reference.columns)
    bench.problem(
        f"SELECT _row, '{reference.columns[-1]}', 'unknown_{reference.thing}', 'error', "
        f"CAST(json_object('value', {value}) AS VARCHAR) FROM t WHERE {named} AND {reference.into} IS NULL "
        f"AND NOT EXISTS (SELECT 1 FROM problem p WHERE p._row = t._row AND p.code = 'unknown_outbreak')"
    )
