"""Without a mouse: everything is reached, seen to be reached, and done with keys only.

1. In Chinese, an investigator logs in, opens the palette on the board and goes to the line list, orders it, narrows it,
   opens a case, reads why its window is so, changes a stay, sees what that changes, and goes back without doing it.
2. In English, a code officer takes up an appeal and answers it; a resident makes one.
Wherever the focus is, it is drawn and on the screen. At each stop the page has nothing that axe finds fault with, light or dark.
"""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from chainbreak.governance.models import Correction, User
from chainbreak.measures.models import Appeal
from chainbreak.measures.selectors import appeal as appeals
from chainbreak.measures.services import appeal as deeds
from chainbreak.measures.services import derive
from chainbreak.registry.models import Person
from chainbreak.registry.services import codeword
from chainbreak.web import public_appeal, resident

pytestmark = pytest.mark.story
PASSWORD = "quiet-river-lamp-47"
FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const box = node.getBoundingClientRect(), style = getComputedStyle(node);
  const option = node.getAttribute('aria-activedescendant');
  return {
    drawn: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none' || !!option,
    there: box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    where: [box.left, box.top, box.width, box.height, innerWidth, innerHeight, scrollY].map(Math.round).join(' '),
    what: node.outerHTML.slice(0, 120),
  };
}"""

REACHED = """async wanted => {  // no faster than the screen is drawn: a scroll that is cut short would not come to its end
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  return !!document.activeElement?.matches(wanted);
}"""


class Keys:
    """A page that is worked with keys alone."""

    def __init__(self, page) -> None:
        self.page = page

    def to(self, wanted: str, *, back: bool = False, most: int = 160) -> Keys:
        """Tab until an element is focused that fits a selector; the focus there is seen."""
        for _press in range(most):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if self.page.evaluate(REACHED, wanted):
                return self.seen()
        raise AssertionError(f"no Tab leads to {wanted} on {self.page.url}")

    def seen(self) -> Keys:
        """The focus is drawn, and on the screen."""
        found = None
        for _look in range(200):  # the browser brings what is focused onto the screen a moment later
            found = self.page.evaluate(FOCUS)
            if found and found["drawn"] and found["there"]:
                break
            self.page.wait_for_timeout(50)
        assert found and found["drawn"] and found["there"], f"{self.page.url}: {found}"
        return self

    def press(self, *keys: str) -> Keys:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> Keys:
        self.page.keyboard.insert_text(text)
        return self

    def go(self, *keys: str, until: str) -> Keys:
        """Press keys that lead to another address."""
        self.press(*keys)
        self.page.wait_for_url(until)
        self.page.wait_for_load_state()
        return self


@pytest.mark.parametrize("look", ["light", "dark"])
def test_from_the_login_to_a_correction_in_chinese(outbreak, screen, assert_accessible, look):
    mine = screen("investigator", "zh-hans")
    page, keys = mine.page, Keys(mine.page)
    page.emulate_media(color_scheme=look)
    user = User.objects.get(username__startswith="investigator")
    user.set_password(PASSWORD)
    user.save()
    Session.objects.all().delete()
    derive.snapshot(outbreak, at=timezone.now())
    mine.open("/accounts/login/?next=/")
    if not page.evaluate("document.activeElement.matches('[name=login]')"):
        keys.to("[name=login]")
    keys.type(user.username).to("[name=password]").type(PASSWORD).go("Enter", until=mine.address + "/")
    page.locator("main h1").wait_for()

    keys.press("Control+k").type("病例一览表").seen().go("Enter", until="**/cases/**")
    assert_accessible(page)
    keys.to("th .sort[href*='sort=-case'], th .sort[href*='sort=reported']").go("Enter", until="**sort=**")
    keys.to("select[name=class]")
    while page.locator("select[name=class]").input_value() != "confirmed":
        keys.press("ArrowDown")
    keys.to("form.filters > button").go("Enter", until="**class=**")
    assert "sort=" in page.url, "the order stays when the list is narrowed"
    rows = page.locator("tbody tr").count()
    assert 0 < rows < 3
    keys.to("tbody th a").go("Enter", until="**/cases/LY/**")
    case = page.url

    keys.to("details.why > summary").press("Enter")
    page.locator("details.why[open] code").first.wait_for()
    if page.locator("a[href*='/correct/stay/']").count() == 0:
        page.goto(mine.address + "/cases/LY/1/")
        case = page.url
    keys.to("a[href*='/correct/stay/']").go("Enter", until="**/correct/stay/**")
    keys.to("[name=left_at]").press("Tab", "Tab", "Tab", "ArrowDown")
    keys.to("[name=reason]").type("监控显示提前离开")
    keys.to("button[name=step]").press("Enter")
    page.locator("#outlook").wait_for()
    assert_accessible(page)
    keys.to("form.stack > a.btn-link").go("Enter", until=case)
    assert not Correction.objects.exists(), "looking changes nothing"
    assert mine.complaints == []


@pytest.fixture
def appeal(transactional_db, outbreak) -> Appeal:
    now, person = timezone.now(), Person.objects.get(number="P4")
    held = appeals.running(derive.snapshot(outbreak, at=now), person.pk, outbreak.detected_at)
    return deeds.submit(
        person, outbreak, about="contact", grounds="not_there", statement="I was at work.", measure=held,
        actor=None, at=outbreak.detected_at, known_at=now,
    )  # fmt: skip


@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, {"width": 390, "height": 844}], ids=["desk", "phone"])
def test_an_appeal_is_answered_in_english(outbreak, screen, assert_accessible, appeal, size):
    mine = screen("code_officer", "en")
    page, keys = mine.page, Keys(mine.page)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark" if size["width"] < 500 else "light")
    mine.open("/")
    keys.press("Control+k").type("Appeals").seen().go("Enter", until="**/appeals/**")
    assert_accessible(page)
    keys.to("tbody th a").go("Enter", until=f"**/appeals/{appeal.number}/**")
    assert_accessible(page)
    keys.to("form[action*=take_up] button").press("Enter")
    page.locator("#reasons").wait_for()
    keys.to("[name=decision]").press("ArrowDown", "ArrowDown")
    assert page.locator("[name=decision]:checked").get_attribute("value") == "rejected"
    keys.to("#reasons").type("The camera shows you there.").to("form[action*=decide] button").press("Enter")
    page.locator("form[action*=close] button").wait_for()
    assert_accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "wider than the screen"
    mine.picture(f"appeal-en-{'phone' if size['width'] < 500 else 'desk'}", phone=size["width"] < 500)
    assert appeals.of_number(appeal.number, as_of=timezone.now()).state == "rejected"
    assert mine.complaints == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_resident_appeals_without_script_or_mouse(
    transactional_db, outbreak, live_server, browser, language, assert_accessible
):
    derive.snapshot(outbreak, at=timezone.now())
    for limit in (resident.BY_ADDRESS, resident.BY_NUMBER, public_appeal.SENT):
        limit.clear()
    context = browser.new_context(
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
        extra_http_headers={"Accept-Language": language},
    )
    page = context.new_page()
    page.goto(live_server.url + "/public/status/")
    page.locator("#number").focus()
    page.keyboard.insert_text("P4")
    page.keyboard.press("Tab")
    page.keyboard.insert_text(codeword.of("P4"))
    page.keyboard.press("Enter")
    page.locator("form[action='/public/appeal/'] button").first.press("Enter")
    page.locator("[name=statement]").focus()
    page.keyboard.insert_text("那天我在外地，有车票。")
    page.locator("main form button").last.press("Enter")
    page.locator(".number strong").wait_for()
    made = Appeal.objects.get()
    assert made.number in page.content() and "P4" not in page.url and "?" not in page.url
    page.screenshot(path=f"build/screens/public-appeal-{language}.png", full_page=True)
    context.close()

    scripted = browser.new_context(
        viewport={"width": 360, "height": 740}, extra_http_headers={"Accept-Language": language}
    )
    page = scripted.new_page()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(live_server.url + "/public/appeal/")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.screenshot(path=f"build/screens/public-appeal-form-{language}.png", full_page=True)
    scripted.close()
