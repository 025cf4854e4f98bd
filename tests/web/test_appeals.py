"""Appeals in the house: the work list, an appeal written down by phone, the answer, who may see what."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from chainbreak.governance.models import AuditEntry
from chainbreak.investigation.models import Case, CaseReport, Determination
from chainbreak.measures.models import Appeal
from chainbreak.registry.models import Person
from chainbreak.registry.services import identity

from .conftest import KNOWN

SAID = {
    "number": "p4", "about": "contact", "grounds": "not_there", "statement": "She was at work.",
    "channel": "phone", "relation": "relative", "contact": "13900000078",
}  # fmt: skip


@pytest.fixture
def taken(client, outbreak, sign_in) -> str:
    client.cookies["chainbreak_language"] = "en"
    identity.record(Person.objects.get(number="P4"), at=KNOWN, name="试验", phone="13900000077")
    sign_in("community_worker")
    page = client.post("/appeals/new/", SAID).content.decode()
    number = Appeal.objects.get().number
    assert number in page and "appeal.decide" in page
    return number


def test_whoever_takes_a_call_writes_it_down_but_does_not_read_what_others_wrote(client, taken, sign_in):
    made = Appeal.objects.get()
    assert (made.channel, made.relation, made.reason) == ("phone", "relative", "contact1")
    assert client.get(f"/appeals/{taken}/").status_code == 403 and client.get("/appeals/").status_code == 403
    assert Appeal.objects.count() == 1
    sign_in("auditor")
    page = client.get(f"/appeals/{taken}/").content.decode()
    assert "She was at work." not in page and "13900000078" not in page and "sealed" in page
    assert f"/appeals/{taken}/" in client.get("/appeals/").content.decode()
    assert client.post(f"/appeals/{taken}/take_up/").status_code == 403


def test_the_officer_sees_why_and_the_facts_behind_it_and_the_look_is_on_record(client, taken, sign_in):
    user = sign_in("code_officer")
    page = client.get(f"/appeals/{taken}/").content.decode()
    for words in ("She was at work.", "tel:13900000078", "tel:13900000077", "quarantine.contact1", "stay of P4"):
        assert words in page, words
    assert AuditEntry.objects.filter(act="person.opened", subject="person:P4", actor=user).exists()
    page = client.get("/appeals/?col=about&sort=-made").content.decode()
    assert taken in page and "being called a contact" in page
    assert client.get("/appeals/?show=nonsense").status_code == 400
    assert taken not in client.get("/appeals/?show=answered").content.decode()
    assert client.get("/appeals/A-2222-2222/").status_code == 404


def test_the_commander_reads_what_is_said_but_neither_name_nor_phone(client, taken, sign_in):
    sign_in("commander")
    page = client.get(f"/appeals/{taken}/").content.decode()
    assert "She was at work." in page and "13900000077" not in page and "13900000078" not in page


def test_two_people_look_at_it_first_and_then_the_person_is_free(client, taken, sign_in):
    officer = sign_in("code_officer")
    client.post(f"/appeals/{taken}/take_up/")
    answer = client.post(f"/appeals/{taken}/decide/", {"decision": "upheld", "words": "She has a record."})
    assert answer.status_code == 302
    page = client.get(f"/appeals/{taken}/").content.decode()
    assert (
        "Somebody else must agree now." in page
        and "take_back" in page
        and "a second person is wanted" in client.get("/appeals/").content.decode()
    )
    refused = client.post(f"/appeals/{taken}/confirm/", {"step": "confirm"}).content.decode()
    assert "second_person_wanted" in refused
    sign_in("epidemiology_lead")
    page = client.post(f"/appeals/{taken}/confirm/", {"step": "preview"}).content.decode()
    assert re.search(r"Persons who leave the contacts:\s*[1-9]", page) and "<code>P4</code>" in page
    assert not Determination.objects.exists(), "a preview writes nothing"
    client.post(f"/appeals/{taken}/confirm/", {"step": "confirm"})
    assert Determination.objects.get().person.number == "P4"
    page = client.get(f"/appeals/{taken}/").content.decode()
    assert "granted" in page and "no measure" in page
    client.post(f"/appeals/{taken}/close/")
    assert "appeal.closed" in AuditEntry.objects.values_list("act", flat=True)
    assert client.post(f"/appeals/{taken}/nonsense/").status_code == 400
    assert officer.pk != Determination.objects.get().recorded_by_id


def test_a_refusal_keeps_what_was_typed(client, taken, sign_in):
    sign_in("code_officer")
    client.post(f"/appeals/{taken}/take_up/")
    said = {"decision": "partly_upheld", "words": "long thought about"}
    page = client.post(f"/appeals/{taken}/decide/", said).content.decode()
    assert "long thought about" in page and "measure_unchanged" in page
    assert client.post(f"/appeals/{taken}/decide/", {"decision": "closed", "words": "x"}).status_code == 400


def test_the_gap_list_leads_to_the_appeal(client, taken, sign_in):
    sign_in("code_officer")
    page = client.get("/gaps/LY/appeals_open/").content.decode()
    assert f'href="/appeals/{taken}/' in page and "health code task force" in page


def test_the_work_list_shows_only_the_own_area_and_the_export_no_words(client, taken, sign_in):
    sign_in("code_officer", area="320500")
    assert taken not in client.get("/appeals/").content.decode()
    sign_in("epidemiology_lead")
    file = b"".join(client.get("/appeals/?format=csv").streaming_content).decode()
    assert taken in file and "She was at work." not in file and "1390000007" not in file


def test_in_a_running_outbreak_an_appeal_is_on_the_list_at_once(client, outbreak, sign_in):
    now = timezone.now()
    one = Case.objects.create(outbreak=outbreak, number=4, external_id="LY-4", person=Person.objects.get(number="P8"))
    CaseReport.objects.create(case=one, recorded_at=now, reported_in="411122", reported_at=now - timedelta(hours=1))
    sign_in("code_officer")
    client.post("/appeals/new/", SAID)
    made = Appeal.objects.get()
    assert abs(made.at - now) < timedelta(minutes=5) and made.due_at == made.at + timedelta(hours=24)
    assert made.number in client.get("/appeals/").content.decode()
    day = (now - timedelta(days=2)).date().isoformat()
    assert made.number not in client.get(f"/appeals/?as_of={day}").content.decode()
