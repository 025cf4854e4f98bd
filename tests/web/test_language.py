"""Which language a page speaks, and what it says where nothing is recorded yet."""

from __future__ import annotations

import re

import pytest

from chainbreak.governance.models import User

PASSWORD = "of-a-test-nine-words"
LISTS = [
    "/", "/cases/", "/contacts/LY/", "/chains/LY/", "/letters/LY/", "/rounds/", "/facilities/", "/stays/",
    "/bulletins/", "/imports/", "/figures/LY/outbreak.LY.cases.cumulative/", "/gaps/LY/contacts_not_located/",
]  # fmt: skip
FIRST = {"zh-hans": "还没有疫情", "en": "No outbreak yet"}


def language_of(answer) -> str:
    return re.search(r'<html lang="([^"]+)"', answer.content.decode())[1]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_list_of_an_empty_installation_answers_and_the_board_says_what_to_do_first(client, sign_in, language):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = language
    for address in LISTS:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert language_of(answer) == language
    board = client.get("/").content.decode()
    assert FIRST[language] in board
    assert 'href="/imports/"' in board
    assert "chainbreak demo" in board


def test_who_may_not_import_is_told_who_begins(client, sign_in):
    sign_in("commander")
    client.cookies["chainbreak_language"] = "en"
    board = client.get("/").content.decode()
    assert "Your role does not import. These roles do: epidemiology lead" in board


@pytest.mark.parametrize("accept", ["xx", "tlh-QO, *;q=0.x", ";;;,,q=", "a" * 4000, "\u4e2d\u6587"])
def test_an_unknown_language_falls_back_to_chinese(client, outbreak, sign_in, accept):
    sign_in("investigator")
    for cookie in ("", "xx", "../../etc/passwd", "zh-hans\u00e9", "e" * 4000):
        client.cookies["chainbreak_language"] = cookie
        answer = client.get("/cases/?language=xx", headers={"accept-language": accept})
        assert (answer.status_code, language_of(answer)) == (200, "zh-hans"), cookie


def test_an_unknown_language_is_not_kept(client, outbreak, sign_in):
    user = sign_in("investigator")
    for address in ("/language/setlang/", "/account/language/"):
        assert client.post(address, {"language": "xx", "next": "/cases/"}).status_code == 302
    user.refresh_from_db()
    assert user.language == "zh-hans"
    assert language_of(client.get("/cases/")) == "zh-hans"


def log_in(client, user):
    answer = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()[-1500:]


def test_the_pages_speak_the_language_of_the_account_after_the_login(client, outbreak, sign_in):
    user = sign_in("investigator")
    client.logout()
    user.set_password(PASSWORD)
    user.language = "en"
    user.save()
    client.cookies["chainbreak_language"] = "zh-hans"  # of whoever sat here before
    log_in(client, user)
    assert language_of(client.get("/cases/")) == "en"


def test_a_language_chosen_before_the_login_goes_with_it(client, outbreak, sign_in):
    user = sign_in("investigator")
    client.logout()
    user.set_password(PASSWORD)
    user.save()
    client.post("/language/setlang/", {"language": "en", "next": "/accounts/login/"})
    assert language_of(client.get("/accounts/login/")) == "en"
    log_in(client, user)
    assert language_of(client.get("/cases/")) == "en"
    user.refresh_from_db()
    assert user.language == "en"


def test_the_switch_is_kept_with_the_account(client, outbreak, sign_in):
    user = sign_in("investigator")
    client.post("/language/setlang/", {"language": "en", "next": "/cases/"})
    user.refresh_from_db()
    assert user.language == "en"


def test_a_ready_account_is_called_by_its_role_in_english(client, outbreak, sign_in):
    user = sign_in("spokesperson")
    User.objects.filter(pk=user.pk).update(username="spokesperson2", display_name="发言人(复核)")
    client.cookies["chainbreak_language"] = "en"
    page = client.get("/").content.decode()
    assert "spokesperson 2" in page
    assert "发言人" not in page
    client.cookies["chainbreak_language"] = "zh-hans"
    assert "发言人(复核)" in client.get("/").content.decode()
    User.objects.filter(pk=user.pk).update(display_name="Ms Example")
    client.cookies["chainbreak_language"] = "en"
    assert "Ms Example" in client.get("/").content.decode(), "a name of one's own stays"


OF_THE_LIBRARY = [
    "/accounts/login/", "/accounts/logout/", "/accounts/password/change/", "/accounts/2fa/",
    "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/reauthenticate/",
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_the_account_library_have_headings_in_the_reader_s_language(client, outbreak, sign_in, language):
    user = sign_in("investigator")
    client.logout()
    user.set_password(PASSWORD)
    user.language = language
    user.save()
    client.cookies["chainbreak_language"] = language
    pages = {"/accounts/login/": client.get("/accounts/login/")}
    log_in(client, user)
    pages |= {address: client.get(address, follow=True) for address in OF_THE_LIBRARY[1:]}
    for address, answer in pages.items():
        assert answer.status_code == 200, address
        page = answer.content.decode()
        for words in (re.search(r"<title>(.*?) · ", page, re.S)[1], re.search(r"<h1[^>]*>(.*?)</h1>", page, re.S)[1]):
            assert words.strip(), address
            chinese = bool(re.search("[\u4e00-\u9fff]", words))
            assert chinese == (language == "zh-hans"), (address, words)


def test_dates_of_a_case_are_written_in_one_way(client, outbreak, sign_in):
    sign_in("investigator")
    page = client.get("/cases/LY/1/").content.decode()
    assert "2022-03-23" in page
    assert not re.search(r"\d年\d", page)
