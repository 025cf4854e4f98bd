"""Signing in: right and wrong, locked and unlocked, in both languages; what is not offered."""

from datetime import UTC, datetime

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.urls import reverse

from chainbreak.governance.services import accounts

NOW = datetime.now(UTC)
LOGIN = "/accounts/login/"
LANGUAGES = [("zh-hans", "账号"), ("en", "ccount")]


@pytest.fixture
def member(db):
    """An account with its password."""
    return accounts.make("li.wei", display_name="李伟", actor=None, at=NOW)


def sign_in(client, password, username="li.wei"):
    return client.post(LOGIN, {"login": username, "password": password})


def test_the_right_password_opens_and_a_wrong_one_does_not(client, member):
    user, password = member
    wrong = sign_in(client, "not-the-password")
    assert wrong.status_code == 200
    assert "_auth_user_id" not in client.session
    assert sign_in(client, password).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(client, member):
    texts = []
    for username in ("li.wei", "nobody.at.all"):
        page = sign_in(client, "not-the-password", username)
        texts.append(page.context["form"].non_field_errors().as_text())
    assert texts[0] == texts[1] != ""


def test_too_many_wrong_passwords_lock_and_the_page_says_until_when_and_whom_to_ask(client, member, account_of):
    _, password = member
    account_of("administrator", username="wang.admin")
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert sign_in(client, "wrong").status_code == 200
    locked = sign_in(client, "wrong")
    assert locked.status_code == 429
    until = AccessAttempt.objects.get().attempt_time + settings.AXES_COOLOFF_TIME
    assert locked.context["until"] == until
    assert "wang.admin" in locked.content.decode()
    assert 0 < int(locked["Retry-After"]) <= settings.AXES_COOLOFF_TIME.total_seconds()
    assert sign_in(client, password).status_code == 429, "not even the right password, while it is locked"
    assert AccessAttempt.objects.get().attempt_time + settings.AXES_COOLOFF_TIME == until


def test_a_reset_by_the_administrator_lifts_the_lock(client, member):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, "wrong")
    password = accounts.reset("li.wei", actor=None, at=NOW)
    assert sign_in(client, password).status_code == 302


@pytest.mark.parametrize("way", ["signup/", "password/reset/", "email/", "password/reset/key/abc-def/"])
def test_there_is_no_sign_up_and_no_reset_by_e_mail(client, db, way):
    assert client.get("/accounts/" + way).status_code == 404


@pytest.mark.parametrize(("language", "word"), LANGUAGES)
@pytest.mark.parametrize(
    "name",
    [
        "account_change_password",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_logout",
        "account",
    ],
)
def test_pages_of_the_account_speak_both_languages(client, member, language, word, name):
    _, password = member
    sign_in(client, password)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language  # chosen after the login, which speaks the account's own
    if name.startswith("mfa_a"):  # they ask for the password once more
        asked = client.get(reverse(name))
        assert asked["Location"].startswith(reverse("account_reauthenticate"))
        assert client.get(asked["Location"]).status_code == 200
        client.post(asked["Location"], {"password": password})
    page = client.get(reverse(name))
    assert page.status_code == 200
    text = page.content.decode()
    assert f'<html lang="{language}"' in text
    assert text.count("<h1>") == 1
    assert "<h1></h1>" not in text
    assert 'style="' not in text
    assert "onclick=" not in text


@pytest.mark.parametrize(("language", "word"), LANGUAGES)
def test_the_login_page_speaks_both_languages_and_names_no_way_that_is_closed(client, db, language, word):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    text = client.get(LOGIN).content.decode()
    assert word in text
    assert "signup" not in text
    assert "password/reset" not in text


def test_the_language_is_kept_with_the_account(client, member):
    user, password = member
    sign_in(client, password)
    answer = client.post(reverse("account_language"), {"language": "en"})
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    user.refresh_from_db()
    assert user.language == "en"
    client.post(reverse("account_language"), {"language": "xx"})
    user.refresh_from_db()
    assert user.language == "en"


def test_a_second_factor_is_asked_for_once_it_is_set_up(client, member):
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.totp.internal import auth

    user, password = member
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(user, secret)
    assert get_adapter().is_mfa_enabled(user)
    step = sign_in(client, password)
    assert step.status_code == 302
    assert step["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session
    code = auth.format_hotp_value(auth.hotp_value(secret, next(iter(auth.yield_hotp_counters_from_time()))))
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_an_ended_session_leads_to_the_login_and_back(client, member):
    _, password = member
    sign_in(client, password)
    client.session.flush()
    answer = client.get(reverse("account"))
    assert answer.status_code == 302
    assert answer["Location"] == f"{LOGIN}?next=/account/"
    assert client.post(answer["Location"], {"login": "li.wei", "password": password, "next": "/account/"})[
        "Location"
    ] == ("/account/")
