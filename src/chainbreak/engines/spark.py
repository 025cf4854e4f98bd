"""Who met whom, on Spark (同时空, 集群): the statement of `statement`, run by Spark or by Sail in its place.

Nothing is written twice: the SQL is DuckDB's, with the two words in it that Spark calls by other names. A session is
any Spark Connect session; without one, Sail (`pysail`) is started inside this process, or `SPARK_REMOTE` is asked.
"""

from __future__ import annotations

import atexit
import os
import re
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chainbreak.engines import copresence

MANY = 200_000  # rows: more go by way of a file, not through the session's channel
KEPT = frozenset(
    {"stay", *(f"{part}{n}" for part in ("source", "cut", "here", "met", "meeting", "pair", "person") for n in (1, 2))}
)
_NAMED = re.compile(r"(?:with|,)\s+(\w+) as \(")
_SLOTS = re.compile(r"unnest\(generate_series\((.*?), (.*?)\)\)")
_WORDS = {pa.int64(): "bigint", pa.string(): "string"}
_own: list[Any] = []  # the session of this process and its server


class SparkMissing(RuntimeError):
    """Neither `pysail` nor a Spark Connect client is installed."""


def dialect(text: str) -> str:
    """The statement in Spark's words: `div` for whole division, `explode(sequence())` for a row to each slot."""
    return _SLOTS.sub(r"explode(sequence(\1, \2))", text).replace("//", "div")


def trace(
    stays: pa.Table,
    cases: pa.Table,
    places: pa.Table | None = None,
    controls: pa.Table | None = None,
    *,
    session: Any = None,
    **rule: Any,
) -> pa.Table:
    """Contacts row by row as `copresence.trace` gives them; its arguments, and a session.

    Raises:
        ValueError: as `copresence.trace`.
        SparkMissing: no session is given and none can be made.
    """
    asked = copresence.question(stays, cases, places, controls, **rule)
    spark = session or own_session()
    with tempfile.TemporaryDirectory(prefix="chainbreak-spark-") as folder:
        by_file = Path(folder) if session is None and "SPARK_REMOTE" not in os.environ else None
        for name, table in asked.tables.items():
            _view(spark, name, table, by_file)
        named, last = steps(dialect(asked.text))
        for name, text in named:
            frame = spark.sql(text)
            (_kept(spark, frame, name, by_file) if name in KEPT else frame).createOrReplaceTempView(name)
        return copresence.answer(spark.sql(last).toArrow(), stays)


def steps(text: str) -> tuple[list[tuple[str, str]], str]:
    """The named parts of a statement `with a as (…), b as (…) select …`, in order, and the select at its end."""
    named: list[tuple[str, str]] = []
    at = 0
    while (head := _NAMED.match(text, at)) is not None:
        depth, end = 1, head.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        named.append((head[1], text[head.end() : end - 1]))
        at = end
    return named, text[at:]


def _kept(spark: Any, frame: Any, name: str, by_file: Path | None) -> Any:
    """A part computed once, for the parts after it read it more than once and Spark would compute it each time."""
    if by_file is None:
        return frame.cache()
    path = by_file / f"{name}.step"
    frame.write.parquet(str(path))
    if not any(path.glob("*.parquet")):  # no rows, no file
        return _empty(spark, {field.name: field.dataType.simpleString() for field in frame.schema})
    return spark.read.parquet(str(path))


def own_session() -> Any:
    """The session of this process, made once: at `SPARK_REMOTE` if that is set, else at a Sail inside this process."""
    if not _own:
        os.environ.setdefault("RUST_LOG", "error")  # Sail tells of every step otherwise
        try:
            with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of the client about pandas
                from pyspark.sql.connect.session import SparkSession

            address = os.environ.get("SPARK_REMOTE")
            if address is None:
                from pysail.spark import SparkConnectServer

                server = SparkConnectServer("127.0.0.1", 0)
                server.start(background=True)
                address = f"sc://127.0.0.1:{server.listening_address[1]}"
                _own.append(server)
            _own.insert(0, SparkSession.builder.remote(address).getOrCreate())
        except ImportError as missing:
            raise SparkMissing(str(missing)) from missing
        atexit.register(close)
    return _own[0]


def close() -> None:
    """End the session of this process and its server, if there are any."""
    while _own:
        thing = _own.pop(0)
        thing.stop()


def _view(spark: Any, name: str, table: pa.Table, by_file: Path | None) -> None:
    """A table under its name in the session; an empty one has nothing to send but its columns."""
    if table.num_rows == 0:
        frame = _empty(spark, {field.name: _WORDS.get(field.type, "bigint") for field in table.schema})
    elif by_file is not None and table.num_rows > MANY:
        pq.write_table(table, by_file / f"{name}.parquet")
        frame = spark.read.parquet(str(by_file / f"{name}.parquet"))
    else:
        frame = spark.createDataFrame(table.combine_chunks())
    frame.createOrReplaceTempView(name)


def _empty(spark: Any, columns: Mapping[str, str]) -> Any:
    """A table without rows: its columns and what they hold."""
    return spark.sql(
        "select " + ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items()) + " where false"
    )
