"""From the box to the verified result: hand-overs, runs, holds and own tests, corrections (E3 16-19, E3 21, P-18)."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from chainbreak.command.selectors import gap
from chainbreak.command.services import figure
from chainbreak.exchange.lab import reading
from chainbreak.governance.models import AuditEntry
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import Case, CaseClassification, CaseReport, Outbreak
from chainbreak.investigation.selectors import positive as positives
from chainbreak.investigation.services import positive as beginning
from chainbreak.registry.models import Person
from chainbreak.screening.models import (
    Device,
    IntakeConflict,
    LabRun,
    Result,
    RetestOrder,
    Swab,
    Tube,
    TubeCustody,
)
from chainbreak.screening.selectors import blind, retest
from chainbreak.screening.selectors.laboratory import STATIONS, WHY, honesty, in_words
from chainbreak.screening.selectors.reconciliation import tally, unexplained
from chainbreak.screening.services import blind as blinds
from chainbreak.screening.services import laboratory, shipment
from chainbreak.screening.services import retest as retests
from chainbreak.screening.services import round as rounds
from chainbreak.screening.services.plate import Wrong

pytestmark = pytest.mark.django_db
GAPS = ("positive_without_case", "own_swabs_wanted")
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


@pytest.fixture
def held_pool(arrived, take):
    """T-1 came out positive, T-2 negative: P1 and P2 are held."""
    take(abi(("A1", "T-1", 24.0, 25.0, 27.0), clean("A2", "T-2")))
    return {one.person.number: one for one in RetestOrder.objects.known_at(None).select_related("person", "tube")}


def test_the_own_swab_lies_in_a_new_tube_once_and_says_it_everywhere(held_pool, now, account_of):
    sampler, at = account_of("sampler"), now + timedelta(minutes=200)

    def own(number, barcode, **more):
        order = RetestOrder.objects.known_at(None).select_related("person", "tube").get(person__number=number)
        return retests.take_own(order, barcode, **{"sampled_at": at, "actor": sampler, "at": at, **more})

    swab = own("P1", " S-1 ")
    assert (swab.tube.barcode, swab.tube.pool_limit, swab.purpose, swab.round_id) == ("S-1", 1, "retest", None)
    assert TubeCustody.objects.known_at(None).get(tube=swab.tube).sealed_at == at
    assert RetestOrder.objects.known_at(None).get(person__number="P1").own_tube == swab.tube
    assert own("P1", "S-1") == swab  # the same again is the same
    for barcode, code in (("T-1", "tube_taken"), ("S-1", "tube_taken"), ("", "bad_filter"), ("x" * 41, "bad_filter")):
        with pytest.raises(Refused, match=code):
            own("P2", barcode)
    for when in (now, at + timedelta(hours=1)):  # before the order, and in the future
        with pytest.raises(Refused, match="swab_before_order"):
            own("P2", "S-2", sampled_at=when)
    with pytest.raises(Refused, match="not_permitted"):
        own("P2", "S-2", actor=account_of("laboratory"))


def test_work_lists_by_state_and_area_and_the_reason_for_a_phone_is_on_record(held_pool, now, account_of, sampling):
    soon, late = now + timedelta(minutes=130), now + timedelta(hours=12)

    def listed(at=soon, **more):
        return {one.person.number for one in retest.orders(at=at, **more)}

    assert (listed(), listed(state="late"), listed(late, state="late")) == ({"P1", "P2"}, set(), {"P1", "P2"})
    assert (listed(area="411104"), listed(area="411122"), listed(of=sampling)) == (set(), {"P1", "P2"}, {"P1", "P2"})
    retests.take_own(held_pool["P1"], "S-1", sampled_at=late, actor=account_of("sampler"), at=late)
    assert (listed(state="swabbed"), listed(state="done")) == ({"P1"}, set())
    with pytest.raises(Refused, match="bad_filter"):
        listed(state="sleeping")
    retests.asked_why(held_pool["P2"], "ask_to_come", actor=account_of("community_worker"), at=soon)
    row = AuditEntry.objects.filter(act="retest.called").get()
    assert (row.subject, row.detail["reason"]) == ("person:P2", "ask_to_come")
    with pytest.raises(Refused, match="bad_filter"):
        retests.asked_why(held_pool["P2"], "curiosity", actor=account_of("community_worker"), at=soon)
    with pytest.raises(Refused, match="not_permitted"):
        retests.asked_why(held_pool["P2"], "ask_to_come", actor=account_of("laboratory"), at=soon)


@pytest.fixture
def positive_person(held_pool, take, now, account_of):
    """P1's own test is a verified positive; gives how its run is sent once more, corrected."""
    at = now + timedelta(minutes=200)
    retests.take_own(held_pool["P1"], "S-1", sampled_at=at, actor=account_of("sampler"), at=at)

    def run(*well):
        return take(abi(("A1", "S-1", *well), name="RUN-9"), minutes=300).run

    checked = run(22.0, 23.0, 27.0)
    assert laboratory.verify(checked, actor=account_of("laboratory"), at=now + timedelta(minutes=310)) == 1
    return run


