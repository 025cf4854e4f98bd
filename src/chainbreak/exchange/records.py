"""Typed records out of any table, with everything that was found on the way (逐行读取).

Nothing is lost: what no field takes stays in `extra`, what was written stays in `raw`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from chainbreak.exchange import vocabulary
from chainbreak.exchange.cells import DATES, read_cell
from chainbreak.exchange.columns import KINDS, Field, fold_column, guess_mapping
from chainbreak.exchange.date_columns import ColumnSurvey, DateOptions, anchor_of
from chainbreak.exchange.date_shapes import is_missing
from chainbreak.exchange.dates import DateRule
from chainbreak.exchange.header import cell_text
from chainbreak.exchange.mapping import Mapping
from chainbreak.exchange.problems import Problem, Unreadable
from chainbreak.exchange.table import Row, Table


@dataclass
class Record:
    """One typed record: fields that were given, the rest of the row, its words as written, its problems."""

    row: int
    line: int
    values: dict[str, Any]
    extra: dict[str, str]
    raw: dict[str, str]
    columns: dict[str, str] = field(repr=False, default_factory=dict)  # field -> column
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_rejected(self) -> bool:
        """An error stands against the row."""
        return any(problem.severity == "error" for problem in self.problems)

    def get(self, name: str) -> Any:
        """The field's value; None where it was not given."""
        return self.values.get(name)

    def note(self, code: str, name: str | None = None, **facts: Any) -> None:
        """Say something about the row, at the column of a field."""
        column = self.columns.get(name, name) if name else None
        self.problems.append(Problem(self.row, column, code, facts=facts))


