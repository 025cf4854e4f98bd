"""A resident looks for a short queue: an old phone, no account, no script; the next one is sent elsewhere.

1. They choose their township and their code; three sites are offered, the shortest wait first.
2. "I am going there" is counted; nobody asks who they are.
3. When enough have gone there, the next resident is led to another site.
4. Somebody with a yellow code is shown the sites for yellow codes only.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chainbreak.registry.models import Area
from chainbreak.screening.models import SamplingSite, SiteLoad
from chainbreak.screening.selectors import site_live
from chainbreak.screening.services import site as deeds
from chainbreak.web import public_sites

SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
pytestmark = pytest.mark.story


@pytest.fixture
def sites(transactional_db, outbreak):
    Area.objects.create(code="411122001", name_zh="城关镇", name_en="Chengguan", level="township")
    now = timezone.now()
    for number, zh, people, audience in (
        ("S-1", "一号点", 60, "everybody"), ("S-2", "二号点", 10, "everybody"), ("Y-1", "黄码点", 5, "yellow_code"),
    ):  # fmt: skip
        made = SamplingSite.objects.create(
            number=number, name_zh=zh, name_en=f"Site {number}", area_code="411122001", tables=2, audience=audience,
            hours="06:00-12:00",
        )  # fmt: skip
        SiteLoad.objects.create(site=made, at=now - timedelta(minutes=1), source="staff", people=people)
    site_live.forget()
    public_sites.GOING.clear()


@pytest.mark.parametrize(("language", "scheme"), [("zh-hans", "light"), ("en", "dark")])
def test_a_resident_finds_a_short_queue_without_a_script(
    sites, live_server, browser, language, scheme, assert_accessible
):
    zh = language == "zh-hans"
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 740}, color_scheme=scheme,
        extra_http_headers={"Accept-Language": language},
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{live_server.url}/public/sites/")
    page.locator("#area").select_option("411122001")
    page.locator("form[method=get] button").click()
    first = page.locator("ol.sites li").first
    expect(first.locator("strong")).to_have_text("二号点" if zh else "Site S-2")
    expect(first.locator(".wait")).to_contain_text("5")  # ten people at two tables of sixty an hour
    expect(page.locator("#nearby")).to_be_hidden()  # a place needs a script; the township does without
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"public-queue-{language}.png", full_page=True)
    first.locator("button").click()
    expect(page.locator("main section h2")).to_have_text("二号点" if zh else "Site S-2")
    assert SiteLoad.objects.filter(source="sent").count() == 1

    for _ in range(60):  # others went there, too
        deeds.sent(SamplingSite.objects.get(number="S-2"), at=timezone.now())
    site_live.forget()
    page.goto(f"{live_server.url}/public/sites/?area=411122001")
    expect(page.locator("ol.sites li").first.locator("strong")).to_have_text("一号点" if zh else "Site S-1")
    page.locator("#audience").select_option("yellow_code")
    page.locator("form[method=get] button").click()
    expect(page.locator("ol.sites li")).to_have_count(1)
    expect(page.locator("ol.sites strong")).to_have_text("黄码点" if zh else "Site Y-1")
    context.close()

    scripted = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme=scheme, extra_http_headers={"Accept-Language": language}
    )
    page = scripted.new_page()
    page.goto(f"{live_server.url}/public/sites/?area=411122001")
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    assert_accessible(page)
    page.locator("ol.sites button").first.click()
    page.locator("main section h2").wait_for()
    assert_accessible(page)
    scripted.close()
