"""Outbreaks whose truth is known (已知真相的疫情): cut from synthetic cities, each with other habits, other virus, other memory.

Nothing in them is drawn from what the reconstruction assumes: infections come from stays in `engines.city`, genomes from a
clock that ticks by the day in each infected person, and what people tell is forgotten in parts.
"""

from __future__ import annotations

import copy
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

PEOPLE, DAYS, BASES = 8000, 24, 10_000
FEWEST, MOST = 20, 90  # cases; other outbreaks are passed over
OUTSIDE = ""


@dataclass(frozen=True)
class Kind:
    """What an outbreak is like."""

    name: str
    incubation: tuple[float, float] = (3.8, 1.6)  # mean, standard deviation in days
    infectiousness: tuple[float, float] = (2.2, 1.1)  # gamma shape, scale in days
    dispersion: float = 0.45
    memory: float = 1.0  # share of what is told as a rule
    lost: float = 0.0  # share of the stays that are not in the file
    told: bool = False  # stays from interviews only, to the half hour
    mutations: float = 0.08  # a day, in a whole genome
    apart: int = 15  # mutations of an index case away from the root
    sequenced: float = 0.9
    found: float = 1.0  # share of the found cases that are in the line list
    index_cases: int = 3


KINDS = (
    Kind("as a rule"),
    Kind("fast", incubation=(2.8, 1.1), infectiousness=(2.0, 0.8)),
    Kind("slow", incubation=(5.2, 2.4), infectiousness=(2.6, 1.5), mutations=0.1),
    Kind("alike", dispersion=3.0, apart=3),
    Kind("few spread", dispersion=0.2, sequenced=0.7),
    Kind("forgetful", memory=0.5, lost=0.3),
    Kind("told only", told=True),
    Kind("hidden", found=0.75, sequenced=0.8),
    Kind("near imports", apart=2, index_cases=5, mutations=0.05),
    Kind("quick clock", mutations=0.18, lost=0.15),
)


@dataclass(frozen=True)
class Made:
    """The files of one outbreak and, for each case of its line list, the nearest ancestor in it ("" from outside)."""

    folder: Path
    kind: Kind
    seed: int
    ancestor: dict[str, str]

    @property
    def linelist(self) -> Path:
        return self.folder / "linelist.csv"

    def files(self, *, genomes: bool, contacts: bool, stays: bool) -> dict[str, Any]:
        """Arguments of `exchange.infectors.read_outbreak`."""
        return {
            "linelist": self.linelist,
            "sequences": self.folder / "sequences.fasta" if genomes else None,
            "contacts": self.folder / "contacts.csv" if contacts else None,
            "stays": self.folder / "stays.csv" if stays else None,
            "places": self.folder / "places.parquet" if stays else None,
        }


def made(folder: Path, kind: Kind, seed: int) -> Made | None:
    """One outbreak of this kind; None where it is too small or too large to be of use."""
    from chainbreak.engines.city import build

    rng = np.random.default_rng([seed, 77])
    with _habits(kind):
        build.build(
            folder, n_people=PEOPLE, days=DAYS, seed=seed, index_cases=kind.index_cases, say=lambda *_: None
        )  # fmt: skip
    cases = _rows(folder / "linelist.csv")
    kept = [row for row in cases if rng.random() < kind.found]
    if not FEWEST <= len(kept) <= MOST:
        return None
    listed = {row["person_id"] for row in kept}
    infections = {row["person_id"]: row for row in _rows(folder / "truth" / "infections.csv")}
    sampled = {row["person_id"]: datetime.fromisoformat(row["sampling_time"]) for row in kept}
    _write(folder / "linelist.csv", kept, ("person_id", "onset_date", "sampling_time", "isolated_at"))
    _genomes(folder / "sequences.fasta", kind, infections, sampled, rng)
    named = [
        {"from": row["case_person"], "to": row["contact_person"]} for row in _rows(folder / "interview_contacts.csv")
    ]
    kept_contacts = [row for row in named if rng.random() < kind.memory]
    _write(folder / "contacts.csv", kept_contacts, ("from", "to"))
    _stays(folder, kind, listed, rng)
    ancestor = {case: _nearest(case, infections, listed) for case in sampled}
    return Made(folder, kind, seed, ancestor)


