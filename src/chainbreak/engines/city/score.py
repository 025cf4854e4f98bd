"""How good tracing is where the truth is known (排查质量): recall and precision by threshold and by what is missing.

A true pair is an infector who became a case and whom it infected. Recall: the share of true pairs whose infected
person is a contact of degree 1 of that infector. Precision: the share of all contacts who were infected by one of the
cases. Contacts per case says what the recall costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from chainbreak.engines import copresence

INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class City:
    """What the score needs of a city's folder."""

    stays: pa.Table
    places: pa.Table
    cases: pa.Table  # person_id, infectious_from, infectious_until
    pairs: set[tuple[int, int]]  # infected, infector


@dataclass(frozen=True)
class Score:
    """One point of a curve."""

    minutes: float
    missing: float
    what: str
    true_pairs: int
    found_pairs: int
    contacts: int
    infected_contacts: int
    cases: int

    @property
    def recall(self) -> float:
        """Of the true pairs, the share found; nan where there are none."""
        return self.found_pairs / self.true_pairs if self.true_pairs else float("nan")

    @property
    def precision(self) -> float:
        """Of the contacts, the share infected by a case; nan where there are none."""
        return self.infected_contacts / self.contacts if self.contacts else float("nan")


def read(folder: Path, cases: pa.Table) -> City:
    """A folder of `chainbreak city`, with the windows of its cases (`windows_of`).

    Raises:
        OSError: a file is missing.
    """
    found = arrow_csv.read_csv(folder / "truth" / "transmissions.csv")
    known = set(cases["person_id"].to_pylist())
    pairs = zip(found["person_id"].to_pylist(), found["infector"].to_pylist(), strict=True)
    return City(
        stays=near_cases(pq.read_table(folder / "stays.parquet"), cases),
        places=pq.read_table(folder / "places.parquet", columns=["place_id", "kind"]),
        cases=cases,
        pairs={(person, infector) for person, infector in pairs if infector in known},
    )


def near_cases(stays: pa.Table, cases: pa.Table) -> pa.Table:
    """The stays at places where a case ever was: nothing else can make a contact of degree 1."""
    own = stays.filter(pc.is_in(stays["person_id"], value_set=cases["person_id"].combine_chunks()))
    return stays.filter(pc.is_in(stays["place_id"], value_set=pc.unique(own["place_id"])))


def score(
    city: City,
    *,
    minutes: float,
    thresholds: Mapping[str, float | None],
    missing: float = 0.0,
    what: str = "stays",
    seed: int = 1,
) -> Score:
    """Recall and precision of degree 1 with a least time, and a share of the stays or of the persons missing.

    Args:
        what: `stays` drops single stays, `persons` drops all stays of a person (no phone, no interview).
    """
    if what not in ("stays", "persons") or not 0 <= missing < 1:
        raise ValueError(f"what must be stays or persons, and missing in [0, 1); got {what!r}, {missing}")
    stays = city.stays
    if missing:
        rng = np.random.default_rng(seed)
        if what == "stays":
            kept = rng.random(stays.num_rows) >= missing
        else:
            persons = stays["person_id"].to_numpy()
            kept = (rng.random(int(persons.max()) + 1) >= missing)[persons]
        stays = stays.filter(pa.array(kept))
    found = copresence.trace(
        stays,
        city.cases,
        city.places,
        minutes=minutes,
        degrees=1,
        include_cases=True,
        thresholds=thresholds,
        engine="sweep",
    )
    pairs = set(zip(found["person_id"].to_pylist(), found["source_person_id"].to_pylist(), strict=True))
    infected = {person for person, _ in city.pairs}
    contacts = {person for person, _ in pairs}
    return Score(
        minutes=minutes,
        missing=missing,
        what=what,
        true_pairs=len(city.pairs),
        found_pairs=len(city.pairs & pairs),
        contacts=len(contacts),
        infected_contacts=len(contacts & infected),
        cases=city.cases.num_rows,
    )


def curve(city: City, minutes: Iterable[float], thresholds: Mapping[str, float | None]) -> list[Score]:
    """The score by least time, with nothing missing."""
    return [score(city, minutes=least, thresholds=thresholds) for least in minutes]
