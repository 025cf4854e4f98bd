"""Story of the tubes: handed over, received, rejected, tested, verified by a second person; a held person; a case.

1. A courier hands a box over on a phone; what was counted and scanned must agree (Chinese).
2. The laboratory receives it, one tube is missing, one leaks; a file is looked at, taken in, verified by a second person.
3. The members of the positive pool are called through the audited door, one own swab is positive: the case is opened.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chainbreak.governance.models import AuditEntry
from chainbreak.investigation.models import Case, CaseClassification
from chainbreak.registry.models import Person
from chainbreak.registry.services import identity
from chainbreak.screening.models import RetestOrder, Round, RoundEvent, Swab, Tube, TubeCustody

pytestmark = pytest.mark.story
HEAD = "* Experiment Name = RUN-7\n\n[Results]\nWell Position\tSample Name\tTarget Name\tTask\tCT\n"
CONTROLS = (("H11", "NTC", "NTC", None, None, None), ("H12", "PC", "POS", 25.0, 25.5, 26.0))


def abi(*wells, name="RUN-7") -> dict:
    """An instrument's file for an upload: (position, sample, task, orf, n, ic)."""
    text = HEAD.replace("RUN-7", name)
    for position, sample, task, *cts in (*wells, *CONTROLS):
        for target, ct in zip(("ORF1ab", "N", "IC"), cts, strict=True):
            text += f"{position}\t{sample}\t{target}\t{task}\t{'Undetermined' if ct is None else ct}\n"
    return {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": text.encode()}


@pytest.fixture
def tubes(outbreak):
    """A round under way with four sealed tubes of two people each; somebody in the pool has a phone."""
    now = timezone.now().replace(microsecond=0)
    of = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=now - timedelta(hours=3),
        sample_due_at=now + timedelta(hours=3), test_due_at=now + timedelta(hours=13),
    )  # fmt: skip
    for state, before in (("planned", 9), ("announced", 8), ("sampling", 3)):
        at = now - timedelta(hours=before)
        RoundEvent.objects.create(round=of, state=state, at=at, recorded_at=at)
    sealed = now - timedelta(hours=2)
    for n in range(4):
        tube = Tube.objects.create(barcode=f"T-{n + 1}", round=of, area_code="411122", pool_limit=10)
        TubeCustody.objects.create(
            tube=tube, opened_at=sealed - timedelta(minutes=9), sealed_at=sealed, recorded_at=sealed
        )
        for place in (1, 2):
            person = Person.objects.create(number=f"M{n}{place}", area_code="411122101")
            Swab.objects.create(
                person=person, round=of, tube=tube, position=place, purpose="mass_round",
                sampled_at=sealed - timedelta(minutes=5), recorded_at=sealed,
            )  # fmt: skip
    identity.record(Person.objects.get(number="M01"), at=sealed, name="张三", phone="13800000001")
    return of