def several(folder: Path, *, kinds: tuple[Kind, ...] = KINDS, of_each: int = 1, seed: int = 1) -> Iterator[Made]:
    """Outbreaks of each kind, from the first seeds that give one of a useful size."""
    for number, kind in enumerate(kinds):
        there = 0
        for trial in range(40):
            one = made(folder / f"{number}-{trial}", kind, seed + 1000 * number + trial)
            if one is not None:
                there += 1
                yield one
            if there == of_each:
                break


@contextmanager
def _habits(kind: Kind) -> Iterator[None]:
    """The city's parameters with those of the kind in their place, for as long as it is built."""
    from chainbreak.engines.city import parameters

    table = parameters.table()
    before = copy.deepcopy(table)
    table["outbreak"]["incubation"]["value"] = list(kind.incubation)
    table["outbreak"]["infectiousness"]["value"] = list(kind.infectiousness)
    table["outbreak"]["dispersion"]["value"] = kind.dispersion
    try:
        yield
    finally:
        table.clear()
        table.update(before)


def _nearest(case: str, infections: dict[str, dict[str, str]], listed: set[str]) -> str:
    there = infections[case]["infector"]
    while there and there not in listed:
        there = infections[there]["infector"]
    return there or OUTSIDE


def _genomes(
    path: Path,
    kind: Kind,
    infections: dict[str, dict[str, str]],
    sampled: dict[str, datetime],
    rng: np.random.Generator,
) -> None:
    """A genome a sample: what the infector carried at the transmission, and what arose since."""
    root = rng.integers(0, 4, BASES)
    begins = {case: datetime.fromisoformat(row["infected_at"]) for case, row in infections.items()}
    carried: dict[str, list[tuple[float, int, int]]] = {}  # of each infected: moment (days), position, shift
    zero = min(begins.values())

    def day(moment: datetime) -> float:
        return (moment - zero).total_seconds() / 86400

    def arising(first: float, length: float, number: int) -> list[tuple[float, int, int]]:
        moments = np.sort(first + rng.random(number) * length)
        return [(float(at), int(rng.integers(BASES)), int(rng.integers(1, 4))) for at in moments]

    for case in sorted(infections, key=lambda one: (begins[one], one)):
        infector, at = infections[case]["infector"], day(begins[case])
        before = [one for one in carried[infector] if one[0] < at] if infector else arising(-1.0, 1.0, kind.apart)
        carried[case] = before + arising(at, 21.0, int(rng.poisson(21.0 * kind.mutations)))
    lines = []
    for case, moment in sampled.items():
        if rng.random() >= kind.sequenced:
            continue
        letters = root.copy()
        for at, position, shift in carried[case]:
            if at < day(moment):
                letters[position] = (letters[position] + shift) % 4
        text = "".join("ACGT"[letter] for letter in letters)
        if rng.random() < 0.1:  # a part that was not read
            gap = int(rng.integers(BASES - 1500))
            text = text[:gap] + "N" * 1500 + text[gap + 1500 :]
        lines.append(f">{case}\n{text}\n")
    path.write_text("".join(lines), encoding="ascii")


def _stays(folder: Path, kind: Kind, listed: set[str], rng: np.random.Generator) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if kind.told:
        rows = [row for row in _rows(folder / "interview_stays.csv") if row["person_id"] in listed]
    else:
        table = pq.read_table(folder / "stays.parquet")
        person = table["person_id"].cast(pa.string())
        rows = table.filter(pc.is_in(person, pa.array(sorted(listed)))).to_pylist()
    rows = [row for row in rows if rng.random() >= kind.lost]
    _write(folder / "stays.csv", rows, ("person_id", "place_id", "arrived_at", "left_at"))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
