"""`chainbreak delays`: how long it takes from one event to another, on files alone (时间间隔)."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from chainbreak.epi.delays.fit import SHOWN, Fit, compare
from chainbreak.exchange import delays as files
from chainbreak.exchange.charts import curves
from chainbreak.exchange.delays import Delays
from chainbreak.governance import words
from chainbreak.governance.refusal import Refused
from chainbreak.jobs import question
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("serial interval, incubation period, onset to report and other delays")
NEEDS = "files"
FAMILY_WORDS = {"gamma": gettext_noop("gamma"), "lognormal": gettext_noop("lognormal"),
                "weibull": gettext_noop("Weibull"), "normal": gettext_noop("normal (Gauss)")}  # fmt: skip
FEW = 20  # delays: below this the families can hardly be told apart
CLOSE = 2.0  # of AIC: families so near to the best fit about as well (Burnham & Anderson 2002)
NOTES = {
    "date_missing": gettext_noop("%(count)s rows lack one of the dates and were left out (lines %(lines)s)."),
    "window_backwards": gettext_noop("%(count)s rows have a window that ends before it begins (lines %(lines)s)."),
    "after_the_last_day": gettext_noop("%(count)s rows lie after the last day and were left out (lines %(lines)s)."),
    "unknown_case": gettext_noop("%(count)s links name a case that is not in the line list (lines %(lines)s)."),
    "negative": gettext_noop(
        "%(count)s delays are negative (lines %(lines)s). Only the normal distribution holds for those; correct the "
        "dates if they cannot be, or leave them out (--drop-negative)."
    ),
    "dropped_negative": gettext_noop("%(count)s negative delays were left out (lines %(lines)s)."),
    "few": gettext_noop("Only %(count)s delays: their distribution is hardly known, see the intervals."),
    "close": gettext_noop("%(names)s fit about as well (AIC within %(within)s): do not read meaning into the choice."),
    "growing": gettext_noop(
        "Not corrected for cases still missing at the end of the series: while an outbreak grows, short delays are seen "
        "first. Say the last day with --truncated-at."
    ),
    "shaky": gettext_noop("%(name)s: its intervals rest on %(effective)s draws only; take them as rough."),
}

words.register(
    {
        "delay_columns_wanted": gettext_noop(
            "Say which delay: --from COLUMN --to COLUMN (two names with a comma for a window), or --pairs FILE --on "
            "COLUMN for the interval between linked cases. The columns are: %(found)s."
        ),
        "pairs_need_column": gettext_noop("--pairs needs --on COLUMN, the date that both ends of a link have."),
        "one_delay_wanted": gettext_noop("Give either --pairs with --on, or --from with --to."),
    }
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=_("a line list, or pairs with EL, ER, SL, SR"))
    parser.add_argument("--from", dest="first", type=_columns, metavar="COLUMN[,COLUMN]",
                        help=_("the first event: its date, or begin and end of its window"))  # fmt: skip
    parser.add_argument("--to", dest="second", type=_columns, metavar="COLUMN[,COLUMN]", help=_("the second event"))
    parser.add_argument("--pairs", metavar="FILE", help=_("links, from and to: the delay between linked cases"))
    parser.add_argument("--on", metavar="COLUMN", help=_("the date of both ends of a link, say the onset"))
    parser.add_argument("--id", metavar="COLUMN", help=_("the column of case ids, where it has another name"))
    parser.add_argument("--longest", type=float, metavar="DAYS",
                        help=_("a window without a begin begins so many days before its end"))  # fmt: skip
    parser.add_argument("--censored-at", type=question.day, metavar="DATE",
                        help=_("who has no second date had not had it by this day"))  # fmt: skip
    parser.add_argument("--truncated-at", type=question.day, metavar="DATE",
                        help=_("whose second event came after this day is not in the table"))  # fmt: skip
    parser.add_argument("--dist", type=_families, metavar="NAME[,NAME]",
                        help=_("gamma, lognormal, weibull, normal; all that hold"))  # fmt: skip
    parser.add_argument("--drop-negative", action="store_true", help=_("leave out negative delays"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=_("the start of the random numbers (1)"))
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
        Refused, Unreadable: it cannot be told which delay is meant, or there is none.
    """
    given = _read(args)
    notes = [_note(reason, lines) for reason, lines in given.left_out.items() if lines]
    negative = [place for place, two in enumerate(given.second) if two[1] <= given.first[place][0]]
    if negative and args.drop_negative:
        notes.append(_note("dropped_negative", [given.lines[place] for place in negative]))
        _drop(given, set(negative))
        negative = []
    if not given.first:
        raise Refused("no_delays", path=args.file, columns=", ".join([*(args.first or ()), *(args.second or ())]))
    if negative:
        notes.append(_note("negative", [given.lines[place] for place in negative]))
    plain = np.array(given.plain)
    answer: dict[str, Any] = {
        "delay": {"from": args.first or args.on or ["EL", "ER"], "to": args.second or args.on or ["SL", "SR"],
                  "truncated_at": _iso(args.truncated_at), "censored_at": _iso(args.censored_at)},
        "n": len(given.first),
        "censored": len(given.first) - len(plain),
        "left_out": {reason: len(lines) for reason, lines in given.left_out.items() if lines},
        "observed": _observed(plain),
    }  # fmt: skip
    fits = _fitted(args, given, bool(negative), notes)
    answer["fits"] = [_fit_row(one, fits[0].aic, fits) for one in fits]
    answer["best"] = fits[0].family.name if fits else None
    answer["warnings"] = notes
    if args.plot and len(plain):
        Path(args.plot).write_text(drawing(plain, fits), encoding="utf-8")
    return answer


