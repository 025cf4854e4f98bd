"""Tracing (同时空): 300,000 stays through `engines.copresence`, against the self-join an analyst would write in DuckDB.

Both answer the same question: contacts of both degrees of 13 cases, minutes added up, with first and last exposure. The
stays of one person never touch, so that the self-join need not join stays together, which the engine does anyway.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from bench.timing import Say, interleaved, result

HELP = "contacts out of 300,000 stays"
NEEDS = "files"
PERSONS, PER_PERSON, PLACES, CASES, DAYS, SEED, ROUNDS = 20_000, 15, 6_000, 13, 14, 20220324, 9
MINUTE = 60_000_000

NAIVE = """
WITH near AS (
    SELECT a.person_id, b.person_id AS source, greatest(a.arrived_at, b.arrived_at, c.infectious_from) AS s,
           least(a.left_at, b.left_at, c.infectious_until) AS e
    FROM cases c JOIN stays b ON b.person_id = c.person_id
    JOIN stays a ON a.place_id = b.place_id AND a.person_id <> b.person_id
    WHERE greatest(a.arrived_at, b.arrived_at, c.infectious_from) < least(a.left_at, b.left_at, c.infectious_until)
      AND a.person_id NOT IN (SELECT person_id FROM cases)
), first_degree AS (
    SELECT person_id, source, min(s) AS first_at, max(e) AS last_at, sum(epoch_us(e) - epoch_us(s)) AS us,
           count(*) AS meetings
    FROM near GROUP BY ALL HAVING sum(epoch_us(e) - epoch_us(s)) >= 15 * 60000000
), sources AS (
    SELECT person_id, min(first_at) AS since FROM first_degree GROUP BY ALL
), far AS (
    SELECT a.person_id, b.person_id AS source, greatest(a.arrived_at, b.arrived_at, c.since) AS s,
           least(a.left_at, b.left_at) AS e
    FROM sources c JOIN stays b ON b.person_id = c.person_id
    JOIN stays a ON a.place_id = b.place_id AND a.person_id <> b.person_id
    WHERE greatest(a.arrived_at, b.arrived_at, c.since) < least(a.left_at, b.left_at)
      AND a.person_id NOT IN (SELECT person_id FROM cases) AND a.person_id NOT IN (SELECT person_id FROM sources)
), second_degree AS (
    SELECT person_id, source, min(s) AS first_at, max(e) AS last_at, sum(epoch_us(e) - epoch_us(s)) AS us,
           count(*) AS meetings
    FROM far GROUP BY ALL HAVING sum(epoch_us(e) - epoch_us(s)) >= 15 * 60000000
)
SELECT 1 AS degree, * FROM first_degree UNION ALL SELECT 2, * FROM second_degree ORDER BY 1, 2, 3
"""


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    from chainbreak.engines import copresence

    stays, cases = _stays()
    say(f"{stays.num_rows} stays, {PERSONS} persons, {PLACES} places, {CASES} cases")
    con = duckdb.connect()
    con.register("stays", stays)
    con.register("cases", cases)
    answers: dict[str, Any] = {}

    def ours() -> None:
        answers["ours"] = copresence.trace(stays, cases)

    def naive() -> None:
        answers["peer"] = con.execute(NAIVE).to_arrow_table()

    ours(), naive()
    _same(answers["ours"], answers["peer"])
    values, peer_values = interleaved(ours, naive, rounds or ROUNDS)
    _same(answers["ours"], answers["peer"])
    degrees = answers["ours"]["degree"].to_pylist()
    return [
        result(
            f"contacts of {CASES} cases out of {stays.num_rows} stays",
            values,
            "s",
            peer="self-join in DuckDB, equal answers",
            peer_values=peer_values,
            goal="no slower than the self-join",
            met=lambda _value, ratio: ratio is not None and ratio <= 1,
            pairs=[degrees.count(1), degrees.count(2)],
        )
    ]


def _stays() -> tuple[pa.Table, pa.Table]:
    """Stays of 10 to 120 minutes, each person's one after another with gaps; some places are far more popular."""
    con = duckdb.connect()
    slot = DAYS * 1440 // PER_PERSON  # minutes for one stay and the way
    chance = "(hash({0}, {1}, " + str(SEED) + ") % 1000000 / 1000000.0)"  # the same numbers on every machine
    begin, stay, where, day, who = (
        chance.format("n", f"'{name}'") for name in ("begin", "stay", "where", "day", "who")
    )
    con.execute(
        f"CREATE TABLE stays AS SELECT n // {PER_PERSON} AS person_id, "
        f"CAST(floor({PLACES} * {where} * {where}) AS BIGINT) AS place_id, "
        f"TIMESTAMP '2022-03-14' + to_minutes(n % {PER_PERSON} * {slot} + CAST(floor({begin} * {slot - 121}) AS BIGINT)) "
        f"AS arrived_at, arrived_at + to_minutes(10 + CAST(floor({stay} * 111) AS BIGINT)) AS left_at "
        f"FROM range({PERSONS * PER_PERSON}) t(n)"
    )
    con.execute(
        f"CREATE TABLE cases AS SELECT person_id, since AS infectious_from, since + INTERVAL 4 DAY AS infectious_until "
        f"FROM (SELECT n AS person_id, TIMESTAMP '2022-03-18' + to_days(CAST(floor({day} * 5) AS INT)) AS since "
        f"FROM range({PERSONS}) t(n) ORDER BY {who} LIMIT {CASES})"
    )
    return con.table("stays").to_arrow_table(), con.table("cases").to_arrow_table()


def _same(ours: pa.Table, peer: pa.Table) -> None:
    """Row by row: pair, degree, first and last exposure, microseconds, meetings."""
    names = ("degree", "person_id", "source_person_id", "first_exposure_at", "last_exposure_at")
    mine = list(zip(*(ours[name].to_pylist() for name in names), strict=True))
    mine = [(*row, round(m * MINUTE), k) for row, m, k in
            zip(mine, ours["minutes"].to_pylist(), ours["meetings"].to_pylist(), strict=True)]  # fmt: skip
    theirs = list(zip(*(peer[name].to_pylist() for name in peer.column_names), strict=True))
    if mine != [(*row[:5], int(row[5]), row[6]) for row in theirs]:
        raise ValueError(f"the answers must be equal; got {len(mine)} and {len(theirs)} pairs, or other values")
