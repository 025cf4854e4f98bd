"""The reference outbreak's contacts come out of its stays by the plain rule, written here once more and naively."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chainbreak.epi.case import infectious_window
from chainbreak.epi.rulepack import load
from chainbreak.jobs.reference.files import write_csv
from chainbreak.jobs.reference.investigation import classifications, linelist, links, places, stays
from chainbreak.jobs.reference.outbreak import SEED, Reference

FIFTEEN = timedelta(minutes=15)
CLOSE = {1: 150, 2: 120, 3: 110, 4: 90, 5: 80, 6: 70, 7: 60, 8: 50, 9: 40, 10: 30, 11: 20, 12: 10}


@pytest.fixture(scope="module")
def reference():
    return Reference(SEED)


@pytest.fixture(scope="module")
def read(reference, tmp_path_factory):
    """The files as anybody would read them."""
    folder = tmp_path_factory.mktemp("reference")
    rows = {
        "linelist": linelist(reference.cast, range(1, 14)),
        "classifications": classifications(),
        "links": links(),
        "places": places(reference.meetings),
        "stays": stays(reference.meetings),
        "admissions": reference.admissions.rows(),
    }

    def one(name):
        path = folder / f"{name}.csv"
        if not path.exists():
            write_csv(path, rows[name])
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return one


@pytest.fixture(scope="module")
def traced(read):
    """(close contacts by case, contacts of contacts by contact), person numbers, by brute force."""
    pack = load("covid19-cn-v8")
    kinds = {row["place_id"]: row["kind"] for row in read("places")}
    here, mine = defaultdict(list), defaultdict(list)
    for row in read("stays"):
        here[row["place_id"]].append((row["person_id"], when(row["arrived_at"]), when(row["left_at"])))
        mine[row["person_id"]].append((row["place_id"], when(row["arrived_at"]), when(row["left_at"])))
    later = {row["case_id"]: row["classification"] for row in read("classifications")}
    windows, counted, chain = {}, {}, {}
    for row in read("linelist"):
        window = infectious_window(
            pack,
            case_class=later.get(row["case_id"], row["classification"]),
            onset_date=when(row["onset_date"]).date() if row["onset_date"] else None,
            first_positive_sample_at=when(row["sampled_at"]),
            isolated_at=when(row["isolated_at"]),
        )
        windows[row["person_id"]] = (window.from_at, window.until)
        counted[row["person_id"]] = row["under_control"] == "true"
        chain[row["person_id"]] = row["case_id"]

    def met(source, start, end):
        """person -> (first instant, last instant) of those long enough with somebody between two instants."""
        together, first, last = defaultdict(timedelta), {}, {}
        for place, arrived, left in mine[source]:
            for other, came, went in here[place] if kinds[place] != "square" else ():
                begin, until = max(arrived, came, start), min(left, went, end)
                if source != other and begin < until:
                    together[other] += 10 * FIFTEEN if kinds[place] == "household" else until - begin
                    first[other] = min(first.get(other, begin), begin)
                    last[other] = max(last.get(other, until), until)
        return {p: (first[p], last[p]) for p, length in together.items() if length >= FIFTEEN}

    degree1, since, until1 = defaultdict(dict), {}, {}
    for case, (start, end) in windows.items():
        for person, (first, last) in met(case, start, end).items():
            if person in windows and not counted[person]:
                continue
            degree1[chain[case]][person] = last
            since[person] = min(since.get(person, first), first)
            until1[person] = max(until1.get(person, last), last)
    controls = {}
    for row in read("admissions"):
        controls.setdefault(row["person_id"], when(row["admitted_at"]))
    degree2 = defaultdict(dict)
    far = when("2022-04-01T00:00:00+08:00")
    close = {p for found in degree1.values() for p in found}
    for contact in sorted(close):
        for person, (_, last) in met(contact, since[contact], controls.get(contact, far)).items():
            if person not in close and person not in windows:
                degree2[contact][person] = last
    return degree1, degree2


def when(text):
    return datetime.fromisoformat(text)


def test_every_case_has_its_close_contacts_and_nobody_is_shared(traced):
    degree1, _ = traced
    assert {case: len(found) for case, found in degree1.items()} == {
        **{f"LY-{n}": count for n, count in CLOSE.items()},
        "ZL-1": 21,
    }
    assert max(Counter(p for found in degree1.values() for p in found).values()) == 1


def test_nine_cases_are_contacts_of_those_who_infected_them(traced, read):
    degree1, _ = traced
    numbers = {row["case_id"]: row["person_id"] for row in read("linelist")}
    infector = {row["to_id"]: row["from_id"] for row in read("links")}
    found = {numbers[case]: source for source, people in degree1.items() for case in numbers if numbers[case] in people}
    assert found == {numbers[f"LY-{n}"]: infector[f"LY-{n}"] for n in (3, 4, 6, 7, 8, 9, 10, 11, 12)}


def test_contacts_of_contacts_are_seven_each_and_six_for_four(traced):
    degree1, degree2 = traced
    local = {p for case, found in degree1.items() if case != "ZL-1" for p in found}
    sizes = Counter(len(degree2[p]) for p in local)
    assert sizes == {7: 826, 6: 4}
    assert len({p for contact in local for p in degree2[contact]}) == 5806
    assert sum(len(found) for contact, found in degree2.items() if contact not in local) == 64
    assert max(Counter(p for found in degree2.values() for p in found).values()) == 1


def test_the_last_exposures_told_at_admission_are_those_of_the_stays(traced, read):
    degree1, degree2 = traced
    last = {p: at for found in (*degree1.values(), *degree2.values()) for p, at in found.items()}
    told = {r["person_id"]: when(r["anchor_at"]) for r in read("admissions") if r["anchor_at"]}
    assert len(told) == 830 - 9 + 5806 + 85 - 49 - 183 + 5
    assert [p for p, at in told.items() if last[p] != at] == []


def test_nobody_is_at_two_places_at_once(read):
    mine = defaultdict(list)
    for row in read("stays"):
        mine[row["person_id"]].append((when(row["arrived_at"]), when(row["left_at"])))
    last = {row["stay_id"]: row for row in read("admissions")}
    for row in last.values():
        if row["kind"] != "home_monitoring":
            mine[row["person_id"]].append(
                (when(row["admitted_at"]), when(row["ended_at"] or "2022-12-31T00:00:00+08:00"))
            )
    overlapping = [
        person for person, spans in mine.items() if any(end > start for (_, end), (start, _) in pairwise(sorted(spans)))
    ]
    assert overlapping == []
    assert all(start < end for spans in mine.values() for start, end in spans)


def test_people_who_passed_by_are_near_a_case_and_no_contacts(traced, reference, read):
    degree1, degree2 = traced
    contacts = {p for found in (*degree1.values(), *degree2.values()) for p in found}
    passers = {p.number for p in reference.cast.passers}
    seen = {row["person_id"] for row in read("stays")}
    assert len(passers) == 66
    assert passers <= seen
    assert not passers & contacts
