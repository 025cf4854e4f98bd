"""Loading a whole round at once: checks and indexes are taken off and put back over the full table (重建索引)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from chainbreak.exchange.store.bench import Bench

MANY = 50_000


@contextlib.contextmanager
def around(bench: Bench, table: str, count: int) -> Iterator[None]:
    """Fast loading of `count` rows when they are many and more than the table holds; else nothing special.

    What is taken off is put back in the same transaction, and proved over every row.
    """
    cursor = bench.cursor
    if count < MANY:
        yield
        return
    cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {count}) s")
    if cursor.fetchone()[0] >= count:
        yield
        return
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may hang in the air while the table is rebuilt
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    put_back = _take_off(cursor, table)
    yield
    for what, statement in put_back:
        bench.progress(f"{table}: {what}")
        cursor.execute(statement)
    cursor.execute(f"ANALYZE {table}")


def _take_off(cursor, table: str) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('f', 'u', 'x')",
        [table],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE i.indrelid = %s::regclass AND NOT i.indisprimary AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x', 'f'))",
        [table],
    )
    indexes = cursor.fetchall()
    # keys that other tables point at stay
    cursor.execute(
        "SELECT k.conname FROM pg_constraint f JOIN pg_constraint k ON k.conindid = f.conindid AND k.contype = 'u' "
        "WHERE f.contype = 'f' AND f.confrelid = %s::regclass",
        [table],
    )
    needed = {row[0] for row in cursor.fetchall()}
    put_back = [(name, definition) for name, definition in indexes]
    put_back += [
        (name, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for name, kind, definition in sorted(constraints, key=lambda row: row[1] == "f")
        if name not in needed
    ]
    for name, _, _ in constraints:
        if name not in needed:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    return put_back


@contextlib.contextmanager
def without_references(cursor, table: str, count: int) -> Iterator[None]:
    """Removing many rows: the references that point at the table are proved once at the end, not row by row."""
    if count < MANY:
        yield
        return
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE confrelid = %s::regclass AND contype = 'f'",
        [table],
    )
    references = cursor.fetchall()
    for other, name, _ in references:
        cursor.execute(f'ALTER TABLE {other} DROP CONSTRAINT "{name}"')
    yield
    for other, name, definition in references:
        cursor.execute(f'ALTER TABLE {other} ADD CONSTRAINT "{name}" {definition}')
