"""`chainbreak trace`: contacts of degree 1 and 2 out of files of stays and cases, without a database (密接排查)."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from chainbreak.engines import copresence, spark, tables
from chainbreak.engines.instants import microseconds
from chainbreak.engines.lake import LakeError
from chainbreak.engines.spots import COLUMNS as SEATS
from chainbreak.engines.sweep import is_ready
from chainbreak.engines.tables import Source, TableError
from chainbreak.engines.windows import MAY, windows_of
from chainbreak.epi import rulepack
from chainbreak.epi.rulepack import RulePack
from chainbreak.jobs.commands import _lake
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

MANY_STAYS = 1_000_000  # from here on the sweep is worth its compiling
HELP = gettext_noop("find the contacts of cases in a file of stays, without a database")
NEEDS = "files"

SENTENCES = {
    "column_missing": gettext_noop(
        "%(path)s: has no column %(column)s. It has: %(found)s. Rename the column that holds it."
    ),
    "column_twice": gettext_noop("%(path)s: has the column %(column)s twice. Remove or rename one of them."),
    "not_a_table": gettext_noop("%(path)s: is neither CSV nor Parquet. Save it as one of them."),
    "row_length": gettext_noop(
        "%(path)s, row %(row)s: has %(got)s values, but the heading has %(wanted)s. Correct the row."
    ),
    "value_missing": gettext_noop(
        "%(path)s, column %(column)s, rows %(rows)s: no value (%(number)s rows). Fill in or remove these rows."
    ),
    "not_an_id": gettext_noop("%(path)s, column %(column)s: ids must be whole numbers or text, not %(found)s."),
    "ids_mixed": gettext_noop(
        "%(path)s has ids of the type %(found)s, %(other)s of the type %(wanted)s: they would never match. "
        "Save both with the same type."
    ),
    "id_not_a_number": gettext_noop(
        "%(path)s, column %(column)s, rows %(rows)s: %(value)s is not a number, but the other files have numbers "
        "as ids (%(number)s rows). Save all with the same type."
    ),
    "not_an_instant": gettext_noop(
        "%(path)s, column %(column)s: holds %(found)s, not times. Save it as timestamps or as text."
    ),
    "not_an_instant_text": gettext_noop(
        "%(path)s, column %(column)s, rows %(rows)s: %(value)s cannot be read as a time (%(number)s rows). "
        "Write it like 2022-03-24 15:00 or 2022-03-24T15:00+08:00."
    ),
    "left_before_arrived": gettext_noop(
        "%(path)s, column %(column)s, rows %(rows)s: left before arrived (%(number)s rows). Correct or remove them."
    ),
    "no_window": gettext_noop(
        "%(path)s, row %(row)s: no infectious window. Give infectious_from and infectious_until, or the onset_date "
        "or sampled_at from which the rule pack %(pack)s lays one."
    ),
    "window_backwards": gettext_noop(
        "%(path)s, column %(column)s, rows %(rows)s: the infectious window ends before it begins (%(number)s rows). "
        "Correct these rows."
    ),
    "spark_missing": gettext_noop(
        "Spark is not there (%(found)s). Install it: pip install pysail pyspark-client; or use --engine duckdb."
    ),
    "file_damaged": gettext_noop("%(path)s: cannot be read to its end (%(said)s). Get it again."),
    "engine_of_lake": gettext_noop("A lake is searched by the sweep, not by %(engine)s. Leave --engine out."),
    "out_kind": gettext_noop("%(path)s: the result must be named .parquet or .csv."),
    "out_folder": gettext_noop("%(path)s: the folder for the result is not there. Make it first."),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The contract of `trace`."""
    stays = parser.add_mutually_exclusive_group(required=True)
    stays.add_argument(
        "--stays", metavar="F", help=_("person_id, place_id, arrived_at, left_at; carriage and seat where known")
    )
    stays.add_argument("--lake", metavar="DIR", help=_("a lake of stays instead of a file; see chainbreak lake"))
    parser.add_argument(
        "--cases",
        required=True,
        metavar="F",
        help=_("person_id, infectious_from, infectious_until; or onset_date, sampled_at, isolated_at"),
    )
    parser.add_argument("--places", metavar="F", help=_("place_id, kind: the rule pack's minutes for each kind count"))
    parser.add_argument("--controls", metavar="F", help=_("person_id, controlled_at: ends what a contact passes on"))
    parser.add_argument("--minutes", type=_minutes, metavar="N", help=_("least minutes together (the pack's: 15)"))
    parser.add_argument("--degrees", type=_degrees, metavar="N", help=_("1 contacts, 2 their contacts too (2)"))
    parser.add_argument(
        "--count",
        choices=("window", "meeting", "day"),
        default="window",
        help=_("minutes add up over the window, count by meeting, or add up within 24 hours"),
    )
    parser.add_argument(
        "--after",
        type=_minutes,
        metavar="N",
        help=_("minutes the air stays infectious after a case left (the pack's: 0)"),
    )
    parser.add_argument(
        "--answer",
        choices=("pairs", "persons"),
        default="pairs",
        help=_("a row for each pair, or for each person with whom he met first: fast for thousands of cases"),
    )
    parser.add_argument("--include-cases", action="store_true", help=_("give the pairs among the cases as well"))
    parser.add_argument("--pack", choices=rulepack.available(), default="covid19-cn-v8", help=_("the rule pack"))
    parser.add_argument(
        "--engine",
        choices=("auto", "sweep", "duckdb", "spark"),
        default="auto",
        help=_("what does the work; the rows are the same"),
    )
    parser.add_argument("--out", required=True, metavar="F", help=_("the result, .parquet or .csv"))
    parser.add_argument("--json", action="store_true", help=_("print a summary as JSON"))


