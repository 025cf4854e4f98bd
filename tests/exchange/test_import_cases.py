"""Line lists and contacts: who is whom, which number a case gets, what becomes a link and what an exposure."""

from __future__ import annotations

import pytest

from chainbreak.investigation.models import Case, CaseClassification, CaseReport, Exposure, TransmissionLink
from chainbreak.registry.models import DuplicateFlag, Identity, Person
from chainbreak.registry.services import identity

from .test_store_small import codes, take, town, what  # noqa: F401

pytestmark = pytest.mark.django_db
HEAD = "case_id,person_id,name,id_number,sex,classification,report_date,onset_date,recorded_at\n"
ID_1, ID_2 = "411199198001010010", "411199199002020026"


def case_codes(report):
    return [
        code for code in codes(report) if code[1] not in ("id_check_digit", "id_number_missing", "column_ambiguous")
    ]


def test_a_case_is_the_person_it_names_or_whose_identity_number_it_has_or_somebody_new(take, town):  # noqa: F811
    take("people", f"person_id,name,id_number\nP2,样例02,{ID_2}\n")
    report = take(
        "linelist",
        HEAD + f"A1,P1,样例01,{ID_1},F,confirmed,2022-03-24,2022-03-23,2022-03-25T09:00\n"
        f"A2,,样例02,{ID_2},M,asymptomatic,2022-03-25T10:30,,\n"
        "A3,,样例03,,F,confirmed,2022-03-26,,\n"
        "A4,P77,样例04,,F,confirmed,2022-03-26,,\n"
        "A5,P1,样例05,,F,confirmed,2022-03-26,,\n"
        "A6,P77,样例06,,F,confirmed,2022-03-26,,\n",
        outbreak="LY",
    )
    assert what(report) == (4, 0, 0, 2)
    assert sorted(code for code in case_codes(report) if code[0] in (4, 5, 6)) == [
        (4, "person_not_registered"), (5, "person_has_a_case"), (6, "person_has_a_case"),
    ]  # fmt: skip
    numbers = dict(Case.objects.values_list("external_id", "person__number"))
    assert (numbers["A1"], numbers["A2"], numbers["A3"], numbers["A4"]) == ("P1", "P2", "LY-C0003", "P77")
    assert identity.open(Person.objects.get(number="P1"))["name"] == "样例01"
    first = CaseReport.objects.get(case__external_id="A1")
    assert first.recorded_at.isoformat() == "2022-03-25T01:00:00+00:00"
    assert first.reported_at.isoformat() == "2022-03-23T16:00:00+00:00"


def test_the_same_identity_number_under_another_name_is_flagged_and_never_merged(take, town):  # noqa: F811
    take("people", f"person_id,name,id_number\nP2,样例02,{ID_2}\n")
    report = take("linelist", HEAD + f"A1,,样例99,{ID_2},M,confirmed,2022-03-24,,\n", outbreak="LY")
    assert what(report) == (1, 0, 0, 0)
    assert (1, "person_known_by_id") in codes(report)
    assert Case.objects.get().person.number == "LY-C0001"
    assert DuplicateFlag.objects.get().reason == "same_id_number"
    assert Identity.objects.filter(id_number_hash=identity.id_number_hash(ID_2)).count() == 1


def test_a_second_run_changes_nothing_and_a_correction_is_a_new_version(take, town):  # noqa: F811
    rows = HEAD + "A1,,样例01,,F,{},2022-03-24,2022-03-{},\n"
    take("linelist", rows.format("asymptomatic", 23), outbreak="LY")
    assert what(take("linelist", rows.format("asymptomatic", 23), outbreak="LY")) == (0, 0, 1, 0)
    assert what(take("linelist", rows.format("confirmed", 22), outbreak="LY")) == (0, 1, 0, 0)
    assert CaseReport.objects.count() == CaseClassification.objects.count() == 2
    assert Case.objects.count() == Person.objects.filter(number__startswith="LY-").count() == 1


def test_case_numbers_are_as_given_where_free_else_dense(take, town):  # noqa: F811
    text = "case_id,case_number,classification,report_date\nA1,2,confirmed,2022-03-24\nA2,,confirmed,2022-03-24\n"
    take("linelist", text + "A3,2,confirmed,2022-03-24\nA4,,confirmed,2022-03-24\n", outbreak="LY")
    assert dict(Case.objects.values_list("external_id", "number")) == {"A1": 2, "A2": 1, "A3": 3, "A4": 4}


@pytest.fixture
def cases(take, town):  # noqa: F811
    rows = "".join(f"A{n},,样例0{n},,F,confirmed,2022-03-24,,\n" for n in (1, 2, 3))
    assert take("linelist", HEAD + rows, outbreak="LY").rejected == 0


def test_two_cases_make_a_link_and_anybody_else_an_exposure(take, cases):  # noqa: F811
    take("places", "place_id,kind\nS1,shop\n")
    head = "from_id,to_id,started_at,ended_at,setting,place_id,state,protected\n"
    text = (
        head
        + "A1,A2,,,household,,accepted,\nA1,P3,2022-03-23T09:00,2022-03-23T09:20,meal,S1,,true\nA1,P2,2022-03-22,,work,,,\n"
        "A1,P9,2022-03-22,,work,,,\nA9,P2,2022-03-22,,work,,,\nA1,P2,,,work,,,\nA1,P3,2022-03-23,,meal,S9,,\n"
    )
    report = take("contacts", text, outbreak="LY")
    assert what(report) == (3, 0, 0, 4)
    assert {row for row, code in codes(report) if code in ("unknown_person", "unknown_case", "contact_time_missing", "unknown_place")} \
        == {4, 5, 6, 7}  # fmt: skip
    link = TransmissionLink.objects.get()
    assert (link.state, link.setting) == ("accepted", "household")
    meal = Exposure.objects.get(setting="meal")
    assert (meal.ended_at - meal.started_at).total_seconds() == 20 * 60 and meal.protected and meal.place.number == "S1"
    day = Exposure.objects.get(setting="work")
    assert day.started_at.isoformat() == "2022-03-21T16:00:00+00:00"
    assert (day.ended_at - day.started_at).total_seconds() == 24 * 3600
    assert what(take("contacts", text, outbreak="LY")) == (0, 0, 3, 4)


def test_an_accepted_link_never_makes_a_second_infector_or_a_circle(take, cases):  # noqa: F811
    text = "from_id,to_id,state\nA1,A2,accepted\nA3,A2,accepted\nA2,A3,accepted\nA3,A1,accepted\n"
    report = take("contacts", text, outbreak="LY")
    assert what(report) == (4, 0, 0, 0)
    assert {(2, "link_second_infector"), (4, "link_closes_circle")} <= set(codes(report))
    states = {
        (i, e): s
        for i, e, s in TransmissionLink.objects.values_list("infector__external_id", "infectee__external_id", "state")
    }
    assert states == {
        ("A1", "A2"): "accepted",
        ("A3", "A2"): "proposed",
        ("A2", "A3"): "accepted",
        ("A3", "A1"): "proposed",
    }
