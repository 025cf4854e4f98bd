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


@pytest.fixture
def zhang(person):
    """A person with an identity on file; all of it is made up."""
    from chainbreak.registry.services import identity

    values = {"name": "张测试", "id_number": "411122198001011234", "phone": "13900000001"}
    identity.record(person, at=AT, **values)
    return person


@pytest.mark.parametrize(
    ("role", "act", "named"),
    [
        ("investigator", "person.open", True),
        ("epidemiology_lead", "contact.open", True),
        ("community_worker", "person.visit", True),
        ("sampler", "swab.record", True),
        ("commander", "person.open", False),
        ("auditor", "person.open", False),
        ("commander", "contact.open", False),
    ],
)
def test_the_name_is_shown_only_to_roles_that_need_it_for_the_act(zhang, account_of, role, act, named):
    record = people.open_record("P-7", actor=account_of(role, "411122"), act=act, at=AT)
    assert record.named is named
    assert (record.name, record.id_number, record.phone) == (
        ("张测试", "411122198001011234", "13900000001") if named else ("", "", "")
    )


def test_somebody_with_two_roles_sees_the_name_when_one_of_them_needs_it(zhang, account_of):
    both = account_of("commander", "4111", username="both")
    account_of("investigator", "4111", username="both")
    assert people.open_record("P-7", actor=both, act="person.open", at=AT).named


@pytest.mark.parametrize(
    "given",
    [
        {"name": "张测试", "id_last4": "1234"},
        {"name": " 张 测试", "phone": "+86 139-0000-0001"},
        {"id_number": "411122198001011234", "phone": "13900000001"},
    ],
)
def test_a_search_needs_two_identifiers_and_gives_a_number_only(zhang, account_of, given):
    user = account_of("investigator", "4111")
    assert people.search(actor=user, at=AT, **given) == [people.Found("P-7", "411122")]
    first = next(iter(given))
    with pytest.raises(Refused) as refused:
        people.search(actor=user, at=AT, **{first: given[first]})
    assert refused.value.code == "two_identifiers"
    entry = AuditEntry.objects.get()
    assert entry.act == "person.searched"
    assert entry.detail == {"by": sorted(given), "found": 1}


def test_a_search_finds_nobody_who_fits_only_one_of_the_two(zhang, account_of):
    user = account_of("investigator", "4111")
    assert people.search(actor=user, at=AT, name="张测试", id_last4="1234")
    assert people.search(actor=user, at=AT, name="张测试", id_last4="9999") == []
    assert people.search(actor=user, at=AT, name="张测试", phone="13900000002") == []


def test_a_search_stays_within_the_area_of_the_team(zhang, account_of):
    given = {"name": "张测试", "phone": "13900000001"}
    assert people.search(actor=account_of("investigator", "411122"), at=AT, **given)
    assert people.search(actor=account_of("investigator", "411121"), at=AT, **given) == []
    with pytest.raises(Refused) as refused:
        people.search(actor=account_of("sampler", "411122"), at=AT, **given)
    assert refused.value.code == "not_permitted"


def test_the_last_digits_are_no_second_identifier_beside_the_whole_number(zhang, account_of):
    with pytest.raises(Refused) as refused:
        people.search(actor=account_of("investigator"), at=AT, id_number="411122198001011234", id_last4="1234")
    assert refused.value.code == "two_identifiers"


def test_a_search_that_fits_many_lists_nobody(person, account_of):
    from chainbreak.registry.services import identity

    for number in range(6):
        twin = Person.objects.create(number=f"T-{number}", area_code="411122")
        identity.record(twin, at=AT, name="李同名", phone="13900000009")
    with pytest.raises(Refused) as refused:
        people.search(actor=account_of("investigator"), at=AT, name="李同名", phone="13900000009")
    assert refused.value.code == "too_many_found"
    Person.objects.get(number="T-5").identity.delete()
    assert len(people.search(actor=account_of("investigator"), at=AT, name="李同名", phone="13900000009")) == 5
