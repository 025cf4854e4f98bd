"""Taking an import back (撤销导入): its facts are withdrawn, what it had replaced holds again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import CASCADE, Max
from django.db.models.fields.reverse_related import ForeignObjectRel

from chainbreak.exchange.imports import LOCK
from chainbreak.exchange.store import rebuild, rolls
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Kind, Target
from chainbreak.exchange.store.schema import fields, owns_ids
from chainbreak.governance.models import ImportRun, ImportState, User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit
from chainbreak.screening.services import roll


@dataclass
class Undone:
    """What taking back did: facts withdrawn and restored, register rows removed, and those that had to stay."""

    run: int
    withdrawn: int = 0
    restored: int = 0
    removed: int = 0
    put_back: int = 0
    kept: dict[str, int] = field(default_factory=dict)  # table -> rows others refer to


def undo(run: int, *, at: datetime, actor: User | None = None) -> Undone:
    """Take one import back, all of it or nothing; nothing that was known is forgotten.

    Raises:
        Refused("no_import"): there is no such run.
        Refused("import_undone"): it has been taken back before.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        entry = ImportRun.objects.select_for_update().filter(pk=run).first()
        if entry is None:
            raise Refused("no_import", run=run)
        if entry.state == ImportState.UNDONE:
            raise Refused("import_undone", run=run, at=entry.undone_at and entry.undone_at.isoformat())
        done = Undone(run)
        kinds = _kinds(entry.kind)
        for kind in kinds:
            for target in reversed(kind.targets):
                if target.is_fact:
                    _withdraw(cursor, target, entry, _after_all(target, entry, at), done)
        for kind in kinds:
            for target in reversed(kind.targets):
                if not target.is_fact:
                    _unmake(cursor, target, entry, done)
        _rolls(cursor, kinds, at)
        entry.state, entry.undone_at = ImportState.UNDONE, at
        entry.save(update_fields=["state", "undone_at"])
        audit.record(
            "import.undone", actor=actor, at=at, subject=f"import:{run}",
            detail={"withdrawn": done.withdrawn, "restored": done.restored, "removed": done.removed, "kept": done.kept},
        )  # fmt: skip
    return done


def _rolls(cursor, kinds: list[Kind], at: datetime) -> None:
    """Rolls of rounds rest on what was taken back: those of rounds not announced any more go, the others follow."""
    if any(rolls.rests_on(kind) for kind in kinds):
        roll.drop_unannounced()
        with Bench(cursor, at=at) as bench:
            rolls.follow(bench)


def _kinds(name: str) -> list[Kind]:
    from chainbreak.exchange.store.kinds import KINDS, OF_SEVERAL

    return list(OF_SEVERAL[name]) if name in OF_SEVERAL else [KINDS[name]]


def _after_all(target: Target, run: ImportRun, at: datetime) -> datetime:
    """An instant after every version of the run became known; the clock, unless it lags behind."""
    last = target.table.objects.filter(import_run=run).aggregate(last=Max("recorded_at"))["last"]
    return max(at, last + timedelta(microseconds=1)) if last else at


