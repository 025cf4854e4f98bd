"""Questions to a lake (轨迹湖提问): evidence, near misses, sources, shared places, what if, companions."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from chainbreak.engines import tables
from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.windows import MAY, windows_of
from chainbreak.epi import rulepack
from chainbreak.jobs.commands import _lake
from chainbreak.jobs.words import gettext as _

if TYPE_CHECKING:
    from chainbreak.engines.lake import Lake


def evidence(args: argparse.Namespace) -> int:
    lake = _lake.opened(args)
    known = lake.has_stays(pa.array([args.person, args.source]))
    if not known.all():
        missing = [one for one, is_known in zip((args.person, args.source), known, strict=True) if not is_known]
        raise LakeError("unknown_ids", ids=", ".join(missing))
    return _show(args, lake.evidence(args.person, args.source))


def near(args: argparse.Namespace) -> int:
    lake, cases, rule = _asked(args)
    return _show(args, lake.near_misses(cases, **rule))


def backward(args: argparse.Namespace) -> int:
    lake = _lake.opened(args)
    source = tables.load(args.cases, needs=("person_id", "onset_date"))
    cases = pa.table({"person_id": tables.ids(source, "person_id"), "onset_at": tables.instants(source, "onset_date")})
    return _show(args, lake.backward(cases, days=tuple(args.days), **_rule(args, lake)))


def shared(args: argparse.Namespace) -> int:
    lake, cases, _rule_of_pack = _asked(args)
    return _show(args, lake.shared_places(cases))


def whatif(args: argparse.Namespace) -> int:
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


def companions(args: argparse.Namespace) -> int:
    from chainbreak.engines.lake import companions as near_by

    lake, cases, _rule_of_pack = _asked(args)
    source = tables.load(args.cells, needs=("place_id", "x", "y"))
    table = pa.table({name: source.table[name] for name in ("place_id", "x", "y")})
    return _show(args, near_by.of(lake, cases, table))


def _asked(args: argparse.Namespace) -> tuple[Lake, pa.Table, dict[str, Any]]:
    lake = _lake.opened(args)
    source = tables.load(args.cases, needs=("person_id",), may=MAY)
    cases, _n = windows_of(source, tables.ids(source, "person_id"), rulepack.load(args.pack))
    return lake, cases, _rule(args, lake)


def _rule(args: argparse.Namespace, lake: Lake) -> dict[str, Any]:
    pack = rulepack.load(args.pack)
    kinds = [kind for kind in (lake.kinds.names if lake.kinds else []) if kind]
    return {
        "minutes": float(pack.value("contact.copresence_minutes")),
        "thresholds": pack.thresholds(kinds),
        "near": pack.near(kinds),
        "after": pack.after_minutes,
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
