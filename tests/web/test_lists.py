"""Lists: columns in the address, the export as seen, filters saved by name, the day moved without losing the filters."""

from __future__ import annotations

import csv
import io
import re

import pytest

from chainbreak.governance.models import SavedView
from chainbreak.measures.models import Stay
from chainbreak.registry.models import Person
from chainbreak.web import listing

from .conftest import KNOWN, at


def header(page: str) -> list[str]:
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)
    words = [re.sub(r"<span.*?</span>|<[^>]+>", "", head) for head in heads]
    return [one for one in words if one]


@pytest.fixture
def reader(client, outbreak, sign_in):
    user = sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"
    return user


def exported(client, address: str) -> list[list[str]]:
    text = b"".join(client.get(address).streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("path", "cols", "words"),
    [
        ("/cases/", "col=onset&col=isolated", ["Case", "Onset", "Isolated"]),
        ("/contacts/LY/", "col=area&col=degree", ["Person", "Degree", "Area"]),
        ("/stays/", "col=admitted&col=kind", ["Person", "Kind", "Admitted"]),
        ("/letters/LY/", "col=due&col=to", ["Number", "To", "Answer due"]),
        ("/due/LY/", "col=until&col=rule", ["Person", "Until", "Rule"]),
    ],
)
def test_the_columns_of_the_address_are_shown_and_taken_out(client, reader, path, cols, words):
    page = client.get(f"{path}?{cols}").content.decode()
    assert [one for one in header(page) if one not in ("Phone", "Correct")] == words
    rows = exported(client, f"{path}?{cols}&format=csv")
    assert rows[0] == [*words, "taken out by"]
    assert len(rows) > 1 and all(len(row) == len(rows[0]) for row in rows)
    link = re.search(r'href="([^"]*format=csv[^"]*)"', page)[1].replace("&amp;", "&")
    assert link.count("col=") == 2, "the export has the columns that are seen"
    assert client.get(f"{path}?col=nonsense").status_code == 400


def test_moving_the_day_keeps_the_filters(client, reader):
    page = client.get("/cases/?class=confirmed&col=onset&col=area&after=1").content.decode()
    form = page[page.index('class="asof') : page.index("</form>", page.index('class="asof'))]
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', form)
    assert kept == [("class", "confirmed"), ("col", "onset"), ("col", "area")]


def test_a_filter_is_saved_by_name_for_its_account_and_without_the_day(client, reader, sign_in):
    address = "/cases/?class=confirmed&as_of=2022-03-25&after=1&col=onset&col=area"
    assert (
        client.post("/views/save/", {"name": " my  cases ", "page": "line_list", "next": address})["Location"]
        == address
    )
    view = SavedView.objects.get()
    assert (view.name, view.path, view.query) == ("my cases", "/cases/", "class=confirmed&col=onset&col=area")
    page = client.get("/cases/").content.decode()
    assert 'href="/cases/?class=confirmed&amp;col=onset&amp;col=area"' in page and ">my cases</a>" in page
    client.post("/views/save/", {"name": "my cases", "page": "line_list", "next": "/cases/?class=asymptomatic"})
    assert [one.query for one in SavedView.objects.all()] == ["class=asymptomatic"], "the same name replaces"

    sign_in("epidemiology_lead")
    assert "my cases" not in client.get("/cases/").content.decode(), "others do not see it"
    assert client.post(f"/views/{view.pk}/forget/", {"next": "/cases/"}).status_code == 404
    client.force_login(reader)
    client.post(f"/views/{view.pk}/forget/", {"next": "/cases/"})
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_a_saved_filter_never_leads_elsewhere(client, reader, back):
    assert client.post("/views/save/", {"name": "x", "page": "line_list", "next": back}).status_code == 400
    assert SavedView.objects.count() == 0


def test_a_filter_without_a_name_is_refused(client, reader):
    assert client.post("/views/save/", {"name": "  ", "page": "line_list", "next": "/cases/"}).status_code == 409


SORTED = {
    "/cases/": ("case", "reported", "onset", "class", "person"),
    "/contacts/LY/": ("person", "degree", "last", "setting"),
    "/stays/": ("person", "admitted", "planned", "facility"),
    "/letters/LY/": ("number", "due", "persons"),
    "/due/LY/": ("person", "until", "measure"),
}


