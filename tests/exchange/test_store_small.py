"""Small files into the tables: what a second run, a dry run, a contradiction and a correction do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chainbreak.exchange import imports
from chainbreak.exchange.problems import Unreadable
from chainbreak.governance.models import ImportProblem, ImportRun
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import ContactEvent, Letter, LetterEvent, TrajectorySegment
from chainbreak.measures.models import Bed, FacilityEvent, Stay
from chainbreak.registry.models import Area, Person, Place

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 29, tzinfo=UTC)

OUTBREAK = (
    "outbreaks",
    "code,name_zh,name_en,disease,rule_pack,area_code,detected_at\n"
    "LY,临颍疫情,Linying outbreak,covid19,covid19-cn-v8,411122,2022-03-24T00:00+08:00\n",
)
PEOPLE = (
    "people",
    "person_id,area_code,sex,birth_year,away\nP1,411122,F,1980,false\nP2,411122,m,1990,\nP3,411102,,,yes\n",
)
FACILITY = (
    "facilities",
    "facility,name_zh,name_en,area_code,kind,state,layout_ok,safety_ok,at\n"
    "F1,一号点,Site 1,411122,hotel,ready,true,true,2022-03-20T08:00\n"
    "F1,一号点,Site 1,411122,hotel,open,true,true,2022-03-21T08:00\n"
    "F2,二号点,Site 2,411122,hotel,candidate,false,false,2022-03-20T08:00\n",
)
ROOMS = ("rooms", "facility,room,floor,kind,beds\nF1,101,1,single,1\nF1,102,1,family,2\n")


@pytest.fixture
def take(tmp_path):
    """Imports a text as a file of a kind."""

    def run(kind: str, text: str, *, at: datetime = NOW, name: str = "", **options):
        path = tmp_path / (name or f"{kind}.csv")
        path.write_text(text, encoding="utf-8")
        report = imports.import_file(kind, path, at=at, **options)
        assert report.rows == report.created + report.updated + report.duplicate + report.rejected
        return report

    return run


@pytest.fixture
def town(take):
    """An outbreak, three people, an open facility with three beds and one that is not open."""
    for kind, text in (OUTBREAK, PEOPLE, FACILITY, ROOMS):
        assert take(kind, text).rejected == 0


def what(report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.duplicate, report.rejected


def codes(report) -> list[tuple[int | None, str]]:
    return [(problem.row, problem.code) for problem in report.problems if problem.severity != "note"]


def test_a_register_is_made_once_and_brought_up_to_date(take):
    first = take(*PEOPLE)
    assert what(first) == (3, 0, 0, 0)
    assert Person.objects.get(number="P2").sex == "M"
    assert what(take(*PEOPLE)) == (0, 0, 3, 0)
    again = take("people", "person_id,area_code\nP1,411103\nP2,\nP9,411102\n")
    assert what(again) == (1, 1, 1, 0)
    assert Person.objects.get(number="P1").area_code == "411103"
    assert Person.objects.get(number="P1").birth_year == 1980


def test_an_area_may_stand_before_its_parent_but_not_without_it(take):
    report = take(
        "areas",
        "code,name_zh,level,parent_code,population,geometry\n"
        '411122,临颍县,county,411100,700000,"{""type"": ""Point"", ""coordinates"": [113.9, 33.80]}"\n'
        "411100,漯河市,city,,,\n411199,无,county,999999,,\n411198,坏,village,,,\n411197,坏,county,411100,many,{\n",
    )
    assert what(report) == (2, 0, 0, 3)
    assert Area.objects.get(code="411122").geometry["coordinates"] == [113.9, 33.8]
    assert codes(report) == [
        (3, "unknown_area"),
        (4, "word_not_taken"),
        (5, "json_unreadable"),
        (5, "number_not_taken"),
    ]
    assert what(
        take(
            "areas",
            "code,name_zh,level,parent_code,geometry\n"
            '411122,临颍县,county,411100,"{""coordinates"": [113.90, 33.8], ""type"": ""Point""}"\n',
        )
    ) == (0, 0, 1, 0)


def test_a_rejected_row_is_kept_word_for_word_and_its_identities_sealed(take):
    report = take("people", "person_id,name,birth_year,colour\nP1,样例01,abc,red\n")
    assert what(report) == (0, 0, 0, 1)
    kept = ImportProblem.objects.get(run_id=report.run, code="number_not_taken")
    assert (kept.row, kept.column, kept.raw["birth_year"], kept.raw["colour"]) == (1, "birth_year", "abc", "red")
    assert kept.raw["name"].startswith("sealed:")
    assert "样例01" not in str(kept.raw)


def test_a_dry_run_says_the_same_and_leaves_no_trace(take):
    report = take(*PEOPLE, dry_run=True)
    assert what(report) == (3, 0, 0, 0)
    assert report.run is None
    assert not Person.objects.exists() and not ImportRun.objects.exists()
    assert what(take(*PEOPLE)) == what(report)


def test_a_fact_is_new_then_known_then_corrected_and_every_version_stays(take, town):
    take("places", "place_id,kind,name\nS1,shop,市场\n")
    assert Place.objects.count() == 1
    text = "stay_id,person_id,place_id,arrived_at,left_at,recorded_at\nT1,P1,S1,2022-03-24T09:00,2022-03-24T{},2022-03-25T08:00\n"
    assert what(take("stays", text.format("10:00"))) == (1, 0, 0, 0)
    assert what(take("stays", text.format("10:00"))) == (0, 0, 1, 0)
    assert what(take("stays", text.format("11:00"), at=NOW + timedelta(hours=1))) == (0, 1, 0, 0)
    old, new = TrajectorySegment.objects.order_by("id")
    assert old.recorded_at == datetime(2022, 3, 25, tzinfo=UTC)
    assert old.superseded_at == new.recorded_at == NOW + timedelta(hours=1)
    assert new.first_recorded_at == old.recorded_at and new.superseded_at is None
    assert new.left_at == datetime(2022, 3, 24, 3, tzinfo=UTC)


def test_versions_of_one_fact_in_one_file_follow_one_another(take, town):
    text = (
        "person_id,decision,degree,basis,valid_from,recorded_at\n"
        "P1,pending,1,interview,2022-03-24T09:00,2022-03-24T10:00\n"
        "P1,confirmed,1,interview,2022-03-24T09:00,2022-03-25T10:00\n"
        "P1,confirmed,1,interview,2022-03-24T09:00,2022-03-26T10:00\n"
        "P2,pending,1,interview,2022-03-24T09:00,2022-03-24T10:00\n"
        "P2,confirmed,2,interview,2022-03-24T09:00,2022-03-24T10:00\n"
    )
    report = take("determinations", text, outbreak="LY")
    assert what(report) == (2, 1, 1, 1)
    assert codes(report) == [(5, "said_otherwise")]
    assert what(take("determinations", text, outbreak="LY")) == (0, 0, 4, 1)


def test_unknown_references_and_unreadable_values_are_refused_by_row(take, town):
    take("places", "place_id,kind\nS1,shop\n")
    report = take(
        "stays",
        "person_id,place_id,arrived_at,left_at,evidence,recorded_at\n"
        "P1,S1,2022-03-24T09:00,2022-03-24T10:00,interview,\n"
        "P8,S1,2022-03-24T09:00,2022-03-24T10:00,interview,\n"
        "P1,S8,2022-03-24T09:00,2022-03-24T10:00,interview,\n"
        "P1,S1,2022-02-30T09:00,2022-03-24T10:00,interview,\n"
        "P1,S1,2022-03-24T11:00,2022-03-24T11:00,interview,\n"
        "P1,S1,2022-03-24T12:00,2022-03-24T13:00,hearsay,\n"
        "P1,S1,,2022-03-24T13:00,ticket,\n"
        "P1,S1,2022-03-24T14:00,2022-03-28T24:00,ticket,2099-01-01\n"
        "P1,S1,2022-03-24T14:00,2022-03-28T24:00,TICKET,2022-03-28\n",
    )
    assert what(report) == (2, 0, 0, 7)
    assert codes(report) == [
        (2, "unknown_person"), (3, "unknown_place"), (4, "instant_unreadable"), (5, "interval_without_length"),
        (6, "word_not_taken"), (7, "missing_value"), (8, "recorded_in_future"),
    ]  # fmt: skip
    assert TrajectorySegment.objects.get(evidence="ticket").left_at == datetime(2022, 3, 28, 16, tzinfo=UTC)


def test_one_person_in_two_places_is_refused_by_a_minute(take, town):
    text = "stay_id,person_id,kind,reason,facility,room,admitted_at,ended_at,home_reason\n"
    report = take(
        "admissions",
        text + "A1,P1,facility_quarantine,contact1,F1,101,2022-03-24T09:00,2022-03-26T09:00,\n"
        "A2,P1,hospital,case,,,2022-03-26T08:59,,\n"
        "A3,P1,hospital,case,,,2022-03-26T09:00,,\n"
        "A4,P2,facility_quarantine,contact1,F1,101,2022-03-26T08:59,,\n"
        "A5,P2,facility_quarantine,contact1,F1,101,2022-03-26T09:00,,\n"
        "A6,P3,facility_quarantine,contact1,F2,,2022-03-26T09:00,,\n"
        "A7,P3,facility_quarantine,contact1,F1,102,2022-03-21T07:59,2022-03-21T09:00,\n"
        "A8,P3,home_quarantine,contact2,,,2022-03-25T09:00,,\n"
        "A9,P3,home_quarantine,contact2,,,2022-03-25T09:00,,illness\n"
        "A10,P3,facility_quarantine,contact2,F1,103,2022-03-20T09:00,2022-03-20T10:00,\n",
        outbreak="LY",
    )
    assert [c for c in codes(report) if c[1] != "facility_without_chief"] == [
        (2, "person_in_two_places"), (4, "bed_in_two_places"), (6, "facility_not_open"), (7, "facility_not_open"),
        (8, "missing_value"), (10, "facility_not_open"), (10, "unknown_room"),
    ]  # fmt: skip
    assert what(report) == (4, 0, 0, 6)
    clash = next(problem for problem in report.problems if problem.code == "person_in_two_places")
    assert clash.facts["other"] == 1 and clash.facts["until"] == "2022-03-26T09:00+08:00"
    later = take("admissions", text + "B1,P1,hospital,case,,,2022-03-27T09:00,,\n", outbreak="LY")
    assert codes(later) == [(1, "person_in_two_places")]
    assert later.problems[0].facts["fact"] == Stay.objects.get(key="A3").pk


def test_a_stay_ends_by_an_update_of_the_same_stay(take, town):
    text = "stay_id,person_id,kind,reason,admitted_at,ended_at\nA1,P1,hospital,case,2022-03-24T09:00,{}\n"
    take("admissions", text.format(""), outbreak="LY")
    report = take(
        "admissions", text.format("2022-03-25T09:00") + "A2,P1,hospital,case,2022-03-25T09:00,\n", outbreak="LY"
    )
    assert what(report) == (1, 1, 0, 0)
    assert Stay.objects.filter(superseded_at=None).count() == 2


def test_registers_with_steps_rooms_with_beds_letters_with_persons(take, town):
    assert (FacilityEvent.objects.count(), Bed.objects.count()) == (3, 3)
    assert what(take(*FACILITY)) == (0, 0, 3, 0)
    assert what(take(*ROOMS)) == (0, 0, 2, 0)
    report = take(
        "letters",
        "letter,from_area,to_area,reason,state,at,due_at\n"
        "L1,411100,410100,travel,draft,2022-03-24T09:00,\nL1,411100,410100,travel,sent,2022-03-24T10:00,2022-03-25T10:00\n"
        "L2,411100,410100,travel,posted,2022-03-24T10:00,\n",
        outbreak="LY",
    )
    assert what(report) == (2, 0, 0, 1)
    assert (Letter.objects.count(), LetterEvent.objects.count()) == (1, 2)
    assert what(take("letter_persons", "letter,person_id\nL1,P1\nL1,P1\nL9,P1\n")) == (1, 0, 1, 1)
    assert (
        what(take("facilities", FACILITY[1].split("\n")[0] + "\nF3,三号点,,411122,hotel,open,true,false,2022-03-20\n"))[
            3
        ]
        == 1
    )


def test_a_file_without_a_needed_column_or_outbreak_is_refused_as_a_whole(take, town):
    with pytest.raises(Unreadable) as refused:
        take("contact_events", "person_id,kind\nP1,located\n", outbreak="LY")
    assert refused.value.facts["fields"] == ["at"]
    with pytest.raises(Unreadable) as refused:
        take("contact_events", "person_id,kind,at\nP1,located,2022-03-24\n")
    assert refused.value.facts["fields"] == ["outbreak"]
    with pytest.raises(Refused) as refused:
        take("contact_events", "person_id,kind,at\nP1,located,2022-03-24\n", outbreak="XX")
    assert refused.value.facts["known"] == "LY" and refused.value.code == "unknown_outbreak"
    report = take("contact_events", "outbreak,person_id,kind,at\nLY,P1,located,2022-03-24\nXX,P1,located,2022-03-24\n")
    assert what(report) == (1, 0, 0, 1)
    assert ContactEvent.objects.count() == 1


def test_a_sender_s_own_columns_are_mapped(take, town):
    mapping = {
        "columns": {"编号": "person_id", "情况": "kind", "时间": "at"},
        "values": {"kind": {"已落地": "located"}},
    }
    report = take("contact_events", "编号;情况;时间\nP1;已落地;2022/3/24 9:00\n", outbreak="LY", mapping=mapping)
    assert what(report) == (1, 0, 0, 0)
    assert ContactEvent.objects.get().at == datetime(2022, 3, 24, 1, tzinfo=UTC)


def test_a_row_that_only_the_database_refuses_is_found_and_the_others_are_taken(take, town, monkeypatch):
    """The checks before writing are taken away; the constraint speaks, and still it is one row."""
    from dataclasses import replace

    from chainbreak.exchange.store.kinds import KINDS

    monkeypatch.setitem(KINDS, "determinations", replace(KINDS["determinations"], rules=()))
    lines = [f"P{n},confirmed,{degree},interview,2022-03-24T09:00" for n, degree in ((1, 1), (2, 7), (3, 2))]
    report = take(
        "determinations", "\n".join(["person_id,decision,degree,basis,valid_from", *lines]) + "\n", outbreak="LY"
    )
    assert what(report) == (2, 0, 0, 1)
    assert codes(report) == [(2, "database_refused")]
    assert report.problems[0].facts["rule"] == "degree_is_1_or_2"


def test_households_say_who_lives_together(take, town):
    text = "household,person_id,place_id\nH1,P1,\nH1,P2,\nH2,P9,\n"
    first = take("households", text)
    assert (first.created + first.updated, first.rejected) == (2, 1)
    assert [problem.code for problem in first.problems if problem.severity == "error"] == ["unknown_person"]
    assert list(Person.objects.filter(household__number="H1").values_list("number", flat=True)) == ["P1", "P2"]
    assert Person.objects.get(number="P1").area_code == "411122"
    assert take("households", text).duplicate == 2
    take("households", "household,person_id\nH3,P2\n")
    assert Person.objects.get(number="P2").household.number == "H3"
