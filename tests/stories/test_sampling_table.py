"""Two sampling tables on phones: the network is cut, a phone is restarted, one person comes to both tables.

1. Both tables choose the round; then the first has no network.
2. It opens a tube, adds people, refuses whom it may not add, is loaded again, seals: nothing is lost.
3. The second table, with a network, swabs one of the same people.
4. The network returns, answers are lost, the phone sends again: every swab is there once; the person of both tables is
   in the list for a human, and the phone says so.
"""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from chainbreak.epi import round_intake
from chainbreak.registry.models import Person
from chainbreak.registry.services import identity
from chainbreak.screening.models import IntakeConflict, Round, RoundEvent, SamplingSite, Swab, TubeCustody

pytestmark = pytest.mark.story


@pytest.fixture
def round_open(outbreak):
    now = timezone.now()
    made = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=now - timedelta(hours=1), pool_size=5,
        sample_due_at=now + timedelta(hours=5), test_due_at=now + timedelta(hours=15),
    )  # fmt: skip
    RoundEvent.objects.create(round=made, state="sampling", at=now - timedelta(hours=1), recorded_at=now)
    SamplingSite.objects.create(number="S-1", name_zh="一号采样点", name_en="Site one", area_code="411122")
    return made


def swabs(number: int) -> None:
    """Waits until so many swabs are on file: the phone's own bar may not have begun to send yet."""
    end = time.monotonic() + 20
    while Swab.objects.count() != number and time.monotonic() < end:
        time.sleep(0.1)
    assert Swab.objects.count() == number


def begin(page, table: str) -> None:
    page.locator("select[name=site]").select_option("S-1")
    page.locator("input[name=table]").fill(table)
    page.locator("form button.btn-primary").click()
    expect(page.locator("input[name=code]")).to_be_visible()


def scan(page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator("input[name=code]")).to_have_value("")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_shift_without_a_network(round_open, screen, assert_accessible, language, browser, monkeypatch):
    monkeypatch.setattr(round_intake, "LATE", timedelta(0))  # a shift of moments, told after the fact
    mine = screen("sampler", language)
    page = mine.page
    page.set_viewport_size({"width": 390, "height": 844})
    other = browser.new_context(viewport={"width": 390, "height": 844})
    other.add_cookies(page.context.cookies())
    second = other.new_page()
    for one, table in ((page, "1"), (second, "2")):
        one.goto(f"{mine.address}/field/sampling/")
        one.evaluate("navigator.serviceWorker.ready.then(() => true)")
        one.reload()
        begin(one, table)
    assert_accessible(page)

    page.context.set_offline(True)
    said = page.locator("#told")
    scan(page, "P4")  # too short for a barcode, or taken for one
    expect(said).to_have_class("field-told field-told-no")
    scan(page, "TUBE-001")
    expect(said).to_have_class("field-told field-told-yes")
    scan(page, "TUBE-001")
    expect(said).to_have_class("field-told field-told-no")  # nobody in it yet
    scan(page, "P4")
    scan(page, "P5")
    expect(page.locator(".field-tube .field-count")).to_have_text("2 / 5")
    scan(page, "P5")
    expect(said).to_contain_text("TUBE-001")
    expect(said).to_have_class("field-told field-told-no")
    scan(page, "11010519491231002Y")
    expect(said).to_have_class("field-told field-told-no")
    scan(page, "110105194912310029")  # the last digit should be an X
    expect(said).to_have_class("field-told field-told-no")
    assert_accessible(page)
    mine.picture(f"sampling-{language}", phone=True)
    page.reload()
    expect(page.locator(".field-tube .field-count")).to_have_text("2 / 5")
    scan(page, "P6")
    scan(page, "TUBE-001")  # its barcode again: sealed
    expect(page.locator(".field-tube")).to_have_count(0)
    expect(page.locator(".field-status-offline")).to_contain_text("5")
    assert Swab.objects.count() == 0

    for code in ("TUBE-002", "P6", "P7", "TUBE-002"):
        scan(second, code)
    swabs(2)

    lost = []

    def lose(route):
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/swabs:batch", lose)
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".field-status-offline")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(500)
    assert lost and set(lost) == {200}
    page.unroute("**/swabs:batch")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#refused li")).to_have_count(1, timeout=20_000)
    expect(page.locator("#refused li")).to_contain_text("P6")
    assert_accessible(page)
    mine.picture(f"sampling-conflict-{language}", phone=True)
    swabbed = sorted(Swab.objects.values_list("person__number", "tube__barcode"))
    assert swabbed == [("P4", "TUBE-001"), ("P5", "TUBE-001"), ("P6", "TUBE-002"), ("P7", "TUBE-002")]
    conflict = IntakeConflict.objects.get()
    assert (conflict.kind, {conflict.tube.barcode, conflict.other_tube.barcode}) == (
        "same_person",
        {"TUBE-001", "TUBE-002"},
    )
    assert TubeCustody.objects.known_at(None).filter(sealed_at__isnull=False).count() == 2
    other.close()


