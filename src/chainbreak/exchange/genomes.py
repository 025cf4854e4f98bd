"""Genomes and what goes with them, out of files (基因组文件): FASTA, plain or packed; dates; lineages or their definitions.

A file of lineages is one of three: a table of defining mutations (definition, site …), a report of Pangolin (taxon,
lineage), or one of Nextclade (seqName, clade, Nextclade_pango).
"""

from __future__ import annotations

import gzip
import io
import lzma
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from chainbreak.epi.chains.listed import Problem
from chainbreak.epi.genomes.bases import NotFasta, read_fasta
from chainbreak.epi.genomes.lineage import Definition
from chainbreak.epi.genomes.sites import site
from chainbreak.exchange.columns import fold_column
from chainbreak.exchange.given import read
from chainbreak.exchange.given_days import days_of
from chainbreak.exchange.problems import Unreadable
from chainbreak.exchange.table import read_table

GZIP, XZ = b"\x1f\x8b", b"\xfd7zXZ"
ID = (
    "id",
    "strain",
    "sequence id",
    "seqname",
    "taxon",
    "name",
    "isolate",
    "accession",
    "sample id",
    "样本编号",
    "序列编号",
)
DATE = (
    "date",
    "collection date",
    "sample date",
    "sampling date",
    "sampled at",
    "sampling time",
    "采样日期",
    "采样时间",
)
CASE = ("case", "case id", "case number", "person id", "病例编号", "病例")
LINEAGE = ("lineage", "pango lineage", "nextclade pango", "pangolin lineage", "clade", "谱系", "型别")


@dataclass
class Genomes:
    """The genomes of a file by id, and ids that stand there twice (the first is kept)."""

    sequences: dict[str, str]
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Lineages:
    """What a file of lineages gives: either definitions to call with, or calls made elsewhere (id -> lineage)."""

    definitions: list[Definition] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)
    source: str = ""  # definitions, pangolin, nextclade, table


@dataclass
class Metadata:
    """What a table says of genomes: the day of the sample, the case; each by the id of the genome."""

    days: dict[str, date]
    cases: dict[str, str]
    lineages: dict[str, str]
    problems: list[Problem]


def read_genomes(path: Path | str) -> Genomes:
    """The genomes of a FASTA file (.gz and .xz too).

    Raises:
        Unreadable: the file is empty, or no FASTA; it names the line.
    """
    found = Genomes({})
    twice: dict[str, int] = {}
    try:
        for name, letters in read_fasta(_lines(path)):
            if name in found.sequences:
                twice[name] = twice.get(name, 1) + 1
            else:
                found.sequences[name] = letters
    except NotFasta as error:
        raise Unreadable(path, f"fasta_{error.code}", line=error.line, found=error.found) from error
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise Unreadable(path, "file_damaged", reason=str(error)) from error
    if not found.sequences:
        raise Unreadable(path, "file_empty")
    found.problems += [Problem("genome_twice", (name,), (), {"times": times}) for name, times in twice.items()]
    for name in [name for name, letters in found.sequences.items() if not set(letters) - set("-.?X")]:
        del found.sequences[name]
        found.problems.append(Problem("genome_empty", (name,)))
    return found


def read_metadata(path: Path | str, *, ids: Collection[str] = (), date_format: str | None = None) -> Metadata:
    """Dates, cases and lineages of genomes, by their id: the column that is named so, or the one that holds `ids`.

    Raises:
        Unreadable: the file is no table, has no column of ids, or dates whose order cannot be told.
    """
    names = list(read_table(path).columns)
    chosen = {"id": id_column(path, names, ids)}
    for name, words in (("date", DATE), ("case", CASE), ("lineage", LINEAGE)):
        if (column := _column(path, names, words)) and column not in chosen.values():
            chosen[name] = column
    table = read(path, required=dict.fromkeys(chosen.values()))
    table.columns = {name: list(table.columns[column]) for name, column in chosen.items()}
    rows = table.texts("id")
    problems: list[Problem] = []
    days = days_of(table, "date", date_format, rows, problems) if table.has("date") else []
    return Metadata(
        {one: day for one, day in zip(rows, days, strict=False) if one and day},
        _by_id(rows, table.texts("case") if table.has("case") else []),
        _by_id(rows, table.texts("lineage") if table.has("lineage") else []),
        problems,
    )


