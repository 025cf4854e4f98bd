"""A table of the field, whatever kind of file it came in (读表).

Begin at `read_table`; CSV is read here, workbooks in `workbook.py`, the finding of column names is in `header.py`.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from chainbreak.exchange import dialect, filetype
from chainbreak.exchange.header import Header, cell_text, find_header, is_total
from chainbreak.exchange.problems import Problem, Unreadable

SPREADSHEET_LIMITS = {65_536, 1_048_576}
HEAD = 25  # lines looked at to find the header


class Row(NamedTuple):
    """One record: its number below the header from 1, its line in the file, its cells, what is wrong with its form."""

    number: int
    line: int
    cells: list[Any]
    problems: tuple[Problem, ...] = ()


@dataclass
class Table:
    """A table with named columns; it can be gone through again and again, `notes` are complete after the first time."""

    path: Path
    columns: list[str]
    encoding: str = ""
    dialect: str = ""
    sheet: str = ""
    notes: list[Problem] = field(default_factory=list)
    totals: list[tuple[int, str]] = field(default_factory=list)
    lines: Callable[[], Iterator[tuple[int, list[Any], bool]]] = field(repr=False, default=lambda: iter(()))
    header: Header = field(repr=False, default=None)  # type: ignore[assignment]
    _first_notes: int = field(repr=False, default=-1)

    @property
    def rows(self) -> Iterator[Row]:
        """Every record, in the order of the file."""
        if self._first_notes < 0:
            self._first_notes = len(self.notes)
        del self.notes[self._first_notes :]
        self.totals = []
        number = empty = 0
        last_line = 0
        for line, cells, broken in self.lines():
            last_line = line
            if line in self.header.lines or line < self.header.first_data_line:
                continue
            if all(cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in cells):
                empty += 1
                continue
            if is_total(cells, len(self.columns)):
                words = " ".join(cell_text(cell) for cell in cells if cell is not None).strip()
                self.totals.append((line, words))
                self.notes.append(Problem(None, None, "total_row", facts={"line": line, "text": words}))
                continue
            number += 1
            yield self._row(number, line, cells, broken)
        if empty:
            self.notes.append(Problem(None, None, "empty_rows", facts={"count": empty}))
        if not number:
            self.notes.append(Problem(None, None, "no_rows"))
        if last_line in SPREADSHEET_LIMITS:
            self.notes.append(Problem(None, None, "row_limit", facts={"rows": last_line}))

    def _row(self, number: int, line: int, cells: list[Any], broken: bool) -> Row:
        width, found = len(self.columns), len(cells)
        problems = []
        facts = {"expected": width, "found": found, "line": line}
        if broken:
            problems.append(Problem(number, None, "unclosed_quote", facts={"line": line}))
        elif found > width and any(cell not in (None, "") for cell in cells[width:]):
            problems.append(Problem(number, None, "ragged_row_long", facts=facts))
        elif found < width and self.dialect:  # a workbook has no short rows
            problems.append(Problem(number, None, "ragged_row_short", facts=facts))
        if found < width:
            cells = [*cells, *[None] * (width - found)]
        elif found > width and not problems:
            cells = cells[:width]
        return Row(number, line, cells, tuple(problems))


def read_table(
    path: Path | str,
    sheet: str | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Table:
    """The table in a CSV, XLSX or Parquet file.

    Raises:
        Unreadable: the file is absent, empty, damaged, protected, or no table; it says what to do.
    """
    path = Path(path)
    kind = filetype.kind_of(path)
    if kind == "xlsx":
        from chainbreak.exchange.workbook import read_workbook

        return read_workbook(path, sheet)
    if kind == "parquet":
        return _read_parquet(path)
    return _read_text(path, encoding, delimiter)


def _read_text(path: Path, encoding: str | None, delimiter: str | None) -> Table:
    found = dialect.encoding_of(path, encoding)
    with open(path, encoding=found.name, newline="") as stream:
        sample = stream.read(256_000)
    if not sample.strip():
        raise Unreadable(path, "file_empty")
    if "\0" in sample:
        raise Unreadable(path, "file_is_binary")
    delimiter = delimiter or dialect.delimiter_of(sample)
    skip = 1 if sample.lower().startswith("sep=") else 0

    def lines() -> Iterator[tuple[int, list[Any], bool]]:
        with open(path, encoding=found.name, newline="") as stream:
            yield from _records(stream, delimiter, skip)

    head = []
    for line, cells, _ in lines():
        head.append((line, cells))
        if len(head) >= HEAD:
            break
    table = _table(path, head, lines, dialect=delimiter, encoding=found.name)
    if found.guessed:
        table.notes.append(Problem(None, None, "encoding_guessed", facts={"encoding": found.name}))
    return table


def _records(stream: io.TextIOBase, delimiter: str, skip: int) -> Iterator[tuple[int, list[Any], bool]]:
    """Lines of a CSV; when a quotation mark is never closed, the lines it would swallow are given one by one."""
    csv.field_size_limit(2**31 - 1)
    kept: list[str] = []

    def keep() -> Iterator[str]:
        for text in stream:
            kept.append(text)
            yield text

    reader = csv.reader(keep(), delimiter=delimiter)
    start = 1
    for cells in reader:
        swallowed, kept[:] = list(kept), []
        if len(swallowed) > 1 and _quote_is_open("".join(swallowed)):
            for offset, text in enumerate(swallowed):
                plain = next(csv.reader([text], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
                yield start + offset, [cell.strip('"') for cell in plain], offset == 0
        elif start > skip:
            yield start, cells, len(swallowed) == 1 and _quote_is_open(swallowed[0])
        start += len(swallowed)


def _quote_is_open(text: str) -> bool:
    return text.count('"') % 2 == 1 and not text.rstrip("\r\n").endswith('"')


def _read_parquet(path: Path) -> Table:
    import pyarrow
    import pyarrow.parquet as pq

    try:
        columns = list(pq.ParquetFile(path).schema_arrow.names)
    except (pyarrow.ArrowException, OSError) as error:
        raise Unreadable(path, "file_damaged", reason=str(error).splitlines()[0]) from error

    def lines() -> Iterator[tuple[int, list[Any], bool]]:
        line = 0
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    line += 1
                    yield line, list(cells), False

    return Table(
        path,
        columns,
        encoding="utf-8",
        dialect="",
        lines=lines,
        header=Header(columns, (), 1, ()),
    )


def _table(
    path: Path,
    head: list[tuple[int, list[Any]]],
    lines: Callable[[], Iterator[tuple[int, list[Any], bool]]],
    merged: dict[tuple[int, int], Any] | None = None,
    **facts: Any,
) -> Table:
    header = find_header(head, merged or {})
    if header is None:
        raise Unreadable(path, "no_columns")
    return Table(
        path,
        list(header.columns),
        lines=lines,
        header=header,
        notes=list(header.notes),
        **facts,
    )
