"""Lists: columns in the address, the export as seen, filters saved by name, the day moved without losing the filters."""

from __future__ import annotations

import csv
import io
import re

import pytest

from chainbreak.governance.models import SavedView


def header(page: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page)


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
    ],
)
def test_the_columns_of_the_address_are_shown_and_taken_out(client, reader, path, cols, words):
    page = client.get(f"{path}?{cols}").content.decode()
    assert header(page) == words
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
