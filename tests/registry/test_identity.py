"""Identities (P-06): sealed for one person and one field, found by hashes, unreadable with another key."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Identity, Person
from chainbreak.registry.services import identity

NOW = datetime(2022, 3, 28, tzinfo=UTC)


def test_what_is_sealed_opens_again_and_says_nothing_in_between():
    sealed = identity.encrypt("样例01", "P1:name")
    assert identity.decrypt(sealed, "P1:name") == "样例01"
    assert "样例01".encode() not in sealed
    assert identity.encrypt("样例01", "P1:name") != sealed


@pytest.mark.parametrize("bound_to", ["P2:name", "P1:phone"])
def test_a_value_does_not_open_for_another_person_or_field(bound_to):
    with pytest.raises(Refused) as refused:
        identity.decrypt(identity.encrypt("样例01", "P1:name"), bound_to)
    assert refused.value.code == "identity_unreadable"


def test_a_changed_value_or_another_key_does_not_open(settings):
    sealed = identity.encrypt("样例01", "P1:name")
    with pytest.raises(Refused):
        identity.decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), "P1:name")
    settings.CHAINBREAK_IDENTITY_KEY = "another"
    with pytest.raises(Refused):
        identity.decrypt(sealed, "P1:name")
    assert identity.name_hash("样例01") != ""


def test_the_same_thing_written_otherwise_has_the_same_hash():
    assert identity.id_number_hash(" 41119919800101001x ") == identity.id_number_hash("41119919800101001X")
    assert identity.phone_hash("+86 138-0000-0000") == identity.phone_hash("13800000000")
    assert identity.name_hash("样 例01") == identity.name_hash("样例01")
    assert identity.name_hash("1") != identity.phone_hash("1")


@pytest.mark.django_db
def test_more_is_said_of_a_person_and_what_was_known_stays():
    person = Person.objects.create(number="P1")
    assert identity.open(person) == {}
    identity.record(person, at=NOW, name="样例01", phone="13800000000", birth_date=date(1980, 1, 1))
    identity.record(person, at=NOW, id_number="411199198001010010")
    assert identity.open(person) == {
        "name": "样例01", "id_number": "411199198001010010", "phone": "13800000000", "address": None,
    }  # fmt: skip
    entry = Identity.objects.get()
    assert entry.birth_date == date(1980, 1, 1)
    assert entry.name_hash == identity.name_hash("样例01")
    stored = bytes(entry.name_cipher) + bytes(entry.id_number_cipher) + bytes(entry.phone_cipher)
    assert b"411199198001010010" not in stored
