"""The epidemiology lead takes a table of areas in, sees its bad row, and takes it back.

1. Upload a file; the columns are guessed.
2. Try it: the counts and the bad row are shown, nothing stays.
3. Take it in; the report keeps the rejected row.
4. See what undoing would do, say no, then yes.
"""

from __future__ import annotations

import pytest

from chainbreak.registry.models import Area

pytestmark = pytest.mark.story

TABLE = "code,name_zh,name_en,level,sender\n411188,新县,New county,county,a\n,无代码,Nameless,county,b\n"


def test_a_table_is_taken_in_and_back(outbreak, screen, assert_accessible, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    mine = screen("epidemiology_lead", "en")
    page = mine.page
    mine.open("/imports/")
    page.locator("select[name=kind]").select_option("areas")
    file = {"name": "areas.csv", "mimeType": "text/csv", "buffer": TABLE.encode("utf-8-sig")}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and look").click()
    assert page.locator("select[name=column-0]").input_value() == "code"

    page.get_by_role("button", name="Try it").click()
    page.get_by_role("heading", name="What would become of the rows").wait_for()
    assert_accessible(page)
    mine.picture("import_new-en")
    assert not Area.objects.filter(code="411188").exists()

    page.get_by_role("button", name="Take it in").click()
    page.wait_for_url("**/imports/*/")
    assert Area.objects.filter(code="411188").exists()
    page.get_by_text("The row as it was").click()
    assert page.get_by_text("无代码").is_visible()
    assert_accessible(page)
    mine.picture("import_run-en")

    page.get_by_role("link", name="See what undoing would do").click()
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("button", name="No, keep it").click()
    assert Area.objects.filter(code="411188").exists()
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("button", name="Yes, undo it").click()
    page.get_by_text("Undone at").wait_for()
    assert not Area.objects.filter(code="411188").exists()
    assert mine.complaints == []


def test_the_description_of_the_interface_keeps_the_policy(outbreak, screen):
    mine = screen("epidemiology_lead", "en")
    assert mine.open("/api/v1/docs").status == 200
    mine.page.get_by_text("/api/v1/outbreaks/{code}/contacts").first.wait_for()
    assert [one for one in mine.complaints if "script" in one.lower()] == []
