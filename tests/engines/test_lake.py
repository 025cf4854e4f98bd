"""The lake: what it takes in and refuses, what it answers, and that nothing is lost or counted twice."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainbreak.engines import copresence
from chainbreak.engines.lake import Lake, LakeError, bulk, companions
from chainbreak.engines.lake import manifest as manifests
from chainbreak.epi.copresence import CaseWindow, Stay

from .test_sweep import INSTANT, cases, plain_rows, rows, rules, stays, tables

NOW = datetime(2022, 4, 1, tzinfo=UTC)
CHINA = pa.timestamp("us", tz="+08:00")


def at(hour, minute=0, day=24):
    return datetime(2022, 3, day, hour, minute, tzinfo=UTC)


def batch(*given, **more):
    names = ("person_id", "place_id", "arrived_at", "left_at")
    kinds = (pa.string(), pa.string(), INSTANT, INSTANT)
    columns = list(zip(*given, strict=True)) if given else [[]] * 4
    table = pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})
    for name, values in more.items():
        table = table.append_column(name, pa.array(values))
    return table


def case(*persons, begin=None, end=None):
    return pa.table(
        {
            "person_id": pa.array(persons, pa.string()),
            "infectious_from": pa.array([begin] * len(persons), INSTANT),
            "infectious_until": pa.array([end] * len(persons), INSTANT),
        }
    )


SHOP = [
    ("C1", "shop", at(9), at(9, 30)),
    ("007", "shop", at(9, 10), at(9, 40)),
    ("007", "bus", at(10), at(10, 20)),
    ("P3", "bus", at(10), at(10, 20)),
]


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


def asked(folder, *persons):
    """How many contacts a newly opened lake finds, or what it refuses."""
    try:
        return Lake.open(folder).trace(case(*persons)).num_rows
    except LakeError as error:
        return error.code, error.facts.get("file")


def who(table):
    return [(row["person_id"], row["degree"], row["source_person_id"], row["minutes"]) for row in table.to_pylist()]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stays, cases, rules, st.integers(1, 4), st.booleans(), st.randoms(use_true_random=False))
def test_stays_in_any_batches_give_what_plain_python_gives(tmp_path, stays, cases, rule, n_batches, merges, chance):
    """With ids out of order, some stays appended twice, merged or not."""
    folder = tmp_path / str(time.monotonic_ns())
    lake = Lake.create(folder)
    parts = [[] for _ in range(n_batches)]
    for stay in stays:
        parts[chance.randrange(n_batches)].append(stay)
        if chance.random() < 0.2:
            parts[chance.randrange(n_batches)].append(stay)
    for part in parts:
        lake.append(tables(part, [])[0])
        if merges and chance.random() < 0.5:
            lake.merge(whole=chance.random() < 0.5)
    _, windows, places, _ = tables([], cases)
    found = lake.trace(windows, places=places, like=INSTANT, **rule)
    assert rows(found) == plain_rows(stays, cases, None, rule)
    single = Lake.open(folder).trace(windows, places=places, like=INSTANT, answer="persons", **rule)
    assert rows(single) == plain_rows(stays, cases, None, rule, "persons")
    shutil.rmtree(folder)


def test_every_row_is_told_what_became_of_it(lake):
    given = batch(
        ("A", "x", at(9), at(10)),
        ("A", "x", at(9), at(8)),
        ("", "x", at(9), at(10)),
        ("A", None, at(9), at(10)),
        ("A", "x", None, at(10)),
        ("A", "x", at(9), at(9)),
        ("A", "y", at(9, 30), at(9, 40)),
        ("B", "x", NOW + timedelta(days=1), NOW + timedelta(days=2)),
        ("B", "x", datetime(1970, 1, 1, tzinfo=UTC), at(9)),
    )
    assert lake.append(given, now=NOW).rows.to_pylist() == [
        "two_places",
        "left_before_arrived",
        "value_missing",
        "value_missing",
        "value_missing",
        "no_length",
        "two_places",
        "in_the_future",
        "too_old",
    ]
    assert lake.status()["stays"] == 2
    assert lake.status()["outcomes"]["value_missing"] == 3


def test_registers_and_the_longest_stay_refuse_others(tmp_path):
    lake = Lake.create(tmp_path / "lake", longest_stay=timedelta(hours=5))
    given = batch(
        ("A", "x", at(1), at(6)), ("A", "x", at(10), at(15, 1)), ("B", "x", at(9), at(10)), ("A", "y", at(9), at(10))
    )
    outcome = lake.append(given, persons=pa.array(["A"]), places=pa.array(["x"]))
    assert outcome.rows.to_pylist() == ["accepted", "too_long", "unknown_person", "unknown_place"]
    assert outcome.taken == 1


def test_a_stay_is_corrected_withdrawn_or_there_already_by_its_id(lake):
    lake.append(batch(*SHOP, stay_id=["S1", "S2", "S3", "S4"]))
    assert who(lake.trace(case("C1"))) == [("007", 1, "C1", 20.0), ("P3", 2, "007", 20.0)]
    changed = batch(
        ("007", "shop", at(9, 12), at(9, 40)),
        ("C1", "shop", at(9), at(9, 30)),
        ("P3", "bus", at(10), at(10, 20)),
        ("P9", "bus", at(10), at(10, 20)),
        ("P3", "bus", at(10), at(10, 18)),
        stay_id=["S2", "S1", "S4", "S9", "S4"],
        withdrawn=[None, None, None, "1", None],
    )
    outcome = lake.append(changed)
    assert outcome.rows.to_pylist() == ["corrected", "duplicate", "replaced_in_batch", "unknown_stay", "corrected"]
    expected = [("007", 1, "C1", 18.0), ("P3", 2, "007", 18.0)]
    assert who(lake.trace(case("C1"))) == expected
    lake.merge()
    assert (who(lake.trace(case("C1"))), lake.status()["dead"]) == (expected, 0)
    gone = lake.append(batch(("", "", None, None), stay_id=["S2"], withdrawn=[True]))
    assert gone.rows.to_pylist() == ["withdrawn"]
    assert who(lake.trace(case("C1"))) == []
    assert lake.append(batch(SHOP[1], stay_id=["S2"])).rows.to_pylist() == ["accepted"]


def test_a_batch_that_comes_twice_is_taken_once_and_parts_of_a_table_are_batches_of_their_own(lake):
    table = batch(*SHOP)
    assert lake.append(table).taken == 4
    again = lake.append(table)
    assert (again.is_known, lake.status()["stays"]) == (True, 4)
    other = batch(*[(p, q, a + timedelta(1), b + timedelta(1)) for p, q, a, b in SHOP])
    assert not lake.append(other.slice(0, 2)).is_known
    assert not lake.append(other.slice(2, 2)).is_known
    assert lake.status()["stays"] == 8


def test_rows_of_many_at_once_are_taken_all_or_not_at_all(lake):
    table = batch(*SHOP)
    outcome = bulk.load(lake, [table.slice(0, 3), table.slice(3)], name="all")
    assert outcome.counts == {"accepted": 4}
    assert bulk.load(lake, [table], name="all").is_known
    expected = copresence.trace(table, case("C1"))
    assert lake.trace(case("C1"), like=INSTANT).equals(expected)

    def broken():
        yield batch(("Z", "bus", at(10), at(10, 20)))
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="ends here"):
        bulk.load(lake, broken(), name="broken")
    assert lake.trace(case("C1"), like=INSTANT).equals(expected)


@pytest.mark.parametrize("count", ["window", "meeting", "day"])
def test_a_meeting_over_midnight_is_one_though_its_stays_came_in_two_pieces(lake, count):
    lake.append(
        batch(("C1", "flat", at(15), at(17)), ("P2", "flat", at(15, 50), at(16)), ("P3", "flat", at(15, 50), at(16)))
    )
    lake.append(
        batch(("P2", "flat", at(16), at(16, 8)), ("P3", "flat", at(16, 1), at(16, 8)))
    )  # 16:00 is midnight in China
    expected = [("P2", 1, "C1", 18.0)] + ([] if count == "meeting" else [("P3", 1, "C1", 17.0)])
    for _ in range(2):
        found = lake.trace(case("C1"), count=count, degrees=1)
        assert who(found) == expected
        assert found["meetings"].to_pylist() == [1, 2][: len(expected)]
        lake.merge()
    assert len(lake.segments) == 2


def test_ids_stay_as_they_are_outside(lake):
    lake.append(batch(("10", "b", at(9), at(10)), ("9", "b", at(9), at(10)), ("009", "b", at(9), at(10))))
    assert who(lake.trace(case("9")))[0][0] == "009"
    assert lake.trace(case("9"))["person_id"].to_pylist() == ["009", "10"]
    numbers = Lake.create(lake.folder.parent / "numbers")
    table = batch(("10", "b", at(9), at(10)), ("9", "b", at(9), at(10)))
    numbers.append(table.set_column(0, "person_id", pa.array([10, 9])))
    assert numbers.trace(case("9"))["person_id"].to_pylist() == [10]
    assert numbers.append(batch(("009", "b", at(9), at(11)))).rows.to_pylist() == ["not_an_id"]


def test_of_two_places_at_once_the_smaller_id_is_named_though_it_came_later(lake):
    lake.append(batch(("C", "zoo", at(9), at(10)), ("P", "zoo", at(9), at(10))))
    lake.append(batch(("C", "aula", at(9), at(10)), ("P", "aula", at(9), at(10))))
    assert lake.trace(case("C"))["place_id"].to_pylist() == ["aula"]


def test_every_flipped_byte_is_refused_and_named(lake):
    """Wherever it is: in what an answer reads, the answer is refused; the check finds all of them."""
    chance = random.Random(4)
    many = [
        (f"P{chance.randrange(500)}", f"L{chance.randrange(200)}", at(0) + timedelta(minutes=m), at(0) + timedelta(minutes=m + 30))
        for m in (chance.randrange(1400) for _ in range(3000))
    ]  # fmt: skip
    lake.append(batch(*many, stay_id=[f"S{i}" for i in range(len(many))], evidence=["phone"] * len(many)))
    (segment,) = (lake.folder / "segments").iterdir()
    whole = segment.read_bytes()
    good = lake.trace(case("P1", "P2")).num_rows
    refused = 0
    for _ in range(60):
        where = chance.randrange(len(whole))
        changed = bytearray(whole)
        changed[where] ^= 1 << chance.randrange(8)
        segment.write_bytes(changed)
        problems = Lake.open(lake.folder).check() if where < len(whole) - 8 * (len(whole) // 4104) else None
        if problems is None:  # a sum itself
            with pytest.raises(LakeError, match="lake_damaged"):
                Lake.open(lake.folder)
            continue
        assert [(p["file"], p["block"]) for p in problems] == [(f"segments/{segment.name}", where // 4096)]
        answer = asked(lake.folder, "P1", "P2")
        refused += answer != good
        assert answer in (good, ("lake_damaged", f"segments/{segment.name}"))
    segment.write_bytes(whole)
    assert refused > 5
    assert Lake.open(lake.folder).check() == []


def test_files_cut_short_gone_or_changed_are_named(lake):
    lake.append(batch(*SHOP, stay_id=["1", "2", "3", "4"]))
    lake.append(batch(("C1", "shop", at(9), at(9, 31)), stay_id=["1"]))
    for path in sorted(lake.folder.rglob("*.*")):
        name = str(path.relative_to(lake.folder))
        whole = path.read_bytes()
        for content in (whole[:-1], whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:], None):
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)
            assert asked(lake.folder, "C1") in {("lake_damaged", name), ("lake_missing", None)}
            path.write_bytes(whole)
    assert Lake.open(lake.folder).check() == []


def test_only_one_writes_and_the_other_waits_or_is_told(lake):
    with manifests.writing(lake.folder):
        other = manifests.writing(lake.folder, wait_seconds=0.1)
        with pytest.raises(LakeError, match="lake_busy"):
            other.__enter__()
    parts = [batch((f"P{i}", "x", at(9), at(10))) for i in range(12)]
    threads = [threading.Thread(target=lambda part=part: Lake.open(lake.folder).append(part)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lake.status()["stays"] == 12


def test_a_reader_sees_one_answer_while_segments_are_swapped(lake):
    for day in range(10, 20):
        for part in (SHOP[:2], SHOP[2:]):
            moved = [(p, q, a.replace(day=day), b.replace(day=day)) for p, q, a, b in part]
            lake.append(batch(*moved))
    expected = lake.trace(case("C1"))
    assert expected["minutes"].to_pylist() == [200.0, 200.0]
    wrong = []
    stop = threading.Event()
    reader = Lake.open(lake.folder)

    def read():
        while not stop.is_set():
            if not (
                reader.trace(case("C1")).equals(expected) and Lake.open(lake.folder).trace(case("C1")).equals(expected)
            ):
                wrong.append(1)

    reading = [threading.Thread(target=read) for _ in range(2)]
    for thread in reading:
        thread.start()
    writer = Lake.open(lake.folder)
    for number in range(15):
        far = datetime(2022, 3, 1, tzinfo=UTC)
        writer.append(batch((f"Q{number}", "moon", far, far + timedelta(hours=1))))
        writer.merge(whole=number % 3 == 0)
    stop.set()
    for thread in reading:
        thread.join()
    assert wrong == []


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
import pyarrow as pa
from chainbreak.engines.lake import Lake
lake = Lake.open(sys.argv[1])
begin = datetime(2022, 3, 1, tzinfo=UTC)
number = int(sys.argv[2])
while True:
    at = begin + timedelta(hours=number)
    table = pa.table({"person_id": [f"P{number}", f"P{number + 1}"], "place_id": ["x", "x"],
                      "arrived_at": [at, at], "left_at": [at + timedelta(minutes=40)] * 2})
    lake.append(table, name=str(number))
    print(number, flush=True)
    number += 1
    if number % 4 == 0:
        lake.merge()
"""