def test_an_identity_card_is_scanned(round_open, screen):
    identity.record(Person.objects.get(number="P5"), at=timezone.now(), name="张三", id_number="11010519491231002X")
    mine = screen("sampler", "en")
    mine.open("/field/sampling/")
    begin(mine.page, "1")
    for code in ("TUBE-010", "姓名:张三;证号:11010519491231002x;", "TUBE-010"):
        scan(mine.page, code)
    swabs(1)
    expect(mine.page.locator("#refused li")).to_have_count(0)
    assert Swab.objects.get().person.number == "P5"


def test_whom_nobody_knows_is_told_and_taken_out(round_open, screen):
    mine = screen("sampler", "en")
    page = mine.page
    mine.open("/field/sampling/")
    begin(page, "1")
    for code in ("TUBE-009", "P4", "NOBODY-1"):
        scan(page, code)
    expect(page.locator("#refused li")).to_contain_text("nobody has this number", timeout=20_000)
    page.locator("#refused button").click()
    expect(page.locator(".field-tube .field-count")).to_have_text("1 / 5")
    scan(page, "TUBE-009")
    swabs(1)
    expect(page.locator(".field-status-idle")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="End the shift: empty this phone").click()
    expect(page.locator("#told")).to_contain_text("this phone is empty")
    assert page.evaluate("Field.all('entries').then(found => found.length)") == 0
    assert Swab.objects.get().person.number == "P4"


def test_the_server_is_restarted_in_the_middle_and_the_page_is_loaded_again(round_open, screen, monkeypatch):
    """A shift goes on while the server is away; what was scanned meanwhile is there once when it is back."""
    monkeypatch.setattr(WSGIRequestHandler, "protocol_version", "HTTP/1.0")  # else old connections outlive the server
    bind = ThreadedWSGIServer.server_bind
    monkeypatch.setattr(
        ThreadedWSGIServer, "server_bind", lambda self: (setattr(self, "allow_reuse_address", True), bind(self))
    )
    mine = screen("sampler", "zh-hans")
    page = mine.page
    page.set_viewport_size({"width": 390, "height": 844})
    own = LiveServer("localhost:0")
    address = own.url
    page.goto(f"{address}/field/sampling/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    begin(page, "1")
    for code in ("TUBE-021", "P4"):
        scan(page, code)
    swabs(1)
    own.stop()
    scan(page, "P5")
    expect(page.locator(".field-status-offline")).to_be_visible(timeout=20_000)
    page.reload()
    expect(page.locator(".field-tube .field-count")).to_have_text("2 / 5", timeout=20_000)
    scan(page, "P6")
    scan(page, "TUBE-021")
    again = LiveServer(f"localhost:{address.rsplit(':', 1)[1]}")
    try:
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator(".field-status-idle")).to_be_visible(timeout=30_000)
        swabs(3)
        assert sorted(Swab.objects.values_list("person__number", flat=True)) == ["P4", "P5", "P6"]
        expect(page.locator("#refused li")).to_have_count(0)
    finally:
        page.goto("about:blank")
        again.stop()
