"""The bench (工作台): a file's rows beside what the tables hold, in columns, so that sets are compared and not rows."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa


class Bench:
    """DuckDB on one side, the open transaction on the other; instants in between are UTC without a zone.

    Tables on it: `raw` (the file as it came, `_row` first), `t` (typed), `problem`, `outcome`.
    """

    def __init__(self, cursor: Any, *, at: datetime, actor: Any = None, run: int | None = None) -> None:
        self.cursor, self.at, self.actor, self.run = cursor, at, actor, run
        self.known_at = at  # when rows became known that do not say so themselves
        self.outbreak: str | None = None
        self.row_name = "_row"  # SQL: the number of a row as people see it
        self.raw_as_json = "'{}'"  # SQL: a row word for word
        self.sealed_columns: list[str] = []  # names of the columns that say who somebody is
        self.progress: Callable[[str], None] = lambda words: None
        self.made: dict[str, list[Any]] = {}  # registers without a run of their own: table -> ids
        self.changed: dict[str, dict[str, dict[str, Any]]] = {}  # registers: table -> id -> column -> value before
        self._folder = tempfile.TemporaryDirectory(prefix="chainbreak-import-")
        self.duck = duckdb.connect(":memory:")
        self.duck.execute("SET TimeZone = 'Asia/Shanghai'")
        self.duck.execute(f"SET temp_directory = '{self._folder.name}'")
        self.duck.execute(
            "CREATE TABLE problem (_row BIGINT, col VARCHAR, code VARCHAR, severity VARCHAR, facts VARCHAR);"
            "CREATE TABLE outcome (_row BIGINT, rank TINYINT, beforehand BOOLEAN DEFAULT false)"
        )

    def close(self) -> None:
        self.duck.close()
        self._folder.cleanup()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- on the bench

    def do(self, sql: str, values: Sequence[Any] | None = None) -> duckdb.DuckDBPyConnection:
        sql = own_words(sql)
        return self.duck.execute(sql, values) if values is not None else self.duck.execute(sql)

    def rows(self, sql: str, values: Sequence[Any] | None = None) -> list[tuple]:
        return self.do(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Any] | None = None) -> Any:
        row = self.do(sql, values).fetchone()
        return row[0] if row else None

    def put(self, name: str, table: pa.Table) -> None:
        """An Arrow table as a table of the bench."""
        self.duck.register("_arrow", table)
        self.duck.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM _arrow")
        self.duck.unregister("_arrow")

    def add(self, table: str, rows: Sequence[tuple], names: Sequence[str]) -> None:
        """Rows of Python behind those of a table of the bench."""
        if rows:
            columns = dict(zip(names, (list(values) for values in zip(*rows, strict=True)), strict=True))
            self.duck.register("_arrow", pa.table(columns))
            self.duck.execute(f"INSERT INTO {table} BY NAME SELECT * FROM _arrow")
            self.duck.unregister("_arrow")

    def change(self, table: str, column: str, by: Callable[[str], str | None]) -> None:
        """Every text of a column put through a function of Python; each different one once."""
        values = [row[0] for row in self.rows(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")]
        pairs = [(value, new) for value in values if (new := by(value)) != value]
        if pairs:
            old, new = (pa.array(side, pa.string()) for side in zip(*pairs, strict=True))
            self.duck.register("_arrow", pa.Table.from_arrays([old, new], names=["old", "new"]))
            self.duck.execute(f"UPDATE {table} SET {column} = a.new FROM _arrow a WHERE {table}.{column} = a.old")
            self.duck.unregister("_arrow")

    def columns(self, name: str) -> list[str]:
        return [row[0] for row in self.rows(f"SELECT column_name FROM (DESCRIBE {name})")]

    def problem(self, sql: str) -> None:
        """Problems from a SELECT of row, column, code, severity, facts."""
        self.do(f"INSERT INTO problem {sql}")

    def add_problems(self, problems: Iterable[tuple[int | None, str | None, str, str, dict]]) -> None:
        rows = [
            (row, col, code, severity, json.dumps(facts, default=str)) for row, col, code, severity, facts in problems
        ]
        if rows:
            columns = zip(*rows, strict=True)
            names = ("_row", "col", "code", "severity", "facts")
            types = (pa.int64(), *[pa.string()] * 4)
            arrays = [pa.array(list(values), kind) for values, kind in zip(columns, types, strict=True)]
            self.duck.register("_arrow", pa.Table.from_arrays(arrays, names=names))
            self.duck.execute("INSERT INTO problem SELECT * FROM _arrow")
            self.duck.unregister("_arrow")

    # --- to and from the database

    def fetch(self, name: str, sql: str, types: dict[str, str], values: Sequence[Any] = ()) -> None:
        """What a query of the database gives, as a table of the bench; `types` name its columns in order."""
        path = Path(self._folder.name) / f"{name}.csv"
        query = f"COPY ({sql}) TO STDOUT (FORMAT csv, NULL '\\N')"
        with open(path, "wb") as file, self.cursor.copy(query, list(values) or None) as copy:
            for block in copy:
                file.write(block)
        listed = ", ".join(f"'{column}': '{kind}'" for column, kind in types.items())
        self.duck.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_csv('{path}', header=false, delim=',', quote='\"', "
            f"escape='\"', nullstr='\\N', columns={{{listed}}}, auto_detect=false, max_line_size=20000000)"
        )
        path.unlink()

    def send(self, table: str, columns: Sequence[str], sql: str) -> int:
        """The rows of a SELECT on the bench, copied into a table of the database; returns how many."""
        path = Path(self._folder.name) / "out.csv"
        (count,) = self.do(
            f"COPY ({sql}) TO '{path}' (FORMAT csv, HEADER false, NULLSTR '\\N', QUOTE '\"', ESCAPE '\"')"
        ).fetchall()[0]
        if count:
            listed = ", ".join(f'"{column}"' for column in columns)
            with (
                open(path, "rb") as file,
                self.cursor.copy(f"COPY {table} ({listed}) FROM STDIN (FORMAT csv, NULL '\\N')") as copy,
            ):
                while block := file.read(1 << 18):
                    copy.write(block)
        path.unlink()
        return count


def own_words(sql: str) -> str:
    """`at` is a column of ours and a word of DuckDB's own; outside of texts it is written as a name."""
    parts = re.split(r"('(?:[^']|'')*')", sql)
    parts[::2] = [re.sub(r'(?<![\w"])at(?![\w"])', '"at"', part) for part in parts[::2]]
    return "".join(parts)


def naive(at: datetime) -> str:
    """An aware instant as the bench writes it."""
    from datetime import UTC

    return f"TIMESTAMP '{at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
