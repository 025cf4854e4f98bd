"""The night's story in a real browser, on the whole reference outbreak (更正与第二期通报)."""

from __future__ import annotations

import re
from datetime import datetime

from playwright.sync_api import Page, expect

from .conftest import SCREENS, log_in


def test_a_fact_is_corrected_and_bulletin_2_says_so(page: Page, site, passwords):
    """The epidemiology lead:

    1. logs in and opens the board;
    2. opens the number of close contacts and one of them, and reads why;
    3. corrects the stay it rests on: the meeting was never that long;
    4. sees in a preview that 830 becomes 829, and confirms;
    5. sees the figure changed, and computes the correction of bulletin 1;
    6. the commander checks, approves and publishes it.
    """
    page.set_default_timeout(30_000)
    log_in(page, site, "epidemiology_lead", passwords)
    page.goto(f"{site}/?outbreak=LY")
    expect(page.get_by_role("heading", level=1)).to_contain_text("看板")
    page.get_by_role("link", name="contact.d1.cum.LY", exact=True).click()
    expect(page.locator(".figure-value")).to_contain_text("830")
    _picture(page, "story-1-figure")

    page.get_by_role("table").get_by_role("link", name="打开").nth(20).click()
    expect(page.get_by_role("heading", name="为什么是接触者")).to_be_visible()
    _picture(page, "story-2-why")
    contact = page.url

    page.get_by_role("link", name="更正").first.click()
    begins = page.get_by_label("到达时间").input_value()
    page.get_by_label("离开时间").fill(_minute_after(begins))
    page.get_by_label("更正理由").fill("本人与同伴均确认一分钟后即离开")
    page.get_by_role("button", name="预览影响").click()
    figure = page.locator("[data-figure='contact.d1.cum.LY']")
    expect(figure.locator("td").nth(1)).to_have_text("830")
    after = int(figure.locator("td").nth(2).inner_text())
    assert after < 830
    _picture(page, "story-3-preview")

    page.get_by_role("button", name="确认更正").click()
    page.goto(f"{site}/figures/LY/contact.d1.cum.LY/")
    expect(page.locator(".figure-value")).to_contain_text(str(after))

    page.goto(f"{site}/bulletins/?outbreak=LY")
    page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    page.get_by_role("button", name=re.compile("更正")).click()
    _picture(page, "story-4-correction")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2")
    bulletin = page.url
    assert contact.startswith(site)

    page.context.clear_cookies()
    log_in(page, site, "commander", passwords)
    page.goto(bulletin)
    for box in page.locator("input[name=reviewed]").all():
        box.check()
    for _step in ("check", "approve", "publish"):
        page.locator("section[aria-labelledby=step] button").click()
    expect(page.locator(".state-published")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(f"{after}人")
    _picture(page, "story-5-published")
    page.goto(f"{site}/bulletins/?outbreak=LY")
    expect(page.locator(".state-superseded")).to_be_visible()


def _minute_after(begins: str) -> str:
    moment = datetime.fromisoformat(begins)
    return moment.replace(minute=(moment.minute + 1) % 60).isoformat(timespec="seconds")


def _picture(page: Page, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
