"""A served site with a small outbreak, a browser that is signed in, and what every page must pass (浏览器测试).

Pictures of the pages are put into `build/screens`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from ..small_outbreak import outbreak, sign_in

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "build" / "screens"
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}

__all__ = ["outbreak", "sign_in"]


class Screen:
    """A browser page that is signed in, with everything its console said against the page."""

    def __init__(self, page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _heard(self, message) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def open(self, path: str):
        """Go to a page of the site; gives its answer."""
        return self.page.goto(self.address + path)

    def speak(self, language: str) -> None:
        """Choose the language: zh-hans or en."""
        cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": self.address}
        self.page.context.add_cookies([cookie])

    def picture(self, name: str, *, phone: bool = False) -> None:
        """A picture of the page as it is now."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.set_viewport_size(PHONE if phone else WIDE)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
        self.page.set_viewport_size(WIDE)


@pytest.fixture
def screen(transactional_db, live_server, page, client: Client, sign_in):
    """Gives a signed-in `Screen` for a role: screen("investigator")."""

    def for_role(role: str, language: str = "zh-hans") -> Screen:
        sign_in(role)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        found = Screen(page, live_server.url)
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": live_server.url}]
        )
        found.speak(language)
        page.set_viewport_size(WIDE)
        return found

    return for_role


def assert_accessible(page) -> None:
    """The page has nothing that axe finds fault with."""
    found = Axe().run(page)
    faults = [
        f"{one['id']} ({one['impact']}): {one['help']} at {[(node['target'], node['failureSummary'][:160]) for node in one['nodes']][:3]}"
        for one in found.response["violations"]
    ]
    assert not faults, f"{page.url}\n" + "\n".join(faults)


@pytest.fixture(name="assert_accessible")
def _assert_accessible():
    return assert_accessible
