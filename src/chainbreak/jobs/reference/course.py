"""What became of them (转归): who is in a facility, at home, waiting, released or elsewhere, and from when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from .areas import LINYING
from .cases import CASES, LISTINGS, ZL
from .cast import BAND1, ELSEWHERE, REFERRED_DEGREE1, Cast, Person
from .clock import AS_OF, HOUR, MINUTE, at, march_day

RELEASED = 2_310
HOME_MONITORING = 500
HOME = {1: 20, 2: 15}
HOME_REASONS = ["age_mobility"] * 12 + ["illness"] * 9 + ["young_child"] * 14
REFERRED_DEGREE2 = 38
AWAITING = 183
AWAITING_LONG = 40
SECOND_LISTING = at(28, 12, 20)  # names that contacts of cases 10 and 11 gave only on the second asking
BAND2_ARRIVALS = 120


def run(cast: Cast, seed: int) -> None:
    """Give everybody a fate and its times."""
    pick = Random(f"{seed}:course")
    for n, person in cast.cases.items():
        _case(person, n)
    _referred(cast, pick)
    _awaiting(cast)
    _early(cast, pick)
    _at_home(cast, pick)
    for person in (*cast.contacts1, *cast.contacts2, *cast.zl1, *cast.zl2):
        person.fate = person.fate or "in_facility"
        _listed(person, pick)
    for person in (*cast.contacts1, *cast.contacts2):
        _admitted(person, pick)
    for person in (*cast.zl1, *cast.zl2):
        person.admitted_at = LISTINGS[ZL].buses
    _arrivals(cast, pick)


def _case(person: Person, n: int) -> None:
    case = CASES[n]
    person.fate = "case"
    person.admitted_at = case.control_at
    if case.under_control and n != ZL:
        person.identified_at = case.control_at - 3 * HOUR
        person.located_at = case.control_at - 2 * HOUR
        person.notified_at = case.control_at - HOUR


def _referred(cast: Cast, pick: Random) -> None:
    """Eleven close contacts who went home elsewhere with some of their own contacts; and seven more of case 3's."""
    away = [p for p in cast.contacts1 if p.chain in (4, 6, 7)]
    away = sorted(pick.sample(away, REFERRED_DEGREE1), key=lambda p: p.number)
    left = REFERRED_DEGREE2 - len(cast.cases[3].met)
    for i, person in enumerate(away):
        take = left // (len(away) - i)
        left -= take
        for one in (person, *person.met[:take]):
            one.fate, one.area = "referred", ELSEWHERE[i]
    for i, person in enumerate(cast.cases[3].met):
        person.fate, person.area = "referred", ELSEWHERE[-1] if i < 2 else ELSEWHERE[i - 2]


def _awaiting(cast: Cast) -> None:
    """Who had no bed yet: the contacts' contacts of cases 12, 11 and 10, the last to be listed."""
    last = [p for p in cast.contacts2 if p.chain == 12 and p.source and p.source.case is None]
    others = [p for p in cast.contacts2 if p.chain in (10, 11) and p.source and p.source.case is None]
    for person in (*last, *others[: AWAITING - len(last)]):
        person.fate = "awaiting"
    for person in others[AWAITING_LONG : AWAITING - len(last)]:
        person.identified_at = SECOND_LISTING + (int(person.number[1:]) % 90) * MINUTE


def _early(cast: Cast, pick: Random) -> None:
    """Seven days after 20 March were over on 27 March at 24:00: released, or watched at home from then on."""
    early = [p for p in cast.contacts2 if p.early]
    watched = {p.number for p in pick.sample(early, HOME_MONITORING)}
    for person in early:
        person.fate = "home_monitoring" if person.number in watched else "released"


def _at_home(cast: Cast, pick: Random) -> None:
    reasons = HOME_REASONS.copy()
    pick.shuffle(reasons)
    ones = [p for p in cast.contacts1 if not p.fate and not p.early and (p.chain or 0) <= 9]
    twos = [p for p in cast.contacts2 if not p.fate and (p.chain or 0) <= 9 and p.source and p.source.case is None]
    chosen = pick.sample(ones, HOME[1]) + pick.sample(twos, HOME[2])
    carers = iter(cast.carers)
    children = []
    for person, reason in zip(chosen, reasons, strict=True):
        person.fate, person.home_reason = "at_home", reason
        if reason == "age_mobility":
            person.birth_date = date(pick.randrange(1930, 1942), person.birth_date.month, 1)
        if reason == "young_child":
            children.append(person)
        else:
            person.carer = next(carers)
    half = len(children) // 2
    for child, parent in zip(children[:half], children[half:], strict=True):
        child.birth_date = date(pick.randrange(2012, 2020), child.birth_date.month, 1)
        parent.birth_date = date(pick.randrange(1980, 1992), parent.birth_date.month, 1)
        child.carer, child.area, parent.area = parent, LINYING, LINYING


def _listed(person: Person, pick: Random) -> None:
    """Known, found, told: one after the other within two hours."""
    listing = LISTINGS[person.chain or 0]
    if person.identified_at is None:
        person.identified_at = listing.degree1
    if person.fate != "referred":
        person.located_at = person.identified_at + pick.randrange(10, 40) * MINUTE
        person.notified_at = person.located_at + pick.randrange(10, 50) * MINUTE


def _admitted(person: Person, pick: Random) -> None:
    """By bus at the half hour; at home as soon as told."""
    if person.fate in ("referred", "awaiting") or person.notified_at is None:
        return
    if person.fate == "at_home":
        person.admitted_at = person.notified_at + HOUR
        return
    listing = LISTINGS[person.chain or 0]
    first = max(listing.buses, person.notified_at + 20 * MINUTE)
    slots = max(1, int((listing.last_bus - first) / (30 * MINUTE)) + 1)
    slot = first + 30 * pick.randrange(slots) * MINUTE
    person.admitted_at = slot + timedelta(minutes=-slot.minute % 30)


def _arrivals(cast: Cast, pick: Random) -> None:
    """Arrivals go into a facility on the day they come: the band of 17 March from places at risk, then everybody."""
    for i, person in enumerate(cast.arrivals):
        band2 = i < BAND2_ARRIVALS
        day = pick.randrange(17, 24) if band2 else pick.randrange(24, 28)
        hour = pick.randrange(13, 20) if day == 27 else pick.randrange(7, 13)
        person.identified_at = at(day, hour, pick.randrange(60))
        person.admitted_at = person.identified_at + pick.randrange(90, 180) * MINUTE
        person.fate = "arrival_band2" if band2 else "arrival_band3"
        if day == 27:
            person.area = pick.choice(ELSEWHERE)
    for i, person in enumerate(cast.band1):
        person.identified_at = at(10 + i * 7 // BAND1, pick.randrange(8, 18), pick.randrange(60))
        person.admitted_at = person.identified_at + pick.randrange(30, 90) * MINUTE
        person.fate = "band1"


def ends_at(person: Person) -> datetime | None:
    """When a stay in a facility ended, for those whose days were served by the bulletin's instant."""
    if person.fate in ("released", "home_monitoring"):
        return at(27, 24)
    last = person.last_exposure_at
    if person.fate == "in_facility" and person.role == "contact2" and last is not None and march_day(last) == 21:
        return AS_OF
    return None
