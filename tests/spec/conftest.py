"""Drawn tables for specs that several engines must meet."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta
from functools import partial

import pyarrow as pa
import pytest

from chainbreak.engines import copresence as tables
from chainbreak.engines import spark
from chainbreak.epi import copresence as plain
from chainbreak.epi.copresence import CaseWindow, Stay

DAY = datetime(2022, 3, 24, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")


def at(text: str) -> datetime:
    """`09:00`, `24:00` or `2/09:00` (the second day after), with seconds and parts of them if wanted."""
    days, _, clock = text.rpartition("/")
    hours, minutes, *seconds = clock.split(":")
    second = seconds[0] if seconds else "0"
    whole, _, part = second.partition(".")
    exact = timedelta(seconds=int(whole), microseconds=int(part.ljust(6, "0") or 0))
    return DAY + timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes)) + exact


def drawn(table: str) -> list[dict[str, str]]:
    """The rows of a drawn table; what follows # is a remark."""
    lines = [line.split("#")[0].strip() for line in table.splitlines()]
    lines = [line for line in lines if line and not set(line) <= set("-+")]
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [dict(zip(head, row, strict=True)) for row in rows]


def stays_of(table: str) -> list[Stay]:
    """Stays out of a drawn table with person, place, arrived, left; carriage and seat if they are drawn."""
    return [
        Stay(
            r["person"], r["place"], at(r["arrived"]), at(r["left"]), r.get("carriage") or None, r.get("seat") or None
        )
        for r in drawn(table)
    ]  # fmt: skip


def by_plain_python(stays, cases, *, controls=None, kinds=None, answer="pairs", **options):
    """The rule as `epi` reads it."""
    ask = {"pairs": plain.pairs, "persons": plain.persons}[answer]
    return ask(stays, cases, controls=controls, kinds=kinds, **options)


def by_tables(trace):
    """An engine over tables, asked as plain Python is."""

    def find(stays, cases, *, controls=None, kinds=None, **options):
        return _rows(trace, stays, cases, controls, kinds, options)

    find.trace = trace
    return find


def _rows(trace, stays, cases, controls, kinds, options):
    kind = pa.int64() if any(isinstance(s.person_id, int) for s in stays) else pa.string()
    found = trace(
        table(
            person_id=(kind, [s.person_id for s in stays]),
            place_id=(pa.string(), [s.place_id for s in stays]),
            arrived_at=(INSTANT, [s.arrived_at for s in stays]),
            left_at=(INSTANT, [s.left_at for s in stays]),
            carriage=(pa.string(), [s.carriage for s in stays]),
            seat=(pa.string(), [s.seat for s in stays]),
        ),
        table(
            person_id=(kind, [c.person_id for c in cases]),
            infectious_from=(INSTANT, [c.from_at for c in cases]),
            infectious_until=(INSTANT, [c.until for c in cases]),
        ),
        None if kinds is None else table(place_id=(pa.string(), list(kinds)), kind=(pa.string(), list(kinds.values()))),
        None
        if controls is None
        else table(person_id=(kind, list(controls)), controlled_at=(INSTANT, list(controls.values()))),
        **options,
    )
    if options.get("answer") == "persons":
        return [plain.Person(**row) for row in found.to_pylist()]
    return [
        plain.Pair(
            row["person_id"],
            row["degree"],
            row["source_person_id"],
            row["first_exposure_at"],
            row["last_exposure_at"],
            timedelta(microseconds=round(row["minutes"] * 60_000_000)),
            row["meetings"],
            row["place_id"],
        )
        for row in found.to_pylist()
    ]


def table(**columns) -> pa.Table:
    """A table out of columns with their types."""
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})


def _available():
    """Every engine there is on this machine; plain Python is the truth the others are held against."""
    engines = {
        "plain": by_plain_python,
        "duckdb": by_tables(tables.trace),
        "sweep": by_tables(partial(tables.trace, engine="sweep")),
    }
    if importlib.util.find_spec("pysail") and importlib.util.find_spec("pyspark"):
        engines["spark"] = by_tables(spark.trace)
    return engines


ENGINES = _available()
OVER_TABLES = [name for name in ENGINES if name != "plain"]


@pytest.fixture(params=ENGINES)
def pairs_of(request):
    """The pairs found by one engine in a drawn table; cases as `{"C1": ("08:00", "20:00")}`."""

    def find(stays: str, cases: dict[str, tuple[str | None, str | None]], controls=None, **options):
        windows = [CaseWindow(p, f and at(f), u and at(u)) for p, (f, u) in cases.items()]
        ends = None if controls is None else {person: at(when) for person, when in controls.items()}
        return ENGINES[request.param](stays_of(stays), windows, controls=ends, **options)

    return find


@pytest.fixture(params=ENGINES)
def engine(request):
    """One engine after the other, asked with stays and cases themselves."""
    return ENGINES[request.param]


@pytest.fixture(params=OVER_TABLES)
def engine_over_tables(request):
    """One engine after the other that must equal plain Python."""
    return ENGINES[request.param]


@pytest.fixture
def contacts_of(pairs_of):
    """The degree-1 contacts of one case that may infect all day, with the time they were together."""

    def find(case: str, stays: str, *, at_least: timedelta):
        found = pairs_of(stays, {case: (None, None)}, minutes=at_least / timedelta(minutes=1), degrees=1)
        return {pair.person_id: pair.together for pair in found}

    return find
