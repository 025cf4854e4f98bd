"""A line list into cases: persons made or matched, numbers given, reports and classes as facts (病例一览表入库)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from chainbreak.exchange.address import AreaTable, divisions
from chainbreak.exchange.columns import fold_column
from chainbreak.exchange.linelist import CaseRow, LineListReading, read_linelist
from chainbreak.exchange.mapping import Mapping, load_mapping, mapping_from
from chainbreak.exchange.problems import Problem
from chainbreak.exchange.store import casepersons, links, persons, writing
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Kind, Reference, Target
from chainbreak.governance.refusal import Refused

CITY = ZoneInfo("Asia/Shanghai")
REPORT = (
    "reported_in", "reported_at", "onset_date", "first_positive_at", "discovery_route", "under_control_when_sampled",
    "origin", "source_status", "trajectory_status", "isolated_at", "exposure_from", "exposure_until", "died_date",
    "outcome", "hospital", "source_text", "note", "extra",
)  # fmt: skip
ROUTES = {
    "facility", "home_quarantine", "zone_screening", "mass_round", "key_class", "fever_clinic", "arrival", "self_report",
}  # fmt: skip
ORIGINS = {"local", "imported_domestic", "imported_overseas"}
CLASSES = {"suspected", "confirmed", "asymptomatic", "excluded"}
BESIDE = {
    "hospital": 120,
    "source_status": 20,
    "trajectory_status": 20,
}  # columns a sender may have beside the known ones

CASES = Kind(
    "linelist",
    (),
    (
        Target(
            "investigation.Case",
            ("outbreak_id", "external_id"),
            {"outbreak_id": "outbreak_ref", "external_id": "external_id", "number": "number", "person_id": "person_ref"},
            gives="case",
        ),
        Target(
            "investigation.CaseReport",
            ("case_id",),
            {"case_id": "case_ref", **{name: name for name in REPORT}},
            key="outbreak || '|' || external_id",
        ),
        Target(
            "investigation.CaseClassification",
            ("key",),
            {"key": "outbreak || '|' || external_id || '|linelist'", "case_id": "case_ref", "classification": "classification",
             "valid_from": "classified_at", "basis": "'line list'"},
            when="class_stands IS NULL",
            unique=(("case_id", "valid_from"),),
        ),
    ),
    (Reference("case", ("external_id",), "case_ref", within="outbreak_ref"),),
)  # fmt: skip
PERSONS = Kind("linelist", (), (Target("registry.Person", ("number",), {"number": "person_number"}),))


def take(bench: Bench, path: Path, mapping: Any, sheet: str | None, report: Any) -> list[Problem]:
    """The cases of a line list, its own links too; returns what concerns the whole file."""
    outbreak = outbreak_of(bench)
    bench.progress(path.name)
    areas, home = _areas(outbreak[0])
    chosen = as_mapping(mapping, "linelist")
    home = chosen.home or home if chosen else home
    today = bench.at.astimezone(CITY).date()
    reading = read_linelist(path, chosen, sheet=sheet, areas=areas, home=home, today=today)
    rows = _on_the_bench(bench, reading, outbreak)
    casepersons.settle(bench, outbreak, reading.cases, rows)
    _classes_on_file(bench)
    writing.write(bench, CASES)
    _identities(bench, reading.cases, rows)
    if reading.links:
        made = links.write(bench, outbreak, [link for link in reading.links if not link.is_rejected])
        report.notes.append(f"links: {made}")
    return [problem for problem in reading.problems if problem.row is None]


def _areas(outbreak: int) -> tuple[AreaTable | None, str | None]:
    """For an outbreak in China: the areas by which addresses are found, and what its city's codes begin with."""
    from chainbreak.investigation.models import Outbreak
    from chainbreak.registry.models import Area

    own = Outbreak.objects.values_list("area_code", flat=True).get(pk=outbreak)
    if not (own.isdecimal() and len(own) >= 4):
        return None, None
    known = Area.objects.exclude(level="province").values_list("code", "name_zh")
    return AreaTable([*divisions(), *((code, name) for code, name in known if len(code) in (6, 9, 12))]), own[:4]


def outbreak_of(bench: Bench) -> tuple[int, str]:
    """The outbreak that the command names.

    Raises:
        Refused("outbreak_wanted"): it names none; fact `known` lists them.
    """
    from chainbreak.investigation.models import Outbreak

    if not bench.outbreak:
        known = ", ".join(Outbreak.objects.order_by("code").values_list("code", flat=True)) or "-"
        raise Refused("outbreak_wanted", known=known)
    return Outbreak.objects.values_list("pk", "code").get(code=bench.outbreak)