@pytest.mark.parametrize("path", SORTED)
def test_each_order_goes_through_every_row_once_either_way(client, reader, monkeypatch, path):
    """Pages of one row each, so that every row is a border between two pages."""
    more_stays(4)
    monkeypatch.setattr(listing.page, "__kwdefaults__", {**listing.page.__kwdefaults__, "size": 1})
    usual = walked(client, path)
    assert len(usual) > (0 if "letters" in path else 2) and len(set(usual)) == len(usual)
    for name in SORTED[path]:
        up, down = walked(client, f"{path}?sort={name}"), walked(client, f"{path}?sort=-{name}")
        assert sorted(up) == sorted(down) == sorted(usual), name
        lacking = 4 if name in ("planned", "facility") else 0
        assert down[: len(down) - lacking] == up[: len(up) - lacking][::-1], f"{name}: down is up from behind"
    file = exported(client, f"{path}?sort=-{SORTED[path][0]}&format=csv")
    assert [row[0] for row in file[1:]] == down_first(client, path), "the file has the order that is seen"


def down_first(client, path: str) -> list[str]:
    return walked(client, f"{path}?sort=-{SORTED[path][0]}")


def walked(client, address: str) -> list[str]:
    """The first column of every page of a list, one after the other."""
    found: list[str] = []
    for _page in range(30):
        page = client.get(address).content.decode()
        found += re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?([\w-]+)', page)
        link = re.search(r'href="([^"]*)" rel="next"', page)
        if not link:
            return found
        address = link[1].replace("&amp;", "&")
    raise AssertionError("the pages do not end")


def more_stays(n: int) -> None:
    """Stays at home without a planned end, two admitted at the same instant."""
    for k in range(n):
        Stay.objects.create(
            person=Person.objects.get(number=f"P{k + 5}"), kind="home_monitoring", reason="contact2",
            outbreak_code="LY", admitted_at=at(24, 8 + k // 2), recorded_at=KNOWN,
        )  # fmt: skip


def test_a_head_says_how_the_list_is_ordered_and_what_a_tap_does(client, reader):
    page = client.get("/cases/?class=confirmed&sort=reported&after=1_2022-03-24T00:00:00%2B08:00").content.decode()
    assert re.search(r'<th scope="col" aria-sort="ascending"><a class="sort" href="([^"]*)"', page)
    link = re.search(r'aria-sort="ascending"><a class="sort" href="([^"]*)"', page)[1]
    assert "sort=-reported" in link and "class=confirmed" in link and "after" not in link
    assert page.count("aria-sort") == 1
    assert '<option value="reported" selected>' in page, "on a phone the order is chosen in the form"
    page = client.get("/cases/?col=trajectory").content.decode()
    assert "sort=trajectory" not in page, "what cannot be ordered by does not offer it"


@pytest.mark.parametrize(
    "query", ["sort=trajectory", "sort=--case", "sort=reported&after=x", "sort=reported&after=1_x",
              "sort=reported&after=1_2022-03-24T00:00:00", "sort=case&after=1_", "sort=onset&after=1_2022-13-01"],
)  # fmt: skip
def test_an_order_or_a_key_that_is_none_is_told(client, reader, query):
    assert client.get(f"/cases/?{query}").status_code == 400


def test_letters_are_narrowed_by_state_and_number(client, reader):
    assert "L-1" in client.get("/letters/LY/?state=sent&q=l").content.decode()
    assert "L-1" not in client.get("/letters/LY/?state=returned").content.decode()
    assert client.get("/letters/LY/?state=nonsense").status_code == 400


def test_people_due_says_who_is_where_and_who_is_missing(client, reader):
    page = client.get("/due/LY/").content.decode()
    assert ">P4<" in page and "facility quarantine" in page
    missing = walked(client, "/due/LY/?missing=1")
    assert "P4" not in missing, "P4 is in the facility"
    assert missing and "not there" in client.get("/due/LY/?missing=1").content.decode()
    assert walked(client, "/due/LY/?q=p4") == ["P4"]
    assert client.get("/due/LY/?measure=prison").status_code == 400


def test_the_audit_and_the_rules_are_read_without_knowing_codes(client, reader, sign_in):
    client.get("/contacts/LY/P4/")
    sign_in("auditor")
    page = client.get("/audit/").content.decode()
    assert "person&#x27;s record: opened" in page and "in order to: open a contact" in page
    assert ">person.opened<" not in page and 'title="person.opened"' in page
    page = client.get("/rules/covid19-cn-v8/").content.decode()
    assert "counted from the earliest known of" in page and "first positive sample" in page
    assert "<code>look_back</code>" not in page
    sign_in("administrator")
    assert "The city" in client.get("/teams/").content.decode()
