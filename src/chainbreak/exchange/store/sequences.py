"""Genomes into the tables (测序序列入库): whose each is, how good it is, what it differs in from the outbreak's reference.

The reference is what a file calls so, or what is stored already; where there is none, the genome with most certain bases.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings

from chainbreak.epi.genomes import laid
from chainbreak.epi.genomes.alignment import NotAlignable, Reference, align
from chainbreak.epi.genomes.calls import quality
from chainbreak.epi.genomes.evidence import LEAST_COVERAGE
from chainbreak.epi.genomes.lineage import Definition, call
from chainbreak.exchange import sequences
from chainbreak.exchange.columns import fold_column
from chainbreak.exchange.genomes import read_lineages
from chainbreak.exchange.problems import Problem
from chainbreak.exchange.store import loading, writing
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Column, Kind, Target
from chainbreak.exchange.store.kind import Reference as Named
from chainbreak.exchange.store.lookups import find

LINEAGES = "lineages.csv"  # in the data folder: defining mutations that the site loads
SAID_EVERY = 50  # genomes between two words of progress
WRITTEN = (
    "reference",
    "length",
    "n_share",
    "ambiguous",
    "coverage",
    "substitutions",
    "deletions",
    "insertions",
    "unread",
    "called",
)
TYPES = (pa.string(), pa.int64(), pa.float64(), pa.int64(), pa.float64(), *[pa.string()] * 5)


def take(bench: Bench, path: Path, mapping: Any, sheet: str | None) -> list[Problem]:
    """One file of genomes; gives what concerns the whole file.

    Raises:
        Unreadable: as `sequences.read`; or a column is missing.
    """
    section = loading.mapping_of(mapping, SEQUENCES.name)
    given = sequences.read(path, fields_of(section), sheet=sheet)
    columns = [pa.array([row[at] for row in given.rows], pa.string()) for at in range(len(given.columns))]
    numbers = pa.array(range(1, len(given.rows) + 1), pa.int64())
    table = pa.Table.from_arrays([*columns, numbers], names=[*given.columns, "_row"])
    notes = loading.lay(bench, SEQUENCES, path, table, given.notes, section)
    bench.do("UPDATE raw SET letters = upper(regexp_replace(letters, '[^A-Za-z?*]', '', 'g'))")
    listed = ", ".join(f"'{name}', {name}" for name in bench.columns("raw") if name not in ("letters", "_row"))
    bench.raw_as_json = f"CAST(json_object({listed}) AS VARCHAR)"  # a rejected row without its thirty thousand letters
    writing.check(bench, SEQUENCES)
    writing.write(bench, SEQUENCES)
    return notes


def fields_of(section: Any) -> dict[str, str]:
    """Folded name of a column -> field, by the names the kind knows and a mapping."""
    known = {fold_column(alias): one.name for one in SEQUENCES.all_columns() for alias in (one.name, *one.aliases)}
    return known | {fold_column(str(name)): field for name, field in (section.get("columns") or {}).items()}


def _prepare(bench: Bench) -> None:
    _whose(bench)
    _lay(bench)


def _whose(bench: Bench) -> None:
    """`case_ref`: by the case's id or number in the outbreak, by the sample's tube, by the genome's own name."""
    bench.do("ALTER TABLE t ADD COLUMN case_ref BIGINT")
    bench.do("UPDATE t SET is_reference = coalesce(is_reference, false)")
    bench.do("ALTER TABLE t ADD COLUMN named VARCHAR")
    bench.do(
        "UPDATE t SET named = coalesce(case_id, CASE WHEN sample IS NULL AND NOT is_reference THEN split_part(id, '|', 1) END)"
    )
    find(bench, Named("case", ("named",), "case_ref", within="outbreak_ref"))
    outbreaks = [row[0] for row in bench.rows("SELECT DISTINCT outbreak_ref FROM t WHERE outbreak_ref IS NOT NULL")]
    bench.fetch(
        "numbered",
        "SELECT outbreak_id, number::text, id FROM investigation_case WHERE outbreak_id = ANY(%s)",
        {"of": "BIGINT", "number": "VARCHAR", "id": "BIGINT"},
        [outbreaks],
    )
    bench.do(
        "UPDATE t SET case_ref = n.id FROM numbered n WHERE t.case_ref IS NULL AND n.of = t.outbreak_ref "
        "AND regexp_full_match(t.case_id, '[0-9]+') AND n.number = ltrim(t.case_id, '0')"
    )
    samples = [row[0] for row in bench.rows("SELECT DISTINCT sample FROM t WHERE sample IS NOT NULL")]
    bench.fetch(
        "sampled",
        "SELECT c.outbreak_id, b.barcode, min(c.id) FROM screening_tube b "
        "JOIN screening_swab s ON s.tube_id = b.id AND s.superseded_at IS NULL "
        "JOIN investigation_case c ON c.person_id = s.person_id "
        "WHERE b.barcode = ANY(%s) AND c.outbreak_id = ANY(%s) GROUP BY 1, 2 HAVING count(DISTINCT c.id) = 1",
        {"of": "BIGINT", "barcode": "VARCHAR", "id": "BIGINT"},
        [samples, outbreaks],
    )
    bench.do(
        "UPDATE t SET case_ref = n.id FROM sampled n WHERE t.case_ref IS NULL AND t.case_id IS NULL "
        "AND n.of = t.outbreak_ref AND n.barcode = t.sample"
    )
    unknown = "case_ref IS NULL AND NOT is_reference AND outbreak_ref IS NOT NULL"
    bench.problem(
        "SELECT _row, CASE WHEN case_id IS NULL AND sample IS NOT NULL THEN 'sample' ELSE 'case_id' END, "
        "CASE WHEN case_id IS NULL AND sample IS NOT NULL THEN 'sample_of_no_case' ELSE 'unknown_case' END, 'error', "
        f"CAST(json_object('value', coalesce(case_id, sample, named)) AS VARCHAR) FROM t WHERE {unknown}"
    )


