"""The peers (对照): the same question in DuckDB over sorted tables and in PostgreSQL over covering indexes.

Both get what helps them: whole minutes as integers, overlapping and touching stays of a person at a place joined
beforehand, two sorted copies, the longest stay of each place as a bound. Both give the contract's rows.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import psycopg
import pyarrow as pa

STAYS = """
    WITH raw AS (SELECT person_id AS person, place_id AS place, CAST(epoch_us(arrived_at) // 60000000 - {begin} AS INT) AS s,
                        CAST(epoch_us(left_at) // 60000000 - {begin} AS INT) AS e FROM '{path}'),
    marked AS (SELECT *, CASE WHEN s <= max(e) OVER (PARTITION BY person, place ORDER BY s, e
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS b FROM raw),
    numbered AS (SELECT *, sum(b) OVER (PARTITION BY person, place ORDER BY s, e) AS island FROM marked)
    SELECT person, place, min(s) AS s, max(e) AS e FROM numbered GROUP BY person, place, island"""
PLAIN = """
    SELECT person_id AS person, place_id AS place, CAST(epoch_us(arrived_at) // 60000000 - {begin} AS INT) AS s,
           CAST(epoch_us(left_at) // 60000000 - {begin} AS INT) AS e FROM '{path}'"""
# the longest meeting, of equal ones the first, of those the smallest place, in one number: length | begin | place
LONGEST = "min(CAST(32767 - (e - s) AS BIGINT) * 281474976710656 + CAST(s AS BIGINT) * 4294967296 + place)"
PAIRS = f"""
    SELECT person, source, min(s) AS first, max(e) AS last, sum(e - s) AS minutes, count(*) AS meetings,
           {LONGEST} % 4294967296 AS place FROM met {{where}} GROUP BY person, source {{having}}"""
HERE = {
    1: """SELECT v.person AS source, v.place, greatest(v.s, i.ws) AS s, least(v.e, i.we) AS e
          FROM ix i JOIN by_person v ON v.person = i.person AND v.s < i.we AND v.e > i.ws""",
    2: """SELECT v.person AS source, v.place, greatest(v.s, c.since) AS s, v.e
          FROM since c JOIN by_person v ON v.person = c.person AND v.e > c.since""",
}
MET = """
    SELECT v.person, h.source, v.place, greatest(v.s, h.s) AS s, least(v.e, h.e) AS e
    FROM here h JOIN by_place v ON v.place = h.place AND v.s < h.e AND v.e > h.s {bound}
    WHERE v.person <> h.source AND NOT EXISTS (SELECT 1 FROM ix WHERE ix.person = v.person) {nearer}"""
NEARER = "AND NOT EXISTS (SELECT 1 FROM since c WHERE c.person = v.person)"
ANSWER = "SELECT 1 AS degree, * FROM pair1 UNION ALL SELECT 2, * FROM pair2 ORDER BY degree, person, source"


def steps(count: str, bound: str, materialized: str) -> list[str]:
    """The statements of one search, in order."""
    pairs = PAIRS.format(
        where="WHERE e - s >= 15" if count == "meeting" else "",
        having="" if count == "meeting" else "HAVING sum(e - s) >= 15",
    )
    made = []
    for n in (1, 2):
        met = MET.format(bound=bound, nearer=NEARER if n == 2 else "")
        made.append(f"CREATE TEMP TABLE pair{n} AS WITH here AS {materialized} ({HERE[n]}), met AS ({met}) {pairs}")
        if n == 1:
            made.append("CREATE TEMP TABLE since AS SELECT person, min(first) AS since FROM pair1 GROUP BY person")
    return made


class Duck:
    """DuckDB, its own file, one table sorted by place and one by person."""

    name = "DuckDB, two sorted tables"

    def __init__(self, folder: Path, stays: Path, begin: int, *, join: bool) -> None:
        self.con = duckdb.connect(str(folder / "peer.duckdb"))
        self.con.execute("SET threads = 2; SET memory_limit = '5GB'; SET enable_progress_bar = false")
        self.con.execute(f"SET temp_directory = '{folder / 'duckdb-tmp'}'")
        text = (STAYS if join else PLAIN).format(begin=begin, path=stays)
        self.con.execute(f"CREATE TABLE IF NOT EXISTS by_place AS SELECT * FROM ({text}) ORDER BY place, s")
        self.con.execute("CREATE TABLE IF NOT EXISTS by_person AS SELECT * FROM by_place ORDER BY person, s")
        self.con.execute("CHECKPOINT")

    def ask(self, cases: Any, count: str) -> pa.Table:
        """Contacts of both degrees, as Arrow."""
        con = self.con
        for name in ("pair1", "pair2", "since", "ix"):
            con.execute(f"DROP TABLE IF EXISTS {name}")
        con.register("given", cases)
        con.execute("CREATE TEMP TABLE ix AS SELECT * FROM given")
        for text in steps(count, "", ""):
            con.execute(text)
        return con.execute(ANSWER).to_arrow_table()


class Postgres:
    """PostgreSQL, covering btree indexes by place and by person, bounded by each place's longest stay."""

    name = "PostgreSQL, covering indexes and longest stay"
    BOUND = "AND v.s > h.s - (SELECT m.most FROM longest m WHERE m.place = h.place)"

    def __init__(self, con: psycopg.Connection, duck: Duck) -> None:
        self.con = con
        with con.cursor() as cur:
            cur.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'")
            cur.execute("SELECT to_regclass('longest')")
            if cur.fetchone() == (None,):
                cur.execute("CREATE UNLOGGED TABLE by_place (person int, place int, s int, e int)")
                reader = duck.con.execute("SELECT person, place, s, e FROM by_place").to_arrow_reader(1 << 20)
                for batch in reader:
                    self._copy(cur, "by_place", [column.to_numpy() for column in batch.columns])
                cur.execute("CREATE VIEW by_person AS SELECT * FROM by_place")
                cur.execute("CREATE INDEX ON by_place (place, s) INCLUDE (person, e)")
                cur.execute("CREATE INDEX ON by_place (person, s) INCLUDE (place, e)")
                cur.execute("CREATE TABLE longest AS SELECT place, max(e - s) AS most FROM by_place GROUP BY place")
                cur.execute("CREATE UNIQUE INDEX ON longest (place)")
                cur.execute("VACUUM ANALYZE by_place")
                cur.execute("VACUUM ANALYZE longest")
            cur.execute("SET enable_bitmapscan = off; SET jit = off")

    def ask(self, cases: Any, count: str) -> bytes:
        """Contacts of both degrees, as the server's binary rows, not yet decoded."""
        with self.con.cursor() as cur:
            cur.execute("DROP TABLE IF EXISTS pair1, pair2, since, ix")
            cur.execute("CREATE TEMP TABLE ix (person int PRIMARY KEY, ws int, we int)")
            self._copy(cur, "ix", [cases[name].to_numpy().astype(np.int32) for name in ("person", "ws", "we")])
            cur.execute("ANALYZE ix")
            for text in steps(count, self.BOUND, "MATERIALIZED"):
                cur.execute(text)
                if "TABLE since" in text:
                    cur.execute("ANALYZE since")
            with cur.copy(f"COPY ({ANSWER}) TO STDOUT (FORMAT binary)") as out:
                return b"".join(bytes(part) for part in out)

    def _copy(self, cur: psycopg.Cursor, table: str, columns: list[Any]) -> None:
        kinds = [("n", ">i2")] + [one for i in range(len(columns)) for one in ((f"l{i}", ">i4"), (f"v{i}", ">i4"))]
        rows = np.empty(len(columns[0]), np.dtype(kinds))
        rows["n"] = len(columns)
        for i, column in enumerate(columns):
            rows[f"l{i}"], rows[f"v{i}"] = 4, column
        with cur.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as out:
            out.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
            out.write(rows.tobytes())
            out.write(struct.pack(">h", -1))


def rows_of_postgres(content: bytes) -> list[tuple[int, ...]]:
    """The server's binary rows as numbers."""
    found, at = [], 19
    while True:
        (n,) = struct.unpack_from(">h", content, at)
        at += 2
        if n < 0:
            return found
        row = []
        for _ in range(n):
            (size,) = struct.unpack_from(">i", content, at)
            row.append(int.from_bytes(content[at + 4 : at + 4 + size], "big", signed=True))
            at += 4 + size
        found.append(tuple(row))
