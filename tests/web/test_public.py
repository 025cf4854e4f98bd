"""Residents: own status by number and code word, nothing in an address or a cache, limited tries, sites and notices."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from chainbreak.command.models import Bulletin
from chainbreak.governance.models import AuditEntry
from chainbreak.measures.services import derive
from chainbreak.registry.services import codeword
from chainbreak.screening.models import SamplingSite
from chainbreak.web import public, ratelimit

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def resident(client, outbreak):
    derive.snapshot(outbreak, as_known=None, at=timezone.now())
    client.cookies["chainbreak_language"] = "en"
    public.BY_ADDRESS.clear()
    public.BY_NUMBER.clear()

    def ask(number: str, word: str):
        return client.post("/public/status/", {"number": number, "word": word})

    return ask


def test_a_contact_reads_why_until_when_and_what_comes_next(resident):
    answer = resident("P4", codeword.of("P4"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "You are a close contact" in page
    assert "facility quarantine" in page
    assert re.search(r"until <strong>2022-04-\d\d 24:00</strong> · 1\d days left", page)
    assert "quarantine.contact1" in page, "the rule is named (P-01)"
    assert "Tests on:" in page and "home monitoring: 2022-04-" in page
    assert "You may appeal" in page


def test_nothing_of_it_is_in_an_address_or_a_cache_and_the_look_is_on_record(resident, client):
    answer = resident("p4", codeword.of("P4").lower().replace("-", " "))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "same-origin"
    assert "P4" not in "".join(re.findall(r'(?:href|action|src)="([^"]*)"', answer.content.decode()))
    assert AuditEntry.objects.filter(act="person.own_status", subject="person:P4", actor=None).count() == 1
    assert client.get("/public/status/?number=P4&word=" + codeword.of("P4")).content.decode().count("contact") == 0


def test_who_owes_nothing_is_told_so(resident):
    assert "Nothing is asked of you" in resident("P8", codeword.of("P8")).content.decode()


@pytest.mark.parametrize(("number", "word"), [("P4", "2222-2222"), ("P4", ""), ("NOBODY", "2222-2222"), ("", "")])
def test_a_wrong_word_and_an_unknown_number_get_the_same_answer(resident, number, word):
    page = resident(number, word)
    assert page.status_code == 403
    assert "do not fit together" in page.content.decode()


def test_the_code_word_of_another_does_not_open(resident):
    assert resident("P4", codeword.of("P5")).status_code == 403


def test_tries_are_limited_and_the_right_word_does_not_help_meanwhile(resident):
    for _ in range(public.BY_NUMBER.most):
        assert resident("P4", "2222-2222").status_code == 403
    answer = resident("P4", codeword.of("P4"))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1
    assert "Wait 15 minutes" in answer.content.decode()
    assert resident("P5", codeword.of("P5")).status_code == 200, "another number is free"


def test_a_failure_is_forgotten_after_its_time():
    limit = ratelimit.RateLimit(2, 60)
    limit.failed("a", 0)
    assert limit.wait("a", 1) == 0
    limit.failed("a", 10)
    assert limit.wait("a", 11) == 49
    assert limit.wait("a", 59.9) > 0
    assert limit.wait("a", 60) == 0
    assert limit.wait("b", 11) == 0


def test_a_code_word_is_of_its_installation_and_easily_told(settings):
    word = codeword.of("P0000001")
    assert re.fullmatch(r"[2-9A-HJKMNP-TW-Z]{4}-[2-9A-HJKMNP-TW-Z]{4}", word)
    assert codeword.of("P0000002") != word
    settings.CHAINBREAK_IDENTITY_KEY = "another key of another installation"
    assert codeword.of("P0000001") != word


def test_staff_who_may_see_the_name_see_the_code_word(client, outbreak, sign_in):
    sign_in("investigator")
    assert codeword.of("P4") in client.get("/contacts/LY/P4/").content.decode()
    sign_in("commander")
    assert codeword.of("P4") not in client.get("/contacts/LY/P4/").content.decode()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notice_that_is_handed_out_holds_word_rule_and_rights(client, outbreak, sign_in, monkeypatch, language):
    written = []
    monkeypatch.setattr("chainbreak.web.notice.pdf.write", lambda document: written.append(document) or b"%PDF-")
    user = sign_in("investigator")
    answer = client.get(f"/contacts/LY/P4/notice.pdf?language={language}")
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    text = str(written[0].as_data())
    assert codeword.of("P4") in text and "quarantine.contact1" in text and "/public/status/" in text
    assert ("24小时" if language == "zh" else "24 hours") in text
    assert AuditEntry.objects.filter(act="notice.printed", actor=user, subject="person:P4").count() == 1
    sign_in("commander")
    assert client.get("/contacts/LY/P4/notice.pdf").status_code == 403, "who may not see the name gets no code word"


def test_open_sites_and_published_notices_and_no_others(client, outbreak):
    client.cookies["chainbreak_language"] = "en"
    now = timezone.now()
    for n, (audience, closed) in enumerate([("everybody", None), ("yellow_code", None), ("everybody", now)]):
        SamplingSite.objects.create(
            number=f"S{n}", name_zh=f"点{n}", name_en=f"Site {n}", area_code="411122", audience=audience,
            opened_at=now - timedelta(days=2), closed_at=closed,
        )  # fmt: skip
    page = client.get("/public/sites/").content.decode()
    assert [f"Site {n}" in page for n in range(3)] == [True, True, False]
    page = client.get("/public/sites/?audience=yellow_code").content.decode()
    assert [f"Site {n}" in page for n in range(3)] == [False, True, False]
    assert client.get("/public/sites/?audience=x").status_code == 400
    at = datetime(2022, 3, 29, tzinfo=ZONE)
    secret, told = (
        Bulletin.objects.create(outbreak=outbreak, as_of=at, as_known=at, number=n, state=state)
        for n, state in ((1, "approved"), (2, "published"))
    )
    page = client.get("/public/notices/").content.decode()
    assert f"/public/notices/{told.pk}/" in page and f"/public/notices/{secret.pk}/" not in page
    assert client.get(f"/public/notices/{told.pk}/").status_code == 200
    assert client.get(f"/public/notices/{secret.pk}/").status_code == 404


@pytest.mark.parametrize("path", ["", "status/", "sites/", "notices/"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_public_pages_need_no_account_and_no_script(client, db, path, language):
    client.cookies["chainbreak_language"] = language
    answer = client.get(f"/public/{path}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<script" not in page and f'lang="{language}"' in page
