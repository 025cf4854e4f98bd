"""Which version of which fact a row is: known already, new, or other than what is known (比对)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chainbreak.exchange.store.bench import Bench, naive
from chainbreak.exchange.store.kind import Target
from chainbreak.exchange.store.parsing import plain_json
from chainbreak.exchange.store.schema import fields

FEW = 20_000


def known(bench: Bench, target: Target, columns: list[str]) -> None:
    """`c`: the versions that hold now; `gone`: when the last version of a withdrawn fact ended."""
    spec = fields(target.table)
    listed = [*target.match, *columns]
    types = {name: spec[name].type for name in listed} | {
        "_id": "BIGINT",
        "_known": "TIMESTAMP",
        "_first0": "TIMESTAMP",
    }
    sql = (
        f"SELECT {', '.join(spec[name].read for name in listed)}, id, recorded_at AT TIME ZONE 'UTC', "
        f"first_recorded_at AT TIME ZONE 'UTC' FROM {target.name} WHERE superseded_at IS NULL"
    )
    narrowing, values = narrowed(bench, target)
    bench.fetch("c", sql + narrowing, types, values)
    by = ", ".join(spec[name].read for name in target.match)
    bench.fetch(
        "gone",
        f"SELECT {by}, max(superseded_at) AT TIME ZONE 'UTC' FROM {target.name} WHERE superseded_at IS NOT NULL{narrowing} "
        f"GROUP BY {', '.join(target.match)}",
        {name: spec[name].type for name in target.match} | {"_ended": "TIMESTAMP"},
        values,
    )
    for name in listed:
        if spec[name].is_json:
            for table in ("n", "c"):
                bench.change(table, name, plain_json)


def narrowed(bench: Bench, target: Target) -> tuple[str, list[Any]]:
    """A condition that leaves out what a small file does not speak of."""
    first = target.match[0]
    wanted = [row[0] for row in bench.rows(f"SELECT DISTINCT {first} FROM n WHERE {first} IS NOT NULL LIMIT {FEW + 1}")]
    return ("", []) if len(wanted) > FEW else (f" AND {first} = ANY(%s)", [wanted])


def plan(bench: Bench, target: Target, columns: list[str]) -> None:
    """`p`: for each row its rank (1 known, 2 corrects, 3 new), what it supersedes, when it became known."""
    at = naive(bench.at)
    joined = " AND ".join(f"n.{name} IS NOT DISTINCT FROM c.{name}" for name in target.match)
    gone = " AND ".join(f"n.{name} IS NOT DISTINCT FROM g.{name}" for name in target.match)
    same = " AND ".join(f"n.{name} IS NOT DISTINCT FROM c.{name}" for name in columns) or "true"
    several = _stated_more_than_once(bench, target)
    select = f"""
        SELECT n.* EXCLUDE (_at),
            CASE WHEN c._id IS NULL THEN greatest(n._at, coalesce(g._ended, n._at)) WHEN n._at > c._known THEN n._at
                 ELSE greatest({at}, c._known + INTERVAL 1 MICROSECOND) END AS _at,
            c._id AS _old, c._first0 AS _first, CAST(NULL AS TIMESTAMP) AS _until,
            CASE WHEN c._id IS NULL THEN 3 WHEN {same} THEN 1 ELSE 2 END AS _rank
        FROM n LEFT JOIN c ON {joined} LEFT JOIN gone g ON {gone}"""
    bench.do(
        f"CREATE OR REPLACE TABLE p AS {select}" + (" WHERE n._row NOT IN (SELECT _row FROM again)" if several else "")
    )
    if several:
        _chains(bench, target, columns)


def _stated_more_than_once(bench: Bench, target: Target) -> bool:
    by = ", ".join(target.match)
    if not bench.one(f"SELECT count(*) FROM (SELECT 1 FROM n GROUP BY {by} HAVING count(*) > 1 LIMIT 1)"):
        return False
    bench.do(f"CREATE OR REPLACE TABLE again AS SELECT * FROM n QUALIFY count(*) OVER (PARTITION BY {by}) > 1")
    return True


def _chains(bench: Bench, target: Target, columns: list[str]) -> None:
    """Facts that the file states more than once: versions one after another, repetitions, contradictions."""
    names = bench.columns("again")
    match = [names.index(name) for name in target.match]
    content = [names.index(name) for name in columns]
    row_at, at_at = names.index("_row"), names.index("_at")
    history = _history(bench, target, columns)
    problems, known_rows, planned = [], [], []
    groups: dict[tuple, list[tuple]] = {}
    for row in sorted(bench.rows("SELECT * FROM again"), key=lambda row: (row[at_at], row[row_at])):
        groups.setdefault(tuple(row[i] for i in match), []).append(row)
    clock = datetime.fromisoformat(bench.one(f"SELECT CAST({naive(bench.at)} AS VARCHAR)"))
    for key, stated in groups.items():
        before = history.get(key, [])
        current = next((version for version in before if version.until is None), None)
        ended = max((version.until for version in before if version.until), default=None)
        chain: list[tuple[tuple, tuple, datetime]] = []
        previous: tuple[int, tuple, datetime] | None = None  # the row before it that was not refused
        for index, row in enumerate(stated):
            said, at, number = tuple(row[i] for i in content), row[at_at], row[row_at]
            last = index == len(stated) - 1
            if previous and previous[1] == said:
                known_rows.append(number)
                problems.append((number, None, "duplicate_row", "note", {"other": previous[0]}))
                continue
            if previous and previous[2] == at:
                problems.append((number, None, "said_otherwise", "error", {"other": previous[0]}))
                continue
            previous = (number, said, at)
            if not chain and current and (current.content == said if last else any(v.content == said for v in before)):
                known_rows.append(number)
            else:
                after = max(
                    filter(None, (current and current.known, chain and chain[-1][2], not current and ended)),
                    default=None,
                )
                if after and at <= after:
                    if not last:
                        problems.append((number, None, "older_than_known", "error", {}))
                        continue
                    at = max(clock, after + timedelta(microseconds=1))
                chain.append((row, said, at))
        for index, (row, _, at) in enumerate(chain):
            until = chain[index + 1][2] if index + 1 < len(chain) else None
            old = current.id if current and index == 0 else None
            first = current.first if current else chain[0][2]
            planned.append((row[row_at], at, old, first, until, 2 if current or index else 3))
    bench.add_problems(problems)
    bench.do(
        "CREATE OR REPLACE TEMP TABLE chosen (_row BIGINT, _at TIMESTAMP, _old BIGINT, _first TIMESTAMP, _until TIMESTAMP, _rank INT)"
    )
    bench.add("chosen", planned, ("_row", "_at", "_old", "_first", "_until", "_rank"))
    listed = ", ".join(f"a.{name}" for name in names if name != "_at")
    bench.do(
        f"INSERT INTO p BY NAME SELECT {listed}, s._at, s._old, s._first, s._until, s._rank FROM again a JOIN chosen s USING (_row)"
    )
    bench.add("outcome", [(row, 1) for row in known_rows], ("_row", "rank"))
    bench.do("DELETE FROM good WHERE _row IN (SELECT _row FROM problem WHERE severity = 'error')")


class _Version:
    def __init__(self, row: tuple, width: int) -> None:
        self.content = tuple(row[:width])
        self.id, self.known, self.first, self.until = row[width:]


def _history(bench: Bench, target: Target, columns: list[str]) -> dict[tuple, list[_Version]]:
    """All versions ever, of the facts that are stated more than once."""
    spec = fields(target.table)
    listed = [*target.match, *columns]
    narrowing, values = narrowed(bench, target)
    bench.fetch(
        "history",
        f"SELECT {', '.join(spec[name].read for name in listed)}, id, recorded_at AT TIME ZONE 'UTC', first_recorded_at AT "
        f"TIME ZONE 'UTC', superseded_at AT TIME ZONE 'UTC' FROM {target.name} WHERE true{narrowing} ORDER BY id",
        {name: spec[name].type for name in listed}
        | {"_id": "BIGINT", "_known": "TIMESTAMP", "_first0": "TIMESTAMP", "_ended": "TIMESTAMP"},
        values,
    )
    for name in listed:
        if spec[name].is_json:
            bench.change("history", name, plain_json)
    by = " AND ".join(f"h.{name} IS NOT DISTINCT FROM a.{name}" for name in target.match)
    found: dict[tuple, list[_Version]] = {}
    for row in bench.rows(f"SELECT * FROM history h WHERE EXISTS (SELECT 1 FROM again a WHERE {by})"):
        found.setdefault(tuple(row[: len(target.match)]), []).append(_Version(row[len(target.match) :], len(columns)))
    return found
