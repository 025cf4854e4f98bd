"""The commander at night: the board on the desk, one key to the wall, one A4, and it stays up to date by itself.

1. The board shows stock, increment, unknowns, gaps by task force, curve, map and clocks.
2. `w` puts it on the whole screen: everything is seen at once, without menus; Escape brings the desk back.
3. It prints on one A4.
4. When the server does not answer, the board says since when; when a fact changes, the new number comes by itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chainbreak.investigation.models import TransmissionLink
from chainbreak.registry.models import Area

pytestmark = pytest.mark.story

SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
SQUARE = {"type": "Polygon", "coordinates": [[[113, 33], [114, 33], [114, 34], [113, 34], [113, 33]]]}


@pytest.mark.parametrize(("language", "theme"), [("zh-hans", "dark"), ("en", "light")])
def test_the_board_on_desk_wall_and_paper(outbreak, screen, assert_accessible, language, theme):
    Area.objects.filter(code="411122").update(geometry=SQUARE)
    mine = screen("commander", language)
    page = mine.page
    page.context.add_cookies([{"name": "chainbreak_theme", "value": theme, "url": mine.address}])
    mine.open("/")
    assert_accessible(page)
    mine.picture(f"board-{theme}-{language}")
    assert page.locator("#menu").is_visible()

    page.set_viewport_size({"width": 1600, "height": 900})
    page.keyboard.press("w")
    assert not page.locator("#menu").is_visible()
    assert_accessible(page)
    below = page.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight")
    assert below <= 0, "on the wall everything is seen at once"
    page.screenshot(path=SCREENS / f"board-wall-{theme}-{language}.png")
    page.keyboard.press("Escape")
    assert page.locator("#menu").is_visible()

    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 1 or pdf.count(b"/Type /Page>") == 1 or b"/Count 1" in pdf
    assert mine.complaints == []


def test_the_board_stays_up_to_date_by_itself_and_says_when_it_cannot(outbreak, screen):
    mine = screen("commander", "en")
    page = mine.page
    mine.open("/")
    unlinked = page.locator(".board-unknowns li", has_text="cases without a known source").locator("strong")
    assert unlinked.inner_text() == "3"
    look = "htmx.trigger(document.getElementById('board-live'), 'look')"
    page.evaluate("document.getElementById('board-live').setAttribute('hx-trigger', 'look')")
    page.evaluate("htmx.process(document.getElementById('board-live'))")

    page.context.set_offline(True)
    page.evaluate(look)
    page.get_by_text("no answer from the server since then").wait_for()
    page.context.set_offline(False)

    link, now = TransmissionLink.objects.get(infectee__number=2), timezone.now()
    TransmissionLink.objects.filter(pk=link.pk).update(superseded_at=now)
    TransmissionLink.objects.create(
        outbreak=outbreak, infector=link.infector, infectee=link.infectee, state="accepted", recorded_at=now
    )
    page.evaluate(look)
    expect(unlinked).to_have_text("2")
    assert not page.get_by_text("no answer from the server since then").is_visible()