def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged_and_doubles_nothing(lake):
    chance = random.Random(6)
    acknowledged = -1
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(lake.folder), str(acknowledged + 1)], stdout=subprocess.PIPE, text=True
        )
        first = process.stdout.readline()
        time.sleep(chance.random() * 0.4)
        os.kill(process.pid, signal.SIGKILL)
        said = first + process.stdout.read()
        process.wait()
        process.stdout.close()
        numbers = [int(line) for line in said.split() if line.isdecimal()]
        acknowledged = max(numbers)
        after = Lake.open(lake.folder)
        assert after.check() == []
        there = sorted(int(name) for name in manifests.read(lake.folder).batches)
        assert there[: acknowledged + 1] == list(range(acknowledged + 1))
        assert len(there) - (acknowledged + 1) in (0, 1)  # the last may be there without having been told
        assert after.status()["stays"] == 2 * len(there)
        acknowledged = len(there) - 1
    assert acknowledged > 6
    assert who(after.trace(case("P1"), degrees=1)) == [("P0", 1, "P1", 40.0), ("P2", 1, "P1", 40.0)]
    with manifests.writing(lake.folder) as manifest:
        kept = {f"{kind}/{path.name}" for kind in manifests.FOLDERS for path in (lake.folder / kind).iterdir()}
        assert kept == manifest.files()