def test_from_the_box_to_the_case(tubes, screen, assert_accessible):
    mine = screen("transfer")
    page = mine.page

    def look(name: str, language: str) -> None:
        assert_accessible(page)
        mine.picture(f"{name}-{language}")
        mine.picture(f"{name}-{language}-phone", phone=True)
        page.set_viewport_size({"width": 390, "height": 844})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.set_viewport_size({"width": 1280, "height": 900})
        assert wide <= 0, f"{name} is wider than a phone"

    # the courier, on a phone, in Chinese
    page.set_viewport_size({"width": 390, "height": 844})
    assert mine.open("/boxes/hand-over/").status == 200
    said = {"number": "BOX-1", "laboratory": "市疾控", "courier": "李师傅", "counted": "4", "barcodes": "T-1\nT-2\nT-3"}

    def hand_over(**changed: str) -> None:
        for name, value in {**said, **changed}.items():
            page.locator(f"[name={name}]").fill(value)
        page.locator("select[name=round]").select_option("CITY-1")
        page.get_by_role("button", name="确认交箱").click()

    hand_over()
    page.wait_for_selector(".notice-error")  # four counted, three scanned: the box stays
    hand_over(counted="5", barcodes="T-1 T-2 T-3 T-4 T-9")
    page.wait_for_url("**/boxes/BOX-1/")
    assert "T-9" in page.locator(".notice-warning").inner_text()
    look("shipment_out", "zh")

    # the laboratory, in English: one tube did not come, one leaks
    first = screen("laboratory", "en")
    assert first.open("/boxes/BOX-1/").status == 200
    page.locator("[name=counted]").fill("3")
    page.locator("[name=barcodes]").fill("T-1\nT-2\nT-3")
    page.get_by_role("button", name="Received").click()
    page.wait_for_selector(".notice-success")
    assert "T-4" in page.locator("main").inner_text()
    look("shipment", "en")
    first.open("/tubes/T-4/")
    page.locator("input[name=reason]").fill("fell into the river")
    page.get_by_role("button", name="It is lost; call its members again").click()
    page.wait_for_selector(".notice-success")
    first.open("/tubes/T-3/")
    page.locator("select[name=reason]").select_option("leak")
    page.get_by_role("button", name="Reject it; call its members again").click()
    page.wait_for_selector(".notice-success")
    look("tube", "en")
    orders = RetestOrder.objects.known_at(None)
    assert sorted(orders.values_list("cause", flat=True)) == ["lost", "lost", "rejected", "rejected"]

    # a file that is none; then the run, looked at before it counts
    first.open("/laboratory/runs/")
    page.locator("input[name=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.get_by_role("button", name="Look at it first").click()
    page.wait_for_selector(".notice-error")
    wells = (("A1", "T-1", "UNKNOWN", 24.0, 25.0, 27.0), ("A2", "T-2", "UNKNOWN", None, None, 27.0))
    page.locator("input[name=file]").set_input_files(abi(*wells))
    page.locator("form[enctype] input[name=laboratory]").fill("City CDC")
    page.get_by_role("button", name="Look at it first").click()
    page.wait_for_selector(".plate svg")
    assert page.locator(".plate .well-positive").count() == 1
    look("lab_preview", "en")
    page.get_by_role("button", name="Take it in as preliminary").click()
    page.wait_for_url("**/laboratory/runs/RUN-7/")
    assert set(orders.filter(cause="positive").values_list("person__number", flat=True)) == {"M01", "M02"}
    page.get_by_role("button", name="Verify 2 results").click()
    page.wait_for_selector(".notice-error, [data-refused], h1")
    assert page.get_by_text("Verify 2 results").count() == 0  # refused: whoever took it in does not verify it
    second = screen("laboratory", "en")
    second.open("/laboratory/runs/RUN-7/")
    page.get_by_role("button", name="Verify 2 results").click()
    page.wait_for_selector(".notice-success")
    look("lab_run", "en")

    # the held: called with a reason, swabbed alone
    sampler = screen("sampler", "en")
    assert sampler.open("/retests/").status == 200
    look("retests", "en")
    page.get_by_role("link", name="M01").click()
    assert page.get_by_text("13800000001").count() == 0
    page.get_by_role("button", name="Show name and phone (goes on record with the reason)").click()
    page.wait_for_selector("a[href='tel:13800000001']")
    entry = AuditEntry.objects.filter(act="retest.called").get()
    assert (entry.subject, entry.detail["reason"]) == ("person:M01", "ask_to_come")
    look("retest", "en")
    held = orders.get(person__number="M01").held_at
    page.locator("input[name=sampled_at]").fill(
        timezone.localtime(held + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    )
    page.locator("input[name=barcode]").fill("T-1")
    page.get_by_role("button", name="Record the own swab").click()
    page.wait_for_selector(".notice-error")  # a tube that is on record already
    page.locator("input[name=barcode]").fill("OWN-1")
    page.get_by_role("button", name="Record the own swab").click()
    page.wait_for_url("**/retests/")

    # its own result, verified by a second person, opens a case
    third = screen("laboratory", "en")
    third.open("/laboratory/runs/")
    page.locator("input[name=file]").set_input_files(abi(("A1", "OWN-1", "UNKNOWN", 21.0, 22.0, 27.0), name="RUN-8"))
    page.get_by_role("button", name="Look at it first").click()
    page.wait_for_selector(".plate svg")
    page.locator("input[name=laboratory]").fill("City CDC")
    page.get_by_role("button", name="Take it in as preliminary").click()
    page.wait_for_url("**/laboratory/runs/RUN-8/")
    fourth = screen("laboratory", "en")
    fourth.open("/laboratory/runs/RUN-8/")
    page.get_by_role("button", name="Verify 1 result").click()
    page.wait_for_selector(".notice-success")
    assert orders.get(person__number="M01").outcome == "positive"
    lead = screen("epidemiology_lead", "en")
    assert lead.open("/positives/LY/").status == 200
    look("positives", "en")
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url("**/cases/LY/4/")
    case = Case.objects.get(person__number="M01")
    assert CaseClassification.objects.get(case=case).basis == "swab OWN-1, run RUN-8"
    lead.open("/positives/LY/")
    assert page.get_by_role("button", name="Open the case").count() == 0
    lead.open("/rounds/CITY/1/laboratory/")
    look("laboratory", "en")
    lead.open("/rounds/CITY/1/blind/")
    look("blind", "en")
    for one in (mine, first, second, sampler, third, fourth, lead):
        assert [said for said in one.complaints if "4" not in said.split("status of")[-1]] == []
