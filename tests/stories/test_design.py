"""The living page of the design system in each theme and language, and the keyboard: search, palette, days, help."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.story

GROUND = {"dark": "rgb(18, 23, 29)", "contrast": "rgb(255, 255, 255)"}


@pytest.mark.parametrize("theme", GROUND)
def test_the_living_page_is_accessible_in_every_theme(outbreak, screen, assert_accessible, theme):
    mine = screen("investigator", "en" if theme == "dark" else "zh-hans")
    mine.open(f"/design/?theme={theme}")
    assert mine.page.evaluate("getComputedStyle(document.body).backgroundColor") == GROUND[theme]
    bare = """[...document.querySelectorAll('.chip')].filter(
        (chip) => !getComputedStyle(chip, '::before').maskImage.startsWith('url(')).map((chip) => chip.className)"""
    assert mine.page.evaluate(bare) == [], "every chip has its shape"
    assert_accessible(mine.page)
    mine.picture(f"design-{theme}")
    mine.picture(f"design-{theme}-phone", phone=True)
    mine.page.set_viewport_size({"width": 360, "height": 740})
    wide = mine.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert mine.complaints == []


def test_the_keyboard_alone_goes_everywhere(outbreak, screen, assert_accessible):
    mine = screen("investigator", "en")
    page = mine.page
    mine.open("/cases/")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to, or do")
    palette.wait_for()
    page.keyboard.type("cont")
    assert palette.get_by_role("option").first.inner_text().startswith("Contacts")
    assert_accessible(page)
    mine.picture("palette-en")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/LY/**")

    page.keyboard.press("[")
    page.wait_for_url("**as_of=*")
    page.get_by_text("You are looking at the past").wait_for()
    page.keyboard.press("0")
    page.wait_for_url(lambda address: "as_of" not in address)

    page.keyboard.press("/")
    page.keyboard.type("LY-2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/LY/2/")

    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")

    page.keyboard.press("Control+k")
    page.keyboard.type("audit")
    closed = page.locator("#palette li[aria-disabled=true]").first
    assert "auditor" in closed.inner_text(), "a closed page says who may open it"
    page.keyboard.press("Escape")

    page.keyboard.press("Control+k")
    page.keyboard.type("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/cases/LY/2/")
    assert mine.complaints == []
