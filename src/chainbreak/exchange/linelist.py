"""A line list as typed cases (病例一览表).

rows = cases + duplicates + rejected, always: nothing falls out on the way.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from chainbreak.exchange.address import AreaTable
from chainbreak.exchange.contacts import LinkRow, check_links
from chainbreak.exchange.identity import read_id_number
from chainbreak.exchange.linelist_checks import check_case
from chainbreak.exchange.mapping import Mapping
from chainbreak.exchange.problems import Problem
from chainbreak.exchange.records import Record, RecordReader
from chainbreak.exchange.table import Table, read_table
from chainbreak.exchange.vocabulary import severity_in


@dataclass(frozen=True)
class CaseRow:
    """One case as a row of a line list says it; None where it says nothing."""

    row: int
    line: int
    external_id: str
    case_number: str | None = None
    name: str | None = None
    sex: str | None = None
    age_years: float | None = None
    age_band: tuple[float, float] | None = None
    birth_date: date | None = None
    id_number: str | None = None
    phone: str | None = None
    address: str | None = None
    area_code: str | None = None
    onset_date: date | None = None
    sampled_at: date | datetime | None = None
    reported_at: date | datetime | None = None
    classification: str | None = None
    clinical_severity: str | None = None
    outcome: str | None = None
    died_date: date | None = None
    discovery_route: str | None = None
    under_control: bool | None = None
    origin: str | None = None
    reported_in: str | None = None
    exposure_from: date | None = None
    exposure_until: date | None = None
    isolated_at: date | datetime | None = None
    infector: str | None = None
    source_text: str | None = None
    ct_value: float | None = None
    note: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class NotTaken:
    """A row that did not become a record of its own: its words as written, and why."""

    row: int
    line: int
    raw: dict[str, str]
    codes: tuple[str, ...]
    same_as: int | None = None  # row that says the same


@dataclass
class LineListReading:
    """What a line list gives: cases, their links, and what happened to every row."""

    rows: int = 0  # records read: rows of the file, or more where one row holds several cases
    rows_in_file: int = 0
    cases: list[CaseRow] = field(default_factory=list)
    duplicates: list[NotTaken] = field(default_factory=list)
    rejected: list[NotTaken] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    mapping: Mapping | None = None
    table: Table | None = field(default=None, repr=False)


def read_linelist(
    path: Path | str,
    mapping: Mapping | None = None,
    *,
    sheet: str | None = None,
    areas: AreaTable | None = None,
    home: str | None = None,
    today: date | None = None,
    period: tuple[date, date] | None = None,
) -> LineListReading:
    """The cases of a line list file.

    Args:
        mapping: how its columns are named; without one they are guessed.
        areas: to find the area of an address; without them `area_code` is as the file gives it.
        home: prefix of the own area's codes; addresses outside are flagged.
        today: dates after it are flagged.
        period: first and last day of the outbreak.

    Raises:
        Unreadable: the file is no table, or has no column for a field that a case cannot do without.
    """
    options = mapping or Mapping("linelist")
    table = read_table(path, sheet or options.sheet, encoding=options.encoding, delimiter=options.delimiter)
    reader = RecordReader(table, "linelist", options, today=today, period=period)
    reading = LineListReading(mapping=options, table=table)
    records = []
    for record in reader:
        check_case(record)
        _find_area(record, areas, home or options.home)
        records.append(record)
    reading.rows = len(records)
    reading.rows_in_file = len({record.row for record in records})
    exploded = bool(options.explode)
    accepted = _sort_out(records, reading, exploded)
    reading.cases = [_case(record) for record in accepted]
    file_problems = reader.file_problems
    reading.links = _links(accepted, {case.external_id for case in reading.cases})
    row_problems = [problem for record in records for problem in record.problems]
    row_problems += [problem for link in reading.links for problem in link.problems]
    reading.problems = [*file_problems, *_total_problems(reading), *sorted(row_problems, key=lambda one: one.row or 0)]
    return reading


def _sort_out(records: list[Record], reading: LineListReading, exploded: bool) -> list[Record]:
    """Rejected rows aside, the same row or person once; two rows of one number are never made one silently."""
    by_id: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if not record.is_rejected and record.get("external_id"):
            by_id[record.get("external_id")].append(record)
    first_of_person: dict[str, Record] = {}
    accepted = []
    for record in records:
        if record.is_rejected:
            reading.rejected.append(_not_taken(record))
            continue
        same_id = by_id[record.get("external_id")]
        first = same_id[0]
        if record is not first:
            if _says(record, exploded) == _says(first, exploded):
                record.note("duplicate_row", "external_id", other=first.row)
                reading.duplicates.append(_not_taken(record, first.row))
            else:
                _flag_id(record, same_id, "error")
                reading.rejected.append(_not_taken(record))
            continue
        if any(_says(other, exploded) != _says(record, exploded) for other in same_id[1:]):
            _flag_id(record, same_id, "warning")
        number = record.get("id_number")
        if number and read_id_number(number).code == "id_number_malformed":
            number = None  # 0, X or 见附件 is nobody's number
        other = first_of_person.setdefault(number, record) if number else record
        if other is not record and other.get("name") in (None, record.get("name")):
            record.note("same_person", "id_number", other=other.row)
            reading.duplicates.append(_not_taken(record, other.row))
            continue
        if other is not record:
            record.note("id_number_shared", "id_number", other=other.row)
        accepted.append(record)
    return accepted


def _says(record: Record, exploded: bool) -> Any:
    """What makes two rows the same: every word of them, or every field where a row holds several cases."""
    return sorted(record.values.items(), key=lambda item: item[0]) if exploded else record.raw


def _flag_id(record: Record, same_id: list[Record], severity: str) -> None:
    facts = {
        "id": record.get("external_id"),
        "rows": [one.row for one in same_id],
        "first": same_id[0].row,
    }
    column = record.columns.get("external_id")
    record.problems.append(Problem(record.row, column, "duplicate_id", severity, facts))


def _not_taken(record: Record, same_as: int | None = None) -> NotTaken:
    codes = tuple(problem.code for problem in record.problems if problem.severity == "error" or same_as)
    return NotTaken(record.row, record.line, record.raw, codes, same_as)


def _find_area(record: Record, areas: AreaTable | None, home: str | None) -> None:
    address = record.get("address")
    if areas is not None and address and not record.get("area_code"):
        match = areas.match(address, home)
        if match.code:
            record.values["area_code"] = match.code
        elif match.candidates:
            record.note("address_ambiguous", "address", areas=match.candidates)
        else:
            record.note("address_unknown", "address")
    code = record.get("area_code")
    if home and code and not code.startswith(home):
        record.note("address_outside", "address", area=code)


def _case(record: Record) -> CaseRow:
    values = dict(record.values)
    age = values.pop("age_years", None)
    if age is not None:
        values |= {"age_years": age.years, "age_band": age.band}
    if values.get("died_date") and values.get("outcome") is None:
        values["outcome"] = "died"
    column = record.columns.get("classification")
    if column and values.get("clinical_severity") is None:
        values["clinical_severity"] = severity_in(record.raw.get(column, ""))
    known = {one.name for one in fields(CaseRow)}
    kept = {name: value for name, value in values.items() if name in known}
    return CaseRow(record.row, record.line, **kept, extra=record.extra, raw=record.raw)


def _links(accepted: Iterable[Record], known: set[str]) -> list[LinkRow]:
    """The links that a line list's own column of infectors gives."""
    links = [
        LinkRow(record.row, record.line, record.get("infector"), record.get("external_id"), raw=record.raw)
        for record in accepted
        if record.get("infector")
    ]
    column = next((record.columns.get("infector") for record in accepted), None)
    return check_links(links, known, column=column)


def _total_problems(reading: LineListReading) -> list[Problem]:
    """The sender's own total against the rows read (P-16)."""
    problems = []
    totals = reading.table.totals if reading.table else []
    possible = {reading.rows_in_file, reading.rows_in_file - len(reading.duplicates), len(reading.cases)}
    for line, words in totals:
        numbers = [int(number) for number in re.findall(r"\d+", words)]
        if len(numbers) == 1 and len(totals) == 1 and numbers[0] not in possible:
            facts = {"line": line, "stated": numbers[0], "rows": reading.rows_in_file}
            problems.append(Problem(None, None, "total_differs", facts=facts))
    return problems
