"""Tracing in the platform: contacts out of the lake are shown, then taken in as pending; what is missing is said."""

from __future__ import annotations

import json
from datetime import timedelta

import pyarrow as pa
import pytest

from chainbreak.engines.lake import Lake
from chainbreak.governance.models import AuditEntry
from chainbreak.investigation.models import Determination
from chainbreak.registry.models import CareNeed, Household, Person

from .conftest import at

INSTANT = pa.timestamp("us", tz="+08:00")
# case 1 is P1: infectious from 21 March (onset 23) until it was isolated on 24 March, 14:00
STAYS = [
    ("P1", "PL-household", at(22, 18), at(23, 7)),
    ("P6", "PL-household", at(22, 19), at(22, 19, 5)),  # five minutes at home
    ("P1", "PL-restaurant", at(23, 9), at(23, 11)),
    ("P7", "PL-restaurant", at(23, 9), at(23, 10, 30)),
    ("P8", "PL-restaurant", at(23, 10, 46), at(23, 12)),  # 14 minutes
    ("P2", "PL-restaurant", at(23, 9), at(23, 10)),  # a case
    ("X9", "PL-restaurant", at(23, 9), at(23, 10)),  # nobody knows this number
    ("P1", "PL-restaurant", at(15, 9), at(15, 10)),
    ("P3", "PL-restaurant", at(15, 9), at(15, 10)),  # before the onset: may have infected it
    ("P2", "PL-restaurant", at(24, 12), at(24, 13)),
    ("P1", "PL-restaurant", at(24, 9), at(24, 10)),
]


@pytest.fixture
def lake(outbreak, settings, tmp_path):
    """A lake with some stays, their persons known but for one."""
    settings.CHAINBREAK_DATA = tmp_path
    made = Lake.create(tmp_path / "lake")
    made.register(pa.table({"place_id": ["PL-household", "PL-restaurant"], "kind": ["household", "restaurant"]}))
    fill(made, STAYS)
    Person.objects.filter(number="P6").update(household=Household.objects.create(number="H1"))
    CareNeed.objects.create(person=Person.objects.get(number="P7"), kind="dialysis")
    return made


def fill(lake, rows):
    names = ("person_id", "place_id", "arrived_at", "left_at")
    columns = list(zip(*rows, strict=True))
    kinds = (pa.string(), pa.string(), INSTANT, INSTANT)
    lake.append(pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)}))


@pytest.fixture
def english(client, sign_in):
    user = sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"
    return user


