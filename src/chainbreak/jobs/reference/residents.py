"""The rest of the city (常住人口): everybody without a part in the outbreak, in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from . import areas
from .admissions import Admissions
from .cast import Cast, Person
from .clock import ROUND_START


@dataclass(frozen=True)
class Block:
    """Neighbours with consecutive numbers in one township, all at home or all away."""

    first: int
    count: int
    town: str
    away: bool


def excluded(admissions: Admissions) -> set[str]:
    """The numbers of those in quarantine or in hospital when the city round began."""
    return {
        one.person.number
        for one in admissions.all
        if one.start <= ROUND_START and (one.end is None or one.end > ROUND_START)
    }


def at_home(cast: Cast, admissions: Admissions) -> dict[str, list[Person]]:
    """Those with a part who were at home when the city round began, by jurisdiction."""
    inside = excluded(admissions)
    found: dict[str, list[Person]] = {code: [] for code in areas.SAMPLED}
    for person in cast.everybody:
        if person.resident and person.number not in inside:
            found[person.area[:6]].append(person)
    return found


def blocks(cast: Cast, admissions: Admissions) -> list[Block]:
    """The city's other residents: as many at home as were sampled, the others away."""
    known = Counter(person.area[:6] for person in cast.everybody if person.resident)
    home = at_home(cast, admissions)
    people = areas.populations()
    made: list[Block] = []
    first = len(cast.everybody) + 1
    for code, towns in areas.townships().items():
        for away, whole in (
            (False, areas.SAMPLED[code] - len(home[code])),
            (True, people[code] - known[code] - areas.SAMPLED[code] + len(home[code])),
        ):
            if whole < 0:
                raise ValueError(f"{code} must have residents enough for its round; {-whole} missing")
            for i, town in enumerate(towns):
                count = whole * (i + 1) // len(towns) - whole * i // len(towns)
                made.append(Block(first, count, town, away))
                first += count
    return made


def numbers(firsts: pa.Array) -> pa.Array:
    """Person numbers of integers: 17 is P0000017."""
    return pc.binary_join_element_wise("P", pc.utf8_lpad(pc.cast(firsts, pa.string()), 7, "0"), "")


def table(made: list[Block], seed: int) -> pa.Table:
    """The people file in bulk: number, area, sex, year of birth, away. Ages as in the census of 2020, by thirds."""
    return pa.concat_tables(_rows(made, seed))


def _rows(made: list[Block], seed: int) -> Iterator[pa.Table]:
    for i, block in enumerate(made):
        n = block.count
        yield pa.table(
            {
                "person_id": numbers(pa.array(range(block.first, block.first + n), pa.int32())),
                "area_code": pa.repeat(pa.scalar(block.town), n),
                "sex": pc.if_else(pc.less(pc.random(n, initializer=seed + 2 * i), 0.4986), "F", "M"),
                "birth_year": _birth_years(pc.random(n, initializer=seed + 2 * i + 1)),
                "away": pa.repeat(pa.scalar(block.away), n),
            }
        )


def _birth_years(share: pa.Array) -> pa.Array:
    """A fifth under 15, a fifth 60 and over, the others between: each evenly."""
    young = pc.subtract(2021.0, pc.multiply(share, 15 / 0.2034))
    middle = pc.subtract(2006.0, pc.multiply(pc.subtract(share, 0.2034), 45 / 0.5864))
    old = pc.subtract(1961.0, pc.multiply(pc.subtract(share, 0.7898), 32 / 0.2102))
    year = pc.if_else(pc.less(share, 0.2034), young, pc.if_else(pc.less(share, 0.7898), middle, old))
    return pc.cast(pc.floor(year), pa.int16())