class RecordReader:
    """The records of one table, in order; can be gone through again. `problems` concern the file and its columns."""

    def __init__(
        self,
        table: Table,
        kind: str,
        mapping: Mapping | None = None,
        *,
        today: date | None = None,
        period: tuple[date, date] | None = None,
    ) -> None:
        """See how the columns map and how their dates are written.

        Args:
            today: dates after it are flagged.
            period: first and last day of the outbreak; dates far outside are flagged, years are found with it.

        Raises:
            Unreadable("kind_unknown"), Unreadable("required_column_missing").
        """
        if kind not in KINDS:
            raise Unreadable(table.path, "kind_unknown", kind=kind, kinds=sorted(KINDS))
        self.table, self.kind = table, kind
        self.mapping = mapping or Mapping(kind)
        self.fields: dict[str, Field] = {one.name: one for one in KINDS[kind]}
        self.problems: list[Problem] = []
        self.passed_over = 0
        self.parts = [self._columns(prefix) for prefix in self.mapping.explode or ("",)]
        if not self.mapping.columns:
            self._doubt()
        self._require()
        self._options = DateOptions(
            day_first=self.mapping.day_first,
            default_year=self.mapping.default_year,
            epoch=self.mapping.epoch,
            period=period or self.mapping.period,
            today=today,
            zone=ZoneInfo(self.mapping.zone),
        )
        self.rules = self._survey()

    @property
    def file_problems(self) -> list[Problem]:
        """What concerns the file and its columns; complete once the records have been gone through."""
        return [*self.table.notes, *self.problems]

    def __iter__(self) -> Iterator[Record]:
        self.passed_over = 0
        for row in self.table.rows:
            for part in self.parts:
                record = self._record(row, part)
                if any(record.get(name) is None for name in self.mapping.skip_when_empty):
                    self.passed_over += 1
                    continue
                yield record

    def _columns(self, prefix: str) -> dict[int, str]:
        """column index -> field, by the mapping or, without one, by the columns' names."""
        columns = self.table.columns
        if not self.mapping.columns:
            short = {column: column.removeprefix(prefix) for column in columns}
            chosen, rivals = guess_mapping([*short.values()], self.kind)
            for column, best, name in rivals:
                facts = {"other": best, "field": name}
                self.problems.append(Problem(None, column, "column_ambiguous", facts=facts))
            found = {i: chosen[short[column]] for i, column in enumerate(columns) if short[column] in chosen}
        else:
            folded = {fold_column(column): index for index, column in reversed([*enumerate(columns)])}
            found = {}
            for column, name in self.mapping.columns.items():
                index = folded.get(fold_column(prefix + column), folded.get(fold_column(column)))
                if index is None:
                    self.problems.append(Problem(None, prefix + column, "mapped_column_absent"))
                else:
                    found[index] = name
        taken = {index for part in [*getattr(self, "parts", []), found] for index in part}
        others = tuple(other for other in self.mapping.explode if other != prefix)
        for index, column in enumerate(columns):
            known = index in taken or fold_column(column) in self.mapping.ignore
            if not known and not column.startswith(others or ("\0",)) and not self.mapping.columns:
                self.problems.append(Problem(None, column, "column_unmapped"))
        return found

    def _doubt(self) -> None:
        """A guessed column of words of which hardly one is known means something else: 州 is not 转归."""
        first = list(islice(self.table.rows, 500))
        for part in self.parts:
            for index, name in list(part.items()):
                kind = self.fields[name].type.partition("word:")[2]
                if not kind or kind == "sex" or self.fields[name].required or name in self.mapping.values:
                    continue
                words = {cell_text(row.cells[index]).strip() for row in first if not is_missing(row.cells[index])}
                known = sum(1 for word in words if vocabulary.find(kind, word))
                if known * 3 < len(words):
                    del part[index]
                    self.problems.append(Problem(None, self.table.columns[index], "column_unmapped"))
        self._prefer_full()

    def _prefer_full(self) -> None:
        """Of two columns that could be one the record cannot do without, the one without gaps."""
        for told in [one for one in self.problems if one.code == "column_ambiguous"]:
            name, columns = told.facts["field"], self.table.columns
            part = next((part for part in self.parts if name in part.values()), None)
            if part is None or not self.fields[name].required or told.column not in columns:
                continue
            used = next(index for index, field_ in part.items() if field_ == name)
            other = columns.index(told.column)
            gaps = [(is_missing(row.cells[used]), is_missing(row.cells[other])) for row in self.table.rows]
            if any(one for one, _ in gaps) and not any(one for _, one in gaps):
                del part[used]
                part[other] = name
                self.problems.remove(told)
                facts = {"other": columns[other], "field": name}
                self.problems.append(Problem(None, columns[used], "column_ambiguous", facts=facts))

    def _require(self) -> None:
        needed = {name for name, one in self.fields.items() if one.required and name not in self.mapping.constants}
        missing = sorted(needed - set(self.parts[0].values()))
        if missing:
            raise Unreadable(self.table.path, "required_column_missing", fields=missing, columns=self.table.columns)

    def _survey(self) -> dict[int, DateRule]:
        surveys: dict[int, ColumnSurvey] = {}
        types = {fold_column(column): type_ for column, type_ in self.mapping.types.items()}
        own = {fold_column(column): options for column, options in self.mapping.dates.items()}
        for index, column in enumerate(self.table.columns):
            names = [part[index] for part in self.parts if index in part]
            type_ = self.fields[names[0]].type if names else types.get(fold_column(column), "")
            if type_ in DATES:
                options = replace(self._options, **own.get(fold_column(column), {}))
                surveys[index] = ColumnSurvey(column, options, birth=type_ == "birth")
        if surveys:
            for row in self.table.rows:
                for index, survey in surveys.items():
                    survey.add((row.cells[index],))
        anchor = anchor_of(surveys.values())
        rules = {}
        for index, survey in surveys.items():
            rules[index], found = survey.decide(anchor)
            self.problems.extend(found)
        return rules

    def _record(self, row: Row, part: dict[int, str]) -> Record:
        columns = self.table.columns
        raw = {column: cell_text(cell) for column, cell in zip(columns, row.cells, strict=False)}
        for index in range(len(columns), len(row.cells)):
            raw[f"column {index + 1}"] = cell_text(row.cells[index])
        used = {columns[index] for one in self.parts for index in one}
        ignored = self.mapping.ignore
        extra = {
            column: text
            for column, text in raw.items()
            if column not in used and text.strip() and fold_column(column) not in ignored
        }
        fields = {name: columns[index] for index, name in part.items()}
        record = Record(row.number, row.line, {}, extra, raw, fields, list(row.problems))
        for index, name in part.items():
            self._take(record, index, name, row.cells[index])
        for column, type_ in self.mapping.types.items():
            if column in raw:
                index = columns.index(column)
                found = read_cell(row.cells[index], type_, column, rule=self.rules.get(index))
                record.problems += [Problem(row.number, column, code, facts=facts) for code, facts in found.found]
        for name, value in self.mapping.constants.items():
            if record.get(name) is None:
                record.values[name] = value
        for name, one in self.fields.items():
            if one.required and record.get(name) is None:
                record.note("missing_value", name, field=name)
        return record

    def _take(self, record: Record, index: int, name: str, cell: Any) -> None:
        column = self.table.columns[index]
        reading = read_cell(
            cell, self.fields[name].type, name, words=self.mapping.values.get(name), rule=self.rules.get(index)
        )
        record.problems += [Problem(record.row, column, code, facts=facts) for code, facts in reading.found]
        if reading.value is not None:
            record.values[name] = reading.value
        if reading.keep_text or (reading.found and reading.found[-1][0] in ("age_unreadable", "age_impossible")):
            record.extra[column] = record.raw[column]
