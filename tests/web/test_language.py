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
