"""Phone numbers of work lists: hidden, shown with a reason, each look on record, hidden again."""

from __future__ import annotations

import pytest

from chainbreak.governance.models import AuditEntry
from chainbreak.registry.models import Person
from chainbreak.registry.services import identity

from .conftest import KNOWN

PHONE = "13900000077"


@pytest.fixture
def with_phones(outbreak, client):
    client.cookies["chainbreak_language"] = "en"
    for person in Person.objects.all():
        if person.number != "P8":
            identity.record(person, at=KNOWN, name="试验", phone=PHONE)


@pytest.mark.parametrize("path", ["/due/LY/", "/gaps/LY/quarantine_missing/", "/follow-up/?kind=facility_quarantine"])
def test_a_number_is_hidden_until_a_reason_is_given_and_hidden_again_after(client, with_phones, sign_in, path):
    user = sign_in("investigator")
    page = client.get(path).content.decode()
    assert PHONE not in page and 'name="phones"' in page
    assert not AuditEntry.objects.filter(act="person.opened").exists(), "a list alone opens nobody"
    answer = client.post(path, {"phones": "all", "why": "call"})
    page = answer.content.decode()
    assert f'href="tel:{PHONE}"' in page and "no-store" in answer["Cache-Control"]
    looks = AuditEntry.objects.filter(act="person.opened", actor=user)
    assert looks.count() == page.count('class="tel"') + page.count("no phone on file") > 0
    assert {one.detail["reason"] for one in looks} == {"phone: call"}
    assert PHONE not in client.get(path).content.decode(), "whoever comes back finds it hidden"


def test_one_row_is_one_look(client, with_phones, sign_in):
    sign_in("investigator")
    page = client.post("/due/LY/", {"phones": "P4", "why": "call"}).content.decode()
    assert page.count('class="tel"') == 1
    assert list(AuditEntry.objects.filter(act="person.opened").values_list("subject", flat=True)) == ["person:P4"]
    client.post("/due/LY/", {"phones": "P99", "why": "call"})
    assert AuditEntry.objects.filter(act="person.opened").count() == 1, "nobody who is not on this page"


def test_no_reason_no_number_and_not_for_every_role(client, with_phones, sign_in):
    sign_in("investigator")
    assert client.post("/due/LY/", {"phones": "all", "why": "curious"}).status_code == 409
    assert not AuditEntry.objects.filter(act="person.opened").exists()
    sign_in("commander")
    assert 'name="phones"' not in client.get("/due/LY/").content.decode()
    assert PHONE not in client.post("/due/LY/", {"phones": "all", "why": "call"}).content.decode()


def test_a_person_of_another_area_stays_hidden(client, with_phones, sign_in):
    Person.objects.filter(number="P4").update(area_code="320500")
    sign_in("community_worker", area="411122")
    page = client.post("/due/LY/", {"phones": "P4", "why": "call"}).content.decode()
    assert PHONE not in page
    assert AuditEntry.objects.filter(act="person.refused", subject="person:P4").count() == 1
