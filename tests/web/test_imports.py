"""A file is uploaded, looked at, tried without a trace, taken in with a report of its rows, and undone."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chainbreak.registry.models import Area

TABLE = """code,name_zh,name_en,level,note
411122,某县,The county,county,x
411123,另一县,Other county,county,y
,无代码,Nameless,county,z
"""


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(client, text=TABLE, kind="areas", name="areas.csv"):
    file = SimpleUploadedFile(name, text.encode("gb18030"))
    answer = client.post("/imports/", {"kind": kind, "outbreak": "", "file": file})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer["Location"]


def fields(page: str) -> dict[str, str]:
    """The fields that the form has chosen, as a browser would send them."""
    chosen = {}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        found = re.search(r'<option value="([^"]*)" selected', options)
        chosen[name] = found[1] if found else ("-" if name.startswith("column-") else "")
    return chosen


def test_a_file_is_tried_without_a_trace_then_taken_in_and_undone(client, db, sign_in):
    sign_in("epidemiology_lead")
    where = upload(client)
    page = client.get(where).content.decode()
    chosen = fields(page)
    assert [chosen[f"column-{n}"] for n in range(5)] == ["code", "name_zh", "name_en", "level", "-"]

    tried = client.post(where, {**chosen, "deed": "try"}).content.decode()
    assert "missing" in tried or "缺" in tried
    assert Area.objects.count() == 0

    taken = client.post(where, {**chosen, "deed": "run"})
    assert taken.status_code == 302
    report = client.get(taken["Location"]).content.decode()
    assert Area.objects.count() == 2
    assert "无代码" in report, "the rejected row is kept word for word"

    assert client.get(taken["Location"] + "?undo=1").status_code == 200
    assert Area.objects.count() == 2, "looking at what undoing would do undoes nothing"
    client.post(taken["Location"] + "undo/")
    assert Area.objects.count() == 0
    again = client.post(taken["Location"] + "undo/")
    assert again.status_code == 409


def test_a_chosen_field_goes_before_the_guess(client, db, sign_in):
    sign_in("epidemiology_lead")
    where = upload(client, TABLE.replace("name_zh", "what_we_call_it"))
    chosen = fields(client.get(where).content.decode())
    assert chosen["column-1"] == "-"
    taken = client.post(where, {**chosen, "column-1": "name_zh", "deed": "run"})
    assert taken.status_code == 302
    assert Area.objects.get(code="411123").name_zh == "另一县"


def test_a_file_that_is_no_table_is_named_with_what_to_do(client, db, sign_in):
    sign_in("epidemiology_lead")
    where = upload(client, "%PDF-1.7 not a table")
    page = client.get(where)
    assert page.status_code == 200
    assert "file_is_pdf" in page.content.decode()


def test_an_upload_belongs_to_who_made_it(client, db, sign_in):
    sign_in("epidemiology_lead")
    where = upload(client)
    sign_in("investigator")
    assert client.get(where).status_code == 409


def test_who_may_not_import_is_told_who_may(client, db, sign_in):
    sign_in("auditor")
    file = SimpleUploadedFile("areas.csv", TABLE.encode())
    answer = client.post("/imports/", {"kind": "areas", "file": file})
    assert answer.status_code == 403
    assert not Area.objects.exists()
