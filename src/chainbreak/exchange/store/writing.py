"""From a file's rows on the bench to the tables: parse, find, check, write (入库流程)."""

from __future__ import annotations

from dataclasses import replace

import psycopg
from django.db import Error, transaction

from chainbreak.exchange.store import facts, lookups, parsing, registers
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Kind, Rule
from chainbreak.governance.refusal import Refused

OFFENDERS = 50  # rows that only the database itself refuses are looked for one by one, up to so many


def check(bench: Bench, kind: Kind) -> None:
    """Everything that can be said of the rows before anything is written; `raw` becomes `t`."""
    parsing.read_columns(bench, kind)
    lookups.resolve(bench, kind, making={target.gives for target in kind.targets})
    if kind.prepare:
        kind.prepare(bench)
    for rule in kind.rules:
        apply(bench, rule)
    for one in kind.checks:
        one(bench)


def apply(bench: Bench, rule: Rule) -> None:
    column = f"'{rule.column}'" if rule.column else "NULL"
    facts_of = "'{}'" if rule.facts == "{}" else f"CAST(to_json({rule.facts}) AS VARCHAR)"
    bench.problem(f"SELECT _row, {column}, '{rule.code}', '{rule.severity}', {facts_of} FROM t WHERE {rule.broken}")


def write(bench: Bench, kind: Kind) -> None:
    """Writes the good rows; a row that only the database refuses becomes a problem of that row.

    Raises:
        Refused("database_refused_rows"): too many such rows; nothing is written.
    """
    bench.do("CREATE OR REPLACE TABLE kept_problem AS SELECT * FROM problem")
    error: Exception | None = None
    for _ in range(OFFENDERS):
        error = _attempt(bench, kind, None)
        if error is None:
            return
        low, high = 0, bench.one("SELECT count(*) FROM t")  # the first `low` rows are fine, the first `high` are not
        while high - low > 1:
            middle = (low + high) // 2
            failed = _attempt(bench, kind, middle, keep=False)
            low, high, error = (low, middle, failed) if failed else (middle, high, error)
        row = bench.one("SELECT _row FROM t ORDER BY _row LIMIT 1 OFFSET ?", [high - 1])
        bench.do("DELETE FROM problem")
        bench.do("INSERT INTO problem SELECT * FROM kept_problem")
        bench.add_problems([(row, None, "database_refused", "error", {"rule": _rule_of(error)})])
        bench.do("CREATE OR REPLACE TABLE kept_problem AS SELECT * FROM problem")
    raise Refused("database_refused_rows", rule=_rule_of(error))


def _attempt(bench: Bench, kind: Kind, first: int | None, *, keep: bool = True) -> Exception | None:
    """Writes the first rows (None: all), or says what the database had against it; nothing stays then."""
    bench.do("DELETE FROM problem")
    bench.do("INSERT INTO problem SELECT * FROM kept_problem")
    bench.do("DELETE FROM outcome WHERE NOT beforehand")
    bench.made, bench.changed = {}, {}
    limit = "" if first is None else f" AND _row <= (SELECT _row FROM t ORDER BY _row LIMIT 1 OFFSET {first - 1})"
    bench.do(
        "CREATE OR REPLACE TABLE good AS SELECT * FROM t WHERE _row NOT IN "
        f"(SELECT _row FROM problem WHERE severity = 'error' AND _row IS NOT NULL){limit}"
    )
    try:
        with transaction.atomic():
            _write_all(bench, kind)
            bench.cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            bench.cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            if not keep:
                transaction.set_rollback(True)
    except (Error, psycopg.Error) as error:  # COPY speaks for the driver, the rest for the framework
        state = getattr(_cause(error), "sqlstate", None) or ""
        if state[:2] in ("23", "22", "P0", "CB"):  # a constraint, a value or a trigger said no
            return error
        raise
    return None


def _write_all(bench: Bench, kind: Kind) -> None:
    for target in kind.targets:
        bench.progress(target.name)
        if target.is_fact:
            facts.write(bench, target)
        else:
            registers.write(bench, target)
        if target.gives:
            for reference in kind.references:
                if reference.thing == target.gives:
                    lookups.find(bench, replace(reference), "good")
    if kind.after:
        kind.after(bench)


def _cause(error: Exception | None) -> BaseException | None:
    return error if error is None or isinstance(error, psycopg.Error) else error.__cause__ or error


def _rule_of(error: Exception | None) -> str:
    """The name of the constraint that said no, or the trigger's words."""
    diagnosis = getattr(_cause(error), "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    return name or getattr(diagnosis, "message_primary", None) or str(error).splitlines()[0]
