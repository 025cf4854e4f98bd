"""A grid worker knocks on doors: sent at the desk, told on a phone without a network, taken back, sent when it returns.

1. At the desk somebody is sent to the missed people of an area.
2. The phone takes names and addresses along; then there is no network.
3. An outcome is two taps; a slip is taken back; the page is loaded again and nothing is lost.
4. The network returns: visits and swabs are there once; at home the phone is emptied.
"""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chainbreak.registry.models import Area, Person
from chainbreak.registry.services import identity
from chainbreak.screening.models import DoorVisit, RollEntry, Round, RoundEvent, Swab
from chainbreak.screening.selectors import live

pytestmark = pytest.mark.story


@pytest.fixture
def missed(outbreak):
    now = timezone.now()
    Area.objects.create(code="411122001", name_zh="城关镇", name_en="Chengguan", level="township")
    of = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=now - timedelta(hours=1), pool_size=10,
        sample_due_at=now + timedelta(hours=5), test_due_at=now + timedelta(hours=15),
    )  # fmt: skip
    RoundEvent.objects.create(round=of, state="sampling", at=now - timedelta(hours=1), recorded_at=now)
    for n, name in enumerate(("张三", "李四", "王五"), start=1):
        person = Person.objects.create(number=f"M{n}", area_code="411122001", birth_year=1936 if n == 1 else 1990)
        identity.record(person, at=now, name=name, phone=f"1380000000{n}", address=f"{n}号楼")
        RollEntry.objects.create(round=of, person=person, area_code="411122")
    live.forget()
    return of


def visits(number: int) -> None:
    end = time.monotonic() + 25
    while DoorVisit.objects.known_at(None).count() != number and time.monotonic() < end:
        time.sleep(0.1)
    assert DoorVisit.objects.known_at(None).count() == number


@pytest.mark.parametrize(
    ("role", "language", "scheme"), [("sampler", "zh-hans", "light"), ("community_worker", "en", "dark")]
)
def test_a_worker_knocks_on_doors(missed, screen, assert_accessible, role, language, scheme):
    mine = screen(role, language)
    page = mine.page
    page.emulate_media(color_scheme=scheme)
    mine.open("/rounds/CITY/1/missed/?area=411122001")
    if role == "community_worker":
        expect(page.locator("main")).to_contain_text("M1")
    assert_accessible(page)
    mine.open("/rounds/CITY/1/doors/?area=411122001")
    page.locator("form[action$='assign/'] button").click()
    expect(page.locator("main")).to_contain_text("M3")
    assert_accessible(page)
    mine.picture(f"doors-{language}")

    page.set_viewport_size({"width": 390, "height": 844})
    mine.open("/field/doors/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    doors = page.locator("details.door")
    expect(doors).to_have_count(3, timeout=20_000)
    expect(doors.first).to_contain_text("张三")
    page.context.set_offline(True)
    said = page.locator("#told")
    # a swab without a tube is refused on the spot
    doors.nth(0).locator("summary").click()
    doors.nth(0).locator("button.btn-success").click()
    expect(said).to_have_class("field-told field-told-no")
    page.locator("input[name=tube]").fill("TUBE-900")
    page.keyboard.press("Enter")
    expect(said).to_have_class("field-told field-told-yes")
    expect(doors.nth(0).locator("button.btn-success")).to_be_visible()  # the door that was opened stays open
    assert_accessible(page)
    small = page.evaluate(
        "[...document.querySelectorAll('.field-main button, .field-main summary, .field-main a, .field-main input')]"
        ".filter(one => one.offsetHeight && one.offsetHeight < 48).map(one => one.outerHTML.slice(0, 80))"
    )
    assert small == []  # for gloves
    mine.picture(f"doors-phone-{language}", phone=True)
    page.set_viewport_size({"width": 390, "height": 844})
    doors.nth(0).locator("button.btn-success").click()
    expect(doors).to_have_count(2)
    doors.nth(0).locator("summary").click()  # two taps: the door, and what came of it
    doors.nth(0).locator("button", has_text="拒绝" if language == "zh-hans" else "refused").click()
    expect(doors).to_have_count(1)
    said.locator("button").click()  # a slip of the finger
    expect(doors).to_have_count(2)
    page.reload()
    expect(doors).to_have_count(2, timeout=20_000)
    doors.nth(0).locator("summary").click()
    doors.nth(0).locator("button", has_text="外出" if language == "zh-hans" else "away for some time").click()
    expect(doors).to_have_count(1)
    page.locator(".field-tube button.btn-success").click()  # seal
    assert DoorVisit.objects.count() == 0

    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    visits(2)
    expect(page.locator(".field-status-idle")).to_be_visible(timeout=25_000)
    expect(page.locator("#refused li")).to_have_count(0)
    told = dict(DoorVisit.objects.known_at(None).values_list("person__number", "outcome"))
    assert told == {"M1": "swabbed", "M2": "away"}
    assert DoorVisit.objects.count() == 3  # the slip and that it was one stay on record
    swabs = list(Swab.objects.values_list("person__number", "tube__barcode"))
    assert swabs == ([("M1", "TUBE-900")] if role == "sampler" else [])
    page.locator("button", has_text="收工" if language == "zh-hans" else "Back home").click()
    expect(said).to_have_class("field-told field-told-yes")
    page.wait_for_function("Field.all('subjects').then(found => found.length === 0)")
