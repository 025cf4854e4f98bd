"""The reference outbreak's files add up to what was published."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from chainbreak.jobs.reference import SEED, write
from chainbreak.jobs.reference.outbreak import Reference

AS_OF = datetime.fromisoformat("2022-03-29T00:00:00+08:00")
ROUND = datetime.fromisoformat("2022-03-27T06:00:00+08:00")
SIZES = [412, 388, 356, 330, 310, 296, 280, 262, 250, 236, 214, 190, 160, 117, 90]
SAMPLED = {"411122": 520_000, "411121": 400_000, "411103": 360_000, "411104": 268_212, "411102": 250_000,
           "411171": 50_000, "411172": 30_000}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("reference")
    write(out)
    return out


@pytest.fixture(scope="module")
def read(folder):
    def rows(name):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        if name == "admissions":  # what was known last
            return list({row["stay_id"]: row for row in found}.values())
        return found

    return rows


def when(text):
    return datetime.fromisoformat(text)


def there(row, instant):
    return when(row["admitted_at"]) < instant and (not row["ended_at"] or when(row["ended_at"]) >= instant)


def test_the_manifest_names_every_file_but_the_two_that_no_import_takes(folder):
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
    named = [one["file"] for one in manifest["files"]]
    assert len(named) == len(set(named))
    rest = {path.name for path in folder.iterdir()} - set(named)
    assert rest == {"manifest.yaml", "README.md", "indicators.csv"}


def test_the_same_seed_writes_the_same_files_and_another_one_others(folder, tmp_path):
    write(tmp_path / "again")
    write(tmp_path / "other", seed=SEED + 1)
    first, again, other = (hashes(path) for path in (folder, tmp_path / "again", tmp_path / "other"))
    assert first == again
    assert first["stays.csv"] != other["stays.csv"]
    assert first["people.parquet"] != other["people.parquet"]


def hashes(path):
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in path.iterdir()}


def test_the_folder_stays_small(folder):
    assert sum(path.stat().st_size for path in folder.iterdir()) < 50_000_000


def test_there_are_as_many_residents_as_in_the_census(folder, read):
    bulk = pq.read_table(folder / "people.parquet", columns=["person_id", "area_code"])
    named = [row["person_id"] for row in read("people_named") if row["area_code"].startswith("4111")]
    assert bulk.num_rows + len(named) == 2_367_490
    assert pc.count_distinct(bulk["person_id"]).as_py() == bulk.num_rows
    assert not pc.any(pc.is_in(bulk["person_id"], value_set=pc.cast(named, "string"))).as_py()
    areas = {row["code"] for row in read("areas")}
    assert set(pc.unique(bulk["area_code"]).to_pylist()) <= areas


def test_facilities_hold_the_published_numbers(read):
    now = [row for row in read("admissions") if row["kind"] == "facility_quarantine" and there(row, AS_OF)]
    sizes = Counter(row["facility"] for row in now)
    assert [sizes[f"F{i:02d}"] for i in range(1, 16)] == SIZES
    assert len(now) == sum(SIZES) == 3891
    groups = Counter((row["outbreak"], row["reason"]) for row in now)
    assert groups == {
        ("LY", "contact1"): 790, ("LY", "contact2"): 2760, ("LY", "arrival"): 256, ("ZL", "contact1"): 21,
        ("ZL", "contact2"): 64,
    }  # fmt: skip


def test_a_stay_that_ends_at_the_instant_counts_and_one_that_begins_then_does_not(read):
    rows = [row for row in read("admissions") if row["kind"] == "facility_quarantine"]
    ending = [row for row in rows if row["ended_at"] and when(row["ended_at"]) == AS_OF]
    beginning = [row for row in rows if when(row["admitted_at"]) == AS_OF]
    assert (len(ending), len(beginning)) == (14, 5)
    assert all(there(row, AS_OF) for row in ending)
    assert not any(there(row, AS_OF) for row in beginning)


def test_the_contacts_fates_are_those_of_the_reconciliation(read):
    stays = defaultdict(list)
    for row in read("admissions"):
        if row["outbreak"] == "LY" and row["reason"] in ("contact1", "contact2"):
            stays[row["person_id"]].append(row)
    now = Counter((row["kind"], row["reason"]) for rows in stays.values() for row in rows if there(row, AS_OF))
    assert now == {
        ("facility_quarantine", "contact1"): 790, ("facility_quarantine", "contact2"): 2760,
        ("home_quarantine", "contact1"): 20, ("home_quarantine", "contact2"): 15, ("home_monitoring", "contact2"): 500,
    }  # fmt: skip
    gone = [rows for rows in stays.values() if not any(there(row, AS_OF) for row in rows)]
    last = Counter((rows[-1]["reason"], rows[-1]["outcome"]) for rows in gone)
    assert last[("contact2", "released")] == 2310
    assert last[("contact1", "to_hospital")] + last[("contact2", "to_hospital")] == 9
    told = {row["person_id"]: when(row["at"]) for row in read("contact_events") if row["kind"] == "notified"}
    waiting = [at for person, at in told.items() if not [r for r in stays[person] if when(r["admitted_at"]) < AS_OF]]
    waiting = [at for at in waiting if at < AS_OF]
    known = {row["person_id"] for row in read("admissions")}
    assert len([p for p in told if p not in known]) + 5 == 183
    assert sum(at < AS_OF - timedelta(hours=12) for p, at in told.items() if p not in known) == 40


def test_thirty_five_are_at_home_for_a_reason_and_with_a_carer(read):
    home = [row for row in read("admissions") if row["kind"] == "home_quarantine" and there(row, AS_OF)]
    assert Counter(row["home_reason"] for row in home) == {"age_mobility": 12, "illness": 9, "young_child": 14}
    born = {row["person_id"]: int(row["birth_year"]) for row in read("people_named")}
    children = [row for row in home if row["home_reason"] == "young_child" and born[row["person_id"]] >= 2008]
    assert len(children) == 7
    assert {row["carer_id"] for row in children} <= {row["person_id"] for row in home}


def test_nobody_leaves_before_the_days_are_served_or_long_after(read):
    for row in read("admissions"):
        if row["outcome"] == "released" or (row["outcome"] == "moved" and row["ended_at"].startswith("2022-03-28")):
            assert row["ended_at"] == row["planned_end_at"], row["stay_id"]
        elif there(row, AS_OF) and row["planned_end_at"]:
            assert when(row["planned_end_at"]) >= AS_OF, row["stay_id"]


def test_the_end_of_a_stay_is_told_in_a_later_version(folder):
    versions = defaultdict(list)
    with (folder / "admissions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            versions[row["stay_id"]].append(row)
    for rows in versions.values():
        assert not rows[0]["ended_at"]
        assert [row["recorded_at"] for row in rows] == sorted({row["recorded_at"] for row in rows})
    assert sum(len(rows) == 2 for rows in versions.values()) == 2810 + 14 + 20 + 10 + 22


def test_one_bed_holds_one_person_and_exists_in_a_facility_that_is_open(read):
    beds = {(row["facility"], row["room"]): int(row["beds"]) for row in read("rooms")}
    states = defaultdict(list)
    for row in read("facilities"):
        states[row["facility"]].append((when(row["at"]), row["state"]))
    lying = defaultdict(list)
    for row in read("admissions"):
        if row["facility"]:
            assert 1 <= int(row["bed"]) <= beds[row["facility"], row["room"]]
            admitted = when(row["admitted_at"])
            assert [state for at, state in sorted(states[row["facility"]]) if at <= admitted][-1] == "open"
            ended = when(row["ended_at"]) if row["ended_at"] else datetime.max.replace(tzinfo=AS_OF.tzinfo)
            lying[row["facility"], row["room"], row["bed"]].append((admitted, ended))
    for spans in lying.values():
        spans.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_fifteen_facilities_are_open_and_each_has_a_chief(read):
    last = {}
    for row in sorted(read("facilities"), key=lambda row: when(row["at"])):
        last[row["facility"]] = row["state"]
    is_open = {facility for facility, state in last.items() if state == "open"}
    assert len(is_open) == 15 < len(last)
    chiefs = {row["facility"] for row in read("duties") if row["role"] == "chief" and not row["ends_at"]}
    assert chiefs == is_open


def test_seventeen_letters_to_twelve_jurisdictions_cover_forty_nine(read):
    letters = read("letters")
    assert len({row["letter"] for row in letters}) == 17
    assert len({row["to_area"] for row in letters}) == 12
    assert {row["letter"] for row in letters if row["state"] == "sent"} == {row["letter"] for row in letters}
    covered = [row["person_id"] for row in read("letter_persons")]
    assert len(covered) == len(set(covered)) == 49
    assert not set(covered) & {row["person_id"] for row in read("admissions")}


def test_one_batch_moves_all_eighty_five_contacts_of_the_imported_case(read):
    batch = [row for row in read("transfers") if row["batch"] == "ZL-1"]
    assert len({row["person_id"] for row in batch}) == 85
    assert {row["person_id"] for row in batch} == {
        row["person_id"]
        for row in read("admissions")
        if row["outbreak"] == "ZL" and row["reason"] in ("contact1", "contact2")
    }
    assert all(row["handed_over_at"] for row in batch)


def of_the_city(folder, name):
    table = pq.read_table(folder / f"{name}.parquet")
    return table.filter(pc.starts_with(table["barcode"], "C"))


def test_the_city_round_has_the_published_numbers(folder, read):
    swabs = of_the_city(folder, "swabs")
    tubes = of_the_city(folder, "tubes")
    results = of_the_city(folder, "results")
    assert (swabs.num_rows, tubes.num_rows, results.num_rows) == (1_878_212, 187_822, 187_822)
    assert pc.count_distinct(swabs["person_id"]).as_py() == swabs.num_rows
    joined = swabs.join(tubes.select(["barcode", "area_code", "sealed_at"]), "barcode")
    per_area = joined.group_by("area_code").aggregate([("person_id", "count"), ("sampled_at", "max")]).to_pylist()
    assert {row["area_code"]: row["person_id_count"] for row in per_area} == SAMPLED
    assert all(row["sampled_at_max"] <= ROUND + timedelta(hours=6) for row in per_area)
    assert pc.all(pc.less_equal(joined["sampled_at"], joined["sealed_at"])).as_py()
    assert pc.min(swabs["sampled_at"]).as_py() >= ROUND
    assert pc.max(results["reported_at"]).as_py() <= ROUND + timedelta(hours=16)
    assert pc.unique(results["outcome"]).to_pylist() == ["negative"]
    fill = swabs.group_by("barcode").aggregate([("position", "count"), ("position", "max")])
    assert pc.max(fill["position_count"]).as_py() == pc.max(fill["position_max"]).as_py() == 10


def test_plates_hold_their_tubes_and_controls(folder, read):
    on_plate = Counter(pq.read_table(folder / "results.parquet")["run"].to_pylist())
    assert {row["run"]: int(row["wells"]) - int(row["controls"]) for row in read("runs")} == dict(on_plate)


def test_everybody_at_home_was_sampled_and_nobody_else(folder, read):
    """The roll: residents in the register who are neither away nor in quarantine nor in hospital."""
    sampled = of_the_city(folder, "swabs")["person_id"]
    bulk = pq.read_table(folder / "people.parquet")
    home = set(bulk.filter(pc.invert(bulk["away"]))["person_id"].to_pylist())
    for moment in ("2022-03-26T20:00:00+08:00", "2022-03-27T06:00:00+08:00", "2022-03-27T12:00:00+08:00"):
        inside = {row["person_id"] for row in read("admissions") if there(row, when(moment))}
        named = {row["person_id"] for row in read("people_named") if row["area_code"].startswith("4111")}
        assert home | (named - inside) == set(sampled.to_pylist()), moment


def test_planned_tests_are_negative_and_twenty_five_are_missing(folder):
    reference = Reference(SEED)
    done = {(one.person.number, one.sampled_at.date()) for one in reference.singles.all if one.outcome == "negative"}
    people = (*reference.cast.contacts1, *reference.cast.contacts2, *reference.cast.arrivals)
    missing = [
        (person.number, test.date)
        for person in people
        if person.fate != "referred"
        for measure in reference.admissions.due(person)
        for test in measure.tests
        if test.date < AS_OF.date() and (person.number, test.date) not in done
    ]
    assert len(missing) == 25
    assert {date.day for _, date in missing} == {28}
    positive = [one for one in reference.singles.all if one.outcome == "positive"]
    assert len(positive) == 13


def test_released_people_had_two_negative_tests_and_so_had_their_contact(folder):
    reference = Reference(SEED)
    negative = Counter(one.person.number for one in reference.singles.all if one.outcome == "negative")
    released = [p for p in reference.cast.contacts2 if p.fate in ("released", "home_monitoring")]
    assert len(released) == 2810
    before = Counter(
        one.person.number
        for one in reference.singles.all
        if one.outcome == "negative" and one.reported_at < AS_OF - timedelta(days=1)
    )
    assert all(before[p.number] >= 2 and before[p.source.number] >= 2 for p in released)
    assert all(negative[p.number] == before[p.number] for p in released)


def test_sites_are_enough_and_thirty_nine_are_added_for_yellow_codes(read):
    sites = read("sites")
    yellow = Counter(row["kind"] for row in sites if row["audience"] == "yellow_code" and row["added"] == "true")
    assert yellow == {"hospital_gate": 12, "square": 9, "community_service_centre": 8, "township_health_centre": 10}
    ordinary = Counter(row["area_code"][:6] for row in sites if row["audience"] == "everybody")
    assert all(2000 <= SAMPLED[code] / count <= 3000 for code, count in ordinary.items())


def test_everything_was_known_before_the_bulletin_and_not_before_it_happened(folder, read):
    happened = {"stays": "left_at", "contact_events": "at", "admissions": "admitted_at", "letters": "at",
                "arrivals": "arrived_at", "transfers": "handed_over_at", "linelist_LY": "reported_at",
                "genomes": "reported_at", "round_events": "at", "facilities": "at"}  # fmt: skip
    later = []
    for name, column in happened.items():
        for row in read(name):
            known = when(row["recorded_at"])
            assert known < AS_OF, (name, row)
            if known < when(row[column]):
                later.append((name, row[column]))
    assert set(later) == {("admissions", AS_OF.isoformat())}
    for name in ("swabs", "results", "tubes"):
        assert pc.max(pq.read_table(folder / f"{name}.parquet")["recorded_at"]).as_py() < AS_OF
