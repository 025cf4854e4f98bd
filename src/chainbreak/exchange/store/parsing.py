"""Texts of a file into typed columns; what cannot be read is a problem of its row (取值)."""

from __future__ import annotations

import orjson

from chainbreak.exchange.store.bench import Bench, naive, quoted
from chainbreak.exchange.store.kind import Column, Kind

YES = ("true", "t", "1", "yes", "y", "是", "有")
NO = ("false", "f", "0", "no", "n", "否", "无")
MISSING = ("", "na", "n/a", "null", "none", "nan", "-", "未知", "不详", "unknown")
UNREADABLE = {
    "instant": "instant_unreadable",
    "day": "instant_unreadable",
    "whole": "number_not_taken",
    "number": "number_not_taken",
    "yesno": "yesno_unreadable",
    "json": "json_unreadable",
    "word": "word_not_taken",
}


def plain_json(text: str | None) -> str | None:
    """JSON written one way only, so that two writings of one thing are equal; None when it is none."""
    try:
        return None if text is None else orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONDecodeError:
        return None


def read_columns(bench: Bench, kind: Kind) -> None:
    """`raw` (texts, or types as they came) into `t`, with a problem for each value that cannot be taken."""
    have = {name: kind_of for name, kind_of, *_ in bench.rows("DESCRIBE raw")}
    listed, columns = ["_row"], kind.all_columns()
    for column in columns:
        listed.append(f"{_typed(column, have.get(column.name), bench)} AS {column.name}")
    bench.do(f"CREATE OR REPLACE TABLE t AS SELECT {', '.join(listed)} FROM raw")
    if kind.outbreak and bench.outbreak:
        bench.do(f"UPDATE t SET outbreak = {quoted(bench.outbreak)} WHERE outbreak IS NULL")
    for column in columns:
        if column.type == "json":
            bench.change("t", column.name, plain_json)
        _complain(bench, column, have.get(column.name), kind)


def _typed(column: Column, came_as: str | None, bench: Bench) -> str:
    """The SQL that reads one column."""
    default = (
        f"CAST({quoted(column.default)} AS {_type(column)})"
        if column.default is not None
        else f"CAST(NULL AS {_type(column)})"
    )
    if came_as is None:
        return default
    if came_as != "VARCHAR":
        sql = _from_native(column, came_as)
    else:
        sql = _from_text(column, f"trim({column.name})")
    return sql if column.default is None else f"coalesce({sql}, {default})"


def _type(column: Column) -> str:
    return {"instant": "TIMESTAMP", "day": "DATE", "whole": "BIGINT", "number": "DOUBLE", "yesno": "BOOLEAN"}.get(
        column.type, "VARCHAR"
    )


def _from_native(column: Column, came_as: str) -> str:
    name = column.name
    if column.type == "instant":
        if came_as == "TIMESTAMP WITH TIME ZONE":
            return f"make_timestamp(epoch_us({name}))"
        return f"make_timestamp(epoch_us(CAST(CAST({name} AS TIMESTAMP) AS TIMESTAMPTZ)))"
    if column.type in ("text", "word", "list", "json"):
        return _from_text(column, f"CAST({name} AS VARCHAR)")
    if column.type == "whole" and came_as in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN {name} = round({name}) THEN TRY_CAST({name} AS BIGINT) END"
    return f"TRY_CAST({name} AS {_type(column)})"


def _from_text(column: Column, text: str) -> str:
    blank = f"lower({text}) IN ({', '.join(map(quoted, MISSING))})"
    match column.type:
        case "instant":
            # 8 digits are a day; 24:00 is the next midnight; without an offset it is the time of the city
            compact = f"regexp_replace({text}, '^(\\d{{4}})(\\d\\d)(\\d\\d)$', '\\1-\\2-\\3')"
            whole = f"regexp_replace(replace({compact}, '/', '-'), '([T ]\\d{{1,2}}:\\d\\d) ?([Zz+-])', '\\1:00\\2')"
            return f"make_timestamp(epoch_us(TRY_CAST({whole} AS TIMESTAMPTZ)))"
        case "day":
            compact = f"regexp_replace({text}, '^(\\d{{4}})(\\d\\d)(\\d\\d)$', '\\1-\\2-\\3')"
            return f"TRY_CAST(replace({compact}, '/', '-') AS DATE)"
        case "whole":
            return f"CASE WHEN regexp_full_match({text}, '[+-]?\\d{{1,18}}(\\.0+)?') THEN TRY_CAST(TRY_CAST({text} AS DECIMAL(28,6)) AS BIGINT) END"
        case "number":
            number = f"TRY_CAST({text} AS DOUBLE)"
            return f"CASE WHEN isfinite({number}) THEN {number} END"
        case "yesno":
            yes, no = (", ".join(map(quoted, words)) for words in (YES, NO))
            return f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"
        case "json":
            return f"CASE WHEN {blank} THEN NULL ELSE {text} END"
        case "word":
            words = ", ".join(map(quoted, column.words))
            return f"CASE WHEN {text} IN ({words}) THEN {text} WHEN lower({text}) IN ({words}) THEN lower({text}) END"
        case _:
            return f"nullif({text}, '')"


def _complain(bench: Bench, column: Column, came_as: str | None, kind: Kind) -> None:
    name = column.name
    if came_as is not None and column.type in UNREADABLE:
        text = f"trim(CAST(raw.{name} AS VARCHAR))"
        value = "NULL" if column.sealed else f"left({text}, 80)"
        facts = f"json_object('value', {value}, 'words', {quoted(', '.join(column.words))})"
        source = "t.{0} IS NULL" if column.default is None else "{1} IS NULL"
        unread = source.format(name, _from_text(column, f"trim(raw.{name})") if came_as == "VARCHAR" else f"t.{name}")
        missing = ", ".join(map(quoted, MISSING))
        bench.problem(
            f"SELECT _row, '{name}', '{UNREADABLE[column.type]}', 'error', CAST({facts} AS VARCHAR) FROM raw "
            f"JOIN t USING (_row) WHERE {unread} AND raw.{name} IS NOT NULL AND lower({text}) NOT IN ({missing})"
        )
    if column.required or (name == "outbreak" and kind.outbreak == "required"):
        field = f"CAST(json_object('field', '{name}') AS VARCHAR)"
        bench.problem(
            f"SELECT _row, '{name}', 'missing_value', 'error', {field} FROM t WHERE {name} IS NULL "
            f"AND NOT EXISTS (SELECT 1 FROM problem p WHERE p._row = t._row AND p.col = '{name}')"
        )
    if column.length and came_as is not None:
        bench.problem(
            f"SELECT _row, '{name}', 'text_too_long', 'error', CAST(json_object('length', length({name}), 'limit', "
            f"{column.length}) AS VARCHAR) FROM t WHERE length({name}) > {column.length}"
        )
    if column.type == "instant":
        facts = f"CAST(json_object('value', {name}) AS VARCHAR)"
        if name == "recorded_at":
            bench.problem(
                f"SELECT _row, '{name}', 'recorded_in_future', 'error', {facts} FROM t WHERE {name} > {naive(bench.at)}"
            )
        bench.problem(
            f"SELECT _row, '{name}', 'date_out_of_range', 'error', {facts} FROM t "
            f"WHERE {name} < TIMESTAMP '1900-01-01' OR {name} > TIMESTAMP '2200-01-01'"
        )
