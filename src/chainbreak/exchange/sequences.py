"""A laboratory's genomes as one file on their way in (测序结果文件): FASTA, alone or in a ZIP with a table about them.

Three forms are taken: a FASTA file, plain or packed (.gz, .xz), whose titles may say more than a name
(`>S-12 case=LY-0003 date=2022-03-26 lab=…`, `>name|2022-03-26`); a ZIP of FASTA files and one table with a column of their
names; a table with a column of letters. In a ZIP, a FASTA file called reference… holds the reference genome.
"""

from __future__ import annotations

import gzip
import io
import lzma
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chainbreak.epi.genomes.bases import NotFasta, read_records
from chainbreak.epi.genomes.sites import genome as of_the_pathogen
from chainbreak.exchange import filetype
from chainbreak.exchange.columns import fold_column
from chainbreak.exchange.genomes import id_column
from chainbreak.exchange.header import cell_text
from chainbreak.exchange.problems import Problem, Unreadable
from chainbreak.exchange.table import read_table

GZIP, XZ = b"\x1f\x8b", b"\xfd7zXZ"
MOST_BYTES = 2_000_000_000  # unpacked: more is no delivery of a laboratory
FASTA_NAMES = (".fasta", ".fa", ".fna", ".fas", ".fsa")
SAID = {  # words before = in a title -> field
    "case": "case_id", "case_id": "case_id", "病例": "case_id", "病例编号": "case_id",
    "sample": "sample", "sample_id": "sample", "样本": "sample", "样本编号": "sample",
    "date": "collected_on", "collected": "collected_on", "collection_date": "collected_on", "采样日期": "collected_on",
    "lab": "laboratory", "laboratory": "laboratory", "实验室": "laboratory",
    "lineage": "lineage", "谱系": "lineage",
}  # fmt: skip
REFERENCE = ("reference", "参考序列")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@dataclass
class Delivery:
    """The records of one file: names of the columns, a row of texts each, and what concerns the whole file."""

    columns: list[str]
    rows: list[list[str | None]]
    notes: list[Problem] = field(default_factory=list)


def read(path: Path | str, known: Mapping[str, str], *, sheet: str | None = None, most: int | None = None) -> Delivery:
    """The genomes of a file with all that is said of them, the columns `id` and `letters` among them.

    Args:
        known: folded name of a column -> field of the kind; what a table says goes before what a title says.
        most: read no more records than so many.

    Raises:
        Unreadable: no FASTA, no table, nothing in it; FASTA names the line.
    """
    path = Path(path)
    start = _start(path)
    if start.startswith(b"PK") and not _is_workbook(path):
        return _of_zip(path, known, most)
    if start.startswith((GZIP, XZ)) or start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b">", b";")):
        return _joined(_limited(_records(path, path), most), None, {}, known)
    return _of_table(path, known, sheet, most)


def packed(fasta: Path, table: Path, out: Path) -> Path:
    """A FASTA file and the table about it as one ZIP.

    Raises:
        Unreadable: one of them is not there, or empty.
    """
    for path in (fasta, table):
        _start(path)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        pack.write(fasta, f"genomes{''.join(fasta.suffixes[-2:]) or '.fasta'}")
        pack.write(table, f"about{table.suffix or '.csv'}")
    return out


def _of_table(path: Path, known: Mapping[str, str], sheet: str | None, most: int | None) -> Delivery:
    if filetype.kind_of(path) == "parquet":
        import pyarrow.parquet as parquet

        table = parquet.read_table(path)
        names = list(table.column_names)
        rows = [[None if cell is None else str(cell) for cell in row.values()] for row in table.to_pylist()]
        return Delivery(names, rows[:most])
    source = read_table(path, sheet)
    rows = []
    for row in source.rows:
        cells = [cell_text(cell) or None for cell in row.cells[: len(source.columns)]]
        rows.append(cells + [None] * (len(source.columns) - len(cells)))
        if len(rows) == most:
            break
    return Delivery(list(source.columns), rows, list(source.notes))


def _of_zip(path: Path, known: Mapping[str, str], most: int | None) -> Delivery:
    with zipfile.ZipFile(path) as pack, tempfile.TemporaryDirectory(prefix="genomes-") as folder:
        members = [one for one in pack.infolist() if not one.is_dir() and not _is_hidden(one.filename)]
        if sum(one.file_size for one in members) > MOST_BYTES:
            raise Unreadable(path, "file_damaged", reason=f"> {MOST_BYTES} bytes unpacked")
        fasta, tables = [], []
        for number, one in enumerate(members):
            out = Path(folder) / f"{number}-{Path(one.filename).name[-80:]}"
            try:
                out.write_bytes(pack.read(one))
            except (RuntimeError, zipfile.BadZipFile, NotImplementedError, OSError) as error:
                raise Unreadable(path, "file_damaged", reason=f"{one.filename}: {error}") from error
            (fasta if _is_fasta(out) else tables).append((out, one.filename))
        if not fasta or len(tables) > 1:
            found = ", ".join(one.filename for one in members)
            raise Unreadable(path, "zip_without_fasta" if not fasta else "zip_of_tables", found=found or "-")
        records = _limited((record for out, name in fasta for record in _records(out, name)), most)
        about = (tables[0][0], tables[0][1]) if tables else None
        titles = [_name_of(title) for title, _letters, _is in records]
        try:
            said = _about(about[0], titles, known) if about else ([], {})
        except Unreadable as error:
            raise Unreadable(tables[0][1], error.code, **error.facts) from error
        return _joined(records, *said, known)