def test_a_full_disk_refuses_the_batch_and_leaves_the_lake_as_it_was(lake, monkeypatch):
    lake.append(batch(*SHOP[:2]))
    before = who(lake.trace(case("C1")))
    real = os.fsync
    for nth in range(3):
        calls = []

        def full(handle, nth=nth, calls=calls):
            calls.append(handle)
            if len(calls) == nth + 1:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(handle)

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            lake.append(batch(*SHOP[2:]))
        monkeypatch.setattr(os, "fsync", real)
        assert who(Lake.open(lake.folder).trace(case("C1"))) == before
    assert lake.append(batch(*SHOP[2:])).taken == 2
    assert len(who(lake.trace(case("C1")))) == 2
    assert lake.check() == []


def test_old_days_go_as_whole_segments_and_do_not_come_back(lake):
    for day in (20, 21, 24):
        lake.append(batch(*[(p, q, a.replace(day=day), b.replace(day=day)) for p, q, a, b in SHOP]))
    files = {path.name for path in (lake.folder / "segments").iterdir()}
    proof = lake.drop(before=date(2022, 3, 22), at=NOW)
    assert (proof["stays"], proof["days"], proof["left"]) == (8, ["2022-03-20", "2022-03-21"], [])
    left = {path.name for path in (lake.folder / "segments").iterdir()}
    assert not {os.path.basename(name) for name in proof["files"]} & left
    assert not files & left
    assert [day["day"] for day in lake.status()["days"]] == ["2022-03-24"]
    assert who(lake.trace(case("C1", begin=at(0, day=20))))[0][3] == 20.0  # the window reaches over the edge
    late = lake.append(batch(("C1", "x", at(9, day=21), at(10, day=21))))
    assert late.rows.to_pylist() == ["before_retention"]
    with pytest.raises(LakeError, match="retention_later"):
        lake.drop(before=date(2022, 3, 21), at=NOW)
    lake.drop(before=date(2022, 3, 25), at=NOW)
    hashes = [entry["hash"] for entry in lake.status()["retention"]["dropped"]]
    assert len(set(hashes)) == 2
    assert (lake.status()["stays"], lake.trace(case("C1")).num_rows) == (0, 0)


