"""Twenty thousand swabs in one file, with mistakes planted in it: each is found by its row, all others are taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chainbreak.exchange import imports
from chainbreak.governance.models import ImportProblem
from chainbreak.screening.models import Result, Swab, Tube, TubeCustody

from .test_store_small import NOW, codes, take, what  # noqa: F401

pytestmark = pytest.mark.django_db
TUBES, PER_TUBE = 2_000, 10


@pytest.fixture
def round_(take, tmp_path):  # noqa: F811
    people = pa.table({"person_id": [f"P{n}" for n in range(1, 20_101)], "area_code": ["411122"] * 20_100})
    pq.write_table(people, tmp_path / "people.parquet")
    assert imports.import_file("people", tmp_path / "people.parquet", at=NOW).created == 20_100
    take("rounds", "series,number,area_code,start_at,sample_due_at,test_due_at\n"
         "CITY,1,4111,2022-03-27T06:00,2022-03-27T12:00,2022-03-27T22:00\n")  # fmt: skip
    lines = [f"T{n},CITY,1,10,2022-03-27T06:00,2022-03-27T11:00" for n in range(1, TUBES + 1)]
    report = take("tubes", "\n".join(["barcode,series,number,pool_limit,opened_at,sealed_at", *lines]) + "\n")
    assert what(report) == (TUBES, 0, 0, 0)
    assert (Tube.objects.count(), TubeCustody.objects.count()) == (TUBES, TUBES)


def swabs() -> list[list[str]]:
    return [
        [f"P{n}", f"T{(n - 1) // PER_TUBE + 1}", "mass_round", "2022-03-27T08:00:00+08:00"]
        for n in range(1, TUBES * PER_TUBE + 1)
    ]


def text_of(rows) -> str:
    return "\n".join(["person_id,barcode,purpose,sampled_at", *map(",".join, rows)]) + "\n"


def test_a_round_with_mistakes(take, round_):  # noqa: F811
    rows = swabs()
    rows[100][0] = "P99999"  # unknown person
    rows[200][1] = "T99999"  # unknown tube
    rows[300][3] = "2022-03-27T11:00:01+08:00"  # a second after sealing
    rows[400][3] = "27.3. in the morning"
    rows[500][2] = "pleasure"
    rows[600][0] = "P1"  # a second swab of the round
    rows.append(["P20050", "T5", "mass_round", "2022-03-27T08:00:00+08:00"])  # an eleventh member
    rows.append(rows[0][:])  # the same once more
    report = take("swabs", text_of(rows))
    assert codes(report) == [
        (101, "unknown_person"), (201, "unknown_tube"), (301, "sampled_after_sealing"), (401, "instant_unreadable"),
        (501, "word_not_taken"), (601, "swab_twice"), (20_001, "tube_too_full"),
    ]  # fmt: skip
    assert what(report) == (19_994, 0, 1, 7)
    assert Swab.objects.count() == 19_994
    assert list(Swab.objects.filter(tube__barcode="T7").order_by("position").values_list("position", flat=True)) == [
        *range(1, 11)
    ]
    assert Swab.objects.filter(round__isnull=True).count() == 0
    kept = ImportProblem.objects.get(run_id=report.run, row=101)
    assert kept.raw == {
        "person_id": "P99999",
        "barcode": "T11",
        "purpose": "mass_round",
        "sampled_at": "2022-03-27T08:00:00+08:00",
    }
    assert what(take("swabs", text_of(rows[1000:2000]))) == (0, 0, 1000, 0)
    again = take("swabs", text_of(rows))
    assert what(again) == (0, 0, 19_995, 7)


def test_results_need_their_tube_their_run_and_come_after_the_swab(take, round_):  # noqa: F811
    take("swabs", text_of(swabs()[:40]))
    take("runs", "run,laboratory,wells,controls\nR1,Lab,96,3\n")
    report = take(
        "results",
        "barcode,run,outcome,stage,reported_at,ct\n"
        'T1,R1,negative,verified,2022-03-27T20:00,\nT2,,positive,preliminary,2022-03-27T20:00,"{""ORF1ab"": 22.5}"\n'
        "T3,,negative,verified,2022-03-27T20:00,\nT4,R1,negative,verified,2022-03-27T07:59,\n"
        "T9999,R1,negative,verified,2022-03-27T20:00,\nT5,R9,negative,verified,2022-03-27T20:00,\n"
        "T6,R1,clean,verified,2022-03-27T20:00,\n",
    )
    assert codes(report) == [
        (3, "verified_without_run"), (4, "result_before_sampling"), (5, "unknown_tube"), (6, "unknown_run"), (7, "word_not_taken"),
    ]  # fmt: skip
    assert what(report) == (2, 0, 0, 5)
    again = take("results", "barcode,run,outcome,stage,reported_at\nT1,R1,positive,verified,2022-03-27T21:00\n",
                 at=NOW + timedelta(hours=1))  # fmt: skip
    assert what(again) == (0, 1, 0, 0)
    assert Result.objects.known_at(None).get(tube__barcode="T1").outcome == "positive"


def test_parquet_with_instants_of_its_own(take, round_, tmp_path):  # noqa: F811
    at = datetime(2022, 3, 27, 0, 30, tzinfo=UTC)
    rows = swabs()[:30]
    table = pa.table({
        "person_id": [row[0] for row in rows], "barcode": [row[1] for row in rows], "purpose": ["mass_round"] * 30,
        "sampled_at": pa.array([at] * 30, pa.timestamp("us", "UTC")), "position": pa.array([*range(1, 11)] * 3, pa.int8()),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "swabs.parquet")
    report = imports.import_file("swabs", tmp_path / "swabs.parquet", at=NOW)
    assert what(report) == (30, 0, 0, 0)
    assert set(Swab.objects.values_list("sampled_at", flat=True)) == {at}