@pytest.fixture
def outbreak(now):
    return Outbreak.objects.create(
        code="LY", name_zh="本轮疫情", name_en="This outbreak", disease="covid19", rule_pack="covid19-cn-v8",
        area_code="411100", detected_at=now - timedelta(days=2),
    )  # fmt: skip


def begin(outbreak, account_of, now, barcode="S-1", **more):
    said = {"classification": "asymptomatic", "route": "mass_round", "under_control": False, **more}
    return beginning.begin(outbreak, barcode, **said, actor=account_of("investigator"), at=now + timedelta(minutes=320))


def test_a_verified_positive_person_waits_for_a_case_and_gets_one_case(positive_person, outbreak, account_of, now):
    (waiting,) = positives.without_case(outbreak)
    assert (waiting.swab.person.number, waiting.swab.tube.barcode, waiting.round) == ("P1", "S-1", "CITY-1")
    later = now + timedelta(hours=9)
    asked = figure.context(outbreak, as_of=later, as_known=None, at=later)
    wanted = {code: [one.subject for one in gap.page(asked, gap.kind_of(code))] for code in GAPS}
    assert wanted == {"positive_without_case": ["P1"], "own_swabs_wanted": ["P2"]}
    assert all(one.late for code in GAPS for one in gap.page(asked, gap.kind_of(code)))
    case, new = begin(outbreak, account_of, now)
    assert gap.page(asked, gap.kind_of("positive_without_case")) == []
    assert (new, case.number, case.person.number) == (True, 1, "P1")
    report = CaseReport.objects.get(case=case)
    assert (report.first_positive_at, report.extra["swab"], report.extra["run"]) == (
        waiting.swab.sampled_at,
        "S-1",
        "RUN-9",
    )
    assert CaseClassification.objects.get(case=case).basis == "swab S-1, run RUN-9"
    assert begin(outbreak, account_of, now) == (case, False)
    assert positives.without_case(outbreak) == []
    assert Case.objects.count() == 1


def test_a_pool_a_preliminary_result_and_a_negative_open_no_case(held_pool, outbreak, take, account_of, now):
    assert positives.without_case(outbreak) == []
    at = now + timedelta(minutes=200)
    retests.take_own(held_pool["P1"], "S-1", sampled_at=at, actor=account_of("sampler"), at=at)
    take(abi(("A1", "S-1", 22.0, 23.0, 27.0), name="RUN-9"), minutes=300)  # not verified
    assert positives.without_case(outbreak) == []
    for barcode in ("T-1", "T-2", "S-1", "X"):
        with pytest.raises(Refused, match="not_a_positive"):
            begin(outbreak, account_of, now, barcode)


def test_a_corrected_result_shakes_the_case_that_rests_on_it(positive_person, outbreak, account_of, now):
    case, _new = begin(outbreak, account_of, now)
    assert positives.shaken(outbreak) == []
    positive_person(None, None, 27.0)
    assert [(one, tube) for one, tube, _at in positives.shaken(outbreak)] == [(case, "S-1")]
    with pytest.raises(Refused, match="not_a_positive"):
        begin(outbreak, account_of, now)


