"""What must hold between swabs, their tubes and the results (E3 15, 17): checked over whole files (管与样)."""

from __future__ import annotations

from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.lookups import FEW


def _of_tubes(bench: Bench, name: str, sql: str, types: dict[str, str], column: str = "tube_id") -> None:
    """Rows of the database about the tubes that the file names."""
    wanted = [
        row[0] for row in bench.rows(f"SELECT DISTINCT tube_ref FROM t WHERE tube_ref IS NOT NULL LIMIT {FEW + 1}")
    ]
    if len(wanted) > FEW:
        bench.fetch(name, sql, types)
    else:
        bench.fetch(name, f"{sql} AND {column} = ANY(%s)", types, [wanted])


def rounds_of_tubes(bench: Bench) -> None:
    """A swab belongs to the round of its tube; another round on the row contradicts it."""
    _of_tubes(
        bench, "tube", "SELECT id, round_id, pool_limit FROM screening_tube WHERE true",
        {"id": "BIGINT", "round_id": "BIGINT", "pool_limit": "BIGINT"}, "id",
    )  # fmt: skip
    bench.problem(
        "SELECT _row, 'number', 'round_of_another_tube', 'error', CAST(json_object('value', barcode) AS VARCHAR) FROM t JOIN "
        "tube ON tube.id = tube_ref WHERE round_ref IS NOT NULL AND round_id IS NOT NULL AND round_ref <> round_id"
    )
    bench.do("UPDATE t SET round_ref = tube.round_id FROM tube WHERE tube.id = tube_ref AND round_ref IS NULL")


def order_of_sampling(bench: Bench) -> None:
    """A swab is taken before its tube is sealed."""
    _of_tubes(
        bench, "custody",
        "SELECT tube_id, sealed_at AT TIME ZONE 'UTC' FROM screening_tubecustody WHERE superseded_at IS NULL AND sealed_at "
        "IS NOT NULL",
        {"tube_id": "BIGINT", "sealed_at": "TIMESTAMP"},
    )  # fmt: skip
    bench.problem(
        "SELECT _row, 'sampled_at', 'sampled_after_sealing', 'error', CAST(json_object('sampled', sampled_at, 'sealed', "
        "sealed_at) AS VARCHAR) FROM t JOIN custody c ON c.tube_id = tube_ref WHERE sampled_at > sealed_at"
    )


def positions(bench: Bench) -> None:
    """Positions that the file leaves open are given in its order; a tube never gets more members than its limit."""
    _of_tubes(
        bench, "inside",
        "SELECT person_id, tube_id, position, sampled_at AT TIME ZONE 'UTC' FROM screening_swab WHERE superseded_at IS NULL",
        {"person_id": "BIGINT", "tube_id": "BIGINT", "position": "BIGINT", "sampled_at": "TIMESTAMP"},
    )  # fmt: skip
    # a row that is not taken holds no place in the tube
    bench.do(
        "CREATE OR REPLACE TABLE into_tube AS SELECT t._row, t.person_ref, t.tube_ref, t.position, i.position AS held, "
        "i.person_id IS NOT NULL AS present FROM t LEFT JOIN inside i ON i.person_id = t.person_ref AND i.tube_id = t.tube_ref "
        "WHERE t.tube_ref IS NOT NULL AND t.person_ref IS NOT NULL "
        "AND t._row NOT IN (SELECT _row FROM problem WHERE severity = 'error' AND _row IS NOT NULL)"
    )
    bench.do(
        "CREATE OR REPLACE TABLE repeated AS SELECT o._row, f.first FROM into_tube o JOIN (SELECT person_ref, tube_ref, "
        "min(_row) AS first FROM into_tube GROUP BY ALL HAVING count(*) > 1) f USING (person_ref, tube_ref) WHERE o._row > f.first"
    )
    bench.do("DELETE FROM into_tube WHERE _row IN (SELECT _row FROM repeated)")
    bench.do("UPDATE into_tube SET position = held WHERE position IS NULL AND held IS NOT NULL")
    if bench.one("SELECT count(*) FROM into_tube WHERE held IS NOT NULL"):  # a member keeps its place
        bench.do("UPDATE t SET position = i.position FROM into_tube i WHERE i._row = t._row AND t.position IS NULL")
    if bench.one("SELECT count(*) FROM into_tube WHERE position IS NULL"):
        _assign(bench)
    bench.do(
        "UPDATE t SET position = f.position FROM repeated r JOIN (SELECT _row, position FROM t) f ON f._row = r.first "
        "WHERE t._row = r._row AND t.position IS NULL"
    )
    bench.do(
        "CREATE OR REPLACE TABLE full_tube AS SELECT n.tube_ref, n.members + coalesce(i.members, 0) AS members, pool_limit "
        "FROM (SELECT tube_ref, count(DISTINCT person_ref) AS members FROM into_tube WHERE NOT present GROUP BY 1) n LEFT JOIN "
        "(SELECT tube_id, count(*) AS members FROM inside GROUP BY 1) i ON i.tube_id = n.tube_ref "
        "JOIN tube ON tube.id = n.tube_ref WHERE n.members + coalesce(i.members, 0) > pool_limit"
    )
    if bench.one("SELECT count(*) FROM full_tube"):
        _too_many(bench)


