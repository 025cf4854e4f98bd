"""Who may do what, where and when."""

from datetime import UTC, datetime, timedelta

import pytest

from chainbreak.governance.acts import ACTS
from chainbreak.governance.models import Grant, Role
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import access
from chainbreak.governance.services import access as door

AT = datetime(2022, 3, 29, 1, tzinfo=UTC)

# The rulebook: yes to whom. Roles by their first letters, as in the heading.
WHO_MAY = """
act                | com lead inv sam lab fac tra cwk code spo aud adm
board.read         |  y   y   y   y   y   y   y   y   y    y   y   y
line_list.read     |  y   y   y   .   .   .   .   .   .    .   y   .
case.open          |  y   y   y   .   .   .   .   .   .    .   y   .
case.correct       |  .   y   y   .   .   .   .   .   .    .   .   .
contact.read       |  y   y   y   .   .   y   y   y   .    .   y   .
contact.determine  |  .   y   y   .   .   .   .   .   .    .   .   .
person.open        |  y   y   y   .   .   .   .   .   .    .   y   .
person.search      |  .   y   y   .   .   y   .   y   y    .   .   .
swab.record        |  .   .   .   y   .   .   .   .   .    .   .   .
result.record      |  .   .   .   .   y   .   .   .   .    .   .   .
healthcode.restore |  .   .   .   .   .   .   .   .   y    .   .   .
bulletin.approve   |  y   .   .   .   .   .   .   .   .    .   .   .
import.run         |  .   y   y   .   y   y   .   .   .    .   .   y
import.undo        |  .   y   .   .   .   .   .   .   .    .   .   y
export.run         |  .   y   y   .   .   .   .   .   .    .   .   .
export.approve     |  y   .   .   .   .   .   .   .   .    .   y   .
audit.read         |  .   .   .   .   .   .   .   .   .    .   y   .
grant.give         |  .   .   .   .   .   .   .   .   .    .   .   y
rulepack.read      |  y   y   y   y   y   y   y   y   y    y   y   y
purge.run          |  .   .   .   .   .   .   .   .   .    .   .   y
"""
TABLE = [
    (act.strip(), role, mark == "y")
    for act, _, marks in (line.partition("|") for line in WHO_MAY.strip().splitlines()[1:])
    for role, mark in zip(Role.values, marks.split(), strict=True)
]


@pytest.mark.parametrize(("act", "role", "allowed"), TABLE)
def test_who_may(act, role, allowed):
    standing = access.Standing(((role, "4111", "outbreak_response", 1),))
    assert standing.may(act, "411122") is allowed
    assert (role in access.who_may(act)) is allowed


@pytest.mark.parametrize(
    ("team", "area", "covered"),
    [
        ("4111", "411122", True),
        ("411100", "411122", True),
        ("4111", "411171", True),
        ("4111", "411122005001", True),
        ("411122", "411122005", True),
        ("411122", "411121", False),
        ("411122", "4111", False),
        ("4111", "410100", False),
        ("410000", "411122", True),
        ("", "110101", True),
        ("000000", "110101", True),
        ("4111", "?", True),
        ("411122", "?", False),
        ("110000", "110101", True),
        ("100000", "110101", False),
    ],
)
def test_a_team_answers_for_its_area_and_what_lies_in_it(team, area, covered):
    assert access.covers(team, area) is covered
    standing = access.Standing((("investigator", team, "outbreak_response", 1),))
    assert standing.may("case.open", area) is covered
    assert standing.may("board.read", area), "the board needs no area"
    assert standing.may("case.open"), "without an area: anywhere at all"


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_has_somebody_and_shows_names_only_to_who_may_do_it(act):
    assert ACTS[act].roles
    assert ACTS[act].names <= ACTS[act].roles
    assert not ACTS[act].names & {Role.COMMANDER, Role.AUDITOR, Role.SPOKESPERSON, Role.ADMINISTRATOR}


