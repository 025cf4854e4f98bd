"""Every page of the menu's investigation, measures and imports: answers, keeps the policy, passes axe, in two languages."""

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
def test_every_page_answers_keeps_the_policy_and_is_accessible(outbreak, screen, assert_accessible, language):
    mine = screen("epidemiology_lead", language)
    for name, path in PAGES.items():
        answer = mine.open(path)
        assert answer.status == (404 if name == "refused" else 200), path
        if name == "refused":  # the browser itself notes the status
            mine.complaints = [one for one in mine.complaints if "404" not in one]
        assert mine.page.locator("html").get_attribute("lang") == language
        assert_accessible(mine.page)
        mine.picture(f"{name}-{language}")
        mine.picture(f"{name}-{language}-phone", phone=True)
        wide = mine.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is wider than the screen"
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


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("role", ["commander", "auditor", "administrator", "facility_chief", "sampler"])
def test_every_page_in_a_role_s_menu_opens_for_that_role(outbreak, screen, assert_accessible, role, language):
    mine = screen(role, language)
    assert mine.open("/").status == 200
    addresses = [link.get_attribute("href") for link in mine.page.locator("#menu a").all()]
    assert addresses
    for address in ["/", *addresses]:
        assert mine.open(address).status == 200, f"{address} is in the menu of {role}"
        assert_accessible(mine.page)
        wide = mine.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is wider than the screen"
    assert mine.complaints == []