def run(args: argparse.Namespace) -> int:
    """Read, trace, write, and say how many there are."""
    try:
        summary = trace(args)
    except LakeError as damage:
        return _lake.say(damage, json_wanted=args.json)
    except (TableError, spark.SparkMissing) as refused:
        error = refused if isinstance(refused, TableError) else TableError("spark_missing", found=str(refused))
        sentence = _(SENTENCES[error.code]) % error.facts
        print(sentence, file=sys.stderr)
        if args.json:
            document = {"refused": error.code, "message": sentence, "facts": error.facts}
            print(json.dumps(document, ensure_ascii=False))
        return 2
    _lake.say_coverage(summary)
    for person_id in summary["cases_without_stays"][:20]:
        print(_("Note: the case %(person)s has no stays.") % {"person": person_id}, file=sys.stderr)
    if summary["windows_ended_at_sample"]:
        print(
            _("Note: %(number)s cases have no isolated_at; their windows end at the sample.")
            % {"number": summary["windows_ended_at_sample"]},
            file=sys.stderr,
        )
    words = _("%(one)s contacts, %(two)s contacts of contacts, %(rows)s rows in %(out)s.")
    said = {"one": summary["contacts"]["1"], "two": summary["contacts"]["2"], "rows": summary["rows"], "out": args.out}
    print(words % said, file=sys.stderr)
    if args.json:
        print(json.dumps(summary, ensure_ascii=False))
    return 0


def trace(args: argparse.Namespace) -> dict[str, Any]:
    """The contacts of these files, written to `args.out`; gives the summary."""
    began = time.perf_counter()
    out = Path(args.out)
    if out.suffix.lower() not in (".parquet", ".csv"):
        raise TableError("out_kind", path=args.out)
    if not out.parent.is_dir():
        raise TableError("out_folder", path=args.out)
    pack = rulepack.load(args.pack)
    minutes = float(pack.value("contact.copresence_minutes")) if args.minutes is None else args.minutes
    degrees = args.degrees or (2 if pack.value("contact2.enabled") else 1)
    options = {
        "minutes": minutes,
        "degrees": degrees,
        "include_cases": args.include_cases,
        "count": args.count,
        "after": pack.after_minutes if args.after is None else args.after,
        "answer": args.answer,
    }
    found, facts = _in_lake(args, pack, options) if args.lake else _in_files(args, pack, options)
    _write(found, out)
    by_degree = {
        str(degree): pc.count_distinct(found.filter(pc.equal(found["degree"], degree))["person_id"]).as_py()
        for degree in range(1, max(2, degrees) + 1)
    }
    return {
        "out": args.out,
        "rows": found.num_rows,
        "contacts": by_degree,
        **facts,
        "minutes": minutes,
        "degrees": degrees,
        "count": args.count,
        "after": options["after"],
        "answer": args.answer,
        "pack": pack.edition,
        "seconds": round(time.perf_counter() - began, 3),
    }


def _in_files(args: argparse.Namespace, pack: RulePack, options: dict[str, Any]) -> tuple[pa.Table, dict[str, Any]]:
    stays, cases, places, controls, n_at_sample = _read(args, pack)
    engine = _engine(args.engine, stays.num_rows)
    work = spark.trace if engine == "spark" else partial(copresence.trace, engine=engine)
    found = work(
        stays, cases, places, controls, **_by_kind(pack, places["kind"] if places is not None else None), **options
    )
    unknown = cases.filter(pc.invert(pc.is_in(cases["person_id"], stays["person_id"].combine_chunks())))
    return found, {
        "stays": stays.num_rows,
        "cases": pc.count_distinct(cases["person_id"]).as_py(),
        "cases_without_stays": pc.unique(unknown["person_id"]).to_pylist(),
        "windows_ended_at_sample": n_at_sample,
        "engine": engine,
    }


