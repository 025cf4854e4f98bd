"""The pages of command answer in both languages, within 30 queries, and open the records behind each number."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chainbreak.command.models import Bulletin
from chainbreak.command.services import bulletin

from .conftest import AS_OF, NOW

pytestmark = pytest.mark.django_db
CLOCKS = "?outbreak=LY&as_of=2022-03-28"
PAGES = [
    "/", "/figures/LY/contact.d1.cum.LY/", "/figures/LY/case.confirmed.cum.city/", "/figures/LY/round.city.sampled/",
    "/figures/LY/round.city.sample_hours/", "/figures/LY/round.city.positive/", "/figures/LY/stay.facility.now/",
    "/figures/LY/link.ZL-1/", "/figures/LY/goal.clock/", "/figures/LY/risk.community/", "/gaps/LY/not_located/",
    "/gaps/LY/tests_missing/", "/gaps/LY/unlinked_cases/", "/gaps/LY/release_overdue/", "/gaps/LY/duplicates/",
    "/gaps/LY/letters_unanswered/", "/gaps/LY/results_overdue/", "/gaps/LY/quarantine_missing/", "/bulletins/", "/rounds/",
]  # fmt: skip


@pytest.fixture
def reader(client, account):
    client.force_login(account("epidemiology_lead"))
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_answers_in_both_languages_within_thirty_queries(small_outbreak, reader, language):
    for path in PAGES:
        reader.get(path + CLOCKS, headers={"accept-language": language})  # what can be kept is kept
        with CaptureQueriesContext(connection) as captured:
            answer = reader.get(path + CLOCKS, headers={"accept-language": language})
        assert answer.status_code == 200, path
        assert f'lang="{language}"'.lower() in answer.content.decode().lower(), path
        assert len(captured) <= 30, (path, len(captured))
        assert b"<script>" not in answer.content
        assert b"style=" not in answer.content


def test_every_number_of_the_board_leads_to_a_page(small_outbreak, reader):
    import re

    board = reader.get("/" + CLOCKS).content.decode()
    links = set(re.findall(r'href="(/(?:figures|gaps|cases|stays)[^"]*)"', board))
    assert len(links) >= 30
    for link in links:
        assert reader.get(link.replace("&amp;", "&")).status_code == 200, link


def test_a_role_that_sees_numbers_only_does_not_see_the_records(small_outbreak, client, account):
    client.force_login(account("sampler"))
    answer = client.get("/figures/LY/contact.d1.cum.LY/" + CLOCKS).content.decode()
    assert "<strong>4</strong>" in answer
    assert "A2" not in answer
    assert client.get("/gaps/LY/not_located/" + CLOCKS).status_code == 403


def test_what_does_not_exist_is_said_with_what_does(small_outbreak, reader):
    for path, there in (
        ("/figures/LY/no.such.key/", "contact.d1.cum.LY"), ("/gaps/LY/nothing/", "not_located"),
        ("/figures/XX/contact.d1.cum.LY/", "LY"), ("/bulletins/99/", "99"),
    ):  # fmt: skip
        answer = reader.get(path)
        assert (answer.status_code, there in answer.content.decode()) == (404, True), path


def test_a_bulletin_goes_its_way_on_its_page(small_outbreak, client, account):
    lead, spokesperson, commander = account("epidemiology_lead"), account("spokesperson"), account("commander")
    client.force_login(lead)
    made = client.post("/bulletins/compute/", {"outbreak": "LY", "as_of": "2022-03-28T24:00+08:00"})
    number = Bulletin.objects.get().pk
    assert made["Location"] == f"/bulletins/{number}/"
    same = client.post(f"/bulletins/{number}/check/")
    assert same.status_code == 409  # computed by the same person
    client.force_login(spokesperson)
    refused = client.post(f"/bulletins/{number}/check/")
    assert refused.status_code == 409
    page = client.get(f"/bulletins/{number}/").content.decode()
    import re

    reviewed = re.findall(r'name="reviewed" value="([^"]+)"', page)
    assert client.post(f"/bulletins/{number}/check/", {"reviewed": reviewed}).status_code == 302
    client.force_login(commander)
    for deed in ("approve", "publish"):
        assert client.post(f"/bulletins/{number}/{deed}/").status_code == 302
    assert Bulletin.objects.get().state == "published"


def test_the_print_and_the_document_say_the_same_in_each_language(small_outbreak, reader, account):
    import io

    from docx import Document

    made = bulletin.compute("LY", as_of=AS_OF, actor=account("spokesperson"), at=NOW)
    for language, words in (("zh", "全市累计报告确诊病例1例"), ("en", "1 confirmed case in the city to date")):
        html = reader.get(f"/bulletins/{made.pk}/print/?language={language}").content.decode()
        data = reader.get(f"/bulletins/{made.pk}/docx/?language={language}").content
        document = Document(io.BytesIO(data))
        text = "\n".join(paragraph.text for paragraph in document.paragraphs)
        assert words in html
        assert words in text
        assert 'w:eastAsia="仿宋"' in document.styles["Normal"].element.xml
        pdf = reader.get(f"/bulletins/{made.pk}/pdf/?language={language}").content
        assert pdf.startswith(b"%PDF-") and b"pdfuaid:part" in pdf


def test_the_interface_gives_what_the_command_line_gives(small_outbreak, reader):
    answer = reader.get("/api/v1/figures/LY", {"as_of": "2022-03-28T24:00+08:00"})
    found = {row["key"]: row for row in answer.json()}
    assert answer.status_code == 200
    assert found["contact.d1.cum.LY"]["value"] == 4
    assert {"key", "value", "unit", "scope", "as_of", "zh", "en", "query"} <= set(found["goal.clock"])
    assert reader.get("/api/v1/figures/LY", {"as_of": "yesterday"}).json()["code"] == "bad_as_of"
    assert reader.get("/api/v1/figures/XX", {"as_of": "2022-03-28"}).json()["code"] == "unknown_outbreak"