def test_a_blind_sample_travels_as_any_tube_and_a_wrong_verdict_is_named(tubes, sampling, take, now, account_of):
    lead = account_of("epidemiology_lead")
    blinds.put_in(sampling, "B-1", "positive", laboratory="L1", actor=lead, at=now)
    with pytest.raises(Refused, match="tube_taken"):
        blinds.put_in(sampling, "B-1", "negative", laboratory="L1", actor=lead, at=now)
    with pytest.raises(Refused, match="not_permitted"):
        blinds.put_in(sampling, "B-2", "negative", laboratory="L1", actor=account_of("laboratory"), at=now)
    codes = ["T-1", "T-2", "B-1"]
    box, left = shipment.hand_over(
        "BOX-1",
        codes,
        counted=3,
        laboratory="L1",
        courier="C1",
        round_=sampling,
        site=None,
        actor=None,
        at=now + timedelta(minutes=10),
    )
    assert not left
    shipment.receive(box, codes, counted=3, actor=None, at=now + timedelta(minutes=50))
    taken = take(abi(clean("A1", "T-1"), clean("A2", "T-2"), clean("A3", "B-1")))
    later = now + timedelta(hours=3)
    assert [one.wrong for one in blind.of(sampling)] == [False]  # preliminary: no verdict yet
    laboratory.verify(taken.run, actor=account_of("laboratory"), at=now + timedelta(minutes=150))
    assert [(one.barcode, one.outcome, one.wrong) for one in blind.of(sampling)] == [("B-1", "negative", True)]
    counted = tally(sampling, as_of=later, as_known=later)
    assert (counted.tubes, counted.wells, counted.tested_in_runs, counted.differences()) == (2, 5, 3, {})
    assert unexplained(sampling, at=later) == {"blind_wrong": 1}


def test_a_lost_tube_calls_its_members_and_stands_open_until_all_are_swabbed(tubes, take, now, sampling, account_of):
    box, _left = shipment.hand_over(
        "BOX-1",
        ["T-1", "T-2"],
        counted=2,
        laboratory="L1",
        courier="C1",
        round_=sampling,
        site=None,
        actor=None,
        at=now,
    )
    shipment.receive(box, ["T-2"], counted=1, actor=None, at=now + timedelta(minutes=30))
    shipment.lost(tubes["T-1"], actor=None, at=now + timedelta(minutes=60), reason="box fell")
    assert held() == {"P1", "P2"}
    assert set(RetestOrder.objects.values_list("cause", flat=True)) == {"lost"}
    assert unexplained(sampling, at=now + timedelta(minutes=61))["lost"] == 1
    at = now + timedelta(minutes=100)
    for number, barcode in (("P1", "S-1"), ("P2", "S-2")):
        order = RetestOrder.objects.known_at(None).select_related("person", "tube").get(person__number=number)
        retests.take_own(order, barcode, sampled_at=at, actor=account_of("sampler"), at=at)
    runs = [take(abi(clean("A1", "S-1"), clean("A2", "S-2"), clean("A3", "T-2"), name="RUN-9"), minutes=300).run]
    laboratory.verify(runs[0], actor=account_of("laboratory"), at=now + timedelta(minutes=310))
    later = now + timedelta(hours=6)
    assert unexplained(sampling, at=later) == {}
    assert (
        honesty(sampling, at=later).not_all_negative == ()
    )  # the members of the lost tube are negative by their own tests


def test_conflicts_people_held_and_blind_samples_keep_a_round_from_being_reconciled(
    held_pool, sampling, now, account_of
):
    later = now + timedelta(hours=4)
    device = Device.objects.first()
    tube = held_pool["P1"].tube
    conflict = IntakeConflict.objects.create(
        event_id=uuid.uuid4(), kind="same_person", round=sampling, device=device, tube=tube, at=now, recorded_at=now
    )
    found = unexplained(sampling, at=later)
    assert (found["conflicts_open"], found["members_held"]) == (1, 2)
    for minutes, state in enumerate(("sampling_closed", "testing", "complete")):
        rounds.move(sampling, state, actor=None, at=later + timedelta(minutes=minutes))
    with pytest.raises(Refused, match="tubes_do_not_add_up") as refused:
        rounds.move(sampling, "reconciled", actor=account_of("commander"), at=later + timedelta(minutes=9))
    words = in_words(refused.value.facts["differences"])
    assert [str(said) for said, _n in words] == [str(STATIONS["conflicts_open"]), str(WHY["members_held"])][::-1]
    conflict.delete()
    RetestOrder.objects.known_at(None).filter(ended_at=None).update(superseded_at=later)
    assert rounds.move(sampling, "reconciled", actor=None, at=later + timedelta(minutes=10)).state == "reconciled"


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
