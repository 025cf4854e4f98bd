"""`chainbreak nowcast`: cases by day with those not yet reported, from a line list with two dates (实时补报估计)."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from chainbreak.epi.nowcast import FEW, Nowcast
from chainbreak.epi.nowcast import nowcast as expected_of
from chainbreak.exchange import given
from chainbreak.exchange.charts import curves
from chainbreak.exchange.incidence import ALIASES, Series
from chainbreak.governance.refusal import Refused
from chainbreak.jobs import question
from chainbreak.jobs.question import plain
from chainbreak.jobs.rt_words import note
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("cases by day of onset, with those not yet reported")
NEEDS = "files"
REPORTS = ("report_date", "confirm_date", "dt_report", "date_report", "reported_at", "报告日期", "报告时间", "确诊日期")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=_("a line list: one row for each case"))
    parser.add_argument("--event", metavar="COLUMN", help=_("the column of dates of onset"))
    parser.add_argument("--report", metavar="COLUMN", help=_("the column of dates of report"))
    parser.add_argument("--as-of", type=question.day, metavar="DATE", help=_("the last day of which reports are in"))
    parser.add_argument("--longest", type=int, metavar="DAYS", help=_("no delay is longer than this"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=_("the start of the random numbers (1)"))
    parser.add_argument(
        "--date-format", type=question.date_format, metavar="F", help=_("the form of the dates, like dd/mm/yyyy")
    )
    parser.add_argument("--plot", metavar="FILE", help=_("draw it as SVG"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    return question.answer(lambda: answer_of(args), _shown, json_wanted=args.json)


def answer_of(args: argparse.Namespace) -> dict[str, Any]:
    """The reply to one line list."""
    found, series, notes = of_line_list(
        args.file, args.event, args.report, until=args.as_of, date_format=args.date_format, longest=args.longest,
        seed=args.seed, for_r=False,
    )  # fmt: skip
    rows = []
    for day in range(series.days):
        on = series.date_of(day + 1)
        row: dict[str, Any] = {
            "day": day + 1,
            "date": on.isoformat() if on else None,
            "reported": int(found.reported[day]),
        }
        row |= {"expected": plain(found.expected[day]), "low": plain(found.low[day]), "high": plain(found.high[day])}
        rows.append(row | {"share_reported": plain(found.share[day])})
    totals = found.draws.sum(axis=1)
    low, high = np.quantile(totals, (0.025, 0.975))
    answer = {
        "as_of": rows[-1]["date"],
        "reported": int(found.reported.sum()),
        "expected": float(np.mean(totals)),
        "low": float(low),
        "high": float(high),
        "reported_by": [float(share) for share in found.reported_by],
        "rows": rows,
        "warnings": notes,
    }
    if args.plot:
        words = (_("reported"), _("not yet reported, with 95 % interval"))
        Path(args.plot).write_text(
            curves.nowcast(rows, title=_("Cases by day of onset"), labels=words), encoding="utf-8"
        )
    return answer


def of_line_list(
    path: str, event: str | None, report: str | None, *, until: date | None, date_format: str | None,
    longest: int | None = None, seed: int = 1, for_r: bool = True,
) -> tuple[Nowcast, Series, list[dict[str, Any]]]:  # fmt: skip
    """The nowcast of a line list, and the series of cases expected in all; imported ones are not told apart.

    Raises:
        Refused: nothing is reported by the last day.
    """
    aliases = {"onset_date": (event,) if event else ("onset_date", *ALIASES["date"]),
               "report_date": (report,) if report else REPORTS}  # fmt: skip
    table = given.read(path, required=["onset_date", "report_date"], aliases=aliases)
    onsets = table.dates("onset_date", date_format=date_format)
    reports = table.dates("report_date", date_format=date_format)
    last = until or max((day for day in reports if day), default=None)
    pairs = [(onset, report, line) for onset, report, line in zip(onsets, reports, table.lines, strict=True)
             if onset and report]  # fmt: skip
    notes = [note("no_date", count=len(onsets) - len(pairs))] if len(pairs) < len(onsets) else []
    before = [line for onset, report, line in pairs if report < onset]
    if before:
        notes.append(note("reported_before", count=len(before), lines=", ".join(map(str, before[:10]))))
    kept = [(onset, report) for onset, report, _line in pairs if onset <= report and last and report <= last]
    if not kept or last is None:
        raise Refused("nothing_reported", path=path, until=str(last or "-"))
    first = min(onset for onset, _report in kept)
    days = np.array([(onset - first).days for onset, _report in kept])
    delays = np.array([(report - onset).days for onset, report in kept])
    found = expected_of(days, delays, (last - first).days, longest=longest, seed=seed)
    if len(kept) < FEW:
        notes.append(note("few_delays", count=len(kept)))
    if for_r:
        facts = {"expected": f"{found.draws.sum(axis=1).mean():.0f}", "reported": int(found.reported.sum())}
        notes.append(note("nowcast_used", **facts))
    return found, Series([""], found.draws.mean(axis=0)[None, :], None, first, 1), notes


def _shown(answer: dict[str, Any]) -> str:
    heads = (_("day"), _("reported"), _("expected"), "2.5 %", "97.5 %")
    rows = ((row["date"], row["reported"], row["expected"], row["low"], row["high"]) for row in answer["rows"])
    words = _("%(reported)s cases reported by %(as_of)s; %(expected)s expected in all (%(low)s to %(high)s).")
    facts = {"reported": answer["reported"], "as_of": answer["as_of"], "expected": f"{answer['expected']:.0f}",
             "low": f"{answer['low']:.0f}", "high": f"{answer['high']:.0f}"}  # fmt: skip
    return question.table(heads, rows) + "\n" + words % facts
