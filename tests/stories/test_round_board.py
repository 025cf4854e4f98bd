"""The board of a round at the desk and on the wall: it warns, draws, and goes on by itself while swabs come in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chainbreak.registry.models import Person
from chainbreak.screening.models import IntakeBatch, RollEntry, Round, RoundEvent, SamplingSite, SiteLoad
from chainbreak.screening.selectors import live, site_live
from chainbreak.screening.services import device as devices
from chainbreak.screening.services import round_count

pytestmark = pytest.mark.story


@pytest.fixture
def going(outbreak):
    now = timezone.now()
    of = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=now - timedelta(hours=2), pool_size=10,
        sample_due_at=now + timedelta(hours=4), test_due_at=now + timedelta(hours=14),
    )  # fmt: skip
    RoundEvent.objects.create(round=of, state="sampling", at=now - timedelta(hours=2), recorded_at=now)
    Person.objects.bulk_create([Person(number=f"R{n}", area_code="411122001") for n in range(60)])
    RollEntry.objects.bulk_create(
        [RollEntry(round=of, person=one, area_code="411122") for one in Person.objects.filter(number__startswith="R")]
    )
    site = SamplingSite.objects.create(
        number="S-1", name_zh="一号采样点", name_en="Site one", area_code="411122", tables=2
    )
    SiteLoad.objects.create(site=site, at=now, source="staff", people=90)
    device, _token = devices.issue("D", area_code="411122", until=now + timedelta(days=1), actor=None, at=now)
    live.forget()
    site_live.forget()
    round_count.count(of, at=now)
    return of, site, device


def swabbed(going, n: int) -> None:
    of, site, device = going
    now = timezone.now()
    IntakeBatch.objects.create(
        device=device, round=of, site=site, area_code="411122", swabs=n, received_at=now, last_sampled_at=now
    )


@pytest.mark.parametrize(("language", "scheme"), [("zh-hans", "dark"), ("en", "light")])
def test_the_board_goes_on_by_itself(going, screen, assert_accessible, language, scheme):
    swabbed(going, 5)
    mine = screen("commander", language)
    page = mine.page
    page.emulate_media(color_scheme=scheme)
    mine.open("/rounds/CITY/1/live/")
    board = page.locator("#round-live")
    name = "某县" if language == "zh-hans" else "The county"
    expect(board.locator(".notice-warning li")).to_contain_text(name)  # at ten an hour it will not be done in time
    expect(board.locator("svg.chart polyline")).to_have_count(3)
    assert_accessible(page)
    mine.picture(f"round-board-{language}")
    swabbed(going, 40)
    live.forget()
    expect(board.locator("table.table-cards td.number").nth(1)).to_have_text(
        "45", timeout=25_000
    )  # nobody touched the page
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= 390")
    mine.picture(f"round-board-{language}", phone=True)
    page.locator("nav a[data-wall]").click()
    expect(page.locator("body.wall #round-live .round-board")).to_be_visible()
    expect(page.locator(".frame-menu")).to_be_hidden()
    assert_accessible(page)
    assert mine.complaints == []
