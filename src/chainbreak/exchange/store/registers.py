"""Registers (台账): a row that is new is made, one that says more or other is brought up to date."""

from __future__ import annotations

from chainbreak.exchange.store import rebuild
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Target
from chainbreak.exchange.store.parsing import plain_json
from chainbreak.exchange.store.schema import fields, owns_ids

REMEMBERED = 10_000  # rows made or changed that a run remembers by number, for its undoing
FEW = 20_000


def write(bench: Bench, target: Target) -> None:
    """One register from the good rows of the file; outcomes are added for every row."""
    spec = fields(target.table)
    columns = list(target.values)
    _gather(bench, target, columns)
    _current(bench, target, columns)
    match = " AND ".join(f"n.{name} = c.{name}" for name in target.match)
    others = [name for name in columns if name not in target.match]
    differs = (
        " OR ".join(f"(n.{name} IS NOT NULL AND n.{name} IS DISTINCT FROM c.{name})" for name in others) or "false"
    )
    key = target.table._meta.pk.column
    bench.do(
        f"CREATE OR REPLACE TABLE p AS SELECT n.*, c._pk, CASE WHEN c._pk IS NULL THEN 3 WHEN {differs} THEN 2 ELSE 1 END "
        f"AS _rank FROM n LEFT JOIN c ON {match}"
    )
    bench.do("INSERT INTO outcome (_row, rank) SELECT _row, _rank FROM p")
    _make(bench, target, columns, key)
    _bring_up_to_date(bench, target, others, spec, key)


def _gather(bench: Bench, target: Target, columns: list[str]) -> None:
    """`n`: one row for each thing of the register that the file names."""
    spec = fields(target.table)
    listed = ", ".join(f"CAST({sql} AS {spec[name].type}) AS {name}" for name, sql in target.values.items())
    each = f", {target.each}" if target.each else ""
    source = f"(SELECT *{each} FROM good)" if each else "good"
    bench.do(f"CREATE OR REPLACE TABLE n AS SELECT _row, {listed} FROM {source} WHERE {target.when}")
    by = ", ".join(target.match)
    if not bench.one(f"SELECT count(*) FROM (SELECT 1 FROM n GROUP BY {by} HAVING count(*) > 1 LIMIT 1)"):
        return
    others = [name for name in columns if name not in target.match]
    if not target.several and not target.each:
        same = " AND ".join(f"n.{name} IS NOT DISTINCT FROM f.{name}" for name in others) or "true"
        joined = " AND ".join(f"n.{name} = f.{name}" for name in target.match)
        bench.do(
            f"CREATE OR REPLACE TEMP TABLE f AS SELECT * FROM n QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY _row) = 1"
        )
        bench.do(
            "CREATE OR REPLACE TEMP TABLE again AS SELECT n._row, f._row AS first, "
            f"({same}) AS same FROM n JOIN f ON {joined} WHERE n._row > f._row"
        )
        facts = "CAST(json_object('other', first) AS VARCHAR)"
        bench.problem(f"SELECT _row, NULL, 'duplicate_row', 'note', {facts} FROM again WHERE same")
        bench.problem(f"SELECT _row, NULL, 'said_otherwise', 'error', {facts} FROM again WHERE NOT same")
        bench.do("INSERT INTO outcome (_row, rank) SELECT _row, 1 FROM again WHERE same")
        bench.do("DELETE FROM n WHERE _row IN (SELECT _row FROM again)")
        bench.do("DELETE FROM good WHERE _row IN (SELECT _row FROM again WHERE NOT same)")
        return
    bench.do("INSERT INTO outcome (_row, rank) SELECT _row, 1 FROM n")
    last = "".join(f", max_by({name}, _row) FILTER (WHERE {name} IS NOT NULL) AS {name}" for name in others)
    bench.do(f"CREATE OR REPLACE TABLE n AS SELECT min(_row) AS _row, {by}{last} FROM n GROUP BY {by}")


