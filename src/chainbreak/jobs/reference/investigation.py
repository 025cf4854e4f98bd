"""What the investigators hand in (流调): line list, classes, links, relations, genomes, decisions, what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from .cases import CASES, LISTINGS, ZL
from .cast import Cast, Person
from .clock import HOUR, MINUTE, at
from .meetings import Meetings

UNASSIGNED_AREA = "411199"  # no area has this code, so no such identity number belongs to anybody
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity_number(born: date, serial: int) -> str:
    """A number in the form of GB 11643 with an area that does not exist.

    >>> identity_number(date(1978, 5, 12), 1)
    '411199197805120013'
    """
    body = f"{UNASSIGNED_AREA}{born:%Y%m%d}{serial:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def people(cast: Cast) -> Iterator[dict[str, object]]:
    """The people file with names: everybody with a part."""
    serials: dict[tuple[date, str], int] = {}
    for person in cast.everybody:
        key = (person.birth_date, person.sex)
        serials[key] = serials.get(key, -1) + 1
        yield {
            "person_id": person.number,
            "name": person.name,
            "id_number": identity_number(person.birth_date, 2 * serials[key] + (person.sex == "M")),
            "sex": person.sex,
            "birth_year": person.birth_date.year,
            "area_code": person.area,
            "away": False,
        }


def places(meetings: Meetings) -> Iterator[dict[str, object]]:
    """The places file."""
    for place in meetings.places:
        yield {
            "place_id": place.number,
            "kind": place.kind,
            "name": place.name,
            "area_code": place.area,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "indoor": place.kind != "square",
        }


def stays(meetings: Meetings) -> Iterator[dict[str, object]]:
    """The stays file: the trajectories."""
    for i, stay in enumerate(meetings.stays, 1):
        yield {
            "stay_id": f"W{i:06d}",
            "person_id": stay.person.number,
            "place_id": stay.place.number,
            "arrived_at": stay.arrived_at,
            "left_at": stay.left_at,
            "evidence": stay.evidence,
            "certainty": "certain",
            "recorded_at": stay.recorded_at,
        }


def linelist(cast: Cast, numbers: Iterable[int]) -> Iterator[dict[str, object]]:
    """The line list of an outbreak, with the class first given."""
    for n in numbers:
        case, person = CASES[n], cast.cases[n]
        yield {
            "case_id": case.key,
            "person_id": person.number,
            "case_number": 1 if n == ZL else n,
            "name": person.name,
            "sex": case.sex,
            "birth_date": case.birth_date,
            "classification": case.classification,
            "onset_date": case.onset_date,
            "sampled_at": case.sampled_at,
            "reported_at": case.reported_at,
            "reported_in": case.reported_in,
            "discovery_route": case.discovery_route,
            "under_control": case.under_control,
            "origin": case.origin,
            "source_status": "known" if case.infector or n == ZL else "unknown",
            "trajectory_status": "mostly_clear" if n == ZL else "clear",
            "isolated_at": case.control_at,
            "hospital": "样例定点医院",
            "recorded_at": case.reported_at,
        }


def classifications() -> Iterator[dict[str, object]]:
    """Classes given later."""
    for case in CASES.values():
        if case.confirmed_at:
            yield {
                "case_id": case.key,
                "classification": "confirmed",
                "valid_from": case.confirmed_at,
                "basis": "CT and symptoms",
                "outbreak": "LY",
                "recorded_at": case.confirmed_at + 20 * MINUTE,
            }


def links() -> Iterator[dict[str, object]]:
    """The contacts file between cases: who infected whom."""
    for n, case in CASES.items():
        if case.infector:
            yield {
                "from_id": CASES[case.infector].key,
                "to_id": case.key,
                "state": "accepted",
                "setting": case.setting,
                "relation": "mother and daughter" if n == 12 else "",
                "confidence": "final" if n <= 6 else "preliminary",
                "recorded_at": case.reported_at + 2 * HOUR,
            }


def relations() -> Iterator[dict[str, object]]:
    """How cases are related, with the wording that may be published."""
    told = CASES[12].reported_at + 3 * HOUR
    yield {
        "case_id": "LY-12",
        "other_id": "LY-8",
        "relation": "daughter",
        "wording_zh": "为病例8的女儿",
        "wording_en": "daughter of case 8",
        "wording_approved_at": told + HOUR,
        "outbreak": "LY",
        "recorded_at": told + HOUR + MINUTE,
    }


def genomes() -> Iterator[dict[str, object]]:
    """Sequences of the first three cases."""
    for n, distance in ((1, 0), (2, 0), (3, 1)):
        requested = CASES[n].reported_at + 4 * HOUR
        reported = requested + 46 * HOUR
        yield {
            "case_id": CASES[n].key,
            "laboratory": "样例省疾控测序室",
            "requested_at": requested,
            "received_at": requested + 5 * HOUR,
            "reported_at": reported,
            "lineage": "Omicron",
            "coverage": 0.994 - n / 1000,
            "distance": distance,
            "conclusion": "same_chain",
            "outbreak": "LY",
            "recorded_at": reported + 10 * MINUTE,
        }


def link_assessments() -> Iterator[dict[str, object]]:
    """ZL-1 against the chain of Linying."""
    yield {
        "case_id": "ZL-1",
        "outbreak": "LY",
        "result": "not_linked",
        "basis": "history",
        "confidence": "preliminary",
        "valid_from": at(26, 20),
        "recorded_at": at(26, 20, 10),
    }


def determinations(cast: Cast) -> Iterator[dict[str, object]]:
    """In a shop the rules only ask: the investigators found that cases 5 and 8 stood at one counter."""
    yield {
        "person_id": cast.cases[8].number,
        "decision": "confirmed",
        "degree": 1,
        "source_id": cast.cases[5].number,
        "last_exposure_at": at(20, 10, 40),
        "basis": "same counter for 40 minutes, no masks",
        "valid_from": LISTINGS[5].degree1,
        "outbreak": "LY",
        "recorded_at": LISTINGS[5].degree1 + 20 * MINUTE,
    }


def contact_events(cast: Cast) -> Iterator[dict[str, object]]:
    """Found, and told."""
    everybody = (*cast.cases.values(), *cast.contacts1, *cast.contacts2, *cast.zl1, *cast.zl2)
    for person in everybody:
        for kind, when in (("located", person.located_at), ("notified", person.notified_at)):
            if when is not None:
                yield {
                    "person_id": person.number,
                    "kind": kind,
                    "at": when,
                    "outbreak": _outbreak(person),
                    "recorded_at": when + 3 * MINUTE,
                }


def _outbreak(person: Person) -> str:
    return "ZL" if person.chain == ZL else "LY"