def _lay(bench: Bench) -> None:
    """Every genome on the reference of its outbreak: quality, differences, lineage."""
    definitions = _definitions()
    found: list[tuple[Any, ...]] = []
    for outbreak in [
        row[0] for row in bench.rows("SELECT DISTINCT outbreak_ref FROM t WHERE outbreak_ref IS NOT NULL")
    ]:
        rows = bench.rows(
            "SELECT _row, id, letters, is_reference FROM t WHERE outbreak_ref = ? AND letters IS NOT NULL AND id IS NOT NULL "
            "ORDER BY _row",
            [outbreak],
        )
        reference = _reference(bench, outbreak, rows)
        for number, (row, name, letters, _is) in enumerate(rows):
            if number % SAID_EVERY == 0:
                bench.progress(f"{number} / {len(rows)}")
            if reference is not None:
                found.append((row, *_one(bench, row, name, letters, reference, definitions)))
    names = ("_row", *WRITTEN)
    columns = zip(*found, strict=True) if found else [()] * len(names)
    arrays = [pa.array(list(values), kind) for values, kind in zip(columns, (pa.int64(), *TYPES), strict=True)]
    bench.put("laid", pa.Table.from_arrays(arrays, names=names))
    bench.do("CREATE OR REPLACE TABLE t AS SELECT t.*, l.* EXCLUDE (_row) FROM t LEFT JOIN laid l USING (_row)")


