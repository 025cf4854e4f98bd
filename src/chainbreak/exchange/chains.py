"""Line lists, links and exposures for the question of chains, out of any table of the field (传播链数据).

Columns go by the names of the field (`words/columns.yaml`) or as `columns` says. A date that cannot be read leaves its
case without that date and is named; nothing else of the row is lost. Days may be whole numbers instead of dates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from chainbreak.epi.attack_rate import Exposed
from chainbreak.epi.chains.listed import IMPORTED, LOCAL, Link, Listed, Problem
from chainbreak.exchange import vocabulary
from chainbreak.exchange.columns import KINDS, fold_column, guess_mapping
from chainbreak.exchange.day_numbers import are_numbers, as_dates
from chainbreak.exchange.given import Given, read
from chainbreak.exchange.given_days import days_of
from chainbreak.exchange.problems import Unreadable
from chainbreak.exchange.table import read_table

DATES = {  # field of a case -> field of a line list
    "onset_date": "onset_date",
    "sampled_date": "sampled_at",
    "reported_date": "reported_at",
    "isolated_date": "isolated_at",
    "exposed_from": "exposure_from",
    "exposed_until": "exposure_until",
    "died_date": "died_date",
}
CASE = {"id": "external_id", "origin": "origin", "infector": "infector", **DATES}
LINK = {"from": "from_id", "to": "to_id", "setting": "setting", "met_from": "exposed_from"}
ONSETS = {  # of the two ends, where a row of a link says them
    "from_onset": ("from onset", "infector onset", "infector onset date", "source onset"),
    "to_onset": ("to onset", "infectee onset", "infectee onset date", "target onset"),
}
INFECTED = ("infected", "became case", "positive", "is case", "是否感染", "是否发病", "转为病例")


@dataclass
class LineList:
    """The cases of a file, the links its own column of infectors gives, and which columns were used."""

    cases: list[Listed]
    links: list[Link]
    problems: list[Problem]
    columns: dict[str, str] = field(default_factory=dict)  # field -> column of the file
    numbered: bool = False  # days are numbers, and the dates of the cases are reckoned from `day_numbers.ZERO`


@dataclass
class Links:
    """The links of a file."""

    links: list[Link]
    problems: list[Problem]
    columns: dict[str, str] = field(default_factory=dict)
    numbered: bool = False


def read_line_list(
    path: Path | str,
    *,
    columns: Mapping[str, str] | None = None,
    date_format: str | None = None,
    ends: Collection[str] = (),
    imported: Collection[str] = (),
) -> LineList:
    """The cases of a line list.

    Args:
        columns: field (id, onset_date, origin, infector …) -> column, where the name alone does not say it.
        date_format: as in strptime, or like dd/mm/yyyy, or dmy, mdy, ymd; without it the columns say it themselves.
        ends: ids that the links name; of several columns that could be the id, the one that holds them is taken.
        imported: words in `origin` that mean an imported case, besides those of the vocabulary.

    Raises:
        Unreadable: the file is no table, has no column of ids, or its dates leave the order of day and month open.
    """
    names = list(read_table(path).columns)
    chosen = _choose(path, names, "linelist", CASE, columns or {}, needed=("id",))
    if "id" not in (columns or {}):
        chosen["id"] = _id_column(path, names, chosen["id"], ends)
    table = _read(path, chosen)
    ids = table.texts("id")
    problems: list[Problem] = []
    dated = [name for name in DATES if table.has(name)]
    numbered = date_format is None and are_numbers(table, dated)
    days = {
        name: as_dates(table, name) if numbered else days_of(table, name, date_format, ids, problems) for name in dated
    }
    origins = table.texts("origin") if table.has("origin") else [None] * len(ids)
    infectors = table.texts("infector") if table.has("infector") else [None] * len(ids)
    listed, links = [], []
    seen: dict[str, int] = {}
    for index, (case, line) in enumerate(zip(ids, table.lines, strict=True)):
        if case is None:
            problems.append(Problem("case_without_id", (), (line,)))
            continue
        if infector := infectors[index]:
            links.append(Link(infector, case, line))
        if case in seen:
            problems.append(Problem("case_twice", (case,), (seen[case], line)))
            continue
        seen[case] = line
        dates = {name: found[index] for name, found in days.items()}
        listed.append(Listed(case, line, **dates, origin=origin_of(origins[index], imported)))
    return LineList(listed, links, problems, chosen, numbered)


def read_links(path: Path | str, *, columns: Mapping[str, str] | None = None, date_format: str | None = None) -> Links:
    """The links of a file: from (infector), to (infectee), and setting, exposure and onsets where they are given.

    Raises:
        Unreadable: the file is no table, or has no columns for the two ends.
    """
    names = list(read_table(path).columns)
    chosen = _choose(path, names, "contacts", LINK, columns or {}, needed=("from", "to"))
    folded = {fold_column(name): name for name in names}
    for name, words in ONSETS.items():
        found = next((folded[fold_column(word)] for word in words if fold_column(word) in folded), None)
        if found:
            chosen.setdefault(name, found)
    _take_fullest(path, names, chosen, columns or {})
    table = _read(path, chosen)
    problems: list[Problem] = []
    sources, targets = table.texts("from"), table.texts("to")
    settings = table.texts("setting") if table.has("setting") else [None] * len(sources)
    dated = [name for name in ("met_from", *ONSETS) if table.has(name)]
    numbered = date_format is None and are_numbers(table, dated)
    days: dict[str, list[date | None]] = {name: [None] * len(sources) for name in ("met_from", *ONSETS)}
    for name in dated:
        days[name] = as_dates(table, name) if numbered else days_of(table, name, date_format, targets, problems)
    links = []
    for index, (source, target, line) in enumerate(zip(sources, targets, table.lines, strict=True)):
        if source is None or target is None:
            problems.append(Problem("link_incomplete", tuple(one for one in (source, target) if one), (line,)))
            continue
        first, later = days["from_onset"][index], days["to_onset"][index]
        interval = (later - first).days if first and later else None
        links.append(Link(source, target, line, settings[index] or "", days["met_from"][index], interval))
    return Links(links, problems, chosen, numbered)


def read_exposures(path: Path | str, *, columns: Mapping[str, str] | None = None) -> list[Exposed]:
    """Who was exposed to whom in which setting, and infected or not where the file says it.

    Raises:
        Unreadable: as `read_links`.
    """
    names = list(read_table(path).columns)
    chosen = _choose(path, names, "contacts", {**LINK, "relation": "relation"}, columns or {}, needed=("from", "to"))
    chosen.pop("met_from", None)
    _take_fullest(path, names, chosen, columns or {})
    if "setting" not in chosen and "relation" in chosen:
        chosen["setting"] = chosen["relation"]
    chosen.pop("relation", None)
    folded = {fold_column(name): name for name in names}
    if "infected" not in chosen and (named := [folded[fold_column(w)] for w in INFECTED if fold_column(w) in folded]):
        chosen["infected"] = named[0]
    table = _read(path, chosen)
    sources, people = table.texts("from"), table.texts("to")
    settings = table.texts("setting") if table.has("setting") else [None] * len(people)
    said = table.texts("infected") if table.has("infected") else [None] * len(people)
    return [
        Exposed(source or "", person, setting or "", None if word is None else _yes_or_no(word))
        for source, person, setting, word in zip(sources, people, settings, said, strict=True)
        if person is not None
    ]


def origin_of(word: str | None, imported: Collection[str] = ()) -> str | None:
    """IMPORTED or LOCAL for a word of the field; None where it is neither."""
    if word is None:
        return None
    folded = vocabulary.fold(word)
    if folded in {vocabulary.fold(one) for one in imported}:
        return IMPORTED
    value = vocabulary.find("origin", word)
    if value is None:
        parts = {IMPORTED: ("import", "输入", "travel"), LOCAL: ("local", "本土", "本地", "indigenous")}
        hits = [kind for kind, stems in parts.items() if any(stem in folded for stem in stems)]
        return hits[0] if len(hits) == 1 else None
    return LOCAL if value == "local" else IMPORTED


def _yes_or_no(word: str) -> bool | None:
    """Infected or not, as a cell says it; None where it says something else."""
    answer = vocabulary.find("yes_no", word) or vocabulary.find("result", word)
    return {"yes": True, "positive": True, "no": False, "negative": False}.get(answer or "")


def _choose(
    path: Path | str,
    names: list[str],
    kind: str,
    wanted: Mapping[str, str],
    columns: Mapping[str, str],
    needed: Sequence[str],
) -> dict[str, str]:
    """field -> column: as told, else by its own name, else by the names that the field goes by."""
    folded = {fold_column(name): name for name in names}
    guessed = {field: column for column, field in guess_mapping(names, kind)[0].items()}
    chosen = {}
    for name, field_of_kind in wanted.items():
        told = columns.get(name)
        column = folded.get(fold_column(told)) if told else folded.get(fold_column(name)) or guessed.get(field_of_kind)
        if column is None and (told or name in needed):
            raise Unreadable(path, "column_absent", column=told or name, found=", ".join(names))
        if column is not None and (told or column not in chosen.values()):
            chosen[name] = column
    for name, told in columns.items():
        if name not in wanted:
            if fold_column(told) not in folded:
                raise Unreadable(path, "column_absent", column=told, found=", ".join(names))
            chosen[name] = folded[fold_column(told)]
    return chosen


def _id_column(path: Path | str, names: list[str], first: str, ends: Collection[str]) -> str:
    """The column whose cells are the ids that the links name; the first choice where none or several fit as well."""
    known = {fold_column(alias) for one in KINDS["linelist"] if one.name in ("external_id", "case_number")
             for alias in one.aliases}  # fmt: skip
    rivals = [name for name in names if fold_column(name) in known]
    if not ends or len(rivals) < 2:
        return first
    table = _read(path, {name: name for name in rivals})
    hits = {name: len(set(ends).intersection(filter(None, table.texts(name)))) for name in rivals}
    best = max(rivals, key=lambda name: hits[name])
    return best if hits[best] > hits.get(first, 0) else first


def _take_fullest(path: Path | str, names: list[str], chosen: dict[str, str], told: Mapping[str, str]) -> None:
    """Of several columns that could be one end of a link, take the one with fewer empty cells."""
    taken = set(chosen.values())
    for end, name in (("from", "from_id"), ("to", "to_id")):
        if end in told or fold_column(chosen[end]) == end:
            continue
        aliases = {fold_column(alias) for one in KINDS["contacts"] if one.name == name for alias in one.aliases}
        rivals = [column for column in names if fold_column(column) in aliases and column not in taken]
        if rivals:
            table = _read(path, {column: column for column in (chosen[end], *rivals)})
            filled = {column: sum(cell is not None for cell in table.texts(column)) for column in table.columns}
            chosen[end] = max((chosen[end], *rivals), key=lambda column: filled[column])


def _read(path: Path | str, chosen: Mapping[str, str]) -> Given:
    """The chosen columns under the names of their fields."""
    table = read(path, required=dict.fromkeys(chosen.values()))
    table.columns = {name: list(table.columns[column]) for name, column in chosen.items()}
    return table