def _withdraw(cursor, target: Target, run: ImportRun, at: datetime, done: Undone) -> None:
    table = target.name
    cursor.execute("CREATE TEMP TABLE chainbreak_back (id bigint PRIMARY KEY, old bigint) ON COMMIT DROP")
    match = " AND ".join(f'o."{name}" IS NOT DISTINCT FROM n."{name}"' for name in target.match)
    # the version that the run's first version of a fact replaced, if that one did not come from the run itself
    cursor.execute(
        f"INSERT INTO chainbreak_back SELECT n.id, NULL FROM {table} n WHERE n.import_run_id = %s AND n.superseded_at IS NULL",
        [run.pk],
    )
    cursor.execute("ANALYZE chainbreak_back")
    cursor.execute(
        f"SELECT EXISTS (SELECT 1 FROM {table} WHERE superseded_at IS NOT NULL AND import_run_id IS DISTINCT FROM %s)",
        [run.pk],
    )
    if cursor.fetchone()[0]:
        cursor.execute(
            f"UPDATE chainbreak_back b SET old = (SELECT o.id FROM {table} o WHERE {match} AND o.import_run_id IS DISTINCT FROM %s "
            "AND o.superseded_at IS NOT NULL AND o.superseded_at <= n.recorded_at AND o.superseded_at = (SELECT min(v.recorded_at) "
            f"FROM {table} v WHERE v.import_run_id = %s AND {match.replace('o.', 'v.')}) ORDER BY o.id DESC LIMIT 1) "
            f"FROM {table} n WHERE n.id = b.id",
            [run.pk, run.pk],
        )
    cursor.execute(f"UPDATE {table} f SET superseded_at = %s FROM chainbreak_back b WHERE b.id = f.id", [at])
    done.withdrawn += cursor.rowcount
    columns = ", ".join(
        f'"{name}"'
        for name in fields(target.table)
        if name not in ("id", "recorded_at", "superseded_at", "recorded_by_id")
    )
    cursor.execute(
        f"INSERT INTO {table} ({columns}, recorded_at) SELECT {columns}, %s FROM {table} WHERE id IN "
        "(SELECT old FROM chainbreak_back WHERE old IS NOT NULL)", [at],
    )  # fmt: skip
    done.restored += cursor.rowcount
    cursor.execute("DROP TABLE chainbreak_back")


def _unmake(cursor, target: Target, run: ImportRun, done: Undone) -> None:
    """Removes the register rows that the run made and nobody refers to; puts back what it had changed."""
    table, key = target.name, target.table._meta.pk.column
    spec = fields(target.table)
    for pk, before in (run.mapping.get("changed") or {}).get(table, {}).items():
        sets = ", ".join(f'"{name}" = %s' for name in before)
        cursor.execute(f"UPDATE {table} SET {sets} WHERE {key} = %s", [*before.values(), pk])
        done.put_back += cursor.rowcount
    mine, values = _made(target, run, spec)
    if not mine:
        return
    referring = list(_referring(target))
    used = " OR ".join(
        f'EXISTS (SELECT 1 FROM {other} x WHERE x."{column}" = r.{key})'
        for other, column, deletes in referring
        if not deletes
    )
    cursor.execute(
        f"CREATE TEMP TABLE chainbreak_gone ON COMMIT DROP AS SELECT r.{key} AS id FROM {table} r WHERE {mine}", values
    )
    cursor.execute("SELECT count(*) FROM chainbreak_gone")
    made = cursor.fetchone()[0]
    if used:
        cursor.execute(f"DELETE FROM chainbreak_gone g USING {table} r WHERE r.{key} = g.id AND ({used})")
    with rebuild.without_references(cursor, table, made):
        for other, column, deletes in referring:
            if deletes:
                cursor.execute(f'DELETE FROM {other} x USING chainbreak_gone g WHERE x."{column}" = g.id')
        cursor.execute(f"DELETE FROM {table} r USING chainbreak_gone g WHERE r.{key} = g.id")
        removed = cursor.rowcount
    done.removed += removed
    if made > removed:
        done.kept[table] = made - removed
    cursor.execute("DROP TABLE chainbreak_gone")


def _referring(target: Target) -> Iterator[tuple[str, str, bool]]:
    """Who refers to a register: (table, column, whether its rows go with the register's), nameless relations too.

    What a snapshot holds was known once, so it stays, and what it refers to with it.
    """
    for other in target.table._meta.get_fields(include_hidden=True):
        if isinstance(other, ForeignObjectRel) and other.field.concrete and not other.field.many_to_many:
            derived = any(field.name == "derivation" for field in other.related_model._meta.concrete_fields)
            yield (
                other.related_model._meta.db_table,
                str(other.field.column),
                other.on_delete is CASCADE and not derived,
            )


def _made(target: Target, run: ImportRun, spec: dict) -> tuple[str, list]:
    if "import_run_id" in spec:
        return "r.import_run_id = %s", [run.pk]
    ids = (run.mapping.get("made") or {}).get(target.name) or []
    if not ids or not owns_ids(target.table):
        return "", []
    return f"r.{target.table._meta.pk.column} = ANY(%s)", [ids]
