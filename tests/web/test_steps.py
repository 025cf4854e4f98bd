"""Steps of several contacts at once: a preview that records nothing, then the deed, then undone on the same page."""

from __future__ import annotations

import re

import pytest

from chainbreak.governance.models import AuditEntry, Correction
from chainbreak.investigation.models import ContactEvent

STEPS = "/contacts/LY/steps/"


@pytest.fixture
def worker(client, outbreak, sign_in):
    user = sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"
    return user


def current() -> list[tuple[str, str]]:
    rows = ContactEvent.objects.filter(superseded_at__isnull=True).order_by("person__number")
    return list(rows.values_list("person__number", "kind"))


def state_of(client, number: str) -> str:
    page = client.get("/contacts/LY/?col=state&decision=confirmed&as_of=2036-01-01").content.decode()
    row = page[page.index(f"/contacts/LY/{number}/") :]
    return re.search(r"chip state-(\w+)", row)[1]


def test_it_is_looked_at_first_recorded_and_taken_back(client, worker):
    listed = client.get("/contacts/LY/").content.decode()
    assert 'name="number" value="P6" form="steps"' in listed
    chosen = {"kind": "located", "number": ["P5", "P6", "P8"]}
    preview = client.post(STEPS, chosen).content.decode()
    assert "Record for 1 contact: located?" in preview
    assert preview.count("no contact by now") == preview.count("not from this state") == 1
    assert current() == [], "a preview records nothing"

    done = client.post(STEPS, {**chosen, "sure": "1"}).content.decode()
    assert current() == [("P6", "located")]
    assert AuditEntry.objects.filter(act="contactevent.recorded", actor=worker).count() == 1
    assert state_of(client, "P6") == "located"

    token = re.search(r'name="token" value="([^"]+)"', done)[1]
    assert client.post(STEPS + "undo/", {"token": token}).status_code == 302
    assert current() == []
    assert Correction.objects.filter(by=worker).count() == 1, "what was taken back stays on record"
    assert client.post(STEPS + "undo/", {"token": token}).status_code == 409, "not twice"


def test_a_step_is_taken_from_its_own_states_only(client, worker):
    preview = client.post(STEPS, {"kind": "notified", "number": ["P4", "P5"]}).content.decode()
    assert "Record for 0 contacts" in preview and preview.count("not from this state") == 2
    assert client.post(STEPS, {"kind": "notified", "number": ["P5"], "sure": "1"}).status_code == 409
    assert current() == []


@pytest.mark.parametrize(
    ("posted", "status", "code"),
    [
        ({"kind": "located"}, 409, "nobody_chosen"),
        ({"kind": "released", "number": ["P5"]}, 400, "bad_filter"),
        ({"kind": "located", "number": [f"P{n}" for n in range(51)]}, 409, "too_many_chosen"),
    ],
)
def test_what_cannot_be_is_refused_with_words(client, worker, posted, status, code):
    answer = client.post(STEPS, posted)
    assert answer.status_code == status
    assert f"<code>{code}</code>" in answer.content.decode()


def test_nobody_takes_back_what_another_recorded_or_a_made_up_token(client, worker, sign_in):
    done = client.post(STEPS, {"kind": "located", "number": ["P6"], "sure": "1"}).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', done)[1]
    assert client.post(STEPS + "undo/", {"token": token[:-2] + "xx"}).status_code == 409
    sign_in("epidemiology_lead")
    assert client.post(STEPS + "undo/", {"token": token}).status_code == 409
    assert current() == [("P6", "located")]


def test_roles_and_areas_that_do_not_visit_people_are_kept_out(client, outbreak, sign_in):
    sign_in("commander")
    assert client.post(STEPS, {"kind": "located", "number": ["P5"], "sure": "1"}).status_code == 403
    assert 'form="steps"' not in client.get("/contacts/LY/").content.decode()
    sign_in("community_worker", "411121")
    client.cookies["chainbreak_language"] = "en"
    assert "not in your area" in client.post(STEPS, {"kind": "located", "number": ["P5"]}).content.decode()
    assert current() == []
