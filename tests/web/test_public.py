"""Residents: own status by number and code word, nothing in an address or a cache, limited tries, sites and notices."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from chainbreak.command.models import Bulletin
from chainbreak.governance.models import AuditEntry
from chainbreak.measures.models import Appeal, AppealStep
from chainbreak.measures.services import derive
from chainbreak.registry.services import codeword
from chainbreak.screening.models import SamplingSite
from chainbreak.web import public_appeal, ratelimit
from chainbreak.web import resident as residents

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def resident(client, outbreak):
    derive.snapshot(outbreak, as_known=None, at=timezone.now())
    client.cookies["chainbreak_language"] = "en"
    residents.BY_ADDRESS.clear()
    residents.BY_NUMBER.clear()

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
    assert "You may appeal" in page and "This is wrong: appeal" in page


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
    for _ in range(residents.BY_NUMBER.most):
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
    assert "/public/appeal/" in text and "appeal.decide" in text, "the way to appeal and its rule (P-15)"
    assert AuditEntry.objects.filter(act="notice.printed", actor=user, subject="person:P4").count() == 1
    sign_in("commander")
    assert client.get("/contacts/LY/P4/notice.pdf").status_code == 403, "who may not see the name gets no code word"


def test_published_notices_and_no_others(client, outbreak):
    client.cookies["chainbreak_language"] = "en"
    at = datetime(2022, 3, 29, tzinfo=ZONE)
    secret, told = (
        Bulletin.objects.create(outbreak=outbreak, as_of=at, as_known=at, number=n, state=state)
        for n, state in ((1, "approved"), (2, "published"))
    )
    page = client.get("/public/notices/").content.decode()
    assert f"/public/notices/{told.pk}/" in page and f"/public/notices/{secret.pk}/" not in page
    assert client.get(f"/public/notices/{told.pk}/").status_code == 200
    assert client.get(f"/public/notices/{secret.pk}/").status_code == 404


def test_open_sites_for_everybody_and_for_yellow_codes(client, outbreak):
    client.cookies["chainbreak_language"] = "en"
    now = timezone.now()
    for n, (audience, closed) in enumerate([("everybody", None), ("yellow_code", None), ("everybody", now)]):
        SamplingSite.objects.create(
            number=f"S{n}", name_zh=f"点{n}", name_en=f"Site {n}", area_code="411122", audience=audience,
            opened_at=now - timedelta(days=2), closed_at=closed,
        )  # fmt: skip
    page = client.get("/public/sites/").content.decode()
    assert [f"Site {n}" in page for n in range(3)] == [True, False, False]
    page = client.get("/public/sites/?audience=yellow_code").content.decode()
    assert [f"Site {n}" in page for n in range(3)] == [False, True, False]
    assert client.get("/public/sites/?audience=x").status_code == 400


@pytest.mark.parametrize("path", ["", "status/", "sites/", "notices/"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_public_pages_need_no_account_and_no_script(client, db, path, language):
    client.cookies["chainbreak_language"] = language
    answer = client.get(f"/public/{path}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.sub(r'<script src="[^"]+" defer></script>', "", page).count("<script") == 0
    assert f'lang="{language}"' in page


def token_in(page: str) -> str:
    return re.search(r'name="token" value="([^"]+)"', page)[1]


WRITTEN = {"about": "contact", "grounds": "not_there", "statement": "I was in hospital.", "relation": "self"}


@pytest.fixture
def appealing(resident):
    public_appeal.SENT.clear()
    return token_in(resident("P4", codeword.of("P4")).content.decode())


def test_two_taps_from_the_status_to_an_appeal_with_receipt_and_time(client, appealing):
    form = client.post("/public/appeal/", {"token": appealing, "about": "contact", "outbreak": "LY"})
    page = form.content.decode()
    assert form.status_code == 200 and 'value="contact"' in page and "no-store" in form["Cache-Control"]
    sent = client.post("/public/appeal/", {"token": token_in(page), "outbreak": "LY", **WRITTEN})
    page = sent.content.decode()
    made = Appeal.objects.get()
    assert made.number in page and "Within 24 hours: rule appeal.decide" in page
    assert (made.person.number, made.rule, made.channel) == ("P4", "quarantine.contact1.1", "web")
    assert "P4" not in "".join(re.findall(r'(?:href|action|src)="([^"]*)"', page))
    assert client.post("/public/appeal/", {"token": appealing, "outbreak": "LY", **WRITTEN}).status_code == 200
    assert Appeal.objects.count() == 1, "a page sent again makes no second appeal"


def test_what_is_missing_is_told_and_what_was_typed_stays(client, appealing):
    answer = client.post("/public/appeal/", {"token": appealing, **WRITTEN, "statement": " "})
    assert answer.status_code == 400 and not Appeal.objects.exists()
    old = {**WRITTEN, "token": "made:up:by-somebody", "statement": "long and dear"}
    answer = client.post("/public/appeal/", old)
    page = answer.content.decode()
    assert answer.status_code == 403 and "long and dear" in page and 'name="word"' in page
    answer = client.post("/public/appeal/", {**old, "number": "P4", "word": "2222-2222"})
    assert answer.status_code == 403 and "long and dear" in answer.content.decode()
    answer = client.post("/public/appeal/", {**old, "number": "P4", "word": codeword.of("P4")})
    assert answer.status_code == 200 and Appeal.objects.count() == 1


def test_who_sends_very_many_is_made_to_wait(client, appealing):
    for n in range(public_appeal.SENT.most):
        client.post("/public/appeal/", {"token": appealing, **WRITTEN, "statement": f"number {n}"})
    answer = client.post("/public/appeal/", {"token": appealing, **WRITTEN, "statement": "one more"})
    assert answer.status_code == 429 and "one more" in answer.content.decode()
    assert Appeal.objects.count() == 5


def test_who_owes_nothing_may_appeal_too(client, resident):
    public_appeal.SENT.clear()
    page = resident("P8", codeword.of("P8")).content.decode()
    client.post("/public/appeal/", {"token": token_in(page), **WRITTEN, "about": "missed_test"})
    made = Appeal.objects.get()
    assert (made.person.number, made.about, made.measure, made.outbreak.code) == ("P8", "missed_test", "", "LY")


def test_the_answer_is_read_with_its_reasons_and_can_be_taken_further(client, resident, appealing, sign_in):
    client.post("/public/appeal/", {"token": appealing, "outbreak": "LY", **WRITTEN})
    number = Appeal.objects.get().number
    resident_client, officer = Client(), sign_in("code_officer")
    assert client.post(f"/appeals/{number}/take_up/").status_code == 302
    client.post(f"/appeals/{number}/ask/", {"words": "Which hospital?"})
    resident_client.cookies["chainbreak_language"] = "en"

    def own() -> str:
        return resident_client.post(
            "/public/status/", {"number": "P4", "word": codeword.of("P4")}
        ).content.decode()  # fmt: skip

    page = own()
    assert "Which hospital?" in page and officer.username not in page
    say = {"token": token_in(page), "appeal": number, "deed": "tell"}
    assert resident_client.post("/public/appeal/say/", say | {"words": ""}).status_code == 409
    assert resident_client.post("/public/appeal/say/", say | {"words": "The first."}).status_code == 200
    page = client.get(f"/appeals/{number}/").content.decode()
    assert "The first." in page and "I was in hospital." in page
    client.post(f"/appeals/{number}/decide/", {"decision": "rejected", "words": "It has no such patient."})
    page = own()
    assert "It has no such patient." in page and "I do not accept this" in page
    say |= {"deed": "escalate", "words": "Ask again."}
    assert resident_client.post("/public/appeal/say/", say | {"appeal": "A-2222-2222"}).status_code == 409
    assert resident_client.post("/public/appeal/say/", say).status_code == 200
    assert "taken further" in own()
    assert resident_client.post("/public/appeal/say/", {"appeal": number, "words": "x"}).status_code == 403


def test_a_form_of_somebody_else_does_not_reach_an_appeal(client, resident, appealing):
    client.post("/public/appeal/", {"token": appealing, **WRITTEN})
    other = token_in(resident("P5", codeword.of("P5")).content.decode())
    answer = client.post(
        "/public/appeal/say/", {"token": other, "appeal": Appeal.objects.get().number, "words": "mine"}
    )
    assert answer.status_code == 409 and AppealStep.objects.count() == 2
