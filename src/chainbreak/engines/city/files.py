"""What a city is written as (输出文件): the shapes that `trace`, `chains` and the imports read, and the truth beside them.

Each file is written under another name first; `city.json` comes last, so that where it stands the rest is whole.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chainbreak.engines.city import interview, parameters
from chainbreak.engines.city.day import DAY, HOUR
from chainbreak.engines.city.land import lonlat
from chainbreak.engines.city.outbreak import NEVER, Infection, Outbreak

CHINA = timezone(timedelta(hours=8))
INSTANT = pa.timestamp("us", tz="+08:00")
STAYS = pa.schema([("person_id", pa.int64()), ("place_id", pa.int64()), ("arrived_at", INSTANT), ("left_at", INSTANT)])
CLASS = {True: "confirmed", False: "asymptomatic"}
Rows = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


def begin(out: Path) -> None:
    """The folder; what says that it is whole is taken away first."""
    (out / "truth").mkdir(parents=True, exist_ok=True)
    (out / "city.json").unlink(missing_ok=True)


class StayFile:
    """`stays.parquet`, row group by row group; there under its name once it is whole."""

    def __init__(self, out: Path, start: date) -> None:
        self._path, self._part = out / "stays.parquet", out / ".stays.parquet.part"
        self._base = int(datetime(start.year, start.month, start.day, tzinfo=CHINA).timestamp()) * 1_000_000
        self._writer = pq.ParquetWriter(
            self._part,
            STAYS,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            write_statistics=True,
            column_encoding=dict.fromkeys(STAYS.names, "DELTA_BINARY_PACKED"),
        )

    def write(self, rows: Rows) -> None:
        """One more row group."""
        if len(rows[0]) == 0:
            return
        ids = [pa.array(column.astype(np.int64) + 1) for column in rows[:2]]
        times = [pa.array(column.astype(np.int64) * 1_000_000 + self._base).cast(INSTANT) for column in rows[2:]]
        self._writer.write_table(pa.table([*ids, *times], schema=STAYS), row_group_size=2**21)

    def __enter__(self) -> StayFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)


def write_places(out: Path, city: Any) -> None:
    """`places.parquet`: id, kind, township, position."""
    lon, lat = lonlat(city.places.xy.astype(np.float64))
    codes = pa.array([city.land.township_code(t) for t in range(city.land.n_townships)])
    table = pa.table(
        {
            "place_id": pa.array(np.arange(1, city.places.n + 1)),
            "kind": _coded(city.places.kind, city.places.kinds),
            "township_code": codes.take(pa.array(city.places.township)),
            "lon": pa.array(lon),
            "lat": pa.array(lat),
        }
    )
    _parquet(out / "places.parquet", table)


def write_people(out: Path, city: Any) -> None:
    """`persons.parquet`: id, household, age, sex, village, where they live and spend their days."""
    who = city.people
    townships = pa.array([city.land.township_code(t) for t in range(city.land.n_townships)])
    villages = pa.array(city.land.village_codes())
    day_place = city.places.day_place.astype(np.int64) + 1
    table = pa.table(
        {
            "person_id": pa.array(np.arange(1, who.n + 1)),
            "household_id": pa.array(who.household.astype(np.int64) + 1),
            "age": pa.array(who.age),
            "sex": _coded(who.is_man.astype(np.int8), ("女", "男")),
            "township_code": townships.take(pa.array(who.township)),
            "village_code": villages.take(pa.array(who.village)),
            "home_place": pa.array(who.household.astype(np.int64) + 1),
            "day_place": pa.array(day_place, mask=day_place == 0),
        }
    )
    _parquet(out / "persons.parquet", table)


def write_outbreak(
    out: Path, city: Any, spread: Outbreak, stays: Rows, days: int, numbers: dict[str, Any]
) -> dict[str, Any]:
    """Cases, line list, interviews, swabs; the truth; and `city.json`, whose content it gives.

    `stays` are those of the cases. What is reported after the last day is in the truth alone.
    """
    clock = _Clock(city.start)
    end = days * DAY
    infected = sorted(spread.infections.values(), key=lambda i: (i.infected_at, i.person))
    cases = sorted((i for i in infected if i.reported_at < end), key=lambda i: (i.reported_at, i.person))
    number = {case.person: n for n, case in enumerate(cases, start=1)}
    villages = city.land.village_codes()

    def kind(place: int) -> str:
        return "" if place < 0 else str(city.places.kinds[int(city.places.kind[place])])

    _csv(
        out / "cases.csv",
        ("person_id", "onset_date", "sampled_at", "isolated_at", "class"),
        ((c.person + 1, _onset(c, clock), clock.at(c.sampled_at), clock.at(c.isolated_at), CLASS[c.symptomatic])
         for c in cases),
    )  # fmt: skip
    _csv(
        out / "linelist.csv",
        ("case_no", "person_id", "household_id", "age", "sex", "township_code", "village_code", "report_date",
         "reported_at", "sampling_time", "isolated_at", "classification", "onset_date", "found_by"),
        (_line(n, c, city, villages, clock) for n, c in enumerate(cases, start=1)),
    )  # fmt: skip
    _csv(
        out / "interview_contacts.csv",
        ("case_person", "contact_person", "relation", "place_id", "first_contact_at", "last_contact_at"),
        ((m.case + 1, m.person + 1, m.relation, m.place + 1 if m.place >= 0 else "", clock.at(m.first_at),
          clock.at(m.last_at)) for m in spread.interview.named if m.case in number),
    )  # fmt: skip
    _csv(
        out / "interview_stays.csv",
        ("person_id", "place_id", "arrived_at", "left_at", "evidence"),
        _told(stays, {c.person: c for c in cases}, city, clock, days),
    )
    _csv(
        out / "swabs.csv",
        ("person_id", "sampled_at", "result", "reason"),
        ((s.person + 1, clock.at(s.sampled_at), "positive" if s.positive else "negative", s.reason)
         for s in sorted(spread.swabs, key=lambda s: (s.sampled_at, s.person)) if s.sampled_at < end),
    )  # fmt: skip
    _csv(
        out / "quarantine.csv",
        ("person_id", "quarantined_at", "because_of"),
        ((p + 1, clock.at(since), case + 1) for p, (since, case) in sorted(spread.quarantined.items())
         if since < end),
    )  # fmt: skip
    _csv(
        out / "truth" / "infections.csv",
        ("person_id", "infector", "infected_at", "infectious_from", "onset_at", "symptomatic", "generation",
         "place_id", "kind", "sampled_at", "isolated_at", "left_city_life_at", "case_no", "found_by"),
        ((i.person + 1, i.infector + 1 if i.infector >= 0 else "", clock.at(i.infected_at),
          clock.at(i.infectious_from), clock.at(i.onset_at) if i.symptomatic else "", int(i.symptomatic),
          i.generation, i.place + 1 if i.place >= 0 else "", kind(i.place), clock.at(i.sampled_at),
          clock.at(i.isolated_at), clock.at(int(spread.gone_at[i.person])), number.get(i.person, ""), i.found_by)
         for i in infected),
    )  # fmt: skip
    _csv(
        out / "truth" / "transmissions.csv",
        ("person_id", "infector", "infection_time", "place_id", "kind", "generation"),
        ((i.person + 1, i.infector + 1, clock.at(i.infected_at), i.place + 1, kind(i.place), i.generation)
         for i in infected if i.infector >= 0),
    )  # fmt: skip
    summary = {
        "people": city.people.n,
        "households": city.people.n_households,
        "places": city.places.n,
        "townships": city.land.n_townships,
        "villages": len(city.land.village_share),
        **numbers,
        "infected": len(infected),
        "transmissions": sum(i.infector >= 0 for i in infected),
        "cases": len(cases),
        "confirmed": sum(c.symptomatic for c in cases),
        "asymptomatic": sum(not c.symptomatic for c in cases),
        "found_by": {way: sum(c.found_by == way for c in cases) for way in sorted({c.found_by for c in cases})},
        "quarantined": sum(since < end for since, _ in spread.quarantined.values()),
        "rounds_on": [clock.day(day) for day in spread.rounds if day < days],
    }
    rows = [{"name": n, "value": v, "unit": u, "source": s} for n, v, u, s in parameters.listed()]
    document = {**summary, "parameters": rows}
    (out / "city.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return summary


class _Clock:
    """Seconds since the first midnight as people write them."""

    def __init__(self, start: date) -> None:
        self._start = datetime(start.year, start.month, start.day, tzinfo=CHINA)

    def at(self, seconds: int) -> str:
        if seconds == NEVER:
            return ""
        return (self._start + timedelta(seconds=int(seconds))).isoformat(timespec="seconds")

    def day(self, day: int) -> str:
        return (self._start + timedelta(days=int(day))).date().isoformat()


def _onset(case: Infection, clock: _Clock) -> str:
    return clock.day(case.onset_at // DAY) if case.symptomatic else ""


def _line(number: int, case: Infection, city: Any, villages: Sequence[str], clock: _Clock) -> tuple[object, ...]:
    p = case.person
    who = city.people
    return (
        number, p + 1, int(who.household[p]) + 1, int(who.age[p]), "男" if who.is_man[p] else "女",
        city.land.township_code(int(who.township[p])), villages[int(who.village[p])],
        clock.day(case.reported_at // DAY), clock.at(case.reported_at), clock.at(case.sampled_at),
        clock.at(case.isolated_at), "确诊病例" if case.symptomatic else "无症状感染者", _onset(case, clock), case.found_by,
    )  # fmt: skip


def _told(stays: Rows, cases: dict[int, Infection], city: Any, clock: _Clock, days: int) -> Iterable[Sequence[object]]:
    """The stays each case tells of, to the nearest half hour, from two weeks before its report on."""
    rng = np.random.default_rng([city.seed, 4])
    person, place, start, end = stays
    group = np.array([interview.group_of(kind) for kind in city.places.kinds], object)
    kept = interview.told(group[city.places.kind[place]], rng) if len(person) else np.zeros(0, bool)
    for p, where, s, e in zip(*(column[kept].tolist() for column in (person, place, start, end)), strict=True):
        since = (cases[p].reported_at // DAY - 14) * DAY
        if s < since:
            continue
        arrived = round(s / (HOUR / 2)) * (HOUR // 2)
        left = max(round(e / (HOUR / 2)) * (HOUR // 2), arrived + HOUR // 2)
        yield p + 1, where + 1, clock.at(max(arrived, 0)), clock.at(min(left, days * DAY)), "interview"


def _coded(codes: NDArray[Any], words: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(list(words)))


def _parquet(path: Path, table: pa.Table) -> None:
    part = path.with_name(f".{path.name}.part")
    pq.write_table(table, part, compression="zstd", row_group_size=2**20)
    part.replace(path)


def _csv(path: Path, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)
    part.replace(path)
