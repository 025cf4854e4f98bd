"""Taking an import back: what it said is withdrawn, what it had replaced holds again, and nothing is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chainbreak.exchange import undo
from chainbreak.governance.models import AuditEntry, ImportRun
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import (
    CaseReport,
    Contact,
    ContactEvent,
    Derivation,
    Determination,
    Letter,
    Outbreak,
    TransmissionLink,
)
from chainbreak.measures.models import Bed, Room
from chainbreak.registry.models import Identity, Person, Place
from chainbreak.screening.models import RollEntry

from .test_store_small import NOW, OUTBREAK, PEOPLE, ROOMS, take, town, what  # noqa: F401

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


def test_a_correction_is_taken_back_and_the_former_version_holds_again(take, town):  # noqa: F811
    text = "person_id,decision,basis,valid_from\nP1,{},interview,2022-03-24T09:00\n"
    take("determinations", text.format("pending"), outbreak="LY")
    second = take("determinations", text.format("confirmed"), outbreak="LY", at=NOW + timedelta(hours=1))
    done = undo.undo(second.run, at=LATER)
    assert (done.withdrawn, done.restored) == (1, 1)
    assert Determination.objects.known_at(None).get().decision == "pending"
    assert Determination.objects.known_at(NOW + timedelta(minutes=90)).get().decision == "confirmed"
    assert Determination.objects.count() == 3
    with pytest.raises(Refused) as refused:
        undo.undo(second.run, at=LATER)
    assert refused.value.code == "import_undone"
    assert ImportRun.objects.get(pk=second.run).undone_at == LATER
    assert AuditEntry.objects.filter(act="import.undone").count() == 1


def test_what_somebody_corrected_since_is_left_alone(take, town):  # noqa: F811
    text = "person_id,decision,basis,valid_from\nP1,{},interview,2022-03-24T09:00\n"
    first = take("determinations", text.format("pending"), outbreak="LY")
    take("determinations", text.format("confirmed"), outbreak="LY", at=NOW + timedelta(hours=1))
    done = undo.undo(first.run, at=LATER)
    assert (done.withdrawn, done.restored) == (0, 0)
    assert Determination.objects.known_at(None).get().decision == "confirmed"


def test_facts_taken_back_can_be_taken_in_again(take, town):  # noqa: F811
    text = "person_id,kind,at,recorded_at\nP1,located,2022-03-24,2022-03-24T12:00\n"
    first = take("contact_events", text, outbreak="LY")
    undo.undo(first.run, at=LATER)
    assert not ContactEvent.objects.known_at(None).exists()
    again = take("contact_events", text, outbreak="LY", at=LATER + timedelta(hours=1))
    assert what(again) == (1, 0, 0, 0)
    assert ContactEvent.objects.known_at(None).count() == 1
    for hour in range(6):  # at no instant was it known twice
        assert ContactEvent.objects.known_at(NOW + timedelta(hours=hour)).count() == 1


def test_register_rows_go_unless_others_refer_to_them(take):  # noqa: F811
    take(*OUTBREAK)
    people = take(*PEOPLE)
    places = take("places", "place_id,kind\nS1,shop\nS2,shop\n")
    stays = take("stays", "person_id,place_id,arrived_at,left_at\nP1,S1,2022-03-24T09:00,2022-03-24T10:00\n")
    done = undo.undo(places.run, at=LATER)
    assert (done.removed, done.kept) == (1, {"registry_place": 1})
    assert Place.objects.get().number == "S1"
    done = undo.undo(people.run, at=LATER)
    assert (done.removed, done.kept) == (2, {"registry_person": 1})
    assert Person.objects.get().number == "P1"
    assert undo.undo(stays.run, at=LATER).withdrawn == 1


def test_a_register_that_was_brought_up_to_date_is_put_back(take):  # noqa: F811
    take(*PEOPLE)
    second = take("people", "person_id,area_code\nP1,411103\n")
    assert undo.undo(second.run, at=LATER).put_back == 1
    assert Person.objects.get(number="P1").area_code == "411122"


def test_rooms_and_letters_of_a_run_go_too(take, town):  # noqa: F811
    rooms = ImportRun.objects.get(kind="rooms")
    assert undo.undo(rooms.pk, at=LATER).removed == 5
    assert not Room.objects.exists() and not Bed.objects.exists()
    letters = take(
        "letters", "letter,from_area,to_area,state,at\nL1,411100,410100,sent,2022-03-24T09:00\n", outbreak="LY"
    )
    done = undo.undo(letters.run, at=LATER)
    assert (done.withdrawn, done.kept) == (1, {"investigation_letter": 1})  # its withdrawn step still names it
    assert Letter.objects.count() == 1
    assert what(take(*ROOMS)) == (2, 0, 0, 0)


def test_a_line_list_is_taken_back_with_its_identities_and_its_numbers_are_not_used_again(take, town):  # noqa: F811
    text = "case_id,name,id_number,sex,classification,report_date,infector\n"
    rows = "A1,样例01,,F,confirmed,2022-03-24,\nA2,样例02,,M,asymptomatic,2022-03-25,A1\n"
    first = take("linelist", text + rows, outbreak="LY")
    assert what(first) == (2, 0, 0, 0)
    assert TransmissionLink.objects.known_at(None).count() == 1
    done = undo.undo(first.run, at=LATER)
    assert done.withdrawn == 5  # two reports, two classes, a link
    assert not CaseReport.objects.known_at(None).exists()
    second = take(
        "linelist", text + "A3,样例03,,F,confirmed,2022-03-24,\n", outbreak="LY", at=LATER + timedelta(hours=1)
    )
    assert CaseReport.objects.known_at(None).get().case.number == 3
    assert Identity.objects.filter(import_run=second.run).count() == 1


def test_a_person_named_only_beside_another_stays_too(take):  # noqa: F811
    """As a carer, as the source of an exposure, on a roll, in a snapshot: relations without a name of their own."""
    take(*OUTBREAK)
    run = take("people", "person_id,area_code,name\n" + "".join(f"P{n},411122,样例{n}\n" for n in range(1, 6))).run
    take(
        "admissions",
        "stay_id,person_id,kind,reason,home_reason,carer_id,admitted_at\n"
        "A1,P1,home_quarantine,contact1,young_child,P2,2022-03-24T09:00\n",
    )
    take(
        "determinations",
        "person_id,decision,basis,source_id,valid_from\nP1,confirmed,interview,P3,2022-03-24T09:00\n",
        outbreak="LY",
    )
    take("rounds", "series,number,area_code,start_at,sample_due_at,test_due_at\n"
         "CITY,1,411100,2022-03-27T06:00,2022-03-27T12:00,2022-03-27T22:00\n")  # fmt: skip
    take("round_events", "series,number,state,at\nCITY,1,announced,2022-03-26T20:00\n")
    outbreak = Outbreak.objects.get()
    snapshot = Derivation.objects.create(outbreak=outbreak, generation="1", pack_edition="1", made_at=NOW)
    Contact.objects.create(
        derivation=snapshot, person=Person.objects.get(number="P4"), degree=1, determination="confirmed", valid_from=NOW
    )
    assert RollEntry.objects.count() == 5
    done = undo.undo(run, at=LATER)
    assert (done.removed, done.kept) == (1, {"registry_person": 4})
    assert sorted(Person.objects.values_list("number", flat=True)) == ["P1", "P2", "P3", "P4"]
    assert RollEntry.objects.count() == 4
