"""Doors: missed people are given to a worker, visits come from a phone, slips are taken back; never a penalty."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest

from chainbreak.governance.models import AuditEntry
from chainbreak.governance.refusal import Refused
from chainbreak.measures.selectors import missed_group
from chainbreak.registry.models import CareNeed, Household, Person
from chainbreak.registry.services import identity
from chainbreak.screening.models import DoorTask, DoorVisit, RollEntry, Round
from chainbreak.screening.selectors import doorstep, missed
from chainbreak.screening.services import doorstep as deeds

pytestmark = pytest.mark.django_db
GRID = "411122101001001"


@pytest.fixture
def rolled(sampling):
    """P1 to P10 are due, P10 is away; P1 and P2 share a household."""
    home = Household.objects.create(number="H-1")
    Person.objects.filter(number__in=["P1", "P2"]).update(household=home)
    for n in range(1, 11):
        away = "away" if n == 10 else None
        RollEntry.objects.create(
            round=sampling, person=Person.objects.get(number=f"P{n}"), area_code="411122", exclusion=away
        )
    return sampling


@pytest.fixture
def worker(account_of):
    return account_of("community_worker", "411122")


def told(person, outcome="away", *, now, **more):
    return deeds.Told(uuid.uuid4(), ("CITY", 1), person, outcome, now, **more)


def test_missed_people_go_to_one_worker_each_and_come_back_when_taken_back(rolled, worker, account_of, now, send, row):
    send(row("P3"))
    sampler = account_of("sampler", "411122")
    assert deeds.assign(rolled, GRID, worker.username, most=5, actor=sampler, at=now) == 5
    assert deeds.assign(rolled, "411122", sampler.username, actor=sampler, at=now) == 3  # P10 is away, P3 is swabbed
    with pytest.raises(Refused, match="nobody_to_visit"):
        deeds.assign(rolled, "411122", worker.username, actor=sampler, at=now)
    assert {task.number for task in doorstep.of_worker(worker.pk)}.isdisjoint(
        {task.number for task in doorstep.of_worker(sampler.pk)}
    )
    assert deeds.take_back(rolled, worker.pk, area="411122", actor=sampler, at=now + timedelta(seconds=1)) == 5
    assert doorstep.of_worker(worker.pk) == []
    with pytest.raises(Refused, match="unknown_door_task"):
        deeds.take_back(rolled, worker.pk, area="411122", actor=sampler, at=now)
    assert DoorTask.objects.count() == 8  # nothing is deleted


def test_only_who_may_is_sent_and_sends(rolled, worker, account_of, now):
    elsewhere = account_of("community_worker", "410500")
    for name in ("nobody", elsewhere.username, account_of("laboratory", "411122").username):
        with pytest.raises(Refused, match="worker_not_fit"):
            deeds.assign(rolled, "411122", name, actor=worker, at=now)
    with pytest.raises(Refused, match="not_permitted"):
        deeds.assign(rolled, "411122", worker.username, actor=elsewhere, at=now)
    with pytest.raises(Refused, match="not_permitted"):
        deeds.tell([], sent_at=None, actor=account_of("laboratory", "411122"), at=now)
    assert worker.username in doorstep.fit("411122", at=now)
    assert elsewhere.username not in doorstep.fit("411122", at=now)


def test_what_came_of_it_is_told_once_put_right_by_the_clock_and_taken_back(rolled, worker, now):
    deeds.assign(rolled, "411122", worker.username, actor=worker, at=now)
    slow = now - timedelta(days=3)
    visit = told("P1", now=slow - timedelta(minutes=4), note="with the daughter")
    first = deeds.tell([visit, visit], sent_at=slow, actor=worker, at=now)
    assert [one.outcome for one in first] == ["accepted", "duplicate"]
    assert deeds.tell([visit], sent_at=None, actor=worker, at=now)[0].outcome == "duplicate"
    made = DoorVisit.objects.get()
    assert (made.at, made.note) == (now - timedelta(minutes=4), "with the daughter")
    (mine,) = doorstep.workers(rolled, "411122")
    assert (mine.tasks, mine.left, mine.outcomes["away"]) == (9, 8, 1)
    undo = deeds.Told(uuid.uuid4(), ("CITY", 1), "P1", "", now, undo=visit.event)
    assert [one.outcome for one in deeds.tell([undo, undo], sent_at=None, actor=worker, at=now)] == [
        "accepted",
        "duplicate",
    ]
    assert doorstep.workers(rolled, "411122")[0].left == 9
    missing = deeds.Told(uuid.uuid4(), ("CITY", 1), "P1", "", now, undo=uuid.uuid4())
    assert deeds.tell([missing], sent_at=None, actor=worker, at=now)[0].code == "unknown_door_task"


@pytest.mark.parametrize(
    ("person", "outcome", "more", "code"),
    [
        ("P1", "swabbed", {}, "tube_missing"), ("P1", "dead", {}, "bad_filter"), ("P11", "away", {}, "unknown_door_task"),
        ("NOBODY'; DROP", "away", {}, "unknown_door_task"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_the_rest_is_taken(rolled, worker, now, person, outcome, more, code):
    bad, good = told(person, outcome, now=now, **more), told("P2", "refused", now=now)
    answers = deeds.tell([bad, good], sent_at=None, actor=worker, at=now)
    assert [(one.outcome, one.code) for one in answers] == [("refused", code), ("accepted", "")]


def test_swabbed_at_home_is_believed_when_the_swab_is_on_file(rolled, worker, now, send, row):
    deeds.assign(rolled, "411122", worker.username, actor=worker, at=now)
    deeds.tell([told("P1", "swabbed", now=now, barcode="T-9")], sent_at=None, actor=worker, at=now)
    assert doorstep.workers(rolled, "411122")[0].unregistered == 1
    assert "P1" in {one.number for one in missed.people(rolled, "411122")}  # the word alone is no swab
    send(row("P1", "T-9"))
    assert doorstep.workers(rolled, "411122")[0].unregistered == 0
    found = {one.number: one for one in doorstep.visits(rolled, "411122")}
    assert (found["P1"].outcome, found["P1"].barcode, found["P1"].swabbed) == ("swabbed", "T-9", True)


def test_the_phone_takes_names_along_on_record_and_sends_over_the_interface(rolled, worker, now, client, account_of):
    identity.record(Person.objects.get(number="P1"), at=now, name="张三", phone="13800000000", address="一号楼")
    deeds.assign(rolled, "411122", worker.username, actor=worker, at=now)
    client.force_login(worker)
    mine = client.get("/api/v1/doors").json()
    assert (mine["may_swab"], len(mine["tasks"]), mine["rounds"][0]["pool_size"]) == (False, 9, 10)
    assert {task["person"]: task for task in mine["tasks"]}["P1"]["name"] == "张三"
    look = AuditEntry.objects.filter(act="doors.taken_along").get()
    assert "P1" in look.detail["numbers"]
    assert "张三" not in json.dumps(look.detail)
    event = str(uuid.uuid4())
    row = {"event": event, "series": "CITY", "round": 1, "person": "P1", "outcome": "moved", "at": now.isoformat()}
    answer = client.post("/api/v1/doors:batch", {"rows": [row]}, content_type="application/json")
    assert answer.json()["rows"] == [{"event": event, "outcome": "accepted", "code": ""}]
    assert len(client.get("/api/v1/doors").json()["tasks"]) == 8
    for wrong in ({"rows": [{**row, "at": "yesterday"}]}, {"rows": "x"}, {"rows": [{**row, "event": "1"}]}):
        assert client.post("/api/v1/doors:batch", wrong, content_type="application/json").status_code in (400, 422)
    client.force_login(account_of("laboratory", "411122"))
    assert client.get("/api/v1/doors").status_code == 403


def test_easily_missed_groups_are_matched_with_registers_and_the_round_before(rolled, now, send, row):
    Person.objects.filter(number="P1").update(birth_year=rolled.start_at.year - 85)
    Person.objects.filter(number="P2").update(birth_year=rolled.start_at.year - 1)
    CareNeed.objects.create(person=Person.objects.get(number="P3"), kind="dialysis")
    before = Round.objects.create(
        series="CITY", number=90, area_code="411100", start_at=rolled.start_at - timedelta(days=3),
        sample_due_at=rolled.start_at - timedelta(days=2), test_due_at=rolled.start_at - timedelta(days=1),
    )  # fmt: skip
    for n in (3, 4):
        RollEntry.objects.create(round=before, person=Person.objects.get(number=f"P{n}"), area_code="411122")
    send(row("P4"))  # swabbed this time: no more among the missed
    counts = missed_group.counts(rolled, "411122", at=now)
    assert counts == {
        "arrived": 0, "discharged": 0, "over_age": 1, "child": 1, "care": 1, "missed_before": 1, "all": 8
    }  # fmt: skip
    ids = {person.number: person.pk for person in Person.objects.filter(number__in=["P1", "P3", "P5"])}
    groups = missed_group.of_people(rolled, list(ids.values()), at=now)
    assert (groups[ids["P1"]], groups[ids["P3"]], groups[ids["P5"]]) == (["over_age"], ["care", "missed_before"], [])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_the_doors(rolled, worker, now, client, account_of, language):
    client.force_login(worker)
    client.cookies["chainbreak_language"] = language
    base = "/rounds/CITY/1/doors"
    assert client.get(f"{base}/?area=411122").status_code == 200
    sent = client.post(f"{base}/assign/", {"area": "411122", "worker": worker.username, "most": "3"})
    assert sent.status_code == 302, sent.content
    page = client.get(sent["Location"]).content.decode()
    assert (">P1<" in page, f">{worker.username}<" in page) == (True, True)
    paper = client.get(f"{base}/print/?area=411122")
    assert paper.content.startswith(b"%PDF")
    assert AuditEntry.objects.filter(act="doors.printed").get().detail["people"] == 3
    assert client.get("/field/doors/").status_code == 200
    for data in ({"most": "0"}, {"most": "x"}, {"area": "x'", "most": "1"}):
        assert client.post(f"{base}/assign/", {"worker": worker.username, **data}).status_code == 400
    client.force_login(account_of("auditor"))
    assert ">P1<" not in client.get(f"{base}/?area=411122").content.decode()
