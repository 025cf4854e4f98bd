"""Who is in it (人物): every person with a part in the outbreak, by number; the rest of the city is `residents`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from . import areas
from .cases import CASES, CHILDREN, CONTACTS, LINYING_CASES, ZL

FOUR_WITH_SIX = 4
PASSERS = 66
CARERS = 21
ARRIVALS = 256
BAND1 = 30
REFERRED_DEGREE1 = 11
ELSEWHERE = (
    "411000", "411600", "411700", "411300", "410400", "410100", "410200", "411400", "411500", "340100", "420100",
    "320100",
)  # fmt: skip


@dataclass
class Person:
    """One human being with a part: what the files say of them is filled in by `meetings` and `course`."""

    number: str
    role: str  # case, contact1, contact2, arrival, band1, passer, carer
    area: str
    sex: str
    birth_date: date
    chain: int | None = None  # the case at whose end they stand
    source: Person | None = None  # whom a contact of a contact met
    early: bool = False  # met the contact on 20 March at the latest
    fate: str = ""
    identified_at: datetime | None = None
    located_at: datetime | None = None
    notified_at: datetime | None = None
    admitted_at: datetime | None = None
    last_exposure_at: datetime | None = None
    home_reason: str = ""
    carer: Person | None = None
    met: list[Person] = field(default_factory=list)

    @property
    def resident(self) -> bool:
        """Whether the city counts them as its own."""
        return self.area[:4] == areas.CITY[:4]

    @property
    def case(self) -> int | None:
        """The number of the case that this person is, or None."""
        return self.chain if self.role == "case" else None

    @property
    def name(self) -> str:
        """An obviously artificial name, 样例 and a number."""
        return f"样例{int(self.number[1:]):02d}" if self.role == "case" else f"样例{int(self.number[1:]):04d}"


class Cast:
    """Everybody with a part. Cases have the numbers 1 to 13."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed}:cast")
        self._towns = areas.townships()
        self.everybody: list[Person] = []
        self.cases = {n: self._case(n) for n in CASES}
        self.contacts1 = [p for n in LINYING_CASES for p in self._contacts1(n)]
        self.contacts2 = self._contacts2()
        self.zl1 = [self._new("contact1", chain=ZL, area=areas.ZHAOLING) for _ in range(21)]
        self.zl2 = [
            self._new("contact2", chain=ZL, area=areas.ZHAOLING, source=source)
            for i, source in enumerate(self.zl1)
            for _ in range(4 if i == 0 else 3)
        ]
        self.arrivals = [self._new("arrival") for _ in range(ARRIVALS)]
        self.band1 = [self._new("band1", area=self._random.choice(ELSEWHERE)) for _ in range(BAND1)]
        self.passers = [self._new("passer") for _ in range(PASSERS)]
        self.carers = [self._new("carer") for _ in range(CARERS)]

    def contacts1_of(self, case: int) -> list[Person]:
        """The close contacts of a case who did not become cases themselves."""
        return [p for p in (*self.contacts1, *self.zl1) if p.chain == case]

    def _case(self, n: int) -> Person:
        person = self._new("case", chain=n, area=CASES[n].reported_in)
        person.sex, person.birth_date = CASES[n].sex, CASES[n].birth_date
        return person

    def _contacts1(self, case: int) -> list[Person]:
        return [self._new("contact1", chain=case) for _ in range(CONTACTS[case] - len(counted_children(case)))]

    def _contacts2(self) -> list[Person]:
        sources = [
            *self.contacts1,
            *(p for n, p in self.cases.items() if n in LINYING_CASES and CASES[n].under_control),
        ]
        six = {p.number for p in self.contacts1[:FOUR_WITH_SIX]}
        made = []
        for source in sources:
            for _ in range(6 if source.number in six else 7):
                made.append(self._new("contact2", chain=source.chain, source=source))
        return made

    def _new(
        self, role: str, *, chain: int | None = None, area: str | None = None, source: Person | None = None
    ) -> Person:
        pick = self._random
        county = area or pick.choices(list(areas.SAMPLED), [88, 2, 3, 3, 2, 1, 1])[0]
        town = pick.choice(self._towns[county]) if county in self._towns else county
        born = date(1947, 1, 1) + timedelta(days=pick.randrange(57 * 365))
        person = Person(
            f"P{len(self.everybody) + 1:07d}", role, town, pick.choice("FM"), born, chain=chain, source=source
        )
        self.everybody.append(person)
        if source is not None:
            source.met.append(person)
        return person


def counted_children(case: int) -> list[int]:
    """The cases a case infected who count among its contacts: those found under control."""
    return [n for n in CHILDREN[case] if CASES[n].under_control]
