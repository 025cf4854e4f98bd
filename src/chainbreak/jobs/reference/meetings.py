"""Who was where (活动轨迹): the places, and the stays out of which the contacts come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from . import areas
from .cases import BEFORE, EVENINGS, GATHERINGS, LISTINGS, NIGHTS, PAIRS, ZL, Gathering
from .cast import Cast, Person
from .clock import MINUTE, at

NAMES = {
    "household": "样例住宅",
    "office": "样例办公室",
    "workplace": "样例单位",
    "workshop": "样例车间",
    "factory": "样例工厂",
    "classroom": "样例教室",
    "training_centre": "样例培训中心",
    "restaurant": "样例餐馆",
    "canteen": "样例食堂",
    "cafe": "样例茶馆",
    "card_room": "样例棋牌室",
    "shop": "样例商店",
    "square": "样例广场",
}
EVIDENCE = ("interview", "interview", "interview", "payment", "venue_scan", "camera")
MEETS_SECOND = ("restaurant", "office", "card_room", "household", "cafe")
MET_ON_21_MARCH = at(21, 18, 30)  # their seven days end exactly at the bulletin's instant


@dataclass(frozen=True)
class Place:
    """One made-up place."""

    number: str
    kind: str
    name: str
    area: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Stay:
    """One person at one place; half-open."""

    person: Person
    place: Place
    arrived_at: datetime
    left_at: datetime
    recorded_at: datetime
    evidence: str


class Meetings:
    """Every place and every stay."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self._cast = cast
        self._random = Random(f"{seed}:meetings")
        self.places: list[Place] = []
        self.stays: list[Stay] = []
        self._homes()
        self._pairs()
        self._gatherings()
        self._second_degree()
        self._passers()
        self._journey()

    def _homes(self) -> None:
        """The cases' homes. Two cases are there together only while the second one was not infectious yet."""
        for case, mate, first, last in NIGHTS:
            home = self._place("household", self._cast.cases[case].area)
            for day in range(first, last + 1):
                for n in (case, mate):
                    self._stay(self._cast.cases[n], home, at(day, 20, 30), at(day + 1, 6, 30), self._told(case))
        for case, mate, start, end in EVENINGS:
            home = self._place("household", self._cast.cases[case].area)
            for n in (case, mate):
                self._stay(self._cast.cases[n], home, start, end, self._told(case))

    def _pairs(self) -> None:
        for case, other, kind, start, end in PAIRS:
            place = self._place(kind, self._cast.cases[case].area)
            for n in (case, other):
                self._stay(self._cast.cases[n], place, start, end, self._told(case))

    def _gatherings(self) -> None:
        for case, gatherings in GATHERINGS.items():
            guests = iter(self._cast.contacts1_of(case))
            for gathering in gatherings:
                place = self._place(gathering.kind, self._cast.cases[case].area)
                end = gathering.start + gathering.minutes * MINUTE
                self._stay(self._cast.cases[case], place, gathering.start, end, self._told(case))
                for _ in range(gathering.people):
                    self._guest(next(guests), case, place, gathering)
            if next(guests, None) is not None:
                raise ValueError(f"the gatherings of case {case} must hold all its contacts")

    def _guest(self, guest: Person, case: int, place: Place, gathering: Gathering) -> None:
        """A contact stays a part of the time, at least 20 minutes; one in twelve comes twice for ten minutes."""
        guest.early = gathering.early
        pick, start = self._random, gathering.start
        told = self._told(case)
        if pick.random() < 1 / 12:
            parts = [(0, 10), (20, 30)]
        else:
            late = pick.randrange(0, gathering.minutes - 25)
            parts = [(late, pick.randrange(late + 20, gathering.minutes + 1))]
        for begin, end in parts:
            self._stay(guest, place, start + begin * MINUTE, start + end * MINUTE, told)
        guest.last_exposure_at = start + parts[-1][1] * MINUTE

    def _second_degree(self) -> None:
        """Each contact meets the own contacts once, at a place where nobody else is."""
        for source in (*self._cast.contacts1, *self._cast.cases.values(), *self._cast.zl1):
            if not source.met:
                continue
            listing = LISTINGS[source.chain or 0]
            start = listing.meeting
            if source.case is not None:
                start = BEFORE[source.case]
            elif source.early:
                start = LISTINGS[1].meeting
            elif source.last_exposure_at and source.last_exposure_at < MET_ON_21_MARCH:
                start = MET_ON_21_MARCH
            start += self._random.randrange(0, 20) * MINUTE
            place = self._place(self._random.choice(MEETS_SECOND), source.area)
            told = self._random_minutes(listing.degree2, 80)
            lengths = [self._random.randrange(40, 100) for _ in source.met]
            self._stay(source, place, start, start + max(lengths) * MINUTE, listing.degree2)
            for person, length in zip(source.met, lengths, strict=True):
                person.early = source.early
                person.identified_at = told
                person.last_exposure_at = start + length * MINUTE
                self._stay(person, place, start, person.last_exposure_at, told)

    def _passers(self) -> None:
        """People who were near case 1 or case 3 and are no contacts: too short a time, or in the street."""
        briefly, outside = self._cast.passers[:46], self._cast.passers[46:]
        shop = self._place("shop", self._cast.cases[1].area)
        start = at(17, 19)
        self._stay(self._cast.cases[1], shop, start, start + 75 * MINUTE, self._told(1))
        for i, person in enumerate(briefly):
            begin = start + (i % 12) * 5 * MINUTE
            length = 15 * MINUTE - timedelta(seconds=1) if i < 6 else self._random.randrange(3, 14) * MINUTE
            self._stay(person, shop, begin, begin + length, self._told(1))
        square = self._place("square", self._cast.cases[3].area)
        for person in (self._cast.cases[3], *outside):
            self._stay(person, square, at(19, 15, 30), at(19, 16, 30), self._told(3))

    def _journey(self) -> None:
        """ZL-1 came alone by car from another province and slept nowhere else in the city."""
        home = self._place("household", areas.ZHAOLING)
        self._stay(self._cast.cases[ZL], home, at(25, 16, 30), at(25, 18), self._told(ZL))

    def _told(self, case: int) -> datetime:
        return LISTINGS[case].degree1

    def _random_minutes(self, start: datetime, most: int) -> datetime:
        return start + self._random.randrange(most) * MINUTE

    def _place(self, kind: str, area: str) -> Place:
        latitude, longitude = areas.point(area, east=self._random.uniform(-1, 1), north=self._random.uniform(-1, 1))
        number = f"V{len(self.places) + 1:05d}"
        place = Place(number, kind, f"{NAMES[kind]}{len(self.places) + 1}", area, latitude, longitude)
        self.places.append(place)
        return place

    def _stay(self, person: Person, place: Place, start: datetime, end: datetime, recorded: datetime) -> None:
        told = max(recorded, end + MINUTE)
        self.stays.append(Stay(person, place, start, end, told, self._random.choice(EVIDENCE)))