def found(client, query=""):
    answer = client.get(f"/api/v1/tracing/LY/1{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_households_come_first_and_who_was_too_short_is_not_there(lake, client, english):
    answer = found(client)
    contacts = {one["person"]: one for one in answer["contacts"]}
    assert answer["contacts"][0]["person"] == "P6"
    assert "household" in contacts["P6"]["priority"]
    assert contacts["P7"]["priority"] == ["long", "vulnerable"]
    assert "P8" not in contacts, "14 minutes"
    assert contacts["P2"]["standing"] == "case"
    assert contacts["X9"]["standing"] == "unregistered"
    assert answer["edition"]
    assert "P8" in {one["person"] for one in found(client, "?minutes=14")["contacts"]}


def test_nothing_is_recorded_before_it_is_confirmed_and_then_once(lake, client, english):
    page = client.get("/tracing/LY/1/").content.decode()
    assert "P7" in page and "Take in those ticked" in page
    assert not Determination.objects.exists()
    assert client.post("/tracing/LY/1/", {"who": "chosen", "person": ["P7", "X9", "P2"]}).status_code == 302
    (made,) = Determination.objects.all()
    assert (made.person.number, made.decision, made.degree, made.source.number) == ("P7", "pending", 1, "P1")
    assert "90 minutes" in made.basis
    assert AuditEntry.objects.get(act="contacts.found").detail["taken_in"] == 1
    client.post("/tracing/LY/1/", {"who": "chosen", "person": ["P7"]})
    assert Determination.objects.count() == 1
    listed = client.get("/contacts/LY/?decision=pending").content.decode()
    assert ">P7<" in listed


def test_all_that_are_new_may_be_taken_in_over_the_interface(lake, client, english):
    answer = client.post("/api/v1/tracing/LY/1", json.dumps({}), content_type="application/json")
    assert answer.json() == {"taken_in": 1}
    assert set(Determination.objects.values_list("person__number", flat=True)) == {"P7"}


def test_a_contact_of_a_contact_who_is_closer_keeps_the_measures_until_somebody_determines(lake, client, english):
    """Taken in as pending, P6 would be under no measure: the page leads to the determination instead."""
    contacts = {one["person"]: one for one in found(client)["contacts"]}
    assert contacts["P6"]["standing"] == "second"
    client.post("/tracing/LY/1/", {"who": "chosen", "person": ["P6"]})
    assert not Determination.objects.exists()


def test_who_may_not_determine_sees_but_takes_nothing_in(lake, client, sign_in):
    sign_in("auditor")
    client.cookies["chainbreak_language"] = "en"
    page = client.get("/tracing/LY/1/")
    assert page.status_code == 200 and "Take in those ticked" not in page.content.decode()
    assert client.post("/tracing/LY/1/", {"who": "all"}).status_code == 403
    assert not Determination.objects.exists()


def test_a_trial_with_other_minutes_takes_nothing_in(lake, client, english):
    page = client.get("/tracing/LY/1/?minutes=5").content.decode()
    assert "P8" in page and "Take in those ticked" not in page
    assert client.get("/tracing/LY/1/?minutes=soon").status_code == 400
    assert client.get("/tracing/LY/1/?degrees=3").status_code == 400


def test_the_meetings_of_a_pair_stand_on_a_time_line(lake, client, english):
    page = client.get("/tracing/LY/1/P7/").content.decode()
    assert "restaurant 1" in page and "03-23" in page
    assert 'x="540.0"' in page and 'width="90.0"' in page
    (meeting,) = client.get("/api/v1/tracing/LY/1/P7").json()
    assert meeting["minutes"] == 90.0
    assert "no meeting of the two" in client.get("/tracing/LY/1/P5/").content.decode()


def test_who_may_have_infected_the_case_and_which_places_cases_share(lake, client, english):
    rows = client.get("/api/v1/tracing/LY/1/backward").json()
    assert [(row["person_id"], row["case_number"]) for row in rows] == [("P3", 3)]
    assert "P3" in client.get("/tracing/LY/1/backward/").content.decode()
    (place,) = client.get("/api/v1/tracing/LY/places").json()
    assert (place["place"], place["numbers"]) == ("restaurant 1", [1, 2])
    assert "restaurant 1" in client.get("/tracing/LY/places/").content.decode()


def test_what_is_missing_is_said(lake, client, english):
    answer = found(client)
    assert "2022-03-21" in answer["days_missing"]
    assert "2022-03-21" in client.get("/tracing/LY/1/").content.decode()
    nothing = client.get("/tracing/LY/3/").content.decode()
    assert "Nobody is cleared by this" in nothing


def test_a_day_with_half_the_city_missing_is_said(lake, client, english):
    fill(lake, [(f"Q{n}", "PL-street", at(day, 8), at(day, 9)) for day in (19, 20, 22, 23) for n in range(40)])
    assert found(client)["days_incomplete"] == ["2022-03-24"]
    assert "a part of the city is missing" in client.get("/tracing/LY/1/").content.decode()
    assert "incomplete" in client.get("/tracing/lake/").content.decode()


def test_without_a_lake_the_pages_say_so(outbreak, client, english, settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    assert "no trajectory lake yet" in client.get("/tracing/lake/").content.decode()
    page = client.get("/tracing/LY/1/")
    assert page.status_code == 409 and "no trajectory lake yet" in page.content.decode()
    assert client.get("/api/v1/tracing/LY/1").json()["code"] == "no_lake"


def test_an_empty_and_a_damaged_lake_say_so(outbreak, client, english, settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    Lake.create(tmp_path / "lake")
    assert "The trajectory lake is empty" in client.get("/tracing/LY/1/").content.decode()
    assert "The lake is empty" in client.get("/tracing/lake/").content.decode()
    (tmp_path / "lake" / "manifest.json").write_text("{")
    assert client.get("/tracing/LY/1/").status_code == 409


def test_the_lakes_page_tells_of_days_and_rows(lake, client, english):
    page = client.get("/tracing/lake/").content.decode()
    assert "2022-03-23" in page and "accepted" in page
    assert "path" not in client.get("/api/v1/tracing/lake").json()


def test_a_meeting_over_midnight_is_drawn_on_both_days():
    from chainbreak.web.tracing import time_line

    days = time_line([{"from_at": at(22, 23), "until": at(22, 23) + timedelta(hours=3)}])
    assert [(d["day"].day, d["bars"]) for d in days] == [
        (22, [{"x": "1380.0", "width": "60.0"}]),
        (23, [{"x": "0.0", "width": "120.0"}]),
    ]
