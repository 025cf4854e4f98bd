"""Accounts and the roles they are given."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import authenticate

from chainbreak.governance.models import AuditEntry, Grant, Role, User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import access
from chainbreak.governance.services import accounts, grant

AT = datetime(2022, 3, 29, 1, tzinfo=UTC)


def test_an_installation_has_an_account_for_every_role_and_two_people_to_publish_and_to_verify(db, tmp_path):
    ready = accounts.ready_accounts(AT, kept_in=tmp_path / "accounts.txt")
    assert {role for role, _, _ in ready} == set(Role.values)
    assert len({password for _, _, password in ready}) == len(ready) == len(Role) + 2
    for role, username, password in ready:
        user = User.objects.get(username=username)
        assert user.check_password(password)
        assert access.standing_of(user, at=AT).roles == {role}
    checkers = [name for _, name, _ in ready if access.may(User.objects.get(username=name), "bulletin.check", at=AT)]
    assert len(checkers) >= 2


def test_a_second_run_changes_nothing_and_a_lost_file_gives_new_passwords(db, tmp_path):
    path = tmp_path / "accounts.txt"
    first = accounts.ready_accounts(AT, kept_in=path)
    grants, written = Grant.objects.count(), AuditEntry.objects.count()
    assert accounts.ready_accounts(AT + timedelta(days=1), kept_in=path) == first
    assert (Grant.objects.count(), AuditEntry.objects.count()) == (grants, written)
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    again = accounts.ready_accounts(AT + timedelta(days=2), kept_in=path)
    assert all(old != new for (_, _, old), (_, _, new) in zip(first, again, strict=True))
    assert User.objects.get(username="commander").check_password({name: word for _, name, word in again}["commander"])


def test_a_new_account_may_do_nothing_until_it_is_given_a_role(account_of):
    administrator = account_of("administrator", "")
    user, password = accounts.make("li.wei", actor=administrator, at=AT)
    assert user.check_password(password)
    assert access.standing_of(user, at=AT).acts() == frozenset()
    given = grant.give(
        "li.wei",
        team_id=administrator.grants.get().team_id,
        role="investigator",
        valid_from=AT,
        valid_until=AT + timedelta(days=30),
        actor=administrator,
        at=AT,
    )
    assert access.may(user, "case.open", area_code="411122", at=AT)
    grant.end(given.pk, actor=administrator, at=AT + timedelta(days=2))
    assert access.may(user, "case.open", at=AT + timedelta(days=2, seconds=-1))
    assert not access.may(user, "case.open", at=AT + timedelta(days=2))
    acts = list(AuditEntry.objects.order_by("id").values_list("act", "subject"))
    assert acts == [(act, "account:li.wei") for act in ("account.made", "grant.given", "grant.ended")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"role": "emperor"}, "unknown_role"),
        ({"username": "nobody"}, "unknown_account"),
        ({"username": "administrator-all"}, "not_oneself"),
        ({"team_id": 0}, "unknown_team"),
        ({"valid_until": AT}, "grant_without_end"),
        ({"valid_until": AT + timedelta(days=367)}, "grant_too_long"),
    ],
)
def test_a_role_is_refused(account_of, change, code):
    administrator = account_of("administrator", "")
    other = account_of("sampler", username="other")
    asked = {
        "username": "other",
        "team_id": other.grants.get().team_id,
        "role": "investigator",
        "valid_from": AT,
        "valid_until": AT + timedelta(days=30),
        "actor": administrator,
        "at": AT,
    }
    assert grant.give(asked.pop("username"), **asked).role == "investigator"
    asked = {"username": "other", **asked, **change}
    with pytest.raises(Refused) as refused:
        grant.give(asked.pop("username"), **asked)
    assert refused.value.code == code
    assert Grant.objects.filter(role="investigator").count() == 1


def test_only_an_administrator_gives_roles(account_of):
    commander, other = account_of("commander"), account_of("sampler", username="other")
    with pytest.raises(Refused) as refused:
        grant.give(
            "other",
            team_id=other.grants.get().team_id,
            role="commander",
            valid_from=AT,
            valid_until=AT + timedelta(days=1),
            actor=commander,
            at=AT,
        )
    assert refused.value.facts["who"] == ["administrator"]


@pytest.mark.parametrize("username", ["", "a b", "x" * 151, "a/b", "a\n"])
def test_a_bad_account_name_is_refused(db, username):
    with pytest.raises(Refused) as refused:
        accounts.make(username, actor=None, at=AT)
    assert refused.value.code == "bad_account_name"


def test_a_reset_ends_sessions_takes_off_second_factors_and_gives_a_new_password(db, client):
    from allauth.mfa.models import Authenticator

    now = datetime.now(UTC)
    user, old = accounts.make("li.wei", actor=None, at=now)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(user)
    assert "_auth_user_id" in client.session
    new = accounts.reset("li.wei", actor=None, at=now)
    user.refresh_from_db()
    assert new != old
    assert user.check_password(new)
    assert not Authenticator.objects.exists()
    assert "_auth_user_id" not in client.session
    detail = AuditEntry.objects.get(act="account.reset").detail
    assert detail == {"second_factors_taken_off": 1, "sessions_ended": 1}


def test_a_closed_account_cannot_sign_in_and_is_closed_once(db, rf):
    user, password = accounts.make("li.wei", actor=None, at=AT)
    assert authenticate(rf.post("/"), username="li.wei", password=password) == user
    accounts.close("li.wei", actor=None, at=AT)
    assert authenticate(rf.post("/"), username="li.wei", password=password) is None
    with pytest.raises(Refused) as refused:
        accounts.close("li.wei", actor=None, at=AT)
    assert refused.value.code == "account_closed"


def test_passwords_are_long_and_never_the_same():
    passwords = {accounts.new_password() for _ in range(200)}
    assert len(passwords) == 200
    assert all(len(password) == 19 for password in passwords)
