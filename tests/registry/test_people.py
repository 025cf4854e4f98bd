"""The door of persons: who comes in, what they see, what stays on record."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from chainbreak.governance.models import AuditEntry
from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Person
from chainbreak.registry.services import people

AT = datetime(2022, 3, 29, 1, tzinfo=UTC)


def acts_on_record():
    return list(AuditEntry.objects.order_by("id").values_list("act", flat=True))


@pytest.fixture
def person(db):
    return Person.objects.create(number="P-7", area_code="411122")


def test_who_may_open_a_person_is_let_in_and_who_may_not_is_on_record_too(person, account_of):
    def opened(user, act="person.open", **more):
        return people.open_record("P-7", actor=user, act=act, at=AT, **more)

    assert opened(account_of("investigator", "411122")).person == person
    with pytest.raises(Refused) as refused:
        opened(account_of("investigator", "411121"))
    assert refused.value.code == "not_permitted"
    assert acts_on_record() == ["person.opened", "person.refused"]
    assert AuditEntry.objects.filter(subject="person:P-7").count() == 2


def test_the_visit_stays_when_the_deed_that_follows_is_refused(person, account_of, transactional_db):
    user = account_of("investigator", "411122")

    def deed():
        people.open_record("P-7", actor=user, act="person.open", at=AT)
        with transaction.atomic():
            Person.objects.update(area_code="")
            raise Refused("still_at_risk")

    with pytest.raises(Refused):
        deed()
    assert Person.objects.get().area_code == "411122"
    assert acts_on_record() == ["person.opened"]


def test_nobody_opens_a_person_inside_a_change_that_could_take_the_visit_back(person, account_of, transactional_db):
    user = account_of("investigator", "411122")
    with pytest.raises(RuntimeError), transaction.atomic():
        people.open_record("P-7", actor=user, act="person.open", at=AT)


def test_the_purpose_of_the_team_is_written_down_and_another_one_is_refused(person, account_of):
    user = account_of("investigator", "411122", purpose="outbreak_response")
    people.open_record("P-7", actor=user, act="person.open", at=AT)
    with pytest.raises(Refused) as refused:
        people.open_record("P-7", actor=user, act="person.open", at=AT, purpose="debt collection")
    assert refused.value.code == "other_purpose"
    kept = list(AuditEntry.objects.order_by("id").values_list("act", "purpose"))
    assert kept == [("person.opened", "outbreak_response"), ("person.refused", "debt collection")]


def test_a_person_who_lives_elsewhere_is_opened_for_a_matter_of_the_area(person, account_of):
    Person.objects.create(number="P-9", area_code="330106")
    user = account_of("investigator", "4111")
    with pytest.raises(Refused) as refused:
        people.open_record("P-9", actor=user, act="contact.open", at=AT)
    assert refused.value.code == "not_permitted"
    assert people.open_record("P-9", actor=user, act="contact.open", at=AT, matter_area="411100").person.number == "P-9"


def test_an_unknown_number_is_said_to_be_unknown_only_to_who_may_open_persons(person, account_of):
    def code(user):
        with pytest.raises(Refused) as refused:
            people.open_record("P-404", actor=user, act="person.open", at=AT)
        return refused.value.code

    assert code(account_of("investigator")) == "unknown_person"
    assert code(account_of("sampler")) == "not_permitted"
