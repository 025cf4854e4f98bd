"""Cases by day out of a table (每日病例数): counts, or a line list counted here; serial intervals and windows beside it.

Days without a row are days without cases, and that is said. Several series stand in one file when a column tells them
apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from chainbreak.epi.serial_interval import Floats, checked
from chainbreak.exchange import given
from chainbreak.exchange.given import Given
from chainbreak.exchange.problems import Unreadable
from chainbreak.governance import words
from chainbreak.governance.refusal import Refused

ALIASES: dict[str, Sequence[str]] = {
    "date": ("dates", "onset_date", "symptom_onset", "date_onset", "onset", "dt_onset", "日期", "发病日期", "报告日期"),
    "day": ("t", "time", "day_number", "天", "第几天"),
    "cases": ("I", "incidence", "incid", "n", "count", "counts", "n_cases", "new_cases", "病例数", "新增病例", "例数"),
    "local": ("local_cases", "n_local", "本土", "本土病例"),
    "imported": ("imported_cases", "n_imported", "输入", "境外输入", "输入病例"),
    "origin": ("location", "source", "imported_or_local", "来源", "感染来源"),
    "lag": ("lag_days", "k", "days", "间隔"),
    "p": ("probability", "prob", "w", "weight", "概率"),
    "t_start": ("start", "from"),
    "t_end": ("end", "to", "until"),
}
LOCAL = {"local", "本土", "本地", "community", "indigenous"}
IMPORTED = {"imported", "import", "输入", "境外输入", "外地输入", "external"}
LONGEST = 5_000  # days: a longer series is a slip of the pen in a date

words.register(
    {
        "no_day_column": gettext_noop(
            "%(path)s has neither a column date nor a column day. The columns are: %(found)s."
        ),
        "no_case_column": gettext_noop(
            "%(path)s has neither a column cases nor local and imported. The columns are: %(found)s. "
            "If each row is one case, add --line-list."
        ),
        "series_too_long": gettext_noop(
            "%(path)s, column %(column)s: runs from %(first)s to %(last)s, over %(days)s days. Look for a wrong date."
        ),
        "no_rows": gettext_noop("%(path)s has no rows below its heading. Ask the sender to send it again."),
        "origin_unknown": gettext_noop(
            "%(path)s, line %(line)s, column %(column)s: “%(value)s” is neither local nor imported. Correct the cell."
        ),
        "not_a_distribution": gettext_noop(
            "%(path)s is no serial interval: %(why)s. It needs one row for each lag from 0, p of lag 0 equal to 0, "
            "no negative p, and a sum of 1."
        ),
        "bad_window": gettext_noop(
            "%(path)s, line %(line)s: the window %(t_start)s to %(t_end)s does not lie between day 2 and day %(days)s, or ends "
            "before it begins. Days count from 1; day 1 has nobody before it."
        ),
    }
)


@dataclass
class Series:
    """Cases by day. local, imported: shape (series, days); imported is None where it is not told apart.

    first: the date of day 1, where dates are known; first_number: its number, where days are numbered. notes: what was
    assumed, as codes with facts.
    """

    names: list[str]
    local: Floats
    imported: Floats | None
    first: date | None
    first_number: int
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def days(self) -> int:
        return int(self.local.shape[1])

    def date_of(self, day: int) -> date | None:
        """The date of a day counted from 1."""
        return None if self.first is None else self.first + timedelta(days=day - 1)


def read_series(
    path: Path | str,
    *,
    line_list: bool = False,
    by: str | None = None,
    date_column: str | None = None,
    date_format: str | None = None,
    until: date | None = None,
) -> Series:
    """The series of a file: `date` or `day`, with `cases` or `local` and `imported`; or one row for each case.

    Args:
        by: the column that tells several series apart.
        until: the last day, where it is known that nothing came after the last row (or that later rows do not count).

    Raises:
        Unreadable: the file is no table, or a cell cannot be read.
        Refused: columns are missing, there are no rows, or the dates lie absurdly far apart.
    """
    aliases = dict(ALIASES)
    if date_column:
        aliases["date"] = (date_column,)
    optional = ["date", "day", "cases", "local", "imported", "origin"]
    table = given.read(path, required=[by] if by else [], optional=optional, aliases=aliases)
    column, days, first, last = _days(table, date_format, needed=not line_list)
    notes: list[tuple[str, dict[str, Any]]] = []
    kept = [row for row, day in enumerate(days) if day is not None]
    if len(kept) < len(days):
        notes.append(("no_date", {"count": len(days) - len(kept)}))
    if until is not None and column == "date":
        later = [row for row in kept if days[row] > until.toordinal()]
        kept = [row for row in kept if days[row] <= until.toordinal()]
        last = max(until.toordinal(), first) if kept else last
        if later:
            notes.append(("after_the_last_day", {"count": len(later), "until": until.isoformat()}))
    if not kept:
        raise Refused("no_rows", path=str(path))
    length = last - first + 1
    if length > LONGEST:
        facts = {"first": _shown(column, first), "last": _shown(column, last), "days": length}
        raise Refused("series_too_long", path=str(path), column=column, **facts)
    groups = [text or "" for text in table.texts(by)] if by else [""] * len(days)
    names = list(dict.fromkeys(groups[row] for row in kept))
    place = {name: number for number, name in enumerate(names)}
    counts = _counted(table, kept) if line_list else _counts(table, kept, notes)
    found = {kind: np.zeros((len(names), length)) for kind in counts}
    seen: dict[tuple[str, int], int] = defaultdict(int)
    for row in kept:
        seen[groups[row], days[row]] += 1
        for kind, values in counts.items():
            found[kind][place[groups[row]], days[row] - first] += values[row]
    if not line_list:
        repeated = sum(1 for times in seen.values() if times > 1)
        absent = length * len(names) - len(seen)
        notes += [("repeated_days", {"count": repeated})] if repeated else []
        notes += [("absent_days", {"count": absent})] if absent else []
    start = date.fromordinal(first) if column == "date" else None
    number = 1 if start else first
    return Series(names, found["local"], found.get("imported"), start, number, notes)


def read_serial_interval(path: Path | str) -> Floats:
    """A serial interval by day: `lag`, `p`; lags that are not there have probability 0.

    Raises:
        Unreadable: the file is no table, or a cell cannot be read.
        Refused: it is no distribution that begins at lag 0 with 0.
    """
    table = given.read(path, required=["lag", "p"], aliases=ALIASES)
    lags = table.numbers("lag", needed=True, whole=True, least=0)
    shares = table.numbers("p", needed=True, least=0)
    if not lags or max(lags) > LONGEST:
        raise Refused("not_a_distribution", path=str(path), why=f"{len(lags)} rows")
    if len(set(lags)) < len(lags):
        twice = sorted(lag for lag in set(lags) if lags.count(lag) > 1)
        raise Refused("not_a_distribution", path=str(path), why=f"lag {twice[0]} ×{lags.count(twice[0])}")
    found = np.zeros(max(lags) + 1)
    found[lags] = shares
    try:
        return checked(found)
    except ValueError:
        raise Refused("not_a_distribution", path=str(path), why=f"p(0)={found[0]:g}, Σp={found.sum():.4g}") from None


def read_windows(path: Path | str, days: int) -> tuple[list[int], list[int]]:
    """Windows of days counted from 1, both ends included: `t_start`, `t_end`.

    Raises:
        Unreadable: the file is no table, or a cell cannot be read.
        Refused: a window before day 2, after the last day, or that ends before it begins.
    """
    table = given.read(path, required=["t_start", "t_end"], aliases=ALIASES)
    starts = table.numbers("t_start", needed=True, whole=True)
    ends = table.numbers("t_end", needed=True, whole=True)
    if not starts:
        raise Refused("no_rows", path=str(path))
    for start, end, line in zip(starts, ends, table.lines, strict=True):
        if not 2 <= start <= end <= days:
            raise Refused("bad_window", path=str(path), line=line, t_start=start, t_end=end, days=days)
    return starts, ends


def _days(table: Given, date_format: str | None, *, needed: bool) -> tuple[str, list[Any], int, int]:
    """The name of the column, the number of each row's day, the first and the last."""
    if table.has("date"):
        days: list[Any] = [
            None if day is None else day.toordinal()
            for day in table.dates("date", needed=needed, date_format=date_format)
        ]
        column = "date"
    elif table.has("day"):
        days, column = table.numbers("day", needed=needed, whole=True), "day"
    else:
        raise Refused("no_day_column", path=str(table.path), found=", ".join(table.names))
    known = [day for day in days if day is not None]
    if not known:
        raise Refused("no_rows", path=str(table.path))
    return column, days, min(known), max(known)