def _in_lake(args: argparse.Namespace, pack: RulePack, options: dict[str, Any]) -> tuple[pa.Table, dict[str, Any]]:
    if args.engine not in ("auto", "sweep"):
        raise TableError("engine_of_lake", engine=args.engine)
    from chainbreak.engines.lake import Lake  # with the machine code behind it

    lake = Lake.open(args.lake)
    source = tables.load(args.cases, needs=("person_id",), may=MAY)
    cases, n_at_sample = windows_of(source, tables.ids(source, "person_id"), pack)
    places = _lake.places(args.places) if args.places else None
    kinds = places["kind"] if places is not None else pa.array(lake.kinds.names if lake.kinds else [], pa.string())
    found = lake.trace(
        cases,
        controls=_lake.controls(args.controls) if args.controls else None,
        places=places,
        **_by_kind(pack, kinds),
        **options,
    )
    known = lake.has_stays(cases["person_id"])
    unknown = cases["person_id"].filter(pa.array(~known))
    return found, {
        "lake": args.lake,
        "stays": lake.status()["stays"],
        **_lake.coverage(lake, cases),
        "cases": pc.count_distinct(cases["person_id"]).as_py(),
        "cases_without_stays": pc.unique(unknown).to_pylist(),
        "windows_ended_at_sample": n_at_sample,
        "engine": "sweep",
    }


def _engine(wanted: str, n_stays: int) -> str:
    """The one asked for; by itself the sweep, but no small file waits for the compiling of it."""
    if wanted != "auto":
        return wanted
    return "sweep" if n_stays >= MANY_STAYS or is_ready() else "duckdb"


def _by_kind(pack: RulePack, kinds: pa.Array | pa.ChunkedArray | None) -> dict[str, Any]:
    """What the pack says of these kinds of place: least minutes, and where carriage and seat count."""
    known = [] if kinds is None else [kind for kind in pc.unique(kinds).to_pylist() if kind]
    return {"thresholds": pack.thresholds(known), "near": pack.near(known)}


def _degrees(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(_("must be a whole number from 1 up"))
    return value


def _minutes(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(_("must be a number from 0 up"))
    return value


def _read(args: argparse.Namespace, pack: RulePack) -> tuple[pa.Table, pa.Table, pa.Table | None, pa.Table | None, int]:
    stays = tables.load(args.stays, needs=("person_id", "place_id", "arrived_at", "left_at"), may=SEATS)
    cases = tables.load(args.cases, needs=("person_id",), may=MAY)
    places = tables.load(args.places, needs=("place_id", "kind")) if args.places else None
    controls = tables.load(args.controls, needs=("person_id", "controlled_at")) if args.controls else None
    persons = [source for source in (stays, cases, controls) if source is not None]
    person_ids = _ids(persons, "person_id")
    place_ids = _ids([source for source in (stays, places) if source is not None], "place_id")
    arrived_at, left_at = tables.instants(stays, "arrived_at"), tables.instants(stays, "left_at")
    spans = pa.table(
        {"person_id": person_ids[0], "place_id": place_ids[0], "arrived_at": arrived_at, "left_at": left_at}
    )
    for name in SEATS:
        if stays.has(name):
            spans = spans.append_column(name, stays.table[name].cast(pa.string()))
    stays.refuse("left_before_arrived", "left_at", _backwards(spans))
    windows, n_at_sample = windows_of(cases, person_ids[1], pack)
    kinds = pa.table({"place_id": place_ids[1], "kind": places.table["kind"].cast(pa.string())}) if places else None
    ends = None
    if controls is not None:
        ends = pa.table({"person_id": person_ids[2], "controlled_at": tables.instants(controls, "controlled_at")})
    return spans, windows, kinds, ends, n_at_sample


def _ids(sources: list[Source], column: str) -> list[pa.ChunkedArray]:
    return tables.one_type([(source, column, tables.ids(source, column)) for source in sources])


def _backwards(spans: pa.Table) -> pa.ChunkedArray:
    return pc.less(microseconds(spans["left_at"]), microseconds(spans["arrived_at"]))


def _write(found: pa.Table, out: Path) -> None:
    """The whole result or none of it."""
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        if out.suffix.lower() == ".csv":
            arrow_csv.write_csv(found, part)
        else:
            pq.write_table(found, part, compression="zstd")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
