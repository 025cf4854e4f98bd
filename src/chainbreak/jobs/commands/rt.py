"""`chainbreak rt`: the effective reproduction number over time, on files alone (有效再生数)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from chainbreak.epi import rt, serial_interval, uncertain_interval, wallinga_teunis
from chainbreak.epi.delays import fit
from chainbreak.epi.serial_interval import Floats
from chainbreak.epi.uncertain_interval import Spread
from chainbreak.exchange import delays as delay_files
from chainbreak.exchange import incidence
from chainbreak.exchange.charts import curves
from chainbreak.exchange.incidence import Series
from chainbreak.governance.refusal import Refused
from chainbreak.jobs import question
from chainbreak.jobs.commands import nowcast
from chainbreak.jobs.question import plain
from chainbreak.jobs.rt_words import note
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("the effective reproduction number over time (Rt)")
NEEDS = "files"
LEAST_SEEN = 0.95  # a window of which less can have been seen is named
MOST_DRAWS = 500  # versions of a nowcast of which R is taken


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=_("date or day, and cases or local and imported"))
    of = parser.add_argument_group(_("serial interval"))
    of.add_argument("--si-mean", type=float, metavar="DAYS", help=_("mean of a shifted gamma distribution"))
    of.add_argument("--si-sd", type=float, metavar="DAYS", help=_("its standard deviation"))
    of.add_argument("--si", metavar="FILE", help=_("lag, p: the probability of each lag from 0"))
    of.add_argument("--si-data", metavar="FILE", help=_("EL, ER, SL, SR: windows of both onsets of observed pairs"))
    of.add_argument("--si-dist", choices=("best", "gamma", "lognormal", "weibull"), default="best",
                    help=_("the distribution of --si-data"))  # fmt: skip
    of.add_argument("--si-mean-sd", type=float, metavar="DAYS", help=_("the mean is uncertain by this sd"))
    of.add_argument("--si-mean-range", type=_range, metavar="LOW,HIGH", help=_("and lies between these"))
    of.add_argument("--si-sd-sd", type=float, metavar="DAYS", help=_("the sd is uncertain by this sd"))
    of.add_argument("--si-sd-range", type=_range, metavar="LOW,HIGH", help=_("and lies between these"))
    of.add_argument("--n1", type=_count, default=500, metavar="N", help=_("serial intervals tried (500)"))
    of.add_argument("--n2", type=_count, default=50, metavar="N", help=_("values of R for each of them (50)"))
    parser.add_argument("--method", choices=("cori", "wt"), default="cori",
                        help=_("cori: by day of infection; wt: by the cohort that infects (Wallinga-Teunis)"))  # fmt: skip
    parser.add_argument("--window", type=_count, default=7, metavar="DAYS", help=_("sliding windows of so many days"))
    parser.add_argument("--windows", metavar="FILE", help=_("t_start, t_end: windows of days counted from 1"))
    parser.add_argument("--prior-mean", type=float, default=5.0, metavar="R", help=_("what is believed before (5)"))
    parser.add_argument("--prior-sd", type=float, default=5.0, metavar="R", help=_("and how uncertain it is (5)"))
    parser.add_argument("--line-list", action="store_true", help=_("each row is one case; origin: local or imported"))
    parser.add_argument("--event", metavar="COLUMN", help=_("the column of dates, where it has another name"))
    parser.add_argument("--report", metavar="COLUMN",
                        help=_("dates of report of a line list: cases not yet reported are reckoned with"))  # fmt: skip
    parser.add_argument("--by", metavar="COLUMN", help=_("one series for each value of this column"))
    parser.add_argument("--until", type=question.day, metavar="DATE", help=_("the last day to look at"))
    parser.add_argument(
        "--date-format", type=question.date_format, metavar="F", help=_("the form of the dates, like dd/mm/yyyy")
    )
    parser.add_argument("--plot", metavar="FILE", help=_("draw it as SVG"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(args: argparse.Namespace) -> int:
    return question.answer(lambda: answer_of(args), _shown, json_wanted=args.json)


def answer_of(args: argparse.Namespace) -> dict[str, Any]:
    """The reply to one file.

    Raises:
        Refused, Unreadable: the file, the serial interval, the windows or the prior are not as they must be.
    """
    _check(args)
    expected = None
    if args.report:
        expected, series, notes = nowcast.of_line_list(
            args.file, args.event, args.report, until=args.until, date_format=args.date_format
        )
    else:
        series = incidence.read_series(
            args.file, line_list=args.line_list, by=args.by, date_column=args.event, date_format=args.date_format,
            until=args.until,
        )  # fmt: skip
        notes = [note(code, **facts) for code, facts in series.notes]
    windows = _windows(args, series.days)
    lags, means = _interval(args, series.days)
    mean, sd = serial_interval.moments(lags)
    beyond = 1 - float(np.mean(lags[..., : series.days].sum(axis=-1)))
    if beyond > 1 - LEAST_SEEN:
        notes.append(note("interval_cut", share=f"{100 * beyond:.0f}"))
    answer: dict[str, Any] = {
        "method": {"cori": "Cori et al. 2013", "wt": "Wallinga & Teunis 2004"}[args.method],
        "days": series.days,
        "first_date": series.first.isoformat() if series.first else None,
        "cases": float(series.local.sum() + (0 if series.imported is None else series.imported.sum())),
        "serial_interval": {"mean": float(np.mean(mean)), "sd": float(np.mean(sd)), "n": int(np.atleast_2d(lags).shape[0])},
    }  # fmt: skip
    if args.method == "wt":
        rows = _cohort_rows(args, series, lags, windows, notes)
    else:
        rows = _cori_rows(args, series, (lags, means), windows, notes, None if expected is None else expected.draws)
    answer["rows"], answer["warnings"] = rows, notes
    if args.plot:
        _plot(args, answer)
    return answer


def _check(args: argparse.Namespace) -> None:
    given = [
        name for name, value in
        (("--si", args.si), ("--si-data", args.si_data), ("--si-mean", args.si_mean)) if value is not None
    ]  # fmt: skip
    if len(given) > 1:
        raise Refused("one_interval_wanted", given=", ".join(given))
    if (args.si_mean is None) != (args.si_sd is None):
        raise Refused("interval_needs_both")
    if not given:
        raise Refused("interval_wanted")
    if args.si_mean is not None and not (1 < args.si_mean < 1000 and 0 < args.si_sd < 1000):
        raise Refused("interval_out_of_range", mean=args.si_mean, sd=args.si_sd)
    if not (0 < args.prior_mean < 1e6 and 0 < args.prior_sd < 1e6):
        raise Refused("prior_out_of_range", mean=args.prior_mean, sd=args.prior_sd)
    if args.report and (args.by or not args.line_list):
        raise Refused("report_needs_line_list")
    uncertain = args.si_data or args.si_mean_sd or args.si_sd_sd
    if args.method == "wt" and (uncertain or args.report):
        option = "--report" if args.report else "--si-data" if args.si_data else "--si-mean-sd"
        raise Refused("not_with_method", option=option, method="wt")


def _windows(args: argparse.Namespace, days: int) -> tuple[Any, Any]:
    if args.windows:
        return incidence.read_windows(args.windows, days)
    if days < args.window + 1:
        raise Refused("series_too_short", path=args.file, days=days, window=args.window, wanted=args.window + 1)
    return rt.sliding(days, args.window)


def _interval(args: argparse.Namespace, days: int) -> tuple[Floats, Floats | None]:
    """One serial interval, or many that may be true with the means they were drawn with."""
    if args.si:
        return incidence.read_serial_interval(args.si), None
    if args.si_data:
        seen = delay_files.read_windows(args.si_data).observed()
        names = ("gamma", "lognormal", "weibull") if args.si_dist == "best" else (args.si_dist,)
        try:
            best = fit.compare(seen, names)[0]
        except ValueError as error:
            raise Refused("unfit_pairs", path=args.si_data, why=str(error)) from None
        longest = int(min(np.ceil(best.quantile(0.999).high) + 2, max(days, 60)))
        return uncertain_interval.of_fit(best, args.n1, longest), None
    if args.si_mean_sd or args.si_sd_sd:
        mean = _spread("--si-mean-range", args.si_mean, args.si_mean_sd, args.si_mean_range, 1.0)
        sd = _spread("--si-sd-range", args.si_sd, args.si_sd_sd, args.si_sd_range, 0.05)
        return uncertain_interval.of_spreads(mean, sd, args.n1, days)
    return serial_interval.discretised(args.si_mean, args.si_sd, days), None


def _spread(option: str, value: float, sd: float | None, bounds: tuple[float, float] | None, least: float) -> Spread:
    sd = sd or 1e-9
    low, high = bounds or (max(value - 2 * sd, least), value + 2 * sd)
    if not (least <= low <= value <= high and low < high and sd > 0):
        raise Refused("range_wrong", option=option, value=value, low=low, high=high)
    return Spread(value, sd, low, high)


def _cori_rows(
    args: argparse.Namespace, series: Series, interval: tuple[Floats, Floats | None], windows: tuple[Any, Any],
    notes: list[dict[str, Any]], draws: Floats | None,
) -> list[dict[str, Any]]:  # fmt: skip
    prior = rt.Prior(args.prior_mean, args.prior_sd)
    lags, means = interval
    moved = float(series.local[:, 0].sum())
    if series.imported is not None and moved:
        notes.append(note("first_day_imported", count=f"{moved:g}"))
    if draws is not None:
        n = min(len(draws), MOST_DRAWS)
        many = lags[np.arange(n) % len(lags)] if lags.ndim == 2 else lags
        found = rt.estimate_drawn(draws[np.linspace(0, len(draws) - 1, n).astype(int)], many, windows, prior)
    elif lags.ndim == 2:
        found = rt.estimate_uncertain(
            series.local, series.imported, lags, windows, prior, means=means, n_within=args.n2
        )
    else:
        found = rt.estimate(series.local, series.imported, lags, windows, prior)
    least = rt.least_cases(prior)
    few, none = found.cases < least, np.isnan(found.mean)
    dry = (found.pressure <= 0) & ~none
    if none.any():
        mean = float(np.mean(serial_interval.moments(lags)[0]))
        notes.append(note("no_estimate", count=int(none.sum()), mean=f"{mean:.1f}"))
    if (few & ~none).any():
        notes.append(note("few_cases", count=int((few & ~none).sum()), least=least))
    if dry.any():
        notes.append(note("no_pressure", count=int(dry.sum())))
    rows = []
    for place, name in enumerate(series.names):
        for window, (start, end) in enumerate(zip(found.t_start, found.t_end, strict=True)):
            row = _row(series, name if args.by else None, args.by, int(start), int(end))
            row |= {"mean": plain(found.mean[place, window]), "sd": plain(found.sd[place, window])}
            row |= {key: plain(value) for key, value in
                    zip(rt.LEVEL_NAMES, found.quantiles[place, window], strict=True)}  # fmt: skip
            row |= {"cases": float(found.cases[place, window]), "few_cases": bool(few[place, window])}
            rows.append(row)
    return rows


def _cohort_rows(
    args: argparse.Namespace, series: Series, lags: Floats, windows: tuple[Any, Any], notes: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    cases = series.local + (0 if series.imported is None else series.imported)
    if (cases % 1).any():
        raise Refused("whole_cases_wanted", path=args.file)
    rows = []
    for place, name in enumerate(series.names):
        found = wallinga_teunis.cohort_r(cases[place], lags, windows)
        for window, (start, end) in enumerate(zip(found.t_start, found.t_end, strict=True)):
            row = _row(series, name if args.by else None, args.by, int(start), int(end))
            row |= {"mean": plain(found.mean[window]), "sd": plain(found.sd[window])}
            row |= {key: plain(value) for key, value in zip(rt.LEVEL_NAMES, found.quantiles[window], strict=True)}
            row |= {"cases": float(found.cases[window]), "seen": plain(found.seen[window])}
            rows.append(row)
    empty = sum(row["mean"] is None for row in rows)
    new = sum(row["seen"] is not None and row["seen"] < LEAST_SEEN for row in rows)
    notes += [note("no_cases", count=empty)] if empty else []
    notes += [note("not_all_seen", count=new)] if new else []
    return rows


def _row(series: Series, name: str | None, by: str | None, start: int, end: int) -> dict[str, Any]:
    row: dict[str, Any] = {} if by is None else {"series": name}
    row |= {"t_start": start, "t_end": end}
    first, last = series.date_of(start), series.date_of(end)
    return row | ({"date_start": first.isoformat(), "date_end": last.isoformat()} if first and last else {})


def _plot(args: argparse.Namespace, answer: dict[str, Any]) -> None:
    rows = answer["rows"]
    if args.by and rows:
        rows = [row for row in rows if row["series"] == rows[0]["series"]]
    drawn = curves.r_over_time(rows, title=_("R over time"), label=_("R, mean and 95 % interval"))
    Path(args.plot).write_text(drawn, encoding="utf-8")


def _shown(answer: dict[str, Any]) -> str:
    rows = answer["rows"]
    if not rows:
        return _("No windows.")
    names = [name for name in ("series", "date_start", "date_end", "t_start", "t_end") if name in rows[0]]
    names = [name for name in names if not (name.startswith("t_") and "date_start" in rows[0])]
    names += ["cases", "mean", "q025", "q975"] + (["seen"] if "seen" in rows[0] else [])
    heads = {"series": _("series"), "date_start": _("from"), "date_end": _("to"), "t_start": _("from"),
             "t_end": _("to"), "cases": _("cases"), "mean": "R", "q025": "2.5 %", "q975": "97.5 %",
             "seen": _("seen")}  # fmt: skip
    body = ((round(row[name]) if name == "cases" else row[name] for name in names) for row in rows)
    return question.table((heads[name] for name in names), body)


def _range(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(_("must be two numbers with a comma, like 1,4.2; got %s") % text) from None
    return low, high


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(_("must be a whole number from 1 up; got %s") % text)
    return int(text)