def _assign(bench: Bench) -> None:
    taken = "SELECT tube_ref AS tube, position FROM into_tube WHERE position IS NOT NULL UNION SELECT tube_id, position FROM inside"
    if bench.one(
        f"SELECT count(*) FROM ({taken}) k WHERE k.tube IN (SELECT tube_ref FROM into_tube WHERE position IS NULL)"
    ):
        bench.do(
            f"CREATE OR REPLACE TEMP TABLE free AS SELECT tube, p, row_number() OVER (PARTITION BY tube ORDER BY p) AS n FROM "
            "(SELECT DISTINCT tube_ref AS tube FROM into_tube WHERE position IS NULL), (SELECT unnest(range(1, 41)) AS p) "
            f"WHERE NOT EXISTS (SELECT 1 FROM ({taken}) k WHERE k.tube = tube AND k.position = p)"
        )
        bench.do(
            "UPDATE into_tube SET position = f.p FROM (SELECT _row, tube_ref, row_number() OVER (PARTITION BY tube_ref ORDER BY "
            "_row) AS n FROM into_tube WHERE position IS NULL) o JOIN free f ON f.tube = o.tube_ref AND f.n = o.n "
            "WHERE into_tube._row = o._row"
        )
        bench.do("UPDATE t SET position = i.position FROM into_tube i WHERE i._row = t._row AND t.position IS NULL")
        return
    bench.do(
        "CREATE OR REPLACE TABLE t AS SELECT t.* REPLACE (coalesce(t.position, o.n) AS position) FROM t LEFT JOIN "
        "(SELECT _row, row_number() OVER (PARTITION BY tube_ref ORDER BY _row) AS n FROM into_tube) o USING (_row)"
    )


def _too_many(bench: Bench) -> None:
    bench.problem(
        "SELECT _row, 'barcode', 'tube_too_full', 'error', CAST(json_object('members', members, 'limit', pool_limit) AS VARCHAR) "
        "FROM (SELECT o._row, f.members, f.pool_limit, row_number() OVER (PARTITION BY o.tube_ref ORDER BY o._row) AS n, "
        "(SELECT count(*) FROM inside i WHERE i.tube_id = o.tube_ref) AS there "
        "FROM into_tube o JOIN full_tube f USING (tube_ref) WHERE NOT o.present) WHERE n + there > pool_limit"
    )


def result_after_sampling(bench: Bench) -> None:
    """A result cannot be older than the last swab of its tube."""
    _of_tubes(
        bench, "last_swab",
        "SELECT tube_id, sampled_at AT TIME ZONE 'UTC' FROM screening_swab WHERE superseded_at IS NULL",
        {"tube_id": "BIGINT", "sampled_at": "TIMESTAMP"},
    )  # fmt: skip
    bench.problem(
        "SELECT _row, 'reported_at', 'result_before_sampling', 'error', CAST(json_object('sampled', s.last, 'reported', "
        "reported_at) AS VARCHAR) FROM t JOIN (SELECT tube_id, max(sampled_at) AS last FROM last_swab GROUP BY 1) s "
        "ON s.tube_id = tube_ref WHERE reported_at < s.last"
    )
