"""`chainbreak round plan`: what a testing round takes, and where it breaks first (轮次测算), from files alone."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from chainbreak.epi import pooling, round_plan, rulepack
from chainbreak.epi.round_plan import Part
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("plan a testing round: tubes, staff, laboratories, whether the deadlines hold, where tables stand")
NEEDS = "files"
PACK = "covid19-cn-v8"
POOLS = (1, 5, 10, 20)
STAGES = {"sampling": gettext_noop("sampling"), "testing": gettext_noop("testing")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    plan = parser
    plan.add_argument("deed", choices=["plan"], help=_("what a round takes and where it breaks first"))
    who = plan.add_mutually_exclusive_group(required=True)
    who.add_argument("--people", type=_count, metavar="N", help=_("people due, as one jurisdiction"))
    who.add_argument("--areas", metavar="F", help=_("area, people; also pool_size, samplers, tables"))
    plan.add_argument("--pool", type=int, choices=POOLS, default=10, help=_("swabs in one tube (10)"))
    plan.add_argument("--samplers", type=_count, metavar="N", help=_("samplers at hand, with --people"))
    plan.add_argument("--prevalence", type=_share, default=1e-4, metavar="P", help=_("share infected (0.0001)"))
    plan.add_argument("--sensitivity", type=_share, default=1.0, metavar="S", help=_("of one test (1)"))
    plan.add_argument("--specificity", type=_share, default=1.0, metavar="S", help=_("of one test (1)"))
    plan.add_argument("--dilution", type=_share, default=0.0, metavar="D", help=_("loss by dilution, 0 to 1 (0)"))
    plan.add_argument("--tubes-per-hour", type=_hours, metavar="N", help=_("what all laboratories test in an hour"))
    plan.add_argument("--laboratories", metavar="F", help=_("laboratory, tubes_per_hour"))
    plan.add_argument("--sample-hours", type=_hours, metavar="H", help=_("deadline of sampling (the pack's: 6)"))
    plan.add_argument("--test-hours", type=_hours, metavar="H", help=_("deadline of testing (the pack's: 16)"))
    plan.add_argument("--assume", action="append", default=[], metavar="NAME=N", help=_("a local figure instead"))
    plan.add_argument("--demand", metavar="F", help=_("where people are: people, latitude, longitude"))
    plan.add_argument("--sites", metavar="F", help=_("possible sites: site, latitude, longitude; also most_tables"))
    plan.add_argument("--tables", type=_count, metavar="N", help=_("tables to place over the sites"))
    plan.add_argument("--walk-km", type=_hours, default=1.25, metavar="K", help=_("furthest walk (1.25: 15 minutes)"))
    plan.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


def run(args: argparse.Namespace) -> int:
    try:
        answer = _answer(args)
    except _Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(json.dumps(answer, ensure_ascii=False, default=str) if args.json else _sentences(answer))
    return 0 if answer["holds"] else 1


class _Wrong(Exception):
    """Arguments that do not fit together, in words."""


def _answer(args: argparse.Namespace) -> dict[str, Any]:
    pack = rulepack.load(PACK)
    try:
        test = pooling.Assay(args.sensitivity, args.specificity, args.dilution)
    except ValueError:
        raise _Wrong(_("sensitivity and specificity must sum to more than 1, else the test tells nothing.")) from None
    parts = _parts(args)
    changed = dict(_assumed(text) for text in args.assume)
    sample_hours = args.sample_hours or pack.limit("round.sampling").total_seconds() / 3600
    test_hours = args.test_hours or pack.limit("round.testing").total_seconds() / 3600
    planned = round_plan.plan(
        parts, prevalence=args.prevalence, tubes_per_hour=_laboratories(args), sampling_hours=sample_hours,
        testing_hours=test_hours, test=test, largest_pool=int(pack.value("pool.largest")), changed=changed,
    )  # fmt: skip
    answer = round_plan.document(planned, sampling_hours=sample_hours, testing_hours=test_hours, changed=changed)
    if args.demand or args.sites:
        answer["placement"] = _placed(args, planned)
    return answer


def _parts(args: argparse.Namespace) -> list[Part]:
    from chainbreak.exchange import given

    if args.people:
        return [Part("", args.people, args.pool, args.samplers, None)]
    optional = ["pool_size", "samplers", "tables"]
    table = given.read(Path(args.areas), required=["area", "people"], optional=optional)
    if not len(table):
        raise _Wrong(_("%(path)s: has no rows. Give each jurisdiction a row.") % {"path": args.areas})
    areas = table.texts("area", needed=True)
    people = table.numbers("people", needed=True, whole=True, least=1)
    more = {
        name: table.numbers(name, whole=True, least=1) if table.has(name) else [None] * len(table) for name in optional
    }
    for line, size in zip(table.lines, more["pool_size"], strict=True):
        if size not in (None, *POOLS):
            said = {"path": args.areas, "row": line, "value": size}
            raise _Wrong(_("%(path)s, row %(row)s, column pool_size: %(value)s. It may be 1, 5, 10 or 20.") % said)
    rows = zip(areas, people, more["pool_size"], more["samplers"], more["tables"], strict=True)
    return [Part(str(area), n, pool or args.pool, samplers, tables) for area, n, pool, samplers, tables in rows]


def _laboratories(args: argparse.Namespace) -> float | None:
    from chainbreak.exchange import given

    if not args.laboratories:
        return args.tubes_per_hour
    table = given.read(Path(args.laboratories), required=["laboratory", "tubes_per_hour"], optional=[])
    total = sum(table.numbers("tubes_per_hour", needed=True, least=0))
    if not total:
        raise _Wrong(_("%(path)s: no laboratory tests anything.") % {"path": args.laboratories})
    return float(total)


def _placed(args: argparse.Namespace, planned: round_plan.Plan) -> dict[str, Any]:
    from chainbreak.epi import placement
    from chainbreak.exchange import given

    if not (args.demand and args.sites and args.tables):
        raise _Wrong(_("To place tables, give --demand, --sites and --tables."))
    demand = given.read(Path(args.demand), required=["people", "latitude", "longitude"], optional=["point"])
    sites = given.read(Path(args.sites), required=["site", "latitude", "longitude"], optional=["most_tables"])
    if not (len(demand) and len(sites)):
        raise _Wrong(
            _("%(path)s: has no rows. Give each place a row.") % {"path": args.demand if len(sites) else args.sites}
        )
    km = placement.distances_km(_points(demand), _points(sites))
    most = sites.numbers("most_tables", whole=True, least=0) if sites.has("most_tables") else [None] * len(sites)
    per_hour = planned.parts[0].people / (planned.parts[0].serving * planned.parts[0].sampling_hours)
    people = demand.numbers("people", needed=True, least=0)
    found = placement.place(
        people, km, tables=args.tables, per_table_hour=per_hour, walk_km=args.walk_km,
        most_at_site=[20 if n is None else n for n in most],
    )  # fmt: skip
    names = sites.texts("site", needed=True)
    loads = [0.0] * len(names)
    for _i, j, n in found.flows:
        loads[j] += n
    return {
        "hours": found.hours,
        "walk_km": args.walk_km,
        "sites": [{"site": name, "tables": n, "people": round(load)} for name, n, load in zip(names, found.tables, loads, strict=True)],
        "unreached_rows": [demand.lines[i] for i in found.unreached],
        "unreached_people": round(sum(people[i] for i in found.unreached)),
    }  # fmt: skip


def _points(table: Any) -> list[tuple[float, float]]:
    lat, lon = (table.numbers(name, needed=True, least=-180) for name in ("latitude", "longitude"))
    return list(zip(lat, lon, strict=True))


def _sentences(answer: dict[str, Any]) -> str:
    lines = []
    for area in answer["areas"]:
        said = {
            **area,
            "area": area["area"] or _("All"), "sites_low": area["sites_wanted"][0], "sites_high": area["sites_wanted"][1],
                "tables_low": area["tables_wanted"][0], "tables_high": area["tables_wanted"][1],
                "hours": f"{area['sampling_hours'] or math.inf:.2f}"}  # fmt: skip
        lines.append(
            _(
                "%(area)s: %(people)s people, %(tubes)s tubes of %(pool_size)s, %(samplers_wanted)s samplers, "
                "%(sites_low)s to %(sites_high)s sites, %(tables_low)s to %(tables_high)s tables; done in %(hours)s hours "
                "with %(serving)s serving."
            )
            % said
        )
    counts = {name: f"{answer[name]:,.1f}" for name in ("positive_tubes", "retests", "missed")}
    lines.append(
        _(
            "Expected: %(positive_tubes)s positive tubes, %(retests)s retests, %(missed)s infections missed; best pool %(best)s."
        )
        % {**counts, "best": answer["best_pool"]}
    )
    lines.append(
        _("Laboratories: %(plates)s plates, %(reactions)s reactions; at least %(wanted)s tubes an hour; done after %(hours)s hours.")
        % {"plates": answer["plates"], "reactions": answer["reactions"], "hours": f"{answer['testing_hours']:.2f}",
           "wanted": f"{answer['tubes_per_hour_wanted'] or math.inf:,.0f}"}
    )  # fmt: skip
    weak = answer["weakest"]
    words = _("The deadlines hold.") if answer["holds"] else _("A deadline does not hold.")
    where = {
        "stage": _(STAGES[weak["stage"]]),
        "area": weak["area"] or _("All"),
        "hours": f"{weak['slack_hours'] or 0:.2f}",
    }
    lines.append(words + " " + _("Least room: %(stage)s, %(area)s, %(hours)s hours to its deadline.") % where)
    if placed := answer.get("placement"):
        if placed["hours"] is None:
            lines.append(_("These tables do not suffice within 24 hours: more tables, or more of them at one site."))
        else:
            lines.append(
                _("Tables placed: the slowest site is done in %(hours)s hours.") % {"hours": f"{placed['hours']:.2f}"}
            )
            lines += [
                f"  {one['site']}: {one['tables']} ({one['people']:,})" for one in placed["sites"] if one["tables"]
            ]
        if placed["unreached_people"]:
            said = {
                "people": f"{placed['unreached_people']:,}",
                "km": placed["walk_km"],
                "rows": ", ".join(map(str, placed["unreached_rows"][:20])),
            }
            lines.append(_("No site within %(km)s km for %(people)s people (rows %(rows)s): go to them.") % said)
    return "\n".join(lines)


def _assumed(text: str) -> tuple[str, float]:
    name, _sign, number = text.partition("=")
    known = round_plan.assumptions()
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if name not in known or not math.isfinite(value) or value < 0:
        said = {"text": text, "known": ", ".join(known)}
        raise _Wrong(_("“%(text)s” is no assumption with a number. There are: %(known)s.") % said)
    if value == 0 and name not in ("transport_hours", "run_hours", "controls_per_plate", "recall_hours"):
        raise _Wrong(_("“%(text)s” must be above 0.") % {"text": text})
    return name, value


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 10_000_000_000:
        raise ValueError
    return number


def _share(text: str) -> float:
    value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def _hours(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise ValueError
    return value
