"""One search box: a whole number opens its page; a name alone finds nobody; nothing that is typed gets into an address."""

from __future__ import annotations

import pytest
from django.utils import timezone

from chainbreak.governance.models import AuditEntry
from chainbreak.registry.models import Person
from chainbreak.registry.services import identity
from chainbreak.screening.models import Tube


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("2", "/cases/LY/2/"),
        ("LY-3", "/cases/LY/3/"),
        ("P1", "/cases/LY/1/"),
        ("L-1", "/letters/LY/"),
        ("一号", "/stays/?facility=F1"),
        ("f1", "/stays/?facility=F1"),
    ],
)
def test_a_single_hit_opens_at_once(client, outbreak, sign_in, text, address):
    sign_in("investigator")
    answer = client.post("/search/", {"q": text})
    assert answer.status_code == 302
    assert answer["Location"] == address


def test_a_tube_and_a_place_are_found_and_shown(client, outbreak, sign_in):
    sign_in("investigator")
    Tube.objects.create(barcode="T000042", area_code="411122")
    assert "T000042" in client.post("/search/", {"q": "t000042"}).content.decode()
    assert "PL-restaurant" in client.post("/search/", {"q": "restaurant"}).content.decode()
    assert "PL-household" not in client.post("/search/", {"q": "household"}).content.decode(), "homes are not places"


def test_what_a_role_may_not_open_is_not_found(client, outbreak, sign_in):
    sign_in("sampler")
    page = client.post("/search/", {"q": "P1"})
    assert page.status_code == 200
    assert "/cases/LY/1/" not in page.content.decode()


def test_a_part_of_a_person_number_finds_nobody(client, outbreak, sign_in):
    sign_in("investigator")
    assert client.post("/search/", {"q": "P"}).status_code == 200


def test_a_name_needs_a_second_identifier_and_the_search_is_on_record(client, outbreak, sign_in):
    person = Person.objects.get(number="P1")
    identity.record(person, name="王小明", phone="13800000001", at=timezone.now())
    user = sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"
    page = client.post("/search/", {"q": "王小明"})
    assert 'value="王小明"' in page.content.decode(), "the name waits in the form of two identifiers"
    assert page["Cache-Control"].count("no-store") == 1
    refused = client.post("/search/person/", {"name": "王小明"})
    assert refused.status_code == 409
    assert AuditEntry.objects.filter(act="person.searched").count() == 0
    found = client.post("/search/person/", {"name": "王小明", "phone": "13800000001"})
    assert 'href="/cases/LY/1/"' in found.content.decode()
    entry = AuditEntry.objects.get(act="person.searched", actor=user)
    assert "王小明" not in str(entry.detail)
    assert entry.detail["by"] == ["name", "phone"]


def test_who_may_not_search_persons_is_refused(client, outbreak, sign_in):
    sign_in("commander")
    assert client.post("/search/person/", {"name": "王小明", "phone": "1"}).status_code == 403
