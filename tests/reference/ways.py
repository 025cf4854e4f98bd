"""Which pages each role can reach by following links from the board (可达页面)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import import_module
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

FILES = (
    ".csv",
    ".pdf",
    ".docx",
    ".png",
    ".svg",
    ".xlsx",
    ".parquet",
    ".json",
    ".geojson",
    ".zip",
    ".js",
    ".webmanifest",
)
FILE_ROUTES = ("docx", "pdf", "print", "paper", "fetch", "report.<str:form>")
ELSEWHERE = ("/accounts/", "/static/", "/api/", "/language/")


@dataclass
class Ways:
    """What was found: an address and a role for each page, the menus, and whatever did not answer."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    menus: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def pages_of_the_site() -> set[str]:
    """The names of all addresses under `web`, those of files left out."""
    return {
        pattern.name
        for pattern in import_module("chainbreak.web.urls").urlpatterns
        if pattern.name and not str(pattern.pattern).rstrip("/").endswith(FILES + FILE_ROUTES)
    }


def explore(roles: dict[str, str], *, most: int = 400) -> Ways:
    """Walk as each role from the board along every link to a page not seen by that role yet.

    Args:
        roles: account name by role.
        most: pages opened for a role, after which something is wrong.
    """
    from chainbreak.governance.models import User

    found = Ways()
    for role, username in roles.items():
        client = Client(raise_request_exception=False)
        client.force_login(User.objects.get(username=username))
        seen: set[str] = set()
        queue = deque(["/"])
        while queue and len(seen) < most:
            address = queue.popleft()
            name = name_of(address)
            if name is None or name in seen:
                continue
            seen.add(name)
            answer = client.get(address, follow=True)
            if answer.status_code != 200 or answer.request["PATH_INFO"].startswith("/accounts/"):
                found.faults.append(f"{role}: {address} answers {answer.status_code}, {answer.request['PATH_INFO']}")
                continue
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            found.pages.setdefault(name, (role, address))
            reading = _Links()
            reading.feed(answer.content.decode())
            if address == "/":
                found.menus[role] = reading.menu
            queue.extend(urljoin(address, link) for link in reading.all)
    return found


def name_of(address: str) -> str | None:
    """The name of the page behind an address of this site; None for files, other sites and the way in."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path or parts.path.endswith(FILES) or parts.path.startswith(ELSEWHERE):
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return parts.path  # opened, and found not to answer
    return None if match.route.rstrip("/").endswith(FILE_ROUTES) else match.view_name


class _Links(HTMLParser):
    """The links of a page, and those of its menu."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[str] = []
        self.menu: list[str] = []
        self._in_menu = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._in_menu:
            self._in_menu += tag == "nav"
        elif given.get("id") == "menu":
            self._in_menu = 1
        link = given.get("href")
        if tag == "a" and link and not link.startswith("#") and "download" not in given:
            self.all.append(link)
            if self._in_menu:
                self.menu.append(link)

    def handle_endtag(self, tag: str) -> None:
        if tag == "nav" and self._in_menu:
            self._in_menu -= 1
