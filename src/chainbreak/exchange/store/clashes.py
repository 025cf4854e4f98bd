"""Two facts that cannot both hold: one bed and two persons, one person in two places (冲突)."""

from __future__ import annotations

from datetime import datetime

from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Target
from chainbreak.exchange.store.schema import fields

FEW = 20_000


def reject(bench: Bench, target: Target) -> None:
    """Takes out of `p` the rows that contradict what holds, or a row before them; the first one said stands."""
    while True:  # a row that is not taken leaves the old version standing, which may clash in turn
        found = [clash for columns in target.unique for clash in _twice(bench, target, columns)]
        found += [clash for overlap in target.overlap for clash in _overlapping(bench, target, *overlap)]
        if not found:
            return
        refused = {clash[0] for clash in found}
        found = [clash for clash in found if clash[4]["other"] not in refused]  # the other one may make room itself
        bench.add_problems(found)
        bench.do("DELETE FROM p WHERE _row IN (SELECT _row FROM problem WHERE severity = 'error')")
        bench.do("DELETE FROM good WHERE _row IN (SELECT _row FROM problem WHERE severity = 'error')")


def _standing(bench: Bench, target: Target, columns: tuple[str, ...], period: str, read: str) -> None:
    """`u`: what will hold: the new rows, and the present ones that no new row replaces."""
    spec = fields(target.table)
    first = columns[0]
    incoming = "_rank > 1 AND _until IS NULL AND " + " AND ".join(f"{name} IS NOT NULL" for name in columns)
    wanted = [row[0] for row in bench.rows(f"SELECT DISTINCT {first} FROM p WHERE {incoming} LIMIT {FEW + 1}")]
    narrowing, values = ("", []) if len(wanted) > FEW else (f" AND {first} = ANY(%s)", [wanted])
    present = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    bench.fetch(
        "live",
        f"SELECT id, {', '.join(columns)}, {read} FROM {target.name} WHERE superseded_at IS NULL AND {present}{narrowing}",
        {"_id": "BIGINT", **{name: spec[name].type for name in columns}, "_from": "TIMESTAMP", "_to": "TIMESTAMP"},
        values,
    )
    listed = ", ".join(columns)
    bench.do(
        f"CREATE OR REPLACE TABLE u AS SELECT _row, CAST(NULL AS BIGINT) AS _id, {listed}, {period} FROM p WHERE {incoming} "
        f"UNION ALL SELECT NULL, _id, {listed}, _from, _to FROM live WHERE _id NOT IN "
        "(SELECT _old FROM p WHERE _old IS NOT NULL AND _rank > 1)"
    )


def _twice(bench: Bench, target: Target, columns: tuple[str, ...]) -> list[tuple]:
    _standing(bench, target, columns, "CAST(NULL AS TIMESTAMP) AS _from, CAST(NULL AS TIMESTAMP) AS _to", "NULL, NULL")
    by = ", ".join(columns)
    if not bench.one(f"SELECT count(*) FROM (SELECT 1 FROM u GROUP BY {by} HAVING count(*) > 1 LIMIT 1)"):
        return []
    rows = bench.rows(
        f"SELECT _row, first_value(_row) OVER w, first_value(_id) OVER w FROM u "
        f"WINDOW w AS (PARTITION BY {by} ORDER BY _id NULLS LAST, _row) QUALIFY row_number() OVER w > 1"
    )
    code = f"{target.table._meta.model_name}_twice"
    return [
        (row, columns[-1].removesuffix("_id"), code, "error", {"other": other or "", "fact": fact or ""})
        for row, other, fact in rows
        if row is not None
    ]


def _overlapping(bench: Bench, target: Target, who: str, start: str, end: str) -> list[tuple]:
    _standing(
        bench, target, (who,), f"{start} AS _from, coalesce({end}, TIMESTAMP '9999-01-01') AS _to",
        f"{start} AT TIME ZONE 'UTC', coalesce({end}, '9999-01-01') AT TIME ZONE 'UTC'",
    )  # fmt: skip
    rows = bench.rows(
        f"SELECT {who}, _row, _id, _from, _to FROM u WHERE {who} IN (SELECT {who} FROM u QUALIFY _from < max(_to) OVER "
        f"(PARTITION BY {who} ORDER BY _from, _to ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) "
        f"ORDER BY {who}, _id NULLS LAST, _row"
    )
    found, taken, last = [], [], None
    for person, row, fact, begins, ends in rows:
        if person != last:
            taken, last = [], person
        clash = next((other for other in taken if begins < other[3] and other[2] < ends), None)
        if clash is None or row is None:
            taken.append((row, fact, begins, ends))
            continue
        facts = {"other": clash[0] or "", "fact": clash[1] or "", "from": _day(clash[2]), "until": _day(clash[3])}
        found.append((row, start, f"{who.removesuffix('_id')}_in_two_places", "error", facts))
    return found


def _day(at: datetime) -> str:
    from datetime import UTC
    from zoneinfo import ZoneInfo

    return (
        ""
        if at.year == 9999
        else at.replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai")).isoformat(timespec="minutes")
    )
