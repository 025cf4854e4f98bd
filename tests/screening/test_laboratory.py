"""From the box to the verified result: hand-overs, runs, holds and own tests, corrections (E3 16-19, E3 21, P-18)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from chainbreak.exchange.lab import reading
from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Person
from chainbreak.screening.models import LabRun, Result, RetestOrder, Swab, Tube, TubeCustody
from chainbreak.screening.selectors.reconciliation import tally
from chainbreak.screening.services import laboratory, shipment
from chainbreak.screening.services.plate import Wrong

pytestmark = pytest.mark.django_db
DEMIS = Path(__file__).resolve().parents[3] / "shared/data/fhir_demis_lab"
ABI = """* Experiment Name = RUN-7
* Instrument Type = QuantStudio 5

[Results]
Well\tWell Position\tSample Name\tTarget Name\tTask\tCT
"""
CFX = "Run Name,RUN-8\r\n\r\nCq,Well,Fluor,Target,Content,Sample\r\n"


def abi(*wells, controls=True, name="RUN-7"):
    """An export of an Applied Biosystems instrument: (position, sample, orf, n, ic)."""
    rows = list(wells)
    if controls:
        rows += [("H11", "NTC", None, None, None), ("H12", "PC", 25.0, 25.5, 26.0)]
    text = ABI.replace("RUN-7", name)
    for place, (position, sample, *cts) in enumerate(rows, start=1):
        task = {"NTC": "NTC", "PC": "POS"}.get(sample, "UNKNOWN")
        for target, ct in zip(("ORF1ab", "N", "IC"), cts, strict=True):
            text += f"{place}\t{position}\t{sample}\t{target}\t{task}\t{'Undetermined' if ct is None else ct}\n"
    return text.encode()


def clean(position, sample):
    return (position, sample, None, None, 27.0)


@pytest.fixture
def tubes(send, row):
    """Two sealed tubes of two people each."""
    for barcode, people in (("T-1", ("P1", "P2")), ("T-2", ("P3", "P4"))):
        send(*(row(one, barcode, minutes=-1.8) for one in people), row(None, barcode, op="seal", minutes=-1))
    return {tube.barcode: tube for tube in Tube.objects.all()}


@pytest.fixture
def arrived(tubes, now, sampling):
    box, _ = shipment.hand_over(
        "BOX-1", ["T-1", "T-2"], counted=2, laboratory="L1", courier="C1", round_=sampling, site=None, actor=None,
        at=now + timedelta(minutes=10),
    )  # fmt: skip
    assert not shipment.receive(box, ["T-1", "T-2"], counted=2, actor=None, at=now + timedelta(minutes=50))
    return tubes


@pytest.fixture
def take(now):
    def taken(data: bytes, minutes=120.0, actor=None):
        plate, fingerprint = reading.read(data)
        at = now + timedelta(minutes=minutes)
        return laboratory.take_run(plate, laboratory="L1", fingerprint=fingerprint, actor=actor, at=at)

    return taken


def outcomes():
    return dict(Result.objects.known_at(None).values_list("tube__barcode", "outcome"))


def held():
    orders = RetestOrder.objects.known_at(None).filter(ended_at=None)
    return set(orders.values_list("person__number", flat=True))


def test_a_box_is_counted_and_scanned_at_both_ends_and_every_difference_is_named(tubes, now, sampling, send, row):
    send(row("P5", "T-3"))
    give = {
        "laboratory": "L1",
        "courier": "C1",
        "round_": sampling,
        "site": None,
        "actor": None,
        "at": now + timedelta(minutes=5),
    }
    with pytest.raises(Refused, match="count_differs"):
        shipment.hand_over("B1", ["T-1"], counted=2, **give)
    box, left = shipment.hand_over("B1", ["T-1", "T-3", "T-9", "T-2"], counted=4, **give)
    assert (left.unknown, left.not_sealed, box.counted_out) == (("T-9",), ("T-3",), 2)
    with pytest.raises(Refused, match="shipment_empty"):
        shipment.hand_over("B2", ["T-1"], counted=1, **give)
    later = now + timedelta(minutes=60)
    seen = shipment.receive(box, ["T-1", "T-77"], counted=2, actor=None, at=later)
    assert (seen.missing, seen.extra) == (("T-2",), ("T-77",))
    counted = tally(sampling, as_of=later + timedelta(minutes=1), as_known=later)
    assert (counted.sealed, counted.shipped, counted.received, counted.on_the_way) == (2, 2, 1, 1)
    shipment.lost(tubes["T-2"], actor=None, at=later, reason="box fell")
    assert tally(sampling, as_of=later + timedelta(minutes=1), as_known=later).lost == 1


def test_a_run_is_preliminary_until_a_second_person_verifies_it(arrived, take, account_of, now, sampling):
    tester, checker = account_of("laboratory", username="tester"), account_of("laboratory", username="checker")
    taken = take(abi(clean("A1", "T-1"), clean("A2", "T-2")), actor=tester)
    assert (taken.recorded, taken.problems, taken.controls, taken.held) == (2, [], (), 0)
    assert set(Result.objects.known_at(None).values_list("stage", flat=True)) == {"preliminary"}
    with pytest.raises(Refused, match="same_person"):
        laboratory.verify(taken.run, actor=tester, at=now + timedelta(minutes=130))
    assert laboratory.verify(taken.run, actor=checker, at=now + timedelta(minutes=130)) == 2
    assert set(Result.objects.known_at(None).values_list("stage", flat=True)) == {"verified"}
    counted = tally(sampling, as_of=now + timedelta(hours=3), as_known=now + timedelta(hours=3))
    assert (counted.wells, counted.tested_in_runs, counted.controls, counted.differences()) == (4, 2, 2, {})


@pytest.mark.parametrize(("orf", "n", "ic", "outcome"), [
    (24.0, 25.0, 27.0, "positive"), (None, 36.0, 27.0, "inconclusive"), (None, None, None, "invalid"), (39.0, None, 27.0, "negative"),
])  # fmt: skip
def test_a_pool_that_is_not_negative_holds_every_member_and_classifies_nobody(arrived, take, orf, n, ic, outcome):
    taken = take(abi(("A1", "T-1", orf, n, ic), clean("A2", "T-2")))
    assert outcomes() == {"T-1": outcome, "T-2": "negative"}
    assert held() == (set() if outcome == "negative" else {"P1", "P2"})
    assert taken.held == len(held())


def test_the_own_test_of_a_held_person_ends_the_order_with_its_outcome(arrived, take, now, account_of):
    take(abi(("A1", "T-1", 24.0, 25.0, 27.0), clean("A2", "T-2")))
    for number, barcode in (("P1", "S-1"), ("P2", "S-2")):
        tube = Tube.objects.create(barcode=barcode, pool_limit=1)
        Swab.objects.create(
            person=Person.objects.get(number=number), tube=tube, position=1, purpose="retest",
            sampled_at=now + timedelta(minutes=180), recorded_at=now + timedelta(minutes=180),
        )  # fmt: skip
    run = take(abi(clean("A1", "S-1"), ("A2", "S-2", 22.0, 23.0, 27.0), name="RUN-9"), minutes=300).run
    assert held() == {"P1", "P2"}  # nothing is said before it is verified
    laboratory.verify(run, actor=account_of("laboratory"), at=now + timedelta(minutes=310))
    ended = dict(RetestOrder.objects.known_at(None).values_list("person__number", "outcome"))
    assert ended == {"P1": "negative", "P2": "positive"}
    assert held() == set()


def test_a_file_twice_changes_nothing_half_of_it_lacks_and_the_corrected_one_supersedes(arrived, take):
    half = abi(("A1", "T-1", 24.0, 25.0, 27.0))
    assert take(half).recorded == 1
    again = take(half, minutes=125)
    assert (again.recorded, again.corrected, Result.objects.count()) == (0, 0, 1)
    assert outcomes() == {"T-1": "positive"}
    whole = take(abi(("A1", "T-1", 24.0, 25.0, 27.0), clean("A2", "T-2")), minutes=130)
    assert (whole.recorded, whole.corrected, whole.unchanged) == (1, 0, 1)
    corrected = take(abi(clean("A1", "T-1"), ("A2", "T-2", 24.0, 25.0, 27.0)), minutes=140)
    assert (corrected.recorded, corrected.corrected) == (0, 2)
    assert outcomes() == {"T-1": "negative", "T-2": "positive"}
    assert held() == {"P3", "P4"}  # T-1's members are let go, T-2's are held
    assert LabRun.objects.get().wells == 4


def test_a_plate_whose_controls_fail_counts_for_nothing(arrived, take, account_of, now):
    dirty = abi(clean("A1", "T-1"), ("H11", "NTC", 30.0, None, None), ("H12", "PC", 25.0, 25.5, 26.0), controls=False)
    taken = take(dirty)
    assert taken.controls == ("negative_control_amplified",)
    assert outcomes() == {"T-1": "invalid"}
    with pytest.raises(Refused, match="controls_failed"):
        laboratory.verify(taken.run, actor=account_of("laboratory"), at=now + timedelta(hours=3))
    assert take(abi(clean("A1", "T-2"), controls=False, name="R2")).controls == (
        "negative_control_missing", "positive_control_missing",
    )  # fmt: skip


def test_a_rejected_tube_calls_its_members_again(arrived, now):
    assert laboratory.reject(arrived["T-1"], "leak", actor=None, at=now + timedelta(minutes=60)) == 2
    assert held() == {"P1", "P2"}
    assert set(RetestOrder.objects.values_list("cause", flat=True)) == {"rejected"}
    with pytest.raises(Refused, match="tube_not_received"):
        laboratory.reject(arrived["T-1"], "leak", actor=None, at=now + timedelta(minutes=61))
    assert TubeCustody.objects.known_at(None).get(tube=arrived["T-1"]).reject_reason == "leak"


def test_a_tube_nobody_knows_and_one_that_never_arrived_are_named(tubes, take):
    taken = take(abi(clean("A1", "T-1"), clean("A2", "X-9")))
    assert {(one["code"], one["value"]) for one in taken.problems} == {("not_received", "T-1"), ("unknown_tube", "X-9")}


def test_the_other_instrument_is_read_with_its_columns_in_any_order():
    rows = "NaN,A01,FAM,ORF1ab,Unkn-01,T-1\r\n36.2,A01,HEX,N,Unkn-01,T-1\r\n27,A01,Cy5,IC,Unkn-01,T-1\r\n"
    rows += "N/A,H11,FAM,ORF1ab,NTC,\r\n25.1,H12,FAM,ORF1ab,Pos Ctrl,\r\n"
    plate, _ = reading.read(("\ufeff" + CFX + rows).encode())
    assert plate.number == "RUN-8"
    assert [(well.position, well.kind) for well in plate.wells] == [
        ("A01", "sample"), ("H11", "negative_control"), ("H12", "positive_control"),
    ]  # fmt: skip
    assert plate.wells[0].ct == {"ORF1ab": None, "N": 36.2, "IC": 27.0}


HL7 = (
    "MSH|^~\\&|LIS|L1|CB|CB|20220327120000+0800||ORU^R01^ORU_R01|MSG-1|P|2.5.1\r"
    "PID|1||P1\r"
    "OBR|1||T-1|94500-6^SARS-CoV-2^LN|||20220327090000\r"
    "OBX|1|CWE|94500-6^SARS-CoV-2 RNA^LN||260373001^Detected^SCT||||||F|||20220327113000\r"
    "OBX|2|NM|94643-4^ORF1ab Ct^LN||24.5|||||F\r"
    "OBR|2||T-2|94500-6^SARS-CoV-2^LN\r"
    "OBX|1|ST|94500-6^SARS-CoV-2 RNA^LN||NOT DETECTED||||||F\r"
    "SPM|1|T-2B\r"
)


def test_messages_are_read_with_specimen_outcome_and_time():
    plate, _ = reading.read(HL7.encode())
    assert [(well.sample, well.outcome) for well in plate.wells] == [("T-1", "positive"), ("T-2B", "negative")]
    assert plate.wells[0].ct == {"ORF1ab Ct": 24.5}
    assert plate.wells[0].reported_at.isoformat() == "2022-03-27T11:30:00+08:00"
    assert (plate.number, plate.final, plate.whole) == ("MSG-1", True, False)


@pytest.mark.skipif(not DEMIS.exists(), reason="the report is not beside the repository")
def test_a_fhir_report_of_a_notification_system_is_read():
    wanted = json.loads((DEMIS / "expected.json").read_text())
    plate, _ = reading.read((DEMIS / "laboratory_covid.json").read_bytes())
    (well,) = plate.wells
    assert (wanted["interpretation"], well.outcome, plate.final) == ("POS", "positive", True)
    assert well.sample == "2021-000672922"
    assert well.reported_at.isoformat() == "2021-03-04T20:15:00+01:00"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "file_empty"), (b" \r\n", "file_empty"), (b"{", "not_json"), (b"[1]", "not_a_bundle"), (b'{"resourceType": "Patient"}', "not_a_bundle"),
     (b'{"resourceType": "Bundle", "type": "x", "entry": 5}', "not_fhir"), (b'{"resourceType": "Bundle", "type": "collection"}', "no_wells"),
     (b"\x00\x01\x02\xff\xfe", "not_text"), (b"hello", "no_wells"), (b"MSH|", "not_hl7"), (HL7.replace("ORU^R01^ORU_R01", "ADT^A01").encode(), "not_oru"),
     (HL7.replace("NOT DETECTED", "perhaps").encode(), "no_outcome"), (HL7.replace("24.5", "low").encode(), "bad_ct"),
     (abi(("Z9", "T-1", 1.0, 2.0, 3.0)), "bad_well"), (abi(("A1", "T-1", "abc", 2.0, 3.0)), "bad_ct"),
     (abi(("A1", "T-1", -5.0, 2.0, 3.0)), "bad_ct"), (abi(clean("A1", "T-1"), clean("A1", "T-2")), "well_twice"),
     (abi(clean("A1", "T-1"), clean("A1", "T-1")), "target_twice")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(data, code):
    with pytest.raises(Wrong) as wrong:
        reading.read(data)
    assert wrong.value.code == code