def read_lineages(path: Path | str) -> Lineages:
    """Definitions of lineages, or lineages called elsewhere.

    Raises:
        Unreadable: the file is no table, or neither of the three.
    """
    names = list(read_table(path).columns)
    folded = {fold_column(name): name for name in names}
    if "site" in folded:
        return Lineages(_definitions(path, folded), {}, "definitions")
    ids = _column(path, names, ("taxon", "seqname", *ID), needed="taxon")
    lineages = _column(path, names, ("nextclade pango", *LINEAGE), needed="lineage")
    table = read(path, required=dict.fromkeys((ids, lineages)))
    source = "pangolin" if "taxon" in folded else "nextclade" if "seqname" in folded else "table"
    said = {
        one: lineage
        for one, lineage in zip(table.texts(ids), table.texts(lineages), strict=True)
        if one and lineage and lineage.casefold() not in ("unassigned", "unclassifiable")
    }
    return Lineages([], {one.split()[0]: lineage for one, lineage in said.items()}, source)


def _definitions(path: Path | str, folded: Mapping[str, str]) -> list[Definition]:
    names = [name for name in ("definition", "label", "pangolineages", "lineage", "minalt", "maxref") if name in folded]
    needed = "definition" if "definition" in folded else "lineage"
    if needed not in folded:
        raise Unreadable(path, "column_absent", column="definition", found=", ".join(folded.values()))
    table = read(path, required=[folded["site"], *(folded[name] for name in names)])

    def texts(name: str) -> list[str | None]:
        return table.texts(folded[name]) if name in names else [None] * len(table)

    least = table.numbers(folded["minalt"], whole=True, least=0) if "minalt" in names else [None] * len(table)
    most = table.numbers(folded["maxref"], whole=True, least=0) if "maxref" in names else [None] * len(table)
    sites: dict[str, list[str]] = {}
    about: dict[str, tuple[str, str, int | None, int | None]] = {}
    lineages = texts("pangolineages") if "pangolineages" in names else texts("lineage")
    rows = zip(
        table.texts(folded[needed]), table.texts(folded["site"]), texts("label"), lineages, least, most, strict=True
    )
    for name, one, label, lineage, min_alt, max_ref in rows:
        if name is None or one is None:
            continue
        sites.setdefault(name, []).append(one)
        about.setdefault(name, (label or name, (lineage or "").split("|")[0].strip(), min_alt, max_ref))
    return [
        Definition(
            name, about[name][0], about[name][1], tuple(site(one) for one in dict.fromkeys(found)), *about[name][2:]
        )
        for name, found in sites.items()
    ]


def _lines(path: Path | str) -> Iterator[str]:
    with open(path, "rb") as raw:
        start = raw.read(6)
    opener: Any = gzip.open if start.startswith(GZIP) else lzma.open if start.startswith(XZ) else open
    with opener(path, "rb") as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace") as text:
        yield from text


def id_column(path: Path | str, names: list[str], ids: Collection[str]) -> str:
    """By its name where that column holds the ids; else the column that holds most of them."""
    named = _column(path, names, ID)
    known = set(ids)
    table = read(path, required=names)
    hits = {name: len(known.intersection(filter(None, table.texts(name)))) for name in names}
    if named and (hits[named] or not any(hits.values())):
        return named
    if (best := max(names, key=lambda name: hits[name], default="")) and hits[best]:
        return best
    return _column(path, names, ID, needed="id")


def _column(path: Path | str, names: list[str], words: tuple[str, ...], needed: str = "") -> str:
    folded = {fold_column(name): name for name in reversed(names)}
    found = next((folded[fold_column(word)] for word in words if fold_column(word) in folded), "")
    if not found and needed:
        raise Unreadable(path, "column_absent", column=needed, found=", ".join(names))
    return found


def _by_id(ids: list[str | None], values: list[str | None]) -> dict[str, str]:
    return {one: value for one, value in zip(ids, values, strict=False) if one and value}
