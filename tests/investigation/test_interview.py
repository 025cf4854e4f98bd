"""An interview: what a phone sends is taken once, the newest version counts, and at the end it becomes facts."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import CaseReport, Exposure, InterviewEntry, TrajectorySegment
from chainbreak.investigation.services import interview as interviews
from chainbreak.investigation.services import interviewed
from chainbreak.registry.models import Person, Place
from chainbreak.registry.services import identity

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

STAY = {
    "place": "", "name": "老街理发店", "place_kind": "shop", "certainty": "certain",
    "from": "2022-03-23T15:00:00+08:00", "until": "2022-03-23T15:40:00+08:00",
}  # fmt: skip


def message(order, kind, says, entry=None, event=None):
    return {
        "event": str(event or uuid4()), "entry": str(entry or uuid4()), "order": order,
        "said_at": "2022-03-27T21:00:00+08:00", "kind": kind, "says": says,
    }  # fmt: skip


def companion(stay, **says):
    return {
        "stay": str(stay), "name": "王建国", "phone": "", "id_number": "", "person": "", "note": "", "same_as": "",
        "setting": "visit", "protected": False, "from": STAY["from"], "until": STAY["until"],
    } | says  # fmt: skip


@pytest.fixture
def begun(outbreak, sign_in):
    actor = sign_in("investigator")
    found, _ = interviews.open_interview("LY", 1, key=uuid4(), actor=actor, at=timezone.now())
    return found, actor


def take(begun, *messages):
    return interviews.take(begun[0], list(messages), actor=begun[1], at=timezone.now())


def test_a_message_sent_twice_is_there_once(begun):
    sent = message(1, "stay", STAY)
    assert [one.outcome for one in take(begun, sent, sent)] == ["accepted", "duplicate"]
    assert [one.outcome for one in take(begun, sent)] == ["duplicate"]
    assert InterviewEntry.objects.count() == 1


def test_the_newest_version_counts_in_whatever_order_they_come(begun):
    entry = uuid4()
    later = message(7, "stay", STAY | {"name": "新街理发店"}, entry)
    earlier = message(3, "stay", STAY, entry)
    take(begun, later, earlier)
    assert interviews.entries(begun[0])[str(entry)]["name"] == "新街理发店"
    take(begun, message(8, "stay", {"removed": True}, entry))
    assert interviews.entries(begun[0]) == {}


def test_the_number_of_a_message_cannot_be_used_for_another_entry(begun):
    event = uuid4()
    answers = take(begun, message(1, "stay", STAY, event=event), message(2, "stay", STAY, event=event))
    assert [(one.outcome, one.code) for one in answers] == [("accepted", ""), ("refused", "event_used")]


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "song"},
        {"entry": "7"},
        {"order": -1},
        {"order": True},
        {"said_at": "yesterday"},
        {"says": STAY | {"until": STAY["from"]}},
        {"says": STAY | {"from": "2022-03-23T15:00:00"}},
        {"says": STAY | {"name": "x" * 121}},
        {"says": STAY | {"name": ""}},
        {"says": STAY | {"certainty": "very"}},
        {"says": STAY | {"name": "a\0b"}},
        {"says": "all of it"},
    ],
)
def test_a_broken_message_is_refused_alone(begun, broken):
    answers = take(begun, message(1, "stay", STAY) | broken, message(2, "stay", STAY))
    assert [(one.outcome, one.code) for one in answers] == [("refused", "bad_entry"), ("accepted", "")]


def test_names_are_sealed(begun):
    take(begun, message(1, "stay", STAY))
    assert "理发店" not in bytes(InterviewEntry.objects.get().sealed).decode("utf-8", "replace")


def test_it_becomes_facts_once(begun):
    found, actor = begun
    stay, first = uuid4(), uuid4()
    take(
        begun,
        message(1, "stay", STAY, stay),
        message(2, "companion", companion(stay, phone="13800138000"), first),
        message(3, "companion", companion(stay, name="李四", same_as="")),
        message(4, "companion", companion(stay, same_as=str(first), setting="shared_meal_or_fun")),
        message(5, "onset", {"onset_date": "2022-03-22"}),
    )
    persons = Person.objects.count()
    told = interviewed.record(found, actor=actor, at=timezone.now())
    assert (told.stays, told.exposures, told.new_persons, told.new_places, told.problems) == (1, 3, 2, 1, [])
    assert Person.objects.count() == persons + 2
    segment = TrajectorySegment.objects.get(key=f"interview:{stay}")
    assert (segment.person.number, segment.place.name, segment.place.kind) == ("P1", "老街理发店", "shop")
    met = Exposure.objects.filter(source=segment.person)
    assert met.count() == 3 and met.values("person").distinct().count() == 2
    assert {one.place for one in met} == {segment.place}
    assert str(CaseReport.objects.known_at(None).get(case=found.case).onset_date) == "2022-03-22"
    known = Exposure.objects.get(key=f"interview:{first}").person
    assert identity.open(known)["name"] == "王建国"
    with pytest.raises(Refused, match="interview_closed"):
        interviewed.record(found, actor=actor, at=timezone.now())
    assert take(begun, message(9, "stay", STAY))[0].code == "interview_closed"


def test_who_is_on_file_is_not_opened_again(begun):
    found, actor = begun
    known = Person.objects.get(number="P8")
    identity.record(known, at=timezone.now(), name="王建国", phone="138 0013 8000", id_number="410101199001011234")
    stay = uuid4()
    take(
        begun,
        message(1, "stay", STAY, stay),
        message(2, "companion", companion(stay, phone="+86 13800138000")),
        message(3, "companion", companion(stay, name="谁", id_number="410101 19900101 1234")),
        message(4, "companion", companion(stay, person="P7")),
    )
    told = interviewed.record(found, actor=actor, at=timezone.now())
    assert told.new_persons == 0
    assert sorted(Exposure.objects.values_list("person__number", flat=True)) == ["P7", "P8", "P8"]


def test_what_cannot_become_a_fact_is_named(begun):
    found, actor = begun
    stay, gone, nowhere = uuid4(), uuid4(), uuid4()
    shop = Place.objects.get(kind="restaurant")
    before = TrajectorySegment.objects.get(person__number="P1")
    known = {"place": shop.number, "name": "", "place_kind": "restaurant"}
    take(
        begun,
        message(1, "stay", STAY | known | {"from": before.arrived_at.isoformat(), "until": (before.left_at + timedelta(hours=1)).isoformat()}, stay),
        message(2, "companion", companion(gone)),
        message(3, "companion", companion(stay, person="P1")),
        message(4, "companion", companion(stay, person="P99")),
        message(5, "stay", STAY | {"place": "nowhere"}, nowhere),
    )  # fmt: skip
    told = interviewed.record(found, actor=actor, at=timezone.now(), trial=True)
    codes = sorted(code for _, code, _ in told.problems)
    assert codes == ["case_itself", "other_end_on_record", "stay_removed", "unknown_person_told", "unknown_place"]
    assert (told.stays, told.exposures, told.known) == (0, 0, 1)


def test_nothing_told_makes_nothing(begun):
    with pytest.raises(Refused, match="interview_empty"):
        interviewed.record(begun[0], actor=begun[1], at=timezone.now())


def test_somebody_without_the_task_is_not_let_in(begun, sign_in):
    other = sign_in("laboratory")
    with pytest.raises(Refused, match="not_permitted"):
        interviews.interview_of(begun[0].key, actor=other, at=timezone.now())