def drawing(plain: np.ndarray, fits: list[Fit]) -> str:
    """The observed delays as bars by day, the fitted families as curves over them."""
    counted = Counter(int(np.floor(value)) for value in plain)
    bars = [(float(day), n / len(plain)) for day, n in sorted(counted.items())]
    xs = np.linspace(min(0.0, float(plain.min())), float(plain.max()) + 1, 160)
    lines = []
    for one in fits:
        cdf = one.family.cdf(np.stack([xs - 0.5, xs + 0.5]), *one.family.natural(one.theta))
        name = _(FAMILY_WORDS[one.family.name])
        lines.append((name, list(zip((xs + 0.5).tolist(), (cdf[1] - cdf[0]).tolist(), strict=True))))
    labels = (_("observed"), _("fitted"))
    return curves.delays(bars, lines, title=_("Delays, share by day"), labels=labels, x_label=_("days"))


def _read(args: argparse.Namespace) -> Delays:
    if args.pairs or args.on:
        if args.first or args.second:
            raise Refused("one_delay_wanted")
        if not (args.pairs and args.on):
            raise Refused("pairs_need_column")
        return files.read_pairs(
            args.file, args.pairs, args.on, id_column=args.id, date_format=args.date_format,
            truncated_at=args.truncated_at,
        )  # fmt: skip
    if args.first is None and args.second is None:
        names = files.names(args.file)
        if not {"el", "er", "sl", "sr"} <= {name.casefold() for name in names}:
            raise Refused("delay_columns_wanted", found=", ".join(names))
    elif args.first is None or args.second is None:
        raise Refused("delay_columns_wanted", found=", ".join(files.names(args.file)))
    return files.read_rows(
        args.file, args.first or ["EL", "ER"], args.second or ["SL", "SR"], date_format=args.date_format,
        longest=args.longest, censored_at=args.censored_at, truncated_at=args.truncated_at,
    )  # fmt: skip


def _drop(given: Delays, places: set[int]) -> None:
    for name in ("first", "second", "lines"):
        setattr(given, name, [one for place, one in enumerate(getattr(given, name)) if place not in places])