def test_evidence_names_both_stays(lake):
    lake.append(batch(*SHOP, stay_id=["S1", "S2", "S3", "S4"], evidence=["interview", "phone", None, "ticket"]))
    (row,) = lake.evidence("007", "C1").to_pylist()
    assert (row["place_id"], row["minutes"], row["person_stay_id"], row["source_stay_id"]) == ("shop", 20.0, "S2", "S1")
    assert (row["person_evidence"], row["source_evidence"]) == ("phone", "interview")
    assert lake.evidence("P3", "C1").num_rows == 0
    assert lake.evidence("nobody", "C1").num_rows == 0
    assert lake.evidence("007", "C1", since=at(9, 20))["minutes"].to_pylist() == [10.0]
    lake.merge()
    assert lake.evidence("007", "C1").to_pylist() == [row]


def test_who_nearly_reached_the_least_time_is_listed_apart(lake):
    lake.append(
        batch(
            ("C1", "shop", at(9), at(10)),
            ("A", "shop", at(9), at(9, 12)),
            ("B", "shop", at(9), at(9, 11)),
            ("D", "shop", at(9), at(9, 15)),
        )
    )
    assert who(lake.near_misses(case("C1"))) == [("A", 1, "C1", 12.0)]
    assert [row[0] for row in who(lake.near_misses(case("C1"), at_least=0.5))] == ["A", "B"]