def test_an_administrator_reads_no_person_and_an_auditor_changes_nothing():
    administrator = access.Standing((("administrator", "", "platform", 1),))
    assert not {act for act in administrator.acts() if act.startswith(("person.", "case.", "contact.", "line_list."))}
    auditor = access.Standing((("auditor", "", "oversight", 1),))
    changing = (".run", ".undo", ".correct", ".give", ".end", ".make", ".reset", ".determine", ".publish", ".record")
    assert not {act for act in auditor.acts() if act.endswith(changing)}


def test_a_role_holds_from_its_beginning_until_just_before_its_end(account_of):
    user = account_of("investigator", "411122")
    Grant.objects.update(valid_from=AT, valid_until=AT + timedelta(days=1))
    answers = [
        access.may(user, "case.open", area_code="411122", at=at)
        for at in (AT - timedelta(seconds=1), AT, AT + timedelta(days=1, seconds=-1), AT + timedelta(days=1))
    ]
    assert answers == [False, True, True, False]


def test_a_closed_account_and_nobody_may_nothing(account_of):
    user = account_of("commander")
    assert access.may(user, "board.read", at=AT)
    user.is_active = False
    assert not access.may(user, "board.read", at=AT)
    assert not access.may(None, "board.read", at=AT)


def test_being_a_superuser_gives_no_access(account_of):
    user = account_of("sampler")
    user.is_superuser = user.is_staff = True
    user.save()
    assert not access.may(user, "case.open", area_code="411122", at=AT)


def test_a_refusal_says_who_may(account_of):
    sampler, investigator = account_of("sampler", "411122"), account_of("investigator", "411122")
    assert door.require(investigator, "case.open", area_code="411122", at=AT).roles == {"investigator"}
    with pytest.raises(Refused) as refused:
        door.require(sampler, "case.open", area_code="411122", at=AT)
    assert refused.value.code == "not_permitted"
    assert refused.value.facts["act"] == "case.open"
    assert refused.value.facts["who"] == ["commander", "epidemiology_lead", "investigator", "auditor"]


def test_an_unknown_act_is_a_mistake_of_the_program(account_of):
    with pytest.raises(ValueError, match=r"person\.sell"):
        access.may(account_of("commander"), "person.sell", at=AT)


def test_all_answers_of_one_page_take_one_query(account_of, django_assert_num_queries):
    user = account_of("investigator")
    with django_assert_num_queries(1):
        standing = access.standing_of(user, at=AT)
        assert standing.acts() >= {"case.open", "line_list.read"}
        assert standing.areas("case.open") == ("4111",)


def test_rows_are_narrowed_to_the_areas_of_the_team(account_of):
    from chainbreak.registry.models import Person

    for number, area in [("P1", "411121"), ("P2", "411122"), ("P3", ""), ("P4", "330100")]:
        Person.objects.create(number=number, area_code=area)

    def seen(user):
        rows = access.standing_of(user, at=AT).within(Person.objects.all(), "person.open", "area_code")
        return sorted(rows.values_list("number", flat=True))

    assert seen(account_of("investigator", "411122")) == ["P2"]
    assert seen(account_of("investigator", "4111")) == ["P1", "P2", "P3"]
    assert seen(account_of("auditor", "")) == ["P1", "P2", "P3", "P4"]
    assert seen(account_of("sampler", "4111")) == []


def test_the_second_person_is_another_one_from_another_team(account_of):
    first = account_of("epidemiology_lead", username="first")
    colleague = account_of("commander", username="colleague")
    outsider = account_of("commander", username="outsider", task_force="headquarters")

    def code(second):
        with pytest.raises(Refused) as refused:
            door.require_second(first, second, "export.approve", at=AT)
        return refused.value.code

    assert code(first) == "not_permitted"
    account_of("commander", username="first")
    assert code(first) == "same_person"
    assert code(colleague) == "same_unit"
    assert door.require_second(first, outsider, "export.approve", at=AT) is None