def _reference(bench: Bench, outbreak: int, rows: list[tuple[Any, ...]]) -> Reference | None:
    """The outbreak's reference: stored, else named in the file, else the best genome of the file."""
    from chainbreak.investigation.models import Genome

    stored = Genome.objects.known_at(None).filter(outbreak=outbreak, is_reference=True).first()
    named = [row for row in rows if row[3]]
    if stored is not None:
        bench.do("UPDATE t SET is_reference = (id = ?) WHERE outbreak_ref = ?", [stored.name, outbreak])
        for row, name, letters, is_reference in rows:
            if (is_reference or name == stored.name) and letters != stored.letters:
                facts = {"value": name, "stored": stored.name}
                bench.add_problems([(row, "id", "reference_differs", "error", facts)])
        return Reference(stored.name, stored.letters)
    for row, name, _letters, _is in named[1:]:
        bench.add_problems([(row, "id", "reference_twice", "error", {"value": name, "other": named[0][1]})])
    if not rows:
        return None
    best = named[0] if named else max(rows, key=lambda row: (sum(map(row[2].count, "ACGT")), -row[0]))
    if not named:
        bench.do("UPDATE t SET is_reference = true WHERE _row = ?", [best[0]])
        bench.add_problems([(best[0], "id", "reference_chosen", "warning", {"value": best[1]})])
    return Reference(best[1], best[2])


def _one(
    bench: Bench, row: int, name: str, letters: str, reference: Reference, definitions: list[Definition]
) -> tuple[Any, ...]:
    good = quality(letters)
    try:
        lies = align(letters, reference)
    except NotAlignable:
        facts = {"value": name, "reference": reference.name}
        bench.add_problems([(row, "letters", "genome_not_alignable", "error", facts)])
        return (reference.name, good.length, good.n_share, good.ambiguous, None, "", "", "", "", None)
    written = laid.write(lies, reference.codes)
    codes = laid.read(written, reference.codes)
    coverage = float(quality(letters, codes).coverage or 0.0)
    if coverage < LEAST_COVERAGE:
        share = f"{100 * coverage:.0f}"
        bench.add_problems([(row, "letters", "genome_poor", "warning", {"value": name, "coverage": share})])
    called = call(codes, definitions).lineage if definitions else None
    return (reference.name, good.length, good.n_share, good.ambiguous, coverage, written.substitutions, written.deletions,
            written.insertions, written.unread, called)  # fmt: skip


def _definitions() -> list[Definition]:
    """What the site loaded to call lineages with; nothing where it loaded nothing."""
    path = Path(settings.CHAINBREAK_DATA) / LINEAGES
    return read_lineages(path).definitions if path.is_file() else []


SEQUENCES = Kind(
    "sequences",
    (
        Column("id", required=True, length=120,
               aliases=("name", "strain", "seqname", "taxon", "accession", "sequence id", "序列编号", "序列名称", "编号")),
        Column("letters", required=True, aliases=("sequence", "genome", "序列", "碱基")),
        Column("case_id", aliases=("case", "case number", "病例", "病例编号")),
        Column("sample", length=80, aliases=("sample id", "barcode", "tube", "样本", "样本编号", "样品编号")),
        Column("collected_on", "day", aliases=("collected", "collection date", "date", "sampling date", "sample date", "采样日期")),
        Column("laboratory", length=120, aliases=("lab", "实验室", "检测机构")),
        Column("lineage", length=40, aliases=("pango lineage", "clade", "谱系", "型别")),
        Column("is_reference", "yesno", aliases=("reference", "参考序列")),
    ),
    (
        Target(
            "investigation.Genome",
            ("outbreak_id", "name"),
            {"outbreak_id": "outbreak_ref", "name": "id", "case_id": "case_ref", "sample": "sample",
             "collected_on": "collected_on", "laboratory": "laboratory", "lineage": "coalesce(lineage, called)",
             "is_reference": "is_reference", "letters": "letters",
             **{name: name for name in WRITTEN if name != "called"}},
            key="outbreak || '|' || id",
        ),
    ),
    (Named("outbreak", ("outbreak",), "outbreak_ref"),),
    prepare=_prepare,
    outbreak="required",
)  # fmt: skip
KINDS = (SEQUENCES,)
