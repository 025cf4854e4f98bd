"""A resident with an old phone, without an account and without scripts, reads their own status.

1. They open the first page for residents and choose "my status".
2. They type number and code word from the notice; the answer says why, until when, what comes next, how to appeal.
3. A wrong word is told, and what to do.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from chainbreak.measures.services import derive
from chainbreak.registry.services import codeword
from chainbreak.web import resident

SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
pytestmark = pytest.mark.story


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_resident_reads_their_own_status_without_script(
    transactional_db, outbreak, live_server, browser, language, assert_accessible
):
    derive.snapshot(outbreak, as_known=None, at=timezone.now())
    resident.BY_ADDRESS.clear()
    resident.BY_NUMBER.clear()
    context = browser.new_context(
        java_script_enabled=False,
        viewport={"width": 320, "height": 568},
        extra_http_headers={"Accept-Language": language},
    )
    page = context.new_page()
    page.goto(live_server.url + "/public/")
    page.locator("main a").first.click()
    page.locator("#number").fill("P4")
    page.locator("#word").fill("2222-2222")
    page.locator("main button").click()
    assert page.locator("[role=alert]").is_visible()
    page.locator("#word").fill(codeword.of("P4"))
    page.locator("main button").click()
    page.get_by_text("2022-04-").first.wait_for()
    assert "P4" not in page.url and "?" not in page.url
    context.close()

    with_script = browser.new_context(
        viewport={"width": 360, "height": 740}, extra_http_headers={"Accept-Language": language}
    )
    page = with_script.new_page()
    weight = []
    page.on("response", lambda answer: weight.append(len(answer.body()) if answer.ok else 0))
    for path in ("", "status/", "sites/", "notices/"):
        page.goto(live_server.url + "/public/" + path)
        assert_accessible(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
    page.goto(live_server.url + "/public/status/")
    page.locator("#number").fill("P4")
    page.locator("#word").fill(codeword.of("P4"))
    page.locator("main button").click()
    assert_accessible(page)
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"public-status-{language}.png", full_page=True)
    assert sum(weight) < 200_000, "light enough for an old phone, not compressed"
    with_script.close()
