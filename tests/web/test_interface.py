"""The JSON interface offers what the pages offer, pages by key, and refuses with a code."""

from __future__ import annotations

import json

AS_OF = "2022-03-28T00:00:00%2B08:00"


def test_outbreaks_cases_and_contacts_as_of_an_instant(client, outbreak, sign_in):
    sign_in("investigator")
    there = client.get("/api/v1/outbreaks").json()
    assert [one["code"] for one in there] == ["LY"]
    assert there[0]["edition"].startswith("covid19-cn-v8 ")
    cases = client.get(f"/api/v1/outbreaks/LY/cases?as_of={AS_OF}").json()
    assert [(one["number"], one["classification"]) for one in cases["items"]] == [
        (1, "confirmed"), (2, "asymptomatic"), (3, "confirmed"),
    ]  # fmt: skip
    earlier = client.get("/api/v1/outbreaks/LY/cases?as_of=2022-03-25T00:00:00%2B08:00").json()
    assert [one["number"] for one in earlier["items"]] == [1]
    contacts = client.get(f"/api/v1/outbreaks/LY/contacts?as_of={AS_OF}").json()["items"]
    assert {one["person"]: one["degree"] for one in contacts}["P4"] == 1
    assert all(one["why"]["rule"] and one["why"]["edition"] for one in contacts)


def test_pages_by_key_give_everybody_once(client, outbreak, sign_in):
    sign_in("investigator")
    whole = client.get(f"/api/v1/outbreaks/LY/contacts?as_of={AS_OF}").json()["items"]
    seen, after = [], ""
    while after is not None:
        page = client.get(f"/api/v1/outbreaks/LY/contacts?as_of={AS_OF}&limit=1&after={after}").json()
        seen += page["items"]
        after = page["after"]
    assert seen == whole
    assert len(whole) >= 3


def test_a_refusal_has_a_code_and_a_status(client, outbreak, sign_in):
    assert client.get("/api/v1/outbreaks").status_code == 401
    sign_in("sampler")
    answer = client.get("/api/v1/outbreaks/LY/cases")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    sign_in("investigator")
    answer = client.get("/api/v1/outbreaks/NO/cases")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_outbreak")
    assert answer.json()["facts"]["known"] == ["LY"]
    answer = client.get("/api/v1/outbreaks/LY/cases?classification=green")
    assert (answer.status_code, answer.json()["code"]) == (409, "bad_filter")
    assert client.get("/api/v1/outbreaks/LY/cases?limit=many").status_code == 422


def test_every_operation_declares_its_refusals(client, db):
    from chainbreak.api.interface import api

    described = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    for address, ways in described["paths"].items():
        for way, operation in ways.items():
            assert {"403", "409"} <= set(operation["responses"]), (address, way)
