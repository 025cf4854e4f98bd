"""Tracing in the platform: contacts out of the lake are shown, then taken in as pending; what is missing is said."""

from __future__ import annotations

import fcntl
import json
import re
from datetime import timedelta

import pyarrow as pa
import pytest
from django.utils import timezone

from chainbreak.engines.lake import Lake
from chainbreak.governance.models import AuditEntry, Correction
from chainbreak.governance.selectors import worker
from chainbreak.governance.services import facts
from chainbreak.investigation.models import Case, CaseClassification, CaseReport, Determination
from chainbreak.investigation.services import search
from chainbreak.measures.models import DueMeasure
from chainbreak.registry.models import CareNeed, Household, Person, Place

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


def fill(lake, rows, ids=None):
    names = ("person_id", "place_id", "arrived_at", "left_at")
    columns = list(zip(*rows, strict=True))
    kinds = (pa.string(), pa.string(), INSTANT, INSTANT)
    table = {n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)}
    lake.append(pa.table(table | ({} if ids is None else {"stay_id": ids})))


@pytest.fixture
def english(client, sign_in):
    user = sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"
    return user


def found(client, query=""):
    answer = client.get(f"/api/v1/tracing/LY/1{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def look(client, case=1, **asked):
    """Ask for the contacts of a case on its page; gives the address of what was found. No worker is there."""
    answer = client.post(f"/tracing/LY/{case}/", asked)
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def text_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def take(client, address, *people, step="confirm"):
    return client.post(address, {"deed": "take", "who": "chosen", "person": people, "step": step})


def test_households_come_first_and_who_was_nearly_long_enough_stands_apart(lake, client, english):
    answer = found(client)
    contacts = {one["person"]: one for one in answer["contacts"]}
    assert answer["contacts"][0]["person"] == "P6"
    assert "household" in contacts["P6"]["priority"]
    assert contacts["P7"]["priority"] == ["long", "vulnerable"]
    assert contacts["P7"]["rule"] == "place.restaurant" or contacts["P7"]["rule"].startswith("place")
    assert "P8" not in contacts, "14 minutes"
    assert [(one["person"], one["minutes"]) for one in answer["nearly"]] == [("P8", 14.0)]
    assert contacts["P2"]["standing"] == "case"
    assert contacts["X9"]["standing"] == "unregistered"
    assert answer["edition"]
    assert "P8" in {one["person"] for one in found(client, "?minutes=14")["contacts"]}


def test_an_excluded_case_is_no_case_any_more_and_nobody_is_looked_for_because_of_it(lake, client, english):
    of = Case.objects.get(number=2)
    CaseClassification.objects.create(case=of, classification="excluded", valid_from=at(26), recorded_at=at(27))
    standing = {one["person"]: one["standing"] for one in found(client)["contacts"]}
    assert standing["P2"] != "case"
    assert client.get("/api/v1/tracing/LY/2").json()["code"] == "case_is_excluded"
    assert "is excluded" in text_of(client, "/tracing/LY/2/")


def test_nothing_is_recorded_before_a_preview_was_confirmed_and_then_once(lake, client, english):
    address = look(client)
    page = text_of(client, address)
    assert "P7" in page and "Show what taking in those ticked changes" in page
    assert "No worker was there" in page
    preview = take(client, address, "P7", "X9", "P2", step="").content.decode()
    assert "Take in 1 person" in preview and "Persons who enter the contacts:" in preview
    assert not Determination.objects.exists()
    assert take(client, address, "P7", "X9", "P2").status_code == 302
    (made,) = Determination.objects.all()
    assert (made.person.number, made.decision, made.degree, made.source.number) == ("P7", "pending", 1, "P1")
    assert "90 minutes" in made.basis
    assert AuditEntry.objects.get(act="contacts.found").detail["taken_in"] == 1
    assert AuditEntry.objects.filter(act="contacts.searched", subject="case:LY-1").count() == 1
    assert take(client, address, "P7").status_code == 409
    assert Determination.objects.count() == 1
    assert "1 person was taken in" in text_of(client, address)
    listed = client.get("/contacts/LY/?decision=pending&source=1").content.decode()
    assert ">P7<" in listed


def test_all_that_are_new_may_be_taken_in_over_the_interface(lake, client, english):
    answer = client.post("/api/v1/tracing/LY/1", json.dumps({}), content_type="application/json")
    assert answer.json() == {"taken_in": 2}
    assert set(Determination.objects.values_list("person__number", flat=True)) == {"P6", "P7"}
    again = client.post("/api/v1/tracing/LY/1", json.dumps({}), content_type="application/json")
    assert again.json() == {"taken_in": 0}


def test_a_contact_of_a_contact_who_is_closer_is_asked_about_and_keeps_the_measures(lake, client, english):
    contacts = {one["person"]: one for one in found(client)["contacts"]}
    assert contacts["P6"]["standing"] == "second"
    before = set(DueMeasure.objects.filter(person__number="P6").values_list("measure", "ends_at"))
    take(client, look(client), "P6")
    assert Determination.objects.get().person.number == "P6"
    assert ">P6<" in client.get("/contacts/LY/?decision=pending").content.decode()
    assert ">P6<" in client.get("/contacts/LY/").content.decode()
    assert before and set(DueMeasure.objects.filter(person__number="P6").values_list("measure", "ends_at")) == before


def test_the_list_is_filtered_by_standing_reason_and_number(lake, client, english):
    address = look(client)

    def numbers(query):
        return set(re.findall(r"aria-label=\"Take in (\w+)\"", text_of(client, address + query)))

    assert numbers("") == {"P6", "P7"}
    assert numbers("?reason=vulnerable") == {"P7"}
    assert numbers("?standing=second") == {"P6"}
    assert numbers("?q=p7") == {"P7"}
    assert "Nobody fits" in text_of(client, address + "?q=nobody")
    assert client.get(address + "?standing=odd").status_code == 400
    assert client.get(address + "?from=-1").status_code == 400


def test_who_may_not_determine_sees_but_takes_nothing_in(lake, client, sign_in):
    sign_in("auditor")
    client.cookies["chainbreak_language"] = "en"
    address = look(client)
    page = text_of(client, address)
    assert "P7" in page and "Show what taking in" not in page
    assert take(client, address, "P7").status_code == 403
    assert not Determination.objects.exists()


def test_a_trial_takes_nothing_in(lake, client, english):
    for asked in ({"minutes": "5"}, {"look_back": "4"}):
        address = look(client, **asked)
        page = text_of(client, address)
        assert "This is a trial" in page and "Show what taking in" not in page
        assert take(client, address, "P7").status_code == 409
    assert not Determination.objects.exists()
    for asked in ({"minutes": "soon"}, {"degrees": "3"}, {"look_back": "99"}):
        assert client.post("/tracing/LY/1/", asked).status_code == 400


def test_a_search_is_of_its_case_and_ends_after_a_day(lake, client, english):
    address = look(client)
    token = address.rstrip("/").split("/")[-1]
    assert client.get(address.replace("/1/", "/2/")).status_code == 409
    assert client.get("/tracing/LY/1/found/" + "0" * 32 + "/").status_code == 409
    assert token in text_of(client, "/tracing/LY/1/")
    folder = search.root() / token
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert search.sweep(timezone.now() + timedelta(hours=23)) == 0
    assert search.sweep(timezone.now() + timedelta(hours=25)) == 1
    assert "not there any more" in client.get(address).content.decode()


def test_with_a_worker_the_page_waits_shows_steps_and_can_be_ended(lake, client, english, monkeypatch):
    monkeypatch.setattr(worker, "is_alive", lambda at: True)
    address = look(client)
    token = address.rstrip("/").split("/")[-1]
    assert look(client) == address, "the same question is asked once"
    page = text_of(client, address)
    assert "waits for the worker: step 0 of 3" in page and 'data-refreshes="2"' in page
    assert client.post(address, {"deed": "cancel"}).status_code == 302
    search.work(token, clock=timezone.now)
    assert search.find(token).state == "cancelled"
    assert "was ended" in text_of(client, address)
    client.post(address, {"deed": "again"})
    search.work(token, clock=timezone.now)
    assert search.find(token).state == "done" and not search.find(token).alone
    assert "P7" in text_of(client, address)


def test_a_worker_that_does_not_come_is_not_waited_for(lake, client, english, monkeypatch):
    monkeypatch.setattr(worker, "is_alive", lambda at: True)
    address = look(client)
    of = search.find(address.rstrip("/").split("/")[-1])
    of.at = (timezone.now() - timedelta(seconds=11)).isoformat()
    of.write()
    assert "No worker was there" in text_of(client, address)


def test_a_search_whose_process_was_killed_says_so_and_runs_again(lake, client, english, monkeypatch):
    monkeypatch.setattr(worker, "is_alive", lambda at: True)
    address = look(client)
    of = search.find(address.rstrip("/").split("/")[-1])
    of.state, of.step = "running", "contacts"
    of.write()
    assert "was interrupted" in text_of(client, address)
    monkeypatch.setattr(worker, "is_alive", lambda at: False)
    client.post(address, {"deed": "again"})
    assert "P7" in text_of(client, address)


def test_what_was_found_is_not_taken_in_once_the_window_is_another(lake, client, english):
    address = look(client)
    report = CaseReport.objects.get(case__number=1)
    facts.correct(report, at=timezone.now(), actor=english, reason="earlier", isolated_at=at(24, 12))
    assert "Look again before anybody is taken in" in text_of(client, address)
    answer = take(client, address, "P7")
    assert answer.status_code == 409 and "have changed" in answer.content.decode()
    assert not Determination.objects.exists()


def test_a_corrected_stay_of_the_lake_shows_who_is_found_no_more_and_asks_no_more_after_a_preview(
    lake, client, english
):
    fill(lake, [("P8", "PL-restaurant", at(23, 13), at(23, 15)), ("P1", "PL-restaurant", at(23, 13), at(23, 14))],
         ids=["s1", "s2"])  # fmt: skip
    take(client, look(client), "P8", "P7")
    fill(lake, [("P1", "PL-restaurant", at(23, 12, 58), at(23, 12, 59))], ids=["s2"])
    address = look(client)
    page = text_of(client, address)
    assert "Asked about, and found no more" in page and "Trajectory lake: 74 minutes" in page
    said = {"deed": "take_back", "who": "chosen", "person": ["P8", "P7"]}
    preview = client.post(address, said).content.decode()
    assert "Ask about 1 person no more" in preview
    assert Determination.objects.known_at(None).count() == 2
    assert client.post(address, said | {"step": "confirm", "reason": "the stay ended earlier"}).status_code == 302
    assert Determination.objects.known_at(None).get().person.number == "P7"
    assert Correction.objects.get(reason="the stay ended earlier").new_id is None
    assert "found no more" not in text_of(client, look(client))


def test_an_excluded_case_takes_its_open_questions_along_after_a_preview(lake, client, english):
    """Whom somebody has decided about stays; so does a contact by the rule of another case."""
    take(client, look(client), "P7", "P6")
    decided = Determination.objects.get(person__number="P6")
    facts.correct(decided, at=timezone.now(), actor=english, reason="asked", decision="confirmed")
    of_class = CaseClassification.objects.get(case__number=1)
    address = f"/correct/classification/{of_class.pk}/?outbreak=LY"
    said = {"classification": "excluded", "valid_from": "2022-03-24T10:00:00", "reason": "a mix-up of samples"}
    preview = client.post(address, said | {"step": "preview"}).content.decode()
    assert re.search(r"Persons who leave the contacts:.*P7", preview, re.S), preview
    assert Determination.objects.known_at(None).filter(decision="pending").count() == 1
    assert client.post(address, said | {"step": "confirm"}).status_code == 302
    assert [d.person.number for d in Determination.objects.known_at(None)] == ["P6"]
    note = Correction.objects.get(table_name="investigation_determination", new_id=None)
    assert "a mix-up of samples" in note.reason


def test_the_meetings_of_a_pair_stand_on_a_time_line(lake, client, english):
    page = client.get("/tracing/LY/1/with/P7/").content.decode()
    assert "restaurant 1" in page and "03-23" in page
    assert 'x="540.0"' in page and 'width="90.0"' in page
    (meeting,) = client.get("/api/v1/tracing/LY/1/P7").json()
    assert meeting["minutes"] == 90.0
    assert "no meeting of the two" in client.get("/tracing/LY/1/with/P5/").content.decode()


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
    assert "2022-03-21" in text_of(client, look(client))
    nothing = text_of(client, look(client, 3))
    assert "Nobody is cleared by this" in nothing


def test_a_day_with_half_the_city_missing_is_said(lake, client, english):
    fill(lake, [(f"Q{n}", "PL-street", at(day, 8), at(day, 9)) for day in (19, 20, 22, 23) for n in range(40)])
    assert found(client)["days_incomplete"] == ["2022-03-24"]
    assert "a part of the city is missing" in text_of(client, look(client))
    assert "incomplete" in client.get("/tracing/lake/").content.decode()


def test_without_a_lake_the_pages_say_so(outbreak, client, english, settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    assert "no trajectory lake yet" in client.get("/tracing/lake/").content.decode()
    assert "no trajectory lake yet" in text_of(client, look(client))
    assert client.get("/api/v1/tracing/LY/1").json()["code"] == "no_lake"


def test_an_empty_and_a_damaged_lake_say_so(outbreak, client, english, settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    Lake.create(tmp_path / "lake")
    assert "The trajectory lake is empty" in text_of(client, look(client))
    assert "The lake is empty" in client.get("/tracing/lake/").content.decode()
    (tmp_path / "lake" / "manifest.json").write_text("{")
    assert "is damaged" in text_of(client, look(client))


def test_the_lakes_page_tells_of_days_and_rows(lake, client, english):
    page = client.get("/tracing/lake/").content.decode()
    assert "2022-03-23" in page and "taken in" in page
    assert "path" not in client.get("/api/v1/tracing/lake").json()


def test_what_if_says_who_would_enter_and_who_would_leave(lake, client, english):
    def compare(query):
        answer = client.get(f"/api/v1/tracing/LY/what-if?{query}")
        assert answer.status_code == 200, answer.content
        said = answer.json()
        return {name: {row["person_id"] for row in said[name]} for name in ("enter", "leave")} | {"stay": said["stay"]}

    assert compare("case=1&minutes=14") == {"enter": {"P8"}, "leave": set(), "stay": 4}
    gone = compare("case=1&minutes=91")
    assert gone["enter"] == set() and "P7" in gone["leave"]
    assert compare("case=1&look_back=8")["enter"] == {"P3"}, "the meeting of the 15th is inside then"
    assert "P6" in compare("without=1")["leave"], "only case 1 was at home"
    page = text_of(client, "/tracing/LY/what-if/?case=1&minutes=14")
    assert "1 would enter, 0 would leave" in page and "P8" in page
    assert "Change something above" in text_of(client, "/tracing/LY/what-if/")
    assert client.get("/tracing/LY/what-if/?without=99").status_code == 409
    assert client.get("/tracing/LY/what-if/?without=one").status_code == 409
    assert client.get("/api/v1/tracing/LY/what-if?minutes=-1").status_code == 409


def test_a_search_over_the_interface_is_asked_watched_and_ended(lake, client, english, monkeypatch):
    def ask():
        address, said = "/api/v1/tracing/LY/1/searches", json.dumps({"companions": True})
        answer = client.post(address, said, content_type="application/json")
        assert answer.status_code == 202, answer.content
        return answer.json(), f"{address}/{answer.json()['token']}"

    state, address = ask()
    assert (state["state"], state["without_worker"], state["steps"], state["steps_done"]) == ("done", True, 4, 4)
    found = client.get(address).json()["found"]
    assert {one["person"] for one in found["contacts"]} >= {"P6", "P7"} and found["companions"] == []
    assert found["persons_registered"] == 8 and "2022-03-21" in found["days_missing"]
    monkeypatch.setattr(worker, "is_alive", lambda at: True)
    state, address = ask()
    assert state["state"] == "waiting" and client.get(address).json()["found"] is None
    assert client.delete(address).json()["state"] == "cancelled"
    assert client.get("/api/v1/tracing/LY/1/searches/nothing").json()["code"] == "search_gone"


def test_companions_stand_apart_and_are_never_taken_in(lake, client, english):
    Place.objects.filter(number="PL-restaurant").update(latitude=33.81, longitude=113.93)
    near = Place.objects.create(number="PL-next", kind="shop", name="next door", latitude=33.8101, longitude=113.9301)
    fill(lake, [("P5", near.number, at(22, 18), at(24, 20))])  # 50 hours in the cell, never at one place with the case
    address = look(client, companions="1")
    page = text_of(client, address)
    apart = page[page.index(">Companions") :]
    assert "P5" in apart and "P5" not in page[: page.index(">Companions")]
    take(client, address, "P5", "P7")
    assert {one.person.number for one in Determination.objects.all()} == {"P7"}


def test_a_lake_being_built_is_no_empty_lake(outbreak, client, english, settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    Lake.create(tmp_path / "lake")
    with (tmp_path / "lake" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "The lake is being built" in client.get("/tracing/lake/").content.decode()
        assert "The lake is being built" in text_of(client, look(client))
        assert found(client)["lake_is_being_written"]


def test_people_without_any_stay_are_said(lake, client, english):
    home = Household.objects.get(number="H1")
    Person.objects.filter(number__in=["P1", "P5"]).update(household=home)
    answer = found(client)
    assert answer["household_without_stays"] == ["P5"]
    assert (answer["persons_with_stays"], answer["persons_registered"]) == (6, 8)
    Person.objects.bulk_create([Person(number=f"Z{n}") for n in range(20)])
    page = text_of(client, look(client))
    assert "Of 28 registered persons 6 have any stay" in page
    assert "household have no stay in the lake" in page and "P5" in page


def test_a_meeting_over_midnight_is_drawn_on_both_days():
    from chainbreak.web.evidence import time_line

    days = time_line([{"from_at": at(22, 23), "until": at(22, 23) + timedelta(hours=3)}])
    assert [(d["day"].day, d["bars"]) for d in days] == [
        (22, [{"x": "1380.0", "width": "60.0"}]),
        (23, [{"x": "0.0", "width": "120.0"}]),
    ]
