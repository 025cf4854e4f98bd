"""Tables out of files (读入数据表): CSV or Parquet, with errors that name file, column and row.

A row number is the one a spreadsheet shows: the heading of a CSV file is row 1; rows of Parquet count from 1.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

CHINA = timezone(timedelta(hours=8))
CHINA_US = pa.timestamp("us", tz="+08:00")
NAIVE_US = pa.timestamp("us")
_INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"
_ZONED = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_ALSO = (
    "%Y/%m/%d %H:%M:%S.%f",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
)


class TableError(ValueError):
    """A file that cannot be used: a code for programs, and what and where as facts for the words."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Source:
    """A table as it stands in its file, with what is needed to name a row of it."""

    path: str
    table: pa.Table
    is_text: bool

    def row(self, index: int) -> int:
        """The row number people see."""
        return index + (2 if self.is_text else 1)

    def has(self, name: str) -> bool:
        """Whether the file has a column of that name."""
        return name in self.table.column_names

    def refuse(self, code: str, column: str, bad: pa.ChunkedArray | pa.Array) -> None:
        """Raise the error of that code if any row is bad; it names the first rows and how many there are."""
        rows = pc.indices_nonzero(pc.fill_null(bad, False)).to_pylist()
        if rows:
            shown = ", ".join(str(self.row(i)) for i in rows[:5]) + (" …" if len(rows) > 5 else "")
            value = self.table[column][rows[0]].as_py()
            raise TableError(code, path=self.path, column=column, rows=shown, number=len(rows), value=str(value))


def load(path: str | Path, *, needs: Iterable[str], may: Iterable[str] = ()) -> Source:
    """A file's columns by name; the ones it needs must be there, the ones it may have are taken if they are.

    Raises:
        TableError: not a table, a column missing or there twice, a row of another length.
        OSError: the file cannot be read.
    """
    name = str(path)
    with open(path, "rb") as file:
        magic = file.read(6)
    kinds = {b"PAR1": _parquet, b"ARROW1": _arrow}
    kind = next((kind for known, kind in kinds.items() if magic.startswith(known)), None)
    names, read = (kind or _text)(name)
    missing = [column for column in needs if column not in names]
    if missing:
        raise TableError("column_missing", path=name, column=", ".join(missing), found=", ".join(names))
    wanted = [column for column in (*needs, *may) if column in names]
    twice = [column for column in wanted if names.count(column) > 1]
    if twice:
        raise TableError("column_twice", path=name, column=twice[0])
    return Source(name, read(wanted), kind is None)


def ids(source: Source, column: str) -> pa.ChunkedArray:
    """A column of ids as it is; none may be missing."""
    values = source.table[column]
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_large_string(values.type) or pa.types.is_string(values.type):
        values = pc.utf8_trim_whitespace(values.cast(pa.string()))
        source.refuse("value_missing", column, pc.or_kleene(pc.is_null(values), pc.equal(values, "")))
    elif pa.types.is_integer(values.type):
        source.refuse("value_missing", column, pc.is_null(values))
        values = values.cast(pa.int64())
    else:
        raise TableError("not_an_id", path=source.path, column=column, found=str(values.type))
    return values


def ids_or_null(source: Source, column: str) -> pa.ChunkedArray:
    """A column of ids out of text: as numbers if all of them are numbers as written, else as text; null where empty."""
    values = pc.utf8_trim_whitespace(source.table[column].cast(pa.string()))
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    numbers = pc.all(pc.match_substring_regex(values, _INTEGER), min_count=0).as_py()
    return values.cast(pa.int64()) if numbers and values.null_count < len(values) else values


def one_type(columns: list[tuple[Source, str, pa.ChunkedArray]]) -> list[pa.ChunkedArray]:
    """Ids of several files as one type: numbers where all of them are numbers as written, text otherwise.

    An id such as 007 is text, and keeps its zeros. Parquet says what it holds, CSV goes along with it.

    Raises:
        TableError: one file has numbers where another has text.
    """
    fixed = [(source.path, values.type) for source, _, values in columns if not source.is_text]
    for path, kind in fixed[1:]:
        if kind != fixed[0][1]:
            raise TableError("ids_mixed", path=path, other=fixed[0][0], found=str(kind), wanted=str(fixed[0][1]))
    numbers = [pc.match_substring_regex(v, _INTEGER) if pa.types.is_string(v.type) else None for _, _, v in columns]
    if fixed:
        as_numbers = pa.types.is_integer(fixed[0][1])
    else:
        as_numbers = all(n is None or pc.all(n, min_count=0).as_py() for n in numbers)
    if not as_numbers:
        return [values.cast(pa.string()) for _, _, values in columns]
    for (source, column, _), is_number in zip(columns, numbers, strict=True):
        if is_number is not None:
            source.refuse("id_not_a_number", column, pc.invert(is_number))
    return [values.cast(pa.int64()) for _, _, values in columns]


def instants(source: Source, column: str, *, required: bool = True) -> pa.ChunkedArray:
    """A column of instants, with a zone (China's) if any value has one, without if none has.

    Text may be ISO 8601 or 2022/3/8 7:49, with or without a zone; 24:00 is the next midnight.
    """
    values = source.table[column]
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = _from_text(source, column, values.cast(pa.string()))
    elif pa.types.is_date(values.type):
        values = values.cast(NAIVE_US)
    elif pa.types.is_timestamp(values.type):
        values = values.cast(pa.timestamp("us", tz=values.type.tz), safe=False)
    elif pa.types.is_null(values.type):
        values = values.cast(NAIVE_US)
    else:
        raise TableError("not_an_instant", path=source.path, column=column, found=str(values.type))
    if required:
        source.refuse("value_missing", column, pc.is_null(values))
    return values


