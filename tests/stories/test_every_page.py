"""The pages of investigation, measures and imports fit a small phone; the past and a refusal are pages like others."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.story

PAGES = {
    "line_list": "/cases/",
    "case_file": "/cases/LY/1/",
    "contacts": "/contacts/LY/",
    "contact": "/contacts/LY/P4/",
    "chain": "/chains/LY/",
    "letters": "/letters/LY/",
    "facilities": "/facilities/",
    "stays": "/stays/",
    "imports": "/imports/",
    "past": "/cases/?as_of=2022-03-24",
    "refused": "/contacts/LY/P8/",
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_past_and_a_refusal_keep_the_policy_and_are_accessible(outbreak, screen, assert_accessible, language):
    mine = screen("epidemiology_lead", language)
    for name, status in {"past": 200, "refused": 404}.items():
        assert mine.open(PAGES[name]).status == status
        assert mine.page.locator("html").get_attribute("lang") == language
        assert_accessible(mine.page)
        mine.picture(f"{name}-{language}")
    mine.complaints = [one for one in mine.complaints if "404" not in one]  # the browser itself notes the status
    assert mine.complaints == []


def test_every_page_fits_a_phone(outbreak, screen):
    mine = screen("epidemiology_lead", "en")
    mine.page.set_viewport_size({"width": 360, "height": 740})
    for path in PAGES.values():
        mine.open(path)
        wide = mine.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is wider than a phone"
    mine.open("/cases/")
    menu = mine.page.locator("#menu")
    assert not menu.is_visible()
    mine.page.get_by_role("button", name="Menu").click()
    assert menu.is_visible()
    mine.page.keyboard.press("Escape")
    assert not menu.is_visible()
