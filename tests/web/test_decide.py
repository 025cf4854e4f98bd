"""An investigator decides about a contact and about a link; what cannot be is refused with words."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from chainbreak.governance.models import AuditEntry
from chainbreak.governance.services import facts
from chainbreak.investigation.models import Case, Determination, TrajectorySegment, TransmissionLink

HERE = "/contacts/LY/P4/determine/"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["chainbreak_language"] = "en"


def contacts(client, query: str = "") -> list[str]:
    page = client.get(f"/contacts/LY/{query}").content.decode()
    return re.findall(r'<th scope="row"[^>]*><a href="/contacts/LY/(P\d+)/', page)


def decision(**said) -> dict[str, str]:
    return {"decision": "not_contact", "degree": "1", "valid_from": "2022-03-27T10:00:00", "basis": "", **said}


def test_a_contact_is_ruled_out_after_a_preview_and_asked_again_later(client, outbreak, sign_in):
    user = sign_in("investigator")
    assert "P4" in contacts(client)
    assert f'href="{HERE}"' in client.get("/contacts/LY/P4/").content.decode()
    assert client.get(HERE).status_code == 200

    said = decision(basis="Sat in another room")
    preview = client.post(HERE, {**said, "step": "preview"}).content.decode()
    assert re.search(r"Persons who leave the contacts:\s+[1-9]", preview), preview
    assert not Determination.objects.exists(), "a preview leaves nothing"
    assert "P4" in contacts(client)

    assert client.post(HERE, {**said, "step": "confirm"}).status_code == 302
    assert "P4" not in contacts(client)
    assert contacts(client, "?decision=not_contact") == ["P4"]
    assert AuditEntry.objects.filter(act="determination.recorded", actor=user).count() == 1
    assert AuditEntry.objects.filter(act="person.opened", actor=user, detail__act="contact.determine").exists()

    client.post(HERE, {**decision(decision="pending", basis="Another witness"), "step": "confirm"})
    assert contacts(client, "?decision=pending") == ["P4"]
    assert "1 person still has to be asked" in client.get("/contacts/LY/").content.decode()

    client.post(HERE, {**decision(decision="confirmed", basis="Sat at one table"), "step": "confirm"})
    assert "P4" in contacts(client)
    assert Determination.objects.count() == 3, "earlier decisions stay on record"
    page = client.get("/contacts/LY/P4/").content.decode()
    assert "Another witness" in page
    assert "Sat at one table" in page


def test_a_decision_needs_its_basis_and_a_degree_never_falls(client, outbreak, sign_in):
    sign_in("investigator")
    for said in (
        decision(),
        decision(basis="   "),
        decision(basis="x", decision="maybe"),
        decision(basis="x", degree="3"),
    ):
        answer = client.post(HERE, {**said, "step": "confirm"})
        assert answer.status_code == 200
        assert 'role="alert"' in answer.content.decode()
    falls = client.post(HERE, {**decision(basis="x", decision="confirmed", degree="2"), "step": "confirm"})
    assert "degree_never_falls" in falls.content.decode()
    assert not Determination.objects.exists()


@pytest.mark.parametrize(
    ("role", "area"), [("auditor", "411100"), ("community_worker", "411122"), ("investigator", "120000")]
)
def test_who_may_not_decide_is_refused_and_nothing_is_written(client, outbreak, sign_in, role, area):
    sign_in(role, area)
    answer = client.post(HERE, {**decision(basis="x"), "step": "confirm"})
    assert answer.status_code == 403
    assert not Determination.objects.exists()
    assert HERE not in client.get("/contacts/LY/P4/").content.decode()


@pytest.fixture
def links(outbreak):
    """1 → 2 accepted; 2 → 3 proposed; 3 → 1 and 1 → 3 are made by the tests."""
    for link in TransmissionLink.objects.filter(infector__number=1):
        facts.correct(link, at=timezone.now(), actor=None, reason="both genomes agree", state="accepted")

    def proposed(infector: int, infectee: int) -> TransmissionLink:
        found = TransmissionLink.objects.known_at(None).filter(infector__number=infector, infectee__number=infectee)
        return found.first() or facts.record(
            TransmissionLink, known_at=timezone.now(), actor=None, outbreak=outbreak,
            infector=Case.objects.get(number=infector), infectee=Case.objects.get(number=infectee),
        )  # fmt: skip

    return proposed


def decide(client, link, state: str, step: str = "confirm"):
    said = {"state": state, "confidence": "preliminary", "reason": "asked again", "step": step, "back": "/chains/LY/"}
    return client.post(f"/correct/link/{link.pk}/?outbreak=LY", said)


def state_of(infector: int, infectee: int) -> str:
    return TransmissionLink.objects.known_at(None).get(infector__number=infector, infectee__number=infectee).state


def test_a_proposed_link_is_accepted_or_rejected_from_the_chains(client, outbreak, sign_in, links):
    sign_in("epidemiology_lead")
    link = links(2, 3)
    assert f"/correct/link/{link.pk}/" in client.get("/chains/LY/").content.decode()
    assert f"/correct/link/{link.pk}/" in client.get("/cases/LY/3/").content.decode()
    assert decide(client, link, "accepted", "preview").status_code == 200
    assert state_of(2, 3) == "proposed"
    assert decide(client, link, "accepted")["Location"] == "/chains/LY/"
    assert state_of(2, 3) == "accepted"
    assert decide(client, links(2, 3), "rejected").status_code == 302
    assert state_of(2, 3) == "rejected"
    sign_in("auditor")
    assert "/correct/link/" not in client.get("/chains/LY/").content.decode()


@pytest.mark.parametrize("step", ["preview", "confirm"])
def test_a_second_accepted_infector_and_a_circle_are_refused_with_words(client, outbreak, sign_in, links, step):
    sign_in("epidemiology_lead")
    second = decide(client, links(3, 2), "accepted", step).content.decode()
    assert "Case 2 has an accepted infector already: case 1." in second
    decide(client, links(2, 3), "accepted")
    circle = decide(client, links(3, 1), "accepted", step).content.decode()
    assert "the cases 1, 2, 3 would have infected one another" in circle
    assert (state_of(3, 2), state_of(3, 1)) == ("proposed", "proposed")
    decide(client, links(2, 3), "rejected")
    assert decide(client, links(3, 1), "accepted").status_code == 302, "once a link is rejected the circle is open"


def test_facts_of_another_area_are_corrected_by_nobody_here(client, outbreak, sign_in, links):
    sign_in("investigator", "120000")
    stay = TrajectorySegment.objects.filter(person__number="P4").first()
    for address in (f"/correct/link/{links(2, 3).pk}/", f"/correct/stay/{stay.pk}/"):
        assert client.get(address).status_code == 403
    sign_in("investigator", "411122")
    assert client.get(f"/correct/stay/{stay.pk}/").status_code == 200