def instants_or_null(source: Source, column: str) -> tuple[pa.ChunkedArray, pa.Array]:
    """A column of instants as `instants` gives it, null where a value cannot be read; and which could not."""
    try:
        values = instants(source, column, required=False)
        return values, pa.array([False] * len(values), pa.bool_())
    except TableError as error:
        if error.code != "not_an_instant_text":
            raise
    texts = pc.utf8_trim_whitespace(source.table[column].cast(pa.string()))
    found = [_instant(text) if text else None for text in texts.to_pylist()]
    unread = pa.array([bool(text) and at is None for text, at in zip(texts.to_pylist(), found, strict=True)])
    if any(at is not None and at.tzinfo for at in found):
        zoned = [at if at is None or at.tzinfo else at.replace(tzinfo=CHINA) for at in found]
        return pa.chunked_array([pa.array(zoned, CHINA_US)]), unread
    return pa.chunked_array([pa.array(found, NAIVE_US)]), unread


def _parquet(name: str):  # type: ignore[no-untyped-def]
    try:
        file = pq.ParquetFile(name)
    except (pa.ArrowInvalid, OSError):
        raise TableError("not_a_table", path=name) from None

    def read(wanted: list[str]) -> pa.Table:
        try:
            return file.read(columns=wanted)
        except (pa.ArrowInvalid, OSError) as error:
            raise TableError("file_damaged", path=name, said=str(error).splitlines()[0]) from None

    return list(file.schema_arrow.names), read


def _arrow(name: str):  # type: ignore[no-untyped-def]
    try:
        file = pa.ipc.open_file(pa.memory_map(name))
    except (pa.ArrowInvalid, OSError):
        raise TableError("not_a_table", path=name) from None

    def read(wanted: list[str]) -> pa.Table:
        try:
            return file.read_all().select(wanted)
        except (pa.ArrowInvalid, OSError) as error:
            raise TableError("file_damaged", path=name, said=str(error).splitlines()[0]) from None

    return list(file.schema.names), read


def _text(name: str):  # type: ignore[no-untyped-def]
    content = Path(name).read_bytes()
    encoding = _encoding(name, content)
    first = content.split(b"\n", 1)[0].decode(encoding)
    delimiter = max(",\t;", key=first.count)
    header = [field.strip() for field in next(csv.reader([first.rstrip("\r")], delimiter=delimiter), [])]
    if not any(header):
        raise TableError("not_a_table", path=name)

    def read(wanted: list[str]) -> pa.Table:
        try:
            return arrow_csv.read_csv(
                io.BytesIO(content),
                read_options=arrow_csv.ReadOptions(encoding=encoding, column_names=header, skip_rows=1),
                parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            raise _ragged(name, content.decode(encoding), delimiter, len(header)) from None

    return header, read


def _encoding(name: str, content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if b"\0" in content[:4096]:
            break
        return "utf8" if encoding == "utf-8-sig" and not content.startswith(b"\xef\xbb\xbf") else encoding
    raise TableError("not_a_table", path=name)


def _ragged(name: str, text: str, delimiter: str, n_columns: int) -> TableError:
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
        if row and len(row) != n_columns:
            return TableError("row_length", path=name, row=number, wanted=n_columns, got=len(row))
    return TableError("not_a_table", path=name)


def _from_text(source: Source, column: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    values = pc.utf8_trim_whitespace(values)
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    try:
        return _all_at_once(values)
    except pa.ArrowInvalid:
        return _one_by_one(source, column, values)


def _all_at_once(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO 8601, all with a zone or all without; anything else is left to the slow way."""
    zoned = pc.match_substring_regex(pc.utf8_slice_codeunits(values, 10), _ZONED)
    if not pc.any(zoned, min_count=0).as_py():
        return values.cast(NAIVE_US)
    return values.cast(pa.timestamp("us", tz="UTC")).cast(CHINA_US)


def _one_by_one(source: Source, column: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    found = [None if text is None else _instant(text) for text in values.to_pylist()]
    unread = [text is not None and at is None for text, at in zip(values.to_pylist(), found, strict=True)]
    source.refuse("not_an_instant_text", column, pa.array(unread, pa.bool_()))
    if any(at is not None and at.tzinfo for at in found):
        zoned = [at if at is None or at.tzinfo else at.replace(tzinfo=CHINA) for at in found]
        return pa.chunked_array([pa.array(zoned, CHINA_US)])
    return pa.chunked_array([pa.array(found, NAIVE_US)])


def _instant(text: str) -> datetime | None:
    midnight = text[10:].lstrip("T ").startswith("24:00")
    plain = text[:10] + text[10:].replace("24:00", "00:00", 1) if midnight else text
    found = None
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        for form in _ALSO:
            try:
                found = datetime.strptime(plain, form)  # noqa: DTZ007  (a time without zone stays one)
                break
            except ValueError:
                continue
    return found + timedelta(days=1) if found is not None and midnight else found
