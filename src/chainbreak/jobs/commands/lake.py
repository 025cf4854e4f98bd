"""`chainbreak lake`: a store of stays that grows batch by batch and answers at once, on files alone (轨迹湖)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from chainbreak.engines import tables
from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.tables import TableError
from chainbreak.engines.windows import MAY, windows_of
from chainbreak.epi import rulepack
from chainbreak.jobs.commands import _lake
from chainbreak.jobs.commands.trace import SENTENCES
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

if TYPE_CHECKING:
    from chainbreak.engines.lake import Lake, Outcome

HELP = gettext_noop("keep a city's stays in a lake: take batches in, merge, drop old days, ask")
NEEDS = "files"
NEEDED = ("person_id", "place_id", "arrived_at", "left_at")
MORE = ("stay_id", "withdrawn", "evidence", "certainty")
MANY_ROWS = 3_000_000  # of a Parquet file: read piece by piece
REFUSING = frozenset(
    {"accepted", "duplicate", "corrected", "withdrawn", "two_places", "no_length", "replaced_in_batch"}
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The deeds and questions."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")

    def deed(name: str, work: Callable[[argparse.Namespace], int], says: str) -> argparse.ArgumentParser:
        one = deeds.add_parser(name, help=says, description=says)
        one.add_argument("folder", metavar="DIR", help=_("the folder of the lake"))
        one.add_argument("--json", action="store_true", help=_("print one JSON document"))
        one.add_argument("--lang", choices=["zh", "en"], default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        one.add_argument("--data-dir", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        one.set_defaults(work=work)
        return one

    one = deed("init", _init, _("make an empty lake"))
    one.add_argument("--longest-stay", type=float, metavar="HOURS", help=_("refuse longer stays"))
    one.add_argument("--places", metavar="F", help=_("place_id, kind: kept with the lake"))
    one = deed("append", _append, _("take in files of stays, late, corrected or withdrawn ones too"))
    one.add_argument("files", nargs="+", metavar="F", help=_("person_id, place_id, arrived_at, left_at"))
    one.add_argument("--persons", metavar="F", help=_("a register: refuse stays of others (person_id)"))
    one.add_argument("--places", metavar="F", help=_("a register: refuse stays elsewhere (place_id)"))
    one.add_argument("--outcomes", metavar="F", help=_("write what became of every row, as CSV"))
    one.add_argument("--no-merge", action="store_true", help=_("leave the merging to chainbreak lake merge"))
    one = deed("places", _places, _("keep a register of places with the lake"))
    one.add_argument("file", metavar="F", help=_("place_id, kind"))
    deed("status", _status, _("say what is in it"))
    one = deed("merge", _merge, _("put fresh batches together by day"))
    one.add_argument("--whole", action="store_true", help=_("make one segment of every day"))
    one = deed("drop", _drop, _("let all stays go that began before a day"))
    one.add_argument(
        "--before", required=True, type=_day, metavar="DAY", help=_("the first day that stays, 2022-03-20")
    )
    deed("check", _check, _("read everything and compare the checksums"))
    one = deed("evidence", _evidence, _("every meeting of two persons, with the stays it rests on"))
    one.add_argument("--person", required=True, metavar="ID")
    one.add_argument("--source", required=True, metavar="ID")
    for name, work, says in (
        ("near", _near, _("pairs that nearly reached the least minutes")),
        ("backward", _backward, _("who could have infected the cases")),
        ("shared", _shared, _("places where several cases were")),
        ("whatif", _whatif, _("who would enter and leave under another rule")),
        ("companions", _companions, _("who was in the same 800 m cell at the same time: a hint, never a contact")),
    ):
        one = deed(name, work, says)
        one.add_argument("--cases", required=True, metavar="F", help=_("as for chainbreak trace"))
        one.add_argument("--pack", choices=rulepack.available(), default="covid19-cn-v8", help=_("the rule pack"))
        one.add_argument("--out", metavar="F", help=_("the result, .parquet or .csv"))
        if name == "backward":
            one.add_argument("--days", type=float, nargs=2, default=(14.0, 1.0), metavar=("FROM", "TO"),
                             help=_("days before onset (14 1)"))  # fmt: skip
        if name == "whatif":
            one.add_argument("--minutes", type=float, metavar="N", help=_("another least time"))
            one.add_argument("--look-back", type=float, metavar="DAYS", help=_("windows begin so much earlier"))
            one.add_argument("--without", nargs="*", default=[], metavar="ID", help=_("cases left out"))
        if name == "companions":
            one.add_argument("--cells", required=True, metavar="F", help=_("place_id, x, y in metres"))


def run(args: argparse.Namespace) -> int:
    """Do it, or say why not."""
    try:
        return int(args.work(args))
    except LakeError as error:
        return _lake.say(error, json_wanted=args.json)
    except TableError as error:
        sentence = _(SENTENCES[error.code]) % error.facts
        print(sentence, file=sys.stderr)
        if args.json:
            print(json.dumps({"refused": error.code, "message": sentence, "facts": error.facts}, ensure_ascii=False))
        return 2


def _open(args: argparse.Namespace) -> Lake:
    from chainbreak.engines.lake import Lake  # with the machine code behind it

    return Lake.open(args.folder)


def _init(args: argparse.Namespace) -> int:
    from chainbreak.engines.lake import Lake

    places = _lake.places(args.places) if args.places else None
    longest = None if args.longest_stay is None else timedelta(hours=args.longest_stay)
    lake = Lake.create(args.folder, longest_stay=longest)
    number = lake.register(places) if places is not None else 0
    _tell(args, {"path": args.folder, "places": number}, _("%(path)s is an empty lake.") % {"path": args.folder})
    return 0


def _append(args: argparse.Namespace) -> int:
    lake = _open(args)
    persons = _column(args.persons, "person_id")
    places = _column(args.places, "place_id")
    found = []
    refused = 0
    for path in args.files:
        outcome = _taken(lake, path, persons, places)
        refused += sum(number for name, number in outcome.counts.items() if name not in REFUSING)
        found.append({"file": path, "batch": outcome.batch, "known": outcome.is_known, "rows": outcome.counts})
        if outcome.is_known:
            print(_("%(path)s was taken in before; nothing was added.") % {"path": path}, file=sys.stderr)
        else:
            counts = ", ".join(f"{_(OUTCOMES[name])} {number}" for name, number in outcome.counts.items())
            print(f"{path}: {counts}", file=sys.stderr)
        if args.outcomes and outcome.rows is not None:
            text = Path(path).read_bytes()[:6]
            first = 1 if text.startswith((b"PAR1", b"ARROW1")) else 2
            numbers = pa.array(range(first, first + len(outcome.rows)))
            arrow_csv.write_csv(pa.table({"row": numbers, "outcome": outcome.rows}), args.outcomes)
    if lake.wants_merge and not args.no_merge:
        lake.merge()
    if args.json:
        print(json.dumps({"files": found, "refused": refused}, ensure_ascii=False))
    return 1 if refused else 0


def _taken(lake: Lake, path: str, persons: pa.Array | None, places: pa.Array | None) -> Outcome:
    """One file: as a batch, or, if it is Parquet of millions of bare rows, piece by piece."""
    with Path(path).open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet and persons is None and places is None:
        try:
            parquet = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError):
            raise TableError("not_a_table", path=path) from None
        columns = parquet.schema_arrow.names
        times = [parquet.schema_arrow.field(name).type for name in NEEDED[2:] if name in columns]
        plain = len(times) == 2 and all(pa.types.is_timestamp(kind) for kind in times)
        bare = set(NEEDED) <= set(columns) and not set(MORE) & set(columns)
        if parquet.metadata.num_rows >= MANY_ROWS and plain and bare:
            from chainbreak.engines.lake import bulk

            return bulk.load(lake, _pieces(path, parquet), name=_name(path), now=datetime.now(UTC), say=_progress)
    source = tables.load(path, needs=NEEDED, may=MORE)
    arrived, bad_arrived = tables.instants_or_null(source, "arrived_at")
    left, bad_left = tables.instants_or_null(source, "left_at")
    table = source.table.set_column(source.table.column_names.index("arrived_at"), "arrived_at", arrived)
    table = table.set_column(table.column_names.index("left_at"), "left_at", left)
    unread = bad_arrived.to_numpy(zero_copy_only=False) | bad_left.to_numpy(zero_copy_only=False)
    if source.is_text:
        ids = [tables.ids_or_null(source, name) for name in ("person_id", "place_id")]
        for name, column in zip(("person_id", "place_id"), ids, strict=True):
            table = table.set_column(table.column_names.index(name), name, column)
    return lake.append(table, now=datetime.now(UTC), name=_name(path), persons=persons, places=places, unread=unread)


def _pieces(path: str, parquet: pq.ParquetFile) -> Iterator[pa.Table]:
    try:
        for piece in parquet.iter_batches(1 << 20, columns=list(NEEDED)):
            yield pa.Table.from_batches([piece])
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError("file_damaged", path=path, said=str(error).splitlines()[0]) from None


def _places(args: argparse.Namespace) -> int:
    number = _open(args).register(_lake.places(args.file))
    _tell(args, {"places": number}, _("%(number)s places are kept with the lake.") % {"number": number})
    return 0


def _status(args: argparse.Namespace) -> int:
    found = _open(args).status()
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    words = _("%(stays)s stays of %(days)s days, %(bytes)s bytes; %(segments)s segments, %(fresh)s of them fresh.")
    print(words % {**found, "days": len(found["days"])})
    for line in found["days"]:
        print(f"  {line['day']}  {line['stays']:>12,}")
    for name, number in found["outcomes"].items():
        print(f"  {_(OUTCOMES[name])}: {number:,}")
    if found["retention"]["floor"]:
        print(_("Stays before %(floor)s are gone.") % found["retention"])
    return 0


def _merge(args: argparse.Namespace) -> int:
    found = _open(args).merge(whole=args.whole)
    _tell(args, found, _("%(merged)s segments became %(made)s, over %(days)s days.") % found)
    return 0


def _drop(args: argparse.Namespace) -> int:
    found = _open(args).drop(before=args.before, at=datetime.now(UTC))
    words = _("%(stays)s stays of %(number)s days are gone; the lake's log holds the proof %(hash)s.")
    _tell(args, found, words % {**found, "number": len(found["days"])})
    return 1 if found["left"] else 0


def _check(args: argparse.Namespace) -> int:
    problems = _open(args).check()
    if args.json:
        print(json.dumps({"problems": problems}, ensure_ascii=False))
    for problem in problems:
        block = f" #{problem['block']}" if "block" in problem else ""
        print(_("%(file)s%(block)s: %(code)s") % {**problem, "block": block}, file=sys.stderr)
    if not problems:
        print(_("Everything is as it was written."), file=sys.stderr)
    return 1 if problems else 0


def _evidence(args: argparse.Namespace) -> int:
    lake = _open(args)
    known = lake.has_stays(pa.array([args.person, args.source]))
    if not known.all():
        missing = [one for one, is_known in zip((args.person, args.source), known, strict=True) if not is_known]
        raise LakeError("unknown_ids", ids=", ".join(missing))
    return _show(args, lake.evidence(args.person, args.source))


def _near(args: argparse.Namespace) -> int:
    lake, cases, rule = _asked(args)
    return _show(args, lake.near_misses(cases, **rule))


def _backward(args: argparse.Namespace) -> int:
    lake = _open(args)
    source = tables.load(args.cases, needs=("person_id", "onset_date"))
    cases = pa.table({"person_id": tables.ids(source, "person_id"), "onset_at": tables.instants(source, "onset_date")})
    return _show(args, lake.backward(cases, days=tuple(args.days), **_rule(args, lake)))


def _shared(args: argparse.Namespace) -> int:
    lake, cases, _rule_of_pack = _asked(args)
    return _show(args, lake.shared_places(cases))


def _whatif(args: argparse.Namespace) -> int:
    lake, cases, rule = _asked(args)
    now = rule.pop("minutes")
    look_back = None if args.look_back is None else timedelta(days=args.look_back)
    other = now if args.minutes is None else args.minutes
    kind = cases["person_id"].type
    without = [int(one) if pa.types.is_integer(kind) else one for one in args.without]
    found = lake.difference(cases, minutes=(now, other), look_back=look_back, without=without, **rule)
    marked = [
        table.append_column("change", pa.array([change] * table.num_rows, pa.string()))
        for table, change in ((found.enter, "enter"), (found.leave, "leave"))
    ]
    print(
        _("%(enter)s rows would enter, %(leave)s leave; %(stay)s people stay as they are.")
        % {"enter": found.enter.num_rows, "leave": found.leave.num_rows, "stay": found.stay},
        file=sys.stderr,
    )
    return _show(args, pa.concat_tables(marked))


def _companions(args: argparse.Namespace) -> int:
    from chainbreak.engines.lake import companions

    lake, cases, _rule_of_pack = _asked(args)
    source = tables.load(args.cells, needs=("place_id", "x", "y"))
    table = pa.table({name: source.table[name] for name in ("place_id", "x", "y")})
    return _show(args, companions.of(lake, cases, table))


def _asked(args: argparse.Namespace) -> tuple[Lake, pa.Table, dict[str, Any]]:
    lake = _open(args)
    source = tables.load(args.cases, needs=("person_id",), may=MAY)
    cases, _n = windows_of(source, tables.ids(source, "person_id"), rulepack.load(args.pack))
    return lake, cases, _rule(args, lake)


def _rule(args: argparse.Namespace, lake: Lake) -> dict[str, Any]:
    pack = rulepack.load(args.pack)
    kinds = [kind for kind in (lake.kinds.names if lake.kinds else []) if kind]
    return {
        "minutes": float(pack.value("contact.copresence_minutes")),
        "thresholds": pack.thresholds(kinds),
    }


def _show(args: argparse.Namespace, table: pa.Table) -> int:
    if args.json:
        print(json.dumps({"rows": table.to_pylist()}, ensure_ascii=False, default=str))
    out = getattr(args, "out", None)
    if out:
        if Path(out).suffix.lower() == ".parquet":
            pq.write_table(table, out)
        else:
            flat = [
                table[name] if not pa.types.is_list(table.schema.field(name).type)
                else pa.array([" ".join(map(str, one)) for one in table[name].to_pylist()], pa.string())
                for name in table.column_names
            ]  # fmt: skip
            arrow_csv.write_csv(pa.table(dict(zip(table.column_names, flat, strict=True))), out)
    elif not args.json:
        print("\t".join(table.column_names))
        for row in table.slice(0, 1000).to_pylist():
            print("\t".join("" if value is None else str(value) for value in row.values()))
    return 0


def _tell(args: argparse.Namespace, document: dict[str, Any], sentence: str) -> None:
    if args.json:
        print(json.dumps(document, ensure_ascii=False, default=str))
    print(sentence, file=sys.stderr)


def _column(path: str | None, name: str) -> pa.Array | None:
    return None if path is None else tables.ids(tables.load(path, needs=(name,)), name).combine_chunks()


def _name(path: str) -> str:
    """The file's content makes the name of its batch, so that a file sent twice is taken once."""
    import hashlib

    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _progress(n_rows: int) -> None:
    if n_rows % (10 << 20) < (1 << 20):
        print(_("%(number)s rows read") % {"number": f"{n_rows:,}"}, file=sys.stderr, flush=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("must be a day such as 2022-03-20")) from None


OUTCOMES = {
    "accepted": gettext_noop("taken in"),
    "duplicate": gettext_noop("there already"),
    "corrected": gettext_noop("taken in as a correction"),
    "withdrawn": gettext_noop("withdrawn"),
    "two_places": gettext_noop("taken in, but at two places at once"),
    "no_length": gettext_noop("without length, left out"),
    "value_missing": gettext_noop("refused: a value is missing"),
    "not_an_id": gettext_noop("refused: not an id of this lake"),
    "not_an_instant": gettext_noop("refused: a time cannot be read"),
    "unknown_person": gettext_noop("refused: the person is not in the register"),
    "unknown_place": gettext_noop("refused: the place is not in the register"),
    "left_before_arrived": gettext_noop("refused: left before arrived"),
    "too_long": gettext_noop("refused: longer than allowed"),
    "in_the_future": gettext_noop("refused: in the future, a clock is wrong"),
    "too_old": gettext_noop("refused: before 2000, a clock is wrong"),
    "before_retention": gettext_noop("refused: from before the retention day"),
    "replaced_in_batch": gettext_noop("replaced by a later row of the file"),
    "unknown_stay": gettext_noop("refused: no such stay to withdraw"),
}