def _counts(table: Given, kept: list[int], notes: list[tuple[str, dict[str, Any]]]) -> dict[str, list[float]]:
    if table.has("local") and table.has("imported"):
        names = {"local": "local", "imported": "imported"}
    elif table.has("cases"):
        names = {"local": "cases"}
        if table.has("imported"):
            names["imported"] = "imported"
    else:
        raise Refused("no_case_column", path=str(table.path), found=", ".join(table.names))
    counts: dict[str, list[float]] = {}
    for kind, column in names.items():
        numbers = table.numbers(column, least=0)
        empty = [table.lines[row] for row in kept if numbers[row] is None]
        if empty:
            facts = {"column": column, "count": len(empty), "lines": ", ".join(map(str, empty[:10]))}
            notes.append(("empty_counts", facts))
        counts[kind] = [number or 0.0 for number in numbers]
    if names.get("local") == "cases" and "imported" in counts:  # all cases, and those of them that came from elsewhere
        for row in kept:
            if counts["imported"][row] > counts["local"][row]:
                facts = {"value": f"{counts['local'][row]:g}", "least": f"{counts['imported'][row]:g}"}
                raise Unreadable(table.path, "cell_too_small", line=table.lines[row], column="cases", **facts)
            counts["local"][row] -= counts["imported"][row]
    return counts


def _counted(table: Given, kept: list[int]) -> dict[str, list[float]]:
    """One for each row: local or imported as its origin says; an empty origin is local."""
    if not table.has("origin"):
        return {"local": [1.0] * len(table)}
    origins = [(text or "local").casefold() for text in table.texts("origin")]
    wrong = next((row for row in kept if origins[row] not in LOCAL | IMPORTED), None)
    if wrong is not None:
        facts = {"line": table.lines[wrong], "column": "origin", "value": origins[wrong]}
        raise Refused("origin_unknown", path=str(table.path), **facts)
    imported = [float(origin in IMPORTED) for origin in origins]
    return {"local": [1.0 - one for one in imported], "imported": imported}


def _shown(column: str, number: int) -> str:
    return date.fromordinal(number).isoformat() if column == "date" and number > 0 else str(number)