def test_backward_finds_whom_a_case_met_before_his_onset(lake):
    lake.append(batch(("C1", "x", at(9, day=10), at(10, day=10)), ("S", "x", at(9, day=10), at(10, day=10)),
                      ("C1", "x", at(9, day=15), at(10, day=15)), ("T", "x", at(9, day=15), at(10, day=15))))  # fmt: skip
    onset = pa.table({"person_id": ["C1"], "onset_at": pa.array([at(8, day=15)], INSTANT)})
    assert who(lake.backward(onset)) == [("S", 1, "C1", 60.0)]
    assert who(lake.backward(onset, days=(3, 1))) == []
    with pytest.raises(ValueError, match="days must be"):
        lake.backward(onset, days=(1, 2))


def test_places_of_several_cases_are_ranked_though_the_cases_never_met(lake):
    lake.append(
        batch(
            ("A", "hall", at(9), at(10)),
            ("B", "hall", at(12), at(13)),
            ("C", "hall", at(15), at(15, 5)),
            ("A", "bar", at(20), at(21)),
            ("B", "bar", at(20), at(21)),
            ("A", "home", at(22), at(23)),
        )
    )
    lake.register(pa.table({"place_id": ["hall", "elsewhere"], "kind": ["market", "shop"]}))
    found = lake.shared_places(case("A", "B", "C"))
    assert found.select(["place_id", "kind", "cases", "minutes"]).to_pylist() == [
        {"place_id": "hall", "kind": "market", "cases": 3, "minutes": 125.0},
        {"place_id": "bar", "kind": None, "cases": 2, "minutes": 120.0},
    ]
    assert found["case_ids"].to_pylist()[0] == ["A", "B", "C"]


def test_what_if_tells_who_enters_and_who_leaves(lake):
    lake.append(
        batch(
            *SHOP,
            ("C2", "hall", at(14), at(15)),
            ("H", "hall", at(14), at(14, 20)),
            ("E", "shop", at(9), at(9, 12)),
        )
    )
    both = case("C1", "C2")
    stricter = lake.difference(both, minutes=(15, 20), degrees=1)
    assert (who(stricter.enter), who(stricter.leave), stricter.stay) == ([], [], 2)
    laxer = lake.difference(both, minutes=(15, 12), degrees=1)
    assert [row[0] for row in who(laxer.enter)] == ["E"]
    without = lake.difference(both, without=["C2"], degrees=1)
    assert [row[0] for row in who(without.leave)] == ["H"]
    later = lake.difference(case("C1", begin=at(9, 20)), look_back=timedelta(minutes=20), degrees=1)
    assert [row[0] for row in who(later.enter)] == ["007"]


