"""The thirteen cases (病例), and the gatherings at which they met their contacts."""

from dataclasses import dataclass
from datetime import date, datetime

from .areas import LINYING, ZHAOLING
from .clock import at, on


@dataclass(frozen=True)
class CaseFile:
    """One case as the county reports it. `control_at`: into a facility, or, if found outside, into isolation."""

    key: str
    classification: str
    sex: str
    birth_date: date
    onset_date: date | None
    sampled_at: datetime
    reported_at: datetime
    control_at: datetime
    hospital_at: datetime
    discovery_route: str
    under_control: bool
    infector: int | None = None
    setting: str = ""
    confirmed_at: datetime | None = None
    origin: str = "local"
    reported_in: str = LINYING
    reason: str = "contact1"  # for which the person came into the facility


@dataclass(frozen=True)
class Gathering:
    """One occasion: a case and so many others at one place; `early`: their own meetings were on 20 March."""

    kind: str
    start: datetime
    minutes: int
    people: int
    early: bool = False


CASES = {
    1: CaseFile("LY-1", "confirmed", "M", date(1978, 5, 12), on(17), at(24, 1, 20), at(24, 5, 30), at(24, 6, 30), at(24, 6, 30), "fever_clinic", False),
    2: CaseFile("LY-2", "asymptomatic", "F", date(1981, 9, 3), on(20), at(24, 7, 30), at(24, 11, 30), at(24, 12, 30), at(24, 12, 30), "zone_screening", False, 1, "household", at(26, 16)),
    3: CaseFile("LY-3", "confirmed", "M", date(1975, 2, 20), on(21), at(25, 7, 40), at(25, 11), at(24, 15), at(25, 12, 30), "facility", True, 1, "same_room_work_or_class"),
    4: CaseFile("LY-4", "asymptomatic", "F", date(1990, 7, 8), None, at(25, 7, 50), at(25, 11, 20), at(24, 16, 30), at(25, 13), "facility", True, 2, "shared_meal_or_fun"),
    5: CaseFile("LY-5", "confirmed", "M", date(1984, 11, 30), on(20), at(25, 1, 10), at(25, 5, 40), at(25, 6, 30), at(25, 6, 30), "mass_round", False, 1, "shared_meal_or_fun"),
    6: CaseFile("LY-6", "asymptomatic", "F", date(1977, 4, 17), None, at(25, 8, 0), at(25, 11, 40), at(24, 20), at(25, 13, 20), "facility", True, 3, "household", reason="contact2"),
    7: CaseFile("LY-7", "asymptomatic", "M", date(1988, 1, 25), None, at(26, 7, 30), at(26, 10), at(25, 11), at(26, 11, 30), "facility", True, 5, "same_room_work_or_class"),
    8: CaseFile("LY-8", "confirmed", "F", date(1985, 6, 14), on(25), at(26, 7, 40), at(26, 10, 10), at(25, 10, 30), at(26, 11, 40), "facility", True, 5, "investigator_judgement"),
    9: CaseFile("LY-9", "asymptomatic", "F", date(1986, 12, 1), None, at(26, 7, 50), at(26, 10, 20), at(25, 10), at(26, 11, 50), "facility", True, 5, "household"),
    10: CaseFile("LY-10", "asymptomatic", "F", date(1989, 3, 9), None, at(27, 7, 30), at(27, 12, 40), at(25, 18), at(27, 14), "facility", True, 7, "household", reason="contact2"),
    11: CaseFile("LY-11", "asymptomatic", "M", date(1987, 8, 22), None, at(27, 7, 40), at(27, 12, 50), at(25, 20), at(27, 14, 20), "facility", True, 4, "household", reason="contact2"),
    12: CaseFile("LY-12", "asymptomatic", "F", date(2013, 10, 5), None, at(28, 7, 30), at(28, 11, 30), at(26, 17, 30), at(28, 12, 40), "facility", True, 8, "household", reason="contact2"),
    13: CaseFile("ZL-1", "asymptomatic", "M", date(1979, 10, 19), None, at(26, 7, 10), at(26, 10, 40), at(25, 18), at(26, 12), "arrival", True, origin="imported_domestic", reported_in=ZHAOLING, reason="arrival"),
}  # fmt: skip

LINYING_CASES = range(1, 13)
ZL = 13
CONTACTS = {1: 150, 2: 120, 3: 110, 4: 90, 5: 80, 6: 70, 7: 60, 8: 50, 9: 40, 10: 30, 11: 20, 12: 10}
CHILDREN = {n: [m for m, c in CASES.items() if c.infector == n] for n in CASES}

