"""Files for the question who infected whom (传染关系数据): line list, genomes, contacts, stays, generation time.

Columns go by the names of the field. Dates may be dates, instants or whole numbers of days. What cannot be used is named
in `problems`: a code and facts; the words are the command's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainbreak.engines import tables
from chainbreak.epi.genomes.alignment import NotAlignable, Reference, align
from chainbreak.epi.genomes.bases import letters_of
from chainbreak.epi.infectors import Outbreak, Stays
from chainbreak.exchange.chains import origin_of, read_links
from chainbreak.exchange.columns import KINDS, fold_column, guess_mapping
from chainbreak.exchange.day_numbers import are_numbers
from chainbreak.exchange.genomes import read_genomes
from chainbreak.exchange.given import Given, read
from chainbreak.exchange.problems import Unreadable
from chainbreak.exchange.table import read_table

CHINA = timezone(timedelta(hours=8))
EPOCH = date(1970, 1, 1).toordinal()
DAY_US = 86_400_000_000
ONSET = ("onset", "onset date", "date onset", "symptom onset", "dates", "date", "day")
SAMPLE = (
    "sample",
    "sample date",
    "sampling time",
    "sampled at",
    "confirm date",
    "confirmed date",
    "dt diag",
    "dt report",
)
TRAVEL = ("travel note", "travelled", "travel history", "travel", "旅居史", "外出史", "境外旅居史")
ARRIVED = ("arrived_at", "start", "arrived", "from", "start_time", "开始时间", "到达时间")
LEFT = ("left_at", "end", "left", "until", "end_time", "结束时间", "离开时间")
PERSON = ("person_id", "case_id", "id", "person", "人员编号")
PLACE = ("place_id", "place", "场所编号", "地点编号")


@dataclass
class Files:
    """The outbreak as read, its day zero, and what could not be used."""

    outbreak: Outbreak
    dated: bool  # days are dates (ordinals), not plain numbers
    problems: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def read_outbreak(
    linelist: Path | str,
    *,
    sequences: Path | str | None = None,
    contacts: Path | str | None = None,
    stays: Path | str | None = None,
    places: Path | str | None = None,
    directed: bool = False,
) -> Files:
    """All files as one outbreak; each but the line list may be left out.

    Raises:
        Unreadable, tables.TableError: a file is not what it must be; it names file, row and column.
    """
    problems: list[tuple[str, dict[str, Any]]] = []
    genomes = read_genomes(sequences).sequences if sequences else {}
    links = read_links(contacts).links if contacts else []
    source = _stays_source(stays) if stays else None
    ends = {end for link in links for end in (link.infector, link.infectee)} | set(genomes)
    if source is not None:
        ends |= set(map(str, pc.unique(source[1]).to_pylist()))
    table, column = _line_list(linelist, ends)
    cases = _cases(table, column, problems)
    index = {name: number for number, name in enumerate(cases["ids"])}
    used, missing = [], []
    if np.isnan(cases["onset"]).all():
        missing.append("onsets")
    else:
        used.append("onsets")
    (missing if np.isnan(cases["sample"]).all() else used).append("samples")
    aligned = _aligned({name: letters for name, letters in genomes.items() if name in index}, problems)
    if genomes and not aligned:
        problems.append(("no_genome_of_a_case", {"path": str(sequences)}))
    (used if len(aligned) > 1 else missing).append("genomes")
    pairs = None
    if contacts:
        found = {
            (index[link.infector], index[link.infectee])
            for link in links
            if {link.infector, link.infectee} <= set(index)
        }
        found = {(a, b) for a, b in found if a != b}
        pairs = np.array(sorted(found), np.int64).reshape(-1, 2)
        if not len(pairs):
            problems.append(("no_contact_of_two_cases", {"path": str(contacts)}))
            pairs = None
    (used if pairs is not None else missing).append("contacts")
    laid = None
    if source is not None:
        if cases["dated"]:
            laid = _stays(source, index, places, problems)
        else:
            problems.append(("stays_need_dates", {"path": str(stays)}))
        if cases["dated"] and laid is None:
            problems.append(("no_stay_of_a_case", {"path": str(stays)}))
    (used if laid is not None else missing).append("stays")
    (used if cases["travelled"] is not None else missing).append("travel")
    outbreak = Outbreak(
        ids=cases["ids"],
        onset=cases["onset"],
        sample=cases["sample"],
        isolated=cases["isolated"],
        travelled=cases["travelled"],
        genomes=aligned,
        contacts=pairs,
        directed=directed,
        stays=laid,
    )
    return Files(outbreak, cases["dated"], problems, used, missing)


def read_generation_time(path: Path | str) -> np.ndarray:
    """Probability of a generation time of 0, 1, 2 ... days; sums to 1, lag 0 has none.

    Raises:
        Unreadable: no column lag or p, a lag that is no whole number from 0, a negative probability.
        ValueError: the probabilities sum to nothing, or far from 1.
    """
    table = read(
        path,
        required=("lag", "p"),
        aliases={"p": ("w", "density", "probability", "prob"), "lag": ("day", "days", "lag days")},
    )
    lags = table.numbers("lag", needed=True, whole=True, least=0)
    shares = table.numbers("p", needed=True, least=0)
    found = np.zeros(max(lags, default=0) + 1)
    for lag, share in zip(lags, shares, strict=True):
        found[lag] += share
    total = float(found.sum())
    found[0] = 0.0
    if not 0.9 <= total <= 1.1 or found.sum() <= 0:
        raise ValueError(f"{total:.4g}")
    result: np.ndarray = found / found.sum()
    return result


def _line_list(path: Path | str, ends: set[str]) -> tuple[Given, dict[str, str]]:
    names = list(read_table(path).columns)
    guessed = {name: column for column, name in guess_mapping(names, "linelist")[0].items()}
    folded = {fold_column(name): name for name in names}

    def first(words: Sequence[str], *fields: str) -> str | None:
        told = next((folded[fold_column(word)] for word in words if fold_column(word) in folded), None)
        return told or next((guessed[one] for one in fields if one in guessed), None)

    known = {
        fold_column(alias)
        for one in KINDS["linelist"]
        if one.name in ("external_id", "case_number")
        for alias in one.aliases
    } | {"personid", "caseno", "caseid", "id", "case", "uuid"}
    rivals = [
        name for name in names if fold_column(name) in known or fold_column(name) in {fold_column(k) for k in known}
    ]
    chosen = first(("id",), "external_id", "case_number") or (rivals[0] if rivals else None)
    if chosen is None:
        raise Unreadable(path, "column_absent", column="id", found=", ".join(names))
    if ends and len(rivals) > 1:
        tried = read(path, required=rivals)
        hits = {name: len(ends & {cell for cell in tried.texts(name) if cell}) for name in rivals}
        chosen = max(rivals, key=lambda name: (hits[name], name == chosen))
    column = {
        "id": chosen,
        "onset": first(("onset_date", "onset"), "onset_date") or first(ONSET),
        "sample": first(("sample_date", "sample", "sampling_time", "sampled_at"), "sampled_at") or first(SAMPLE),
        "reported": first(("report_date",), "reported_at"),
        "isolated": first(("isolated_at", "isolation_date"), "isolated_at"),
        "travel": first(TRAVEL),
        "origin": first(("origin", "imported"), "origin"),
    }
    picked = {name: found for name, found in column.items() if found}
    if not {"onset", "sample", "reported"} & set(picked):
        raise Unreadable(path, "column_absent", column="onset_date, sample_date", found=", ".join(names))
    return read(path, required=dict.fromkeys(picked.values())), picked


def _cases(table: Given, column: dict[str, str], problems: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    texts = table.texts(column["id"])
    days = {name: column[name] for name in ("onset", "sample", "reported", "isolated") if name in column}
    plain = are_numbers(table, days.values())
    read_as = {name: _days(table, one, plain) for name, one in days.items()}
    nothing = [float("nan")] * len(texts)
    onset = [float(np.floor(value)) for value, _ in read_as["onset"]] if "onset" in read_as else nothing
    sample = [value + (0.0 if timed else 1.0) for value, timed in read_as.get("sample", [(x, True) for x in nothing])]
    reported = [
        value + (0.0 if timed else 1.0) for value, timed in read_as.get("reported", [(x, True) for x in nothing])
    ]
    isolated = [
        value + (0.0 if timed else 1.0) for value, timed in read_as.get("isolated", [(x, True) for x in nothing])
    ]
    notes = table.texts(column["travel"]) if "travel" in column else None
    origins = table.texts(column["origin"]) if "origin" in column and column["origin"] != column.get("travel") else None
    keep: dict[str, int] = {}
    for row, name in enumerate(texts):
        line = table.lines[row]
        if name is None:
            problems.append(("case_without_id", {"row": line}))
        elif name in keep:
            problems.append(("case_twice", {"row": line, "case": name}))
        elif np.isnan(onset[row]) and np.isnan(sample[row]) and np.isnan(reported[row]):
            problems.append(("case_without_dates", {"row": line, "case": name}))
        else:
            keep[name] = row
    rows = list(keep.values())
    last = np.array([sample[row] if not np.isnan(sample[row]) else reported[row] for row in rows])
    travelled = None
    if notes is not None or origins is not None:
        travelled = np.full(len(rows), -1)
        for number, row in enumerate(rows):
            if notes is not None:
                travelled[number] = int(bool(notes[row]) and notes[row] not in ("0", "no", "No", "无", "否", "local"))
            if origins is not None and (origin := origin_of(origins[row])) is not None:
                travelled[number] = int(origin == "imported")
    return {
        "ids": list(keep),
        "onset": np.array([onset[row] for row in rows]),
        "sample": last,
        "isolated": np.array([isolated[row] for row in rows]) if "isolated" in read_as else None,
        "travelled": travelled,
        "dated": not plain,
    }


def _days(table: Given, name: str, plain: bool) -> list[tuple[float, bool]]:
    """(day, whether a time of day was written); nan where the cell is empty."""
    if plain:
        numbers = table.numbers(name)
        return [(float("nan"), True) if x is None else (float(x), x != int(x)) for x in numbers]
    found = []
    for moment in table.moments(name):
        if moment is None:
            found.append((float("nan"), True))
        elif isinstance(moment, datetime):
            local = moment.astimezone(CHINA) if moment.tzinfo else moment
            part = (local.hour * 3600 + local.minute * 60 + local.second) / 86400
            found.append((local.toordinal() + part, True))
        else:
            found.append((float(moment.toordinal()), False))
    return found


def _aligned(genomes: dict[str, str], problems: list[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """The genomes in the places of the best one; those of its length stand there already if they are alike."""
    if len(genomes) < 2:
        return {}
    best = max(genomes, key=lambda name: (sum(map(genomes[name].count, "ACGT")), name))
    reference = Reference(
        best, genomes[best].replace("-", "N") if len(set(map(len, genomes.values()))) == 1 else genomes[best]
    )
    found: dict[str, str] = {}
    same = len({len(letters) for letters in genomes.values()}) == 1
    for name, letters in genomes.items():
        if same or (len(letters) == len(genomes[best]) and _alike(letters, genomes[best])):
            found[name] = letters
            continue
        try:
            found[name] = letters_of(align(letters, reference).codes)
        except NotAlignable:
            problems.append(("genome_not_alignable", {"case": name}))
    return found


def _alike(one: str, other: str) -> bool:
    a, b = (np.frombuffer(text.encode("ascii", "replace"), np.uint8) for text in (one, other))
    certain = np.isin(a, np.frombuffer(b"ACGT", np.uint8)) & np.isin(b, np.frombuffer(b"ACGT", np.uint8))
    return int(((a != b) & certain).sum()) <= 0.005 * len(a)


def _stays_source(path: Path | str) -> tuple[tables.Source, pa.ChunkedArray, str, str, str]:
    source = tables.load(path, needs=(), may=dict.fromkeys((*PERSON, *PLACE, *ARRIVED, *LEFT)))
    picked = []
    for words in (PERSON, PLACE, ARRIVED, LEFT):
        name = next((word for word in words if source.has(word)), None)
        if name is None:
            raise tables.TableError(
                "column_missing", path=str(path), column=words[0], found=", ".join(source.table.column_names)
            )
        picked.append(name)
    return source, tables.ids(source, picked[0]).cast(pa.string()), picked[1], picked[2], picked[3]


def _stays(
    given: tuple[tables.Source, pa.ChunkedArray, str, str, str],
    index: dict[str, int],
    places: Path | str | None,
    problems: list[tuple[str, dict[str, Any]]],
) -> Stays | None:
    source, person, place_name, arrived_name, left_name = given
    mask = pc.is_in(person, pa.array(list(index), pa.string()))
    if not pc.any(mask).as_py():
        return None
    arrived, left = tables.instants(source, arrived_name), tables.instants(source, left_name)
    place = tables.ids(source, place_name).cast(pa.string())
    begins, ends = (_ordinal(values.filter(mask)) for values in (arrived, left))
    case = np.array([index[name] for name in person.filter(mask).to_pylist()], np.int64)
    names = place.filter(mask).to_pylist()
    if (backwards := int((ends < begins).sum())) > 0:
        problems.append(("stays_backwards", {"number": backwards}))
    fine = ends > begins
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    kinds = dict.fromkeys(known, "")
    if places:
        table = tables.load(places, needs=("place_id", "kind"))
        for name, kind in zip(
            tables.ids(table, "place_id").cast(pa.string()).to_pylist(), table.table["kind"].to_pylist(), strict=True
        ):
            if name in kinds and kind:
                kinds[name] = str(kind).strip()
    words = sorted(set(kinds.values()))
    return Stays(
        case=case[fine],
        place=np.array([known[name] for name in names], np.int64)[fine],
        arrived=begins[fine],
        left=ends[fine],
        kinds=words,
        kind_of_place=np.array([words.index(kinds[name]) for name in known], np.int64),
    )


def _ordinal(values: pa.ChunkedArray) -> np.ndarray:
    """Instants as days (ordinal of the date and part of the day, in Asia/Shanghai)."""
    shift = 8 * 3_600_000_000 if values.type.tz else 0
    micro = values.cast(pa.timestamp("us", tz=values.type.tz)).cast(pa.int64()).to_numpy()
    result: np.ndarray = (micro + shift) / DAY_US + EPOCH
    return result