def test_companions_share_a_cell_and_are_no_contacts(lake):
    lake.append(
        batch(
            ("C", "a", at(0, day=22), at(23, 59, day=23)),
            ("P", "b", at(9, day=23), at(9, 11, day=23)),
            ("Q", "b", at(9, day=23), at(9, 10, day=23)),
            ("R", "far", at(9, day=23), at(12, day=23)),
        )
    )
    cells = pa.table({"place_id": ["a", "b", "far"], "x": [10.0, 790.0, 810.0], "y": [0.0, 799.0, 0.0]})
    found = companions.of(lake, case("C"), cells)
    assert [(row["person_id"], row["minutes"], row["cell"]) for row in found.to_pylist()] == [("P", 11.0, "0 0")]
    assert lake.trace(case("C")).num_rows == 0
    lake.append(batch(("D", "b", at(9, day=23), at(12, day=23))))
    assert companions.of(lake, case("D"), cells)["person_id"].to_pylist() == ["C"]
    short = Lake.create(lake.folder.parent / "short")
    short.append(batch(("C", "a", at(9), at(12)), ("P", "b", at(9), at(9, 30))))
    assert companions.of(short, case("C"), cells).num_rows == 0
    assert companions.of(short, case("C"), cells, needs_long=False).num_rows == 1


def test_an_empty_lake_answers_nothing_and_a_folder_that_is_none_is_told(lake, tmp_path):
    assert lake.trace(case("C1")).num_rows == 0
    assert lake.append(batch()).taken == 0
    assert lake.status()["days"] == []
    assert lake.merge() == {"merged": 0, "made": 0, "days": 0}
    assert lake.shared_places(case("C1")).num_rows == 0
    assert lake.near_misses(case("C1")).num_rows == 0
    with pytest.raises(LakeError, match="lake_missing"):
        Lake.open(tmp_path / "nothing")
    with pytest.raises(LakeError, match="lake_exists"):
        Lake.create(lake.folder)
    with pytest.raises(ValueError, match="must have the column left_at"):
        lake.append(batch(*SHOP).drop_columns("left_at"))


def test_the_plain_reading_is_used_here_too():
    """The drawn stays of this file and the engine agree with `epi`."""
    stays = [Stay(*row) for row in SHOP]
    expected = plain_rows(stays, [CaseWindow("C1", None, None)], None, {"minutes": 15, "degrees": 2})
    assert [row[0] for row in expected] == ["007", "P3"]


def test_persons_out_of_a_lake_are_those_of_plain_python_though_numbers_inside_are_not_in_the_order_of_ids(lake):
    """Two sources and two places at one instant: the smaller id outside is named, in whatever order they came in."""
    given = [
        ("z9", "zoo", at(9), at(10)), ("c2", "zoo", at(8), at(10)), ("c1", "zoo", at(8), at(10)),
        ("c1", "aula", at(8), at(10)), ("z9", "aula", at(9), at(10)), ("b7", "bus", at(11), at(12)),
        ("z9", "bus", at(11), at(12)), ("z9", "air", at(11), at(12)), ("b7", "air", at(11), at(12)),
    ]  # fmt: skip
    for row in given:
        lake.append(batch(row), now=NOW)
    known = [CaseWindow(one, None, None) for one in ("c1", "c2")]
    for count in ("meeting", "window"):
        found = lake.trace(case("c1", "c2"), answer="persons", count=count, like=INSTANT)
        wanted = plain_rows([Stay(*row) for row in given], known, None, {"count": count}, "persons")
        assert rows(found) == wanted
        assert [row[3:5] for row in wanted] == [("c1", "aula"), ("z9", "air")]


def test_a_flipped_seat_is_refused_and_named(lake):
    lake.append(batch(("C1", "T1", at(9), at(10)), ("P2", "T1", at(9), at(10)), seat=["1A", "9F"]), now=NOW)
    train = pa.table({"place_id": ["T1"], "kind": ["train"]})
    assert lake.trace(case("C1"), places=train, near={"train": 3}).num_rows == 0
    entry = lake.segments[0].entry
    path = lake.folder / entry.file
    whole = bytearray(path.read_bytes())
    whole[entry.sections["spot"][0]] ^= 8
    path.write_bytes(whole)
    with pytest.raises(LakeError) as refused:
        Lake.open(lake.folder).trace(case("C1"), places=train, near={"train": 3})
    assert (refused.value.code, refused.value.facts["file"]) == ("lake_damaged", entry.file)
