"""Every page there is, in a browser, as somebody who may see it: two languages, two sizes, two themes (逐页检查).

Pictures go to `build/screens/pages` with a list of them; `tools/pictures.py` puts them into the manual.
"""

from __future__ import annotations

import csv
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Page

from chainbreak.governance.services.accounts import READY_ACCOUNTS
from chainbreak.web.design import COOKIE

from ..stories.conftest import PHONE, WIDE, assert_accessible
from .conftest import COPY, SCREENS, log_in, use
from .ways import Ways, explore, pages_of_the_site

ROLES = {role.value: username for username, role, _team, _name in READY_ACCOUNTS}
WEIGHT = 300_000  # bytes over the wire for page, styles and scripts (pictures of data not among them)
PICTURES = SCREENS / "pages"

# Addresses that only take what a form sends; the pages with the forms are reached.
DEEDS = {
    "account_language", "account_make", "account_reset", "appeal_act", "audit_verify", "bulletin_compute",
    "bulletin_deed", "choose_theme", "contact_steps", "contact_steps_undo", "extract_allow", "extract_fetch",
    "follow_up_back", "follow_up_tap", "grant_end", "grant_give", "import_undo", "infector_again",
    "infector_cancel", "infector_propose", "interview_start", "lab_run_verify", "positive_begin",
    "public_appeal_say", "public_going", "round_conflict_decide", "round_doors_assign", "round_doors_back",
    "round_tables_again", "scenario_again",
    "search_person", "set_language", "site_check_in", "site_keep", "site_report", "table_move_accept",
    "table_move_back", "tube_away", "view_forget", "view_save",
}  # fmt: skip
# Pages that no link leads to in the reference outbreak, each with the reason; other tests open them.
NOT_LINKED = {
    "appeal": "nobody has appealed",
    "design": "for those who build the pages",
    "found_contacts": "nothing has been looked for",
    "import_new": "no file lies ready",
    "infector_run": "nobody has asked for infectors",
    "interview_end": "no interview is open",
    "interview_field": "no interview is open",
    "public_appeal": "behind number and code word",
    "retest": "no tube of the round is positive",
    "round_tables": "no round is planned",
    "scenario": "none has been run",
    "scenario_compare": "none has been run",
    "search": "by the form at the top",
    "shipment": "no box has been packed",
    "trace_evidence": "from what was found",
}


@pytest.fixture(scope="module")
def ways(site, reference_files, django_db_blocker) -> Ways:
    """All pages that can be reached in the database of the site, with its lake."""
    with django_db_blocker.unblock(), override_settings(CHAINBREAK_DATA=str(reference_files.parent)):
        before = use(COPY)
        found = explore(ROLES)
        use(before)
    return found


def test_every_link_and_every_entry_of_a_menu_leads_to_a_page(ways):
    assert not ways.faults, "\n".join(ways.faults)
    assert set(ways.menus) == set(ROLES)


def test_every_page_is_reached_by_links(ways):
    missing = sorted(pages_of_the_site() - set(ways.pages) - DEEDS - set(NOT_LINKED))
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(("language", "size", "theme"), [("zh-hans", PHONE, "dark"), ("en", WIDE, "light")])
def test_every_page_in_a_browser(page: Page, site, passwords, ways, language, size, theme):
    """Answers, is readable by everybody, keeps the policy, fits desk and phone, and is light enough for a bad network."""
    page.set_default_timeout(30_000)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    faults, rows = [], []
    for role in ROLES:
        mine = {name: address for name, (whose, address) in ways.pages.items() if whose == role}
        if not mine:
            continue
        page.context.clear_cookies()
        log_in(page, site, ROLES[role], passwords)
        kept = {settings.LANGUAGE_COOKIE_NAME: language, COOKIE: theme}
        page.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in kept.items()])
        for name, address in mine.items():
            answer = page.goto(site + address)
            faults += [f"{role} {address}: {fault}" for fault in _faults(page, answer.status, language, size)]
            faults += [f"{role} {address}: {one}" for one in complaints]
            complaints.clear()
            rows.append([name, urlsplit(address).path, role, page.title()])
            _picture(page, f"{name}-{language[:2]}", size)
    _list_of(rows, language)
    assert not faults, "\n".join(faults)


def _faults(page: Page, status: int, language: str, size: dict[str, int]) -> list[str]:
    """What is wrong with the page that is open."""
    faults = [] if status == 200 else [f"answers {status}"]
    if page.locator("html").get_attribute("lang") != language:
        faults.append("speaks another language")
    for width in (WIDE, PHONE) if size is PHONE else (PHONE, WIDE):
        page.set_viewport_size(width)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            faults.append(f"is {over} wider than a screen of {width['width']}")
    weight = page.evaluate(  # what the field's worker gives out of its cache did not come over the wire
        "navigator.serviceWorker.controller ? 0 : performance.getEntriesByType('navigation')"
        ".concat(performance.getEntriesByType('resource')).reduce((sum, one) => sum + one.encodedBodySize, 0)"
    )
    if weight > WEIGHT:
        faults.append(f"weighs {weight} bytes")
    try:
        assert_accessible(page)
    except AssertionError as found:
        faults.append(str(found))
    return faults


def _picture(page: Page, name: str, size: dict[str, int]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size(size)
    page.screenshot(path=PICTURES / f"{name}.png")


def _list_of(rows: list[list[str]], language: str) -> None:
    with (PICTURES / f"pages-{language[:2]}.tsv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(rows)