def _fitted(args: argparse.Namespace, given: Delays, negative: bool, notes: list[dict[str, Any]]) -> list[Fit]:
    seen = given.observed()
    names = args.dist or ("gamma", "lognormal", "weibull")
    if negative:
        names = ("normal",)
    different = len({round(value, 6) for value in given.plain})
    if seen.n < 3 or different < 2:
        notes.append({"code": "too_few_delays", "facts": {"n": seen.n, "different": different}, "message":
                      words.sentence(Refused("too_few_delays", path=args.file, n=seen.n, different=different), _) or ""})  # fmt: skip
        return []
    fits = compare(seen, names, seed=args.seed)
    if seen.n < FEW:
        notes.append(_note("few", [], count=seen.n))
    close = [one.family.name for one in fits[1:] if one.aic - fits[0].aic < CLOSE]
    if close:
        names_said = ", ".join(_(FAMILY_WORDS[name]) for name in [fits[0].family.name, *close])
        notes.append(_note("close", [], names=names_said, within=f"{CLOSE:g}"))
    shaky = [one for one in fits if one.effective < 200]
    notes += [
        _note("shaky", [], name=_(FAMILY_WORDS[one.family.name]), effective=round(one.effective)) for one in shaky
    ]
    if args.truncated_at is None and args.censored_at is None and (args.first or args.on):
        notes.append(_note("growing", []))
    return fits


def _observed(plain: np.ndarray) -> dict[str, Any]:
    if not len(plain):
        return {"n": 0}
    return {
        "n": len(plain), "mean": float(plain.mean()), "sd": float(plain.std(ddof=1)) if len(plain) > 1 else None,
        "median": float(np.median(plain)), "min": float(plain.min()), "max": float(plain.max()),
        "q25": float(np.quantile(plain, 0.25)), "q75": float(np.quantile(plain, 0.75)),
        "negative": int((plain < 0).sum()),
    }  # fmt: skip


def _fit_row(one: Fit, least: float, fits: list[Fit]) -> dict[str, Any]:
    weights = [np.exp((least - other.aic) / 2) for other in fits]
    return {
        "distribution": one.family.name,
        "parameters": {name: asdict(value) for name, value in one.parameters.items()},
        "log_likelihood": one.log_likelihood,
        "aic": one.aic,
        "delta_aic": one.aic - least,
        "weight": float(np.exp((least - one.aic) / 2) / sum(weights)),
        "mean": asdict(one.mean),
        "sd": asdict(one.sd),
        "quantiles": {f"{level:g}": asdict(one.quantile(level)) for level in SHOWN},
        "effective_draws": one.effective,
    }


def _note(code: str, lines: list[int], **facts: Any) -> dict[str, Any]:
    if lines:
        facts |= {"count": len(lines), "lines": ", ".join(map(str, lines[:10])) + (" …" if len(lines) > 10 else "")}
    return {"code": code, "message": _(NOTES[code]) % facts, "facts": facts}


def _shown(answer: dict[str, Any]) -> str:
    seen = answer["observed"]
    said = [_("%(n)s delays; %(censored)s of them have not ended yet.") % answer]
    if seen["n"]:
        facts = {key: "-" if value is None else f"{value:.2f}" for key, value in seen.items()}
        said.append(_("Observed: mean %(mean)s, sd %(sd)s, median %(median)s, %(min)s to %(max)s days.") % facts)
    heads = (_("distribution"), _("parameters"), "AIC", _("mean"), "", _("sd"), "", "95 %", "")
    rows = []
    for one in answer["fits"]:
        parameters = ", ".join(f"{name} {value['value']:.3f}" for name, value in one["parameters"].items())
        parts = (one["mean"], one["sd"], one["quantiles"]["0.95"])
        cells = [cell for part in parts for cell in (part["value"], f"{part['low']:.2f}-{part['high']:.2f}")]
        rows.append([_(FAMILY_WORDS[one["distribution"]]), parameters, one["aic"], *cells])
    return "\n".join([*said, question.table(heads, rows)] if rows else said)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _columns(text: str) -> list[str]:
    found = [part.strip() for part in text.split(",") if part.strip()]
    if not 1 <= len(found) <= 2:
        raise argparse.ArgumentTypeError(_("must be one column, or two with a comma; got %s") % text)
    return found


def _families(text: str) -> tuple[str, ...]:
    found = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    unknown = [name for name in found if name not in FAMILY_WORDS]
    if unknown or not found:
        raise argparse.ArgumentTypeError(_("must be of gamma, lognormal, weibull, normal; got %s") % text)
    return found
