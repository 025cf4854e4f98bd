"""The pages of governance: teams, rule packs, retention; who sees them, in both languages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from chainbreak.epi import rulepack
from chainbreak.governance.models import AuditEntry, Grant, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOW = datetime.now(UTC)


@pytest.fixture
def as_role(client, account_of):
    """Signs in an account with a role and gives the client."""

    def sign_in(role, language="en"):
        client.cookies["chainbreak_language"] = language
        client.force_login(account_of(role, ""), backend=BACKEND)
        return client

    return sign_in


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("address", "role", "other"),
    [
        ("/teams/", "administrator", "investigator"),
        ("/retention/", "auditor", "commander"),
        ("/audit/", "auditor", "administrator"),
        ("/rules/", "sampler", None),
        ("/rules/covid19-cn-v8/", "sampler", None),
        ("/rules/ebola/", "sampler", None),
    ],
)
def test_pages_are_for_their_roles(as_role, language, address, role, other, django_assert_max_num_queries):
    client = as_role(role, language)
    client.get(address)
    with django_assert_max_num_queries(30):
        page = client.get(address)
    assert page.status_code == 200
    assert 'style="' not in page.content.decode()
    if other:
        assert as_role(other, language).get(address).status_code == 403


def test_whoever_is_not_signed_in_sees_no_page(client, db):
    for address in ("/teams/", "/retention/", "/audit/", "/rules/", "/account/"):
        assert client.get(address)["Location"] == f"/accounts/login/?next={address}"


def test_the_page_of_a_pack_shows_every_rule_with_its_words_and_source(as_role):
    from django.utils.html import escape

    text = as_role("investigator").get("/rules/covid19-cn-v8/").content.decode()
    rules = rulepack.load("covid19-cn-v8").rules.values()
    missing = [rule.id for rule in rules if f'id="{rule.id}"' not in text or escape(rule.text_en) not in text]
    assert not missing
    assert all(escape(rule.source) in text for rule in rules)


def test_an_unknown_pack_is_not_found(as_role):
    page = as_role("investigator").get("/rules/covid19-cn-v99/")
    assert page.status_code == 404
    assert "covid19-cn-v8" in page.content.decode()


def test_a_role_is_given_and_ended_on_the_page(as_role, account_of):
    client = as_role("administrator")
    other = account_of("sampler", "411122", username="other")
    team = other.grants.get().team
    until = (NOW + timedelta(days=30)).date().isoformat()
    form = {"account": "other", "team": team.pk, "role": "investigator", "until": until}
    assert client.post("/teams/give/", form).status_code == 302
    grant = Grant.objects.get(role="investigator")
    assert grant.granted_by.username == "administrator-all"
    assert timezone.localtime(grant.valid_until - timedelta(microseconds=1)).date().isoformat() == until
    assert client.post(f"/teams/end/{grant.pk}/").status_code == 302
    again = client.post(f"/teams/end/{grant.pk}/")
    assert again.status_code == 409


def test_what_was_typed_stays_when_a_role_is_refused(as_role, account_of):
    client = as_role("administrator")
    account_of("sampler", username="other")
    page = client.post("/teams/give/", {"account": "othre", "team": "1", "role": "sampler", "until": "2030-01-01"})
    assert page.status_code == 409
    assert 'value="othre"' in page.content.decode()
    bad_day = client.post("/teams/give/", {"account": "other", "team": "1", "role": "sampler", "until": "soon"})
    assert bad_day.status_code == 409
    assert not Grant.objects.filter(granted_by__isnull=False).exists()


def test_only_an_administrator_changes_roles_and_accounts(as_role, account_of):
    other = account_of("sampler", username="other")
    client = as_role("auditor")
    for address in ("/teams/give/", f"/teams/end/{other.grants.get().pk}/", "/teams/account/", "/teams/reset/"):
        assert client.post(address, {"username": "other", "account": "other"}).status_code == 403
    assert other.grants.get().valid_until.year == 2100


def test_an_account_is_made_and_reset_with_a_password_that_is_shown_once(as_role):
    client = as_role("administrator")
    page = client.post("/teams/account/", {"username": "li.wei", "name": "李伟"})
    password = page.context["password"]
    assert User.objects.get(username="li.wei").check_password(password)
    assert client.post("/teams/account/", {"username": "li.wei"}).status_code == 409
    newer = client.post("/teams/reset/", {"username": "li.wei"}).context["password"]
    assert newer != password
    assert User.objects.get(username="li.wei").check_password(newer)
    acts = AuditEntry.objects.filter(subject="account:li.wei").order_by("id")
    assert [(entry.act, entry.actor.username) for entry in acts] == [
        ("account.made", "administrator-all"),
        ("account.reset", "administrator-all"),
    ]
    assert password not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