def _records(path: Path, shown: Path | str) -> Iterator[tuple[str, str, bool]]:
    """(title, letters, whether the file is that of the reference)."""
    is_reference = Path(str(shown)).name.casefold().startswith(REFERENCE)
    start = _start(path)
    opener: Any = gzip.open if start.startswith(GZIP) else lzma.open if start.startswith(XZ) else open
    empty = True
    try:
        with opener(path, "rb") as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace") as text:
            for title, letters in read_records(text):
                empty = False
                yield title, letters, is_reference
    except NotFasta as error:
        raise Unreadable(shown, f"fasta_{error.code}", line=error.line, found=error.found) from error
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise Unreadable(shown, "file_damaged", reason=str(error)) from error
    if empty:
        raise Unreadable(shown, "file_empty")


def _limited(records: Iterable[tuple[str, str, bool]], most: int | None) -> list[tuple[str, str, bool]]:
    found = []
    for record in records:
        found.append(record)
        if len(found) == most:
            break
    return found


def _about(path: Path, ids: list[str], known: Mapping[str, str]) -> tuple[list[str], dict[str, list[str | None]]]:
    """The columns of the table but that of the names, and its rows by name; the first row of a name counts."""
    source = read_table(path)
    names = list(source.columns)
    key = names.index(id_column(path, names, [part for name in ids for part in _parts(name)]))
    rows: dict[str, list[str | None]] = {}
    for row in source.rows:
        cells = [cell_text(cell) or None for cell in row.cells[: len(names)]]
        cells += [None] * (len(names) - len(cells))
        if cells[key]:
            rows.setdefault(str(cells[key]).strip(), cells)
    shown = [at for at, name in enumerate(names) if at != key and known.get(fold_column(name)) != "letters"]
    return [names[at] for at in shown], {name: [row[at] for at in shown] for name, row in rows.items()}


def _joined(
    records: list[tuple[str, str, bool]],
    columns: list[str] | None,
    about: dict[str, list[str | None]],
    known: Mapping[str, str],
) -> Delivery:
    """Titles and table as one: what the table has a column for is not read out of titles."""
    columns = columns or []
    told = {known.get(fold_column(name)) for name in columns}
    own = [name for name in dict.fromkeys(SAID.values()) if name not in told]
    rows, used = [], set()
    for title, letters, is_reference in records:
        name, said = _name_of(title), _said(title)
        key = next((part for part in _parts(name) if part in about), None)
        used.add(key)
        row = about.get(key or "", [None] * len(columns))
        reference = "yes" if is_reference or said.get("is_reference") or _is_known_reference(name) else None
        rows.append([name, reference, letters, *row, *(said.get(one) for one in own)])
    filled = [at for at in range(len(own)) if any(row[3 + len(columns) + at] for row in rows)]
    rows = [[*row[: 3 + len(columns)], *(row[3 + len(columns) + at] for at in filled)] for row in rows]
    notes = []
    if missing := sorted(set(about) - used):
        facts = {"number": len(missing), "ids": ", ".join(missing[:20])}
        notes.append(Problem(None, "id", "metadata_without_genome", "warning", facts))
    return Delivery(["id", "is_reference", "letters", *columns, *(own[at] for at in filled)], rows, notes)


def _name_of(title: str) -> str:
    return title.split()[0]


def _parts(name: str) -> list[str]:
    """The whole name, then its parts between bars: hCoV-19/…|EPI_ISL_1|2022-03-26."""
    return [name, *(part for part in name.split("|") if part and part != name)]


def _said(title: str) -> dict[str, str]:
    """What a title says besides the name: `word=value` until the next one, and a day between bars."""
    name, _blank, rest = title.partition(" ")
    found = {}
    pieces = re.split(r"(?:^|\s)([^\s=|]+)=", rest)
    for word, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if (what := SAID.get(word.casefold())) and value.strip():
            found[what] = value.strip()
    days = [part for part in _parts(name) if DAY.match(part)]
    if days:
        found.setdefault("collected_on", days[-1])
    if {word.casefold() for word in pieces[0].split()} & set(REFERENCE):
        found["is_reference"] = "yes"
    return found


def _is_known_reference(name: str) -> bool:
    """The names under which the reference of SARS-CoV-2 goes."""
    said = str(of_the_pathogen()["name"])
    known = {*re.findall(r"[A-Z]{2}\d{6}", said), "NC_045512"}
    return any(part.partition(".")[0] in known for part in _parts(name))


def _is_fasta(path: Path) -> bool:
    start = _start(path)
    if start.startswith((GZIP, XZ)):
        return True
    return path.suffix.casefold() in FASTA_NAMES or start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b">")


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in Path(name).parts)


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as pack:
            return "[Content_Types].xml" in pack.namelist()
    except zipfile.BadZipFile as error:
        raise Unreadable(path, "file_damaged", reason=str(error)) from error


def _start(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise Unreadable(path, "file_is_folder")
        with open(path, "rb") as file:
            start = file.read(64)
    except FileNotFoundError as error:
        raise Unreadable(path, "file_absent") from error
    except PermissionError as error:
        raise Unreadable(path, "file_not_permitted") from error
    if not start:
        raise Unreadable(path, "file_empty")
    return start
