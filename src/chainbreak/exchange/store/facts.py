"""Facts (事实): what is new is added, what is said otherwise supersedes, what is known already is left (版本)."""

from __future__ import annotations

from chainbreak.exchange.store import clashes, rebuild, versions
from chainbreak.exchange.store.bench import Bench, naive
from chainbreak.exchange.store.kind import Target
from chainbreak.exchange.store.schema import fields


def write(bench: Bench, target: Target) -> None:
    """One table of facts from the good rows of the file; outcomes are added for every row."""
    columns = [name for name in target.values if name not in target.match]
    _gather(bench, target)
    versions.known(bench, target, columns)
    versions.plan(bench, target, columns)
    clashes.reject(bench, target)
    bench.do("INSERT INTO outcome (_row, rank) SELECT _row, _rank FROM p")
    _supersede(bench, target)
    _add(bench, target)


def _gather(bench: Bench, target: Target) -> None:
    """`n`: the versions of facts that the file states, with the instant at which each became known."""
    spec = fields(target.table)
    listed = ", ".join(
        f"coalesce(CAST({sql} AS {spec[name].type}), {spec[name].default}) AS {name}"
        for name, sql in target.values.items()
    )
    key = f", {target.key} AS key" if target.key and "key" not in target.values else ""
    each = f"(SELECT *, {target.each} FROM good)" if target.each else "good"
    bench.do(
        f"CREATE OR REPLACE TABLE n AS SELECT _row, coalesce(recorded_at, {naive(bench.known_at)}) AS _at, {listed}{key} "
        f"FROM {each} WHERE {target.when}"
    )
    if target.several:
        by = ", ".join(target.match)
        bench.do("INSERT INTO outcome (_row, rank) SELECT _row, 1 FROM n")
        others = [name for name in bench.columns("n") if name not in (*target.match, "_row", "_at")]
        last = "".join(f", max_by({name}, _row) FILTER (WHERE {name} IS NOT NULL) AS {name}" for name in others)
        bench.do(
            f"CREATE OR REPLACE TABLE n AS SELECT min(_row) AS _row, max(_at) AS _at, {by}{last} FROM n GROUP BY {by}"
        )


def _supersede(bench: Bench, target: Target) -> None:
    if not bench.one("SELECT count(*) FROM p WHERE _old IS NOT NULL AND _rank > 1"):
        return
    cursor = bench.cursor
    cursor.execute("CREATE TEMP TABLE chainbreak_old (id bigint PRIMARY KEY, at timestamptz) ON COMMIT DROP")
    bench.send(
        "chainbreak_old",
        ["id", "at"],
        "SELECT _old, min(_at) FROM p WHERE _old IS NOT NULL AND _rank > 1 GROUP BY _old",
    )
    cursor.execute(f"UPDATE {target.name} f SET superseded_at = s.at FROM chainbreak_old s WHERE s.id = f.id")
    cursor.execute("DROP TABLE chainbreak_old")


def _add(bench: Bench, target: Target) -> None:
    spec = fields(target.table)
    count = bench.one("SELECT count(*) FROM p WHERE _rank > 1")
    if not count:
        return
    given = {name: name for name in target.values}
    if "key" in bench.columns("p"):
        given["key"] = "left(key, 120)"
    given |= {
        "recorded_at": "_at",
        "first_recorded_at": "coalesce(_first, _at)",
        "superseded_at": "_until",
        "recorded_by_id": str(bench.actor.pk) if bench.actor else "NULL",
        "import_run_id": str(bench.run),
    }
    for name, field in spec.items():
        if name not in given and field.default != "NULL" and name != "id":
            given[name] = field.default
    listed = ", ".join(f"{sql} AS {name}" for name, sql in given.items())
    with rebuild.around(bench, target.name, count):
        bench.send(target.name, list(given), f"SELECT {listed} FROM p WHERE _rank > 1 ORDER BY _row")
