"""A file's rows onto the bench, word for word (装载)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from chainbreak.exchange import dialect, filetype
from chainbreak.exchange.columns import fold_column
from chainbreak.exchange.header import cell_text
from chainbreak.exchange.problems import Problem, Unreadable
from chainbreak.exchange.store.bench import Bench, quoted
from chainbreak.exchange.store.kind import Kind
from chainbreak.exchange.table import read_table

LARGE = 8_000_000  # bytes of text from which the plain form is read in columns at once


def load(bench: Bench, kind: Kind, path: Path, mapping: Any = None, sheet: str | None = None) -> list[Problem]:
    """`raw`: the file's columns under the names of the fields, `_row` from 1; gives what concerns the whole file.

    Raises:
        Unreadable: the file is no table, or a column is missing that a row cannot do without.
    """
    section = mapping_of(mapping, kind.name)
    kind_of = filetype.kind_of(path)
    notes: list[Problem] = []
    table = None
    if kind_of == "parquet":
        table = _parquet(path)
    elif kind_of == "text" and path.stat().st_size > LARGE and dialect.encoding_of(path).name in ("utf-8", "utf-8-sig"):
        table = _plain_text(path)
    if table is None:
        table, notes = _any(bench, path, sheet)
    return lay(bench, kind, path, table, notes, section)


def lay(
    bench: Bench, kind: Kind, path: Path, table: pa.Table, notes: list[Problem], section: Mapping[str, Any]
) -> list[Problem]:
    """A table of texts onto the bench as `raw`, its columns under the names of the fields; gives what concerns the file.

    Raises:
        Unreadable: a column is missing that a row cannot do without.
    """
    names = [name for name in table.column_names if name != "_row"]
    fields, more = assign(kind, [str(name) for name in names], section)
    notes += more
    _require(kind, path, fields, names, bench)
    table = table.rename_columns(
        ["_row" if name == "_row" else fields.get(name, f"_c{index}") for index, name in enumerate(table.column_names)]
    )
    bench.put("raw", table)
    for field, value in (section.get("constants") or {}).items():
        if field not in fields.values():
            bench.do(f"ALTER TABLE raw ADD COLUMN {field} VARCHAR")
        bench.do(f"UPDATE raw SET {field} = {quoted(str(value))} WHERE {field} IS NULL")
    for field, words in (section.get("values") or {}).items():
        for written, meaning in words.items():
            new = "NULL" if meaning is None else quoted(str(meaning))
            bench.do(f"UPDATE raw SET {field} = {new} WHERE trim({field}) = {quoted(str(written))}")
    _remember(bench, kind, [str(name) for name in names], fields)
    return notes


def mapping_of(mapping: Any, kind: str) -> dict[str, Any]:
    """The part of a mapping for one kind: a dict, or a file of them."""
    if mapping is None:
        return {}
    if not isinstance(mapping, Mapping):
        path = Path(str(mapping))
        try:
            mapping = yaml.safe_load(path.read_text("utf-8-sig"))
        except OSError as error:
            raise Unreadable(path, "mapping_absent", name=str(mapping), known="") from error
        except yaml.YAMLError as error:
            raise Unreadable(path, "mapping_invalid", reason=" ".join(str(error).split())) from error
        if not isinstance(mapping, Mapping) or not isinstance(mapping.get(kind), Mapping):
            raise Unreadable(path, "mapping_invalid", reason=f"it has no section “{kind}”")
    section = mapping.get(kind, mapping)
    if not {"columns", "constants", "values", "ignore"} & set(section):
        section = {"columns": section}
    return dict(section)


def assign(kind: Kind, names: list[str], section: Mapping[str, Any]) -> tuple[dict[str, str], list[Problem]]:
    """column -> field, by the mapping, else by the names themselves; a column nobody knows is noted."""
    known: dict[str, str] = {}
    for column in kind.all_columns():
        for alias in (column.name, *column.aliases):
            known.setdefault(fold_column(alias), column.name)
    wanted = {fold_column(str(name)): field for name, field in (section.get("columns") or {}).items()}
    columns = {column.name for column in kind.all_columns()}
    if strange := sorted(
        {str(f) for f in (*wanted.values(), *(section.get("constants") or {}), *(section.get("values") or {}))}
        - columns
    ):
        reason = f"{kind.name} has no field “{', '.join(strange)}”; it has {', '.join(sorted(columns))}"
        raise Unreadable("mapping", "mapping_invalid", reason=reason)
    ignored = {fold_column(str(name)) for name in section.get("ignore") or ()}
    fields: dict[str, str] = {}
    notes = []
    for exact in (True, False):  # the field's own name goes before its other names
        for name in names:
            folded = fold_column(name)
            field = wanted.get(folded) or (
                known.get(folded)
                if folded not in ignored and not (set(wanted.values()) & {known.get(folded)})
                else None
            )
            if (
                field
                and name not in fields
                and field not in fields.values()
                and (not exact or name == field or folded in wanted)
            ):
                fields[name] = field
    for name in names:
        if name not in fields and fold_column(name) not in ignored:
            notes.append(Problem(None, name, "column_unmapped"))
    return fields, notes


def _require(kind: Kind, path: Path, fields: dict[str, str], names: list[str], bench: Bench) -> None:
    missing = [column.name for column in kind.columns if column.required and column.name not in fields.values()]
    if kind.outbreak == "required" and not bench.outbreak and "outbreak" not in fields.values():
        missing.append("outbreak")
    if missing:
        raise Unreadable(path, "required_column_missing", fields=missing, columns=list(map(str, names)))


def _parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(path, "file_damaged", reason=str(error).splitlines()[0]) from error
    for index, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(index, column.name, table.column(index).cast(column.type.value_type))
    return table.append_column("_row", pa.array(range(1, table.num_rows + 1), pa.int64()))


def _plain_text(path: Path) -> pa.Table | None:
    """A large CSV in columns; None when its form is not plain, and it has to be read row by row."""
    import pyarrow.csv as pc

    with open(path, encoding="utf-8-sig", newline="") as stream:
        delimiter = dialect.delimiter_of(stream.read(64_000))
    parse = pc.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    try:
        with pc.open_csv(path, parse_options=parse) as reader:
            names = reader.schema.names
        convert = pc.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
        )
        table = pc.read_csv(path, parse_options=parse, convert_options=convert)
    except (pa.ArrowException, OSError):
        return None
    if len(set(names)) < len(names) or any(not name.strip() for name in names):
        return None
    return table.append_column("_row", pa.array(range(1, table.num_rows + 1), pa.int64()))


def _any(bench: Bench, path: Path, sheet: str | None) -> tuple[pa.Table, list[Problem]]:
    """Any table of the field, row by row; what is wrong with a row's form stands against it."""
    source = read_table(path, sheet)
    width = len(source.columns)
    columns: list[list[str | None]] = [[] for _ in range(width)]
    rest: list[str | None] = []
    rows: list[int] = []
    problems = []
    for row in source.rows:
        rows.append(row.number)
        cells = [cell_text(cell) or None for cell in row.cells]
        for index in range(width):
            columns[index].append(cells[index] if index < len(cells) else None)
        rest.append(" ".join(filter(None, cells[width:])) or None)
        problems += [(p.row, p.column, p.code, p.severity, dict(p.facts)) for p in row.problems]
    bench.add_problems(problems)
    arrays = [pa.array(values, pa.string()) for values in columns]
    names = list(source.columns)
    if any(rest):
        arrays.append(pa.array(rest, pa.string()))
        names.append("…")
    return pa.Table.from_arrays([*arrays, pa.array(rows, pa.int64())], names=[*names, "_row"]), list(source.notes)


def _remember(bench: Bench, kind: Kind, names: list[str], fields: dict[str, str]) -> None:
    """How a row is written down word for word, should it not be taken: who somebody is stays sealed."""
    sealed = {column.name for column in kind.columns if column.sealed}
    pairs = []
    bench.sealed_columns = [name for name in names if fields.get(name) in sealed]
    for index, name in enumerate(names):
        pairs.append(f"{quoted(name)}, CAST({fields.get(name, f'_c{index}')} AS VARCHAR)")
    bench.raw_as_json = f"CAST(json_object({', '.join(pairs)}) AS VARCHAR)" if pairs else "'{}'"


def sealed(raw: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The row word for word, with its identities encrypted."""
    import base64

    from chainbreak.registry.services import identity

    return {
        name: "sealed:" + base64.b64encode(identity.encrypt(str(value), "import")).decode()
        if name in names and value
        else value
        for name, value in raw.items()
    }


def plain(text: str) -> dict[str, Any]:
    return json.loads(text)