def as_mapping(mapping: Any, kind: str) -> Mapping | None:
    """A mapping by name, file or document."""
    if mapping is None or isinstance(mapping, Mapping):
        return mapping
    return mapping_from(mapping, kind) if isinstance(mapping, dict) else load_mapping(mapping, kind)


def _on_the_bench(bench: Bench, reading: LineListReading, outbreak: tuple[int, str]) -> dict[int, int]:
    """`raw` holds every row of the file, `t` the cases; returns the number on the bench of each case by its index.

    Where a row of the file holds several cases, each is a row of its own here.
    """
    raw: list[tuple[int, int, str]] = []
    rank: list[tuple[int, int]] = []
    rows: dict[int, int] = {}
    first_of: dict[int, int] = {}

    def stand(row: int, words: dict) -> int:
        number = len(raw) + 1
        raw.append((number, row, json.dumps(words, ensure_ascii=False, default=str)))
        first_of.setdefault(row, number)
        return number

    for index, case in enumerate(reading.cases):
        rows[index] = stand(case.row, case.raw)
    for one in reading.duplicates:
        rank.append((stand(one.row, one.raw), 1))
    taken = set(first_of)
    errors = []
    for one in reading.rejected:
        number = stand(one.row, one.raw)
        first_of[one.row] = number
        errors.append((number, None, one.codes[0] if one.codes else "missing_value", "error", {}))
    put_raw(bench, raw)
    said = {(first_of.get(p.row), p.code) for p in reading.problems if p.row and p.severity == "error"}
    bench.add_problems(error for error in errors if (error[0], error[2]) not in said)
    _say(bench, reading.problems, first_of, taken, reading)
    bench.add("outcome", [(row, known, True) for row, known in rank], ("_row", "rank", "beforehand"))
    _typed(bench, reading.cases, rows, outbreak)
    return rows


def put_raw(bench: Bench, raw: list[tuple[int, int, str]]) -> None:
    """`raw` from rows of number, row of the file, words."""
    columns = list(zip(*raw, strict=True)) or [(), (), ()]
    arrays = [
        pa.array(list(values), kind)
        for values, kind in zip(columns, (pa.int64(), pa.int64(), pa.string()), strict=True)
    ]
    bench.put("raw", pa.Table.from_arrays(arrays, names=["_row", "_file_row", "_words"]))
    bench.row_name, bench.raw_as_json = "_file_row", "_words"
    bench.sealed_columns = ["*"]


def _say(bench: Bench, problems: Iterable[Problem], first_of: dict[int, int], taken: set[int], reading: Any) -> None:
    """The reading's problems of rows. A rejected case keeps its error; links of accepted rows only warn."""
    rejected = {one.row for one in reading.rejected}
    said = []
    for problem in problems:
        if problem.row is None:
            continue
        severity = problem.severity
        if severity == "error" and problem.row not in rejected:
            severity = "warning"
        said.append((first_of[problem.row], problem.column, problem.code, severity, problem.as_json()["facts"]))
    bench.add_problems(said)