GATHERINGS = {
    1: [
        Gathering("workshop", at(16, 8, 30), 150, 30, True), Gathering("workshop", at(17, 8, 30), 150, 25, True),
        Gathering("canteen", at(18, 12), 50, 24, True), Gathering("card_room", at(18, 18), 120, 8, True),
        Gathering("restaurant", at(19, 12), 80, 20, True), Gathering("restaurant", at(20, 11, 30), 120, 42, True),
    ],
    2: [
        Gathering("classroom", at(18, 14), 100, 35, True), Gathering("restaurant", at(19, 11, 30), 110, 44, True),
        Gathering("training_centre", at(20, 9), 120, 40, True),
    ],
    3: [
        Gathering("office", at(19, 9), 150, 28, True), Gathering("restaurant", at(19, 17, 30), 100, 20, True),
        Gathering("canteen", at(20, 12), 50, 32, True), Gathering("office", at(22, 9), 170, 29),
    ],
    4: [
        Gathering("workplace", at(23, 16), 110, 30), Gathering("restaurant", at(23, 18, 30), 120, 29),
        Gathering("workplace", at(24, 8, 30), 180, 30),
    ],
    5: [
        Gathering("workshop", at(18, 9), 150, 20, True), Gathering("restaurant", at(19, 11, 40), 90, 18, True),
        Gathering("card_room", at(20, 13, 30), 120, 16, True), Gathering("cafe", at(21, 14), 90, 2),
        Gathering("workshop", at(23, 9), 160, 21),
    ],
    6: [
        Gathering("cafe", at(23, 17), 80, 25), Gathering("office", at(24, 8, 30), 170, 25),
        Gathering("office", at(24, 14), 120, 20),
    ],
    7: [
        Gathering("factory", at(24, 9), 170, 24), Gathering("factory", at(24, 14), 160, 20),
        Gathering("canteen", at(25, 8), 60, 15),
    ],
    8: [Gathering("workplace", at(23, 9), 170, 25), Gathering("workplace", at(24, 9), 170, 24)],
    9: [Gathering("classroom", at(24, 9), 100, 20), Gathering("classroom", at(24, 15), 90, 20)],
    10: [Gathering("office", at(25, 9), 120, 16), Gathering("office", at(25, 14), 110, 14)],
    11: [Gathering("workshop", at(25, 10), 120, 20)],
    12: [Gathering("training_centre", at(26, 9, 30), 120, 10)],
    ZL: [Gathering("cafe", at(25, 12), 50, 9), Gathering("restaurant", at(25, 15), 70, 12)],
}  # fmt: skip

# The case that infected meets the one infected: kind of place, from, until; nobody else is there.
# A household's nights stand in `NIGHTS`.
PAIRS = [
    (1, 3, "office", at(16, 15), at(16, 16, 30)),
    (2, 4, "restaurant", at(19, 18, 30), at(19, 20)),
    (1, 5, "restaurant", at(16, 18), at(16, 19, 30)),
    (5, 7, "workplace", at(21, 9), at(21, 11)),
    (5, 8, "shop", at(20, 10), at(20, 10, 40)),
]

# (case, housemate, first and last night): together from 20:00 to 06:30.
NIGHTS = [(1, 2, 15, 23), (3, 6, 19, 21), (5, 9, 18, 22), (8, 12, 23, 24)]
EVENINGS = [(7, 10, at(24, 18, 30), at(24, 21)), (4, 11, at(23, 21, 30), at(24, 7, 30))]

# When a contact who became a case met the seven contacts of a contact: after the first exposure, before the own window.
BEFORE = {
    3: at(17, 18, 30), 4: at(22, 18, 30), 6: at(22, 12, 10), 7: at(23, 18, 30), 8: at(22, 18, 20), 9: at(23, 18, 10),
    10: at(24, 21, 30), 11: at(24, 18), 12: at(25, 16),
}  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """When the contacts of a case became known: the case's interview, the contacts', and the buses from then on."""

    degree1: datetime
    degree2: datetime
    buses: datetime
    last_bus: datetime
    meeting: datetime  # when degree 1 met degree 2, unless early


LISTINGS = {
    1: Listing(at(24, 8), at(24, 10), at(24, 14), at(24, 22, 30), at(20, 18, 30)),
    2: Listing(at(24, 12, 30), at(24, 14), at(24, 17), at(24, 23), at(20, 18, 30)),
    3: Listing(at(25, 12, 30), at(25, 14), at(25, 17), at(25, 23), at(23, 18, 30)),
    4: Listing(at(25, 12, 30), at(25, 14), at(25, 17), at(25, 23), at(24, 18, 30)),
    5: Listing(at(25, 7), at(25, 8, 30), at(25, 12), at(25, 18), at(23, 18, 30)),
    6: Listing(at(25, 12, 30), at(25, 14), at(25, 17), at(25, 23), at(24, 18, 30)),
    7: Listing(at(26, 10, 40), at(26, 11, 30), at(26, 14), at(26, 17), at(25, 18, 30)),
    8: Listing(at(26, 10, 40), at(26, 11, 30), at(26, 14), at(26, 17), at(25, 18, 30)),
    9: Listing(at(26, 10, 50), at(26, 11, 30), at(26, 14), at(26, 17), at(25, 18, 30)),
    10: Listing(at(27, 13, 10), at(27, 14), at(27, 17), at(27, 23), at(26, 18, 30)),
    11: Listing(at(27, 13, 10), at(27, 14), at(27, 17), at(27, 23), at(26, 18, 30)),
    12: Listing(at(28, 12, 10), at(28, 13), at(28, 16), at(28, 20), at(27, 18, 30)),
    ZL: Listing(at(26, 11), at(26, 11, 40), at(26, 16, 30), at(26, 16, 30), at(25, 19)),
}
