"""The frame of every page: language, the two clocks, refusals, errors, and the files of others."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError
from django.utils import translation

import chainbreak.web
from chainbreak.governance.models import AuditEntry
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import line_list
from chainbreak.web import asof, words

VENDOR = Path(chainbreak.web.__file__).parent / "static" / "web" / "vendor"
ZONE = ZoneInfo("Asia/Shanghai")


def test_files_of_others_are_as_they_came():
    table = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE)
    named = dict(table)
    there = {path.name for path in VENDOR.iterdir()} - {"README.md"}
    assert set(named) == there
    for name, digest in named.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-03-28", datetime(2022, 3, 29, tzinfo=ZONE)),
        ("2022-03-28T24:00+08:00", datetime(2022, 3, 29, tzinfo=ZONE)),
        ("2022-03-28T24:00 08:00", datetime(2022, 3, 29, tzinfo=ZONE)),  # a plus sign that an address has swallowed
        ("2022-03-28 12:30", datetime(2022, 3, 28, 12, 30, tzinfo=ZONE)),
        ("2022-03-28T04:30Z", datetime(2022, 3, 28, 12, 30, tzinfo=ZONE)),
    ],
)
def test_a_day_is_read_as_its_end(text, instant):
    assert asof.parse(text, name="as_of") == instant


@pytest.mark.parametrize(
    "text", ["yesterday", "2022-02-30", "2022-03-28T25:00", "28.3.2022", "9999-12-31", "0001-01-01T00:00"]
)
def test_what_is_no_day_is_refused_with_an_example(text):
    with pytest.raises(Refused) as refused:
        asof.parse(text, name="as_of")
    assert refused.value.code == "bad_as_of"
    assert "2022-03-28" in words.words_for(refused.value).text


def test_the_page_of_the_past_shows_the_past_and_says_so(client, outbreak, sign_in):
    sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"
    today = client.get("/cases/").content.decode()
    assert "looking at the past" not in today
    assert numbers(today) == ["1", "2", "3"]
    past = client.get("/cases/?as_of=2022-03-24").content.decode()
    assert "looking at the past: as of 2022-03-24 24:00" in past
    assert numbers(past) == ["1"]
    assert '/cases/LY/1/?as_of=2022-03-24"' in past, "links stay in the past"
    unknown = client.get("/cases/?as_known=2022-03-27T10:00").content.decode()
    assert numbers(unknown) == [], "nothing was recorded yet at that time"


def numbers(page: str) -> list[str]:
    return re.findall(r'href="/cases/LY/(\d+)/', page)


def test_the_language_switch_keeps_the_page(client, outbreak, sign_in):
    sign_in("investigator")
    here = "/cases/?class=confirmed&as_of=2022-03-26"
    page = client.get(here).content.decode()
    assert 'lang="zh-hans"' in page
    assert f'name="next" value="{here.replace("&", "&amp;")}"' in page
    answer = client.post("/language/setlang/", {"language": "en", "next": here}, follow=True)
    assert answer.redirect_chain[-1][0] == here
    assert 'lang="en"' in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/cases/?outbreak=NO", 404, "unknown_outbreak"),
        ("/cases/?as_of=soon", 400, "bad_as_of"),
        ("/cases/?class=green", 400, "bad_filter"),
        ("/cases/?after=x", 400, "bad_filter"),
        ("/cases/LY/99/", 404, "unknown_case"),
        ("/contacts/LY/P8/", 404, "not_a_contact"),
        ("/contacts/LY/NOBODY/", 404, "unknown_person"),
        ("/contacts/NO/", 404, "unknown_outbreak"),
        ("/imports/999/", 404, "unknown_run"),
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_refusal_is_a_page_with_words_and_a_code(client, outbreak, sign_in, address, status, code, language):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = language
    answer = client.get(address)
    page = answer.content.decode()
    assert (answer.status_code, f"<code>{code}</code>" in page) == (status, True)
    assert f'lang="{language}"' in page
    assert "%(" not in page


def test_a_role_that_may_not_is_told_who_may(client, outbreak, sign_in):
    sign_in("sampler")
    client.cookies["chainbreak_language"] = "en"
    answer = client.get("/cases/")
    assert answer.status_code == 403
    assert "investigator" in answer.content.decode()


def test_every_refusal_of_the_pages_has_words_in_both_languages():
    for code, sentence in words.REFUSALS.items():
        with translation.override("zh-hans"):
            assert translation.gettext(sentence) != sentence, code
        with translation.override("en"):
            assert translation.gettext(sentence) == sentence, code


def test_a_stopped_database_is_a_page_that_says_what_to_do(client, outbreak, sign_in, monkeypatch):
    sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"

    def stopped(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(line_list, "line_list", stopped)
    answer = client.get("/cases/")
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "chainbreak serve" in page
    assert "Traceback" not in page


def test_an_error_nobody_foresaw_shows_no_traceback(client, outbreak, sign_in, monkeypatch):
    sign_in("investigator")
    client.raise_request_exception = False
    monkeypatch.setattr(line_list, "line_list", lambda *args, **kwargs: 1 / 0)
    answer = client.get("/cases/")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.content.decode()
    assert 'lang="zh-hans"' in answer.content.decode()


def test_whoever_is_not_signed_in_comes_back_to_the_page_after_the_login(client, outbreak):
    answer = client.get("/cases/?class=confirmed")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/cases/%3Fclass%3Dconfirmed"
    part = client.get("/cases/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/cases/?q=1"})
    assert part["HX-Redirect"] == "/accounts/login/?next=/cases/%3Fq%3D1"


def test_a_list_taken_out_carries_who_and_when_and_is_on_record(client, outbreak, sign_in):
    user = sign_in("investigator")
    answer = client.get("/cases/?class=confirmed&format=csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["1", "3"]
    assert all(row[-1].startswith(user.username + " ") for row in rows[1:])
    assert AuditEntry.objects.filter(act="list.exported", actor=user).count() == 1
    sign_in("auditor")
    assert client.get("/cases/?format=csv").status_code == 403


def test_a_long_list_is_given_by_key_and_every_row_once(client, outbreak, sign_in, monkeypatch):
    from chainbreak.web import listing

    monkeypatch.setattr(listing.page, "__kwdefaults__", {**listing.page.__kwdefaults__, "size": 1})
    sign_in("investigator")
    seen, address = [], "/contacts/LY/"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'<th scope="row"[^>]*><a href="/contacts/LY/(P\d+)/', page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) >= 3