def _typed(bench: Bench, cases: list[CaseRow], rows: dict[int, int], outbreak: tuple[int, str]) -> None:
    """`t`: one row a case, with the columns of the tables behind it."""
    listed: list[dict[str, Any]] = []
    notes = []
    for index, case in enumerate(cases):
        extra: dict[str, Any] = dict(case.extra)
        beside = {fold_column(name): name for name in extra}
        row: dict[str, Any] = {"_row": rows[index], "outbreak": outbreak[1], "outbreak_ref": outbreak[0]}
        row["external_id"] = case.external_id[:80]
        for name, limit in BESIDE.items():
            column = beside.get(fold_column(name))
            row[name] = str(extra.pop(column))[:limit] if column and extra.get(column) else None
        stated = beside.get("recordedat")
        row["recorded_text"] = extra.pop(stated) if stated else None
        reported = _instant(case.reported_at)
        sampled = _instant(case.sampled_at)
        row["reported_at"] = (
            reported or sampled or _instant(case.onset_date) or bench.known_at.astimezone(UTC).replace(tzinfo=None)
        )
        if reported is None:
            notes.append((rows[index], None, "report_time_missing", "warning", {"value": row["reported_at"]}))
        row["classified_at"] = row["reported_at"]
        row["first_positive_at"], row["isolated_at"] = sampled, _instant(case.isolated_at)
        row["classification"] = case.classification if case.classification in CLASSES else "suspected"
        if case.classification is None:
            notes.append((rows[index], None, "class_missing", "warning", {}))
        for name in ("onset_date", "exposure_from", "exposure_until", "died_date"):
            row[name] = getattr(case, name)
        row["discovery_route"] = case.discovery_route if case.discovery_route in ROUTES else "unknown"
        row["origin"] = case.origin if case.origin in ORIGINS else "unknown"
        row["under_control_when_sampled"] = case.under_control
        row["source_text"], row["note"] = case.source_text or "", case.note or ""
        row["outcome"] = (case.outcome or "")[:20]
        place = case.area_code or case.reported_in or ""
        row["reported_in"] = place if len(place) <= 15 else ""
        kept = {
            "age_years": case.age_years, "age_band": case.age_band, "clinical_severity": case.clinical_severity,
            "ct_value": case.ct_value, "reported_in": case.reported_in if case.reported_in != row["reported_in"] else None,
            "case_number": case.case_number,
        }  # fmt: skip
        extra |= {name: value for name, value in kept.items() if value is not None}
        row["extra"] = json.dumps(extra, ensure_ascii=False, default=str, sort_keys=True)
        listed.append(row)
    bench.add_problems(notes)
    bench.put("t", pa.Table.from_pylist(listed, schema=_SCHEMA))
    bench.do("ALTER TABLE t ADD COLUMN recorded_at TIMESTAMP")
    stated = "regexp_replace(replace(trim(recorded_text), '/', '-'), '([T ]\\d{1,2}:\\d\\d) ?([Zz+-])', '\\1:00\\2')"
    bench.do(f"UPDATE t SET recorded_at = make_timestamp(epoch_us(TRY_CAST({stated} AS TIMESTAMPTZ)))")
    facts = "CAST(json_object('value', recorded_text) AS VARCHAR)"
    bench.problem(
        f"SELECT _row, 'recorded_at', CASE WHEN recorded_at IS NULL THEN 'instant_unreadable' ELSE 'recorded_in_future' END, "
        f"'error', {facts} FROM t WHERE nullif(trim(recorded_text), '') IS NOT NULL AND (recorded_at IS NULL OR recorded_at > "
        f"TIMESTAMP '{bench.at.astimezone(UTC).replace(tzinfo=None)}')"
    )


_SCHEMA = pa.schema(
    [("_row", pa.int64()), ("outbreak", pa.string()), ("outbreak_ref", pa.int64()), ("external_id", pa.string())]
    + [(name, pa.string()) for name in (
        "reported_in", "discovery_route", "origin", "source_status", "trajectory_status", "outcome", "hospital", "source_text",
        "note", "extra", "classification", "recorded_text")]
    + [(name, pa.timestamp("us")) for name in ("reported_at", "classified_at", "first_positive_at", "isolated_at")]
    + [(name, pa.date32()) for name in ("onset_date", "exposure_from", "exposure_until", "died_date")]
    + [("under_control_when_sampled", pa.bool_())]
)  # fmt: skip


def _instant(value: date | datetime | None) -> datetime | None:
    """UTC without a zone; a day is its midnight in the city."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), CITY)
    if value.tzinfo is None:
        value = value.replace(tzinfo=CITY)
    return value.astimezone(UTC).replace(tzinfo=None)


def _classes_on_file(bench: Bench) -> None:
    """A first class that came another way, at the same instant, is not said a second time."""
    bench.fetch(
        "class_on_file",
        "SELECT c.outbreak_id, c.external_id, f.valid_from AT TIME ZONE 'UTC', f.id FROM investigation_caseclassification f "
        "JOIN investigation_case c ON c.id = f.case_id WHERE f.superseded_at IS NULL AND c.outbreak_id = %s AND "
        "f.key IS DISTINCT FROM %s || '|' || c.external_id || '|linelist'",
        {"outbreak_id": "BIGINT", "external_id": "VARCHAR", "valid_from": "TIMESTAMP", "id": "BIGINT"},
        [bench.one("SELECT coalesce(min(outbreak_ref), 0) FROM t"), bench.outbreak],
    )
    bench.do(
        "CREATE OR REPLACE TABLE t AS SELECT t.*, c.id AS class_stands FROM t LEFT JOIN class_on_file c "
        "ON c.external_id = t.external_id AND c.valid_from = t.classified_at"
    )


def _identities(bench: Bench, cases: list[CaseRow], rows: dict[int, int]) -> None:
    """Who the cases are, for those that were taken."""
    where = {
        row: (person, number)
        for row, person, number in bench.rows(
            "SELECT t._row, t.person_ref, t.person_number FROM t JOIN good USING (_row) WHERE t.person_ref IS NOT NULL"
        )
    }
    known = [
        persons.Known(rows[i], *where[rows[i]], one.name, one.id_number, one.phone, one.address, one.birth_date)
        for i, one in enumerate(cases)
        if rows[i] in where and (one.name or one.id_number or one.phone or one.address or one.birth_date)
    ]
    bench.add("outcome", [(row, 2) for row in persons.record(bench, known)], ("_row", "rank"))