def _current(bench: Bench, target: Target, columns: list[str]) -> None:
    """`c`: the register's rows that the file names, as they are now."""
    spec = fields(target.table)
    key = target.table._meta.pk.column
    types = {name: spec[name].type for name in columns} | {"_pk": spec[key].type}
    sql = f"SELECT {', '.join(spec[name].read for name in columns)}, {key} FROM {target.name}"
    first = target.match[0]
    wanted = [row[0] for row in bench.rows(f"SELECT DISTINCT {first} FROM n LIMIT {FEW + 1}")]
    if len(wanted) > FEW:
        bench.fetch("c", sql, types)
    else:
        bench.fetch("c", f"{sql} WHERE {first} = ANY(%s)", types, [wanted])
    for name in columns:
        if spec[name].is_json:
            bench.change("c", name, plain_json)


def _make(bench: Bench, target: Target, columns: list[str], key: str) -> None:
    spec = fields(target.table)
    count = bench.one("SELECT count(*) FROM p WHERE _rank = 3")
    if not count:
        return
    given = {name: f"coalesce({name}, {spec[name].default})" for name in columns}
    for name, field in spec.items():
        if name not in given and name != key and field.default != "NULL":
            given[name] = field.default
    if "import_run_id" in spec:
        given["import_run_id"] = str(bench.run)
    if owns_ids(target.table):
        first = take_ids(bench, target, count)
        given[key] = f"{first} - 1 + row_number() OVER (ORDER BY _row)"
        if "import_run_id" not in spec:
            bench.made.setdefault(target.name, []).extend(range(first, first + min(count, REMEMBERED)))
    listed = ", ".join(f"{sql} AS {name}" for name, sql in given.items())
    with rebuild.around(bench, target.name, count):
        bench.send(target.name, list(given), f"SELECT {listed} FROM p WHERE _rank = 3 ORDER BY _row")


def take_ids(bench: Bench, target: Target, count: int) -> int:
    """The first of `count` numbers of the table that nobody else gets."""
    cursor, key = bench.cursor, target.table._meta.pk.column
    cursor.execute(f"LOCK TABLE {target.name} IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute(
        "WITH s AS (SELECT pg_get_serial_sequence(%s, %s) AS name) SELECT nextval(name) AS first, name FROM s",
        [target.name, key],
    )
    first, name = cursor.fetchone()
    cursor.execute("SELECT setval(%s, %s)", [name, first + count - 1])
    return first


def _bring_up_to_date(bench: Bench, target: Target, others: list[str], spec: dict, key: str) -> None:
    joined = " AND ".join(f"p.{name} = c.{name}" for name in target.match)
    changed = (
        bench.do(
            f"SELECT p._pk, {', '.join(f'p.{name}, c.{name}' for name in others)} FROM p JOIN c ON {joined} WHERE p._rank = 2"
        ).fetchall()
        if others and bench.one("SELECT count(*) FROM p WHERE _rank = 2")
        else []
    )
    if not changed:
        return
    if len(changed) <= REMEMBERED:
        kept = bench.changed.setdefault(target.name, {})
        for pk, *pairs in changed:
            before = {n: pairs[2 * i + 1] for i, n in enumerate(others) if pairs[2 * i] not in (None, pairs[2 * i + 1])}
            kept.setdefault(str(pk), {}).update(
                {n: v.isoformat() + "+00:00" if hasattr(v, "hour") else v for n, v in before.items()}
            )
    cursor = bench.cursor
    cursor.execute(
        f"CREATE TEMP TABLE chainbreak_changed ON COMMIT DROP AS SELECT {key}, {', '.join(others)} FROM {target.name} LIMIT 0"
    )
    bench.send("chainbreak_changed", [key, *others], f"SELECT _pk, {', '.join(others)} FROM p WHERE _rank = 2")
    sets = ", ".join(f"{name} = coalesce(s.{name}, r.{name})" for name in others)
    cursor.execute(f"UPDATE {target.name} r SET {sets} FROM chainbreak_changed s WHERE s.{key} = r.{key}")
    cursor.execute("DROP TABLE chainbreak_changed")
